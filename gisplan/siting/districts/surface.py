"""How suitable the ground is: criteria measured cell by cell, scored, weighed and summed.

A criterion of which nothing is known is left out, and the others share its weight; a cell of which one criterion is
not known is not assessed, which is neither 0 nor forbidden.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from gisplan.access.places import key_place
from gisplan.core.errors import ConfigurationError, InputError, Problem
from gisplan.core.suitability import Criterion, ProposeOptions, SuitabilityOptions
from gisplan.core.tables import Doubt, findings, hold
from gisplan.core.words import Atlas, Plan, Text
from gisplan.overlay.cells import Cells, cover, size_of, worth
from gisplan.siting.districts.measures import Ground, minutes_to, values_of
from gisplan.siting.districts.pairwise import LARGEST_RATIO, compared

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gisplan.network import Connected

MOST_CELLS = 4_000_000
"""More cells than a prefecture has at 50 m: more would take minutes and say no more."""

WHOLE = "suitability"
"""The row of the table on all criteria together; no criterion may be called so."""

MIDDLE = 0.5
"""A cell with more of its ground than this in a layer to avoid is forbidden."""

FIGURED = ("interchange", "hub")
"""Layers whose minutes are told of every district."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One criterion on every cell: what was measured and its score, NaN where not known, and what is forbidden [k].

    `weight` is its share of the whole, all adding up to 1.
    """

    criterion: Criterion
    weight: float
    value: NDArray[np.float64]
    score: NDArray[np.float64]
    forbidden: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Suited:
    """How suitable each cell is: `value` from 0 to 1, NaN where forbidden or not assessed [k].

    `forbidden` says on which cells nothing may be proposed, `worth` how suitable they would be otherwise [k].
    `minutes` are those to the nearest interchange and hub and to whatever a criterion measures [k]. `table` has a row
    a criterion and one for all together.
    """

    cells: Cells
    judged: tuple[Judged, ...]
    worth: NDArray[np.float64]
    forbidden: NDArray[np.bool_]
    minutes: Mapping[str, NDArray[np.float64]]
    table: pd.DataFrame
    findings: pd.DataFrame

    @property
    def sources(self) -> tuple[Text, ...]:
        """The sources of the criteria that were measured, each once."""
        rows = self.table[["source_ja", "source_en"]].itertuples(index=False)
        return tuple(Text(ja=ja, en=en) for ja, en in dict.fromkeys(rows) if ja)

    @property
    def value(self) -> NDArray[np.float64]:
        """How suitable each cell is on which a district may lie [k]."""
        return np.where(self.forbidden, np.nan, self.worth)


def suitability(atlas: Atlas, network: Connected) -> Suited | None:
    """Return how suitable the ground of a plan is, None where the plan does not ask.

    Parameters
    ----------
    atlas
        Layers of the plan.
    network
        The plan's connected network, for criteria in minutes.

    Raises
    ------
    ConfigurationError
        If the layer whose ground is judged is missing, or its cells are too many.
    InputError
        If no criterion can be measured.
    """
    options = atlas.plan.suitability
    if options is None:
        return None
    cells = _cells(atlas, options)
    layers = [criterion.of for criterion in options.criteria if criterion.kind == "minutes"]
    minutes = minutes_to(atlas, network.ways, cells, (*layers, *FIGURED))
    ground = Ground(atlas=atlas, cells=cells, minutes=minutes)
    measured = [(one, values_of(one, ground)) for one in options.criteria]
    known = [(one, value) for one, value in measured if value is not None]
    if not known:
        values = {"names": [one.name for one in options.criteria]}
        raise InputError(_problem(atlas.plan, "suit.nothing", "suitability.criterion", **values))
    weights, doubts = _weights(options)
    judged = tuple(_judged(one, value, weights[one.name]) for one, value in known)
    judged = reweighed(judged, [one.weight for one in judged])
    barred, more = _avoided(atlas, cells, atlas.plan.propose)
    forbidden = np.logical_or.reduce([barred, *(one.forbidden for one in judged)])
    worths = combined(judged)
    doubts += [*_left_out([one for one, value in measured if value is None], atlas), *more]
    doubts += [*_cell_doubts(worths, forbidden, cells), *_on_foot(network, judged)]
    suited = Suited(
        cells=cells, judged=judged, worth=worths, forbidden=forbidden, minutes=minutes,
        table=pd.DataFrame(), findings=findings(doubts),
    )  # fmt: skip
    return dataclasses.replace(suited, table=_table(suited, atlas, options))


def _left_out(criteria: Sequence[Criterion], atlas: Atlas) -> list[Doubt]:
    """Return a doubt for each criterion of which nothing is known."""
    return [
        Doubt(
            code="suit.left_out",
            layer=one.of,
            subject=one.name,
            values={"name": one.name, "layer": _title(atlas, one.of)},
        )
        for one in criteria
    ]


def _cells(atlas: Atlas, options: SuitabilityOptions) -> Cells:
    """Return the cells of the ground that is judged."""
    table = atlas.table(options.within)
    if table is None:
        values = {"name": options.within}
        raise ConfigurationError(_problem(atlas.plan, "suit.no_within", "suitability.within", **values))
    area = shapely.union_all(table.geometry.to_numpy())
    rows, columns = size_of(area, options.cell_m)
    if rows * columns > MOST_CELLS:
        least = options.cell_m * np.sqrt(rows * columns / MOST_CELLS)
        values = {
            "count": f"{rows * columns:,}",
            "most": f"{MOST_CELLS:,}",
            "least": str(int(np.ceil(least / 10.0) * 10)),
        }
        raise ConfigurationError(_problem(atlas.plan, "suit.cells", "suitability.cell_m", **values))
    cells = cover(area, options.cell_m)
    if not len(cells.row):
        values = {"name": options.within}
        raise ConfigurationError(_problem(atlas.plan, "suit.no_cells", "suitability.cell_m", **values))
    return cells


def _problem(plan: Plan, code: str, key: str, /, **values: Any) -> Problem:
    return Problem(code=code, place=key_place(plan, key), values=values)


def _title(atlas: Atlas, layer: str) -> Text:
    spec = atlas.catalogue.get(layer)
    return Text(ja=layer, en=layer) if spec is None else spec.title


def _weights(options: SuitabilityOptions) -> tuple[dict[str, float], list[Doubt]]:
    """Return the weight of each criterion, and a doubt where comparisons do not agree."""
    names = [one.name for one in options.criteria]
    if not options.pairwise:
        return {one.name: one.weight for one in options.criteria}, []
    found = compared(names, options.pairwise)
    weights = dict(zip(names, found.weights.tolist(), strict=True))
    if found.ratio <= LARGEST_RATIO or found.worst is None:
        return weights, []
    (one, other, times), better = found.worst
    values = {
        "ratio": f"{found.ratio:.2f}", "limit": f"{LARGEST_RATIO:g}", "one": one, "other": other,
        "times": f"{times:.2g}", "better": f"{better:.2g}",
    }  # fmt: skip
    return weights, [Doubt(code="suit.inconsistent", layer=WHOLE, values=values)]


def _judged(criterion: Criterion, value: NDArray[np.float64], weight: float) -> Judged:
    """Return a criterion with its scores; one that is known somewhere."""
    ends, scores = (np.array(part) for part in zip(*criterion.scale, strict=True))
    score = np.where(np.isnan(value), np.nan, np.interp(value, ends, scores))
    above = np.inf if criterion.exclude_above is None else criterion.exclude_above
    below = -np.inf if criterion.exclude_below is None else criterion.exclude_below
    forbidden = (value > above) | (value < below)
    return Judged(criterion=criterion, weight=weight, value=value, score=score, forbidden=forbidden)


def reweighed(judged: Sequence[Judged], weights: Sequence[float]) -> tuple[Judged, ...]:
    """Return criteria with other weights, made to add up to 1.

    Parameters
    ----------
    judged
        Criteria [c].
    weights
        Their weights, not all nought [c].
    """
    total = float(sum(weights))
    return tuple(
        dataclasses.replace(one, weight=weight / total) for one, weight in zip(judged, weights, strict=True)
    )


def combined(judged: Sequence[Judged]) -> NDArray[np.float64]:
    """Return the weighted sum of the scores of each cell, NaN where one of them is not known [k]."""
    total: NDArray[np.float64] = np.sum([one.weight * one.score for one in judged], axis=0)
    return total


def _avoided(
    atlas: Atlas, cells: Cells, options: ProposeOptions | None
) -> tuple[NDArray[np.bool_], list[Doubt]]:
    """Return the cells that lie mostly in a layer to avoid, and the layers of which that is not known [k]."""
    barred, doubts = np.zeros(len(cells.row), bool), []
    for name in () if options is None else options.avoid:
        table = atlas.table(name)
        if table is None:
            doubts.append(Doubt(code="suit.avoid_missing", layer=name, values={"layer": _title(atlas, name)}))
            continue
        barred |= worth(cells, table.geometry.to_numpy(), np.ones(len(table))) > MIDDLE
    return barred, doubts


def _cell_doubts(worths: NDArray[np.float64], forbidden: NDArray[np.bool_], cells: Cells) -> list[Doubt]:
    unknown = np.isnan(worths) & ~forbidden
    if not unknown.any():
        return []
    values = {
        "count": f"{unknown.sum():,}", "share": 100.0 * float(unknown.mean()),
        "area": float(unknown.sum()) * cells.hectares,
    }  # fmt: skip
    return [Doubt(code="suit.not_assessed", layer=WHOLE, values=values)]


def _on_foot(network: Connected, judged: Sequence[Judged]) -> list[Doubt]:
    """Return that ways of a plan by transit are measured on foot here."""
    timed = [one.criterion.name for one in judged if one.criterion.kind == "minutes"]
    if network.mode != "transit" or not timed:
        return []
    return [Doubt(code="suit.on_foot", layer=WHOLE, values={"names": timed})]


def _table(suited: Suited, atlas: Atlas, options: SuitabilityOptions) -> pd.DataFrame:
    """Return a row a criterion, those left out too, and a row for all together."""
    by_name = {one.criterion.name: one for one in suited.judged}
    rows = [_row(one, by_name.get(one.name), atlas, suited) for one in options.criteria]
    whole = {"criterion": WHOLE, "kind": WHOLE, "layer": "", "weight": 1.0, "scale": "", "forbidden_if": ""}
    rows.append(
        {**whole, "source_ja": "", "source_en": "", "release": "", **_figures(suited.value, suited.forbidden)}
    )
    return hold(pd.DataFrame(rows).assign(order=range(1, len(rows) + 1)), "suitability")


def _row(criterion: Criterion, judged: Judged | None, atlas: Atlas, suited: Suited) -> dict[str, Any]:
    layer = atlas.layers.get(criterion.of)
    credit = Text(ja="", en="") if layer is None else layer.spec.source.credit
    releases = [entry.release for entry in atlas.plan.layers if entry.layer == criterion.of and entry.release]
    nothing = np.full(len(suited.worth), np.nan)
    value, forbidden = (nothing, nothing > 0.0) if judged is None else (judged.value, judged.forbidden)
    return {
        "criterion": criterion.name,
        "kind": criterion.kind,
        "layer": criterion.of,
        "weight": np.nan if judged is None else judged.weight,
        "scale": scale_told(criterion),
        "forbidden_if": limits_told(criterion),
        "source_ja": criterion.source or credit.ja,
        "source_en": criterion.source or credit.en,
        "release": "、".join(dict.fromkeys(releases)) or ("" if layer is None else layer.spec.source.release),
        **_figures(value, forbidden),
    }


def _figures(value: NDArray[np.float64], forbidden: NDArray[np.bool_]) -> dict[str, Any]:
    """Return what is told of values on all cells; one that is infinite (unreached) is assessed and has no mean."""
    known, finite = ~np.isnan(value), value[np.isfinite(value)]
    least, mean, most = (finite.min(), finite.mean(), finite.max()) if finite.size else (np.nan,) * 3
    return {
        "least": float(least),
        "mean": float(mean),
        "most": float(most),
        "assessed": int(known.sum()),
        "not_assessed": int((~known & ~forbidden).sum()),
        "forbidden": int(forbidden.sum()),
    }


def scale_told(criterion: Criterion) -> str:
    """Return the scale of a criterion as a text of values and scores, such as `10→1; 30→0`."""
    return "; ".join(f"{value:g}→{score:g}" for value, score in criterion.scale)


def limits_told(criterion: Criterion) -> str:
    """Return the values on which ground is forbidden, "" where there are none."""
    limits = ((">", criterion.exclude_above), ("<", criterion.exclude_below))
    return "; ".join(f"{sign} {limit:g}" for sign, limit in limits if limit is not None)
