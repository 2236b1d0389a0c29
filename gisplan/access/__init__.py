"""Floor 4: minutes from homes and people to interchanges, hubs and services, and who is covered."""

from gisplan.access.measure import Measured, measure
from gisplan.access.nearest import Matrix, Served, matrix, serve

__all__ = ["Matrix", "Measured", "Served", "matrix", "measure", "serve"]
