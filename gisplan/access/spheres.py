"""地域生活圏: within how many minutes of each hub, or of the municipality's middle, a given number of people live."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gisplan.access.nearest import matrix, points_of, serve
from gisplan.access.origins import Origins, people_of
from gisplan.access.targets import destinations
from gisplan.core.tables import contract, hold
from gisplan.core.words import Atlas, Text
from gisplan.network import Ways

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

PEOPLE_WANTED = 100_000.0
"""A living sphere holds about so many people (国土形成計画の地域生活圏：人口10万人程度以上を目安)."""

HUB, MIDDLE = "hub", "municipality"

REASONS: Mapping[str, Text] = {
    "reached": Text(ja="", en=""),
    "data_short": Text(
        ja="データの人口が目安に足りない（隣の市区町村の人口と道路を加えると変わり得る）",
        en="the data hold fewer people than wanted (people and roads of the neighbours may change it)",
    ),
    "unreached": Text(ja="着ける人を合わせても目安に届かない", en="those who arrive are fewer than wanted"),
    "not_assessed": Text(ja="中心が道路から離れている", en="the centre stands on no road"),
}


def minutes_to(
    minutes: NDArray[np.float64], people: NDArray[np.float64], *, wanted: float
) -> NDArray[np.float64]:
    """Return within how many minutes of each centre so many people live [h], infinite where they never do.

    Parameters
    ----------
    minutes
        Minutes of each origin to each centre [o, h]: infinite unreached, NaN not assessed.
    people
        People of each origin [o], NaN where unknown: these count nobody.
    wanted
        The number of people.
    """
    far = np.where(np.isnan(minutes), np.inf, minutes)
    order = np.argsort(far, axis=0, kind="stable")
    reached = np.cumsum(np.nan_to_num(people)[order], axis=0)
    sorted_minutes = np.take_along_axis(far, order, axis=0)
    # Sums of decimal people may fall short of the number by their rounding.
    enough = reached >= wanted * (1.0 - 1e-12)
    first = enough.argmax(axis=0)
    columns = np.arange(far.shape[1])
    return np.where(enough.any(axis=0), sorted_minutes[first, columns], np.inf)


def spheres(atlas: Atlas, origins: Mapping[str, Origins], *, ways: Ways | None) -> pd.DataFrame:
    """Return the table `spheres`, a row a centre; it is empty without roads, people or a centre.

    Minutes run from the people to the centre. Where there is no hub, a point inside the municipality stands for its
    middle.

    Parameters
    ----------
    atlas
        Layers of the plan.
    origins
        Origin layers by name; of those of people, else of the plan's, the finest is taken.
    ways
        The network of the plan's mode.
    """
    people = people_of(atlas, origins)
    layer = HUB if destinations(atlas, HUB) is not None else MIDDLE
    centres = atlas.table(layer)
    if ways is None or people is None or centres is None:
        return hold(pd.DataFrame(columns=list(contract("spheres").names)), "spheres")
    served = serve(ways, points_of(centres.geometry.to_numpy()))
    found = matrix(ways, served, people.points)
    weight, known = people.weight, ~np.isnan(people.weight)
    off = np.isnan(found.snap_m)
    every = np.full(len(centres), np.nan)
    every[served.found] = minutes_to(found.minutes, weight, wanted=PEOPLE_WANTED)
    arrive = np.full(len(centres), np.nan)
    arrive[served.found] = np.nan_to_num(weight) @ np.isfinite(found.minutes)
    total = float(weight[known].sum()) if known.any() else np.nan
    return _table(
        centres, layer, minutes=every, people=arrive, total=total, lost=float(weight[known & off].sum())
    )


def _table(
    centres: gpd.GeoDataFrame,
    layer: str,
    *,
    minutes: NDArray[np.float64],
    people: NDArray[np.float64],
    total: float,
    lost: float,
) -> pd.DataFrame:
    short = not total >= PEOPLE_WANTED * (1.0 - 1e-12)
    states = np.select(
        [np.isnan(minutes), np.isfinite(minutes), np.full(len(minutes), short)],
        ["not_assessed", "reached", "data_short"],
        default="unreached",
    )
    rows: dict[str, Any] = {
        "layer": layer,
        "id": centres["id"].to_numpy(object),
        "name": centres["name"].to_numpy(object),
        "people_wanted": PEOPLE_WANTED,
        "minutes": np.where(np.isfinite(minutes), minutes, np.nan),
        "state": np.where(states == "data_short", "unreached", states),
        "people": people,
        "total": total,
        "not_assessed": lost,
        "reason_ja": [REASONS[state].ja for state in states],
        "reason_en": [REASONS[state].en for state in states],
    }
    return hold(pd.DataFrame(rows), "spheres")
