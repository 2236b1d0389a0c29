"""Conditions of OpenStreetMap that close a road for a season: `no @ (Dec-Mar)`."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from typing import Any

CLAUSE = re.compile(r"([A-Za-z_]+)\s*@\s*(\([^()]*\)|[^;()]+)")
HOURS = re.compile(r"\d:\d|\b(?:Mo|Tu|We|Th|Fr|Sa|Su)\b")
MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MONTH = r"\b(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*"
MONTHS = re.compile(rf"{MONTH}(?:\s*\d{{1,2}})?(?:\s*-\s*{MONTH})?")


def closes_in(condition: str, season: Mapping[str, Any], *, closed: Container[str]) -> bool:
    """Return whether one of the clauses `no @ (Dec-Mar)` closes a road in a season, whatever the hour.

    Parameters
    ----------
    condition
        The value of a conditional tag.
    season
        Its `words`, and the `month` that stands for it, counted from 0.
    closed
        Values of a clause that close a road.
    """
    for value, when in CLAUSE.findall(condition):
        if value.strip() not in closed:
            continue
        if any(word in when.lower() for word in season["words"]):
            return True
        # A clause with hours or days of the week closes the road by the hour, not for the season.
        spans = [] if HOURS.search(when) else MONTHS.findall(when)
        if any(_within(season["month"], _month(first), _month(last or first)) for first, last in spans):
            return True
    return False


def _month(name: str) -> int:
    return MONTH_NAMES.index(name[:3].lower())


def _within(month: int, first: int, last: int) -> bool:
    return first <= month <= last if first <= last else month >= first or month <= last
