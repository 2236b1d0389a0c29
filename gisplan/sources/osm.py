"""OpenStreetMap networks as osmnx writes them (GraphML): one row per way, its tags as columns.

The class of OpenStreetMap is not the legal class of a road; the layer file says what stands for what, and a
finding reminds the reader.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from gisplan.core.errors import InputError, Problem
from gisplan.sources.osm_rows import check_texts
from gisplan.sources.osm_tags import READ_TAGS, columns_of
from gisplan.sources.raw import File, Raw, Wanted
from gisplan.sources.vector import epsg_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

TRUE = frozenset({"True", "true", "1", "yes"})
SEVERAL = frozenset({"maxspeed"})
"""Tags of which all values of a joined street count; of the others the first does."""


def read_graphml(file: File, _wanted: Wanted) -> Raw:
    """Read the streets of a network.

    Parameters
    ----------
    file
        A file of driver graphml.
    _wanted
        Not needed: all of it are streets.

    Raises
    ------
    InputError
        If osmnx cannot read it as one of its networks.

    Notes
    -----
    osmnx has turned ways against their direction round already, and has not taken a motorway without a tag for a
    one-way road.
    """
    import osmnx

    try:
        graph = osmnx.load_graphml(file.path)
        edges = osmnx.graph_to_gdfs(graph, nodes=False, fill_edge_geometry=True).reset_index()
    except (KeyError, ValueError, TypeError, SyntaxError, AttributeError, AssertionError) as error:
        raise InputError(
            Problem(code="file.corrupt", place=file.name, values={"detail": type(error).__name__})
        ) from None
    streets = edges[~_second_halves(edges)].reset_index(drop=True)
    tags = [edge_tags(row) for row in streets.to_dict("records")]
    columns = columns_of(tags, lines=True)
    table, geometry = _by_way(columns.table, _ways(streets), np.asarray(streets.geometry.to_numpy(), object))
    check_texts(table, file)
    crs, detail = epsg_of(str(edges.crs))
    return Raw(
        file=file,
        table=table,
        geometry=geometry,
        rows=np.arange(1, len(table) + 1),
        mended=np.zeros(len(table), dtype=bool),
        crs=crs,
        crs_detail=detail,
        encoding="utf-8",
        encoding_how="GraphML",
        doubts=columns.doubts,
    )


def is_oneway(value: Any) -> bool:
    """Return whether an edge says that it is a one-way street."""
    first = value[0] if isinstance(value, list) and value else value
    return str(first) in TRUE


def _second_halves(edges: pd.DataFrame) -> NDArray[np.bool_]:
    """Return the edges that say again what another says: osmnx holds a two-way street as two edges.

    The one along its way stands for both; of a street joined from ways in either direction, the first does.
    """
    two_way = (
        ~edges["oneway"].map(is_oneway).to_numpy(bool) if "oneway" in edges else np.ones(len(edges), bool)
    )
    turned = (
        edges["reversed"].map(lambda value: str(value) in {"True", "[True]"}).to_numpy(bool)
        if "reversed" in edges
        else np.zeros(len(edges), bool)
    )
    ends = np.sort(edges[["u", "v"]].to_numpy(), axis=1)
    order = np.argsort(turned, kind="stable")  # along before against
    frame = pd.DataFrame(
        {
            "low": ends[:, 0], "high": ends[:, 1], "way": _ways(edges),
            "shape": shapely.to_wkb(shapely.normalize(edges.geometry.to_numpy()), hex=True),
        }
    )  # fmt: skip
    again = np.zeros(len(edges), bool)
    again[order] = frame.iloc[order].duplicated().to_numpy()
    return two_way & again


def _ways(edges: pd.DataFrame) -> list[str]:
    """Return the ids of the ways each edge is made of, "" where the network does not say."""
    if "osmid" not in edges:
        return [""] * len(edges)
    lists = (value if isinstance(value, list) else [value] for value in edges["osmid"])
    return [f"way/{';'.join(sorted({str(part) for part in parts}))}" for parts in lists]


def edge_tags(row: Mapping[Any, Any]) -> dict[str, str]:
    """Return the tags of an edge as text; a joined street may have several values of one."""
    tags: dict[str, str] = {}
    for tag in READ_TAGS:
        value = row.get(tag)
        values = value if isinstance(value, list) else [value]
        texts = [_text(part) for part in values if part is not None and part == part]  # noqa: PLR0124 (NaN)
        if texts:
            tags[tag] = ";".join(texts) if tag in SEVERAL else texts[0]
    tags["oneway"] = "yes" if is_oneway(row.get("oneway")) else "no"
    return tags


def _text(value: Any) -> str:
    """Return a value as OpenStreetMap writes it: Python's whole floats lose their `.0`."""
    return re.sub(r"^(-?\d+)\.0$", r"\1", str(value))


def _by_way(
    table: pd.DataFrame, ways: list[str], lines: NDArray[np.object_]
) -> tuple[pd.DataFrame, NDArray[np.object_]]:
    """Return one row for all edges of a way that are told alike, their lines put together in their direction."""
    keyed = table.assign(id=ways)[["id", *table.columns]]
    group = keyed.groupby(list(keyed.columns), sort=False, dropna=False).ngroup().to_numpy()
    named = keyed["id"].to_numpy() != ""
    group = np.where(named, group, len(keyed) + np.arange(len(keyed)))  # without an id each stands alone
    _, first, member = np.unique(group, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    rows = keyed.iloc[np.sort(first)].reset_index(drop=True)
    by_row = np.argsort(rank[member], kind="stable")
    joined = shapely.multilinestrings(lines[by_row], indices=rank[member][by_row])
    merged = shapely.line_merge(joined, directed=True)
    again = rows.groupby("id").cumcount().to_numpy()
    rows["id"] = [
        f"{name}#{turn + 1}" if name and turn else name for name, turn in zip(rows["id"], again, strict=True)
    ]
    return rows, np.asarray(merged, dtype=object)
