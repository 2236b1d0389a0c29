"""The areas of the town: one mosaic for all that must fit exactly, and the areas of the plans."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from .plane import CRS, band, bend_shape, design

GRID = 0.01
"""Borders meet on this grid [m]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Areas:
    """The areas as a municipality keeps them, in zone VIII; `land` is the whole municipality."""

    land: shapely.Geometry
    municipality: gpd.GeoDataFrame
    neighbourhood: gpd.GeoDataFrame
    zone: gpd.GeoDataFrame
    area_division: gpd.GeoDataFrame
    city_planning_area: gpd.GeoDataFrame
    district_plan: gpd.GeoDataFrame
    vacant_house_utilization_area: gpd.GeoDataFrame
    priority_district: gpd.GeoDataFrame
    promotion_area: gpd.GeoDataFrame


def islet() -> shapely.Polygon:
    """Return the islet on the drawing plane."""
    s, t, wide, deep = design()["extent"]["islet"]
    angle = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    wave = 1 + 0.08 * np.sin(3 * angle + 0.5) + 0.05 * np.sin(5 * angle)
    return shapely.Polygon(
        np.column_stack([s + wide * wave * np.cos(angle), t + deep * wave * np.sin(angle)])
    )


def mainland(top: str) -> shapely.Polygon:
    """Return the land between the coast and an edge, on the drawing plane."""
    extent = design()["extent"]
    return band(extent["left"], extent["right"], "coast", top)


def build_areas() -> Areas:
    """Return all areas of the town."""
    parts = _parts()
    faces = _faces([shape for shapes in parts.values() for _, shape in shapes])
    centres = shapely.point_on_surface(faces)
    on_land = np.array([_first(parts["land"], centre) != "" for centre in centres])
    faces, centres = faces[on_land], centres[on_land]
    bent = np.array([bend_shape(face) for face in faces])

    def tiles(theme: str, *, rest: str = "") -> gpd.GeoDataFrame:
        return _union([_first(parts[theme], centre) or rest for centre in centres], bent)

    urban = np.array([_first(parts["urban"], centre) != "" for centre in centres])
    zone_names = [
        _first(parts["zone"], centre) if inside else "" for centre, inside in zip(centres, urban, strict=True)
    ]
    planning = tiles("planning")
    division = [
        ("市街化区域" if inside else "市街化調整区域") if _first(parts["planning"], centre) else ""
        for centre, inside in zip(centres, urban, strict=True)
    ]
    land = shapely.coverage_union_all(bent)
    return Areas(
        land=land,
        municipality=_municipality(land),
        neighbourhood=tiles("neighbourhood", rest="汐見小島").rename(columns={"名称": "地区名"}),
        zone=_zones(_union(zone_names, bent)),
        area_division=_union(division, bent).rename(columns={"名称": "区域区分"}),
        city_planning_area=planning.assign(種別="線引き都市計画区域"),
        district_plan=_plans("district_plan", land),
        vacant_house_utilization_area=_plans("utilization", land),
        priority_district=_plans("priority", land),
        promotion_area=_plans("promotion", land),
    )


def _parts() -> dict[str, list[tuple[str, shapely.Polygon]]]:
    plan = design()
    neighbourhoods = [
        (name, band(left, right, *row["edges"]))
        for row in plan["neighbourhood"]
        for left, right, name in zip(row["cuts"][:-1], row["cuts"][1:], row["names"], strict=True)
    ]
    return {
        "land": [("本土", mainland("ridge")), ("島", islet())],
        "planning": [("汐見都市計画区域（架空）", mainland("planning"))],
        "urban": [("市街化区域", band(*row["band"])) for row in plan["urban"]],
        "zone": [(row["name"], band(*row["band"])) for row in plan["zone"]],
        "neighbourhood": neighbourhoods,
    }


def _faces(shapes: Sequence[shapely.Polygon]) -> Any:
    """Return the faces of all borders laid over each other."""
    lines = shapely.union_all(shapely.boundary(np.array(shapes)), grid_size=GRID)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(lines)))
    return faces[shapely.area(faces) > 1.0]


def _first(shapes: Sequence[tuple[str, shapely.Polygon]], point: shapely.Point) -> str:
    return next((name for name, shape in shapes if shape.contains(point)), "")


def _union(names: Sequence[str], faces: Any) -> gpd.GeoDataFrame:
    """Return one row per connected area of one name; unnamed faces are left out."""
    rows = []
    for name in sorted(set(names) - {""}):
        merged = shapely.coverage_union_all(faces[np.array([other == name for other in names])])
        rows += [(name, part) for part in shapely.get_parts(merged)]
    return ordered(pd.DataFrame(rows, columns=["名称", "geometry"]))


def ordered(frame: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return shapes with rings that begin at a fixed point, sorted by their first column and their place."""
    shapes = gpd.GeoDataFrame(frame, geometry=shapely.normalize(np.asarray(frame["geometry"])), crs=CRS)
    bounds = shapes.bounds
    first = shapes.columns[0]
    order = (
        shapes.assign(_x=bounds["minx"], _y=bounds["miny"])
        .sort_values([first, "_x", "_y"], kind="stable")
        .index
    )
    return shapes.loc[order].reset_index(drop=True)


def _municipality(land: shapely.Geometry) -> gpd.GeoDataFrame:
    row = {"市区町村コード": design()["code"], "市区町村名": f"{design()['city']}（架空）", "geometry": land}
    return ordered(pd.DataFrame([row]))


def _zones(tiles: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    ratios = design()["ratios"]
    values = pd.DataFrame(
        {
            "用途地域": tiles["名称"],
            "容積率": [ratios[name][0] for name in tiles["名称"]],
            "建蔽率": [ratios[name][1] for name in tiles["名称"]],
            "年度": 2024,
        }
    )
    return gpd.GeoDataFrame(values, geometry=tiles.geometry, crs=CRS)


def _plans(theme: str, land: shapely.Geometry) -> gpd.GeoDataFrame:
    """Return the areas of a plan, drawn by themselves as a consultant does."""
    named: dict[str, Callable[[Any], Any]] = {
        "版": lambda row: row.get("version"),
        "公表日": lambda row: row.get("published_on"),
        "用途特例適用要件": lambda row: row.get("use_exception"),
        "特定行政庁同意日": lambda row: row.get("consented_on") or row.get("use_consented_on"),
        "敷地特例適用要件": lambda row: row.get("road_exception"),
        "敷地特例の協議日": lambda row: row.get("road_agreed_on"),
        "施設の用途": lambda row: row.get("uses"),
    }
    rows = []
    for row in design()[theme]:
        shape = shapely.union_all([band(*edges) for edges in row["bands"]], grid_size=GRID)
        inside = shapely.set_precision(shapely.intersection(bend_shape(shape), land), GRID)
        rows.append({"名称": row["name"], **{k: read(row) for k, read in named.items()}, "geometry": inside})
    frame = pd.DataFrame(rows)
    columns = [column for column in frame.columns if column == "geometry" or frame[column].notna().any()]
    return ordered(frame[columns])
