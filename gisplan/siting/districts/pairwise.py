"""Weights from comparisons in pairs (AHP), and whether these agree with each other.

References
----------
Saaty, T. L. (1980). The Analytic Hierarchy Process. McGraw-Hill.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

RANDOM_INDEX = (0.0, 0.0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49, 1.51, 1.48, 1.56, 1.57, 1.59)
"""Mean consistency index of random comparisons of 1 to 15 things (Saaty 1980)."""

MOST = len(RANDOM_INDEX)
LARGEST_RATIO = 0.1
"""Comparisons with a larger consistency ratio should be made again (Saaty 1980)."""

Comparison = tuple[str, str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What comparisons say: `weights` of the things [n], adding up to 1, and how far the comparisons agree.

    `index` is the consistency index and `ratio` that index beside the one of random comparisons. `worst` is the
    comparison that agrees least with the others, and what they would make of it; None where all agree.
    """

    weights: NDArray[np.float64]
    largest: float
    index: float
    ratio: float
    worst: tuple[Comparison, float] | None


def missing_pairs(names: Sequence[str], pairs: Sequence[Comparison]) -> tuple[tuple[str, str], ...]:
    """Return the pairs that nobody compared, in the order of the names.

    Parameters
    ----------
    names
        What is to be compared.
    pairs
        Comparisons, in either order.
    """
    made = {frozenset((one, other)) for one, other, _ in pairs}
    return tuple(pair for pair in combinations(names, 2) if frozenset(pair) not in made)


def compared(names: Sequence[str], pairs: Sequence[Comparison]) -> Compared:
    """Return the weights of things that were compared in pairs: the principal eigenvector of the comparisons.

    Parameters
    ----------
    names
        The things [n], 15 at most.
    pairs
        For each pair how many times as important the first is as the second.

    Raises
    ------
    ValueError
        If a pair is missing, or there are more things than random comparisons were made of.
    """
    if missing_pairs(names, pairs) or len(names) > MOST:
        raise ValueError(f"{len(names)} things, {len(pairs)} comparisons")
    place = {name: number for number, name in enumerate(names)}
    matrix = np.ones((len(names), len(names)))
    for one, other, times in pairs:
        matrix[place[one], place[other]], matrix[place[other], place[one]] = times, 1.0 / times
    weights, largest = _principal(matrix)
    index = 0.0 if len(names) < 3 else max(largest - len(names), 0.0) / (len(names) - 1)  # noqa: PLR2004 (two always agree)
    random = RANDOM_INDEX[len(names) - 1]
    return Compared(
        weights=weights,
        largest=largest,
        index=index,
        ratio=index / random if random else 0.0,
        worst=_worst(pairs, {name: weights[number] for name, number in place.items()}),
    )


def _principal(matrix: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Return the eigenvector of the largest eigenvalue, adding up to 1, and that eigenvalue."""
    values, vectors = np.linalg.eig(matrix)
    first = int(np.argmax(values.real))
    vector = np.abs(vectors[:, first].real)
    return vector / vector.sum(), float(values[first].real)


def _worst(pairs: Sequence[Comparison], weight: dict[str, float]) -> tuple[Comparison, float] | None:
    """Return the comparison farthest from the ratio of the weights, by factor, and that ratio."""
    off = [abs(np.log(times * weight[other] / weight[one])) for one, other, times in pairs]
    if not off or max(off) < 1e-9:  # noqa: PLR2004 (rounding of the eigenvector)
        return None
    pair = pairs[int(np.argmax(np.round(off, 9)))]
    return pair, float(weight[pair[0]] / weight[pair[1]])
