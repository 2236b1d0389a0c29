"""Compiled loops of the models with capacities: prices on the demand, transport to chosen hubs, exchanges.

Demand may be split, so that what a hub is worth at some prices is a knapsack that is filled in order.

References
----------
Beasley (1988), An algorithm for solving large capacitated warehouse location problems, European Journal of
Operational Research 33(3). Ahuja, Magnanti, Orlin (1993), Network flows, chapter 9: successive shortest paths.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gisplan.core.compiled import compiler

compiled = compiler(Path(__file__).parent, "capacity_kernels.py")

Counts = NDArray[np.int64]
Indices = NDArray[np.int32]
Floats = NDArray[np.float64]

STEP, BOUND, WAITED, COST, ENOUGH = 0, 1, 2, 3, 4
"""Places in `pace`: length of a step, best bound, rounds since, cost of the best choice, a bound that is enough."""

MEMORY = 0.7
"""How much of the way of the prices is the way so far."""

PATIENCE, SHORTER = 15.0, 0.7
"""After so many rounds without a better bound steps become shorter."""

BETTER = 1e-4
"""Which share of what is left a bound must rise by to count as better."""

FADES = 0.9
"""What is left after a round of how often a candidate was taken."""

NONE = 1e-12
"""Which share of all weight is none."""


class Field(NamedTuple):
    """Demand with its lists of candidates, ascending by minutes, its weight and minutes beyond, and capacities."""

    start: Counts
    candidate: Indices
    minutes: Floats
    weight: Floats
    beyond: Floats
    capacity: Floats


class Climb(NamedTuple):
    """Prices on their way up: now and at the best bound, what candidates are worth there, how often each is taken."""

    price: Floats
    way: Floats
    share: Floats
    pace: Floats
    best: Floats
    worth: Floats


class Pile(NamedTuple):
    """What each candidate would win of each demand it can serve: `gain` and `row` from `first` [j] on."""

    first: Counts
    row: Counts
    gain: Floats


@compiled
def piled(field: Field, price: Floats) -> Pile:
    """Return what each candidate would win at some prices."""
    first = np.zeros(len(field.capacity) + 1, np.int64)
    for row in range(len(price)):
        for k in range(field.start[row], field.start[row + 1]):
            if field.minutes[k] >= price[row]:
                break
            first[field.candidate[k] + 1] += 1
    first = np.cumsum(first)
    at = first[:-1].copy()
    pile = Pile(first, np.empty(first[-1], np.int64), np.empty(first[-1]))
    for row in range(len(price)):
        for k in range(field.start[row], field.start[row + 1]):
            if field.minutes[k] >= price[row]:
                break
            place = at[field.candidate[k]]
            pile.row[place] = row
            pile.gain[place] = price[row] - field.minutes[k]
            at[field.candidate[k]] += 1
    return pile


@compiled
def packed(field: Field, pile: Pile, one: int, served: Floats) -> float:
    """Return what a candidate wins within its capacity, and add the shares of demand it then serves to `served`."""
    low, high = pile.first[one], pile.first[one + 1]
    total = 0.0
    for k in range(low, high):
        total += field.weight[pile.row[k]]
    won, room = 0.0, field.capacity[one]
    if total <= room:
        for k in range(low, high):
            won += field.weight[pile.row[k]] * pile.gain[k]
            served[pile.row[k]] += 1.0
        return won
    for place in np.argsort(-pile.gain[low:high]):
        row = pile.row[low + place]
        part = min(field.weight[row], room)
        won += part * pile.gain[low + place]
        served[row] += part / field.weight[row]
        room -= part
        if room <= 0.0:
            break
    return won


@compiled
def taken_of(worth: Floats, fixed: Counts, p: int) -> Counts:
    """Return the candidates that are fixed to 1 and the best of those at 0, p in all; those at -1 are left out."""
    taken = np.empty(p, np.int64)
    count = 0
    for one in range(len(worth)):
        if fixed[one] > 0:
            taken[count] = one
            count += 1
    for one in np.argsort(-worth):
        if count >= p:
            break
        if fixed[one] == 0:
            taken[count] = one
            count += 1
    return taken[:count]


@compiled
def slope_of(field: Field, price: Floats, fixed: Counts, p: int, worth: Floats, slope: Floats) -> float:
    """Return the bound that some prices give; set `worth`, and in `slope` which share of each demand is unserved.

    The candidates taken are the last p of the order that `taken_of` gives.
    """
    pile = piled(field, price)
    for one in range(len(worth)):
        worth[one] = packed(field, pile, one, slope) if fixed[one] >= 0 else 0.0
    slope[:] = 0.0
    bound = 0.0
    for row in range(len(price)):
        bound += field.weight[row] * price[row]
    for one in taken_of(worth, fixed, p):
        bound -= packed(field, pile, one, slope)
    for row in range(len(slope)):
        slope[row] = 1.0 - slope[row]
    return bound


@compiled
def climbed(field: Field, fixed: Counts, p: int, climb: Climb, rounds: int) -> float:
    """Raise the bound by some rounds of subgradient steps; return the best."""
    worth, slope = np.empty(len(fixed)), np.zeros(len(field.weight))
    price, way, pace = climb.price, climb.way, climb.pace
    for _ in range(rounds):
        bound = slope_of(field, price, fixed, p, worth, slope)
        pace[WAITED] += 1.0
        if bound > pace[BOUND]:
            if bound > pace[BOUND] + BETTER * (pace[COST] - pace[BOUND]):
                pace[WAITED] = 0.0
            pace[BOUND] = bound
            climb.best[:], climb.worth[:] = price, worth
        climb.share[:] *= FADES
        climb.share[taken_of(worth, fixed, p)] += 1.0 - FADES
        if pace[BOUND] >= pace[ENOUGH]:
            break
        if pace[WAITED] > PATIENCE:
            pace[STEP], pace[WAITED] = pace[STEP] * SHORTER, 0.0
            price[:] = climb.best
        square = 0.0
        for row in range(len(price)):
            way[row] = MEMORY * way[row] + (1.0 - MEMORY) * slope[row]
            if way[row] > 0.0 and price[row] >= field.beyond[row]:
                way[row] = 0.0
            square += field.weight[row] * way[row] * way[row]
        if square == 0.0:
            break
        length = pace[STEP] * max(pace[COST] - bound, 0.0) / square
        for row in range(len(price)):
            price[row] = min(price[row] + length * way[row], field.beyond[row])
    return pace[BOUND]


class Flow(NamedTuple):
    """Minutes [i, k], capacity and load of hubs, `amount` of each demand at each [k, i].

    `shift` is what it takes to move one unit of weight from one hub to another [k, m], `by` of which demand.
    """

    minutes: Floats
    capacity: Floats
    amount: Floats
    load: Floats
    shift: Floats
    by: Counts


@compiled
def reshift(flow: Flow, one: int) -> None:
    """Find anew how a hub shifts weight to the others."""
    hubs = len(flow.load)
    flow.shift[one] = np.inf
    for row in range(flow.amount.shape[1]):
        if flow.amount[one, row] > 0.0:
            for other in range(hubs):
                more = flow.minutes[row, other] - flow.minutes[row, one]
                if more < flow.shift[one, other]:
                    flow.shift[one, other] = more
                    flow.by[one, other] = row
    flow.shift[one, one] = np.inf


@compiled
def routed(flow: Flow, none: float, far: Floats, onward: Counts) -> None:
    """Set what it takes to bring one unit of weight from each hub to one with room, and through which hub."""
    hubs = len(far)
    near = 1e-12 * flow.minutes.max()
    for one in range(hubs):
        far[one] = 0.0 if flow.load[one] < flow.capacity[one] - none else np.inf
        onward[one] = -1
    for _ in range(hubs):
        moved = False
        for one in range(hubs):
            if onward[one] < 0 and far[one] == 0.0:
                continue
            for other in range(hubs):
                longer = flow.shift[one, other] + far[other]
                if longer < far[one] - near:
                    far[one], onward[one] = longer, other
                    moved = True
        if not moved:
            break


@compiled
def pushed(flow: Flow, source: int, none: float, onward: Counts) -> bool:
    """Move weight from a hub that holds too much along its way; return whether there was any."""
    most, one = flow.load[source] - flow.capacity[source], source
    for _ in range(len(onward)):
        if onward[one] < 0:
            break
        most = min(most, flow.amount[one, flow.by[one, onward[one]]])
        one = onward[one]
    if onward[one] >= 0 or one == source:
        return False
    most = min(most, flow.capacity[one] - flow.load[one])
    flow.load[source] -= most
    flow.load[one] += most
    one = source
    while onward[one] >= 0:
        other = onward[one]
        row = flow.by[one, other]
        flow.amount[one, row] -= most
        if flow.amount[one, row] < none:
            flow.amount[one, row] = 0.0
        flow.amount[other, row] += most
        one = other
    one = source
    while onward[one] >= 0:
        reshift(flow, one)
        one = onward[one]
    reshift(flow, one)
    return True


@compiled
def transported(minutes: Floats, weight: Floats, capacity: Floats, price: Floats) -> tuple[float, Floats]:
    """Return the least weighted minutes to some hubs [k, i], and the weight that is left to the last one [i].

    `price` is set to what a unit more of the capacity of each hub would save.
    """
    hubs, rows = minutes.shape
    none = NONE * weight.sum()
    flow = Flow(
        minutes.T.copy(), capacity, np.zeros((hubs, rows)), np.zeros(hubs),
        np.empty((hubs, hubs)), np.zeros((hubs, hubs), np.int64),
    )  # fmt: skip
    for row in range(rows):
        own = np.argmin(minutes[:, row])
        flow.amount[own, row] = weight[row]
        flow.load[own] += weight[row]
    onward = np.empty(hubs, np.int64)
    for one in range(hubs):
        reshift(flow, one)
    for source in range(hubs):
        while flow.load[source] > capacity[source] + none:
            routed(flow, none, price, onward)
            if not pushed(flow, source, none, onward):
                return np.inf, flow.amount[hubs - 1]
    routed(flow, none, price, onward)
    # A hub without any capacity has no way to the others; nobody goes to it at the longest minutes.
    price[:] = np.minimum(price, minutes.max())
    cost = 0.0
    for one in range(hubs):
        for row in range(rows):
            if flow.amount[one, row] > 0.0:
                cost += flow.amount[one, row] * minutes[one, row]
    return cost, flow.amount[hubs - 1]


@compiled
def two_nearest(table: Floats, field: Field, chosen: Counts, price: Floats) -> tuple[Floats, Floats, Counts]:
    """Return the least minutes and price of each demand [i], the second least, and the place of who is nearest."""
    p, rows = len(chosen), len(field.weight)
    least, second, own = field.beyond.copy(), field.beyond.copy(), np.full(rows, p)
    for row in range(rows):
        for at in range(p):
            minutes = table[chosen[at], row] + price[at]
            if minutes < least[row]:
                second[row], least[row], own[row] = least[row], minutes, at
            elif minutes < second[row]:
                second[row] = minutes
    return least, second, own


@compiled
def swaps(table: Floats, field: Field, chosen: Counts, price: Floats, levels: Floats) -> Floats:
    """Return what no choice costs less than in which a candidate [j] stands in the place of a chosen one [k].

    Prices of the hubs that are right for the choice bound what others cost. That of the new hub is tried at some
    levels.
    """
    p, rows = len(chosen), len(field.weight)
    least, second, own = two_nearest(table, field, chosen, price)
    held = (field.capacity[chosen] * price).sum()
    bounds, more = np.full((p, len(table)), -np.inf), np.empty(p + 1)
    for one in range(len(table)):
        for level in levels:
            total = 0.0
            more[:] = 0.0
            for row in range(rows):
                minutes = table[one, row] + level
                total += field.weight[row] * min(minutes, least[row])
                if minutes > least[row]:
                    more[own[row]] += field.weight[row] * (min(minutes, second[row]) - least[row])
            for at in range(p):
                rest = held - field.capacity[chosen[at]] * price[at] + field.capacity[one] * level
                bounds[at, one] = max(bounds[at, one], total + more[at] - rest)
    for at in range(p):
        bounds[:, chosen[at]] = np.inf
    return bounds
