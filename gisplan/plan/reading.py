"""Tables in the form a person reads: the gravest findings first, what is to be confirmed line by line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from gisplan.core.words import Language, Text
from gisplan.law.phrases import say
from gisplan.maps.compose import SHARE
from gisplan.network.speeds import CLASSES
from gisplan.plan.captions import caption
from gisplan.plan.results import Results

ALWAYS_SAID = ("confirm_other_rules", "confirm_building")
"""What is to be confirmed of every verdict: notes say it once."""

READ_BY: Mapping[str, list[str]] = {
    "scenarios": ["scenario", "order"],
}
"""Tables that a person reads in the order of the form, not of their key."""


MEASURES = (
    "nodes", "edges", "length", "length_by_class", "length_by_basis", "length_by_manager", "length_toll",
    "length_winter_closed", "components", "largest_nodes", "largest_length", "component_length", "dead_ends",
    "oneway", "not_reached", "not_reaching",
)  # fmt: skip
"""Rows of the network report as they are read; those on the places of each layer follow, layer by layer."""

SNAPS = ("snap_count", "snap_median", "snap_p90", "snap_p99", "snap_max", "snap_over_limit")
MODES = ("car", "bicycle", "walk")


def in_order(tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Return tables with the rows in the order in which they are read: findings by severity, S1 first.

    Parameters
    ----------
    tables
        Tables by the name of their contract.
    """
    found = dict(tables)
    if "findings" in found:
        by = ["severity", "code", "layer", "subject"]
        found["findings"] = found["findings"].sort_values(by, kind="stable", ignore_index=True)
    return found


def for_people(tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Return the tables that a person reads in another form than a program.

    Parameters
    ----------
    tables
        Tables by the name of their contract.
    """
    ordered = {
        name: tables[name].sort_values(by, kind="stable", ignore_index=True)
        for name, by in READ_BY.items()
        if name in tables
    }
    if "network" in tables:
        ordered["network"] = _network(tables["network"])
    if "verdicts" not in tables:
        return ordered
    verdicts = tables["verdicts"]
    lines = {
        "caution_ja": verdicts["caution_ja"].map(lambda text: _lines(text, "ja")),
        "caution_en": verdicts["caution_en"].map(lambda text: _lines(text, "en")),
    }
    return {**ordered, "verdicts": verdicts.assign(**lines)}


def _network(table: pd.DataFrame) -> pd.DataFrame:
    """Return the network report from the whole to its parts, classes and pieces by rank, with shares in percent."""
    share = table["unit"] == SHARE
    shown = table.assign(
        value=table["value"].where(~share, 100.0 * table["value"]), unit=table["unit"].where(~share, "%")
    )
    own = [*CLASSES, *(name for name in sorted(set(table["subject"])) if name not in CLASSES)]
    places = {name: place for place, name in enumerate(own)}

    def rank(row: Any) -> tuple[int, ...]:
        mode, piece = MODES.index(row.mode), int(row.subject) if row.subject.isdecimal() else 0
        if row.measure in SNAPS:
            return (mode, 1, places[row.subject], SNAPS.index(row.measure))
        return (mode, 0, MEASURES.index(row.measure), piece, places[row.subject])

    order = sorted(range(len(shown)), key=[rank(row) for row in shown.itertuples()].__getitem__)
    return shown.iloc[order].reset_index(drop=True)


def reading_notes() -> tuple[Text, ...]:
    """Return what the tables leave to the notes: the meaning of severities, and what every verdict leaves open."""
    return (caption("severities"), *(say(key) for key in ALWAYS_SAID))


def speed_notes(results: Results) -> tuple[Text, ...]:
    """Return how fast one goes, by whom that was published, and what minutes by timetable rest on.

    Parameters
    ----------
    results
        What was computed.
    """
    if results.connected is None:
        return ()
    used, mode = results.connected.speeds, results.connected.mode
    notes = [_put("speeds", name=used.title, source=used.basis)]
    if mode != "car":
        notes.append(_put("speeds_by_mode", told=used.told(mode)))
    return (*notes, *_timetable_notes(results.findings))


def _put(key: str, **values: Text) -> Text:
    """Return a caption with texts put in, each in its language."""
    return Text(
        ja=caption(key, **{name: text.ja for name, text in values.items()}).ja,
        en=caption(key, **{name: text.en for name, text in values.items()}).en,
    )


def _timetable_notes(found: pd.DataFrame) -> tuple[Text, ...]:
    """Return what minutes by transit rest on, as the findings say it; none where no one went by transit."""
    if found.empty:
        return ()
    rows = found[found["code"] == "transit.used"]
    return tuple(Text(ja=ja, en=en) for ja, en in rows[["reason_ja", "reason_en"]].itertuples(index=False))


def _lines(text: str, language: Language) -> str:
    """Return cautions one to a line, without the label that is the title of their column."""
    label = caption("confirm_label").of(language)
    for key in ALWAYS_SAID:
        text = text.replace(say(key).of(language), "")
    parts = (part.strip() for part in text.split(label))
    return "\n".join(part[0].upper() + part[1:] for part in parts if part)
