"""What defends the choice of hubs in a few lines: the curve, how stable each hub is, and why not here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from gisplan.core.words import Language

if TYPE_CHECKING:
    from gisplan.plan.run import Outcome

MOST = 12
"""Points of the curve that are shown."""


def defence_lines(outcome: Outcome, language: Language) -> Iterable[str]:
    """Yield the lines on what defends the choice, as far as the audience may know it; none where nothing does.

    Parameters
    ----------
    outcome
        What came of a run.
    language
        The language of the reader.
    """
    if outcome.released is None:
        return
    tables, ja = outcome.released.tables, language == "ja"
    if "siting_curve" in tables:
        yield from _curve(tables["siting_curve"], language)
    if "siting_stability" in tables:
        yield from _stability(tables["siting_stability"], ja=ja)
    if "siting_why" in tables:
        yield "なぜここではないか" if ja else "Why not here?"
        for answer in tables["siting_why"][f"answer_{language}"]:
            yield f"  {answer}"
    elif outcome.plan.site is not None and outcome.plan.site.why and outcome.results is not None:
        yield (
            "敷地が選ばれない理由は、示していない空家等に関わりうるため、庁外には示しません。"
            if ja
            else "Why a site is no hub is not told outside the office: it may speak of houses held back."
        )


def _curve(table: pd.DataFrame, language: Language) -> Iterable[str]:
    ja = language == "ja"
    if table.empty:
        return
    minutes = f"{table['minutes'].iloc[0]:g}"
    yield (
        f"拠点を増やすと（{minutes}分以内の割合、平均・最長所要時間）"
        if ja
        else f"With more hubs (share within {minutes} min, mean and longest travel time)"
    )
    for row in table.head(MOST).to_dict("records"):
        yield f"  {_point(row, language)}"
    if len(table) > MOST:
        yield "  …"


def _point(row: Mapping[Any, Any], language: Language) -> str:
    ja = language == "ja"
    head = "" if pd.isna(row["hubs"]) else f"{row['hubs']:>3}{'か所' if ja else ''}"
    if not pd.isna(row["share_asked"]):
        asked = f"{100.0 * row['share_asked']:g}%"
        head = f"{asked:>5}: {head.strip()}"
    if pd.isna(row["possible"]) or not row["possible"]:
        return f"{head}  {row[f'note_{language}']}"
    mark = ("（計画）" if ja else " (the plan)") if row["asked"] else ""
    unit = "分" if ja else " min"
    mean, longest = (_minutes(row[key], unit) for key in ("mean_minutes", "longest_minutes"))
    share = f"{100.0 * row['share']:.1f}%"
    return f"{head}  {share:>6}  {mean}  {longest}{mark}"


def _minutes(value: float, unit: str) -> str:
    return f"{'—':>5}" if pd.isna(value) else f"{value:>5.1f}{unit}"


def _stability(table: pd.DataFrame, *, ja: bool) -> Iterable[str]:
    chosen = table[table["chosen"] & table["share"].notna()]
    if chosen.empty:
        return
    tried = int(chosen["variants"].iloc[0])
    yield (
        f"条件を変えて{tried}回選び直したとき、選ばれた割合"
        if ja
        else f"Share of {tried} choices under other conditions that keep each hub"
    )
    for row in chosen.to_dict("records"):
        yield f"  {100.0 * row['share']:>5.0f}%  {row['name'] or row['id']}"
