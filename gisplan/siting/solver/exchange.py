"""Choices made better: greedy start, interchange, kicks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gisplan.siting.solver.kernels_exchange import cost_of, descended, greedy, kicked, opened

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gisplan.siting.solver.kernels_exchange import Held
    from gisplan.siting.solver.task import Task
    from gisplan.siting.solver.watch import Best


class Exchange:
    """A choice in a task under interchange, with who is served by whom; it changes."""

    def __init__(self, task: Task, chosen: NDArray[np.int64]) -> None:
        self.task = task
        self.chosen = chosen.astype(np.int32)
        slot, served, swaps = opened(task.rows, task.weight, task.beyond, self.chosen, task.candidates)
        self.slot, self.served, self.swaps = slot, served, swaps
        self.touched = np.empty(len(task.weight), np.int64)

    @property
    def cost(self) -> float:
        """The weighted minutes of the choice."""
        return self.task.constant + float(cost_of(self.task.weight, self.served))

    def descend(self, most: int) -> int:
        """Make swaps that save, at most `most`; return how many."""
        return int(descended(self.task.question, self._now(), self.touched, most))

    def kick(self, state: NDArray[np.uint64], kicks: int) -> int:
        """Swap by lot and descend again, and keep what is better; return how often it was."""
        return int(kicked(self.task.question, self._now(), state, kicks, self.touched)[1])

    def _now(self) -> Held:
        """Return the arrays that change."""
        return (self.chosen, self.slot, *self.served, *self.swaps)


def first_choice(task: Task) -> NDArray[np.int64]:
    """Return the greedy choice of a task.

    Parameters
    ----------
    task
        The task.
    """
    return np.asarray(greedy(task.columns, task.weight, task.beyond, task.p), np.int64)


def descend(task: Task, chosen: NDArray[np.int64], best: Best) -> Exchange:
    """Return a choice from which no single swap saves, watching the clock.

    Parameters
    ----------
    task, chosen
        The task and the choice.
    best
        The clock.
    """
    search = Exchange(task, chosen)
    most = max(1, min(1000, 2_000_000 * task.p // (1 + task.entries)))
    while search.descend(most) == most:
        best.check()
    return search
