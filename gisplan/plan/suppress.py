"""Which counts of small areas may be told, so that no small one can be found by subtraction.

References
----------
Hundepool et al., Statistical Disclosure Control, 2012, chapter 4 (primary and secondary suppression).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The counts that are told by area, and the `rest`: the hidden ones together."""

    shown: Mapping[str, int]
    rest: int


def told(counts: Mapping[str, int], *, smallest: int) -> Told:
    """Return the counts that may be told.

    A count from 1 to `smallest` - 1 is hidden. Where one is hidden, so is the next larger count that could be
    told, in every area that has it: the rest then holds at least one count that is not small. Areas with 0 are
    left out and look like hidden ones.

    Parameters
    ----------
    counts
        Number by area, every house in one of them.
    smallest
        The smallest count that is told [1 or more].

    Notes
    -----
    What is told is the count of every shown area and the total. Let the rest r be spread over m hidden areas, h
    one of them, and k the smallest count. Where anything is hidden and anything shown,

    1. the told figures leave h any value from 0 to r, and r is more than k;
    2. even one who knows which m areas are the hidden ones is left with every value from 1 to r - m + 1, which is
       at least k: the interval has a width of at least k - 1 and does not lie below k;
    3. one who knows this rule, too, learns no more of h: the rule sees counts, never areas, so that the hidden
       counts in any other order would have been told in the same way, with the large one in h.

    Where no count is large enough to hide the small ones, or the total is below k, nothing but the total is told.

    All this holds for one division of one set of houses. Two divisions of the same houses, or the houses of two
    days, can be subtracted from each other, and no rule that sees only one of them can prevent that.
    """
    areas = {area: count for area, count in sorted(counts.items()) if count > 0}
    hidden = {area for area, count in areas.items() if count < smallest}
    if hidden:
        large = min((count for count in areas.values() if count >= smallest), default=None)
        # Areas of one count go together: which of them was taken would else tell something.
        hidden |= {area for area, count in areas.items() if count == large}
    shown = {area: count for area, count in areas.items() if area not in hidden}
    return Told(shown=shown, rest=sum(areas[area] for area in hidden))
