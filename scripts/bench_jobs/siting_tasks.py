"""What gisplan answers in `bench.py siting`: `python siting_tasks.py FILE GROUP SOURCES`, in a process of its own."""

from __future__ import annotations

import sys
from itertools import product
from pathlib import Path

import numpy as np

from bench_jobs.siting_cases import MODELS, Case
from bench_jobs.siting_data import Data, Task, data_of, main
from gisplan.siting.solver.reaching import reach_of_blocks
from gisplan.siting.solver.solve import solve
from gisplan.siting.solver.words import Answer, Limits, NoChoice, Reach, Rules

SIZES = ((30, 12), (400, 100))
"""Demands and candidates: small questions are answered in other ways than large ones."""

WARM_S = 2.0
LEAST_S = 1.0
"""The search may last so long, however long its data took."""


def answered(task: Task, case: Case) -> None:
    """Answer one question.

    Parameters
    ----------
    task
        What is noted.
    case
        The question.
    """
    # The minutes of a graph are a step of their own; those of points are taken block by block as lists are made.
    data = task.timed(case, "minutes", lambda: data_of(case, task.sources))
    reach = task.timed(case, "lists", lambda: _reach(case, data))
    rules = Rules(
        p=data.p,
        forced=np.zeros(data.candidates, bool),
        minutes=case.minutes or np.inf,
        share=1.0 if case.model == "set-cover" else 0.0,
    )
    limits = Limits(seconds=max(case.seconds - task.wall_s(case), LEAST_S), gap=case.gap)
    answer = task.timed(case, "solve", lambda: _solved(case, reach, rules, limits))
    if answer is None:
        task.answer(case, data, None, objective=None, bound=None, proven=False)
        return
    task.answer(
        case,
        data,
        answer.chosen.tolist(),
        objective=answer.objective,
        bound=answer.bound if np.isfinite(answer.bound) else None,
        proven=answer.proven,
    )


def _reach(case: Case, data: Data) -> Reach:
    """Return who reaches whom, from minutes block by block."""
    if case.nearest:
        last = case.nearest - 1
        beyond = np.concatenate([np.partition(block, last, axis=1)[:, last] for block in data.blocks()])
    else:
        beyond = np.full(len(data.weight), np.inf)
    return reach_of_blocks(
        data.blocks(),
        weight=data.weight,
        beyond=beyond,
        candidates=data.candidates,
        cutoff=case.minutes or np.inf,
    )


def _solved(case: Case, reach: Reach, rules: Rules, limits: Limits) -> Answer | None:
    """Return the answer, None where the time was too short for any."""
    try:
        return solve(case.model, reach, rules=rules, limits=limits)
    except NoChoice as refused:
        if refused.why != "time":
            raise
        return None


def warm() -> None:
    """Load the compiled code, or compile it, with points of which there are few."""
    quiet = Task(sources=Path())
    for model, (demands, candidates) in product(MODELS, SIZES):
        case = Case(
            name=model,
            model=model,
            demands=demands,
            candidates=candidates,
            p=None if model == "set-cover" else 3,
            minutes={"max-coverage": 20.0, "set-cover": 40.0}.get(model, 0.0),
            seconds=WARM_S,
        )
        answered(quiet, case)


if __name__ == "__main__":
    warm()
    sys.exit(main(answered, sys.argv[1:]))
