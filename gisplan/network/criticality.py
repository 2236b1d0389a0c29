"""Single points of failure: each road link of a route cut in turn, and the time that is left."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gisplan.core.words import Text
from gisplan.network.managers import MANAGERS, UNKNOWN
from gisplan.network.phrases import say
from gisplan.network.speeds import CLASSES
from gisplan.network.where import Link, Signposts, link

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gisplan.network.ground import Ground
    from gisplan.network.routes import Route

LEAST_MINUTES = 1e-9
"""Minutes by which a time must be longer to be called so; below, it is rounding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """One road link of a route, in the order of travel, and the minutes that are left when it is closed."""

    link: Link
    minutes: float
    added: float

    @property
    def outcome(self) -> str:
        """`cut_off`, `longer` or `no_loss`."""
        if not math.isfinite(self.minutes):
            return "cut_off"
        return "longer" if self.added > LEAST_MINUTES else "no_loss"


def cuts_of(on: Ground, route: Route, *, known: dict[tuple[int, int], Link]) -> tuple[Cut, ...]:
    """Return the cuts of a route in the order of travel.

    Parameters
    ----------
    on, route
        The ground and a route on it.
    known
        Links by chain and first node, which other routes have passed too; those of this route are added.
    """
    edges, after = route.edges, route.after_cut
    node = int(on.interchange[route.direction][route.interchange])
    if route.direction == "to_interchange":
        edges, after, node = edges[::-1], after[::-1], int(on.hub[route.hub])
    if not len(edges):
        return ()
    found, starts = [], np.flatnonzero(np.diff(on.chain[edges], prepend=-1))
    for minutes, part in zip(after.tolist(), np.split(edges, starts[1:]), strict=True):
        key = (int(on.chain[part[0]]), node)
        own = known.get(key) or known.setdefault(key, link(on, key[0], part, start=node))
        found.append(Cut(link=own, minutes=minutes, added=minutes - route.minutes))
        node = own.ends[1]
    return tuple(found)


def ranks(cuts: Sequence[Cut]) -> NDArray[np.int64]:
    """Return the rank of each cut, 1 for the gravest: cut off first, then by minutes added, then by length."""
    order = np.lexsort(([-cut.link.metres for cut in cuts], [-cut.added for cut in cuts]))
    rank = np.empty(len(cuts), dtype=np.int64)
    rank[order] = np.arange(1, len(cuts) + 1)
    return rank


def stretch(cut: Cut, posts: Signposts) -> Text:
    """Return a road link in words: its road, where it begins and where it ends."""
    own = cut.link
    road = Text(ja=own.road, en=own.road) if own.road else say("unnamed_road")
    start, end = (posts.at(node, chain=own.chain) for node in own.ends)
    return say("stretch", road=road, start=start, end=end, metres=f"{own.metres:,.0f}")


def cut_rows(
    cuts: Sequence[Cut], *, told: Mapping[tuple[int, int], Mapping[str, Any]], whose: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Return the rows of the table `cuts` for one route.

    Parameters
    ----------
    cuts
        The cuts of a route, in the order of travel.
    told
        What is told of each link itself, by chain and first node.
    whose
        The columns that tell the route.
    """
    ranked = zip(cuts, ranks(cuts).tolist(), strict=True)
    return [
        {**whose, "order": order, "rank": rank, **told[cut.link.chain, cut.link.ends[0]], **_left(cut)}
        for order, (cut, rank) in enumerate(ranked, start=1)
    ]


def _left(cut: Cut) -> dict[str, Any]:
    """Return what a row tells of the time without the link."""
    left = math.isfinite(cut.minutes)
    return {
        "outcome": cut.outcome,
        "minutes": cut.minutes if left else np.nan,
        "added_minutes": max(cut.added, 0.0) if left else np.nan,
    }


def link_columns(own: Link, *, posts: Signposts, inside: NDArray[np.float64] | None) -> dict[str, Any]:
    """Return what a row of the table `cuts` tells of the road link itself.

    Parameters
    ----------
    own
        The link.
    posts
        The words for its ends.
    inside
        Metres of each edge in hazard areas [m], None where no such area is known.
    """
    start, end = (posts.at(node, chain=own.chain) for node in own.ends)
    hazard = np.nan if inside is None else float(inside[own.edges].sum())
    return {
        "road": own.road,
        "road_ids": own.ids,
        "road_class": CLASSES[own.road_class],
        "manager": MANAGERS[own.manager] if own.manager >= 0 else UNKNOWN,
        "from_ja": start.ja,
        "from_en": start.en,
        "to_ja": end.ja,
        "to_en": end.en,
        "length_m": own.metres,
        "hazard_m": hazard,
        "in_hazard": None if inside is None else hazard > 0.0,
        "chain": own.chain,
    }
