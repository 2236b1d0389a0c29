"""Floor 4: minutes from homes and people to interchanges, hubs and services, and who is covered."""

from gisplan.access.isochrone import Isochrone, Isochrones, isochrones
from gisplan.access.measure import Measured, measure
from gisplan.access.nearest import Matrix, Served, matrix, serve
from gisplan.access.place_reach import place_reach
from gisplan.access.places import may_be_chosen, may_be_reached, may_be_served, may_set_out
from gisplan.access.services import Services, services
from gisplan.access.transit import Transit, ride_to, transit_minutes

__all__ = [
    "Isochrone",
    "Isochrones",
    "Matrix",
    "Measured",
    "Served",
    "Services",
    "Transit",
    "isochrones",
    "matrix",
    "may_be_chosen",
    "may_be_reached",
    "may_be_served",
    "may_set_out",
    "measure",
    "place_reach",
    "ride_to",
    "serve",
    "services",
    "transit_minutes",
]
