"""The summary of a run: layers with their rows, findings by severity, the main figures, where the files are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pandas as pd

from gisplan.core.words import Language

if TYPE_CHECKING:
    from gisplan.plan.results import Results
    from gisplan.plan.run import Outcome

WORST = ("S1", "S2", "S3", "S4")
SHOWN = frozenset({"S1", "S2", "S3"})
WITH_CURE = frozenset({"S1", "S2"})
MOST_LINES = 30


def as_json(outcome: Outcome) -> dict[str, Any]:
    """Return the outcome for a program: the manifest, the findings and where the files are."""
    found: dict[str, Any] = {
        "out": None if outcome.folder is None else outcome.folder.as_posix(),
        "unchanged": outcome.unchanged,
        "manifest": dict(outcome.manifest),
    }
    if outcome.results is not None:
        found["layers"] = {
            name: {
                key: sum(getattr(reading, key) for reading in layer.readings)
                for key in ("read", "kept", "mended", "refused")
            }
            for name, layer in outcome.results.atlas.layers.items()
        }
        found["findings"] = outcome.results.findings.to_dict("records")
    return found


def as_text(outcome: Outcome, *, language: Language) -> str:
    """Return the outcome for a person."""
    ja = language == "ja"
    lines = [outcome.plan.title]
    if outcome.plan.made_up:
        lines.append("  架空の町です。" if ja else "  A made-up town.")
    if outcome.results is None:
        lines.append(
            "  入力が前回と同じなので、結果はそのままです。"
            if ja
            else "  Nothing changed; the results stand."
        )
    else:
        lines += _layers(outcome.results, ja=ja)
        lines += _figures(outcome.results, language)
        lines += _findings(outcome.results.findings, language)
    if outcome.folder is not None:
        lines += _files(outcome, ja=ja)
    return "\n".join(lines)


def _layers(results: Results, *, ja: bool) -> Iterable[str]:
    yield (
        "資料（読んだ行＝そのまま＋直した＋読まなかった）"
        if ja
        else "Files (rows read = kept + mended + refused)"
    )
    width = max((len(name) for name in results.atlas.layers), default=0)
    for name, layer in results.atlas.layers.items():
        read, kept, mended, refused = (
            sum(getattr(reading, key) for reading in layer.readings)
            for key in ("read", "kept", "mended", "refused")
        )
        title = layer.spec.title.ja if ja else layer.spec.title.en
        note = "" if layer.assessed else ("  未評価" if ja else "  not assessed")
        yield f"  {name:<{width}} {read:>7,} = {kept:>7,} + {mended:>6,} + {refused:>5,}  {title}{note}"


def _figures(results: Results, language: Language) -> Iterable[str]:
    """Return the verdicts, the area of the provision and the links in a few lines."""
    ja = language == "ja"
    if results.checked is not None:
        from gisplan.law.phrases import verdicts
        from gisplan.plan.captions import total_hectares

        labels = verdicts()
        counts = results.checked.verdicts["verdict"].value_counts()
        yield "用途の判定" if ja else "Verdicts"
        for code in labels:
            if code in counts:
                yield f"  {counts[code]:>6,}  {labels[code].of(language)}"
        nesting = results.checked.nesting
        doubtful = set(nesting.loc[nesting["verdict"] != "inside", "promotion_area"])
        for area, rows in results.checked.provision.groupby("promotion_area", sort=True):
            covered = total_hectares(rows["covered_ha"].to_list(), digits=2).of(language)
            whole = rows["area_ha"].sum()
            mark = ""
            if area in doubtful:
                mark = (
                    "（重点地区の外に出るか、確かめられません）"
                    if ja
                    else " (not shown to lie inside its priority district)"
                )
            yield f"  {area}: {whole:,.1f} ha, {'特例の対象となり得る' if ja else 'covered'} {covered}{mark}"
    if results.connected is not None and len(results.connected.links):
        links = results.connected.links
        best = links[links["direction"] == "to_hub"].groupby("hub")["minutes"].min()
        yield "ICから拠点まで（最短・分）" if ja else "From the quickest interchange to each hub (minutes)"
        for hub, minutes in best.items():
            shown = ("未到達" if ja else "unreached") if pd.isna(minutes) else f"{minutes:.1f}"
            yield f"  {shown:>6}  {hub}"


def _findings(findings: pd.DataFrame, language: Language) -> Iterable[str]:
    ja = language == "ja"
    counts = findings["severity"].value_counts()
    shown = ", ".join(f"{severity} {counts.get(severity, 0)}" for severity in WORST)
    yield f"{'所見' if ja else 'Findings'}  {shown}"
    worst = findings[findings["severity"].isin(SHOWN)].sort_values(["severity", "code", "layer", "subject"])
    for row in worst.head(MOST_LINES).to_dict("records"):
        subject = f" {row['subject']}" if row["subject"] else ""
        yield f"  {row['severity']} [{row['code']}] {row['layer']}{subject}: {row[f'reason_{language}']}"
        if row["severity"] in WITH_CURE:
            yield f"     → {row[f'do_{language}']}"
    hidden = len(findings) - min(len(worst), MOST_LINES)
    if hidden:
        yield (
            f"  …（ほか {hidden} 件は表 findings に。check と access は --out で書き出します）"
            if ja
            else f"  … ({hidden} more in the table findings; check and access write it with --out)"
        )


def _files(outcome: Outcome, *, ja: bool) -> Iterable[str]:
    folder = outcome.folder
    if folder is None:
        return
    yield f"{'書き出したフォルダ' if ja else 'Written to'}: {folder}"
    if (folder / "map.html").is_file():
        yield f"{'地図' if ja else 'Map'}: {(folder / 'map.html').resolve()}"
