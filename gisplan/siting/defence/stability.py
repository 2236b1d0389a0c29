"""How stable a choice is: which hubs are kept when weights, speeds, roads or their number are otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gisplan.core.tables import contract, hold
from gisplan.siting.case import answered
from gisplan.siting.defence.allocation import label, labels
from gisplan.siting.defence.variants import KINDS, Kind, Variant
from gisplan.siting.phrases import NOTHING, say
from gisplan.siting.solver.shares import covered
from gisplan.siting.solver.words import NoChoice
from gisplan.siting.words import trials
from gisplan.siting.worth import TIE, loss, percent, worth

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gisplan.core.words import Text
    from gisplan.siting.case import Case
    from gisplan.siting.solver.words import Answer, Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A variant and its answer, None where the rules allow none or, `untold`, none was found in time.

    `own` is the objective of the plan's choice in it, NaN where that choice breaks the rules of the variant or is of
    another number of hubs; `regret` [0–1] how much worse it is than the variant's best.
    """

    variant: Variant
    answer: Answer | None
    own: float
    regret: float
    untold: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Stability:
    """The variants tried; `skipped` says in words which kinds were not, `whole` is False after an interrupt."""

    tried: tuple[Tried, ...]
    skipped: Mapping[Kind, Text]
    whole: bool

    def kept(self, site: int, kind: Kind | None = None) -> tuple[int, int]:
        """Return in how many of the variants a site is chosen, and how many have an answer."""
        answers = [
            one.answer for one in self.tried if one.answer is not None and kind in {None, one.variant.kind}
        ]
        return sum(site in one.chosen for one in answers), len(answers)


def stability(
    answer: Answer, variants: Iterable[Variant], *, limits: Limits, skipped: Mapping[Kind, Text]
) -> Stability:
    """Return which variants keep which hubs.

    Parameters
    ----------
    answer
        The plan's choice.
    variants
        What is tried; all have the same candidates in the same order.
    limits
        How long to search for each.
    skipped
        Why kinds of variants are not among them.
    """
    tried: list[Tried] = []
    for variant in variants:
        if limits.stopped():
            return Stability(tried=tuple(tried), skipped=skipped, whole=False)
        tried.append(_tried(answer, variant, limits))
    return Stability(tried=tuple(tried), skipped=skipped, whole=True)


def _tried(answer: Answer, variant: Variant, limits: Limits) -> Tried:
    case = variant.case
    try:
        other = answered(case, limits) if variant.known is None else variant.known
    except NoChoice as refused:
        return Tried(variant=variant, answer=None, own=np.nan, regret=np.nan, untold=refused.untold)
    if not _keeps(case, answer.chosen):
        return Tried(variant=variant, answer=other, own=np.nan, regret=np.nan)
    own = worth(case, answer.chosen)
    if np.isnan(own):
        return Tried(variant=variant, answer=other, own=own, regret=np.nan)
    regret = float(loss(case.model, best=other.objective, other=own))
    if regret <= TIE:
        # Of choices that are equally good the one there is counts: which of them a search meets first is chance. And
        # a search that was cut short may end worse than it.
        other = replace(other, chosen=answer.chosen, objective=own)
    return Tried(variant=variant, answer=other, own=own, regret=max(regret, 0.0))


def _keeps(case: Case, chosen: NDArray[np.int64]) -> bool:
    """Return whether a choice still has the number and the share that a variant asks for."""
    if case.rules.p is not None and case.rules.p != len(chosen):
        return False
    weight = case.reach.weight
    here = weight[covered(case.reach, chosen, minutes=case.rules.minutes)].sum()
    return bool(here >= case.rules.share * weight.sum() * (1.0 - TIE))


def stability_table(case: Case, answer: Answer, found: Stability) -> pd.DataFrame:
    """Return the table `siting_stability`: one row a site that is chosen now or in any variant.

    Parameters
    ----------
    case
        The question.
    answer
        The plan's choice.
    found
        The variants tried.
    """
    ever = [one.answer.chosen for one in found.tried if one.answer is not None]
    sites = np.unique(np.concatenate([answer.chosen, *ever]))
    rows = [_site(case, answer, found, int(site)) for site in sites]
    rows.sort(key=lambda row: (not row["chosen"], -np.nan_to_num(row["share"], nan=-1.0), row["id"]))
    frame = pd.DataFrame(rows).assign(rank=np.arange(1, len(rows) + 1))
    return hold(frame.reindex(columns=list(contract("siting_stability").names)), "siting_stability")


def _site(case: Case, answer: Answer, found: Stability, site: int) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": str(case.candidates.id[site]),
        "name": str(case.candidates.name[site]),
        "chosen": site in answer.chosen,
        "forced": bool(case.rules.forced[site]),
    }
    for kind in KINDS:
        kept, tried = found.kept(site, kind)
        row[f"share_{kind}"] = kept / tried if tried else np.nan
    kept, tried = found.kept(site)
    return row | {"kept": kept, "variants": tried, "share": kept / tried if tried else np.nan}


def variants_table(answer: Answer, found: Stability) -> pd.DataFrame:
    """Return the table `siting_variants`: one row a variant, then one for each kind that was not tried.

    Parameters
    ----------
    answer
        The plan's choice.
    found
        The variants tried.
    """
    rows = [_variant(answer, one) for one in found.tried]
    for kind, why in found.skipped.items():
        rows.append({"kind": kind, **_words("title", trials()[kind]), "tried": False, **_words("note", why)})
    frame = pd.DataFrame(rows).assign(order=np.arange(1, len(rows) + 1)) if rows else pd.DataFrame()
    return hold(frame.reindex(columns=list(contract("siting_variants").names)), "siting_variants")


def _variant(answer: Answer, one: Tried) -> dict[str, Any]:
    case, other = one.variant.case, one.answer
    row = {"kind": one.variant.kind, **_words("title", one.variant.title), "tried": True}
    if other is None:
        return row | _words("note", say(f"variant_not_{'assessed' if one.untold else 'possible'}"))
    out, into = np.setdiff1d(answer.chosen, other.chosen), np.setdiff1d(other.chosen, answer.chosen)
    return row | {
        "out": "、".join(labels(case, out)),
        "into": "、".join(labels(case, into)),
        "kept": len(np.intersect1d(answer.chosen, other.chosen)),
        "hubs": len(other.chosen),
        "own": one.own,
        "best": other.objective,
        "regret": percent(one.regret),
        "proven": other.proven,
        **_words("note", _note(one)),
    }


def _note(one: Tried) -> Text:
    if one.variant.kind == "number" or not np.isnan(one.own):
        return NOTHING
    return say("variant_breaks")


def _words(column: str, text: Text) -> dict[str, str]:
    return {f"{column}_ja": text.ja, f"{column}_en": text.en}


def fragile(case: Case, answer: Answer, found: Stability, *, share: float) -> tuple[str, ...]:
    """Return the chosen hubs that fewer than a share of the variants keep.

    Parameters
    ----------
    case
        The question.
    answer
        The plan's choice.
    found
        The variants tried.
    share
        The share [0–1].
    """
    weak = []
    for site in answer.chosen:
        kept, tried = found.kept(int(site))
        if tried and kept < share * tried:
            weak.append(label(case, int(site)))
    return tuple(sorted(weak))
