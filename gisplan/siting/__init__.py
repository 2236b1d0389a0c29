"""Floor 5: where hubs should stand among lawful sites, with a proof, and what scenarios of roads and places change."""

from gisplan.siting.hubs import Sited, site
from gisplan.siting.model import Answer, max_coverage, p_median
from gisplan.siting.scenario import Simulated, foretold, simulate

__all__ = ["Answer", "Simulated", "Sited", "foretold", "max_coverage", "p_median", "simulate", "site"]
