"""A choice that keeps the rules, made one candidate after the other: the answer when there is time for no better."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from gisplan.access.coverage import within
from gisplan.siting.solver.shares import SLACK, capped, keeps

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gisplan.siting.solver.words import Model, Reach, Rules


def greedy(model: Model, reach: Reach, rules: Rules) -> NDArray[np.int64] | None:
    """Return a choice of candidates each of which wins most at its turn, None if it does not keep the rules.

    Parameters
    ----------
    model
        What is best.
    reach
        Who reaches whom.
    rules
        What the choice must keep.
    """
    known = replace(reach, beyond=capped(reach))
    row = np.repeat(np.arange(reach.demands), np.diff(reach.start))
    minutes = known.beyond.copy()
    chosen: list[int] = []
    for forced in np.flatnonzero(rules.forced):
        minutes = _lower(known, row, minutes, int(forced))
        chosen.append(int(forced))
    most = reach.candidates if rules.p is None else rules.p
    while len(chosen) < most:
        if rules.p is None and keeps(reach, np.array(chosen, np.int64), rules):
            break
        allowed = _allowed(reach, rules, chosen)
        if not allowed.any():
            break
        won = _won(model, known, rules, row, minutes)
        one = int(np.argmax(np.where(allowed, won, -1.0)))
        minutes = _lower(known, row, minutes, one)
        chosen.append(one)
    choice = np.sort(np.array(chosen, np.int64))
    return choice if keeps(reach, choice, rules, least=model == "set-cover") else None


def _won(
    model: Model, reach: Reach, rules: Rules, row: NDArray[np.int64], minutes: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return what each candidate would win."""
    weight = reach.weight[row]
    if model in {"p-median", "p-center"} and rules.share <= 0.0:
        pays = weight * np.maximum(minutes[row] - reach.minutes, 0.0)
    else:
        pays = weight * (within(reach.minutes, rules.minutes) & ~within(minutes, rules.minutes)[row])
    won = np.bincount(reach.candidate, weights=pays, minlength=reach.candidates).astype(np.float64)
    if rules.cost is not None and (rules.budget is not None or model == "set-cover"):
        won = won / np.maximum(rules.cost, SLACK * max(float(rules.cost.max(initial=0.0)), SLACK))
    return won


def _lower(
    reach: Reach, row: NDArray[np.int64], minutes: NDArray[np.float64], one: int
) -> NDArray[np.float64]:
    """Return the minutes when one more candidate is chosen."""
    mine = reach.candidate == one
    lower = minutes.copy()
    lower[row[mine]] = np.minimum(minutes[row[mine]], reach.minutes[mine])
    return lower


def _allowed(reach: Reach, rules: Rules, chosen: list[int]) -> NDArray[np.bool_]:
    """Return the candidates that groups and budget still allow, the cheapest others for the rest."""
    allowed = np.ones(reach.candidates, bool)
    allowed[chosen] = False
    for group in rules.groups:
        if group.member[chosen].sum() >= group.most:
            allowed &= ~group.member
    if rules.budget is None or rules.cost is None:
        return allowed
    left = rules.budget * (1.0 + SLACK) - float(rules.cost[chosen].sum())
    others = 0 if rules.p is None else rules.p - len(chosen) - 1
    cheapest = float(np.sort(rules.cost[allowed])[:others].sum())
    return allowed & (rules.cost <= left - cheapest)
