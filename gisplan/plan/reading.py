"""Tables in the form a person reads: the gravest findings first, what is to be confirmed line by line."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from gisplan.core.words import Language, Text
from gisplan.law.phrases import say
from gisplan.plan.captions import caption
from gisplan.plan.results import Results

ALWAYS_SAID = ("confirm_other_rules", "confirm_building")
"""What is to be confirmed of every verdict: notes say it once."""

READ_BY: Mapping[str, list[str]] = {
    "scenarios": ["scenario", "order"],
}
"""Tables that a person reads in the order of the form, not of their key."""


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
    if "verdicts" not in tables:
        return ordered
    verdicts = tables["verdicts"]
    lines = {
        "caution_ja": verdicts["caution_ja"].map(lambda text: _lines(text, "ja")),
        "caution_en": verdicts["caution_en"].map(lambda text: _lines(text, "en")),
    }
    return {**ordered, "verdicts": verdicts.assign(**lines)}


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
