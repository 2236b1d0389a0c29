"""Drawn districts and promotion areas beside proposed ones: the same figures, and how far they overlap."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from gisplan.core.suitability import DrawnLayer
from gisplan.core.tables import Doubt, hold
from gisplan.core.words import Atlas, Text
from gisplan.law.history import histories, standing
from gisplan.overlay.cells import HECTARE, OUTSIDE
from gisplan.siting.districts.figures import Scene, figures_of, held_by
from gisplan.siting.districts.units import Units

if TYPE_CHECKING:
    from numpy.typing import NDArray

AREAS: tuple[DrawnLayer, ...] = ("priority_district", "promotion_area")
SAMPLE = 5
LEAST_FORBIDDEN_HA = 1.0
"""Less forbidden ground in a district is the edge of cells, not a matter of its outline."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """One district: its layer, its name, and its ground [m]."""

    layer: str
    name: Text
    shape: shapely.Geometry


def drawn_of(atlas: Atlas) -> tuple[Drawn, ...]:
    """Return the priority districts and promotion areas that stand on the day of the plan, by layer and name.

    Parameters
    ----------
    atlas
        Layers of the plan.
    """
    found = []
    for layer in AREAS:
        table = atlas.table(layer)
        for name, versions in histories(table).items() if table is not None else ():
            shapes = [version.shape for version in standing(versions, day=atlas.plan.date)]
            found.append(Drawn(layer=layer, name=Text(ja=name, en=name), shape=shapely.union_all(shapes)))
    return tuple(found)


def compared_rows(
    proposed: Sequence[Drawn],
    figures: Sequence[Mapping[str, Any]],
    drawn: Sequence[Drawn],
    scene: Scene,
    *,
    layer: str,
) -> pd.DataFrame:
    """Return the table `districts_compared`: drawn districts first, then the proposed ones by rank.

    Parameters
    ----------
    proposed, figures
        The proposed districts by rank, and their figures.
    drawn
        The drawn ones.
    scene
        What they are measured by.
    layer
        The layer for which districts are proposed: a proposed one is set beside the drawn ones of that layer.
    """
    rows = [
        {"rank": pd.NA, **figures_of(one.shape, scene), **_told(one), **_nearest(one, proposed)}
        for one in drawn
    ]
    same = [one for one in drawn if one.layer == layer]
    rows += [{**row, **_told(one), **_nearest(one, same)} for row, one in zip(figures, proposed, strict=True)]
    return hold(pd.DataFrame(rows).assign(order=range(1, len(rows) + 1)), "districts_compared")


def _told(one: Drawn) -> dict[str, str]:
    return {"layer": one.layer, "name_ja": one.name.ja, "name_en": one.name.en}


def overlap(one: shapely.Geometry, other: shapely.Geometry) -> float:
    """Return the common area of two shapes beside the area of either (Jaccard) [0–1]."""
    common = shapely.area(shapely.intersection(one, other))
    return float(common / (shapely.area(one) + shapely.area(other) - common))


def _nearest(one: Drawn, others: Sequence[Drawn]) -> dict[str, Any]:
    """Return the district of the other kind that one overlaps most, none where it overlaps none."""
    shares = [overlap(one.shape, other.shape) for other in others]
    if not shares:
        return {"beside_ja": "", "beside_en": "", "overlap": np.nan}
    best = int(np.argmax(shares))
    name = others[best].name if shares[best] > 0.0 else Text(ja="", en="")
    return {"beside_ja": name.ja, "beside_en": name.en, "overlap": shares[best]}


def drawn_doubts(
    drawn: Iterable[Drawn], units: Units, value: NDArray[np.float64], scene: Scene
) -> Iterable[Doubt]:
    """Yield what is to be known of drawn districts: forbidden ground in them, and better ground beside them.

    Parameters
    ----------
    drawn
        Districts.
    units, value
        The units, and how suitable each is [u].
    scene
        The cells.
    """
    suited = scene.suited
    for one in drawn:
        here = held_by(one.shape, scene)
        barred = float((here & suited.forbidden).sum()) * suited.cells.hectares
        if barred >= LEAST_FORBIDDEN_HA:
            values = {"name": one.name, "area": barred, "share": 100.0 * float(suited.forbidden[here].mean())}
            yield Doubt(code="propose.drawn_forbidden", layer=one.layer, subject=one.name.ja, values=values)
        yield from _better(one, here, units, value, scene)


def _better(
    one: Drawn,
    here: NDArray[np.bool_],
    units: Units,
    value: NDArray[np.float64],
    scene: Scene,
) -> Iterable[Doubt]:
    """Yield the units that adjoin a drawn district and are more suitable than it is on average."""
    own = scene.suited.value[here]
    if np.isnan(own).all():
        return
    mean, count = float(np.nanmean(own)), len(units.area)
    cell = units.cell
    of_unit = np.bincount(cell[cell != OUTSIDE], minlength=count)
    held = np.bincount(cell[here & (cell != OUTSIDE)], minlength=count) * 2 > of_unit
    row = np.repeat(np.arange(count), np.diff(units.borders.first))
    beside = np.zeros(count, bool)
    beside[units.borders.other[held[row]]] = True
    better = np.flatnonzero(beside & ~held & units.allowed & (np.nan_to_num(value, nan=-1.0) > mean))
    if not len(better):
        return
    order = better[np.argsort(-value[better], kind="stable")]
    values = {
        "name": one.name,
        "mean": f"{mean:.2f}",
        "count": f"{len(better):,}",
        "area": float(units.area[better].sum()) / HECTARE,
        "names": _called(order, units, scene)[:SAMPLE] or ["—"],
    }
    yield Doubt(code="propose.drawn_better", layer=one.layer, subject=one.name.ja, values=values)


def _called(order: NDArray[np.int64], units: Units, scene: Scene) -> list[str]:
    """Return what units are called, each name once: cells and meshes by the neighbourhoods that they lie in."""
    if units.kind == "neighbourhood":
        return [str(units.name[unit] or units.id[unit]) for unit in order]
    held, first = np.unique(units.cell, return_index=True)
    spot = dict(zip(held.tolist(), first.tolist(), strict=True))
    places = (scene.place[spot[unit]] for unit in order.tolist() if unit in spot)
    named = (str(scene.places[place]) for place in places if place != OUTSIDE)
    return [name for name in dict.fromkeys(named) if name]
