"""Class and manager of roads by law: from a register laid over them, and from what the Road Act says of managers.

The class of a road is not its manager, and neither is the class of OpenStreetMap. What nothing tells stays unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from gisplan.core.tables import Doubt
from gisplan.network.passage import says
from gisplan.network.rows import LAYER, SAMPLE

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

REGISTER = "road_register"
NEAR_M = 12.0
"""A road runs along a line of the register where it is at most this far from it [m]."""

ANGLE_DEG = 25.0
"""… and their directions differ by at most this much [°]."""

SHARE = 0.5
"""A road takes what the register says where at least this share of its length runs along lines that say it."""

STEP_M = 10.0
"""A road is looked at in steps of about this length, at the middle of each [m]."""

HALF_M = 0.5
NARROW_M = 5.5
BY_LAW = ("file", "register", "name", "ref")
"""Values of `class_from` by which the class is that of the law."""

TAKEN = ("road_class", "manager", "manager_name", "width_m", "designated_section")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A road table with what was found, and the doubts met."""

    table: gpd.GeoDataFrame
    doubts: tuple[Doubt, ...]


def laid_over(roads: gpd.GeoDataFrame, register: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return for each road what the register says of it, missing where it says nothing [n rows].

    A road takes a value where at least half of its length runs within 12 m of lines that have one, in about their
    direction (25°); of several values that of the most metres counts. Lines of expressways speak of roads for cars
    alone, the others of roads beside and below them.

    Parameters
    ----------
    roads, register
        Lines in one projected CRS [m], with the columns of the layers `road` and `road_register`.
    """
    along = _along(roads, register)
    columns = {name: _value(along, register, name, len(roads)) for name in TAKEN if name in register}
    length = shapely.length(roads.geometry.to_numpy())
    found = pd.DataFrame(index=range(len(roads)))
    for name, (value, metres) in columns.items():
        found[name] = value.where(metres >= SHARE * np.maximum(length, HALF_M) * (1 - 1e-9))
    return found


def _samples(roads: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return places along the roads with their direction, the road, and the metres each stands for."""
    parts, row = shapely.get_parts(shapely.force_2d(roads.geometry.to_numpy()), return_index=True)
    length = shapely.length(parts)
    long = (length > 0.0) & (shapely.get_type_id(parts) == 1)
    parts, row, length = parts[long], row[long], length[long]
    count = np.maximum(np.ceil(length / STEP_M), 1).astype(np.int64)
    part = np.repeat(np.arange(len(parts)), count)
    place = np.arange(len(part)) - np.repeat(np.cumsum(count) - count, count)
    step = (length / count)[part]
    at = (place + 0.5) * step
    before = shapely.line_interpolate_point(parts[part], np.maximum(at - HALF_M, 0.0))
    after = shapely.line_interpolate_point(parts[part], np.minimum(at + HALF_M, length[part]))
    return pd.DataFrame(
        {
            "road": row[part],
            "metres": step,
            "point": shapely.line_interpolate_point(parts[part], at),
            "angle": np.arctan2(
                shapely.get_y(after) - shapely.get_y(before), shapely.get_x(after) - shapely.get_x(before)
            ),
        }
    )


def _segments(
    register: gpd.GeoDataFrame,
) -> tuple[NDArray[np.object_], NDArray[np.int64], NDArray[np.float64]]:
    """Return the straight pieces of the register's lines, the row and the direction of each."""
    parts, row = shapely.get_parts(shapely.force_2d(register.geometry.to_numpy()), return_index=True)
    lines = shapely.get_type_id(parts) == 1
    xy, part = shapely.get_coordinates(parts[lines], return_index=True)
    goes_on = np.flatnonzero((part[1:] == part[:-1]) & (xy[1:] != xy[:-1]).any(axis=1))
    ends = np.stack([xy[goes_on], xy[goes_on + 1]], axis=1)
    step = ends[:, 1] - ends[:, 0]
    pieces: NDArray[np.object_] = np.asarray(shapely.linestrings(ends), dtype=object).reshape(-1)
    return pieces, row[lines][part[goes_on]], np.arctan2(step[:, 1], step[:, 0])


def _along(roads: gpd.GeoDataFrame, register: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return how many metres of each `road` run along each `line` of the register."""
    places = _samples(roads)
    pieces, line, angle = _segments(register)
    points = places["point"].to_numpy(object)
    sample, piece = shapely.STRtree(pieces).query(points, predicate="dwithin", distance=NEAR_M)
    turn = np.sin(places["angle"].to_numpy()[sample] - angle[piece])
    express = (register["road_class"] == "expressway").to_numpy()[line[piece]]
    for_cars, open_question = _for_cars(roads)
    road = places["road"].to_numpy()[sample]
    # A street below a viaduct is not the viaduct; a road for cars alone may be a national road by law.
    fits = (np.abs(turn) <= np.sin(np.radians(ANGLE_DEG))) & (~express | for_cars[road] | open_question[road])
    sample, piece, express, road = sample[fits], piece[fits], express[fits], road[fits]
    apart = shapely.distance(points[sample], pieces[piece])
    # Equally near lines are told apart by their ids, not by the order of the rows.
    rank = np.argsort(np.argsort(register["id"].astype(str).to_numpy(object), kind="stable"), kind="stable")
    order = np.lexsort((rank[line[piece]], apart, for_cars[road] & ~express, sample))
    _, first = np.unique(sample[order], return_index=True)
    best = order[first]
    found = pd.DataFrame(
        {"road": road[best], "line": line[piece[best]], "metres": places["metres"].to_numpy()[sample[best]]}
    )
    return found.groupby(["road", "line"])[["metres"]].sum().reset_index()


def _for_cars(roads: gpd.GeoDataFrame) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which roads are for cars alone, and of which nobody knows [n]."""
    if "osm_class" in roads and (roads["osm_class"] != "").any():
        found = roads["osm_class"].isin(["motorway", "motorway_link"]).to_numpy()
        return found, np.zeros(len(roads), dtype=bool)
    assumed = (
        (roads["class_from"] == "assumed").to_numpy() if "class_from" in roads else np.zeros(len(roads), bool)
    )
    return (roads["road_class"] == "expressway").to_numpy() | says(roads, "ramp"), assumed


def _value(
    along: pd.DataFrame, register: gpd.GeoDataFrame, name: str, count: int
) -> tuple[pd.Series[Any], NDArray[np.float64]]:
    """Return the value of the most metres for each road, and the metres along lines that have one [n]."""
    values = register[name].astype(object).where(register[name].notna(), "").to_numpy(object)[along["line"]]
    known = along.assign(value=values)[values != ""]
    metres = known.groupby("road")["metres"].sum().reindex(range(count), fill_value=0.0)
    by_value = known.groupby(["road", "value"], as_index=False)["metres"].sum()
    most = by_value.sort_values(["road", "metres", "value"], ascending=[True, False, True]).drop_duplicates(
        "road"
    )
    value = most.set_index("road")["value"].reindex(range(count))
    return value, metres.to_numpy("float64")


def registered(roads: gpd.GeoDataFrame, register: gpd.GeoDataFrame) -> Told:
    """Return the roads with class, manager and width as the register has them; contradictions are doubts.

    The register comes before names, numbers and the file's own columns. A table that has been told once is returned
    as it is.
    """
    if "class_from" in roads and (roads["class_from"] == "register").any():
        return Told(table=roads, doubts=())
    says_of = laid_over(roads, register).reindex(columns=list(TAKEN))
    table = _with_columns(roads)
    doubts = _conflicts(table, says_of)
    told = {name: says_of[name].notna().to_numpy() for name in TAKEN}
    table["class_from"] = table["class_from"].mask(told["road_class"], "register")
    table["manager_from"] = table["manager_from"].mask(told["manager"], "register")
    for name in TAKEN:
        column = says_of[name].set_axis(table.index)
        kept = table[name].mask(told[name], column.astype(object))
        table[name] = kept.astype(table[name].dtype)
    values = {
        "count": int(told["road_class"].sum()),
        "share": 100.0 * float(told["road_class"].mean()) if len(table) else 0.0,
        "rest": int((~told["road_class"]).sum()),
        "near": f"{NEAR_M:g}",
        "angle": f"{ANGLE_DEG:g}",
        "half": f"{100 * SHARE:g}",
    }
    return Told(table=table, doubts=(Doubt(code="net.register", layer=LAYER, values=values), *doubts))


def _with_columns(roads: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return a copy of the roads with every column that a register or the law may fill."""
    table = roads.copy()
    usual = {"class_from": "", "manager": "", "manager_from": "", "manager_name": ""}
    for name, value in usual.items():
        table[name] = table[name].fillna("") if name in table else value
    if "designated_section" not in table:
        table["designated_section"] = pd.array([pd.NA] * len(table), dtype="boolean")
    return table


def _conflicts(roads: gpd.GeoDataFrame, told: pd.DataFrame) -> tuple[Doubt, ...]:
    """Return a doubt for each thing that the register tells otherwise than file, name or number."""
    doubts = []
    by_law = roads["class_from"].isin(BY_LAW).to_numpy()
    pairs = {
        "road_class": (by_law, "net.register_class"),
        "manager": ((roads["manager"] != "").to_numpy(), "net.register_manager"),
    }
    for name, (known, code) in pairs.items():
        own, other = roads[name].to_numpy(object), told[name].to_numpy(object)
        differs = known & told[name].notna().to_numpy() & (own != other)
        if differs.any():
            doubts.append(Doubt(code=code, layer=LAYER, values=_examples(roads, differs, own, other)))
    width = roads["width_m"].to_numpy("float64")
    other = pd.to_numeric(told["width_m"], errors="coerce").to_numpy("float64")
    differs = ~np.isnan(width) & ~np.isnan(other) & ((width < NARROW_M) != (other < NARROW_M))
    if differs.any():
        texts = [np.array([f"{value:g} m" for value in part], dtype=object) for part in (width, other)]
        doubts.append(Doubt(code="net.register_width", layer=LAYER, values=_examples(roads, differs, *texts)))
    return tuple(doubts)


def _examples(
    roads: gpd.GeoDataFrame, which: NDArray[np.bool_], own: NDArray[np.object_], other: NDArray[np.object_]
) -> dict[str, Any]:
    names = roads["name"].fillna("").astype(str).to_numpy(object)
    ids = roads["id"].astype(str).to_numpy(object)
    shown = sorted(
        f"{names[at] or ids[at]}（{ids[at]}）: {own[at]} ≠ {other[at]}" for at in np.flatnonzero(which)
    )
    return {"count": int(which.sum()), "sample": shown[:SAMPLE]}


def managed(roads: gpd.GeoDataFrame, cities: gpd.GeoDataFrame | None) -> Told:
    """Return the roads with the manager that the Road Act gives to their class, where it gives one.

    National roads inside a designated section are the minister's (Article 13), those outside it and prefectural roads
    are the prefecture's (13, 15), or the designated city's in it (17), municipal roads the municipality's (16). A class
    by custom tells nothing; nor does it on a national road of which the section is not known, on an expressway, or
    where it is not known whether the road lies in a designated city.

    Parameters
    ----------
    roads
        The road table.
    cities
        Areas of municipalities with the column `designated`; None where no such layer was given.

    References
    ----------
    道路法 第13条・第15条・第16条・第17条.
    """
    table = _with_columns(roads)
    by_law = table["class_from"].isin(BY_LAW)
    open_ones = by_law & (table["manager"] == "")
    section = table["designated_section"]
    national, inside = table["road_class"] == "national", section.fillna(value=False).astype(bool)
    outside = section.notna() & ~inside
    city = _in_city(table, cities)
    minister = open_ones & national & inside
    shared = open_ones & ((table["road_class"] == "prefectural") | (national & outside))
    municipal = open_ones & (table["road_class"] == "municipal")
    found = {
        "minister": minister,
        "prefecture": shared & (city == 0),
        "municipality": municipal | (shared & (city == 1)),
    }
    for manager, rows in found.items():
        table["manager"] = table["manager"].mask(rows, manager)
        table["manager_from"] = table["manager_from"].mask(
            rows, "section" if manager == "minister" else "law"
        )
    count = int(sum(rows.sum() for rows in found.values()))
    unknown = int((table["manager"] == "").sum())
    values = {"count": count, "unknown": unknown, "rows": len(table)}
    doubts = (Doubt(code="net.manager_law", layer=LAYER, values=values),) if count else ()
    return Told(table=table, doubts=doubts)


def _in_city(roads: gpd.GeoDataFrame, cities: gpd.GeoDataFrame | None) -> NDArray[np.int8]:
    """Return by its middle whether a road is in a designated city (1), another municipality (0) or unknown (-1) [n]."""
    found = np.full(len(roads), -1, dtype="int8")
    if cities is None or cities.empty:
        return found
    shapes = shapely.force_2d(roads.geometry.to_numpy())
    middle = shapely.line_interpolate_point(shapely.get_geometry(shapes, 0), 0.5, normalized=True)
    road, area = shapely.STRtree(cities.geometry.to_numpy()).query(middle, predicate="intersects")
    found[road] = cities["designated"].to_numpy("int8")[area]
    return found
