"""The second-best route that shares no road link with the best one, or the links that every route needs.

The definition is the planner's: the links of the best route are closed, both ways, and the quickest route that
is left is the second. Where there is none, the links whose cut alone leaves no way are those every route needs;
there may be none of these, when each link can be avoided but not all of them at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from gisplan.core.words import Text
from gisplan.network.criticality import Cut, stretch
from gisplan.network.phrases import listed, say
from gisplan.network.where import Signposts

if TYPE_CHECKING:
    from gisplan.network.routes import Route

MOST_NAMED = 3
"""Links that are named in a cell; the table `cuts` has them all."""


def second_words(route: Route, cuts: Sequence[Cut], *, posts: Signposts) -> tuple[Text, int]:
    """Return whether there is a second route, or what every route needs, and how many links that are.

    Parameters
    ----------
    route, cuts
        A best route and its cuts.
    posts
        The words for the ends of road links.
    """
    if route.second is None:
        return say("worst_no_link"), 0
    needed = [cut for cut in cuts if cut.outcome == "cut_off"]
    if np.isfinite(route.second.minutes):
        return say("second_found"), 0
    if not needed:
        return say("second_trap"), 0
    longest = {cut.link.chain for cut in sorted(needed, key=lambda cut: -cut.link.metres)[:MOST_NAMED]}
    named = [stretch(cut, posts) for cut in needed if cut.link.chain in longest]
    more = [say("more", count=len(needed) - len(named))] if len(needed) > len(named) else []
    return say("second_needed", count=len(needed), links=listed([*named, *more])), len(needed)
