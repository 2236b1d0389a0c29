"""The figures of a district, drawn or proposed: the same measures for both, so that they can stand side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from gisplan.access.origins import Origins, people_of, read_origins
from gisplan.access.places import HOUSES
from gisplan.core.words import Atlas, Text
from gisplan.overlay.cells import HECTARE, OUTSIDE, claims
from gisplan.siting.districts.surface import FIGURED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gisplan.siting.districts.surface import Suited

NAMED = 3
"""So many neighbourhoods name a district, those with most of its ground."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What districts are measured by: the cells, who lives where, houses and hubs, and the neighbourhood of each cell.

    What the plan does not have is None: it is not assessed, never 0. `place` is the neighbourhood of each cell by its
    position in `places`, -1 outside all of them [k].
    """

    suited: Suited
    people: Origins | None
    houses: Origins | None
    hubs: Origins | None
    places: NDArray[np.object_]
    place: NDArray[np.int64]


def scene_of(atlas: Atlas, suited: Suited) -> Scene:
    """Return what districts are measured by.

    Parameters
    ----------
    atlas
        Layers of the plan.
    suited
        How suitable its ground is.
    """
    table = atlas.table("neighbourhood")
    names = np.empty(0, dtype=object) if table is None else table["name"].to_numpy(object)
    place = np.full(len(suited.worth), OUTSIDE, dtype=np.int64)
    if table is not None:
        place = claims(table.geometry.to_numpy(), suited.cells.x, suited.cells.y)
    return Scene(
        suited=suited,
        people=people_of(atlas, {}),
        houses=read_origins(atlas, HOUSES),
        hubs=read_origins(atlas, "hub"),
        places=names,
        place=place,
    )


def held_by(shape: shapely.Geometry, scene: Scene) -> NDArray[np.bool_]:
    """Return the cells whose middle lies in a district [k]."""
    cells = scene.suited.cells
    return np.asarray(claims(np.array([shape], dtype=object), cells.x, cells.y) != OUTSIDE)


def figures_of(shape: shapely.Geometry, scene: Scene) -> Mapping[str, Any]:
    """Return the figures of a district.

    Suitability is the mean of its cells that are neither forbidden nor unassessed, its sum that mean times the area
    of these cells. Minutes are the mean over its cells that reach the place.

    Parameters
    ----------
    shape
        Its ground [m].
    scene
        What it is measured by.
    """
    suited, here = scene.suited, held_by(shape, scene)
    value, barred = suited.value[here], suited.forbidden[here]
    known = value[~np.isnan(value)]
    area, rim = shapely.area(shape), shapely.length(shape)
    minutes = {name: _mean(suited.minutes.get(name), here) for name in FIGURED}
    return {
        "area_ha": area / HECTARE,
        "suitability_mean": float(known.mean()) if known.size else np.nan,
        "suitability_sum": float(known.sum()) * suited.cells.hectares if known.size else np.nan,
        "compactness": 4.0 * np.pi * area / rim**2,
        "people": _within(scene.people, shape),
        "vacant_houses": _within(scene.houses, shape),
        "hubs": _within(scene.hubs, shape),
        "hub_minutes": minutes["hub"],
        "interchange_minutes": minutes["interchange"],
        "forbidden_share": float(barred.mean()) if here.any() else np.nan,
        "not_assessed_share": float((np.isnan(value) & ~barred).mean()) if here.any() else np.nan,
    }


def _mean(minutes: NDArray[np.float64] | None, here: NDArray[np.bool_]) -> float:
    if minutes is None:
        return np.nan
    own = minutes[here]
    reached = own[np.isfinite(own)]
    return float(reached.mean()) if reached.size else np.nan


def _within(origins: Origins | None, shape: shapely.Geometry) -> float:
    """Return how much there is in a district, NaN where nothing is known of it."""
    if origins is None or np.isnan(origins.weight).all():
        return np.nan
    shapely.prepare(shape)
    inside = shapely.intersects(shape, origins.points)
    return float(np.nansum(origins.weight[inside]))


def name_of(shape: shapely.Geometry, scene: Scene, *, rank: int) -> Text:
    """Return the name of a proposed district, after the neighbourhoods with most of its ground.

    Parameters
    ----------
    shape
        Its ground [m].
    scene
        The neighbourhoods.
    rank
        Its rank, for one in no neighbourhood that has a name.
    """
    here = scene.place[held_by(shape, scene)]
    count = np.bincount(here[here != OUTSIDE], minlength=len(scene.places))
    named = [number for number in np.argsort(-count, kind="stable") if count[number] and scene.places[number]]
    words = list(dict.fromkeys(str(scene.places[number]) for number in named))
    if not words:
        return Text(ja=f"提案{rank}", en=f"Proposal {rank}")
    rest = len(words) > NAMED
    return Text(
        ja="・".join(words[:NAMED]) + ("ほか" if rest else ""),
        en=", ".join(words[:NAMED]) + (" and others" if rest else ""),
    )
