"""Where priority districts should be: how suitable the ground is, districts grown on it, and those that were drawn."""

from gisplan.siting.districts.propose import Proposed, propose
from gisplan.siting.districts.surface import Suited, suitability

__all__ = ["Proposed", "Suited", "propose", "suitability"]
