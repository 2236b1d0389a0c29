"""Which method answers which question."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gisplan.siting.solver.program import program

if TYPE_CHECKING:
    from gisplan.siting.solver.words import Answer, Limits, Model, Reach, Rules


def solve(model: Model, reach: Reach, *, rules: Rules, limits: Limits) -> Answer:
    """Return the best choice of candidates, with its bound.

    Parameters
    ----------
    model
        What is best.
    reach
        Who reaches whom.
    rules
        What the choice must keep.
    limits
        How long to search.

    Raises
    ------
    NoChoice
        If no choice keeps the rules.
    """
    return program(model, reach, rules=rules, limits=limits)
