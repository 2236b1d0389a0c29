"""Whether a row of the table of uses allows a part of a building, with the totals over the building's parts.

A limit on floor area counts what its row says: the parts of one use, all parts that 別表第二（は）項 does not list, or
the part of a combined dwelling that is no dwelling. What is not known is an interval, not a guess.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from math import inf

from gisplan.law.facts import Facts, Part
from gisplan.law.logic import Truth, all_of, any_of
from gisplan.law.uses import UseRow, rows_for, uses

LISTING = "第一種中高層住居専用地域"
"""The zone of 別表第二（は）項: what is allowed there is not counted by the limits of the next two zones."""

DWELLINGS = frozenset({"dwelling", "apartment_dormitory_sharehouse", "registered_minpaku_house"})
COMBINED = "dwelling_with_office"


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """What a figure is at least and at most."""

    low: float
    high: float

    def at_most(self, limit: float | None) -> Truth:
        """Return whether the figure keeps a limit; None where it may or may not."""
        if limit is None or self.high <= limit:
            return True
        return False if self.low > limit else None


def rows_of(facts: Facts, *, zone: str, day: date) -> tuple[UseRow, ...]:
    """Return the rows that may allow the use: its own, and those of a combined dwelling where it stands in one."""
    own = rows_for(zone=zone, use=facts.use, day=day)
    dwelt = any(residential(part) for part in facts.others)
    if not own or not dwelt or uses()[facts.use].same_as not in {"office_coworking", "shop_restaurant"}:
        return own
    if any(row.counts == "combined" for row in own):
        # The use has a row of its own for a combined dwelling, e.g. only some shops may stand in one.
        return own
    combined = rows_for(zone=zone, use=COMBINED, day=day)
    return (*own, *(row for row in combined if row.counts == "combined"))


def allowed(row: UseRow, parts: tuple[Part, ...], *, day: date) -> Truth:
    """Return whether a row allows the first part of a building: True, False, or None where a fact is missing.

    Parameters
    ----------
    row
        A row for the zone of the site.
    parts
        The parts of the building, the one judged first.
    day
        The day on which the law is applied.

    References
    ----------
    建築基準法 別表第二（い）項二号, （は）項五号, （に）項七号・八号, （ほ）項四号; 建築基準法施行令 130条の3.
    """
    if row.by_right in {"yes", "no", "control"}:
        return row.by_right == "yes"
    within = all_of(
        (
            floor_area(row, parts, day=day).at_most(row.max_floor_area),
            highest(row, parts, day=day).at_most(row.max_storey),
            mostly_dwelling(row, parts),
        )
    )
    return None if within and row.by_right == "depends" else within


def floor_area(row: UseRow, parts: tuple[Part, ...], *, day: date) -> Span:
    """Return the floor area [m²] that the limit of a row counts in a building, the first part being judged."""
    spans = [_area(part, counted) for part, counted in _counted(row, parts, day=day)]
    return Span(low=sum(span.low for span in spans), high=sum(span.high for span in spans))


def _area(part: Part, counted: Truth) -> Span:
    if counted is False:
        return Span(low=0.0, high=0.0)
    high = inf if part.floor_area is None else part.floor_area
    # A part of unknown size has some: only its least is not known.
    return Span(low=(part.floor_area or 0.0) if counted else 0.0, high=high)


def highest(row: UseRow, parts: tuple[Part, ...], *, day: date) -> Span:
    """Return the highest storey of the parts that the limit of a row counts, the first part being judged."""
    low = high = -inf
    for part, counted in _counted(row, parts, day=day):
        if counted is not False:
            high = max(high, inf if part.storey is None else part.storey)
        if counted and part.storey is not None:
            low = max(low, part.storey)
    return Span(low=low, high=high)


def unsettled(row: UseRow, parts: tuple[Part, ...], *, day: date) -> tuple[Part, ...]:
    """Return the parts of known use, size and storey of which it still takes a judgement whether a row counts them.

    Parameters
    ----------
    row
        A row for the zone of the site.
    parts
        The parts of the building, the one judged first.
    day
        The day on which the law is applied.
    """
    return tuple(
        part
        for part, counted in _counted(row, parts, day=day)
        if counted is None and part.use in uses() and None not in (part.floor_area, part.storey)
    )


def _counted(row: UseRow, parts: tuple[Part, ...], *, day: date) -> Iterable[tuple[Part, Truth]]:
    """Yield every part with whether the limits of a row count it."""
    for position, part in enumerate(parts):
        if row.counts == "combined":
            yield part, not residential(part)
        elif row.counts == "unlisted":
            listed = _listed(position, parts, day=day)
            yield part, None if listed is None else not listed
        else:
            yield part, position == 0 or _same_use(part, parts[0])


def _same_use(part: Part, other: Part) -> Truth:
    known = uses()
    if part.use not in known or other.use not in known:
        return None
    return known[part.use].same_as == known[other.use].same_as


def residential(part: Part) -> bool:
    """Return whether a part is a dwelling."""
    use = uses().get(part.use)
    return use is not None and use.same_as in DWELLINGS


def _listed(position: int, parts: tuple[Part, ...], *, day: date) -> Truth:
    """Return whether a part is what 別表第二（は）項 lists, given the whole building."""
    part = parts[position]
    if part.use not in uses():
        return None
    facts = Facts(use=part.use, others=(*parts[:position], *parts[position + 1 :]))
    ordered = (part, *facts.others)
    return any_of(allowed(row, ordered, day=day) for row in rows_of(facts, zone=LISTING, day=day))


def mostly_dwelling(row: UseRow, parts: tuple[Part, ...]) -> Truth:
    """Return whether at least half of the building is dwelling, where the row is one of a combined dwelling.

    Not known where the data hold no dwelling part: other parts without one make it no combined dwelling, unless the
    use itself says that it is.
    """
    if row.counts != "combined":
        return True
    dwelling = [_area(part, counted=True) for part in parts if residential(part)]
    if not dwelling:
        return None if len(parts) == 1 or parts[0].use == COMBINED else False
    rest = [_area(part, counted=True) for part in parts if not residential(part)]
    if sum(span.low for span in dwelling) >= sum(span.high for span in rest):
        return True
    return False if sum(span.high for span in dwelling) < sum(span.low for span in rest) else None
