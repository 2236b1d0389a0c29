"""What is said of timetables in words: the day of service, the window, the feeds, and how one gets there."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from importlib.resources import files

from gisplan.core.timetable import Timetable
from gisplan.core.words import Plan, Text
from gisplan.layers.timetables import options_of, window_said


@lru_cache(maxsize=1)
def _phrases() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(files("gisplan.access").joinpath("transit.toml").read_text("utf-8"))


def say(key: str, **values: object) -> Text:
    """Return a phrase with its values put in, those of two languages each in its own."""
    phrase = _phrases()[key]
    texts = {name: value for name, value in values.items() if isinstance(value, Text)}
    return Text(
        ja=phrase["ja"].format(**{**values, **{name: text.ja for name, text in texts.items()}}),
        en=phrase["en"].format(**{**values, **{name: text.en for name, text in texts.items()}}),
    )


def weekday(day: date) -> Text:
    """Return the name of a day of the week."""
    names = say("weekdays")
    return Text(ja=names.ja.split()[day.weekday()], en=names.en.split()[day.weekday()])


def service(plan: Plan) -> Text:
    """Return the day of service of a plan with its weekday, and the window in which one sets out."""
    options = options_of(plan)
    start, end = window_said(options)
    day = options.day or plan.date
    return say("service", day=day.isoformat(), weekday=weekday(day), start=start, end=end)


def validity(timetable: Timetable) -> Text:
    """Return a feed with the days for which it was made, and its trips on the day of service."""
    first, last = (day.isoformat() if day else "—" for day in (timetable.first, timetable.last))
    return say("validity", feed=timetable.feed, first=first, last=last, trips=f"{timetable.trips_on_day:,}")
