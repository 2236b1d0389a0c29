"""Features of OpenStreetMap become a raw table, whatever file they were read from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gisplan.core.errors import InputError, Problem
from gisplan.core.tables import Doubt
from gisplan.sources.osm_tags import Sought, Tags, columns_of
from gisplan.sources.raw import File, Raw, Refused

WGS84 = 4326
EXAMPLES = 5
POLYGON, MULTIPOLYGON = 3, 6
LEAST_RING = 4
"""Nodes of the smallest closed way, the first of them twice."""

Place = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One feature: its id (`way/123`), its tags, and its shape or the code of why it has none.

    `missing` counts the nodes of a way that the file does not hold.
    """

    id: str
    tags: Tags
    shape: shapely.Geometry | None = None
    refused: str = ""
    missing: int = 0


def line_of(places: Sequence[Place | None]) -> shapely.Geometry | None:
    """Return a way as a line; where nodes are missing it is broken, never drawn across the gap."""
    runs: list[list[Place]] = [[]]
    for place in places:
        if place is None:
            runs.append([])
        elif not runs[-1] or runs[-1][-1] != place:
            runs[-1].append(place)
    lines = [shapely.LineString(run) for run in runs if len(run) > 1]
    if not lines:
        return None
    return lines[0] if len(lines) == 1 else shapely.MultiLineString(lines)


def is_area(tags: Tags, *, closed: bool, nodes: int) -> bool:
    """Return whether a way is the edge of an area where areas are looked for."""
    return closed and nodes >= LEAST_RING and tags.get("area") != "no"


def raw_of(file: File, features: Iterable[Feature], look: Sought, *, how: str) -> Raw:
    """Return the raw table of some features.

    Parameters
    ----------
    file
        The file they are from.
    features
        What was found in it.
    look
        What was looked for.
    how
        The name of the format.

    Raises
    ------
    InputError
        If texts hold what is no character.
    """
    kept: list[Feature] = []
    numbers: list[int] = []
    refused: list[Refused] = []
    drawn = 0
    for number, feature in enumerate(features, start=1):
        if look.lines and feature.tags.get("area") == "yes":
            drawn += 1
        elif feature.shape is None:
            refused.append(Refused(row=number, column="id", value=feature.id, code=feature.refused))
        else:
            kept.append(feature)
            numbers.append(number)
    columns = columns_of([feature.tags for feature in kept], lines=look.lines, asked=look.columns)
    table = columns.table
    table.insert(0, "id", [feature.id for feature in kept])
    check_texts(table, file)
    geometry = np.empty(len(kept), dtype=object)
    geometry[:] = [feature.shape for feature in kept]
    doubts = (*_doubts(kept, look, drawn=drawn), *columns.doubts)
    if look.points and not look.lines:
        twice = _twice(table["name"].to_numpy(object), geometry)
        table["osm_twice"] = np.where(twice, "true", "false").astype(object)
        doubts += _twice_doubts(table)
        geometry = _as_points(geometry)
    return Raw(
        file=file,
        table=table,
        geometry=geometry,
        rows=np.array(numbers, dtype="int64"),
        mended=np.zeros(len(kept), dtype=bool),
        refused=tuple(refused),
        crs=WGS84,
        encoding="utf-8",
        encoding_how=how,
        doubts=doubts,
    )


def check_texts(table: pd.DataFrame, file: File) -> None:
    """Refuse texts with half characters, which nothing can write.

    Raises
    ------
    InputError
        If there are any.
    """
    try:
        for name in table.columns:
            "".join(map(str, [name, *table[name]])).encode("utf-8")
    except UnicodeEncodeError:
        raise InputError(Problem(code="file.corrupt", place=file.name, values={"detail": "UTF-8"})) from None


def _as_points(geometry: NDArray[np.object_]) -> NDArray[np.object_]:
    areas = np.isin(shapely.get_type_id(geometry), [POLYGON, MULTIPOLYGON])
    points = geometry.copy()
    points[areas] = shapely.point_on_surface(geometry[areas])
    return points


def _doubts(kept: Sequence[Feature], look: Sought, *, drawn: int) -> tuple[Doubt, ...]:
    doubts = []
    gaps = [feature.missing for feature in kept if feature.missing]
    if gaps:
        doubts.append(
            Doubt(code="osm.missing_nodes", layer="", values={"ways": len(gaps), "nodes": sum(gaps)})
        )
    if drawn:
        doubts.append(Doubt(code="osm.areas", layer="", values={"count": drawn}))
    if not kept:
        doubts.append(Doubt(code="osm.none", layer="", values={"tags": list(look.tags)}))
    return tuple(doubts)


def _twice(names: NDArray[np.object_], geometry: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Return the points that lie on a ground of the same name, or have none: one facility drawn both ways [n]."""
    kinds = shapely.get_type_id(geometry)
    areas = np.flatnonzero(np.isin(kinds, [POLYGON, MULTIPOLYGON]))
    points = np.flatnonzero(kinds == 0)
    twice = np.zeros(len(names), dtype=bool)
    point, area = shapely.STRtree(geometry[areas]).query(geometry[points], predicate="intersects")
    inside, around = names[points[point]], names[areas[area]]
    twice[points[point[(inside == around) | (inside == "")]]] = True
    return twice


def _twice_doubts(table: pd.DataFrame) -> tuple[Doubt, ...]:
    names = table.loc[table["osm_twice"] == "true", "name"]
    if names.empty:
        return ()
    examples = sorted({name for name in names if name})[:EXAMPLES]
    return (Doubt(code="osm.twice", layer="", values={"count": len(names), "examples": examples or ["—"]}),)
