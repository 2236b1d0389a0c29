"""The promotion areas that count on the day of a plan: one that is superseded or not yet in force has no figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import geopandas as gpd

from gisplan.core.words import Text
from gisplan.law.history import histories, states

LEFT_OUT: Mapping[str, Text] = {
    "superseded": Text(ja="旧の版", en="superseded"),
    "not_yet": Text(ja="公表前", en="not yet in force"),
}
"""States of versions that count for nothing; one of which the state cannot be told is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """The areas that count, None where there are none, and the words for those left out."""

    table: gpd.GeoDataFrame | None
    left_out: tuple[Text, ...] = ()


def in_force(areas: gpd.GeoDataFrame | None, *, day: date) -> InForce:
    """Return the areas that count on a day, as the law's check tells it.

    Parameters
    ----------
    areas
        The layer `promotion_area`, None where the plan has none.
    day
        The day of the plan.
    """
    if areas is None:
        return InForce(table=None)
    gone: set[str] = set()
    said: list[Text] = []
    for versions in histories(areas).values():
        for version, state in zip(versions, states(versions, day=day), strict=True):
            if state in LEFT_OUT:
                gone |= set(version.rows["id"])
                why, area = LEFT_OUT[state], version.area
                said.append(Text(ja=f"{area}（{why.ja}）", en=f"{area} ({why.en})"))
    kept = areas[~areas["id"].isin(gone)].reset_index(drop=True)
    table = gpd.GeoDataFrame(kept, crs=areas.crs) if len(kept) else None
    return InForce(table=table, left_out=tuple(dict.fromkeys(said)))
