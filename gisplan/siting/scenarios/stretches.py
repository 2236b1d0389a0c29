"""The stretches of roads that lie along lines or inside areas, and new roads as rows of the road table."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gisplan.core.scenario import RoadChange

if TYPE_CHECKING:
    from numpy.typing import NDArray

ALONG_M = 10.0
"""A road this near to a line lies along it: two surveys of one road differ by some metres."""

LEAST_ALONG_M = 40.0
"""A stretch near a line that is shorter belongs to a road that only crosses it."""

SCENARIO = "scenario["
"""What the place of every change in plan.toml begins with, and so the mark of the stretches it cuts."""

LEAST_INSIDE_M = 1.0
"""A road that merely touches an area is not inside it."""


def along(lines: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return the areas within which a road lies along one of some lines."""
    found: NDArray[np.object_] = shapely.buffer(lines, ALONG_M, cap_style="flat")
    return found


def split(
    table: gpd.GeoDataFrame, areas: NDArray[np.object_], *, key: str, along: bool = False
) -> tuple[gpd.GeoDataFrame, NDArray[np.bool_]]:
    """Return the roads cut at the edge of some areas, and which rows lie inside [n].

    Parameters
    ----------
    table
        Road table.
    areas
        Polygons, all of them together.
    key
        What the stretches inside are called by, behind the id of their road.
    along
        The areas are strips along lines, and roads that cross them stay whole.
    """
    whole = shapely.union_all(areas)
    shapely.prepare(whole)
    lines = shapely.force_2d(table.geometry.to_numpy())
    near = np.flatnonzero(shapely.intersects(whole, lines))
    least = LEAST_ALONG_M if along else LEAST_INSIDE_M
    mask = np.zeros(len(table), bool)
    kept, cut = lines.copy(), []
    for row in near:
        inside, outside = _two(lines[row], whole, least)
        if inside is None:
            continue
        if outside is None:
            mask[row] = True
            continue
        kept[row] = outside
        cut.append((row, inside))
    if not cut:
        return table, mask
    rows = [row for row, _ in cut]
    new = table.iloc[rows].set_geometry([part for _, part in cut], crs=table.crs)
    new = new.assign(id=[f"{one} [{key}]" for one in new["id"]])
    made = pd.concat([table.set_geometry(list(kept), crs=table.crs), new], ignore_index=True)
    return gpd.GeoDataFrame(made, crs=table.crs), np.concatenate([mask, np.ones(len(rows), bool)])


def _two(line: Any, area: Any, least: float) -> tuple[Any | None, Any | None]:
    """Return the parts of a line inside and outside an area; those inside that are too short count as outside.

    A line of which nearly nothing is outside lies inside as a whole.
    """
    parts = shapely.get_parts(shapely.intersection(line, area))
    parts = parts[(shapely.get_dimensions(parts) == 1)]
    merged = (
        shapely.get_parts(shapely.line_merge(shapely.MultiLineString(list(parts)))) if len(parts) else parts
    )
    length = float(shapely.length(line))
    long = merged[shapely.length(merged) >= min(least, 0.9 * length)] if len(merged) else merged
    if not len(long):
        return None, line
    if float(shapely.length(long).sum()) >= length - LEAST_INSIDE_M:
        return line, None
    inside = shapely.MultiLineString(list(long))
    outside = (
        shapely.difference(line, shapely.buffer(inside, 1e-6))
        if len(long) < len(merged)
        else shapely.difference(line, area)
    )
    return inside, outside


def onto(lines: NDArray[np.object_], roads: NDArray[np.object_], *, reach: float) -> NDArray[np.object_]:
    """Return lines with the vertices that nearly touch a road of today moved onto it: so the road itself stays still.

    Parameters
    ----------
    lines
        New lines.
    roads
        The roads of today.
    reach
        How near is nearly [m].
    """
    flat = shapely.force_2d(lines)
    spots: NDArray[np.object_] = np.asarray(shapely.points(shapely.get_coordinates(flat)), dtype=object)
    tree = shapely.STRtree(roads)
    moved = shapely.get_coordinates(spots)
    spot, road = tree.query_nearest(spots, max_distance=reach, all_matches=False)
    foot = shapely.line_interpolate_point(roads[road], shapely.line_locate_point(roads[road], spots[spot]))
    moved[spot] = shapely.get_coordinates(foot)
    corners: NDArray[np.object_] = np.asarray(shapely.points(shapely.get_coordinates(roads)), dtype=object)
    spot, corner = shapely.STRtree(corners).query_nearest(spots, max_distance=reach, all_matches=False)
    moved[spot] = shapely.get_coordinates(corners[corner])
    found: NDArray[np.object_] = shapely.set_coordinates(flat.copy(), moved)
    return found


def called(one: str, name: str, change: RoadChange) -> str:
    """Return what a road that changes goes by: its name, its id, or the file or layer it is from.

    An id that was made on reading tells nobody which line it is: such lines go by their source alone.

    Parameters
    ----------
    one
        Its id in the scenario.
    name
        Its name, "" for none.
    change
        What plan.toml says of it.
    """
    if name:
        return name
    own = whole_ids([one], key=change.key)[0]
    if not own.startswith(f"{change.key}/"):
        return own
    row = own.removeprefix(f"{change.key}/")
    files = () if change.file is None else change.file.path
    source = PurePosixPath(files[0]).name if len(files) == 1 else change.layer
    if not source:
        return row
    return source if re.fullmatch(r"[a-z_]+-[0-9]{4,}", row) else f"{source}:{row}"


def whole_ids(ids: Iterable[object], *, key: str = "") -> list[str]:
    """Return the ids of the roads that rows are, or are stretches of.

    Parameters
    ----------
    ids
        Ids of rows of the road table.
    key
        The change that cut the stretches, any where left out.
    """
    mark = f" [{key or SCENARIO}"
    return [str(one).partition(mark)[0] for one in ids]


def opened(
    lines: gpd.GeoDataFrame, change: RoadChange, *, like: gpd.GeoDataFrame, join_m: float
) -> gpd.GeoDataFrame:
    """Return lines as new rows of the road table; `road_class` is empty where nothing tells it.

    Parameters
    ----------
    lines
        Lines with `id`, `name` and what other columns of a road they have.
    change
        What plan.toml says of them.
    like
        The road table.
    join_m
        How near ends of roads are joined.
    """
    count = len(lines)
    new: dict[str, Any] = {
        name: lines[name].to_numpy(object) if name in lines else np.full(count, pd.NA, dtype=object)
        for name in like.columns.drop("geometry")
    }
    new["id"] = [f"{change.key}/{one}" for one in lines["id"]]
    new["name"] = lines["name"].fillna("").to_numpy(object)
    classes = new["road_class"] if "road_class" in lines else np.full(count, "", dtype=object)
    new["road_class"] = np.where(pd.isna(classes), "", classes)
    if change.minutes is not None:
        new["ferry"] = np.full(count, True, dtype=object)
    new |= {name: np.full(count, value, dtype=object) for name, value in change.new.items()}
    new |= {"shut": np.zeros(count, bool), "frontage": np.full(count, change.frontage)}
    roads = shapely.force_2d(like.geometry.to_numpy())
    shapes = onto(lines.geometry.to_numpy(), roads, reach=join_m)
    frame = gpd.GeoDataFrame(new, geometry=shapes, crs=like.crs)
    return frame.assign(speed_kmh=pd.to_numeric(frame["speed_kmh"], errors="coerce"))
