"""The curve: what one hub more is worth, from the fewest to as many as are asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gisplan.core.tables import contract, hold
from gisplan.siting.case import answered
from gisplan.siting.defence.allocation import Outcome, allocated, ids, labels, outcome
from gisplan.siting.defence.recast import asking
from gisplan.siting.defence.swaps import additions
from gisplan.siting.phrases import NOTHING, say
from gisplan.siting.solver.words import NoChoice
from gisplan.siting.worth import TIE, enough_minutes, loss

if TYPE_CHECKING:
    from gisplan.core.words import Text
    from gisplan.siting.case import Case
    from gisplan.siting.solver.words import Answer, Limits

SHARES = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)
"""Shares for which a set cover is asked how many hubs they take."""

LEAST = ("minutes", "budget")
"""Refusals that tell what would be enough."""

MOST = 10
"""Hubs up to which the curve runs where the plan does not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One point of the curve: so many hubs, or the fewest for a share; `answer` is None where the rules allow none.

    `share` is the share asked of a set cover, NaN otherwise. `refused` says why there is no answer.
    """

    hubs: int
    share: float
    answer: Answer | None
    outcome: Outcome | None
    refused: NoChoice | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """The points of the curve in their order; `whole` is False where it was interrupted."""

    steps: tuple[Step, ...]
    whole: bool

    def at(self, hubs: int) -> Answer | None:
        """Return the answer with so many hubs, None where the curve has none."""
        found = [step.answer for step in self.steps if step.answer is not None]
        return next((one for one in found if len(one.chosen) == hubs), None)

    def beats(self, case: Case, answer: Answer) -> bool:
        """Return whether the choice of one hub less, and the best one more, is better: then an answer is not proven."""
        before = None if case.rules.p is None else self.at(len(answer.chosen) - 1)
        if before is None:
            return False
        worse = loss(case.model, best=answer.objective, other=additions(case, before.chosen))
        return bool((worse < -TIE).any())


def curve(case: Case, *, most: int, minutes: float, limits: Limits, known: Answer | None = None) -> Curve:
    """Return the best choice for every number of hubs, from those forced on, or for every share of a set cover.

    Parameters
    ----------
    case
        The question.
    most
        The greatest number of hubs; no more than there are candidates are asked for.
    minutes
        How far a hub covers, for the share.
    limits
        How long to search for each point.
    known
        The answer to the case as it stands, which is not asked for again.
    """
    steps: list[Step] = []
    for asked in _asked(case, most):
        if steps and limits.stopped():
            return Curve(steps=tuple(steps), whole=False)
        same = asked.rules.p == case.rules.p and asked.rules.share == case.rules.share
        before = None if not steps or case.rules.p is None else steps[-1].answer
        steps.append(
            _step(asked, minutes=minutes, limits=limits, known=known if same else None, before=before)
        )
    return Curve(steps=tuple(steps), whole=True)


def _asked(case: Case, most: int) -> Iterator[Case]:
    if case.rules.p is None:
        for share in sorted({*SHARES, case.rules.share}):
            yield asking(case, share=share)
        return
    fewest = max(int(case.rules.forced.sum()), 1)
    for p in range(fewest, min(most, case.reach.candidates) + 1):
        yield asking(case, p=p)


def _step(case: Case, *, minutes: float, limits: Limits, known: Answer | None, before: Answer | None) -> Step:
    p = case.rules.p
    share = case.rules.share if p is None else np.nan
    try:
        answer = _grown(case, answered(case, limits), before) if known is None else known
        found = outcome(case, allocated(case, answer.chosen), minutes=minutes)
    except NoChoice as refused:
        return Step(hubs=p or 0, share=share, answer=None, outcome=None, refused=refused)
    return Step(hubs=len(answer.chosen), share=share, answer=answer, outcome=found, refused=None)


def _grown(case: Case, answer: Answer, before: Answer | None) -> Answer:
    """Return the choice before with the best hub more where that is as good as the answer, else the answer.

    Of choices that are equally good the one that keeps most hubs is told; and where a search was cut short one more
    hub must not seem to make things worse.
    """
    if before is None or len(before.chosen) + 1 != len(answer.chosen):
        return answer
    grown = additions(case, before.chosen)
    more = np.nan_to_num(loss(case.model, best=answer.objective, other=grown), nan=np.inf)
    into = int(np.argmin(more))
    if not more[into] <= TIE:
        return answer
    chosen, objective = np.sort(np.append(before.chosen, into)), float(grown[into])
    better = more[into] < -TIE
    gap = abs(objective - answer.bound) / max(abs(objective), TIE) if better else answer.gap
    return replace(answer, chosen=chosen, objective=objective if better else answer.objective, gap=gap)


def curve_table(case: Case, found: Curve, *, minutes: float) -> pd.DataFrame:
    """Return the table `siting_curve`: one row a point, with what it gains over the point before.

    Parameters
    ----------
    case
        The question.
    found
        Its curve.
    minutes
        How far a hub covers, as it was given to `curve`.
    """
    empty = np.array([], dtype=np.int64)
    base = outcome(case, allocated(case, empty), minutes=minutes)
    rows = [
        _row(case, step, before=before, base=base, order=order)
        for order, (step, before) in enumerate(_with_before(found.steps), start=1)
    ]
    frame = pd.DataFrame(rows, columns=list(contract("siting_curve").names)).assign(minutes=minutes)
    return hold(frame, "siting_curve")


def _with_before(steps: Sequence[Step]) -> Iterator[tuple[Step, Step | None]]:
    """Yield each step with the last one before it that has an answer."""
    before: Step | None = None
    for step in steps:
        yield step, before
        before = step if step.answer is not None else before


def _row(case: Case, step: Step, *, before: Step | None, base: Outcome, order: int) -> dict[str, Any]:
    row: dict[str, Any] = {
        "step": order,
        "hubs": step.hubs if step.answer is not None or step.hubs else pd.NA,
        "share_asked": step.share,
        "possible": pd.NA if step.refused is not None and step.refused.untold else step.answer is not None,
        "asked": step.share == case.rules.share if case.rules.p is None else step.hubs == case.rules.p,
        **_said(refusal(step.refused)),
    }
    if step.answer is None or step.outcome is None:
        return row
    answer, now = step.answer, step.outcome
    own = before.answer if before is not None else None
    last = before.outcome if before is not None and before.outcome is not None else base
    # With nothing before there is no mean, and no objective that this one could be set beside.
    gain = np.nan if own is None else answer.objective - own.objective
    return row | {
        "share": now.share,
        "mean_minutes": now.mean,
        "longest_minutes": now.longest,
        "nobody": now.nobody,
        "objective": answer.objective,
        "bound": answer.bound,
        "gap": answer.gap,
        "proven": answer.proven,
        "ids": "、".join(ids(case, answer.chosen)),
        "names": "、".join(labels(case, answer.chosen)),
        "gain_objective": gain,
        "gain_share": now.share - last.share,
        "gain_minutes": now.mean - last.mean,
        "kept": pd.NA if own is None else len(np.intersect1d(own.chosen, answer.chosen)),
    }


def refusal(refused: NoChoice | None) -> Text:
    """Return in words why the rules allow no choice, nothing where they do."""
    if refused is None:
        return NOTHING
    key = f"{refused.why}_least" if np.isfinite(refused.least) and refused.why in LEAST else refused.why
    return say(f"not_possible_{key}", least=_least(refused))


def _least(refused: NoChoice) -> str:
    """Return the smallest threshold or budget that works, rounded up: what is written into plan.toml must be enough."""
    return enough_minutes(refused.least) if refused.why == "minutes" else f"{np.ceil(refused.least):,.0f}"


def _said(note: Text) -> dict[str, str]:
    return {"note_ja": note.ja, "note_en": note.en}
