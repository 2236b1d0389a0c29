"""Compiled loops made ready before the clock of a search starts: the first compilation takes a minute."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from gisplan.siting.solver.reaching import reach_of
from gisplan.siting.solver.sheet import watch
from gisplan.siting.solver.words import Limits, Rules

if TYPE_CHECKING:
    from gisplan.siting.solver.words import Model, Reach

DEMANDS, CANDIDATES = 60, 16
"""The size of a made-up question that takes every turn of its way."""

SIDE = 60.0
"""Minutes across the square in which they lie."""

ENOUGH = 10.0
"""Seconds for the made-up question; it takes milliseconds once all is compiled."""


@cache
def ready(model: Model) -> None:
    """Compile or load all that the fast way of a model needs, once for each process.

    A made-up question is answered in that way.

    Parameters
    ----------
    model
        What is best.
    """
    from gisplan.siting.solver.coverage import plain_coverage
    from gisplan.siting.solver.fewest import plain_cover
    from gisplan.siting.solver.median import p_median

    limits, reach = Limits(seconds=ENOUGH), _square()
    none = np.zeros(reach.candidates, bool)
    rules = Rules(p=CANDIDATES // 4, forced=none, minutes=SIDE / 4.0, share=0.0)
    if model in {"p-median", "set-cover"}:
        p_median(reach, rules=rules, limits=limits)
    if model in {"max-coverage", "set-cover"}:
        plain_coverage(reach, rules=rules, clock=watch(limits))
    if model in {"p-center", "set-cover"}:
        known = _lines()
        cover = Rules(p=None, forced=np.zeros(known.candidates, bool), minutes=1.0, share=1.0)
        plain_cover(known, rules=cover, clock=watch(limits))


@cache
def ready_for_capacities() -> None:
    """Compile or load all that the way of questions with capacities needs, once for each process."""
    from gisplan.siting.solver.capacitated import with_capacities

    reach = _square()
    held = np.full(reach.candidates, 4.4 * float(reach.weight.sum()) / CANDIDATES)
    rules = Rules(p=CANDIDATES // 4, forced=np.zeros(reach.candidates, bool), capacity=held)
    with_capacities("p-median", reach, rules=rules, clock=watch(Limits(seconds=ENOUGH)))


def _square() -> Reach:
    """Return demand and candidates scattered in a square."""
    draw = np.random.default_rng(0)
    homes, sites = draw.uniform(0.0, SIDE, (DEMANDS, 2)), draw.uniform(0.0, SIDE, (CANDIDATES, 2))
    minutes = np.hypot(*(homes[:, None, :] - sites[None, :, :]).transpose(2, 0, 1))
    return reach_of(minutes, weight=draw.uniform(1.0, 2.0, DEMANDS), beyond=np.full(DEMANDS, 2.0 * SIDE))


def _lines() -> Reach:
    """Return the lines through three rows of three points, each near to its own points.

    Their least cover is far above its bound, so that the search goes all its way.
    """
    across, along = np.divmod(np.arange(9), 3)
    lines = [across, along, (across + along) % 3, (across - along) % 3]
    minutes = np.concatenate([np.where(line == np.arange(3)[:, None], 1.0, 2.0) for line in lines])
    return reach_of(minutes, weight=np.ones(12), beyond=np.full(12, SIDE))
