"""Where a road link lies, in words a person can find on the ground: the roads it meets, and degrees."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gisplan.core.crs import JGD2011_DEGREES
from gisplan.core.words import Text
from gisplan.network.phrases import say

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gisplan.network.ground import Ground
    from gisplan.network.places import Hubs, Interchanges

DIGITS = 5
"""Decimals of a degree that are shown: about a metre."""

MOST_NAMES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A road link: its edges, the nodes at its ends, and what its roads are called.

    `road` are the names of its roads, `ids` their ids, both joined by 「・」; `manager` indexes into `MANAGERS`,
    as `road_class` does into `CLASSES`: those of most of its length.
    """

    chain: int
    edges: NDArray[np.int64]
    ends: tuple[int, int]
    road: str
    ids: str
    road_class: int
    manager: int
    metres: float


def link(on: Ground, chain: int, edges: NDArray[np.int64], *, start: int) -> Link:
    """Return a road link from its edges in the order of travel.

    Parameters
    ----------
    on
        The ground.
    chain
        Its number.
    edges
        Its edges, in the order of travel.
    start
        The node where travel begins.
    """
    network, here = on.network, start
    for edge in edges:
        here = int(network.head[edge] if network.tail[edge] == here else network.tail[edge])
    length = network.length[edges]
    names = dict.fromkeys(name for name in on.name[edges] if name)
    return Link(
        chain=chain,
        edges=edges,
        ends=(start, here),
        road="・".join(names),
        ids="・".join(dict.fromkeys(on.id[edges])),
        road_class=_most(network.road_class[edges], length),
        manager=_most(on.manager[edges], length),
        metres=float(length.sum()),
    )


def _most(values: NDArray[Any], length: NDArray[np.float64]) -> int:
    """Return the value of most of the length."""
    if (values == values[0]).all():
        return int(values[0])
    unique, which = np.unique(values, return_inverse=True)
    return int(unique[np.argmax(np.bincount(which, weights=length))])


@dataclass(frozen=True, slots=True, kw_only=True)
class Signposts:
    """What is found at nodes: `roads` are the names of the roads that meet there, with their chains."""

    places: Mapping[int, Text]
    roads: Mapping[int, tuple[tuple[int, str], ...]]
    degrees: Mapping[int, str]

    def at(self, node: int, *, chain: int) -> Text:
        """Return the words for the end of a road link."""
        if node in self.places:
            return self.places[node]
        others = [name for other, name in self.roads[node] if other != chain]
        if not others:
            return say("end_of_road", at=self.degrees[node])
        names = sorted({name for name in others if name})
        if not names:
            return say("junction_unnamed", at=self.degrees[node])
        shown = [*names[:MOST_NAMES], *(["…"] if len(names) > MOST_NAMES else [])]
        said = Text(ja="".join(f"「{name}」" for name in shown), en=", ".join(shown))
        return say("junction", roads=said, at=self.degrees[node])


def signposts(
    on: Ground, nodes: NDArray[np.int64], *, hubs: Hubs, interchanges: Interchanges, crs: Any
) -> Signposts:
    """Return what is found at some nodes.

    Parameters
    ----------
    on
        The ground.
    nodes
        Nodes.
    hubs, interchanges
        Places, which name the nodes on which they stand.
    crs
        The CRS of the network.
    """
    network, wanted = on.network, np.unique(nodes)
    degrees = _degrees(network.x[wanted], network.y[wanted], crs)
    at = dict(zip(map(int, wanted), degrees, strict=True))
    met: dict[int, list[tuple[int, str]]] = defaultdict(list)
    marked = np.zeros(len(network.x), dtype=bool)
    marked[wanted] = True
    for ends in (network.tail, network.head):
        for edge in np.flatnonzero(marked[ends]):
            met[int(ends[edge])].append((int(on.chain[edge]), str(on.name[edge])))
    places: dict[int, Text] = {}
    for gates in on.interchange.values():
        places |= {
            int(node): say("gate", name=name, at=at[int(node)])
            for node, name in zip(gates, interchanges.label, strict=True)
            if int(node) in at
        }
    places |= {
        int(node): say("hub", name=name, at=at[int(node)])
        for node, name in zip(on.hub, hubs.label, strict=True)
        if int(node) in at
    }
    return Signposts(places=places, roads={node: tuple(met[node]) for node in at}, degrees=at)


def _degrees(x: NDArray[np.float64], y: NDArray[np.float64], crs: Any) -> list[str]:
    """Return places as latitude and longitude."""
    import pyproj

    turn = pyproj.Transformer.from_crs(crs, JGD2011_DEGREES, always_xy=True)
    east, north = turn.transform(x, y)
    return [
        f"{lat:.{DIGITS}f}, {lon:.{DIGITS}f}"
        for lat, lon in zip(np.atleast_1d(north), np.atleast_1d(east), strict=True)
    ]
