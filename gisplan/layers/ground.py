"""Ground that two rows claim: the same area twice, and areas that overlap."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from gisplan.core.errors import InputError, Problem
from gisplan.core.tables import Doubt
from gisplan.core.words import Spec, Text
from gisplan.sources.raw import Refused

TESTED = frozenset({"plan", "zoning", "base"})
"""Groups whose areas part the ground among themselves; floods of two rivers may well lie over each other."""

DISTRICTS = frozenset({"plan", "zoning"})
SAME = 0.999
"""Two areas that share so much of each are one ground, drawn twice."""

SLIVER_M = 1.0
"""An overlap that is no wider on average is a border drawn by two hands."""

MOST_PAIRS = 2_000_000
NAMED = 5
VERSION = ("version", "published_on")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Which rows say again what another says [n], the same with their reasons, and what is doubtful of the ground."""

    again: NDArray[np.bool_]
    refused: tuple[tuple[int, Refused], ...]
    doubts: tuple[Doubt, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlaps:
    """Pairs of areas with ground in common: positions [k], the area in common [k, m²], and its mean width [k, m]."""

    left: NDArray[np.int64]
    right: NDArray[np.int64]
    area: NDArray[np.float64]
    width: NDArray[np.float64]


def overlaps(geometry: NDArray[np.object_]) -> Overlaps | None:
    """Return the pairs of areas that overlap; None where so many touch that it would take too long.

    Parameters
    ----------
    geometry
        Valid areas in a plane CRS [n].
    """
    one, other = shapely.STRtree(geometry).query(geometry)
    keep = one < other
    one, other = one[keep], other[keep]
    if len(one) > MOST_PAIRS:
        return None
    shapely.prepare(geometry)
    # Neighbours on a clean map share a border and nothing else: the quick test spares them the costly one.
    share = shapely.intersects(geometry[one], geometry[other])
    share[share] = ~shapely.touches(geometry[one[share]], geometry[other[share]])
    one, other = one[share], other[share]
    common = shapely.intersection(geometry[one], geometry[other])
    area, edge = shapely.area(common), shapely.length(common)
    real = area > 0
    width = np.divide(2 * area, edge, out=np.zeros(len(area)), where=edge > 0)
    return Overlaps(
        left=one[real].astype("int64"), right=other[real].astype("int64"), area=area[real], width=width[real]
    )


def claimed_twice(
    table: gpd.GeoDataFrame, spec: Spec, *, keep: NDArray[np.bool_], part_of: NDArray[np.int64],
    numbers: NDArray[np.int64], place: Callable[[int], str],
) -> Ground:  # fmt: skip
    """Return the rows of the same ground and attributes as another, and what overlaps.

    Parameters
    ----------
    table
        All rows of all files of a layer, in the plan's CRS [n].
    spec
        The layer.
    keep
        Which rows are not refused [n].
    part_of, numbers
        The file of each row and its number in it [n].
    place
        Returns file and row number of a row as one text.

    Raises
    ------
    InputError
        If a district covers the same ground as another but says something else: a point would fall into both.
    """
    again = np.zeros(len(table), dtype=bool)
    if spec.kind != "polygon" or spec.group not in TESTED or spec.source.reader == "mesh":
        return Ground(again=again, refused=(), doubts=())
    shapes = table.geometry.to_numpy()
    held = np.flatnonzero(keep & (shapely.get_dimensions(shapes) == 2))  # noqa: PLR2004 (areas)
    codes = _repeated(table, held)
    again[list(codes)] = True
    refused = tuple(
        (int(part_of[i]), Refused(row=int(numbers[i]), column="geometry", value="", code=code))
        for i, code in codes.items()
    )
    rows = held[~again[held]]
    found = overlaps(shapes[rows])
    if found is None:
        doubt = Doubt(code="geom.overlap_not_tested", layer=spec.name, values={"rows": len(rows)})
        return Ground(again=again, refused=refused, doubts=(doubt,))
    apart = ~_versions(table, rows[found.left], rows[found.right])
    left, right, area = rows[found.left[apart]], rows[found.right[apart]], found.area[apart]
    sizes = shapely.area(shapes)
    same = area >= SAME * np.maximum(sizes[left], sizes[right])
    if spec.group in DISTRICTS and "point" not in spec.accepts and same.any():
        raise InputError(
            [
                Problem(code="join.fanout", place=place(i), values={"other": place(j), "layer": spec.title})
                for i, j in np.sort(np.column_stack([left[same], right[same]]), axis=1).tolist()
            ]
        )
    pairs = Overlaps(left=left, right=right, area=area, width=found.width[apart])
    doubts = (*_duplicates(spec, again, place), *_overlap(spec, table, pairs, place))
    return Ground(again=again, refused=refused, doubts=doubts)


def _repeated(table: gpd.GeoDataFrame, held: NDArray[np.int64]) -> dict[int, str]:
    """Return rows of the same ground and the same attributes but the id, by position, each with its reason.

    The one of the first id is kept.
    """
    shapes = shapely.to_wkb(shapely.normalize(table.geometry.to_numpy()[held]), hex=True)
    names = [name for name in table.columns if name not in {"geometry", "id"}]
    told = [list(map(str, table[name].iloc[held])) for name in names]
    ids = list(map(str, table["id"].iloc[held])) if "id" in table else [""] * len(held)
    again: dict[int, str] = {}
    seen: dict[tuple[str, ...], str] = {}
    for position in sorted(range(len(held)), key=lambda i: (ids[i], i)):
        key = (shapes[position], *(column[position] for column in told))
        if key in seen:
            same = ids[position] != "" and ids[position] == seen[key]
            again[int(held[position])] = "id.row_twice" if same else "geom.same_ground"
        seen[key] = ids[position]
    return again


def _versions(
    table: gpd.GeoDataFrame, left: NDArray[np.int64], right: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Return which pairs are versions of one area: the same name, of another version or day [k]."""
    if "name" not in table:
        return np.zeros(len(left), dtype=bool)
    names = table["name"].astype(str).to_numpy()
    one = (names[left] == names[right]) & (names[left] != "")
    differ = np.zeros(len(left), dtype=bool)
    for column in VERSION:
        if column in table:
            said = table[column].astype(str).to_numpy()
            differ |= said[left] != said[right]
    return np.asarray(one & differ, dtype=bool)


def _duplicates(spec: Spec, again: NDArray[np.bool_], place: Callable[[int], str]) -> tuple[Doubt, ...]:
    rows = [place(i) for i in np.flatnonzero(again).tolist()]
    if not rows:
        return ()
    shown = [*rows[: 2 * NAMED], *(["…"] if len(rows) > 2 * NAMED else [])]
    return (Doubt(code="geom.duplicate", layer=spec.name, values={"count": len(rows), "rows": shown}),)


def _overlap(
    spec: Spec,
    table: gpd.GeoDataFrame,
    found: Overlaps,
    place: Callable[[int], str],
) -> tuple[Doubt, ...]:
    left, right, area = found.left.tolist(), found.right.tolist(), found.area
    if not len(area):
        return ()
    ids = list(map(str, table["id"])) if "id" in table else [""] * len(table)
    names = {row: ids[row] or place(row).rpartition("/")[2] for row in {*left, *right}}
    sliver = found.width <= SLIVER_M
    pairs = [
        (-float(area[k]), min(names[i], names[j]), max(names[i], names[j]))
        for k, (i, j) in enumerate(zip(left, right, strict=True))
    ]
    values = {
        "pairs": len(area),
        "slivers": int(sliver.sum()),
        "total": float(area.sum()),
        "wide": float(area[~sliver].sum()),
        "largest": float(area.max()),
        "examples": [_pair(minus, one, other) for minus, one, other in sorted(pairs)[:NAMED]],
    }
    code = "geom.overlap_slivers" if sliver.all() else "geom.overlap"
    return (Doubt(code=code, layer=spec.name, values=values),)


def _pair(minus: float, one: str, other: str) -> Text:
    said = f"{one}–{other} {-minus:,.1f} m²"
    return Text(ja=said, en=said)


def same_places(table: gpd.GeoDataFrame, spec: Spec) -> tuple[Doubt, ...]:
    """Return a doubt where facilities of one name stand at one place: a list may have them twice.

    Parameters
    ----------
    table
        A layer of points with `id` and `name` [n].
    spec
        The layer.
    """
    if spec.kind != "point" or spec.group not in {"life", "transit", "plan"} or not len(table):
        return ()
    spots = np.round(shapely.get_coordinates(table.geometry.to_numpy()))
    frame = table[["id", "name"]].assign(x=spots[:, 0], y=spots[:, 1])
    twice = frame[(frame["name"] != "") & frame.duplicated(["name", "x", "y"], keep=False)]
    if twice.empty:
        return ()
    groups = [
        f"{name}（{'・'.join(map(str, rows['id']))}）"
        for (name, _, _), rows in twice.groupby(["name", "x", "y"], sort=True)
    ]
    values = {"rows": len(twice), "places": len(groups), "examples": groups[:NAMED]}
    return (Doubt(code="geom.same_place", layer=spec.name, values=values),)
