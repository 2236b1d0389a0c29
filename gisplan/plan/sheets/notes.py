"""What stands below a map for print: that it is for reference, the law, speeds, the audience, and every credit."""

from __future__ import annotations

from collections.abc import Iterable

from gisplan.core.words import Language, Text
from gisplan.maps.sheets.nouns import Backdrop, Shown
from gisplan.plan.captions import audience_notes, caption
from gisplan.plan.reading import speed_notes
from gisplan.plan.release import Released
from gisplan.plan.results import Results


def notes_of(
    results: Results, released: Released, shown: Iterable[Shown], *, minutes: bool, backdrop: Backdrop | None
) -> tuple[Text, ...]:
    """Return the notes of a sheet.

    Parameters
    ----------
    results
        What was computed.
    released
        What the audience may have of it.
    shown
        The layers on the sheet.
    minutes
        Whether it shows times.
    backdrop
        The picture under the layers, None where there is none.
    """
    plan = results.atlas.plan
    notes = [caption("made_up")] if plan.made_up else []
    notes += [caption("reference"), caption("law_date", date=plan.date.isoformat())]
    notes += speed_notes(results) if minutes else ()
    notes += audience_notes(plan.audience, held_back=released.held_back, release=plan.release)
    if backdrop is not None:
        notes.append(caption("sheet_background", credit=backdrop.credit))
        notes += [Text(ja=backdrop.approval, en=backdrop.approval)] if backdrop.approval else []
    return (*notes, credits_of(shown))


def credits_of(shown: Iterable[Shown]) -> Text:
    """Return the credits of some layers, those of one source together."""
    layers = [one.layer for one in shown]

    def told(language: Language) -> str:
        comma, stop = ("・", "；") if language == "ja" else (", ", "; ")
        by: dict[str, list[str]] = {}
        for layer in layers:
            titles = by.setdefault(layer.credit.of(language), [])
            if layer.title.of(language) not in titles:
                titles.append(layer.title.of(language))
        return stop.join(f"{comma.join(titles)}＝{credit}" if language == "ja" else f"{comma.join(titles)}: {credit}"
                         for credit, titles in by.items())  # fmt: skip

    return Text(
        ja=caption("sheet_credits", credits=told("ja")).ja, en=caption("sheet_credits", credits=told("en")).en
    )
