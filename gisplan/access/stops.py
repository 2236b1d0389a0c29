"""Trips at the stops of a plan's timetables on the day of service, by direction, and which stops lie on trunk lines."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gisplan.access.timed_words import say, weekday
from gisplan.core.tables import Doubt, hold
from gisplan.core.timetable import Timetable
from gisplan.core.words import Atlas, Text
from gisplan.layers.timetables import LAYER, options_of

TABLE = "stop_service"
DIRECTIONS = (0, 1)


def stop_service(atlas: Atlas) -> tuple[pd.DataFrame | None, list[Doubt]]:
    """Return the table `stop_service` of a plan, None for one that asks for no timetables, and what to say of it.

    A trip counts at a stop where one may board it. A stop is on the level of trunk transit where as many trips as
    `trunk_trips` leave it in one direction; where the feed names no directions all its trips count for one.

    Parameters
    ----------
    atlas
        Timetables of the plan.

    References
    ----------
    都市構造の評価に関するハンドブック (基幹的公共交通路線: 片道 30 trips a day).
    """
    if not atlas.timetables:
        return None, []
    options = options_of(atlas.plan)
    day = options.day or atlas.plan.date
    said = say("service_day", day=day.isoformat(), weekday=weekday(day))
    frames = [
        _rows(timetable, trunk=options.trunk_trips).assign(service_ja=said.ja, service_en=said.en)
        for timetable in atlas.timetables
    ]
    table = hold(pd.concat(frames, ignore_index=True), TABLE)
    doubts = [
        Doubt(code="transit.directions", layer=LAYER, subject=timetable.feed)
        for timetable in atlas.timetables
        if bool((timetable.direction[timetable.day_of == 0] < 0).any())
    ]
    values = {"trunk": options.trunk_trips, "day": day.isoformat(), "weekday": weekday(day)}
    return table, [*doubts, Doubt(code="transit.trunk", layer=LAYER, values=values)]


def _rows(timetable: Timetable, *, trunk: int) -> pd.DataFrame:
    """Return one row a stop of a feed."""
    calls = np.diff(timetable.first_call)
    trip = np.repeat(np.arange(len(calls)), calls)
    last = np.zeros(len(trip), dtype=bool)
    last[timetable.first_call[1:] - 1] = True
    leaves = timetable.boards & ~last & (timetable.day_of[trip] == 0)
    # A trip that calls twice at a stop, as round trips do, is one trip there.
    frame = pd.DataFrame(
        {
            "stop": timetable.stop_of[leaves],
            "trip": trip[leaves],
            "direction": timetable.direction[trip[leaves]],
            "time": timetable.departure[leaves],
        }
    ).sort_values("time", kind="stable")
    once = frame.drop_duplicates(["stop", "trip"])
    count = np.zeros((3, len(timetable.stop)), dtype=np.int64)
    for place, direction in enumerate((*DIRECTIONS, -1)):
        here = once.loc[once["direction"] == direction, "stop"]
        count[place] = np.bincount(here, minlength=len(timetable.stop))
    times = frame.groupby("stop")["time"]
    first, final = (part.reindex(range(len(timetable.stop))) for part in (times.min(), times.max()))
    named = bool((timetable.direction >= 0).any())
    total, best = count.sum(axis=0), count.max(axis=0)
    levels = [_level(*pair, trunk, timetable) for pair in zip(total, best, strict=True)]
    known = bool(len(timetable.trip)) or bool(timetable.running)
    return pd.DataFrame(
        {
            "feed": timetable.feed,
            "id": timetable.stop,
            "name": timetable.stop_name,
            "trips": pd.array(count.sum(axis=0) if known else [pd.NA] * len(timetable.stop), dtype="Int64"),
            "trips_0": pd.array(count[0] if named else [pd.NA] * len(timetable.stop), dtype="Int64"),
            "trips_1": pd.array(count[1] if named else [pd.NA] * len(timetable.stop), dtype="Int64"),
            "first": [_clock(value) for value in first],
            "last": [_clock(value) for value in final],
            "level_ja": [text.ja for text in levels],
            "level_en": [text.en for text in levels],
        }
    )


def _level(total: int, best: int, trunk: int, timetable: Timetable) -> Text:
    """Return the level of a stop by its trips and those of its busiest direction."""
    if not len(timetable.trip) and not timetable.running:
        return say("level_unknown")
    if not total:
        return say("level_none")
    return say("level_trunk" if best >= trunk else "level_less", trunk=trunk)


def _clock(seconds: float) -> str:
    """Return a time as timetables write it, the night after the day of service as 25:30; empty where there is none."""
    if np.isnan(seconds):
        return ""
    hour, rest = divmod(int(seconds), 3600)
    return f"{hour:02d}:{rest // 60:02d}"
