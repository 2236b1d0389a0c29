"""The location models as mixed-integer programs: the first columns choose candidates, parts add what follows.

References
----------
García, Labbé, Marín (2011), Solving large p-median problems with a radius formulation, INFORMS Journal on
Computing 23(4). Church, ReVelle (1974), The maximal covering location problem. Toregas et al. (1971), The location
of emergency service facilities, Operations Research 19(6).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from gisplan.access.coverage import within
from gisplan.siting.solver.sets import Sets, cover_sets, prefixes, steps
from gisplan.siting.solver.shares import SLACK, nearest, needed
from gisplan.siting.solver.sheet import Block, Columns, one_row

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gisplan.siting.solver.words import Reach, Rules

Goal = Literal["p-median", "max-coverage", "set-cover", "p-center", "any"]
"""What is best, or any choice that keeps the rules."""


CLOSE = 10
"""Of so many nearest candidates of each demand the program says twice that a hub must be chosen to serve."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Columns, the rows that tie them, and what is added to the cost in any case."""

    columns: Columns
    blocks: tuple[Block, ...]
    base: float = 0.0


def draft(goal: Goal, reach: Reach, rules: Rules, *, farthest: float = np.inf) -> Part:
    """Return the program of a model under its rules; its cost is the objective, negative of a coverage.

    Parameters
    ----------
    goal
        What is best; of a p-center use "any" with `farthest`.
    reach
        Who reaches whom.
    rules
        What the choice must keep.
    farthest
        Minutes within which every demand must be served.
    """
    parts = [_choice(goal, reach, rules)]
    if rules.capacity is not None:
        parts.append(_flow(goal, reach, rules, farthest))
        return _joined(parts)
    at = reach.candidates
    if np.isfinite(farthest):
        parts.append(_all_covered(cover_sets(prefixes(reach), farthest)))
    if goal == "p-median":
        parts.append(_missed(reach, rules, at=at))
        at += len(parts[-1].columns.cost)
    if goal == "max-coverage" or needed(reach, rules) > 0.0:
        parts.append(_covered(goal, reach, rules, at=at))
    return _joined(parts)


def _joined(parts: Sequence[Part]) -> Part:
    columns = [part.columns for part in parts]
    return Part(
        columns=Columns(
            cost=np.concatenate([one.cost for one in columns]),
            lower=np.concatenate([one.lower for one in columns]),
            upper=np.concatenate([one.upper for one in columns]),
            whole=np.concatenate([one.whole for one in columns]),
        ),
        blocks=tuple(block for part in parts for block in part.blocks),
        base=sum(part.base for part in parts),
    )


def _choice(goal: Goal, reach: Reach, rules: Rules) -> Part:
    """Return which candidates are chosen, and the rules that bind these alone."""
    count, every = reach.candidates, np.arange(reach.candidates)
    blocks = []
    if rules.p is not None:
        # A set cover that is given a number takes at most so many.
        fewest = -np.inf if goal == "set-cover" else float(rules.p)
        blocks.append(one_row(every, np.ones(count), lower=fewest, upper=float(rules.p)))
    for group in rules.groups:
        members = np.flatnonzero(group.member)
        blocks.append(one_row(members, np.ones(len(members)), upper=float(group.most)))
    if rules.budget is not None and rules.cost is not None:
        scale = max(float(rules.cost.max(initial=0.0)), rules.budget) or 1.0
        blocks.append(one_row(every, rules.cost / scale, upper=rules.budget * (1.0 + SLACK) / scale))
    spent = rules.cost if rules.cost is not None else np.ones(count)
    cost = np.asarray(spent, np.float64) if goal == "set-cover" else np.zeros(count)
    columns = Columns(
        cost=cost, lower=rules.forced.astype(np.float64), upper=np.ones(count), whole=np.ones(count, bool)
    )
    return Part(columns=columns, blocks=tuple(blocks))


def _shares(count: int, cost: NDArray[np.float64] | None = None) -> Columns:
    """Return columns from 0 to 1 that need not be whole."""
    return Columns(
        cost=np.zeros(count) if cost is None else cost,
        lower=np.zeros(count),
        upper=np.ones(count),
        whole=np.zeros(count, bool),
    )


def _missed(reach: Reach, rules: Rules, *, at: int) -> Part:
    """Return how far each set of nearest candidates is missed: not at all, once one of it is chosen."""
    fewest = rules.p if rules.p is not None else int(rules.forced.sum())
    sets = steps(reach, most=reach.candidates - fewest)
    count = len(sets.cost)
    must = np.isinf(sets.cost)
    own, child = np.arange(count), np.flatnonzero(sets.before >= 0)
    block = Block(
        row=np.concatenate([own, child, sets.row]),
        column=np.concatenate([own + at, sets.before[child] + at, sets.candidate]),
        value=np.concatenate([np.ones(count), -np.ones(len(child)), np.ones(len(sets.candidate))]),
        lower=np.where(sets.before < 0, 1.0, 0.0),
        upper=np.full(count, np.inf),
    )
    columns = Columns(
        cost=np.where(must, 0.0, sets.cost),
        lower=np.zeros(count),
        upper=np.where(must, 0.0, 1.0),
        whole=np.zeros(count, bool),
    )
    return Part(columns=columns, blocks=(block,), base=sets.base)


def _all_covered(sets: Sets) -> Part:
    """Return that one candidate of every set is chosen."""
    count = len(sets.weight)
    block = Block(
        row=sets.row,
        column=sets.candidate,
        value=np.ones(len(sets.candidate)),
        lower=np.ones(count),
        upper=np.full(count, np.inf),
    )
    return Part(columns=_shares(0), blocks=(block,))


def _covered(goal: Goal, reach: Reach, rules: Rules, *, at: int) -> Part:
    """Return which sets are covered: what a coverage is worth, and the share that must be."""
    sets, need = cover_sets(prefixes(reach), rules.minutes), needed(reach, rules)
    if need >= sets.weight.sum() * (1.0 - SLACK) and goal != "max-coverage":
        return _all_covered(sets)
    count = len(sets.weight)
    own = np.arange(count)
    block = Block(
        row=np.concatenate([own, sets.row]),
        column=np.concatenate([own + at, sets.candidate]),
        value=np.concatenate([np.ones(count), -np.ones(len(sets.candidate))]),
        lower=np.full(count, -np.inf),
        upper=np.zeros(count),
    )
    blocks = [block]
    if need > 0.0:
        scale = float(sets.weight.max(initial=0.0)) or 1.0
        blocks.append(one_row(own + at, sets.weight / scale, lower=need / scale))
    wins = goal == "max-coverage"
    base = -float(reach.weight[within(reach.beyond, rules.minutes)].sum()) if wins else 0.0
    return Part(columns=_shares(count, -sets.weight if wins else None), blocks=tuple(blocks), base=base)


def _flow(goal: Goal, reach: Reach, rules: Rules, farthest: float) -> Part:
    """Return the share of each demand that each candidate serves within its capacity, and what is left of it."""
    row = np.repeat(np.arange(reach.demands), np.diff(reach.start))
    near = within(reach.minutes, rules.minutes) & ~within(reach.beyond, rules.minutes)[row]
    most = np.ones(len(row) + reach.demands)
    cost, base = np.zeros(len(most)), 0.0
    if goal == "p-median":
        # Only what is more than the nearest minutes costs, so that no cost is negative.
        first = nearest(reach)
        base = float(reach.weight @ first)
        endless = np.isinf(reach.beyond)
        left = np.where(endless, 0.0, reach.beyond - first)
        cost = np.concatenate([reach.weight[row] * (reach.minutes - first[row]), reach.weight * left])
    else:
        endless = np.isfinite(farthest) & ~within(reach.beyond, farthest)
        most[: len(row)][~within(reach.minutes, farthest)] = 0.0
    if goal == "max-coverage":
        cost[: len(row)] = -reach.weight[row] * near
        base = -float(reach.weight[within(reach.beyond, rules.minutes)].sum())
    most[len(row) :][endless] = 0.0
    columns = Columns(cost=cost, lower=np.zeros(len(most)), upper=most, whole=np.zeros(len(most), bool))
    return Part(columns=columns, blocks=_flow_rows(reach, rules, row, near), base=base)


def _flow_rows(
    reach: Reach, rules: Rules, row: NDArray[np.int64], near: NDArray[np.bool_]
) -> tuple[Block, ...]:
    """Return that every demand is served once or left, none by who is not chosen, nobody above capacity."""
    pair = np.arange(len(row)) + reach.candidates
    pairs, weight = len(row), reach.weight[row]
    every = np.arange(reach.demands)
    once = Block(
        row=np.concatenate([row, every]),
        column=np.concatenate([pair, every + reach.candidates + pairs]),
        value=np.ones(pairs + reach.demands),
        lower=np.ones(reach.demands),
        upper=np.ones(reach.demands),
    )
    # That a closed hub serves nobody follows from its capacity; said of the nearest pairs too, it cuts off much.
    close = np.flatnonzero(np.arange(pairs) - reach.start[row] < CLOSE)
    open_ = Block(
        row=np.tile(np.arange(len(close)), 2),
        column=np.concatenate([pair[close], reach.candidate[close].astype(np.int64)]),
        value=np.repeat([1.0, -1.0], len(close)),
        lower=np.full(len(close), -np.inf),
        upper=np.zeros(len(close)),
    )
    every = np.arange(reach.candidates)
    capacity = np.minimum(rules.capacity if rules.capacity is not None else np.inf, reach.weight.sum())
    scale = float(reach.weight.max(initial=0.0)) or 1.0
    held = Block(
        row=np.concatenate([reach.candidate.astype(np.int64), every]),
        column=np.concatenate([pair, every]),
        value=np.concatenate([weight, -capacity]) / scale,
        lower=np.full(reach.candidates, -np.inf),
        upper=np.zeros(reach.candidates),
    )
    blocks = [once, open_, held]
    need = needed(reach, rules)
    if need > 0.0:
        blocks.append(one_row(pair[near], weight[near] / scale, lower=need / scale))
    return tuple(blocks)
