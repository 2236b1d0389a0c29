"""Floor 5: where hubs should stand among lawful sites, with a proof, and what scenarios of roads and places change."""

from gisplan.siting.hubs import Sited, site
from gisplan.siting.scenario import Simulated, foretold, simulate
from gisplan.siting.solver.words import Answer

__all__ = ["Answer", "Simulated", "Sited", "foretold", "simulate", "site"]
