"""Who stands within a yardstick and who outside: by circles and along the road, each for itself and never mixed."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from math import ceil
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from gisplan.access.coverage import COUNTED, LEEWAY
from gisplan.access.nearest import matrix, points_of, serve
from gisplan.access.origins import Origins, people_of
from gisplan.access.places import CELLS
from gisplan.access.targets import destinations
from gisplan.access.yardsticks import How, Yardstick, read_yardsticks
from gisplan.core.tables import Doubt, contract, hold
from gisplan.core.words import Atlas, Text
from gisplan.network import Ways, speeds, ways_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

OUTSIDE, WITHIN, UNREACHED, NOT_ASSESSED = 0, 1, 2, 3
"""What an origin is by a yardstick; unreached only along the road, where none leads to a place."""

AT_ONCE = 20_000_000
"""Minutes held at the same time: of so many pairs of a node or point and a place."""

AT_ONCE_PAIRS = 2_000_000
"""Pairs of points whose distances are held at the same time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where the origins of a layer stand by one yardstick, measured one way to one group of destinations.

    `state` is one of the four above for each of `ids` [o]; `weight` is what each counts for [o], NaN unknown. `missing`
    are layers that it asks for and that cannot be measured to: who is not within is then not assessed.
    """

    yardstick: str
    to: tuple[str, ...]
    how: How
    layer: str
    origin: str
    ids: NDArray[np.object_]
    state: NDArray[np.int8]
    weight: NDArray[np.float64]
    missing: tuple[str, ...] = ()

    def only(self, ids: Collection[str]) -> Standing:
        """Return where some origins alone stand, each of which counts once."""
        keep = np.isin(self.ids.astype(str), list(ids))
        return dataclasses.replace(
            self, ids=self.ids[keep], state=self.state[keep], weight=np.ones(int(keep.sum()))
        )


Nearest = Callable[[str, How, str], "NDArray[np.float64] | None"]
"""Metres or minutes of each origin to the nearest place of a layer [o], None where the plan has no such layer.

What it takes are the layer, how to measure, and the unit.
"""


def straight_metres(points: NDArray[np.object_], places: NDArray[np.object_]) -> NDArray[np.float64]:
    """Return the straight-line distance of each point to the nearest of some places [o, m].

    Parameters
    ----------
    points
        Points [o].
    places
        At least one point [d].
    """
    from scipy.spatial import cKDTree

    found, _ = cKDTree(shapely.get_coordinates(places)).query(shapely.get_coordinates(points))
    return np.asarray(found, dtype="float64")


def nearest_minutes(
    ways: Ways, points: NDArray[np.object_], places: NDArray[np.object_]
) -> NDArray[np.float64] | None:
    """Return the minutes along the road of each point to the nearest of some places [o], None if none is on a road.

    Parameters
    ----------
    ways
        The network of a mode.
    points
        Points [o].
    places
        Points [d].
    """
    nearest, any_on_road = np.full(len(points), np.inf), False
    # As many places as fit: every search anew costs the way of each point to its road once more.
    many = max(AT_ONCE // max(len(points), len(ways.network.x), 1), 1)
    for start in range(0, len(places), many):
        served = serve(ways, places[start : start + many])
        any_on_road |= bool(served.found.any())
        minutes = matrix(ways, served, points)
        nearest = np.minimum(nearest, minutes.minutes.min(axis=1, initial=np.inf))
        nearest[np.isnan(minutes.snap_m)] = np.nan
    return nearest if any_on_road else None


def states(
    measured: Mapping[str, NDArray[np.float64] | None],
    limits: Mapping[str, float],
    *,
    count: int,
    beyond: bool = False,
) -> NDArray[np.int8]:
    """Return where each origin stands: within as soon as one layer's nearest place is near enough [o].

    An origin that is within none is not assessed as long as one of the layers is not; it is unreached where no road
    leads to any.

    Parameters
    ----------
    measured
        Metres or minutes to the nearest place by layer [o]: infinite unreached, NaN not assessed, None no such layer.
    limits
        The limit by layer.
    count
        How many origins there are, o.
    beyond
        The limit itself lies outside.
    """
    near, open_, lost = np.zeros(count, bool), np.zeros(count, bool), np.ones(count, bool)
    for layer, limit in limits.items():
        distance = measured[layer]
        if distance is None:
            open_[:] = True
            continue
        near |= distance < limit - LEEWAY if beyond else distance <= limit + LEEWAY
        open_ |= np.isnan(distance)
        lost &= np.isinf(distance)
    found = np.select([near, open_, lost], [WITHIN, NOT_ASSESSED, UNREACHED], default=OUTSIDE)
    return found.astype(np.int8)


def crowded(
    points: NDArray[np.object_],
    living: NDArray[np.object_],
    people: NDArray[np.float64],
    *,
    metres: float,
    least: float,
) -> NDArray[np.bool_]:
    """Return around which points at least so many people live within some metres [o].

    Parameters
    ----------
    points
        Points [o].
    living, people
        Where people live, as points [k], and how many at each [k]; unknown ones count nobody.
    metres, least
        Radius, inclusive, and the number of people.
    """
    xy, homes = shapely.get_coordinates(points), shapely.get_coordinates(living)
    known = np.nan_to_num(people)
    enough = np.zeros(len(xy), bool)
    rows = max(AT_ONCE_PAIRS // max(len(homes), 1), 1)
    for start in range(0, len(xy), rows):
        apart = xy[start : start + rows, None, :] - homes[None, :, :]
        near = np.einsum("okc,okc->ok", apart, apart) <= (metres + LEEWAY) ** 2
        enough[start : start + rows] = near @ known >= least
    return enough


def stand(
    atlas: Atlas, origins: Mapping[str, Origins], *, car: Ways | None
) -> tuple[tuple[Standing, ...], list[Doubt]]:
    """Return where every origin stands by every yardstick of the plan.

    Parameters
    ----------
    atlas
        Layers of the plan.
    origins
        Its origin layers by name; yardsticks are for homes and people, other layers have no row.
    car
        The network by car, for the yardsticks in minutes.
    """
    wanted, every = atlas.plan.access.yardsticks, read_yardsticks()
    mine = [found for name, found in origins.items() if name in COUNTED]
    if not mine:
        return (), []
    present = {
        layer for one in every.values() for layer in one.layers if destinations(atlas, layer) is not None
    }
    chosen = [
        (one, group)
        for name, one in every.items()
        for group in one.near
        if (name in wanted if wanted is not None else present & group.keys())
    ]
    absent = sorted({layer for one in every.values() for layer in one.layers} - present)
    doubts = [_left(atlas, absent)] if absent and wanted is None else []
    people = people_of(atlas, origins)
    walk = lru_cache(maxsize=1)(lambda: _walking(atlas))
    found: list[Standing] = []
    for one in mine:
        nearest = _nearest(atlas, one, walk=walk, car=car)
        for yardstick, group in chosen:
            found += _standing(yardstick, group, one, nearest=nearest, people=people)
    return tuple(found), doubts


def _left(atlas: Atlas, absent: list[str]) -> Doubt:
    specs = {name: atlas.catalogue.get(name) for name in absent}
    titles = [Text(ja=name, en=name) if spec is None else spec.title for name, spec in specs.items()]
    return Doubt(code="access.yardsticks_left", layer="yardsticks", values={"layers": titles})


def _walking(atlas: Atlas) -> Ways | None:
    """Return the network on foot, whatever the plan's mode."""
    options = dataclasses.replace(atlas.plan.access, mode="walk")
    return ways_of(dataclasses.replace(atlas, plan=dataclasses.replace(atlas.plan, access=options)))


def _nearest(atlas: Atlas, origins: Origins, *, walk: Callable[[], Ways | None], car: Ways | None) -> Nearest:
    """Return a function that measures from the origins to a layer: metres straight or walked, or minutes by car."""

    @cache
    def measured(layer: str, how: How, unit: str) -> NDArray[np.float64] | None:
        table = destinations(atlas, layer)
        if table is None:
            return None
        places = points_of(table.geometry.to_numpy())
        if how == "straight":
            return straight_metres(origins.points, places)
        ways = car if unit == "min" else walk()
        if ways is None:
            return None
        minutes = nearest_minutes(ways, origins.points, places)
        return minutes if minutes is None or unit == "min" else minutes * ways.straight

    return measured


def _standing(
    yardstick: Yardstick,
    group: Mapping[str, float],
    origins: Origins,
    *,
    nearest: Nearest,
    people: Origins | None,
) -> Iterator[Standing]:
    """Yield where the origins of a layer stand, once for each way of measuring and for all or the older people."""
    for how in yardstick.how:
        measured = {layer: nearest(layer, how, yardstick.unit) for layer in group}
        state = states(measured, group, count=len(origins.ids), beyond=yardstick.beyond)
        missing = [layer for layer, distance in measured.items() if distance is None]
        if yardstick.crowd:
            missing += [CELLS] if people is None else []
            state = _thinned(state, yardstick, origins, people=people, metres=max(group.values()))
        for layer, weight in origins.counted:
            if layer == origins.layer and yardstick.older:
                continue
            yield Standing(
                yardstick=yardstick.name,
                to=tuple(group),
                how=how,
                layer=layer,
                origin=origins.layer,
                ids=origins.ids,
                state=state,
                weight=weight,
                missing=tuple(missing),
            )


def _thinned(
    state: NDArray[np.int8], yardstick: Yardstick, origins: Origins, *, people: Origins | None, metres: float
) -> NDArray[np.int8]:
    """Return states in which those outside count only where enough people live around; unknown without any people."""
    outside = np.flatnonzero(state == OUTSIDE)
    found = state.copy()
    if people is None:
        found[outside] = NOT_ASSESSED
        return found
    enough = crowded(
        origins.points[outside], people.points, people.weight, metres=metres, least=yardstick.crowd
    )
    found[outside[~enough]] = WITHIN
    return found


def yardstick_table(stands: Iterable[Standing]) -> pd.DataFrame:
    """Return the table `yardsticks`: how many stand within and outside each yardstick, with its source.

    Parameters
    ----------
    stands
        Where the origins stand.
    """
    rows = [_row(one) for one in stands]
    return hold(pd.DataFrame(rows, columns=list(contract("yardsticks").names)), "yardsticks")


def _row(one: Standing) -> dict[str, Any]:
    yardstick = read_yardsticks()[one.yardstick]
    known = ~np.isnan(one.weight)

    def summed(those: NDArray[np.bool_], among: NDArray[np.bool_]) -> float:
        return float(one.weight[those & among].sum()) if among.any() else np.nan

    able = known & (one.state != NOT_ASSESSED)
    total, inside = summed(known, known), summed(one.state == WITHIN, able)
    assessed = summed(able, able)
    return {
        "yardstick": one.yardstick,
        "to": "+".join(one.to),
        "how": one.how,
        "layer": one.layer,
        "total": total,
        "within": inside,
        "outside": summed(one.state == OUTSIDE, able),
        "share": inside / assessed if assessed > 0.0 else np.nan,
        "unreached": summed(one.state == UNREACHED, able),
        "not_assessed": summed(one.state == NOT_ASSESSED, known),
        "unit": COUNTED[one.layer],
        "void": yardstick.void,
        "confidence": yardstick.confidence,
        "published_on": yardstick.published_on,
        **_said("limit", _limit(yardstick, one)),
        **_said("source", yardstick.source),
        **_said("caution", yardstick.caution),
    }


def _said(column: str, text: Text) -> dict[str, str]:
    return {f"{column}_ja": text.ja, f"{column}_en": text.en}


def _limit(yardstick: Yardstick, one: Standing) -> Text:
    """Return the limits in words; the minutes of a walk are rounded up, as advertisements of houses must."""
    group = next(group for group in yardstick.near if tuple(group) == one.to)
    walk = speeds().walk
    if yardstick.unit == "min":
        return Text(
            ja="、".join(f"{limit:g}分" for limit in group.values()),
            en=", ".join(f"{limit:g} min" for limit in group.values()),
        )
    foot = {limit: "" if one.how == "straight" else f"{ceil(limit / walk):d}" for limit in group.values()}
    return Text(
        ja="、".join(
            f"{limit:,g} m" + (f"（徒歩{foot[limit]}分）" if foot[limit] else "") for limit in group.values()
        ),
        en=", ".join(
            f"{limit:,g} m" + (f" ({foot[limit]} min on foot)" if foot[limit] else "")
            for limit in group.values()
        ),
    )
