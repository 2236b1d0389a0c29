"""What stands in the town: hubs, lots, services, bus stops, stations, interchanges."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from .areas import Areas
from .homes import neighbourhood_of
from .plane import CRS, Floats, bend_line, curve, degrees, design, dice, place, unplace
from .streets import Road

ROAD_OFF = 13.0
"""Buildings stand this far from the middle of their street [m]."""

LOT = (24.0, 22.0)
"""Width and depth of a lot [m]."""

LOT_FLOOR = 700.0
"""Larger buildings stand on larger lots [m² of floor]."""

STOP_EVERY = 340.0
BUS_ROADS = (
    "国道999号",
    "県道901号汐見海岸線",
    "主要地方道汐見停車場線",
    "主要地方道汐見川上線",
    "市道駅前海岸線",
    "市道汐見台中央線",
)
UPPERMOST = 4300.0
"""Buses turn at this t [m]."""

PLATFORM = 140.0
OTHER = 4
"""N06_019 of a joint that is no interchange and no junction."""


@lru_cache(maxsize=1)
def contents() -> Mapping[str, Any]:
    """Return what stands in the town, `places.toml`."""
    return tomllib.loads(Path(__file__).with_name("places.toml").read_text("utf-8"))


def spot(at: Sequence[Any]) -> Floats:
    """Return where `[s, edge]` lies in zone VIII [2]."""
    level = curve(at[1], np.asarray([float(at[0])]))[0]
    return np.asarray(place(np.array([[at[0], level]]))[0])


class Streets:
    """The streets that buildings stand at, in zone VIII."""

    def __init__(self, roads: Sequence[Road]) -> None:
        self.lines = [bend_line(road.points) for road in roads if road.level == 0 and not road.ramp]
        self.tree = shapely.STRtree(self.lines)

    def beside(self, at: Floats, *, away: float) -> tuple[Floats, Floats]:
        """Return the place beside the nearest street, on the side of `at`, and the street's direction."""
        here = shapely.Point(at)
        line = self.lines[int(self.tree.nearest(here))]
        along = line.project(here)
        ends = [line.interpolate(np.clip(along + d, 0, line.length)) for d in (-1.0, 1.0)]
        direction = np.array([ends[1].x - ends[0].x, ends[1].y - ends[0].y])
        direction = direction / np.hypot(*direction)
        normal = np.array([-direction[1], direction[0]])
        foot = line.interpolate(along)
        side = 1.0 if np.dot(at - [foot.x, foot.y], normal) >= 0 else -1.0
        return np.array([foot.x, foot.y]) + side * away * normal, direction


def hubs(streets: Streets, areas: Areas) -> pd.DataFrame:
    """Return the list of hubs, with longitude and latitude."""
    rows = contents()["hub"]
    places = np.round(np.array([streets.beside(spot(row["at"]), away=ROAD_OFF)[0] for row in rows]), 2)
    frame = pd.DataFrame(
        {
            "番号": [f"H{number:03d}" for number in range(1, len(rows) + 1)],
            "名称": [row["name"] for row in rows],
            "住所": _addresses(places, areas, theme=21),
        }
    )
    values = {
        "用途": "use", "床面積": "floor_area", "階": "storey", "居住部分の床面積": "dwelling_area",
        "工事の種別": "work", "申請者": "applicant", "計画に記載": "named",
    }  # fmt: skip
    return _located(frame, places).assign(
        **{name: [row.get(key, "") for row in rows] for name, key in values.items()}
    )


def lots(streets: Streets, areas: Areas) -> gpd.GeoDataFrame:
    """Return the lots that are candidates for hubs."""
    rows = contents()["lot"]
    shapes = shapely.set_precision([_lot(row, streets) for row in rows], 0.01)
    names = neighbourhood_of(shapely.get_coordinates(shapely.centroid(shapes)), areas)
    frame = pd.DataFrame(
        {
            "地番": [f"{name}{100 + 7 * number}番" for number, name in enumerate(names, start=1)],
            "用途": [row.get("use", "") for row in rows],
            "床面積": [float(row["floor_area"]) if "floor_area" in row else np.nan for row in rows],
            "階": pd.array([row["storey"] for row in rows], dtype="Int64"),
            "居住部分の床面積": [float(row.get("dwelling_area", np.nan)) for row in rows],
            "工事の種別": [row.get("work", "") for row in rows],
            "建築物": [row.get("building", "") for row in rows],
        }
    )
    return gpd.GeoDataFrame(frame, geometry=shapely.normalize(shapes), crs=CRS)


def road_projects() -> gpd.GeoDataFrame:
    """Return the projects on the roads between interchange and hub."""
    rows = design()["project"]
    values = {
        "事業名": "name",
        "道路種別": "class",
        "道路管理者": "manager",
        "施行者": "builder",
        "事業種別": "kind",
    }
    frame = pd.DataFrame({title: [row[key] for row in rows] for title, key in values.items()})
    named = [{True: "有", False: "無", None: ""}[row.get("named")] for row in rows]
    lines = [shapely.LineString([spot(at) for at in row["points"]]) for row in rows]
    return gpd.GeoDataFrame(frame.assign(計画に記載=named), geometry=lines, crs=CRS)


def _lot(row: Mapping[str, Any], streets: Streets) -> shapely.Polygon:
    scale = max(1.0, float(np.sqrt(row.get("floor_area", 0) / LOT_FLOOR)))
    width, depth = row.get("size", (LOT[0] * scale, LOT[1] * scale))
    centre = spot(row["at"])
    if "size" in row:
        ahead = place(
            np.array([[row["at"][0] + 1.0, curve(row["at"][1], np.asarray([row["at"][0] + 1.0]))[0]]])
        )[0]
        direction = (ahead - centre) / np.hypot(*(ahead - centre))
    else:
        centre, direction = streets.beside(centre, away=4.5 + depth / 2)
    normal = np.array([-direction[1], direction[0]])
    corners = [(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)]
    return shapely.Polygon([centre + a * width * direction + b * depth * normal for a, b in corners])


def services(kind: str, streets: Streets, areas: Areas) -> pd.DataFrame:
    """Return the list of one kind of service, with longitude and latitude."""
    rows = contents()["services"][kind]
    places = np.round(np.array([streets.beside(spot(row[2:]), away=ROAD_OFF + 5)[0] for row in rows]), 2)
    frame = pd.DataFrame(
        {
            "NO": [f"{kind[:2].upper()}{number:03d}" for number in range(1, len(rows) + 1)],
            "名称": [row[0] for row in rows],
            "種別": [row[1] for row in rows],
            "住所": _addresses(places, areas, theme=30 + len(kind)),
        }
    )
    return _located(frame, places)


def bus_stops(roads: Sequence[Road], areas: Areas) -> pd.DataFrame:
    """Return bus stops every 340 m along the roads that have a bus."""
    places, routes = [], []
    for road in roads:
        if road.name in BUS_ROADS:
            line = bend_line(road.points)
            at = np.arange(STOP_EVERY / 2, line.length, STOP_EVERY)
            points = shapely.get_coordinates(shapely.line_interpolate_point(line, at))
            below = points[unplace(points)[:, 1] < UPPERMOST]
            places.append(below)
            routes += [
                f"架空バス {road.name[-5:]}" if "号" not in road.name else f"架空バス {road.name}"
            ] * len(below)
    here = np.round(np.vstack(places) + np.array([3.0, 3.0]), 2)
    names = pd.Series(neighbourhood_of(here, areas))
    order = names.groupby(names).cumcount() + 1
    frame = pd.DataFrame(
        {
            "NO": [f"B{number:03d}" for number in range(1, len(here) + 1)],
            "バス停名": [f"{name}{number}丁目" for name, number in zip(names, order, strict=True)],
            "路線名": routes,
        }
    )
    return _located(frame, here)


def stations() -> gpd.GeoDataFrame:
    """Return the stations as platform lines, in the columns of 国土数値情報 N02."""
    rows = contents()["station"]
    s = [np.linspace(row["s"] - PLATFORM / 2, row["s"] + PLATFORM / 2, 5) for row in rows]
    lines = [bend_line(np.column_stack([at, curve("rail", at)])) for at in s]
    frame = pd.DataFrame(
        {
            "N02_001": "12",
            "N02_002": "5",
            "N02_003": "架空海岸線",
            "N02_004": "架空鉄道",
            "N02_005": [row["name"] for row in rows],
        }
    )
    return gpd.GeoDataFrame(frame, geometry=lines, crs=CRS)


def interchanges() -> gpd.GeoDataFrame:
    """Return the joints of the expressway, in the columns of 国土数値情報 N06."""
    joints = design()["joint"]
    frame = pd.DataFrame(
        {
            "N06_012": [2008 if joint["kind"] != OTHER else 2005 for joint in joints],
            "N06_013": [2008 if joint["kind"] != OTHER else 2005 for joint in joints],
            "N06_014": [joint.get("closed", 9999) for joint in joints],
            "N06_015": [f"架空_{number:03d}" for number in range(1, len(joints) + 1)],
            "N06_016": None,
            "N06_017": None,
            "N06_018": [joint["name"] for joint in joints],
            "N06_019": [str(joint["kind"]) for joint in joints],
        }
    )
    places = np.array([spot([joint["s"], joint["point"]]) for joint in joints])
    return gpd.GeoDataFrame(frame, geometry=shapely.points(places), crs=CRS)


def _addresses(places: Floats, areas: Areas, *, theme: int) -> list[str]:
    numbers = dice(theme=theme).integers(1, 900, len(places))
    names = neighbourhood_of(places, areas)
    return [f"{design()['address']}{name}{number}番地" for name, number in zip(names, numbers, strict=True)]


def _located(frame: pd.DataFrame, places: Floats) -> pd.DataFrame:
    lonlat = degrees(places)
    return frame.assign(緯度=[f"{y:.7f}" for y in lonlat[:, 1]], 経度=[f"{x:.7f}" for x in lonlat[:, 0]])
