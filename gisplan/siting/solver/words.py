"""The nouns of the location models: who reaches what, the rules of a choice, its limits, and the answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Model = Literal["p-median", "max-coverage", "set-cover", "p-center"]
Ended = Literal["proven", "gap", "time", "interrupted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """The candidates that each demand reaches, demand by demand (compressed rows), and what it counts for.

    The candidates of demand i are `candidate[start[i]:start[i + 1]]` with their `minutes`, ascending by minutes,
    then by candidate; each stands once. `weight` [i] is above 0. `beyond` [i] are the minutes that a demand counts
    with when none of its candidates is chosen: those to a hub that stands already, or a penalty; none of its
    minutes is longer. Demand with minutes beyond within a threshold is covered without any choice, so that a penalty
    must be longer than the threshold (or infinite, where the model is no p-median). `candidates` is their number.
    """

    start: NDArray[np.int64]
    candidate: NDArray[np.int32]
    minutes: NDArray[np.float64]
    weight: NDArray[np.float64]
    beyond: NDArray[np.float64]
    candidates: int

    @property
    def demands(self) -> int:
        """How many demands there are."""
        return len(self.weight)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Candidates of which at most `most` are chosen: those of one municipality or district."""

    member: NDArray[np.bool_]
    most: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a choice must keep.

    `p` hubs are chosen (None for a set cover, which asks for the fewest). `minutes` is how far a hub covers
    (max-coverage, set-cover), `share` [0–1] of the weight that it must cover at least: of a set cover the aim, of
    the others a service threshold (0 is none). `forced` candidates are chosen [j]. `groups` bound how many of some
    are. `cost` [j] and `budget` bound the spending, the cost of a set cover is what is least. `capacity` [j] is the
    most weight that a hub serves; a demand may then be split among hubs.
    """

    p: int | None
    forced: NDArray[np.bool_]
    minutes: float = np.inf
    share: float = 0.0
    groups: tuple[Group, ...] = ()
    cost: NDArray[np.float64] | None = None
    budget: float | None = None
    capacity: NDArray[np.float64] | None = None


def never() -> bool:
    """Return that nobody interrupts."""
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long a search may last [s], the gap that is good enough, and who may stop or hear of it.

    `stopped` is asked now and then; once it says True the best answer is kept. `told` hears the gap so far.
    """

    seconds: float = 60.0
    gap: float = 0.0
    stopped: Callable[[], bool] = never
    told: Callable[[float], None] | None = field(default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Chosen candidates in their order, what they are worth, and what is proven.

    `objective` is weighted minutes (p-median), weight covered (max-coverage), number or cost of hubs (set-cover) or
    the longest minutes (p-center). No choice is better than `bound` (below the objective, above it of a coverage).
    `gap` is their relative distance, 0 where `proven`. `ended` says why the search stopped, `seconds` its length.
    """

    chosen: NDArray[np.int64]
    objective: float
    bound: float
    gap: float
    proven: bool
    ended: Ended
    seconds: float


class NoChoice(ValueError):  # noqa: N818 - it is an answer that a caller turns into words, not a fault
    """No choice keeps the rules; `why` says which rule, `least` the smallest threshold that works, if known.

    | why | what | least |
    |---|---|---|
    | p | fewer candidates than p | how many candidates there are |
    | forced | more forced candidates than p | how many are forced |
    | groups | groups allow fewer than p, or not what is forced | – |
    | budget | the budget is too small | the cheapest choice under the other rules |
    | minutes | no choice covers the share within the minutes | the fewest minutes that are enough |
    | unreached | no minutes are enough: some demand reaches no candidate | – |
    | capacity | the capacities are too small | – |
    | time, interrupted | none was found before the search ended | – |
    """

    def __init__(self, why: str, *, least: float = np.nan) -> None:
        super().__init__(why)
        self.why = why
        self.least = least

    @property
    def untold(self) -> bool:
        """Whether nothing is known: the search ended before it found a choice or showed that there is none."""
        return self.why in {"time", "interrupted"}
