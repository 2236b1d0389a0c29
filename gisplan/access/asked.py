"""The measures of a plan made ready: what every destination offers, or has for each of those who share it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gisplan.access.catchment import crowd, ratios
from gisplan.access.origins import Origins
from gisplan.access.scores import PEOPLE_PER_RATE, SHARED, names_of, scored, settled, weight_of
from gisplan.access.targets import Targets, supply_of
from gisplan.core.options import MeasureOptions
from gisplan.core.tables import Doubt
from gisplan.core.words import Atlas, Text

if TYPE_CHECKING:
    from numpy.typing import NDArray

Blocks = Callable[[Origins], Iterator["NDArray[np.float64]"]]
"""Minutes of the origins of a layer to every destination, a block of origins at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A measure with all its values, and what the destinations of its layer offer [d]: None where it is not known."""

    measure: MeasureOptions
    offered: NDArray[np.float64] | None

    def values(self, minutes: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
        """Return the values by name, each [o]; NaN where they are not assessed.

        Parameters
        ----------
        minutes
            Minutes to the destinations of the layer [o, d].
        """
        if self.offered is None or not minutes.shape[1]:
            return {name: np.full(len(minutes), np.nan) for name in names_of(self.measure)}
        return dict(scored(self.measure, minutes, offered=self.offered))


def ready(
    atlas: Atlas,
    targets: Targets,
    *,
    people: Callable[[str], Origins | None],
    blocks: Blocks,
) -> tuple[tuple[Asked, ...], list[Doubt]]:
    """Return the measures that a plan asks for, and what is to be said of them.

    Parameters
    ----------
    atlas
        Layers of the plan.
    targets
        The destinations.
    people
        Gives an origin layer by its name.
    blocks
        Gives the minutes of an origin layer.
    """
    measures = [settled(options) for options in atlas.plan.access.measures]
    supply = [supply_of(atlas, targets, to=one.to, column=one.supply) for one in measures]
    doubts = [_told(atlas, measure) for measure in measures]
    offered: list[NDArray[np.float64] | None] = []
    for measure, amounts in zip(measures, supply, strict=True):
        unknown = int(np.isnan(amounts).sum())
        if unknown:
            code = "access.supply_none" if unknown == len(amounts) else "access.supply_unknown"
            values = {"count": unknown, "column": _column(atlas, measure)}
            doubts.append(Doubt(code=code, layer=measure.to, subject=measure.supply, values=values))
        offered.append(None if unknown and unknown == len(amounts) else amounts)
    for demand in dict.fromkeys(one.demand for one in measures if one.measure in SHARED):
        mine = [place for place, one in enumerate(measures) if one.measure in SHARED and one.demand == demand]
        crowds = _crowds([measures[place] for place in mine], targets, people(demand), blocks=blocks)
        for place, shared in zip(mine, crowds, strict=True):
            own = offered[place]
            doubts += _idle(measures[place], shared)
            offered[place] = None if own is None or shared is None else ratios(own, shared)
    return tuple(
        Asked(measure=measure, offered=amounts) for measure, amounts in zip(measures, offered, strict=True)
    ), doubts


def _crowds(
    measures: list[MeasureOptions], targets: Targets, demand: Origins | None, *, blocks: Blocks
) -> list[NDArray[np.float64] | None]:
    """Return how many people share each destination of each measure, all in one pass over the demand.

    It is None where nobody is known.
    """
    if demand is None or np.isnan(demand.weight).all():
        return [None] * len(measures)
    mine = [targets.layer == measure.to for measure in measures]
    shared, start = [np.zeros(int(those.sum())) for those in mine], 0
    for minutes in blocks(demand):
        weight = demand.weight[start : start + len(minutes)]
        shared = [
            so_far + crowd(weight_of(measure, minutes[:, those]), weight)
            for so_far, measure, those in zip(shared, measures, mine, strict=True)
        ]
        start += len(minutes)
    return list(shared)


def _idle(measure: MeasureOptions, shared: NDArray[np.float64] | None) -> list[Doubt]:
    """Return a doubt where nobody is known who shares the supply, or nobody shares that of some destinations."""
    name = names_of(measure)[0]
    if shared is None:
        return [Doubt(code="access.demand_none", layer=measure.demand, subject=name)]
    idle = int((shared <= 0.0).sum())
    values = {"count": idle, "name": name}
    return [Doubt(code="access.unserved", layer=measure.to, subject=name, values=values)] if idle else []


def _column(atlas: Atlas, measure: MeasureOptions) -> Text:
    """Return the title of the column of supply, "one each" where there is none."""
    if not measure.supply:
        return Text(ja="1か所を1", en="one each")
    spec = atlas.catalogue.get(measure.to)
    field = None if spec is None else spec.fields.get(measure.supply)
    return Text(ja=measure.supply, en=measure.supply) if field is None else field.title


def _told(atlas: Atlas, measure: MeasureOptions) -> Doubt:
    """Return what the values of a measure are, with every parameter."""
    spec = atlas.catalogue.get(measure.demand)
    values: dict[str, Any] = {
        "supply": _column(atlas, measure),
        "minutes": "" if measure.minutes is None else f"{measure.minutes:g}",
        "demand": Text(ja=measure.demand, en=measure.demand) if spec is None else spec.title,
        "zones": Text(
            ja="、".join(f"{end:g}分まで{weight:g}" for end, weight in measure.zones),
            en=", ".join(f"{weight:g} up to {end:g} min" for end, weight in measure.zones),
        ),
        "decay": _decay(measure),
        "people": f"{PEOPLE_PER_RATE:,.0f}",
    }
    return Doubt(
        code=f"access.used_{measure.measure}",
        layer=measure.to,
        subject=names_of(measure)[len(names_of(measure)) // 2],
        values=values,
    )


def _decay(measure: MeasureOptions) -> Text:
    """Return the decay of a gravity as a formula, with the time beyond which nothing counts."""
    formula = {
        "power": f"max(c, 1)^(-{measure.beta or 0:g})",
        "exponential": f"exp(-{measure.beta or 0:g}c)",
        "gaussian": f"exp(-c²/(2×{measure.sigma or 0:g}²))",
    }[measure.form or "gaussian"]
    if measure.minutes is None:
        return Text(ja=formula, en=formula)
    return Text(
        ja=f"{formula}、{measure.minutes:g}分を超えるものは数えない",
        en=f"{formula}, nothing beyond {measure.minutes:g} min",
    )
