"""`[transit]` of plan.toml: when one sets out, and what is wrong with how it is said."""

from __future__ import annotations

import re
from typing import Any

from gisplan.core.document import Document
from gisplan.core.errors import Problem
from gisplan.core.options import TransitOptions
from gisplan.plan.models import TransitModel
from gisplan.plan.names import mapping

CLOCK = re.compile(r"(\d{1,2}):([0-5]\d)")
LAST_MINUTE = 30 * 60
"""A window may reach into the night after the day of service, as timetables do [min]."""

TWO = 2


def minute_of(text: str) -> int | None:
    """Return a time such as 07:00 in minutes of the day of service, None where it is none; 25:30 is the next night."""
    found = CLOCK.fullmatch(text.strip())
    minute = int(found[1]) * 60 + int(found[2]) if found else None
    return minute if minute is not None and minute <= LAST_MINUTE else None


def doubtful_window(document: Document) -> list[Problem]:
    """Return what is wrong with the window of departures: no times, not two of them, or the end before the start.

    Parameters
    ----------
    document
        plan.toml as it is written.
    """
    value: Any = mapping(document.data.get("transit")).get("window")
    if not isinstance(value, list) or not all(isinstance(part, str) for part in value):
        return []  # the form says so
    place = document.place(("transit", "window"))
    if len(value) != TWO:
        return [Problem(code="transit.window_two", place=place, values={"count": len(value)})]
    odd = [part for part in value if minute_of(part) is None]
    if odd:
        return [Problem(code="transit.window_time", place=place, values={"value": part}) for part in odd]
    start, end = (minute_of(part) or 0 for part in value)
    if end <= start:
        return [
            Problem(code="transit.window_order", place=place, values={"start": value[0], "end": value[1]})
        ]
    return []


def transit(model: TransitModel) -> TransitOptions:
    """Return the options that a table `[transit]` without mistakes stands for."""
    start, end = (minute_of(part) or 0 for part in model.window)
    return TransitOptions(
        day=model.day,
        window=(start, end),
        percentiles=tuple(dict.fromkeys(model.percentiles)),
        walk_minutes=float(model.walk_minutes),
        transfer_minutes=float(model.transfer_minutes),
        change_minutes=float(model.change_minutes),
        longest_minutes=float(model.longest_minutes),
        boardings=model.boardings,
        by_phone=model.by_phone,
        trunk_trips=model.trunk_trips,
    )
