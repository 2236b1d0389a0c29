"""The hubs that were chosen as an answer to a person: which they are, whom they serve, how sure it is, who is out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gisplan.core.options import COVERING
from gisplan.core.words import Language, Text

if TYPE_CHECKING:
    from gisplan.core.options import SiteOptions
    from gisplan.plan.run import Outcome

CHOSEN = "chosen"


def siting_lines(outcome: Outcome, language: Language) -> Iterable[str]:
    """Yield the lines on the hubs that were chosen; none where none were asked for.

    Parameters
    ----------
    outcome
        What came of a run.
    language
        The language of the reader.
    """
    if outcome.released is None:
        return
    siting, sites = (outcome.released.tables.get(name) for name in ("siting", "siting_sites"))
    codes = set(outcome.released.tables["findings"]["code"])
    if "site.none_needed" in codes:
        yield "新しい拠点は要りません。" if language == "ja" else "No new hub is needed."
    if siting is None or siting.empty:
        return
    from gisplan.siting.words import models

    ja, first = language == "ja", siting.iloc[0]
    model, demand = models()[first["model"]].of(language), _demand(outcome, language)
    yield f"拠点の配置：{model}{demand}" if ja else f"Siting: {model}{demand}"
    for row in siting.to_dict("records"):
        yield f"  {row['rank']}  {row['name'] or row['id']}{_serves(row, language)}{_law(row, language)}"
    proof = _proof(first, _seconds(outcome), ja=ja, cut="site.cutoff_automatic" in codes)
    yield f"  {_whole(siting, outcome.plan.site, ja=ja)}{proof}"
    yield from _others(outcome.released.tables.get("siting_served"), language)
    if sites is not None and len(sites):
        yield f"  {_candidates(sites, language)}"


def _demand(outcome: Outcome, language: Language) -> str:
    """Return for whom the hubs are."""
    from gisplan.siting.asked.question import title

    site, results = outcome.plan.site, outcome.results
    if site is None or results is None:
        return ""
    ja = language == "ja"
    said = [title(results.atlas, layer).of(language) for layer in dict.fromkeys(site.demands)]
    return f"、需要は{'・'.join(said)}" if ja else f", demand: {', '.join(said)}"


def _others(served: pd.DataFrame | None, language: Language) -> Iterable[str]:
    """Yield whom the hubs that stand, places of others and nobody serve; nothing where the audience may not know."""
    if served is None or not len(served):
        return
    from gisplan.siting.amounts import counted
    from gisplan.siting.words import services

    ja = language == "ja"
    rest = served[(served["area"] == "") & (served["kind"] != "chosen") & served["demand"].notna()]
    for (kind, unit), rows in rest.groupby(["kind", "unit"], sort=True):
        amount = counted(float(rows["demand"].sum()), str(unit)).of(language)
        who = services()[str(kind)].of(language)
        minutes = rows["mean_minutes"].to_numpy("float64", na_value=np.nan)
        mean = float(np.average(minutes, weights=rows["demand"].to_numpy("float64")))
        way = "" if np.isnan(mean) else f"、平均 {mean:.1f} 分" if ja else f", mean {mean:.1f} min"
        yield f"  ほか：{who} {amount}{way}" if ja else f"  Others: {who}: {amount}{way}"


def _serves(row: Mapping[Any, Any], language: Language) -> str:
    """Return whom a hub serves, nothing where the audience may not know."""
    from gisplan.siting.amounts import counted

    ja = language == "ja"
    if np.isnan(row["demand_served"]):
        return ""
    share = f"{100.0 * row['share']:.1f}%"
    if row["demand_served"] == 0.0:
        return "　受け持つ需要なし" if ja else "  serves no demand"
    mean, longest = row["mean_minutes"], row["longest_minutes"]
    demand = counted(float(row["demand_served"]), row["unit"]).of(language)
    return (
        f"　{demand}（{share}）、平均 {mean:.1f} 分、最長 {longest:.1f} 分"
        if ja
        else f"  {demand} ({share}), mean {mean:.1f} min, longest {longest:.1f} min"
    )


def _law(row: Mapping[Any, Any], language: Language) -> str:
    """Return that a hub needs a permit, or what else the law says of one that is not allowed as it is."""
    from gisplan.siting.asked.judged import LAWFUL

    ja, verdict = language == "ja", row["verdict"]
    if verdict in LAWFUL:
        needed = "　［個別許可が必要］" if ja else "  [permit needed]"
        return needed if bool(row["permit"]) else ""
    from gisplan.law.phrases import verdicts
    from gisplan.siting.asked.candidates import NO_VERDICT

    said = verdicts().get(verdict, NO_VERDICT).of(language)
    return f"　［法令の判定：{said}］" if ja else f"  [verdict: {said}]"


def _whole(siting: pd.DataFrame, site: SiteOptions | None, *, ja: bool) -> str:
    """Return how much all hubs serve, and within which minutes on average."""
    served = siting["demand_served"].sum(skipna=False)
    if np.isnan(served) or served == 0.0:
        return ""
    share = f"{100.0 * siting['share'].sum():.1f}%"
    mean = float((siting["demand_served"] * siting["mean_minutes"]).sum() / served)
    within, least = siting["minutes"].iloc[0], None if site is None else site.share
    if not np.isnan(within) and least and siting["model"].iloc[0] not in COVERING:
        asked = f"{100.0 * least:g}%"
        return (
            f"合わせて、候補地に着ける需要の{share}を平均 {mean:.1f} 分で、"
            f"うち{asked}以上を {within:g} 分以内に受け持ちます。"
            if ja
            else f"Together they serve {share} of the reachable demand in {mean:.1f} min on average, "
            f"{asked} or more of all within {within:g} min. "
        )
    if np.isnan(within):
        return (
            f"合わせて、候補地に着ける需要の{share}を平均 {mean:.1f} 分で受け持ちます。"
            if ja
            else f"Together they serve {share} of the reachable demand in {mean:.1f} min on average. "
        )
    return (
        f"合わせて、候補地に着ける需要の{share}を受け持ちます（平均 {mean:.1f} 分、基準 {within:g} 分）。"
        if ja
        else f"Together they serve {share} of the reachable demand (mean {mean:.1f} min, threshold {within:g} min). "
    )


def _proof(first: pd.Series, seconds: float, *, ja: bool, cut: bool) -> str:
    """Return whether there is any better choice, `cut` where not all pairs were looked at, and how long it took."""
    took = f"（{seconds:.1f} 秒）" if ja else f" ({seconds:.1f} s)"
    if bool(first["proven"]) and cut:
        return (
            f"見た組合せの範囲では、これより良い組合せはありません{took}。"
            if ja
            else f"Among the pairs that were looked at no choice is better{took}."
        )
    if bool(first["proven"]):
        return f"これより良い組合せはありません{took}。" if ja else f"No choice is better{took}."
    gap = f"{100.0 * first['gap']:.2f}%" if np.isfinite(first["gap"]) else "—"
    return (
        f"最適とは証明できていません。最適値との差は最大 {gap}{took}。"
        if ja
        else f"Not proven optimal; the gap to the optimum is at most {gap}{took}."
    )


def _seconds(outcome: Outcome) -> float:
    sited = None if outcome.results is None else outcome.results.sited
    return 0.0 if sited is None or sited.answer is None else sited.answer.seconds


def _candidates(sites: pd.DataFrame, language: Language) -> str:
    """Return how many candidates there are, and why those not chosen are out."""
    from gisplan.siting.words import states

    counts = sites["state"].value_counts()
    parts = [
        f"{title.of(language)} {counts[state]:,}" for state, title in states().items() if state in counts
    ]
    head = Text(ja=f"候補地 {len(sites):,} か所：", en=f"Candidates {len(sites):,}: ").of(language)
    tail = Text(ja="（理由は表 siting_sites）", en=" (reasons in the table siting_sites)").of(language)
    return head + ("、" if language == "ja" else ", ").join(parts) + tail


def siting_rows(outcome: Outcome) -> dict[str, Any] | None:
    """Return the hubs that were chosen for a program, None where none were asked for.

    Parameters
    ----------
    outcome
        What came of a run.
    """
    if outcome.released is None or "siting" not in outcome.released.tables:
        return None
    siting = outcome.released.tables["siting"]
    sites = outcome.released.tables.get("siting_sites")
    if siting.empty:
        return None
    return {
        "hubs": [{key: _plain(value) for key, value in row.items()} for row in siting.to_dict("records")],
        "candidates": {}
        if sites is None
        else {key: int(n) for key, n in sites["state"].value_counts().items()},
        "seconds": round(_seconds(outcome), 3),
    }


def _plain(value: Any) -> Any:
    """Return a cell as JSON holds it: nothing for what has no figure."""
    if isinstance(value, str):
        return value
    if pd.isna(value) or (isinstance(value, float) and not np.isfinite(value)):
        return None
    return value.item() if isinstance(value, np.generic) else value
