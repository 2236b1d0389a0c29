"""Hubs that stand already and places that compete: they serve demand whatever is chosen.

A hub that stands serves whom it is nearer to than any hub chosen, and counts in no p. A competing place does so, too,
but what it serves is lost: to a coverage altogether, and one that is as near as the hub keeps whom it has.

References
----------
ReVelle, C. (1986). The maximum capture or "sphere of influence" location problem: Hotelling revisited on a network.
Journal of Regional Science 26(2), 343–358. There a tie is shared by halves; here it is lost, so that no coverage
is promised that rests on a tie.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gisplan.access import serve
from gisplan.access.nearest import closest, points_of
from gisplan.core.errors import ConfigurationError, Problem
from gisplan.core.options import COVERING
from gisplan.core.tables import Doubt
from gisplan.siting.asked.question import Asked, label, nearest_words, sample

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from gisplan.core.words import Atlas
    from gisplan.network import Ways

HUB = "hub"


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Places that serve already: hubs of the plan and those of others, each with names and points."""

    hub: NDArray[np.object_]
    hub_point: NDArray[np.object_]
    rival: NDArray[np.object_]
    rival_point: NDArray[np.object_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """Who serves each demand whatever is chosen [i].

    `limit` are minutes that a chosen hub must stay below to serve it, `beyond` those it counts with otherwise (both
    infinite where nothing stands). `standing` and `competing` name the hub or the other place that serves it, "" where
    none does.
    """

    limit: NDArray[np.float64]
    beyond: NDArray[np.float64]
    standing: NDArray[np.object_]
    competing: NDArray[np.object_]

    def only(self, those: NDArray[np.bool_]) -> Serving:
        """Return this for some of the demand."""
        return Serving(
            limit=self.limit[those],
            beyond=self.beyond[those],
            standing=self.standing[those],
            competing=self.competing[those],
        )


def standing_ids(atlas: Atlas, asked: Asked) -> tuple[NDArray[np.object_], list[Problem]]:
    """Return the ids of the hubs that stand already, and the words that call none.

    Parameters
    ----------
    atlas
        The layers of the plan.
    asked
        The question.
    """
    options, none = asked.options, np.empty(0, dtype=object)
    if not (options.existing or options.every_existing):
        return none, []
    hubs = atlas.table(HUB)
    if hubs is None:
        return none, [asked.problem("site.no_layer", "existing", key="existing", name=HUB)]
    ids = hubs["id"].to_numpy(object)
    if options.every_existing:
        return ids, []
    found, problems = called(hubs, options.existing, asked, key="existing")
    return ids[found], problems


def called(
    table: gpd.GeoDataFrame, words: tuple[str, ...], asked: Asked, *, key: str, one: bool = False
) -> tuple[NDArray[np.bool_], list[Problem]]:
    """Return the rows that words call by id or name [n], and a problem for each that calls none.

    Parameters
    ----------
    table
        Rows with `id` and `name`.
    words
        What plan.toml says.
    asked
        The question.
    key
        The key of `[site]` that says it.
    one
        Whether each word has to call one row: by id, or else by a name that no two share.
    """
    ids, names = table["id"].to_numpy(object), label(table)
    found, problems = np.zeros(len(table), bool), []
    for word in words:
        hit = ids == word if one and (ids == word).any() else (ids == word) | (names == word)
        if one and hit.sum() > 1:
            # Which they are is not told: among houses some may be held back.
            problems.append(asked.problem("site.shared_name", key, name=word, count=f"{hit.sum():,}"))
        elif not hit.any():
            known = list(dict.fromkeys(str(value) for value in (*ids, *names) if value))
            near = nearest_words(word, known)
            problems.append(asked.problem("site.unknown", key, name=word, near=near))
        found |= hit
    return found, problems


def places_of(atlas: Atlas, asked: Asked) -> Places:
    """Return the hubs that stand and the places that compete; a hub is in one of them alone.

    Parameters
    ----------
    atlas
        The layers of the plan.
    asked
        The question.

    Raises
    ------
    ConfigurationError
        If they name what is not there.
    """
    ids, problems = standing_ids(atlas, asked)
    hubs, competing = atlas.table(HUB), asked.options.competing
    rivals = atlas.table(competing) if competing else None
    if competing and rivals is None:
        problems = [*problems, asked.problem("site.no_layer", "competing", key="competing", name=competing)]
    if problems:
        raise ConfigurationError(problems)
    own = None if hubs is None else hubs[hubs["id"].isin(set(ids))]
    if rivals is not None and competing == HUB:
        rivals = rivals[~rivals["id"].isin(set(ids))]
    return Places(hub=_names(own), hub_point=_spots(own), rival=_names(rivals), rival_point=_spots(rivals))


def _names(table: gpd.GeoDataFrame | None) -> NDArray[np.object_]:
    return np.empty(0, dtype=object) if table is None else label(table)


def _spots(table: gpd.GeoDataFrame | None) -> NDArray[np.object_]:
    return np.empty(0, dtype=object) if table is None else points_of(table.geometry.to_numpy())


def serving(
    places: Places, points: NDArray[np.object_], ways: Ways, asked: Asked
) -> tuple[Serving, list[Doubt]]:
    """Return who serves each demand whatever is chosen, and doubts on places off the road.

    Parameters
    ----------
    places
        What stands.
    points
        The demand [i].
    ways
        The network of the mode.
    asked
        The question.
    """
    mine, own, doubts = _nearest(places.hub, places.hub_point, points, ways)
    theirs, other, more = _nearest(places.rival, places.rival_point, points, ways)
    first = np.isfinite(mine) & (mine < theirs if asked.options.model in COVERING else mine <= theirs)
    lost = np.isfinite(theirs) & ~first
    soonest = np.minimum(mine, theirs)
    beyond = np.where(lost, np.inf, soonest) if asked.options.model in COVERING else soonest
    said = [
        Doubt(
            code="site.standing_off_road",
            layer=layer,
            values={"count": len(names), "sample": sample(names), "limit": asked.limit},
        )
        for layer, names in ((HUB, doubts), (asked.options.competing, more))
        if len(names)
    ]
    return (
        Serving(
            limit=soonest,
            beyond=beyond,
            standing=np.where(first, own, ""),
            competing=np.where(lost, other, ""),
        ),
        said,
    )


def _nearest(
    names: NDArray[np.object_], places: NDArray[np.object_], points: NDArray[np.object_], ways: Ways
) -> tuple[NDArray[np.float64], NDArray[np.object_], NDArray[np.object_]]:
    """Return the minutes to the nearest of some places and its name [i], and the names of those off the road."""
    none = np.full(len(points), np.inf), np.full(len(points), "", dtype=object)
    if not len(places):
        return *none, np.empty(0, dtype=object)
    served = serve(ways, places)
    if not served.found.any():
        return *none, names
    near = closest(ways, served, points, count=1)
    minutes = np.where(np.isnan(near.snap_m), np.inf, near.minutes[:, 0])
    name = np.append(names[served.found], "")[np.where(np.isfinite(minutes), near.which[:, 0], -1)]
    return minutes, name, names[~served.found]
