"""A case asked otherwise: more or fewer hubs, other weights or minutes, a site forced or left out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from gisplan.siting.case import Case

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gisplan.siting.solver.words import Reach, Rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Fewer:
    """A case without some of its candidates, and which of the old ones each of the new ones is [k]."""

    case: Case
    kept: NDArray[np.int64]

    def old(self, chosen: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return chosen candidates by their old number."""
        return self.kept[chosen]


def asking(case: Case, *, p: int | None = None, share: float | None = None) -> Case:
    """Return the case that asks for so many hubs, or for so large a share covered.

    Parameters
    ----------
    case
        The question.
    p
        How many hubs; as before where left out.
    share
        The share that is covered at least [0–1]; as before where left out.
    """
    rules = case.rules
    return replace(
        case,
        rules=replace(rules, p=rules.p if p is None else p, share=rules.share if share is None else share),
    )


def weighed(case: Case, factor: NDArray[np.float64]) -> Case:
    """Return the case with the weight of each demand times a factor [i]."""
    return replace(case, reach=replace(case.reach, weight=case.reach.weight * factor))


def reached(case: Case, reach: Reach) -> Case:
    """Return the case with other minutes between the same demands and candidates."""
    return replace(case, reach=reach)


def forcing(case: Case, site: int) -> Case:
    """Return the case in which a candidate must be chosen."""
    forced = case.rules.forced.copy()
    forced[site] = True
    return replace(case, rules=replace(case.rules, forced=forced))


def without(case: Case, sites: NDArray[np.int64]) -> Fewer:
    """Return the case without some candidates.

    Parameters
    ----------
    case
        The question.
    sites
        Candidates that are left out; none of them is forced.
    """
    stays = np.ones(case.reach.candidates, bool)
    stays[sites] = False
    kept = np.flatnonzero(stays)
    candidates = replace(
        case.candidates,
        id=case.candidates.id[kept],
        name=case.candidates.name[kept],
        verdict=case.candidates.verdict[kept],
        penalty=case.candidates.penalty[kept],
        point=case.candidates.point[kept],
    )
    reach, rules = _fewer_reached(case.reach, stays), _fewer_ruled(case.rules, kept)
    return Fewer(case=replace(case, candidates=candidates, reach=reach, rules=rules), kept=kept)


def _fewer_reached(reach: Reach, stays: NDArray[np.bool_]) -> Reach:
    entry = stays[reach.candidate]
    number = np.cumsum(stays) - 1
    before = np.concatenate([[0], np.cumsum(entry)])
    return replace(
        reach,
        start=before[reach.start].astype(np.int64),
        candidate=number[reach.candidate[entry]].astype(np.int32),
        minutes=reach.minutes[entry],
        candidates=int(stays.sum()),
    )


def _fewer_ruled(rules: Rules, kept: NDArray[np.int64]) -> Rules:
    return replace(
        rules,
        forced=rules.forced[kept],
        groups=tuple(replace(group, member=group.member[kept]) for group in rules.groups),
        cost=None if rules.cost is None else rules.cost[kept],
        capacity=None if rules.capacity is None else rules.capacity[kept],
    )


def rows_of(reach: Reach) -> NDArray[np.int64]:
    """Return the demand of each entry of a reach [e]."""
    return np.repeat(np.arange(reach.demands), np.diff(reach.start))
