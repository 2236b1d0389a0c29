"""What plan.toml asks of the ground: the criteria by which it is suitable, and the districts grown on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["density", "minutes", "slope", "hazard", "zone", "distance"]
Unit = Literal["cell", "neighbourhood", "mesh"]
DrawnLayer = Literal["priority_district", "promotion_area"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """`[[suitability.criterion]]` of plan.toml: what is measured of a layer, and what it is worth.

    `scale` are values with their score from 0 to 1, between which the score runs straight; beyond its ends it stays.
    Ground whose value lies above `exclude_above` or below `exclude_below` is forbidden. `radius_m` and `amount` (a
    column) belong to a density; `values` say what ground counts for by the value of the column `by`. `source` is what
    the outputs cite, "" for the credit of the layer.
    """

    name: str
    kind: Kind
    of: str
    scale: tuple[tuple[float, float], ...]
    weight: float = 1.0
    exclude_above: float | None = None
    exclude_below: float | None = None
    radius_m: float = 0.0
    amount: str = ""
    by: str = ""
    values: Mapping[str, float] = field(default_factory=dict)
    source: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SuitabilityOptions:
    """`[suitability]` of plan.toml: the side of a cell, the layer whose ground is judged, and the criteria.

    `pairwise` are comparisons: the first criterion is so many times as important as the second. Where there are any
    the weights come of them, and those of the criteria say nothing.
    """

    criteria: tuple[Criterion, ...]
    cell_m: float = 100.0
    within: str = "municipality"
    pairwise: tuple[tuple[str, str, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposeOptions:
    """`[propose]` of plan.toml: how many districts of which size, and of which units.

    `area_ha` are the least and the largest area of a district. `compact` is the weight of a round outline beside
    suitability [0–1]. `within` is a layer that limits the districts further, "" for none; `avoid` are layers whose
    ground is forbidden, too. A neighbourhood or mesh with a larger share of forbidden ground than `forbidden_share` is
    no part of any district.
    """

    count: int
    area_ha: tuple[float, float]
    layer: DrawnLayer = "priority_district"
    of: Unit = "neighbourhood"
    compact: float = 0.3
    within: str = ""
    avoid: tuple[str, ...] = ()
    forbidden_share: float = 0.1
