"""Times of timetables, which go on after midnight."""

from __future__ import annotations

import re

CLOCK = re.compile(r"(\d{1,3}):([0-5]\d):([0-5]\d)")


def seconds_of(clock: str) -> int | None:
    """Return a time of a timetable in seconds since the start of the day of service: 25:30:00 is the next night."""
    found = CLOCK.fullmatch(clock.strip())
    return int(found[1]) * 3600 + int(found[2]) * 60 + int(found[3]) if found else None
