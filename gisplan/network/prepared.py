"""A network prepared for many questions: its nodes in an order, and shortcuts between them, as plain arrays."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from gisplan.network.search import Graph, matrix

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray


WORTH = 10_000_000
"""Nodes times searches from which preparing pays: scipy takes 3 s for them, numba 1 s to load."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Climb:
    """Arcs from each place to higher ones: `start` [n + 1], `head` and `minutes` [a].

    `through` is the lower place that a shortcut leads through, -1 where the arc is a road itself [a].
    """

    start: NDArray[np.int64]
    head: NDArray[np.int32]
    minutes: NDArray[np.float64]
    through: NDArray[np.int32]

    @property
    def arcs(self) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64]]:
        """What a compiled loop needs."""
        return self.start, self.head, self.minutes


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A network in order: `place` of each node [n], the place `above` each place [n], and ways `up` and `down`.

    The arcs of `down` are travelled from the higher place to the lower.
    """

    place: NDArray[np.int32]
    above: NDArray[np.int32]
    up: Climb
    down: Climb

    @property
    def turned(self) -> Prepared:
        """The same with every road turned round."""
        return Prepared(place=self.place, above=self.above, up=self.down, down=self.up)


def suited(arcs: Graph, *, searches: int) -> Graph | Prepared:
    """Return the network prepared where so many searches from one node each are worth it, else as it is."""
    worth = searches * arcs.nodes > WORTH and importlib.util.find_spec("numba") is not None
    return prepare(arcs) if worth else arcs


def prepare(arcs: Graph) -> Prepared:
    """Return the network prepared; about two seconds for a million nodes, once the loops are compiled."""
    from gisplan.network import kernels_hierarchy as kernels

    roads = matrix(arcs)
    start, head = _neighbours(arcs)
    place, above, start, head = kernels.numbered(*kernels.eliminated(start, head))
    up, down, by_up, by_down = kernels.weighed(start, head, place, (roads.indptr, roads.indices, roads.data))
    useful_up, useful_down = kernels.useful(start, head, up, down)
    climb = _climb(start, head, useful_up, (up, by_up))
    same = np.array_equal(up, down) and np.array_equal(by_up, by_down)
    # Where every road is open both ways at one speed, the way down is the way up, and stands once.
    return Prepared(
        place=place,
        above=above,
        up=climb,
        down=climb if same else _climb(start, head, useful_down, (down, by_down)),
    )


def _neighbours(arcs: Graph) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return the ascending neighbours of each node, in whichever direction the road is open."""
    from scipy.sparse import csr_array

    size = (arcs.nodes, arcs.nodes)
    one = csr_array((np.ones(len(arcs.indices), np.int8), arcs.indices, arcs.indptr), shape=size)
    both = (one + one.T).tocsr()
    both.sort_indices()
    return both.indptr.astype(np.int64), both.indices.astype(np.int32)


def _climb(
    start: NDArray[np.int64],
    head: NDArray[np.int32],
    kept: NDArray[np.bool_],
    arcs: tuple[NDArray[np.float64], NDArray[np.int32]],
) -> Climb:
    before = np.concatenate([[0], np.cumsum(kept)])
    return Climb(start=before[start], head=head[kept], minutes=arcs[0][kept], through=arcs[1][kept])


def to_arrays(prepared: Prepared) -> dict[str, NDArray[np.generic]]:
    """Return the arrays of a prepared network by name, those of equal ways up and down once."""
    arrays: dict[str, NDArray[np.generic]] = {"place": prepared.place, "above": prepared.above}
    for side in ("up", "down"):
        climb: Climb = getattr(prepared, side)
        if side == "up" or climb is not prepared.up:
            arrays |= {f"{side}_{part.name}": getattr(climb, part.name) for part in fields(Climb)}
    return arrays


def from_arrays(arrays: Mapping[str, NDArray[np.generic]]) -> Prepared:
    """Return the prepared network that `to_arrays` took apart."""

    def climb(side: str) -> Climb:
        return Climb(**{part.name: arrays[f"{side}_{part.name}"] for part in fields(Climb)})  # type: ignore[arg-type]

    up = climb("up")
    down = climb("down") if "down_start" in arrays else up
    return Prepared(place=arrays["place"], above=arrays["above"], up=up, down=down)  # type: ignore[arg-type]
