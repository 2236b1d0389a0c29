"""The timetables of a plan: every feed of the layer `gtfs` on the day of service."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

from gisplan.core.errors import Problem
from gisplan.core.options import TransitOptions
from gisplan.core.tables import Doubt, findings, join
from gisplan.core.timetable import Timetable
from gisplan.core.words import Atlas, LayerEntry, Plan, Text
from gisplan.layers.load import Progress
from gisplan.layers.origins import files_of, shown_name
from gisplan.sources.reader import Reader
from gisplan.sources.timetable import Asked, days_said

LAYER = "gtfs"
MINUTE_SECONDS = 60


def asks_for_timetables(plan: Plan) -> bool:
    """Return whether a plan has a use for timetables: it goes by transit, or says so under `[transit]`."""
    return plan.access.mode == "transit" or plan.transit is not None


def options_of(plan: Plan) -> TransitOptions:
    """Return what `[transit]` of a plan says, with the plan's date where it names no day of service."""
    options = plan.transit or TransitOptions()
    return replace(options, day=options.day or plan.date)


def service_day(plan: Plan) -> dt.date:
    """Return the day of service of a plan."""
    return options_of(plan).day or plan.date


def window_said(options: TransitOptions) -> tuple[str, str]:
    """Return the ends of the window as times, e.g. 07:00 and 09:00."""
    start, end = (f"{minute // 60:02d}:{minute % 60:02d}" for minute in options.window)
    return start, end


def with_timetables(atlas: Atlas, *, progress: Progress, reader: Reader | None = None) -> Atlas:
    """Return an atlas with the timetables of its feeds, where the plan asks for them.

    Parameters
    ----------
    atlas
        Layers of the plan.
    progress
        Called with the name of the step.
    reader
        Who opens the files; one for this alone where None.

    Notes
    -----
    A plan by transit without a feed, or without a trip on the day, has a finding: its other layers can be checked.
    """
    plan = atlas.plan
    if not asks_for_timetables(plan):
        return atlas
    progress("timetables")
    options = options_of(plan)
    until = MINUTE_SECONDS * (options.window[1] + round(options.longest_minutes))
    held: list[Timetable] = []
    doubts: list[Doubt] = []
    with Reader() if reader is None else nullcontext(reader) as opened:
        for entry, path in _files(plan):
            asked = Asked(
                day=service_day(plan), until=until, by_phone=options.by_phone, encoding=entry.encoding
            )
            timed = opened.timetable(path, name=shown_name(path, plan), asked=asked)
            held.append(timed.timetable)
            doubts += timed.doubts
    if plan.access.mode == "transit" and (problem := without_trips(plan, held)) is not None:
        doubts.append(Doubt(code=problem.code, layer=LAYER, values=problem.values))
    found = join([atlas.findings, findings(doubts)], "findings")
    return replace(atlas, timetables=tuple(held), findings=found)


def _files(plan: Plan) -> list[tuple[LayerEntry, Path]]:
    """Return every file of the layer, each once; a table of a database is no timetable."""
    found: dict[Path, LayerEntry] = {}
    for entry in plan.layers:
        if entry.layer == LAYER:
            for origin in files_of(entry, plan):
                if isinstance(origin, Path):
                    found.setdefault(origin, entry)
    return [(entry, path) for path, entry in found.items()]


def without_trips(plan: Plan, timetables: Sequence[Timetable]) -> Problem | None:
    """Return why a plan by transit goes nowhere: no feed, no times in any, or no trip on the day; else None.

    Parameters
    ----------
    plan
        The plan.
    timetables
        Those of its feeds.
    """
    day, place = service_day(plan), f"{plan.file} [transit] day"
    if not timetables:
        return Problem(code="transit.no_feed", place=f"{plan.file} [access] mode")
    if any(timetable.trips_on_day for timetable in timetables):
        return None
    days = {held.feed: days_said(held) if held.running else [] for held in timetables}
    if not any(days.values()):
        return Problem(
            code="transit.no_times", place=f"{plan.file} [layers.{LAYER}]", values={"feeds": list(days)}
        )
    said = [
        Text(ja=f"{feed}：{'、'.join(texts)}", en=f"{feed}: {', '.join(texts)}")
        for feed, texts in days.items()
        if texts
    ]
    return Problem(code="transit.no_trips", place=place, values={"day": day.isoformat(), "days": said})
