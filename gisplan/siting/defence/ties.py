"""Ties and near-ties: choices as good as the best, and what it costs to do without each of its hubs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from gisplan.core.tables import contract, hold
from gisplan.siting.case import answered
from gisplan.siting.defence.allocation import ids, labels
from gisplan.siting.defence.recast import without
from gisplan.siting.defence.swaps import exchanges
from gisplan.siting.phrases import NOTHING, listed, say
from gisplan.siting.solver.words import NoChoice
from gisplan.siting.worth import TIE, loss, percent, share_text

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gisplan.core.words import Text
    from gisplan.siting.case import Case
    from gisplan.siting.solver.words import Answer, Limits

NEAR = 0.01
"""A choice that is worse by no more than this share is a near-tie."""

MOST = 50
"""Exchanges told at most, the best first."""

Found = Literal["without", "exchange"]
Standing = Literal["better", "tie", "near", "worse", "not_possible", "not_assessed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """Another choice: how it was found, its hubs, how much worse it is [0–1], and if no better one lacks `lacking`.

    `chosen` is None where the rules allow no choice without that site, or, not `proven`, where none was found in time.
    """

    how: Found
    lacking: int
    chosen: NDArray[np.int64] | None
    objective: float
    worse: float
    proven: bool

    @property
    def standing(self) -> Standing:
        """How it stands to the choice of the plan; `better` only where that one is not proven."""
        if self.chosen is None:
            return "not_possible" if self.proven else "not_assessed"
        if abs(self.worse) <= TIE:
            return "tie"
        if self.worse < 0.0:
            return "better"
        return "near" if self.worse <= NEAR else "worse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ties:
    """Alternatives in their order, the best first; `whole` is False where the search was interrupted.

    `more` are exchanges as near as those told that are not told, `exchanged` tells whether exchanges were tried.
    """

    alternatives: tuple[Alternative, ...]
    whole: bool
    more: int
    exchanged: bool


def ties(case: Case, answer: Answer, *, limits: Limits) -> Ties:
    """Return the best choice without each of the hubs that are not forced, and every exchange within 1 %.

    Parameters
    ----------
    case
        The question.
    answer
        Its answer.
    limits
        How long to search for each choice.
    """
    free = answer.chosen[~case.rules.forced[answer.chosen]]
    found: list[Alternative] = []
    for site in free:
        if limits.stopped():
            break
        found.append(_lacking(case, answer, int(site), limits=limits))
    swapped = exchanges(case, answer.chosen)
    near = [] if swapped is None else list(_near(case, answer, swapped.out, swapped.objective))
    known = {_key(one.chosen) for one in found if one.chosen is not None}
    fresh = [one for one in near if _key(one.chosen) not in known]
    return Ties(
        alternatives=tuple(sorted([*found, *fresh[:MOST]], key=_order)),
        whole=len(found) == len(free),
        more=max(len(fresh) - MOST, 0),
        exchanged=swapped is not None,
    )


def _lacking(case: Case, answer: Answer, site: int, *, limits: Limits) -> Alternative:
    fewer = without(case, np.array([site]))
    try:
        other = answered(fewer.case, limits)
    except NoChoice as refused:
        known = not refused.untold
        return Alternative(
            how="without", lacking=site, chosen=None, objective=np.nan, worse=np.nan, proven=known
        )
    return Alternative(
        how="without",
        lacking=site,
        chosen=fewer.old(other.chosen),
        objective=other.objective,
        worse=loss(case.model, best=answer.objective, other=other.objective),
        proven=other.proven,
    )


def _near(
    case: Case, answer: Answer, out: NDArray[np.int64], objective: NDArray[np.float64]
) -> Iterator[Alternative]:
    """Yield the exchanges that are as good or nearly as good, the best first."""
    worse = loss(case.model, best=answer.objective, other=objective)
    with np.errstate(invalid="ignore"):
        place, into = np.nonzero(worse <= NEAR)
    for at in np.lexsort((into, place, worse[place, into])):
        left, came = int(out[place[at]]), int(into[at])
        chosen = np.sort(np.append(answer.chosen[answer.chosen != left], came))
        yield Alternative(
            how="exchange",
            lacking=left,
            chosen=chosen,
            objective=float(objective[place[at], into[at]]),
            worse=float(worse[place[at], into[at]]),
            proven=False,
        )


def _key(chosen: NDArray[np.int64] | None) -> tuple[int, ...]:
    return () if chosen is None else tuple(sorted(int(one) for one in chosen))


def _order(one: Alternative) -> tuple[float, int, tuple[int, ...]]:
    return (np.inf if np.isnan(one.worse) else one.worse, one.lacking, _key(one.chosen))


def ties_table(case: Case, answer: Answer, found: Ties) -> pd.DataFrame:
    """Return the table `siting_ties`: one row an alternative, beginning with the choice itself.

    Parameters
    ----------
    case
        The question.
    answer
        Its answer.
    found
        Its alternatives.
    """
    own = {
        "how": "chosen", "standing": "chosen", "objective": answer.objective, "worse": 0.0,
        "proven": answer.proven, **_hubs(case, answer.chosen), "out": "", "into": "", **_said(NOTHING),
    }  # fmt: skip
    rows = [own, *(_row(case, answer, one) for one in found.alternatives)]
    frame = pd.DataFrame(rows).assign(order=np.arange(1, len(rows) + 1))
    return hold(frame.reindex(columns=list(contract("siting_ties").names)), "siting_ties")


def _hubs(case: Case, chosen: NDArray[np.int64]) -> dict[str, str]:
    return {"ids": "、".join(ids(case, chosen)), "names": "、".join(labels(case, chosen))}


def _row(case: Case, answer: Answer, one: Alternative) -> dict[str, Any]:
    lacking = np.array([one.lacking])
    if one.chosen is None:
        out, into, hubs = lacking, np.array([], dtype=np.int64), {"ids": "", "names": ""}
    else:
        out = np.setdiff1d(answer.chosen, one.chosen)
        into = np.setdiff1d(one.chosen, answer.chosen)
        hubs = _hubs(case, one.chosen)
    gone, came = labels(case, out), labels(case, into)
    note = say(
        f"ties_{one.how}_{one.standing}",
        out=listed(gone),
        into=listed(came),
        lacking=labels(case, lacking)[0],
        share=share_text(one.worse),
    )
    return {
        "how": one.how, "standing": one.standing, "objective": one.objective, "worse": percent(one.worse),
        "proven": one.proven, **hubs, "out": "、".join(gone), "into": "、".join(came), **_said(note),
    }  # fmt: skip


def _said(note: Text) -> dict[str, str]:
    return {"note_ja": note.ja, "note_en": note.en}
