"""Hubs that hold only so much: prices on the demand, exchanges weighed by transport, and branch and bound.

References
----------
Beasley (1988), An algorithm for solving large capacitated warehouse location problems, European Journal of
Operational Research 33(3). Díaz, Fernández (2006), Hybrid scatter search and path relinking for the capacitated
p-median problem, European Journal of Operational Research 169(2).
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from gisplan.access.coverage import within
from gisplan.siting.solver.sheet import HALF, Run, Watch

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gisplan.siting.solver.capacity_kernels import Climb, Field
    from gisplan.siting.solver.words import Answer, Ended, Model, Reach, Rules

CELLS = 40_000_000
"""Up to so many minutes from each demand to each candidate are held as one table."""

FAR = 20.0
"""Demand that must be served counts with so many times the longest minutes where there is no room for it."""

CLOSE = 1e-7
"""A choice that is better by a smaller share is not looked for."""

ROUNDS, TURNS = 20, 30
"""Rounds of prices between two exchanges, and how often."""

BRANCH = 40
"""Rounds of prices for each branch."""

LONG, SHORT = 0.5, 0.2
"""The first step of the prices, and that of a branch, whose prices begin where those of its parent ended."""

TRIED = 40
"""So many exchanges, those that promise most, are weighed before a choice is taken for good."""

WORK = 20_000_000
"""Pairs that are looked at between two looks at the clock."""

LEVELS = 4
"""At so many prices of a new hub its exchange is bounded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    """The question as the compiled loops read it, and the `table` of minutes, at most those beyond [j, i].

    Demand that `must` be served [i] counts with a penalty where it is not. A choice that is better by less than
    `close` is not looked for. `seen` holds the choices that have been weighed; it grows.
    """

    lists: Field
    table: NDArray[np.float64]
    must: NDArray[np.bool_]
    p: int
    forced: NDArray[np.bool_]
    close: float
    seen: set[bytes] = field(default_factory=set)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Choice:
    """Chosen candidates, what they cost, and what a unit more of capacity [k] or less of demand [i] would save.

    `short` says that some demand that must be served is not.
    """

    chosen: NDArray[np.int64]
    cost: float
    saves: NDArray[np.float64]
    price: NDArray[np.float64]
    short: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Branch:
    """Candidates chosen (1), left (-1) or open (0) [j], prices to begin with [i], and the candidate to decide on."""

    fixed: NDArray[np.int64]
    price: NDArray[np.float64]
    one: int


def fits(model: Model, reach: Reach, rules: Rules) -> bool:
    """Return whether this way answers a question: p hubs with capacities, and no other rule.

    Parameters
    ----------
    model, reach, rules
        The question.
    """
    if model not in {"p-median", "max-coverage"} or rules.capacity is None or not rules.p:
        return False
    if rules.groups or rules.budget is not None or rules.share > 0.0:
        return False
    return 0 < reach.demands * reach.candidates <= CELLS


def with_capacities(model: Model, reach: Reach, *, rules: Rules, clock: Watch) -> Answer:
    """Return the best p candidates that hold only so much.

    Parameters
    ----------
    model
        `p-median` or `max-coverage`.
    reach
        Who reaches whom.
    rules
        Their `p`, `minutes`, `forced` and `capacity`.
    clock
        How long to search.

    Raises
    ------
    NoChoice
        If no choice has room for who must be served, or none was found in time.
    """
    from gisplan.siting.solver.program import answer, program

    task = _posed(model, reach, rules)
    best, bound, ended = _searched(task, clock)
    if best.short:
        # Whether there is no choice at all is for HiGHS to say.
        left = replace(clock.limits, seconds=max(clock.left(), 0.0))
        return program(model, reach, rules=rules, limits=left)
    # What was left out on the way is no better than the best.
    bound = min(bound, best.cost)
    if model == "max-coverage":
        bound = float(reach.weight.sum()) - bound
    run = Run(values=None, bound=np.nan, ended=ended, slack=2.0 * task.close * (ended == "proven"))
    return answer(model, reach, best.chosen, rules=rules, bound=bound, run=(run, clock))


def _posed(model: Model, reach: Reach, rules: Rules) -> _Task:
    """Return a question as one of weighted minutes; what is not covered counts as one minute of a coverage."""
    from gisplan.siting.solver.capacity_kernels import Field

    row = np.repeat(np.arange(reach.demands), np.diff(reach.start))
    endless = np.isinf(reach.beyond)
    longest = max(float(reach.minutes.max(initial=0.0)), float(reach.beyond[~endless].max(initial=0.0)), 1.0)
    minutes, beyond = reach.minutes, np.where(endless, FAR * longest, reach.beyond)
    if model == "max-coverage":
        beyond = np.where(within(reach.beyond, rules.minutes), 0.0, 1.0)
        minutes = np.where(within(reach.minutes, rules.minutes) & (beyond[row] > 0.0), 0.0, 1.0)
    table = np.tile(beyond, (reach.candidates, 1))
    table[reach.candidate, row] = np.minimum(minutes, beyond[row])
    total = float(reach.weight.sum())
    capacity = np.zeros(reach.candidates) if rules.capacity is None else rules.capacity
    lists = Field(
        start=reach.start,
        candidate=reach.candidate,
        minutes=minutes,
        weight=reach.weight,
        beyond=beyond,
        capacity=np.minimum(np.asarray(capacity, np.float64), total),
    )
    return _Task(
        lists=lists,
        table=table,
        must=endless & (model == "p-median"),
        p=rules.p or 0,
        forced=rules.forced,
        close=CLOSE * total * (1.0 if model == "max-coverage" else float(np.median(table))),
    )


def _searched(task: _Task, clock: Watch) -> tuple[_Choice, float, Ended]:
    """Return the best choice, what none costs less than, and why the search ended."""
    fixed = np.where(task.forced, 1, 0).astype(np.int64)
    best = _exchanged(task, _weighed(task, _greedy(task)), clock=clock)
    climb, bound = _climb(task, best.price, step=LONG), -np.inf
    for _ in range(TURNS):
        bound = _climbed(task, fixed, climb, best, rounds=ROUNDS, clock=clock)
        over = _over(task, best, bound, clock)
        if over:
            return best, bound, over
        likely = _likely(task, climb, fixed)
        if _new(task, likely):
            best = _better(best, _exchanged(task, _weighed(task, likely), clock=clock))
        fixed = _settled(task, fixed, climb, best)
    one = _open(climb, fixed)
    return _branched(task, best, _Branch(fixed=fixed, price=climb.best, one=one), bound=bound, clock=clock)


def _over(task: _Task, best: _Choice, bound: float, clock: Watch) -> Ended | None:
    """Tell the gap, and return why the search is over, if it is."""
    if bound >= best.cost - task.close:
        return "proven"
    gap = (best.cost - bound) / max(abs(best.cost), task.close)
    if clock.limits.told:
        clock.limits.told(gap)
    return "gap" if gap <= clock.limits.gap else clock.over()


def _better(one: _Choice, other: _Choice) -> _Choice:
    return other if other.cost < one.cost else one


def _new(task: _Task, chosen: NDArray[np.int64]) -> bool:
    """Return whether a choice was never weighed before, and remember it."""
    known = len(task.seen)
    task.seen.add(np.sort(chosen).tobytes())
    return len(task.seen) > known


def _offered(task: _Task, best: _Choice, chosen: NDArray[np.int64]) -> _Choice:
    """Return the better of the best and another choice."""
    return _better(best, _weighed(task, chosen)) if _new(task, chosen) else best


def _greedy(task: _Task) -> NDArray[np.int64]:
    """Return candidates each of which saves most at its turn, as far as its capacity goes."""
    lists, minutes = task.lists, task.lists.beyond.copy()
    chosen: list[int] = np.flatnonzero(task.forced).tolist()
    for one in chosen:
        minutes = np.minimum(minutes, task.table[one])
    while len(chosen) < task.p:
        saved = np.maximum(minutes - task.table, 0.0) * lists.weight
        load = (saved > 0.0) @ lists.weight
        worth = saved.sum(axis=1) * np.minimum(lists.capacity / np.maximum(load, task.close), 1.0)
        worth[chosen] = -1.0
        chosen.append(int(np.argmax(worth)))
        minutes = np.minimum(minutes, task.table[chosen[-1]])
    return np.array(chosen, np.int64)


def _weighed(task: _Task, chosen: NDArray[np.int64]) -> _Choice:
    """Return what a choice costs, its demand split in the best way."""
    from gisplan.siting.solver.capacity_kernels import NONE, transported

    lists = task.lists
    minutes = np.concatenate([task.table[chosen], lists.beyond[None]])
    capacity = np.append(lists.capacity[chosen], np.inf)
    saves = np.zeros(len(capacity))
    cost, left = transported(minutes, lists.weight, capacity, saves)
    return _Choice(
        chosen=chosen,
        cost=float(cost),
        saves=saves[:-1],
        price=(minutes + saves[:, None]).min(axis=0),
        short=bool((left[task.must] > NONE * lists.weight.sum()).any()),
    )


def _exchanged(task: _Task, now: _Choice, *, clock: Watch) -> _Choice:
    """Return a choice after exchanges of one candidate for another that make it cheaper."""
    while clock.over() is None:
        after = _exchange(task, now, clock)
        if after is now:
            break
        now = after
    return now


def _exchange(task: _Task, now: _Choice, clock: Watch) -> _Choice:
    """Return the choice after an exchange, the choice itself if none of those that promise most is better."""
    from gisplan.siting.solver.capacity_kernels import swaps

    levels = np.unique(np.quantile(np.append(now.saves, 0.0), np.linspace(0.0, 1.0, LEVELS)))
    bounds = swaps(task.table, task.lists, now.chosen, now.saves, levels)
    bounds[task.forced[now.chosen]] = np.inf
    for at in np.argsort(bounds, axis=None, kind="stable")[:TRIED]:
        place, one = np.unravel_index(at, bounds.shape)
        if bounds[place, one] >= now.cost - task.close or clock.over():
            break
        other = now.chosen.copy()
        other[place] = one
        if not _new(task, other):
            continue
        after = _weighed(task, other)
        if after.cost < now.cost - task.close:
            return after
    return now


def _climb(task: _Task, price: NDArray[np.float64], *, step: float) -> Climb:
    from gisplan.siting.solver.capacity_kernels import Climb

    count = len(task.lists.capacity)
    return Climb(
        price=price.copy(),
        way=np.zeros(len(price)),
        share=np.zeros(count),
        pace=np.array([step, -np.inf, 0.0, np.inf, np.inf]),
        best=price.copy(),
        worth=np.zeros(count),
    )


def _climbed(
    task: _Task, fixed: NDArray[np.int64], climb: Climb, best: _Choice, *, rounds: int, clock: Watch
) -> float:
    """Return the bound after some more rounds."""
    from gisplan.siting.solver.capacity_kernels import BOUND, COST, ENOUGH, climbed

    climb.pace[COST], climb.pace[ENOUGH] = best.cost, best.cost - task.close
    at_once = min(max(WORK // len(task.lists.candidate), 1), rounds) if len(task.lists.candidate) else rounds
    for _ in range(0, rounds, at_once):
        climbed(task.lists, fixed, task.p, climb, at_once)
        if climb.pace[BOUND] >= climb.pace[ENOUGH] or clock.over():
            break
    return float(climb.pace[BOUND]) * (1.0 - 1e-12)


def _likely(task: _Task, climb: Climb, fixed: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the candidates that the prices took most often lately."""
    from gisplan.siting.solver.capacity_kernels import taken_of

    return np.asarray(taken_of(climb.share, fixed, task.p), np.int64)


def _open(climb: Climb, fixed: NDArray[np.int64]) -> int:
    """Return the candidate on which the prices are least clear."""
    return int(np.argmin(np.where(fixed == 0, np.abs(climb.share - HALF), np.inf)))


def _settled(task: _Task, fixed: NDArray[np.int64], climb: Climb, best: _Choice) -> NDArray[np.int64]:
    """Return which candidates a choice cheaper than the best must hold or leave."""
    from gisplan.siting.solver.capacity_kernels import BOUND

    free = np.flatnonzero(fixed == 0)
    most = task.p - int((fixed > 0).sum())
    after = fixed.copy()
    if 0 < most < len(free):
        worth = climb.worth[free]
        order = np.argsort(-worth, kind="stable")
        room = best.cost - task.close - float(climb.pace[BOUND])
        last, following = worth[order[most - 1]], worth[order[most]]
        after[free[order[most:]]] = np.where(last - worth[order[most:]] > room, -1, 0)
        after[free[order[:most]]] = np.where(worth[order[:most]] - following > room, 1, 0)
    return _decided(task, after)


def _decided(task: _Task, fixed: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the same, what is open decided where only one way is left."""
    chosen, left = int((fixed > 0).sum()), int((fixed >= 0).sum())
    if chosen == task.p:
        return np.where(fixed > 0, 1, -1)
    return np.where(fixed >= 0, 1, -1) if left == task.p else fixed


def _branched(
    task: _Task, best: _Choice, root: _Branch, *, bound: float, clock: Watch
) -> tuple[_Choice, float, Ended]:
    """Return the best choice with its proof, as far as the time goes: the branch of the lowest bound first."""
    heap, count = [(bound, 0, root)], 0
    while heap:
        bound, _, branch = heapq.heappop(heap)
        over = _over(task, best, bound, clock)
        if over:
            return best, bound, over
        for way in (1, -1) if branch.fixed[branch.one] == 0 else (0,):
            fixed = branch.fixed.copy()
            fixed[branch.one] += way
            after = replace(branch, fixed=_decided(task, fixed))
            best, child, low = _child(task, best, after, bound=bound, clock=clock)
            count += 1
            if child:
                heapq.heappush(heap, (low, count, child))
    return best, best.cost, "proven"


def _child(
    task: _Task, best: _Choice, branch: _Branch, *, bound: float, clock: Watch
) -> tuple[_Choice, _Branch | None, float]:
    """Return the best choice so far, and what is open in a branch with its bound."""
    fixed = branch.fixed
    if (fixed != 0).all():
        return _offered(task, best, np.flatnonzero(fixed > 0)), None, np.inf
    climb = _climb(task, branch.price, step=SHORT)
    low = max(bound, _climbed(task, fixed, climb, best, rounds=BRANCH, clock=clock))
    if low >= best.cost - task.close:
        return best, None, low
    best = _offered(task, best, _likely(task, climb, fixed))
    fixed = _settled(task, fixed, climb, best)
    if (fixed != 0).all():
        return _offered(task, best, np.flatnonzero(fixed > 0)), None, np.inf
    return best, _Branch(fixed=fixed, price=climb.best, one=_open(climb, fixed)), low
