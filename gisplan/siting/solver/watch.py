"""The clock of a search: it ends at the limits, and keeps the best answer and bound so far."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gisplan.siting.solver.words import Ended, Limits

EQUAL = 1e-9
"""A bound so near to the cost is the cost."""


def nothing() -> float:
    """Return that nothing was compiled."""
    return 0.0


@contextmanager
def compiling() -> Iterator[Callable[[], float]]:
    """Yield a function that returns the seconds in which kernels were compiled since then.

    Kernels are compiled once on a machine, which can take longer than a search; it must not use up the time of one.
    """
    from numba.core.event import TimingListener, install_listener

    listener = TimingListener()  # type: ignore[no-untyped-call]
    with install_listener("numba:compile", listener):
        yield lambda: float(listener.duration) if listener.done else 0.0


class Over(Exception):  # noqa: N818 - it is the end of a search, not a fault
    """A limit of the search is reached."""


@dataclass(slots=True, kw_only=True)
class Best:
    """The best choice so far, by the numbers of the whole task, and what no choice is below.

    It grows while the search runs, so that whatever ends it leaves an answer. With `whole`, every cost is a whole
    number. `compiled` tells the seconds since it began that are none of the search.
    """

    limits: Limits
    began: float
    compiled: Callable[[], float] = nothing
    whole: bool = False
    chosen: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    cost: float = np.inf
    bound: float = 0.0
    ended: Ended = "proven"

    @property
    def spent(self) -> float:
        """The seconds of the search so far."""
        return monotonic() - self.began - self.compiled()

    @property
    def enough(self) -> float:
        """The bound from which on nothing better is possible."""
        least = self.cost * (1.0 - EQUAL / 2)
        return min(least, self.cost - 1.0 + 1e-6) if self.whole else least

    @property
    def proven(self) -> bool:
        """Whether no choice is better."""
        return self.bound >= self.enough

    @property
    def gap(self) -> float:
        """How far the bound may be from the cost, relative to it."""
        if self.proven:
            return 0.0
        return (self.cost - self.bound) / self.cost if self.cost < np.inf else 1.0

    def offer(self, chosen: NDArray[np.int64], cost: float) -> bool:
        """Take a choice if it is better; return whether it is."""
        if cost >= self.cost * (1.0 - 1e-12):
            return False
        self.chosen, self.cost = np.sort(chosen), cost
        return True

    def raised(self, bound: float) -> None:
        """Take a bound if it is better."""
        self.bound = max(self.bound, min(bound, self.cost))

    def check(self) -> None:
        """Tell the gap, and end the search if a limit is reached.

        Raises
        ------
        Over
            If it is.
        """
        if self.cost < np.inf and self.limits.told is not None:
            self.limits.told(self.gap)
        if self.limits.stopped():
            self.ended = "interrupted"
            raise Over
        if self.gap <= self.limits.gap and not self.proven:
            self.ended = "gap"
            raise Over
        if self.spent >= self.limits.seconds:
            self.ended = "time"
            raise Over
