"""A case on changed roads: slower ones, other speeds, or the most used link closed; demand and candidates stay."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gisplan.access import serve
from gisplan.core.units import whole_ticks
from gisplan.network import snap, speeds, ways_of
from gisplan.network.plan_roads import legal_roads
from gisplan.network.search import chains, edges_along, graph, tree
from gisplan.siting.asked.existing import Places, places_of, serving
from gisplan.siting.asked.question import Asked
from gisplan.siting.asked.reached import reached
from gisplan.siting.defence.allocation import allocated
from gisplan.siting.defence.variants import STEP, Variant
from gisplan.siting.phrases import say

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gisplan.access import Served
    from gisplan.core.words import Atlas, Network
    from gisplan.network import Ways
    from gisplan.network.search import Graph, Tree
    from gisplan.siting.case import Case

SLOWED = ("expressway", "national", "prefectural", "municipal")
"""Road classes that are made slower, one at a time."""

CONGESTED = "census_r3_congested"
"""The set of speeds of congested hours."""

MOST_IDS = 5
CUTS = 5
"""Links that are closed, one at a time: the most used ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A case with its roads, on which candidates are nodes, so that roads are changed without moving anything."""

    case: Case
    asked: Asked
    atlas: Atlas
    places: Places
    ways: Ways
    served: Served


def scene_of(case: Case, atlas: Atlas, ways: Ways) -> Scene:
    """Return a case with its roads.

    Parameters
    ----------
    case
        The question that `[site]` of the plan asks.
    atlas
        The layers of the plan.
    ways
        The network of the plan's mode.

    Raises
    ------
    ValueError
        If the plan asks for no hubs.
    """
    if atlas.plan.site is None:
        raise ValueError("the plan has no [site]")
    asked = Asked(options=atlas.plan.site, plan=atlas.plan)
    served = serve(ways, case.candidates.point)
    split = dataclasses.replace(ways, network=served.network, snappable=served.snappable)
    return Scene(
        case=case, asked=asked, atlas=atlas, places=places_of(atlas, asked), ways=split, served=served
    )


def on_roads(scene: Scene, ways: Ways) -> Case:
    """Return the case with the minutes along other roads.

    Who reaches nobody there counts the penalty of the plan's case, or as much as the longest way where that is more.

    Parameters
    ----------
    scene
        The case and its roads.
    ways
        The changed network.
    """
    case, points = scene.case, scene.case.demands.point
    stands, _ = serving(scene.places, points, ways, scene.asked)
    served = serve(ways, case.candidates.point)
    found = reached(
        ways,
        served,
        points,
        usable=np.ones(len(served.node), bool),
        penalty=case.candidates.penalty[served.found],
        limit=stands.limit,
        cutoff=case.cutoff,
    )
    number = np.flatnonzero(served.found)
    reach = dataclasses.replace(
        found.reach,
        candidate=number[found.reach.candidate].astype(np.int32),
        weight=case.reach.weight,
        beyond=np.where(np.isfinite(stands.beyond), stands.beyond, max(case.penalty, found.longest)),
        candidates=case.reach.candidates,
    )
    return dataclasses.replace(case, reach=reach, standing=stands.standing, competing=stands.competing)


def by_speed(scene: Scene) -> Iterator[Variant]:
    """Yield the variants in which the roads of one class are slower, and that of congested hours.

    Parameters
    ----------
    scene
        The case and its roads, by car.
    """
    network, titles = scene.ways.network, speeds().class_titles
    for name in SLOWED:
        mine = network.road_class == network.classes.index(name)
        if mine.any():
            factor = np.where(mine, 1.0 / (1.0 - STEP), 1.0)
            title = say("variant_speed", road_class=titles[name], change=f"{-100 * STEP:.0f}")
            yield Variant(kind="speeds", title=title, case=on_roads(scene, _paced(scene.ways, factor)))
    plan = scene.atlas.plan
    if speeds(plan.access.speeds).time == "congested":
        return
    access = dataclasses.replace(plan.access, speeds=CONGESTED, own_speeds=None)
    other = dataclasses.replace(scene.atlas, plan=dataclasses.replace(plan, access=access))
    ways = ways_of(other)
    if ways is not None:
        title = say("variant_congested", speeds=speeds(CONGESTED).title)
        yield Variant(kind="speeds", title=title, case=on_roads(scene, ways))


def _paced(ways: Ways, factor: NDArray[np.float64]) -> Ways:
    """Return the network with the minutes of each edge times a factor [m]."""
    network = ways.network
    forward, backward = (whole_ticks(minutes * factor) for minutes in (network.forward, network.backward))
    return dataclasses.replace(ways, network=dataclasses.replace(network, forward=forward, backward=backward))


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A road link on the way to hubs: its edges, and the weight of the demand that passes it."""

    edges: NDArray[np.int64]
    weight: float


def by_cut(scene: Scene, chosen: NDArray[np.int64]) -> Iterator[Variant]:
    """Yield the variants in which one of the most used road links on the way to chosen hubs is closed.

    Parameters
    ----------
    scene
        The case and its roads.
    chosen
        The chosen candidates.
    """
    told = legal_roads(scene.atlas)
    total = float(scene.case.reach.weight.sum())
    for link in used_links(scene, chosen):
        network = scene.ways.network
        rows = dict.fromkeys(network.road[link.edges].tolist())
        names = [] if told is None else [str(told.table["name"].iloc[row] or "") for row in rows]
        ids = [] if told is None else [str(told.table["id"].iloc[row]) for row in rows]
        title = say(
            "variant_cut",
            road="・".join(dict.fromkeys(name for name in names if name)) or say("unnamed_road"),
            ids="・".join(ids[:MOST_IDS]) + ("…" if len(ids) > MOST_IDS else ""),
            metres=f"{network.length[link.edges].sum():,.0f}",
            share=f"{100.0 * link.weight / total:.1f}",
        )
        yield Variant(kind="roads", title=title, case=on_roads(scene, _closed(scene.ways, link.edges)))


def _closed(ways: Ways, edges: NDArray[np.int64]) -> Ways:
    """Return the network on which nobody passes some edges; who stands on one stays there."""
    network = ways.network
    shut = np.zeros(len(network.tail), bool) if network.shut is None else network.shut.copy()
    forward, backward = network.forward.copy(), network.backward.copy()
    shut[edges] = True
    forward[edges] = backward[edges] = np.inf
    closed = dataclasses.replace(network, forward=forward, backward=backward, shut=shut)
    return dataclasses.replace(ways, network=closed)


def used_links(scene: Scene, chosen: NDArray[np.int64]) -> list[Link]:
    """Return the most used links on the way to the hubs that serve demand, of each road the most used alone.

    Parameters
    ----------
    scene
        The case and its roads.
    chosen
        The chosen candidates.
    """
    network, served = scene.ways.network, allocated(scene.case, chosen)
    passed = np.zeros(len(network.tail))
    arcs = graph(network, reverse=True)
    node = np.full(len(scene.served.found), -1)
    node[scene.served.found] = scene.served.node
    for hub in chosen:
        mine = served.hub == hub
        if mine.any() and node[hub] >= 0:
            reach = tree(arcs, int(node[hub]))
            points = scene.case.demands.point[served.demand[mine]]
            begin = _first_nodes(scene, reach, points)
            passed += _passed(arcs, reach, begin, served.weight[mine], edges=len(passed))
    chain = chains(network, stops=node[chosen][node[chosen] >= 0])
    most = np.zeros(int(chain.max(initial=-1)) + 1)
    np.maximum.at(most, chain, passed)
    found: list[Link] = []
    told: set[int] = set()
    for one in np.lexsort((np.arange(len(most)), -most)).tolist():
        edges = np.flatnonzero(chain == one)
        if len(found) == CUTS or not most[one] > 0.0:
            break
        # The links before and after along the same road tell the same story.
        rows = set(network.road[edges].tolist())
        if not rows & told:
            found.append(Link(edges=edges, weight=float(most[one])))
            told |= rows
    return found


def _first_nodes(scene: Scene, reach: Tree, points: NDArray[np.object_]) -> NDArray[np.int64]:
    """Return the node by which each point sets out to the root of a tree [i], -1 where there is none."""
    ways, network = scene.ways, scene.ways.network
    on = snap(network, points, limit_m=ways.limit_m, allowed=ways.snappable)
    edge = np.where(on.found, on.edge, 0)
    share = np.clip(np.nan_to_num(on.along) / network.length[edge], 0.0, 1.0)
    # At an end of its edge a point sets out from there; within it, it does not pass the whole edge either way.
    back, forth = network.backward[edge], network.forward[edge]
    to_tail = reach.minutes[network.tail[edge]] + np.where(share > 0.0, back, 0.0) * share
    to_head = reach.minutes[network.head[edge]] + np.where(share < 1.0, forth, 0.0) * (1.0 - share)
    by_tail = (share == 0.0) | ((share < 1.0) & (to_tail <= to_head))
    node = np.where(by_tail, network.tail[edge], network.head[edge])
    known = on.found & np.isfinite(np.where(by_tail, to_tail, to_head))
    return np.where(known, node, -1).astype(np.int64)


def _passed(
    arcs: Graph, reach: Tree, begin: NDArray[np.int64], weight: NDArray[np.float64], *, edges: int
) -> NDArray[np.float64]:
    """Return the weight that passes each edge on the way to the root of a tree [m]."""
    here = begin >= 0
    flow = np.bincount(begin[here], weights=weight[here], minlength=arcs.nodes)
    before = reach.before.tolist()
    on_way: set[int] = set()
    for start in np.unique(begin[here]).tolist():
        node = start
        while node not in on_way and before[node] >= 0:
            on_way.add(node)
            node = before[node]
    nodes = np.array(sorted(on_way), dtype=np.int64)
    passed = np.zeros(edges)
    # Whoever is farther hands on what passes him before the nearer one does.
    for node in nodes[np.lexsort((nodes, -reach.minutes[nodes]))].tolist():
        flow[before[node]] += flow[node]
        passed[edges_along(arcs, np.array([before[node], node]))] += flow[node]
    return passed


def searched(network: Network, case: Case) -> int:
    """Return how many minutes a search from every candidate to every node holds."""
    return len(network.x) * case.reach.candidates
