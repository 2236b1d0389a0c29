"""The answers on a use that the table of uses settles, in words: reason, limits, what is to be confirmed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from math import inf, isfinite

from gisplan.core.words import Text
from gisplan.law.buildings import COMBINED, floor_area, highest, mostly_dwelling
from gisplan.law.facts import Answer, Facts
from gisplan.law.phrases import floor_area_text, listed, say, storey_text, together
from gisplan.law.uses import Use, UseRow, rows_for, uses

COMBINED_AREA = 50.0
"""Largest part of a combined dwelling in the exclusively residential zones that is no dwelling [m²] (令130条の3)."""


def cannot_tell(missing: Iterable[Text], *, articles: tuple[str, ...] = ()) -> Answer:
    """Return the answer that names what is missing.

    Parameters
    ----------
    missing
        The words for each fact that is missing.
    articles
        The articles that ask for them.
    """
    reason = (say("cannot_tell", missing=listed(dict.fromkeys(missing))),)
    return Answer(verdict="cannot_tell", reason=reason, articles=articles)


def width(row: UseRow) -> tuple[float, float]:
    """Return how much floor area [m²] and how high a row allows, without end where it sets no limit."""
    return (
        inf if row.max_floor_area is None else row.max_floor_area,
        inf if row.max_storey is None else row.max_storey,
    )


def keeps(facts: Facts, row: UseRow) -> bool:
    """Return whether the use keeps a row's limits by itself; one that they do not count may lie beyond them.

    Parameters
    ----------
    facts
        What is known of the site.
    row
        A row that allows the use.
    """
    area, storey = facts.floor_area, facts.storey
    return (row.max_floor_area is None or (area is not None and area <= row.max_floor_area)) and (
        row.max_storey is None or (storey is not None and storey <= row.max_storey)
    )


def widest(rows: Iterable[UseRow]) -> UseRow | None:
    """Return the row with the largest limit on floor area that stands without a judgement."""
    limited = [row for row in rows if row.by_right == "within_limits" and row.max_floor_area is not None]
    return max(limited, key=width, default=None)


def use_cautions(facts: Facts, use: Use, rows: Iterable[UseRow]) -> tuple[Text, ...]:
    """Return what the use itself, its building and the source of its rows give to confirm.

    Parameters
    ----------
    facts
        What is known of the site.
    use
        The use.
    rows
        The rows that decide.
    """
    found = [say("confirm_condition", condition=use.caution)] if use.caution else []
    if any(row.confidence != "verbatim" for row in rows):
        found.append(say("confirm_confidence"))
    if facts.others:
        found.append(say("confirm_others", count=len(facts.others)))
    return tuple(found)


def by_right(facts: Facts, use: Use, row: UseRow) -> Answer:
    """Return the answer for a use that is allowed without any limit.

    Parameters
    ----------
    facts
        What is known of the site.
    use
        The use.
    row
        The row that allows it.
    """
    condition = (say("confirm_condition", condition=row.condition),) if row.condition.ja else ()
    return Answer(
        verdict="by_right",
        reason=(say("by_right", use=use.title),),
        articles=_articles(facts, row),
        caution=(*use_cautions(facts, use, (row,)), *condition, *_changed(facts)),
    )


def within(facts: Facts, use: Use, row: UseRow, *, day: date) -> Answer:
    """Return the answer for a use that keeps the limits of a row.

    Parameters
    ----------
    facts
        What is known of the site.
    use
        The use.
    row
        The row whose limits it keeps.
    day
        The day on which the law is applied.
    """
    reason = [say("within", use=use.title, condition=row.condition)]
    total: tuple[Text, ...] = ()
    if row.max_floor_area is not None:
        # What the data hold of the building is counted; what they do not hold can only be asked for.
        total = () if facts.others else (say("confirm_total"),)
        reason.append(_limits(facts, row, day=day))
    return Answer(
        verdict="by_right_within_limits",
        reason=tuple(reason),
        articles=_articles(facts, row),
        caution=(*use_cautions(facts, use, (row,)), *total, *_changed(facts)),
        max_floor_area=row.max_floor_area,
        max_storey=row.max_storey,
    )


def _articles(facts: Facts, row: UseRow) -> tuple[str, ...]:
    return (row.article, "建築基準法87条2項・3項") if facts.work == "change" else (row.article,)


def _changed(facts: Facts) -> tuple[Text, ...]:
    return (say("confirm_change"),) if facts.work == "change" else ()


def _limits(facts: Facts, row: UseRow, *, day: date) -> Text:
    """Return the limits of a row beside what is planned, with the building's totals where it has other parts."""
    text = say(
        "limits",
        area=f"{row.max_floor_area:,.0f}",
        storey=say("none") if row.max_storey is None else say("highest", storey=row.max_storey),
        floor_area=floor_area_text(facts.floor_area, limit=row.max_floor_area),
        floor=storey_text(facts.storey),
    )
    return together((text, *_totals(facts, row, day=day))) if facts.others else text


def _totals(facts: Facts, row: UseRow, *, day: date) -> Iterable[Text]:
    """Yield what the parts that a row counts come to, as far as it is known."""
    span = floor_area(row, facts.building, day=day)
    if span.low == span.high and isfinite(span.high):
        yield say("total", total=floor_area_text(span.high, limit=row.max_floor_area))
    storey = highest(row, facts.building, day=day)
    if row.max_storey is not None and storey.low == storey.high and isfinite(storey.high):
        yield say("total_storey", storey=storey_text(int(storey.high)))


def not_by_right(
    facts: Facts, use: Use, rows: tuple[UseRow, ...], *, zone: str, day: date
) -> tuple[Text, ...]:
    """Return why the use is not allowed by right, and which form of it would be.

    Parameters
    ----------
    facts
        What is known of the site.
    use
        The use.
    rows
        The rows for it, none of which allows it.
    zone
        The zone.
    day
        The day on which the law is applied.
    """
    limit = widest(rows)
    # Where the rows themselves speak of a combined dwelling, they say it all.
    told = any(row.counts == "combined" for row in rows)
    combined = (say("combined_dwelling"),) if not told and _has_combined(zone, use, day=day) else ()
    if limit is None:
        key = "not_listed" if rows[0].by_right == "no" else "not_met"
        return (*(say(key, use=use.title, condition=row.condition) for row in rows), *combined)
    halved = limit.counts == "combined" and mostly_dwelling(limit, facts.building) is False
    key = "half_not_met" if halved and keeps(facts, limit) else "exceeds"
    exceeded = say(key, use=use.title, condition=limit.condition)
    return (exceeded, _limits(facts, limit, day=day), *combined)


def _has_combined(zone: str, use: Use, *, day: date) -> bool:
    """Return whether a combined dwelling with this use is allowed where the use alone is not."""
    if uses()[use.key].same_as not in {"office_coworking", "shop_restaurant"}:
        return False
    rows = rows_for(zone=zone, use=COMBINED, day=day)
    return any(row.max_floor_area == COMBINED_AREA for row in rows)
