"""The roads of the town, drawn raw: they cross without shared points and touch within half a metre."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from .plane import CRS, SEA, STEP, Floats, bend_line, curve, design, dice, lattice

RIVER_GAP = 48.0
"""Small streets end this far from the river's middle [m]; roads with a number have bridges."""

TOUCH = 0.45
"""Roads nearer than this meet [m]."""

LOOSE = 150.0
"""A road that ends this near to another is drawn to it [m]."""

SCRAP = 25.0
"""Shorter pieces of streets are left out [m]."""

KNOWN = 0.8
"""Share of streets whose width is known."""

TWIN = 30.0
"""A street nearer than this to a main road all its way is left out [m]."""

JITTER = 0.12
"""How far a street may end from the street it meets [m], as on maps drawn by hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Road:
    """A road on the drawing plane; `homes` and `age` say who lives along it."""

    name: str
    kind: str
    manager: str
    points: Floats
    width: float | None = None
    speed: float | None = None
    oneway: int = 0
    level: int = 0
    ramp: bool = False
    homes: float = 0.0
    age: float = 0.36
    quarter: str = ""


def build_roads() -> list[Road]:
    """Return all roads on the drawing plane, in a fixed order."""
    plan = design()
    main = _joined([_main_road(row, number) for number, row in enumerate(plan["road"])])
    roads = [piece for road in main for piece in _at_joints(road)]
    roads += [ramp for joint in plan["joint"] if joint["half"] for ramp in _ramps(joint)]
    roads.append(_crossing(plan["crossing"]))
    near = shapely.union_all([shapely.LineString(road.points) for road in main]).buffer(TWIN)
    for number, quarter in enumerate(plan["quarter"]):
        roads += [street for street in _quarter(quarter, number) if not _twin(street, near)]
    return _connected(roads)


def _twin(street: Road, near: shapely.Geometry) -> bool:
    """Say whether a street would run beside a main road all its way."""
    line = shapely.LineString(street.points)
    return bool(shapely.intersection(line, near).length > 0.6 * line.length)


def _connected(roads: Sequence[Road]) -> list[Road]:
    """Return the roads without streets that touch no other; the islet keeps its own, out of reach."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    lines = np.array([bend_line(road.points) for road in roads])
    ground = np.array([road.level == 0 for road in roads])
    near, far = shapely.STRtree(lines).query(lines, predicate="dwithin", distance=TOUCH)
    meets = ground[near] & ground[far]
    links = coo_array((np.ones(meets.sum()), (near[meets], far[meets])), shape=(len(roads), len(roads)))
    _, group = connected_components(links, directed=False)
    main, islet = np.bincount(group).argmax(), np.array([road.points[0, 1] < SEA for road in roads])
    largest = np.bincount(group[islet]).argmax()
    kept = ~ground | np.isin(group, [main, largest])
    return [road for road, keep in zip(roads, kept, strict=True) if keep]


def road_table(roads: Sequence[Road]) -> gpd.GeoDataFrame:
    """Return the roads as the municipality's road map holds them, in zone VIII."""
    rows = [
        {
            "路線名": road.name,
            "道路種別": road.kind,
            "幅員": road.width,
            "規制速度": road.speed,
            "一方通行": road.oneway,
            "管理者": road.manager,
            "階層": road.level,
            "ランプ": road.ramp,
        }
        for road in roads
    ]
    frame = pd.DataFrame(rows)
    return gpd.GeoDataFrame(frame, geometry=[bend_line(road.points) for road in roads], crs=CRS)


# ---- roads with a name -----------------------------------------------------------------------------------


def _main_road(row: Mapping[str, Any], number: int) -> Road:
    extent = design()["extent"]
    if "along" in row:
        s = lattice(*row.get("span", (extent["left"], extent["right"])))
        points = np.column_stack([s, curve(row["along"], s)])
    elif "inland" in row:
        s, lower, upper = row["inland"]
        t = lattice(_level(lower, s), _level(upper, s))
        points = np.column_stack([np.full_like(t, s), t])
    else:
        points = _winding(row["points"], number)
    return Road(
        name=row["name"],
        kind=row["class"],
        manager=row["manager"],
        points=points,
        width=row.get("width"),
        speed=row.get("speed"),
        level=row.get("level", 0),
        homes=row.get("homes", 0.0),
    )


def _level(edge: str, s: float) -> float:
    return float(curve(edge, np.asarray([s]))[0])


def _winding(stops: Sequence[tuple[float, str]], number: int) -> Floats:
    """Return a line through stops that winds as roads in the hills do: bends of about 150 m, then rounded."""
    chance = dice(theme=100 + number)
    ends = np.array([(s, _level(edge, s)) for s, edge in stops])
    line = shapely.LineString(ends)
    count = max(int(line.length // 150), 2)
    points = shapely.get_coordinates(
        shapely.line_interpolate_point(line, np.linspace(0, line.length, count + 1))
    )
    steep = np.clip((points[:, 1] - 2500) / 800, 0.15, 1.0)[:, None]
    points[1:-1] += (chance.random((len(points) - 2, 2)) - 0.5) * 130 * steep[1:-1]
    for _ in range(3):
        cut = np.empty((2 * len(points) - 2, 2))
        cut[0::2] = 0.75 * points[:-1] + 0.25 * points[1:]
        cut[1::2] = 0.25 * points[:-1] + 0.75 * points[1:]
        points = np.vstack([points[:1], cut, points[-1:]])
    return points


def _joined(roads: Sequence[Road]) -> list[Road]:
    """Return the roads with every loose end of a winding one drawn to the road it nearly meets."""
    lines = [shapely.LineString(road.points) for road in roads]
    winding = ["points" in row for row in design()["road"]]
    done = []
    for index, road in enumerate(roads):
        others = shapely.MultiLineString(
            [line for other, line in enumerate(lines) if other != index and roads[other].level == 0]
        )
        points = road.points.copy()
        for end in (0, -1) if winding[index] else ():
            near = shapely.shortest_line(shapely.Point(points[end]), others)
            if near.length < LOOSE:
                points[end] = shapely.get_coordinates(near)[1]
        done.append(replace(road, points=points))
    return done


# ---- the expressway --------------------------------------------------------------------------------------


def _at_joints(road: Road) -> list[Road]:
    """Return the expressway cut where its ramps leave it, for roads of another level join at ends only."""
    if road.kind != "高速自動車国道":
        return [road]
    noses = [
        joint["s"] + side * joint["half"] for joint in design()["joint"] if joint["half"] for side in (-1, 1)
    ]
    cuts = [road.points[0, 0], *sorted(noses), road.points[-1, 0]]
    pieces = []
    for left, right in pairwise(cuts):
        s = lattice(left, right)
        pieces.append(replace(road, points=np.column_stack([s, curve("express", s)])))
    return pieces


def _ramps(joint: Mapping[str, Any]) -> Iterator[Road]:
    """Yield the four one-way ramps between the main line and the gate."""
    gate = np.array([joint["s"], _level(joint["gate"], joint["s"])])
    for side in (-1, 1):
        s = joint["s"] + side * joint["half"]
        nose = np.array([s, _level("express", s)])
        for bow, inward in ((0.16, side < 0), (0.34, side > 0)):
            points = _bow(nose, gate, bow=bow)
            yield Road(
                name=f"{joint['name']}ランプ",
                kind="高速自動車国道",
                manager="高速道路会社（架空）",
                points=points if inward else points[::-1],
                width=5.5,
                speed=40,
                oneway=1,
                level=1,
                ramp=True,
            )


def _bow(nose: Floats, gate: Floats, *, bow: float) -> Floats:
    """Return a bent way from nose to gate that leaves the main line gently and stays on the gate's side."""
    knee = np.array([gate[0] + (nose[0] - gate[0]) * bow, nose[1] + (gate[1] - nose[1]) * (0.25 + bow / 3)])
    u = np.linspace(0, 1, 9)[:, None]
    return np.asarray((1 - u) ** 2 * nose + 2 * u * (1 - u) * knee + u**2 * gate)


def _crossing(row: Mapping[str, Any]) -> Road:
    return Road(
        name=row["name"],
        kind="高速自動車国道",
        manager="高速道路会社（架空）",
        points=_winding(row["points"], 99) if row.get("wind") else _smooth(row["points"]),
        width=10.5,
        speed=80,
        level=1,
    )


def _smooth(stops: Sequence[tuple[float, str]]) -> Floats:
    from scipy.interpolate import PchipInterpolator

    ends = np.array([(s, _level(edge, s)) for s, edge in stops])
    t = np.append(np.arange(ends[0, 1], ends[-1, 1] - STEP, 2 * STEP), ends[-1, 1])
    return np.column_stack([PchipInterpolator(ends[:, 1], ends[:, 0])(t), t])


# ---- quarters --------------------------------------------------------------------------------------------


def _quarter(row: Mapping[str, Any], number: int) -> list[Road]:
    """Return the streets of one quarter: a grid that lost some blocks, bent where `curl` says so."""
    chance = dice(theme=200 + number)
    left, right, lower, upper = row["band"]
    across = _cuts(left, right, row["ds"], chance)
    height = float(np.mean(curve(upper, across) - curve(lower, across)))
    along = _cuts(0.0, 1.0, row["dt"] / height, chance)
    lines = [
        *_runs(across, along[1:-1], row, chance, turned=False),
        *_runs(along, across[1:-1], row, chance, turned=True),
    ]
    streets = [part for line in lines for part in _dry(_drawn(line, row, chance))]
    return [_street(row, index, points, chance) for index, points in enumerate(streets, start=1)]


def _cuts(low: float, high: float, step: float, chance: np.random.Generator) -> Floats:
    count = max(round((high - low) / step), 1)
    cuts = np.linspace(low, high, count + 1)
    cuts[1:-1] += (chance.random(count - 1) - 0.5) * 0.35 * (high - low) / count
    return cuts


def _runs(
    stops: Floats, lines: Floats, row: Mapping[str, Any], chance: np.random.Generator, *, turned: bool
) -> Iterator[Floats]:
    """Yield runs of kept blocks as (s, share of the height) pairs."""
    for line in lines:
        kept = chance.random(len(stops) - 1) >= row["drop"]
        edges = np.flatnonzero(np.diff(np.concatenate([[0], kept.astype(int), [0]])))
        for start, end in edges.reshape(-1, 2):
            way = stops[[start, end]]
            fixed = np.full(2, line)
            yield np.column_stack([fixed, way]) if turned else np.column_stack([way, fixed])


def _drawn(run: Floats, row: Mapping[str, Any], chance: np.random.Generator) -> Floats:
    """Return a run on the drawing plane, with vertices, its curl, and ends that miss by a hand's breadth."""
    left, right, lower, upper = row["band"]
    length = float(np.hypot(*((run[1] - run[0]) * [1.0, 600.0])))  # a quarter is about 600 m deep
    u = np.linspace(0, 1, max(int(length // (8 if row.get("curl") else 25)), 1) + 1)[:, None]
    points = run[0] + u * (run[1] - run[0])
    s, share = points[:, 0], points[:, 1]
    place = (s - left) / (right - left)
    curl = row.get("curl", 0) * np.sin(np.pi * place) * np.sin(np.pi * share)
    s2 = s + curl * np.sin(5.2 * share + 9 * place)
    low = curve(lower, s2)
    t = low + share * (curve(upper, s2) - low) + curl * np.sin(11 * place + 4 * share)
    drawn = np.column_stack([s2, t])
    drawn[[0, -1]] += (chance.random((2, 2)) - 0.5) * 2 * JITTER
    return drawn


def _dry(points: Floats) -> list[Floats]:
    """Return the parts of a street that keep off the river, without scraps."""
    t = lattice(-400, 6400)
    river = shapely.LineString(np.column_stack([curve("river", t), t])).buffer(RIVER_GAP)
    parts = shapely.get_parts(shapely.difference(shapely.LineString(points), river))
    return [shapely.get_coordinates(part) for part in parts if part.length > SCRAP]


def _street(row: Mapping[str, Any], index: int, points: Floats, chance: np.random.Generator) -> Road:
    farm = row.get("farm", False) and index % 3 != 0
    width = 3.0 if farm else float(np.round((4.0 + 2.5 * chance.random()) * 2) / 2)
    known, oneway = chance.random() < KNOWN, row.get("oneway", False) and index % 5 == 0
    return Road(
        name=f"{row['name']}第{index}号" if farm else f"市道{row['name']}{index}号線",
        kind="その他" if farm else "市道",
        manager="土地改良区（架空）" if farm else "汐見市",
        points=points,
        width=width if known else None,
        speed=30.0 if oneway else None,
        oneway=(1 if index % 2 else -1) if oneway else 0,
        homes=row["homes"],
        age=row["age"],
        quarter=row["name"],
    )
