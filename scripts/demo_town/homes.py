"""The people of the town: houses along the streets, the mesh of the census, the list of vacant houses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from .areas import Areas
from .plane import Floats, bend_line, curve, degrees, design, dice, lattice
from .streets import Road

PLOT = 14.0
"""A house stands every so many metres on each side of a street, if the dice say so."""

RIVER_CLEAR = 42.0
RAIL_CLEAR = 18.0
"""Houses keep this far from the middle of the river and of the railway [m]."""

HEISEI = 1989
"""The year in which 昭和 became 平成."""

HANDS = (0.45, 0.9)
"""Shares of years written 1978, and 1978 or 昭和53年; the rest are written S53."""

MESH_LEVEL = 5
"""Level of jismesh for cells of 250 m."""

TWICE = 12
"""So many houses of the ledger are listed by the bank as well."""

SUPPRESSED = 4
"""Cells of fewer people are suppressed, as the census does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Homes:
    """Houses in zone VIII [n×2, m], the share of people of 65 and over [n], the neighbourhood [n]."""

    places: Floats
    age: Floats
    neighbourhood: NDArray[np.object_]


def build_homes(roads: Sequence[Road], areas: Areas) -> Homes:
    """Return the houses of the town, occupied or not."""
    rows = [_along(road, number) for number, road in enumerate(roads) if road.homes > 0]
    places, age = np.vstack([row[0] for row in rows]), np.concatenate([row[1] for row in rows])
    _, first = np.unique(np.round(places / 9.0), axis=0, return_index=True)
    places, age = places[np.sort(first)], age[np.sort(first)]
    keep = _buildable(places, roads, areas)
    places, age = np.round(places[keep], 2), age[keep]
    return Homes(places=places, age=age, neighbourhood=neighbourhood_of(places, areas))


def neighbourhood_of(places: Floats, areas: Areas) -> NDArray[np.object_]:
    """Return the name of the neighbourhood of each place [n], empty outside the town."""
    shapes = areas.neighbourhood
    point, shape = shapely.STRtree(shapes.geometry.to_numpy()).query(
        shapely.points(places), predicate="within"
    )
    names = np.full(len(places), "", dtype=object)
    names[point] = shapes["地区名"].to_numpy(dtype=object)[shape]
    return names


def _along(road: Road, number: int) -> tuple[Floats, Floats]:
    chance = dice(theme=1000 + number)
    line = bend_line(road.points)
    at = np.arange(PLOT / 2, line.length, PLOT)
    here, ahead = (shapely.get_coordinates(shapely.line_interpolate_point(line, at + d)) for d in (-0.5, 0.5))
    normal = np.column_stack([here[:, 1] - ahead[:, 1], ahead[:, 0] - here[:, 0]])
    normal /= np.maximum(np.hypot(*normal.T), 1e-9)[:, None]
    sides = []
    for side in (-1.0, 1.0):
        away = (road.width or 4.0) / 2 + 7 + 4 * chance.random(len(at))
        wanted = chance.random(len(at)) < road.homes
        sides.append((here + normal * (side * away)[:, None])[wanted])
    places = np.vstack(sides)
    return places, np.clip(road.age + 0.1 * (chance.random(len(places)) - 0.5), 0, 1)


def _buildable(places: Floats, roads: Sequence[Road], areas: Areas) -> NDArray[np.bool_]:
    """Say which places are dry land, off roads, railway and river, where dwellings are allowed [n]."""
    points = np.asarray(shapely.points(places))
    t, s = lattice(-400, 6400), lattice(0, 7600)
    river, rail = (
        bend_line(np.column_stack(pair)) for pair in ((curve("river", t), t), (s, curve("rail", s)))
    )
    factories = areas.zone.loc[areas.zone["用途地域"] == "工業専用地域"].geometry.union_all()
    shore = shapely.buffer(areas.land, -12)
    streets = shapely.STRtree([bend_line(road.points).buffer((road.width or 4.0) / 2 + 3) for road in roads])
    on_road = np.zeros(len(places), dtype=np.bool_)
    on_road[streets.query(points, predicate="within")[0]] = True
    off = np.asarray(shapely.distance(points, river)) > RIVER_CLEAR
    off &= np.asarray(shapely.distance(points, rail)) > RAIL_CLEAR
    for area in (factories, shore):
        shapely.prepare(area)
    allowed = np.asarray(shapely.contains(shore, points)) & ~np.asarray(shapely.contains(factories, points))
    return np.asarray(off & ~on_road & allowed)


def population(homes: Homes) -> pd.DataFrame:
    """Return the census mesh as text: cell code, people, people of 65 and over; `*` is suppressed."""
    from jismesh.utils import to_meshcode

    lonlat = degrees(homes.places)
    codes = np.asarray(to_meshcode(lonlat[:, 1], lonlat[:, 0], MESH_LEVEL)).astype("int64").astype(str)
    cells = pd.DataFrame({"code": codes, "houses": 1.0, "old": homes.age}).groupby("code", sort=True).sum()
    people = _shared_out(cells["houses"].to_numpy(), design()["people"])
    old = np.floor(people * (cells["old"] / cells["houses"]).to_numpy() + 0.5).astype(int)
    hidden = people < SUPPRESSED
    return pd.DataFrame(
        {
            "KEY_CODE": cells.index.to_numpy(),
            "人口": np.where(hidden, "*", people.astype(str)),
            "65歳以上人口": np.where(hidden, "*", old.astype(str)),
        }
    )


def _shared_out(weights: Floats, total: int) -> NDArray[np.int64]:
    """Return whole numbers in proportion to weights that sum to the total (largest remainder)."""
    exact = weights * total / weights.sum()
    whole = np.floor(exact).astype(np.int64)
    rest = np.argsort(-(exact - whole), kind="stable")[: total - int(whole.sum())]
    whole[rest] += 1
    return np.asarray(whole)


def vacant_houses(homes: Homes) -> pd.DataFrame:
    """Return the list of vacant houses as it comes: 1,500 good rows, and six that teach something."""
    chance = dice(theme=7)
    rare = -np.log(chance.random(len(homes.places))) / np.exp(5 * homes.age)
    chosen = np.sort(np.argsort(rare, kind="stable")[: design()["houses"]])
    count = len(chosen)
    lonlat = degrees(homes.places[chosen], digits=6)
    source = np.array(["調査", "台帳", "空き家バンク"])[np.searchsorted([0.6, 0.9], chance.random(count))]
    frame = pd.DataFrame(
        {
            "管理番号": [f"V{number:04d}" for number in range(1, count + 1)],
            "所在地": _addresses(homes.neighbourhood[chosen], chance),
            "緯度": [f"{value:.6f}" for value in lonlat[:, 1]],
            "経度": [f"{value:.6f}" for value in lonlat[:, 0]],
            "出典": source,
            "公開同意": _consent(source, chance),
            "前面道路幅員": np.array(["", "1.5", "2.7", "4.0", "6.0"])[dice(theme=8).integers(0, 5, count)],
            "敷地面積": [str(int(80 + 420 * value**2)) for value in chance.random(count)],
            "建築年": _built(chance, count),
            "所有者": "(非公開)",
            "電話番号": "000-0000-0000",
            "備考": np.array(["", "良好", "要修繕", "雨漏り", "庭木の繁茂"])[chance.integers(0, 5, count)],
        }
    )
    return _with_mistakes(_listed_twice(frame))


def _listed_twice(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the list with houses of the ledger that the bank lists, too: one house in two rows."""
    ledger, bank = (np.flatnonzero(frame["出典"] == source) for source in ("台帳", "空き家バンク"))
    again = {
        name: frame[name].to_numpy(object).copy() for name in ("所在地", "緯度", "経度", "敷地面積", "建築年")
    }
    for values in again.values():
        values[bank[:TWICE]] = values[ledger[:TWICE]]
    return frame.assign(**again)


def _addresses(names: NDArray[np.object_], chance: np.random.Generator) -> list[str]:
    numbers = chance.integers(1, 900, len(names))
    return [f"{design()['address']}{name}{number}番地" for name, number in zip(names, numbers, strict=True)]


def _consent(source: NDArray[np.str_], chance: np.random.Generator) -> list[str]:
    """Return the answers of owners: those of the bank agreed; most of the survey were never asked."""
    value = chance.random(len(source))
    ledger = np.array(["有", "無", ""])[np.searchsorted([0.25, 0.8], value)]
    survey = np.array(["有", "無", ""])[np.searchsorted([0.05, 0.15], value)]
    return list(np.where(source == "空き家バンク", "有", np.where(source == "台帳", ledger, survey)))


def _built(chance: np.random.Generator, count: int) -> list[str]:
    """Return years as three clerks wrote them: 1978, 昭和53年, S53."""
    years, hands = 1950 + np.floor(58 * chance.random(count) ** 0.8).astype(int), chance.random(count)
    return [_written(int(year), float(hand)) for year, hand in zip(years, hands, strict=True)]


def _written(year: int, hand: float) -> str:
    name, letter, start = ("平成", "H", HEISEI - 1) if year >= HEISEI else ("昭和", "S", 1925)
    if hand < HANDS[0]:
        return str(year)
    return f"{name}{year - start}年" if hand < HANDS[1] else f"{letter}{year - start}"


def _with_mistakes(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the list with six rows of the kinds that every such list has."""
    base = frame.iloc[[12, 340, 771, 1011, 1290]].copy()
    base["管理番号"] = ["V9001", "V9002", "V9003", "V9004", "V1291"]
    base.iloc[0, [2, 3]] = ["", ""]
    base.iloc[1, [2, 3]] = frame.iloc[340, [3, 2]].to_numpy()
    base.iloc[2, [2, 3]] = ["不明", "不明"]
    base.iloc[3, 3] = f"{float(str(frame['経度'].iloc[1011])) / 10:.6f}"
    base["備考"] = ["座標なし", "緯度と経度が逆", "所在不明", "経度の打ち間違い", frame.iloc[1290]["備考"]]
    total = pd.DataFrame([dict.fromkeys(frame.columns, "")]).assign(管理番号="計", 備考=f"{len(frame)}件")
    cuts = [400, 800, 1200, 1400, len(frame)]
    starts = [0, *cuts[:-1]]
    pieces = [
        part
        for n, (a, b) in enumerate(zip(starts, cuts, strict=True))
        for part in (frame.iloc[a:b], base.iloc[[n]])
    ]
    return pd.concat([*pieces, total], ignore_index=True)
