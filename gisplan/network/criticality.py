"""Single points of failure: each road link of a route cut in turn, and the time that is left."""

from __future__ import annotations

from collections.abc import Sequence
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
    from gisplan.network.places import Hubs, Interchanges
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
        if not np.isfinite(self.minutes):
            return "cut_off"
        return "longer" if self.added > LEAST_MINUTES else "no_loss"


def cuts_of(on: Ground, route: Route) -> tuple[Cut, ...]:
    """Return the cuts of a route in the order of travel."""
    edges, links, after = route.edges, route.links, route.after_cut
    node = int(on.interchange[route.direction][route.interchange])
    if route.direction == "to_interchange":
        edges, links, after, node = edges[::-1], links[::-1], after[::-1], int(on.hub[route.hub])
    found, chain = [], on.chain[edges]
    for number, minutes in zip(links, after, strict=True):
        own = link(on, int(number), edges[chain == number], start=node)
        found.append(Cut(link=own, minutes=float(minutes), added=float(minutes) - route.minutes))
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
    route: Route,
    cuts: Sequence[Cut],
    *,
    posts: Signposts,
    hubs: Hubs,
    interchanges: Interchanges,
    inside: NDArray[np.float64] | None,
) -> list[dict[str, Any]]:
    """Return the rows of the table `cuts` for one route.

    Parameters
    ----------
    route, cuts
        A route and its cuts.
    posts
        The words for their ends.
    hubs, interchanges
        Places on the network.
    inside
        Metres of each edge in hazard areas [m], None where no such area is known.
    """
    whose = {
        "hub": hubs.label[route.hub],
        "kind": route.best,
        "interchange": interchanges.label[route.interchange],
        "direction": route.direction,
    }
    ranked = zip(cuts, ranks(cuts), strict=True)
    return [
        whose | {"order": order, "rank": int(rank)} | _cut_row(cut, posts, inside)
        for order, (cut, rank) in enumerate(ranked, start=1)
    ]


def _cut_row(cut: Cut, posts: Signposts, inside: NDArray[np.float64] | None) -> dict[str, Any]:
    """Return what a row tells of the road link and of the time without it."""
    own, left = cut.link, bool(np.isfinite(cut.minutes))
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
        "outcome": cut.outcome,
        "minutes": cut.minutes if left else np.nan,
        "added_minutes": max(cut.added, 0.0) if left else np.nan,
        "hazard_m": hazard,
        "in_hazard": None if inside is None else hazard > 0.0,
        "chain": own.chain,
        "edges": own.edges,
    }
