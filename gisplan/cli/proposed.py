"""The districts that were proposed in a few lines, and beside them those that were drawn, by the same measures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from gisplan.core.words import Language

if TYPE_CHECKING:
    from gisplan.plan.run import Outcome

PROPOSED = "proposed"
MOST = 12
"""Drawn districts that are shown."""


def district_lines(outcome: Outcome, language: Language) -> Iterable[str]:
    """Yield the lines on proposed districts and on drawn ones, as far as the audience may know; none where none are.

    Parameters
    ----------
    outcome
        What came of a run.
    language
        The language of the reader.
    """
    table = None if outcome.released is None else outcome.released.tables.get("districts_compared")
    if table is None or table.empty:
        return
    ja = language == "ja"
    made, drawn = table[table["layer"] == PROPOSED], table[table["layer"] != PROPOSED]
    yield (
        "提案する地区（適性は0から1の平均点。決定ではありません）"
        if ja
        else "Districts proposed (suitability: mean score from 0 to 1; nothing is decided)"
    )
    for row in made.to_dict("records"):
        yield f"  {row['rank']}  {_line(row, language)}"
    if len(made) == 0:
        yield "  条件に合う地区はありません" if ja else "  No ground fits what was asked for"
    if len(drawn):
        yield "図面の地区を同じものさしで" if ja else "Drawn districts by the same measures"
    for row in drawn.head(MOST).to_dict("records"):
        yield f"  {_line(row, language)}"
    if len(drawn) > MOST:
        rest = len(drawn) - MOST
        yield (
            f"  …（ほか {rest}、表 districts_compared に）"
            if ja
            else f"  … ({rest} more in districts_compared)"
        )


def _line(row: Mapping[Any, Any], language: Language) -> str:
    ja, name = language == "ja", row[f"name_{language}"] or "—"
    figures = ("、" if ja else ", ").join(_figures(row, ja=ja))
    beside, share = row[f"beside_{language}"], row["overlap"]
    if not beside or pd.isna(share) or not share > 0.0:
        return f"{name}　{figures}" if ja else f"{name}: {figures}"
    common = f"{100.0 * share:.0f}%"
    return (
        f"{name}　{figures}（「{beside}」と合わせた面積の{common}が共通）"
        if ja
        else f"{name}: {figures} (of its ground and that of “{beside}” together, {common} is common)"
    )


def _figures(row: Mapping[Any, Any], *, ja: bool) -> Iterator[str]:
    """Yield the figures that are known; what was not assessed or may not be told is left out."""
    yield f"{row['area_ha']:,.1f} ha"
    for key, title, unit, digits in (
        ("suitability_mean", ("適性", "suitability"), ("", ""), 2),
        ("people", ("人口", "people"), ("人", ""), 0),
        ("vacant_houses", ("空家等", "vacant houses"), ("戸", ""), 0),
        ("hubs", ("拠点", "hubs"), ("か所", ""), 0),
        ("interchange_minutes", ("ICまで", "to an interchange"), ("分", " min"), 1),
    ):
        if not pd.isna(row[key]):
            value = f"{row[key]:,.{digits}f}"
            yield f"{title[0]} {value}{unit[0]}" if ja else f"{title[1]} {value}{unit[1]}"
