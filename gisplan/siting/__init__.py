"""Floor 5: where hubs should stand among lawful sites, with a proof, and what scenarios of roads and places change."""

from gisplan.siting.defence.defend import Defended, defend
from gisplan.siting.hubs import Sited, site
from gisplan.siting.scenario_sitings import under_scenarios
from gisplan.siting.scenarios.simulate import Simulated, foretold, simulate
from gisplan.siting.solver.words import Answer

__all__ = [
    "Answer",
    "Defended",
    "Simulated",
    "Sited",
    "defend",
    "foretold",
    "simulate",
    "site",
    "under_scenarios",
]
