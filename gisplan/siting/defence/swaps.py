"""What a choice is worth when one of its hubs is exchanged, joined by another or left out: every one at once.

References
----------
Whitaker (1983), A fast algorithm for the greedy interchange for large-scale clustering and median location problems,
INFOR 21(2). Hansen, Mladenović (1997), Variable neighborhood search for the p-median, Location Science 5(4).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gisplan.access.coverage import LEEWAY, within
from gisplan.siting.defence.recast import rows_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gisplan.siting.case import Case
    from gisplan.siting.solver.words import Reach, Rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchanges:
    """The objective when `out` [o] leaves a choice and `into` [j] joins it [o, j], NaN where the rules forbid it."""

    out: NDArray[np.int64]
    objective: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Near:
    """The place in the choice of the nearest hub of each demand, -1 for none, and the costs to it and the next [i]."""

    hub: NDArray[np.int64]
    first: NDArray[np.float64]
    second: NDArray[np.float64]


def exchanges(case: Case, chosen: NDArray[np.int64]) -> Exchanges | None:
    """Return the objective of every exchange of one hub that is not forced, None where capacities split demand.

    Parameters
    ----------
    case
        The question.
    chosen
        Chosen candidates, as numbers.
    """
    rules, reach = case.rules, case.reach
    if rules.capacity is not None:
        return None
    places = np.flatnonzero(~rules.forced[chosen])
    out = chosen[places]
    covered = _covered(reach, rules, chosen)[places]
    if case.model == "p-median":
        objective = _costs(reach, reach.minutes, reach.beyond, chosen)[places]
    elif case.model == "max-coverage":
        objective = covered
    elif case.model == "p-center":
        objective = _longest(reach, chosen)[places]
    else:
        cost = np.ones(reach.candidates) if rules.cost is None else rules.cost
        objective = cost[chosen].sum() - cost[out][:, None] + cost[None, :]
    allowed = _allowed(rules, chosen, out) & _enough(reach, rules, covered)
    return Exchanges(out=out, objective=np.where(allowed, objective, np.nan))


def additions(case: Case, chosen: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the objective when each candidate joins a choice [j], NaN where the rules forbid it.

    With capacities, and for a set cover, which asks for no more hubs, nothing is known: all are NaN.

    Parameters
    ----------
    case
        The question.
    chosen
        Chosen candidates, as numbers.
    """
    rules, reach = case.rules, case.reach
    if rules.capacity is not None or case.model == "set-cover":
        return np.full(reach.candidates, np.nan)
    covered = _joined_cover(reach, rules, chosen)
    if case.model == "p-median":
        near = _near(reach, reach.minutes, reach.beyond, chosen)
        objective = float(reach.weight @ near.first) - _saved(reach, reach.minutes, near)
    elif case.model == "max-coverage":
        objective = covered
    else:
        objective = _eased(reach, _near(reach, reach.minutes, reach.beyond, chosen).first)
    nothing = np.array([], dtype=np.int64)
    allowed = _allowed(rules, chosen, nothing)[0] & _enough(reach, rules, covered)
    return np.where(allowed, objective, np.nan)


def _near(
    reach: Reach, cost: NDArray[np.float64], beyond: NDArray[np.float64], chosen: NDArray[np.int64]
) -> _Near:
    place = np.full(reach.candidates, -1)
    place[chosen] = np.arange(len(chosen))
    entry = np.flatnonzero(place[reach.candidate] >= 0)
    row = rows_of(reach)[entry]
    hub = np.full(reach.demands, -1)
    first, second = beyond.copy(), beyond.copy()
    rank = np.arange(len(row)) - np.searchsorted(row, row)
    for order, costs in ((0, first), (1, second)):
        here = entry[rank == order]
        mine = row[rank == order]
        closer = cost[here] < beyond[mine]
        costs[mine[closer]] = cost[here[closer]]
        if order == 0:
            hub[mine[closer]] = place[reach.candidate[here[closer]]]
    return _Near(hub=hub, first=first, second=second)


def _costs(
    reach: Reach, cost: NDArray[np.float64], beyond: NDArray[np.float64], chosen: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the weighted sum of costs after every exchange [p, j]; costs ascend as the minutes do."""
    near, row, weight = _near(reach, cost, beyond, chosen), rows_of(reach), reach.weight
    mine = near.hub >= 0
    step = weight * (near.second - near.first)
    lost = np.bincount(near.hub[mine], weights=step[mine], minlength=len(chosen))
    first, second, hub = near.first[row], near.second[row], near.hub[row]
    saved = _saved(reach, cost, near)
    # Who loses his hub and has the new one nearer than the next loses less.
    eased = (hub >= 0) & (cost < second)
    flat = hub[eased] * reach.candidates + reach.candidate[eased]
    less = weight[row][eased] * (second[eased] - np.maximum(cost[eased], first[eased]))
    eases = np.bincount(flat, weights=less, minlength=len(chosen) * reach.candidates)
    now = float(weight @ near.first)
    exchanged: NDArray[np.float64] = (
        now + lost[:, None] - saved[None, :] - eases.reshape(len(chosen), reach.candidates)
    )
    return exchanged


def _saved(reach: Reach, cost: NDArray[np.float64], near: _Near) -> NDArray[np.float64]:
    """Return the weighted costs that each candidate saves when it joins [j]."""
    row = rows_of(reach)
    saving = reach.weight[row] * np.maximum(near.first[row] - cost, 0.0)
    return np.bincount(reach.candidate, weights=saving, minlength=reach.candidates).astype(np.float64)


def _covered(reach: Reach, rules: Rules, chosen: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the weight covered after every exchange [p, j]."""
    return float(reach.weight.sum()) - _costs(reach, *_missed(reach, rules), chosen)


def _joined_cover(reach: Reach, rules: Rules, chosen: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the weight covered after every addition [j]."""
    missed, beyond = _missed(reach, rules)
    near = _near(reach, missed, beyond, chosen)
    return float(reach.weight.sum()) - float(reach.weight @ near.first) + _saved(reach, missed, near)


def _missed(reach: Reach, rules: Rules) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return 1 where minutes are too long and 0 where not, of every pair and of those beyond."""
    missed, beyond = (
        (~within(minutes, rules.minutes)).astype("float64") for minutes in (reach.minutes, reach.beyond)
    )
    return missed, beyond


def _longest(reach: Reach, chosen: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the longest minutes after every exchange [p, j]."""
    near = _near(reach, reach.minutes, reach.beyond, chosen)
    return np.stack(
        [_eased(reach, np.where(near.hub == place, near.second, near.first)) for place in range(len(chosen))]
    )


def _eased(reach: Reach, left: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the longest minutes when each candidate joins and demands have some minutes without it [j]."""
    row = rows_of(reach)
    order = np.argsort(-left, kind="stable")
    rank = np.empty(reach.demands, dtype=np.int64)
    rank[order] = np.arange(reach.demands)
    # Of the demands, worst first, those at the head that a candidate reaches are all eased by it.
    by = np.lexsort((rank[row], reach.candidate))
    of = reach.candidate[by]
    at_head = rank[row][by] == np.arange(len(by)) - np.searchsorted(of, of)
    count = np.bincount(of[at_head], minlength=reach.candidates)
    found = np.append(left[order], 0.0)[count]
    np.maximum.at(found, reach.candidate, np.minimum(reach.minutes, left[row]))
    return found


def _allowed(rules: Rules, chosen: NDArray[np.int64], out: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which exchanges keep the rules on which candidates may be chosen together [o, j].

    Where nothing is out the one row [1, j] is of additions.
    """
    count = len(rules.forced)
    fresh = np.ones(count, bool)
    fresh[chosen] = False
    allowed = np.repeat(fresh[None, :], max(len(out), 1), axis=0)

    def after(amount: NDArray[np.float64]) -> NDArray[np.float64]:
        leaves = amount[out] if len(out) else np.zeros(1)
        kept: NDArray[np.float64] = amount[chosen].sum() - leaves[:, None] + amount[None, :]
        return kept

    for group in rules.groups:
        allowed &= after(group.member.astype("float64")) <= group.most
    if rules.budget is not None and rules.cost is not None:
        allowed &= after(rules.cost) <= rules.budget * (1.0 + LEEWAY)
    return allowed


def _enough(reach: Reach, rules: Rules, covered: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return where the share asked for is covered."""
    enough: NDArray[np.bool_] = covered >= rules.share * float(reach.weight.sum()) * (1.0 - LEEWAY)
    return enough
