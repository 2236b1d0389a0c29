"""The routes between interchanges and hubs: which are kept, their edges, and what is left when a link is cut."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from gisplan.network import queries, replacement, search
from gisplan.network.ground import Ground
from gisplan.network.places import Hubs, Interchanges
from gisplan.network.prepared import Prepared, suited
from gisplan.network.ramps import WAYS, Direction
from gisplan.network.route import line
from gisplan.network.trimmed import Trimmed, trimmed

if TYPE_CHECKING:
    import shapely
    from numpy.typing import NDArray

Kind = Literal["full", "smart"]
KINDS: tuple[Kind, ...] = ("full", "smart")
NO_EDGES = np.empty(0, dtype=np.int64)
HELD_VALUES = 50_000_000
"""Values of trees that are kept from the first look at all pairs to the second at some; beyond, they are grown anew."""

Trees = Mapping[tuple[int, Direction], replacement.Trunk]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """The quickest route between a hub and an interchange (their places in the lists) in one direction.

    `edges` run from the interchange's end, whatever the direction; `minutes` and those `after_cut` of each of
    its `links` (chains, in the same order) include the legs off the road, infinite where there is no way.
    `best` are the kinds of interchange of which it is the hub's best; `second` is the best route without any of
    its links, None where it was not asked for.
    """

    hub: int
    interchange: int
    direction: Direction
    minutes: float
    edges: NDArray[np.int64]
    links: NDArray[np.int64]
    after_cut: NDArray[np.float64]
    best: Kind | None = None
    second: replacement.Left | None = None

    @property
    def detour(self) -> float:
        """The minutes after the worst cut."""
        return float(max(self.minutes, self.after_cut.max(initial=-np.inf)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Which pairs are kept [k, h], the best interchange by hub, kind and direction, and whether some were left."""

    kept: NDArray[np.bool_]
    best: Mapping[tuple[int, Kind, Direction], int]
    left_out: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Search:
    """The ground, and the stretches of it on which routes are searched, which have nodes of their own."""

    on: Ground
    drawn: Trimmed
    arcs: Mapping[Direction, search.Graph]
    ways: Mapping[Direction, search.Graph | Prepared]
    grown: Mapping[Direction, replacement.Roads]
    noted: replacement.Desk

    def trunk(self, interchange: int, way: Direction) -> replacement.Trunk:
        """Return the tree of times between an interchange and all nodes."""
        source = int(self.drawn.number[self.on.interchange[way][interchange]])
        return replacement.trunk(self.ways[way], self.arcs[way], self.grown[way], source=source)


def routes(
    on: Ground, *, hubs: Hubs, interchanges: Interchanges, nearest: int
) -> tuple[tuple[Route, ...], Chosen]:
    """Return the routes between each hub and its nearest interchanges, both ways, and which were chosen.

    Parameters
    ----------
    on
        The network with hubs and interchanges as nodes.
    hubs, interchanges
        Places on it.
    nearest
        How many interchanges by time are kept for each hub and direction, beside the best full and smart one.
    """
    looked = _search(on, trees=int(interchanges.found.sum()))
    minutes, trees = _all_minutes(looked, hubs, interchanges)
    chosen = choose(on, minutes, interchanges, nearest=nearest)
    found = tuple(_kept(looked, minutes, chosen, trees))
    return found, chosen


def _search(on: Ground, *, trees: int) -> _Search:
    """Return the network ready for some trees in each direction."""
    there, back = WAYS
    places = np.concatenate([on.hub, *on.interchange.values()])
    drawn = trimmed(on.network, stops=places[places >= 0])
    ahead = drawn.graph()
    # Where every road takes the same time both ways, the network turned round is the network.
    arcs = {there: ahead, back: ahead if on.even_roads else drawn.graph(reverse=True)}
    grown = {there: replacement.roads(arcs[there], arcs[back], np.arange(len(drawn.tail)), drawn=drawn)}
    grown[back] = grown[there].turned
    ready = suited(ahead, searches=trees * (1 if on.even else 2))
    ways = {there: ready, back: ready.turned if isinstance(ready, Prepared) else arcs[back]}
    return _Search(
        on=on, drawn=drawn, arcs=arcs, ways=ways, grown=grown, noted=replacement.Desk(grown[there])
    )


def _all_minutes(
    looked: _Search, hubs: Hubs, interchanges: Interchanges
) -> tuple[Mapping[Direction, NDArray[np.float64]], Trees]:
    """Return the minutes of every pair by direction [k, h], infinite where unreached, and the trees."""
    on, trees = looked.on, dict[tuple[int, Direction], replacement.Trunk]()
    on_road, places = np.flatnonzero(on.hub >= 0), np.flatnonzero(interchanges.found)
    room = len(places) * len(WAYS) * looked.drawn.nodes <= HELD_VALUES
    minutes = {way: np.full((len(interchanges.id), len(hubs.id)), np.inf) for way in WAYS}
    for way in WAYS:
        if way != WAYS[0] and on.even:
            return minutes | {way: minutes[WAYS[0]]}, trees
        ways, nodes = looked.ways[way], looked.drawn.number[on.hub[on_road]]
        if isinstance(ways, Prepared):
            found = queries.between(ways, looked.drawn.number[on.interchange[way][places]], nodes)
        else:
            grown = {(int(place), way): looked.trunk(int(place), way) for place in places} if room else {}
            trees |= grown
            known = (grown.get((int(place), way)) or looked.trunk(int(place), way) for place in places)
            found = np.array([np.asarray(one.minutes)[nodes] for one in known]).reshape(
                len(places), len(nodes)
            )
        legs = hubs.leg[on_road] + interchanges.leg[way][places][:, None]
        minutes[way][np.ix_(places, on_road)] = found + legs
    return minutes, trees


def choose(
    on: Ground,
    minutes: Mapping[Direction, NDArray[np.float64]],
    interchanges: Interchanges,
    *,
    nearest: int,
) -> Chosen:
    """Return which pairs are kept: the nearest by time, else in a straight line, and the best of each kind.

    Parameters
    ----------
    on
        The ground.
    minutes
        Minutes of every pair by direction [k, h].
    interchanges
        The interchanges [k].
    nearest
        How many are kept for each hub and direction.
    """
    places = np.flatnonzero(interchanges.found)
    rank = np.argsort(np.argsort(interchanges.id.astype(str), kind="stable"), kind="stable")
    kept = np.zeros((len(interchanges.id), len(on.hub)), dtype=bool)
    best: dict[tuple[int, Kind, Direction], int] = {}
    x, y = on.network.x, on.network.y
    for way in WAYS:
        gate = on.interchange[way][places]
        for hub, node in enumerate(on.hub):
            apart = np.hypot(x[gate] - x[node], y[gate] - y[node]) if node >= 0 else np.zeros(len(places))
            order = places[np.lexsort((rank[places], apart, minutes[way][places, hub]))]
            kept[order[:nearest], hub] = True
            for kind in KINDS:
                of_kind = order[interchanges.kind[order] == kind]
                if len(of_kind) and np.isfinite(minutes[way][of_kind[0], hub]):
                    best[hub, kind, way] = int(of_kind[0])
                    kept[of_kind[0], hub] = True
    left_out = int((~kept[places]).sum())
    return Chosen(kept=kept, best=best, left_out=left_out)


def _kept(
    looked: _Search,
    minutes: Mapping[Direction, NDArray[np.float64]],
    chosen: Chosen,
    trees: Trees,
) -> Iterator[Route]:
    """Yield the routes that are kept, by interchange, direction and hub."""
    for place in map(int, np.flatnonzero(chosen.kept.any(axis=1))):
        there: dict[int, Route] = {}
        for way in WAYS:
            again = looked.on.even and way != WAYS[0]
            known = None if again else trees.get((place, way)) or looked.trunk(place, way)
            for hub in map(int, np.flatnonzero(chosen.kept[place])):
                best = next((kind for kind in KINDS if chosen.best.get((hub, kind, way)) == place), None)
                if known is not None:
                    time = float(minutes[way][place, hub])
                    there[hub] = _route(looked, known, time, hub=hub, place=place, way=way, best=best)
                yield dataclasses.replace(there[hub], direction=way, best=best)


def _route(
    looked: _Search,
    known: replacement.Trunk,
    minutes: float,
    *,
    hub: int,
    place: int,
    way: Direction,
    best: Kind | None,
) -> Route:
    if not np.isfinite(minutes):
        return _no_way(hub, place, way)
    drawn, grown, noted = looked.drawn, looked.grown[way], looked.noted
    node = int(drawn.number[looked.on.hub[hub]])
    stretches, left = replacement.minutes_without_each(known, grown, target=node, noted=noted)
    edges, which = drawn.along(stretches, begin=known.source)
    links = looked.on.chain[edges]
    first = np.flatnonzero(np.diff(links, prepend=-1))
    legs = minutes - float(known.minutes[node])
    second = None
    if best is not None and len(links):
        other = replacement.route_left(known, grown, target=node, shut=stretches, noted=noted)
        whole = drawn.along(other.edges, begin=known.source)[0]
        second = replacement.Left(minutes=other.minutes + legs, edges=whole)
    return Route(
        hub=hub,
        interchange=place,
        direction=way,
        minutes=minutes,
        edges=edges,
        links=links[first],
        after_cut=left[which[first]] + legs,
        best=best,
        second=second,
    )


def _no_way(hub: int, place: int, way: Direction) -> Route:
    """Return what stands for a route where there is none."""
    return Route(
        hub=hub,
        interchange=place,
        direction=way,
        minutes=np.inf,
        edges=NO_EDGES,
        links=NO_EDGES,
        after_cut=np.empty(0),
    )


def travelled(on: Ground, route: Route, *, second: bool = False) -> shapely.LineString:
    """Return a route as a line in the direction of travel.

    Parameters
    ----------
    on
        The ground.
    route
        The route.
    second
        Its second-best in its place.
    """
    edges = route.second.edges if second and route.second is not None else route.edges
    if route.direction == "to_hub":
        return line(on.network, edges, start=int(on.interchange["to_hub"][route.interchange]))
    return line(on.network, edges[::-1], start=int(on.hub[route.hub]))
