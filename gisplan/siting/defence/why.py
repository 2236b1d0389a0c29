"""Why not here? What the choice would be with a site that a user names, or why that site cannot be chosen."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gisplan.core.tables import contract, hold
from gisplan.core.words import Text
from gisplan.siting.amounts import counted, layer_unit
from gisplan.siting.case import answered
from gisplan.siting.defence.allocation import allocated, label, labels, outcome
from gisplan.siting.defence.recast import forcing, without
from gisplan.siting.phrases import NOTHING, listed, say, together
from gisplan.siting.solver.words import NoChoice
from gisplan.siting.worth import TIE, loss, percent, share_text

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gisplan.siting.case import Case
    from gisplan.siting.defence.allocation import Allocation
    from gisplan.siting.solver.words import Answer, Limits

SAME_MINUTES = 1e-6
"""Who is nearer or farther by less than this is neither [min]."""

UNLAWFUL = ("unlawful", "cannot_tell")


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """A site that was asked about, the best choice with it, and who is nearer and farther then.

    Of a site that is chosen it is the best choice without it. `answer` is None where there is none: the site is out,
    forced, or the rules forbid it. `nearer` and `farther` are the demand by layer, in its own weight.
    """

    id: str
    name: str
    state: str
    said: Text
    answer: Answer | None = None
    worse: float = np.nan
    minutes: float = np.nan
    out: tuple[str, ...] = ()
    into: tuple[str, ...] = ()
    nearer: Mapping[str, float] | None = None
    farther: Mapping[str, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What questions about sites are answered from; `titles` are of layers, a hub covers within `minutes`."""

    case: Case
    answer: Answer
    titles: Mapping[str, Text]
    minutes: float


def why(
    asking: Asking, sites: pd.DataFrame, verdicts: pd.DataFrame, *, words: Sequence[str], limits: Limits
) -> tuple[tuple[Why, ...], tuple[tuple[str, tuple[str, ...]], ...]]:
    """Return why each of some sites is not chosen, and the words that call none, with words that are near.

    Parameters
    ----------
    asking
        The question.
    sites
        The table `siting_sites`.
    verdicts
        The table `verdicts`.
    words
        Ids or names.
    limits
        How long to search for each choice.
    """
    found: dict[str, Why] = {}
    unknown: list[tuple[str, tuple[str, ...]]] = []
    for word in words:
        rows = sites[(sites["id"] == word) | ((sites["name"] == word) & (sites["name"] != ""))]
        if rows.empty:
            unknown.append((word, _near(word, sites)))
        for row in rows.to_dict("records"):
            if row["id"] not in found:
                found[row["id"]] = _why(asking, row, verdicts, limits)
    return tuple(found.values()), tuple(unknown)


def _near(word: str, sites: pd.DataFrame) -> tuple[str, ...]:
    known = list(dict.fromkeys(str(one) for one in (*sites["id"], *sites["name"]) if one))
    return tuple(difflib.get_close_matches(word, known, n=3, cutoff=0.3) or known[:3])


def _why(asking: Asking, row: Mapping[Any, Any], verdicts: pd.DataFrame, limits: Limits) -> Why:
    case = asking.case
    at = np.flatnonzero(case.candidates.id == row["id"])
    if not len(at):
        return _out(row, verdicts)
    site = int(at[0])
    name, chosen = label(case, site), site in asking.answer.chosen
    plain = Why(id=str(row["id"]), name=str(row["name"]), state=str(row["state"]), said=NOTHING)
    if chosen and case.rules.forced[site]:
        return replace(plain, said=say("why_forced", name=name))
    fewer = without(case, np.array([site])) if chosen else None
    try:
        other = answered(forcing(case, site) if fewer is None else fewer.case, limits)
    except NoChoice as refused:
        return replace(plain, said=_refused(refused, name, chosen=chosen))
    hubs = other.chosen if fewer is None else fewer.old(other.chosen)
    return _compared(asking, site, replace(other, chosen=hubs), plain)


def _refused(refused: NoChoice, name: str, *, chosen: bool) -> Text:
    """Return that there is no choice with a site, or without one that is chosen, or that none is known."""
    if refused.untold:
        asked = say(f"why_{'without' if chosen else 'with'}_it")
        return say("why_not_assessed", name=name, asked=asked)
    return say("why_needed" if chosen else "why_against_rules", name=name)


def _out(row: Mapping[Any, Any], verdicts: pd.DataFrame) -> Why:
    """Return why a site is no candidate: the reason it is out, and what the law says where it is out by its verdict."""
    name = row["name"] or row["id"]
    reason = Text(ja=row["reason_ja"], en=row["reason_en"])
    said = [say("why_out", name=name, reason=reason)]
    law = verdicts[(verdicts["layer"] == row["layer"]) & (verdicts["id"] == row["id"])]
    if row["state"] in UNLAWFUL and len(law):
        own = law.iloc[0]
        told = Text(ja=own["reason_ja"], en=own["reason_en"])
        said.append(say("why_law", reason=told, articles=own["articles"] or "—"))
    return Why(id=str(row["id"]), name=str(row["name"]), state=str(row["state"]), said=together(said))


def _compared(asking: Asking, site: int, answer: Answer, plain: Why) -> Why:
    """Return what another choice changes: the hubs, the objective, the mean minutes, and whom."""
    case, own, chosen = asking.case, asking.answer, answer.chosen
    today, then = allocated(case, own.chosen), allocated(case, chosen)
    mean = [outcome(case, found, minutes=asking.minutes).mean for found in (today, then)]
    out, into = np.setdiff1d(own.chosen, chosen), np.setdiff1d(chosen, own.chosen)
    worse = float(loss(case.model, best=own.objective, other=answer.objective))
    nearer, farther = _moved(case, today, then)
    chosen_now = site in own.chosen
    values = {
        "name": label(case, site),
        "out": listed(labels(case, out)),
        "into": listed(labels(case, into)),
        "share": share_text(worse),
    }
    standing = "same" if abs(worse) <= TIE else "worse" if worse > 0.0 else "better"
    said = [
        say(f"why_{'without' if chosen_now else 'with'}_{standing}", **values),
        say("why_minutes", before=f"{mean[0]:.1f}", after=f"{mean[1]:.1f}"),
        _amounts("why_nearer", nearer, asking),
        _amounts("why_farther", farther, asking),
        say("why_proven" if answer.proven and own.proven else "why_unproven"),
    ]
    return replace(
        plain, said=together(said), answer=answer, worse=worse, minutes=mean[1] - mean[0],
        out=labels(case, out), into=labels(case, into), nearer=nearer, farther=farther,
    )  # fmt: skip


def _moved(case: Case, today: Allocation, then: Allocation) -> tuple[dict[str, float], dict[str, float]]:
    """Return the demand that comes nearer to what serves it, and that which comes farther, by layer."""
    one, other = _mean_minutes(case, today), _mean_minutes(case, then)
    found = []
    for before, after in ((other, one), (one, other)):
        # Infinite in both is no change; from infinite to some minutes is one.
        with np.errstate(invalid="ignore"):
            those = after - before > SAME_MINUTES
        sums = {
            str(layer): float(case.demands.weight[those & (case.demands.layer == layer)].sum())
            for layer in sorted(set(case.demands.layer))
        }
        found.append({layer: amount for layer, amount in sums.items() if amount > 0.0})
    return found[0], found[1]


def _mean_minutes(case: Case, found: Allocation) -> NDArray[np.float64]:
    """Return the mean minutes of each demand [i], infinite where nobody serves some of it."""
    spent = np.bincount(found.demand, weights=found.weight * found.minutes, minlength=case.reach.demands)
    return np.asarray(spent / case.reach.weight, np.float64)


def _amounts(key: str, amounts: Mapping[str, float], asking: Asking) -> Text:
    if not amounts:
        return NOTHING
    named = {layer: asking.titles.get(layer, Text(ja=layer, en=layer)) for layer in amounts}
    said = {layer: counted(amount, layer_unit(asking.case, layer)) for layer, amount in amounts.items()}
    ja = "、".join(f"{named[layer].ja} {one.ja}" for layer, one in said.items())
    en = ", ".join(f"{one.en} ({named[layer].en})" for layer, one in said.items())
    return say(key, amounts=Text(ja=ja, en=en))


def why_table(found: Iterable[Why]) -> pd.DataFrame:
    """Return the table `siting_why`: one row a site that was asked about."""
    rows = [
        {
            "id": one.id,
            "name": one.name,
            "state": one.state,
            "objective": np.nan if one.answer is None else one.answer.objective,
            "worse": percent(one.worse),
            "gain_minutes": one.minutes,
            "out": "、".join(one.out),
            "into": "、".join(one.into),
            "nearer": np.nan if one.nearer is None else sum(one.nearer.values()),
            "farther": np.nan if one.farther is None else sum(one.farther.values()),
            "proven": pd.NA if one.answer is None else one.answer.proven,
            "answer_ja": one.said.ja,
            "answer_en": one.said.en,
        }
        for one in found
    ]
    return hold(pd.DataFrame(rows, columns=list(contract("siting_why").names)), "siting_why")
