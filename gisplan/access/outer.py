"""From a big city far away to the hubs: the time to a station or interchange that a plan gives, and the road on."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gisplan.access.nearest import matrix, points_of, serve
from gisplan.access.targets import destinations
from gisplan.core.document import hint
from gisplan.core.errors import ConfigurationError, Problem
from gisplan.core.options import OuterOptions
from gisplan.core.tables import Doubt, contract, hold
from gisplan.core.words import Atlas
from gisplan.network import Ways

if TYPE_CHECKING:
    import geopandas as gpd
    import shapely
    from numpy.typing import NDArray

HUB = "hub"
SHOWN = 10
"""So many names are offered where the one that is asked for is not there."""

ENDINGS = ("駅", "ＩＣ", "IC", "インターチェンジ")
"""What may stand at the end of a name in one list and not in another."""


def minutes_from(
    ways: Ways, starts: NDArray[np.object_], ends: NDArray[np.object_], *, by_ramp: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return the minutes from some places to others [s, e]: infinite unreached, NaN where one stands on no road.

    Parameters
    ----------
    ways
        The network of a mode.
    starts, ends
        Points [s] and [e].
    by_ramp
        Starts that stand on a ramp where one is near [s].
    """
    # Minutes from a place are minutes to it with every road turned round.
    network = dataclasses.replace(ways.network, forward=ways.network.backward, backward=ways.network.forward)
    turned = dataclasses.replace(ways, network=network)
    served = serve(turned, starts, by_ramp=by_ramp)
    found = np.full((len(starts), len(ends)), np.nan)
    found[served.found] = matrix(turned, served, ends).minutes.T
    return found


def outer(atlas: Atlas, *, ways: Ways | None) -> tuple[pd.DataFrame, list[Doubt]]:
    """Return the table `outer`: for each place far away, each place on the way and each hub the minutes together.

    Of several places on the way between one place far away and a hub, the fastest is marked.

    Parameters
    ----------
    atlas
        Layers of the plan; `[access] outer` names the places.
    ways
        The network of the plan's mode.

    Raises
    ------
    ConfigurationError
        If a station or interchange that is named is not there.
    """
    asked, hubs = atlas.plan.access.outer, atlas.table(HUB)
    empty = hold(pd.DataFrame(columns=list(contract("outer").names)), "outer")
    if not asked:
        return empty, []
    missing = sorted({one.layer for one in asked if destinations(atlas, one.layer) is None})
    doubts = [Doubt(code="access.missing_to", layer=name) for name in missing]
    if hubs is None:
        return empty, [*doubts, Doubt(code="access.missing_to", layer=HUB)]
    placed = [one for one in asked if one.layer not in missing]
    points = _points(atlas, placed)
    if not placed:
        return empty, doubts
    minutes = np.full((len(placed), len(hubs)), np.nan)
    if ways is not None:
        by_ramp = np.array([one.layer == "interchange" for one in placed])
        minutes = minutes_from(ways, points, points_of(hubs.geometry.to_numpy()), by_ramp=by_ramp)
    return _table(placed, hubs, minutes), [*doubts, _told(placed)]


def _told(placed: Sequence[OuterOptions]) -> Doubt:
    values = {"names": list(dict.fromkeys(one.name for one in placed))}
    return Doubt(code="access.outer_given", layer="outer", values=values)


def _points(atlas: Atlas, placed: Sequence[OuterOptions]) -> NDArray[np.object_]:
    """Return the point of each place on the way, or say which are not there."""
    points, problems = [], []
    for one in placed:
        table = destinations(atlas, one.layer)
        point = None if table is None else _point(table, one.place)
        if point is not None:
            points.append(point)
            continue
        names = [] if table is None else sorted({str(name) for name in table["name"] if name})
        place = (
            f"{atlas.plan.file}:{one.line} access.outer" if one.line else f"{atlas.plan.file} access.outer"
        )
        few = names[:SHOWN] + ["…"] * (len(names) > SHOWN) or ["—"]
        values = {"name": one.place, "layer": one.layer, "near": hint(one.place, names), "known": few}
        problems.append(Problem(code="access.outer_missing", place=place, values=values))
    if problems:
        raise ConfigurationError(problems)
    found = np.empty(len(points), dtype=object)
    found[:] = points
    return found


def _point(table: gpd.GeoDataFrame, place: str) -> shapely.Geometry | None:
    """Return the first row of an id or a name, with or without the word at its end."""
    names = table["name"].map(_bare)
    for rows in (table[table["id"] == place], table[table["name"] == place], table[names == _bare(place)]):
        if len(rows):
            found: shapely.Geometry = points_of(rows.geometry.to_numpy()[:1])[0]
            return found
    return None


def _bare(name: str) -> str:
    for ending in ENDINGS:
        name = name.removesuffix(ending)
    return name


def _table(
    placed: Sequence[OuterOptions], hubs: gpd.GeoDataFrame, minutes: NDArray[np.float64]
) -> pd.DataFrame:
    given = np.array([one.minutes for one in placed])
    ids, names = hubs["id"].to_numpy(object), hubs["name"].to_numpy(object)
    each, count = np.repeat(np.arange(len(placed)), len(hubs)), len(hubs)
    total = (minutes + given[:, None]).ravel()
    finite = np.isfinite(total)
    table = pd.DataFrame(
        {
            "name": np.array([one.name for one in placed], dtype=object)[each],
            "via": np.array([one.place for one in placed], dtype=object)[each],
            "layer": np.array([one.layer for one in placed], dtype=object)[each],
            "hub": np.tile(np.where(names == "", ids, names), len(placed)),
            "hub_id": np.tile(ids, len(placed)),
            "outer_minutes": np.repeat(given, count),
            "network_minutes": np.where(finite, minutes.ravel(), np.nan),
            "minutes": np.where(finite, total, np.nan),
            "state": np.where(finite, "reached", np.where(np.isinf(total), "unreached", "not_assessed")),
        }
    )
    least = table.groupby(["name", "hub_id"])["minutes"].transform("min")
    table["best"] = (table["minutes"] == least) & table["minutes"].notna()
    return hold(table, "outer")
