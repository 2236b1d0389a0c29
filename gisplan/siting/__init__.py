"""Floor 5: where hubs should stand among lawful sites, with a proof."""

from gisplan.siting.hubs import Sited, site
from gisplan.siting.model import Answer, max_coverage, p_median

__all__ = ["Answer", "Sited", "max_coverage", "p_median", "site"]
