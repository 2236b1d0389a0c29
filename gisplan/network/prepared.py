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


FOLDED = 3
"""Most neighbours of a node that is folded away: joining three takes three arcs for three."""

BUCKETS = 4
"""Stretches of time that the mean arc of a core lasts."""


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
    def arcs(self) -> tuple[NDArray[np.int64], NDArray[np.uint32], NDArray[np.float64]]:
        """The arcs as compiled loops take them: an index without a sign needs no look at the sign."""
        return self.start, self.head.view(np.uint32), self.minutes


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """A network whose dead ends and chains are ways up (`folds`) to a core of c places, where one searches.

    `start` [c + 1], `head` and `minutes` [a] are the arcs of the core, `pace` the buckets a minute of a search.
    """

    folds: Prepared
    start: NDArray[np.uint32]
    head: NDArray[np.uint32]
    minutes: NDArray[np.float64]
    pace: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ordered:
    """Nodes in order and all arcs to higher places, with the minutes up and down and the lower places passed.

    The first `core` places are not in order among themselves.
    """

    place: NDArray[np.int32]
    above: NDArray[np.int32]
    core: int
    start: NDArray[np.int64]
    head: NDArray[np.int32]
    up: NDArray[np.float64]
    down: NDArray[np.float64]
    by_up: NDArray[np.int32]
    by_down: NDArray[np.int32]


def suited(arcs: Graph, *, searches: int) -> Graph | Prepared:
    """Return the network prepared where so many searches from one node each are worth it, else as it is."""
    worth = searches * arcs.nodes > WORTH and importlib.util.find_spec("numba") is not None
    return prepare(arcs) if worth else arcs


def prepare(arcs: Graph) -> Prepared:
    """Return the network prepared; about two seconds for a million nodes, once the loops are compiled."""
    from gisplan.network import kernels_hierarchy as kernels

    ordered = _ordered(arcs, most=arcs.nodes)
    up, down = kernels.useful(ordered.start, ordered.head, ordered.up, ordered.down)
    return _assembled(ordered, up, down)


def fold(arcs: Graph, *, most: int = FOLDED) -> Folded:
    """Return the network without nodes of few neighbours: for single questions to a large network.

    `most` is how many neighbours a node may have that is folded away: one at a dead end, two on a chain; 0 folds
    nothing.
    """
    ordered = _ordered(arcs, most=most)
    tail = np.repeat(np.arange(len(ordered.above)), np.diff(ordered.start))
    hangs = tail >= ordered.core
    folded = _assembled(ordered, hangs & np.isfinite(ordered.up), hangs & np.isfinite(ordered.down))
    ends = tail[~hangs], ordered.head[~hangs]
    one, two = (np.concatenate(pair) for pair in (ends, ends[::-1]))
    minutes = np.concatenate([ordered.up[~hangs], ordered.down[~hangs]])
    order = np.lexsort((two, one))
    order = order[np.isfinite(minutes[order])]
    mean = float(minutes[order].mean()) if len(order) else 0.0
    return Folded(
        folds=folded,
        start=np.searchsorted(one[order], np.arange(ordered.core + 1)).astype(np.uint32),
        head=two[order].astype(np.uint32),
        minutes=minutes[order],
        pace=BUCKETS / mean if mean > 0.0 else 1.0,
    )


def _ordered(arcs: Graph, *, most: int) -> _Ordered:
    from gisplan.network import kernels_hierarchy as kernels

    roads = matrix(arcs)
    order = kernels.eliminated(*_neighbours(arcs), most)
    place, above, start, head = kernels.numbered(*order)
    core = arcs.nodes - order[3]
    weights = kernels.weighed(start, head, (place, core), (roads.indptr, roads.indices, roads.data))
    up, down, by_up, by_down = weights
    return _Ordered(
        place=place,
        above=above,
        core=core,
        start=start,
        head=head,
        up=up,
        down=down,
        by_up=by_up,
        by_down=by_down,
    )


def _assembled(ordered: _Ordered, up: NDArray[np.bool_], down: NDArray[np.bool_]) -> Prepared:
    """Return the prepared network of the arcs that are kept, up and down."""
    climb = _climb(ordered, up, ordered.up, ordered.by_up)
    same = np.array_equal(ordered.up, ordered.down) and np.array_equal(ordered.by_up, ordered.by_down)
    # Where every road is open both ways at one speed, the way down is the way up, and stands once.
    fall = climb if same else _climb(ordered, down, ordered.down, ordered.by_down)
    return Prepared(place=ordered.place, above=ordered.above, up=climb, down=fall)


def _climb(
    ordered: _Ordered, kept: NDArray[np.bool_], minutes: NDArray[np.float64], through: NDArray[np.int32]
) -> Climb:
    before = np.concatenate([[0], np.cumsum(kept)])
    return Climb(
        start=before[ordered.start], head=ordered.head[kept], minutes=minutes[kept], through=through[kept]
    )


def _neighbours(arcs: Graph) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return the ascending neighbours of each node, in whichever direction the road is open."""
    from scipy.sparse import csr_array

    size = (arcs.nodes, arcs.nodes)
    one = csr_array((np.ones(len(arcs.indices), np.int8), arcs.indices, arcs.indptr), shape=size)
    both = (one + one.T).tocsr()
    both.sort_indices()
    return both.indptr.astype(np.int64), both.indices.astype(np.int32)


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
