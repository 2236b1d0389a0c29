"""Candidates in areas of a hazard or on steep ground: left out, or with minutes added, by stated thresholds.

What cannot be assessed (no elevation there, an area whose depth is not known) is kept and said, never taken as safe.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from gisplan.core.errors import ConfigurationError, Problem
from gisplan.core.options import SLOPE, AvoidOptions
from gisplan.core.tables import Doubt
from gisplan.core.words import Atlas, Text
from gisplan.siting.asked.question import Asked, nearest_words, sample, title

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from gisplan.siting.asked.pool import Pool

DEPTHS: Mapping[str, float] = {"1": 0.5, "2": 3.0, "3": 5.0, "4": 10.0, "5": 20.0, "6": np.inf}
"""The depth up to which water stands in an area of each rank of 浸水深 [m]; it may stand as deep anywhere in it."""

RANK = "depth_rank"
ELEVATION = "elevation"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Met:
    """Which candidates a rule meets and of which it cannot tell [n], and what they are told to lie in."""

    those: NDArray[np.bool_]
    untold: NDArray[np.bool_]
    said: Text
    slope: NDArray[np.float64] | None = None


def avoided(pool: Pool, atlas: Atlas, asked: Asked) -> tuple[Pool, list[Doubt], list[Problem]]:
    """Return the candidates with those avoided marked or set back, what is to be said, and what is wrong.

    Parameters
    ----------
    pool
        The candidates.
    atlas
        The layers of the plan.
    asked
        The question.
    """
    doubts: list[Doubt] = []
    problems: list[Problem] = []
    for number, rule in enumerate(asked.options.avoid, start=1):
        try:
            met = (
                _steep(pool, atlas, rule, asked, number)
                if rule.layer == SLOPE
                else _inside(pool, atlas, rule, asked, number)
            )
        except ConfigurationError as error:
            problems += error.problems
            continue
        doubts += _told(pool, rule, met, number)
        pool = _marked(pool, rule, met)
    return pool, doubts, problems


def _marked(pool: Pool, rule: AvoidOptions, met: _Met) -> Pool:
    hazard = tuple(
        (*said, met.said) if hit else said for said, hit in zip(pool.hazard, met.those, strict=True)
    )
    pool = dataclasses.replace(pool, hazard=hazard, slope=pool.slope if met.slope is None else met.slope)
    if rule.penalty_minutes is None:
        return pool.marked("avoided", met.those)
    return dataclasses.replace(pool, penalty=pool.penalty + np.where(met.those, rule.penalty_minutes, 0.0))


def _told(pool: Pool, rule: AvoidOptions, met: _Met, number: int) -> list[Doubt]:
    """Return the doubts on one rule: whom it met and by which threshold, and of whom it cannot tell."""
    found, layer = [], ELEVATION if rule.layer == SLOPE else rule.layer
    subject = f"site.avoid[{number}]"
    hit = met.those & pool.possible
    values = {"rule": met.said, "count": int(hit.sum()), "sample": sample(pool.label[hit])}
    if not hit.any():
        found.append(Doubt(code="site.avoided_none", layer=layer, subject=subject, values={"rule": met.said}))
    elif rule.penalty_minutes is None:
        found.append(Doubt(code="site.avoided", layer=layer, subject=subject, values=values))
    else:
        more = {**values, "minutes": f"{rule.penalty_minutes:g}"}
        found.append(Doubt(code="site.set_back", layer=layer, subject=subject, values=more))
    untold = met.untold & ~met.those & pool.possible
    if untold.any():
        more = {"rule": met.said, "count": int(untold.sum()), "sample": sample(pool.label[untold])}
        found.append(Doubt(code="site.avoid_untold", layer=layer, subject=subject, values=more))
    return found


def _steep(pool: Pool, atlas: Atlas, rule: AvoidOptions, asked: Asked, number: int) -> _Met:
    """Return the candidates on ground steeper than a threshold, by the mean slope of a lot or that at a point."""
    from gisplan.overlay.zonal import terrain

    elevation = atlas.layers.get(ELEVATION)
    if elevation is None or elevation.raster is None:
        raise ConfigurationError(_missing(asked, rule, number, name=ELEVATION))
    found = terrain(pool.table, elevation.raster, layer=pool.layer).table
    degrees = (
        pool.table["id"].map(dict(zip(found["id"], found["slope_deg"], strict=True))).to_numpy("float64")
    )
    slope = 100.0 * np.tan(np.radians(degrees)) if rule.unit == "percent" else degrees
    sign = "%" if rule.unit == "percent" else "°"
    above = rule.above or 0.0
    return _Met(
        those=np.asarray(slope > above),
        untold=np.isnan(slope),
        said=Text(ja=f"傾斜が{above:g}{sign}を超える", en=f"a slope above {above:g}{sign}"),
        slope=degrees,
    )


def _inside(pool: Pool, atlas: Atlas, rule: AvoidOptions, asked: Asked, number: int) -> _Met:
    """Return the candidates whose lot or point lies in an area of a hazard that counts."""
    layer, name = atlas.layers.get(rule.layer), title(atlas, rule.layer)
    if layer is None:
        raise ConfigurationError(_missing(asked, rule, number, name=rule.layer))
    none = np.zeros(len(pool.table), bool)
    if not layer.assessed:
        return _Met(those=none, untold=~none, said=_said(name, rule))
    counts, unknown = _rows(layer.table, rule, asked, number)
    areas = layer.table.geometry.to_numpy()
    return _Met(
        those=_touching(pool, areas[counts]),
        untold=_touching(pool, areas[unknown]),
        said=_said(name, rule),
    )


def _rows(
    table: gpd.GeoDataFrame, rule: AvoidOptions, asked: Asked, number: int
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which rows of a hazard count, and of which that is not known."""
    if not rule.column:
        return np.ones(len(table), bool), np.zeros(len(table), bool)
    if rule.column not in table:
        known = sorted(str(name) for name in table.columns if name != table.geometry.name)
        raise ConfigurationError(
            asked.entry(
                "site.avoid_column", f"avoid[{number}].column", line=rule.line, name=rule.column,
                layer=rule.layer, near=nearest_words(rule.column, known), known=known,
            )
        )  # fmt: skip
    cells = table[rule.column]
    if rule.among:
        said = cells.fillna("").astype(str).to_numpy(object)
        return np.isin(said, rule.among), said == ""
    depth = cells.map(DEPTHS) if rule.column == RANK else pd.to_numeric(cells, errors="coerce")
    figure = depth.to_numpy("float64", na_value=np.nan)
    return figure > (rule.above or 0.0), np.isnan(figure)


def _said(name: Text, rule: AvoidOptions) -> Text:
    """Return what a candidate is told to lie in, with the threshold."""
    detail = Text(ja="", en="")
    if rule.among:
        detail = Text(
            ja=f"（{rule.column}：{'・'.join(rule.among)}）", en=f" ({rule.column}: {', '.join(rule.among)})"
        )
    elif rule.column == RANK:
        detail = Text(
            ja=f"（浸水深が{rule.above:g} mを超え得る区分）",
            en=f" (ranks in which water may stand more than {rule.above:g} m deep)",
        )
    elif rule.column:
        detail = Text(
            ja=f"（{rule.column}が{rule.above:g}を超える）", en=f" ({rule.column} above {rule.above:g})"
        )
    return Text(ja=f"{name.ja}{detail.ja}にある", en=f"lying in “{name.en}”{detail.en}")


def _touching(pool: Pool, areas: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Return which candidates share ground with some areas; a point on their border lies in them."""
    shapes = pool.table.geometry.to_numpy()
    found = np.zeros(len(shapes), bool)
    if not len(areas):
        return found
    one, area = shapely.STRtree(areas).query(shapes, predicate="intersects")
    apart = (shapely.get_dimensions(shapes[one]) > 0) & shapely.touches(shapes[one], areas[area])
    found[one[~apart]] = True
    return found


def _missing(asked: Asked, rule: AvoidOptions, number: int, *, name: str) -> Problem:
    return asked.entry("site.avoid_layer", f"avoid[{number}].layer", line=rule.line, name=name)
