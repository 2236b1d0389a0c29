"""Compiled Lagrangian relaxation of the p-median: each demand must be served, at a price.

With a price `v` [minutes] of each demand, a candidate is worth `rho` = Σ w max(0, v - minutes), and
Σ w v - (the p largest rho) is below the cost of every choice. A subgradient with memory raises it.

References
----------
Beasley, J. E. (1993) Lagrangean heuristics for location problems. European Journal of Operational Research 65,
383–399. Barahona, F., Anbil, R. (2000) The volume algorithm. Mathematical Programming 87, 385–399.
"""

from __future__ import annotations

import numpy as np

from gisplan.siting.solver.kernels_lists import Floats, Integers, Lists, compiled

Ascent = tuple[Floats, Floats, Floats, Floats, Floats, Floats]
"""Of an ascent: the prices and the way where it goes on; how often each candidate was taken lately; the pace [7]: the
length of a step, the best bound, the rounds since, how many are suffered, the memory, by what a step then shrinks,
and the bound that is enough; the prices and the worth of the candidates at the best bound."""

LATELY, STILL = 0.05, 1e-12
"""What the last round counts of how often a candidate was taken, and a way that leads nowhere."""


@compiled
def valued(rows: Lists, weight: Floats, price: Floats, rho: Floats) -> float:
    """Set what each candidate is worth, in place, and return the weighted prices."""
    start, candidate, minutes = rows
    rho[:] = 0.0
    total = 0.0
    for row in range(len(weight)):
        own, factor = price[row], weight[row]
        total += factor * own
        for entry in range(start[row], start[row + 1]):
            if minutes[entry] >= own:
                break
            rho[candidate[entry]] += factor * (own - minutes[entry])
    return total


@compiled
def best(rho: Floats, p: int) -> Integers:
    """Return the p candidates of the greatest worth, ascending; of equals the first."""
    least = np.partition(rho, len(rho) - p)[len(rho) - p]
    taken = np.empty(p, np.int32)
    above = 0
    for candidate in range(len(rho)):
        above += rho[candidate] > least
    equal, count = p - above, 0
    for candidate in range(len(rho)):
        if rho[candidate] > least or (rho[candidate] == least and equal > 0):
            equal -= rho[candidate] == least
            taken[count] = candidate
            count += 1
    return taken


@compiled
def bound_of(rows: Lists, weight: Floats, price: Floats, p: int, rho: Floats) -> float:
    """Return the bound of some prices; the worth of the candidates is set in place."""
    total = valued(rows, weight, price, rho)
    for candidate in best(rho, p):
        total -= rho[candidate]
    return total


@compiled
def turn(
    columns: Lists, weight: Floats, beyond: Floats, price: Floats, taken: Integers, memory: float, way: Floats
) -> float:
    """Set the way in which the prices go, in place, and return its weighted square."""
    start, demand, minutes = columns
    way *= memory
    way += 1.0 - memory
    for candidate in taken:
        for entry in range(start[candidate], start[candidate + 1]):
            row = demand[entry]
            if minutes[entry] < price[row]:
                way[row] -= 1.0 - memory
    square = 0.0
    for row in range(len(weight)):
        if way[row] > 0.0 and price[row] >= beyond[row]:
            way[row] = 0.0
        square += weight[row] * way[row] * way[row]
    return square


@compiled
def ascended(
    question: tuple[Lists, Lists, Floats, Floats], p: int, cost: float, state: Ascent, rounds: int
) -> float:
    """Raise the bound in some rounds; return the best. The state changes in place."""
    rows, columns, weight, beyond = question
    price, way, share, pace, keep, worth = state
    rho = np.empty(len(columns[0]) - 1)
    start, _, minutes = rows
    for _ in range(rounds):
        total = valued(rows, weight, price, rho)
        taken = best(rho, p)
        for candidate in taken:
            total -= rho[candidate]
        better = total > pace[1]
        pace[2] = 0.0 if total > pace[1] + 1e-4 * (cost - pace[1]) else pace[2] + 1.0
        if better:
            pace[1] = total
            keep[:], worth[:] = price, rho
        if pace[2] >= pace[3]:
            pace[0], pace[2] = pace[0] * pace[5], 0.0
            price[:] = keep
        share *= 1.0 - LATELY
        for candidate in taken:
            share[candidate] += LATELY
        square = turn(columns, weight, beyond, price, taken, pace[4], way)
        if square <= STILL or pace[1] >= pace[6]:
            break
        step = pace[0] * (cost - total) / square
        for row in range(len(weight)):
            price[row] = min(max(price[row] + step * way[row], minutes[start[row]]), beyond[row])
    return float(pace[1])
