"""The summary of a run: layers with their rows, findings by severity, the main figures, where the files are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from gisplan.cli.defended import defence_lines
from gisplan.cli.proposed import district_lines
from gisplan.cli.sited import siting_lines, siting_rows
from gisplan.core.errors import places_of
from gisplan.core.units import SQUARE_METRES_PER_HECTARE, hectares
from gisplan.core.visible import visible
from gisplan.core.words import Language, Text
from gisplan.plan.withheld import WITHHELD

if TYPE_CHECKING:
    from gisplan.core.words import Layer
    from gisplan.plan.release import Released
    from gisplan.plan.run import Outcome

WORST = ("S1", "S2", "S3", "S4")
SHOWN = frozenset({"S1", "S2", "S3"})
WITH_CURE = frozenset({"S1", "S2"})
MOST_LINES = 30
ALIKE = 2
"""Findings of one code that are shown whole; of more the first is, and the others are counted with their places."""

LONGEST_LINE = 2_000
"""Signs of a line; the outputs hold a longer text whole."""

DEEDS = ("scenario.roads", "scenario.lines", "scenario.places")
"""Findings that say what a scenario does."""

COUNTS = ("read", "kept", "mended", "refused")


def as_json(outcome: Outcome) -> dict[str, Any]:
    """Return the outcome for a program: the manifest, the findings and where the files are.

    Like the files it tells no more than the audience may know.
    """
    found: dict[str, Any] = {
        "out": None if outcome.folder is None else outcome.folder.as_posix(),
        "database": outcome.database or None,
        "unchanged": outcome.unchanged,
        "manifest": dict(outcome.manifest),
    }
    released = outcome.released
    if released is not None:
        found["layers"] = {
            name: WITHHELD if name in released.uncounted else _rows(layer)
            for name, layer in released.layers.items()
        }
        sited = siting_rows(outcome)
        if sited is not None:
            found["siting"] = sited
        found["findings"] = released.tables["findings"].to_dict("records")
    return found


def _rows(layer: Layer) -> dict[str, int]:
    return {key: sum(getattr(reading, key) for reading in layer.readings) for key in COUNTS}


def as_text(outcome: Outcome, *, language: Language) -> str:
    """Return the outcome for a person, no more of it than the audience may know; no name in it begins a line."""
    layers = () if outcome.released is None else _layers(outcome.released, ja=language == "ja")
    return "\n".join(map(visible, [*heading(outcome, language), *layers, *results(outcome, language)]))


def heading(outcome: Outcome, language: Language) -> Iterable[str]:
    """Return the title of the plan, and whether anything changed."""
    ja = language == "ja"
    yield outcome.plan.title
    if outcome.plan.made_up:
        yield "  架空の町です。" if ja else "  A made-up town."
    if outcome.released is None:
        yield (
            "  入力が前回と同じなので、結果はそのままです。"
            if ja
            else "  Nothing changed; the results stand."
        )


def results(outcome: Outcome, language: Language) -> Iterable[str]:
    """Return the main figures, the findings and where the files are."""
    if outcome.released is not None:
        yield from _figures(outcome.released, language)
        yield from siting_lines(outcome, language)
        yield from defence_lines(outcome, language)
        yield from district_lines(outcome, language)
        rows = outcome.released.tables["findings"]
        yield from _scenarios(rows, ja=language == "ja")
        yield from finding_lines(rows, language, written=outcome.folder is not None)
    if outcome.folder is not None:
        yield from _files(outcome, ja=language == "ja")
    if outcome.database:
        where = "書き出したデータベース" if language == "ja" else "Written to the database"
        yield f"{where}: {outcome.database}"


def _scenarios(findings: pd.DataFrame, *, ja: bool) -> Iterable[str]:
    """Return what each scenario does, as it was understood: the user sees whether that was meant."""
    rows = findings[findings["code"].isin(DEEDS)]
    if len(rows):
        yield "シナリオがすること" if ja else "What the scenarios do"
    for reason in rows["reason_ja" if ja else "reason_en"].head(MOST_LINES):
        yield f"  {reason}"
    if len(rows) > MOST_LINES:
        rest = len(rows) - MOST_LINES
        yield f"  …（ほか {rest}）" if ja else f"  … ({rest} more)"


def _layers(released: Released, *, ja: bool) -> Iterable[str]:
    yield (
        "資料（読んだ行＝そのまま＋直した＋読まなかった）"
        if ja
        else "Files (rows read = kept + mended + refused)"
    )
    width = max((len(name) for name in released.layers), default=0)
    for name, layer in released.layers.items():
        title = layer.spec.title.ja if ja else layer.spec.title.en
        if name in released.uncounted:
            yield f"  {name:<{width}} {'件数は庁外に示しません' if ja else 'not told outside the office'}  {title}"
            continue
        read, kept, mended, refused = _rows(layer).values()
        note = "" if layer.assessed else ("  未評価" if ja else "  not assessed")
        yield f"  {name:<{width}} {read:>7,} = {kept:>7,} + {mended:>6,} + {refused:>5,}  {title}{note}"


def _figures(released: Released, language: Language) -> Iterable[str]:
    """Return the verdicts, the area of the provision and the links in a few lines."""
    ja, tables = language == "ja", released.tables
    if "verdicts" in tables:
        from gisplan.law.phrases import verdicts
        from gisplan.plan.captions import total_hectares

        labels = verdicts()
        counts = tables["verdicts"]["verdict"].value_counts()
        yield "用途の判定" if ja else "Verdicts"
        for code in labels:
            if code in counts:
                yield f"  {counts[code]:>6,}  {labels[code].of(language)}"
        nesting = {row["promotion_area"]: row for row in tables["nesting"].to_dict("records")}
        for area, rows in tables["provision"].groupby("promotion_area", sort=True):
            covered = total_hectares(rows["covered_ha"].to_list(), digits=2).of(language)
            whole = rows["area_ha"].sum()
            mark = _nested(nesting[area], ja=ja) if area in nesting else ""
            yield (
                f"  {area}：{whole:,.1f} ha、うち特例の対象となり得る範囲 {covered}{mark}"
                if ja
                else f"  {area}: {whole:,.1f} ha, where the special provision can be asked for {covered}{mark}"
            )
    links = tables.get("links")
    if links is not None and len(links):
        hubs = links[links["direction"] == "to_hub"].groupby("hub")
        best, on_road = hubs["minutes"].min(), hubs["snap_hub_m"].max().notna()
        yield (
            "ICから拠点まで（自動車・最短・分）"
            if ja
            else "To each hub from the interchange quickest to reach it (by car, minutes)"
        )
        for (hub, minutes), stands in zip(best.items(), on_road, strict=True):
            yield f"  {_minutes_or_why(float(minutes), stands=bool(stands), ja=ja):>6}  {hub}"


def _minutes_or_why(minutes: float, *, stands: bool, ja: bool) -> str:
    """Return minutes, or why there are none: a hub on no road is not assessed, one on a road is unreached."""
    if pd.isna(minutes):
        return ("未到達" if ja else "unreached") if stands else ("未評価" if ja else "not assessed")
    return f"{minutes:.1f}"


def _nested(row: Mapping[Any, Any], *, ja: bool) -> str:
    """Return the remark on an area that is not shown to lie inside its priority district and municipality."""
    if row["verdict"] == "inside":
        return ""
    if row["verdict"] != "outside":
        return (
            "（重点地区の内か、確かめられません）" if ja else " (not shown to lie inside a priority district)"
        )
    square_metres = float(row["outside_m2"])
    if not square_metres > 0:
        return "（市区町村の外に出ています）" if ja else " (reaches out of the municipality)"
    large = square_metres >= SQUARE_METRES_PER_HECTARE
    size = f"{hectares(square_metres):,.2f} ha" if large else f"{square_metres:,.1f} m²"
    return f"（重点地区の外に {size} 出ています）" if ja else f" ({size} of it outside its priority district)"


def finding_lines(findings: pd.DataFrame, language: Language, *, written: bool = False) -> Iterable[str]:
    """Return how many findings there are by severity, and the gravest with their cures.

    Parameters
    ----------
    findings
        Rows of the table `findings`.
    language
        The language of the reader.
    written
        Whether the table was written: who has it need not be told how to get it.
    """
    ja = language == "ja"
    counts = findings["severity"].value_counts()
    shown = ", ".join(f"{severity} {counts.get(severity, 0)}" for severity in WORST)
    yield f"{'所見' if ja else 'Findings'}  {shown}"
    worst = findings[findings["severity"].isin(SHOWN)].sort_values(["severity", "code", "layer", "subject"])
    whole = list(_first_of_each(worst))[:MOST_LINES]
    for row, others in whole:
        yield f"  {row['severity']} [{row['code']}] {_subject(row)}: {row[f'reason_{language}']}"
        if row["severity"] in WITH_CURE:
            yield f"     → {row[f'do_{language}']}"
        if others:
            places = places_of(map(_subject, others), language)
            yield (
                f"     同じ所見がほか{len(others)}件：{places}"
                if ja
                else f"     {len(others)} more like it: {places}"
            )
    hidden = len(findings) - len(whole)
    if hidden:
        how = Text(ja="", en="") if written else Text(ja="。--out で書き出します", en="; --out writes it")
        yield (
            f"  …（ほか {hidden} 件は表 findings に{how.ja}）"
            if ja
            else f"  … ({hidden} more in the table findings{how.en})"
        )


Row = Mapping[Any, Any]


def _first_of_each(findings: pd.DataFrame) -> Iterator[tuple[Row, Sequence[Row]]]:
    """Yield the findings that are shown whole, each with those of its code that are only counted with their places."""
    for _, group in findings.groupby(["severity", "code"], sort=True):
        rows = group.to_dict("records")
        if len(rows) > ALIKE:
            yield rows[0], rows[1:]
        else:
            yield from ((row, ()) for row in rows)


def _subject(row: Mapping[Any, Any]) -> str:
    return f"{row['layer']} {row['subject']}".rstrip()


def _files(outcome: Outcome, *, ja: bool) -> Iterable[str]:
    folder = outcome.folder
    if folder is None:
        return
    yield f"{'書き出したフォルダ' if ja else 'Written to'}: {folder}"
    if (folder / "map.html").is_file():
        yield f"{'地図' if ja else 'Map'}: {(folder / 'map.html').resolve()}"
    if (folder / "check.html").is_file():
        yield f"{'点検のページ' if ja else 'Page of the check'}: {(folder / 'check.html').resolve()}"
