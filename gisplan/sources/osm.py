"""OpenStreetMap networks as osmnx writes them (GraphML): one line per street, its tags as columns.

The class of OpenStreetMap is not the legal class of a road; the layer file says what stands for what, and a
finding reminds the reader.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from gisplan.core.errors import InputError, Problem
from gisplan.sources.raw import File, Raw, Wanted
from gisplan.sources.vector import epsg_of

TAGS = ("name", "highway", "oneway", "maxspeed", "width", "layer")
RAMPS = ("motorway_link", "trunk_link")


def read_graphml(file: File, wanted: Wanted) -> Raw:  # noqa: ARG001 (all readers are called alike)
    """Read the streets of a network.

    Parameters
    ----------
    file
        A file of driver graphml.
    wanted
        What is asked of it; a network holds its streets.

    Raises
    ------
    InputError
        If osmnx cannot read it as one of its networks.
    """
    import osmnx

    try:
        graph = osmnx.load_graphml(file.path)
        edges = osmnx.graph_to_gdfs(graph, nodes=False, fill_edge_geometry=True)
    except (KeyError, ValueError, TypeError, SyntaxError) as error:
        raise InputError(
            Problem(code="file.damaged", place=file.name, values={"detail": type(error).__name__})
        ) from None
    # osmnx holds a two-way street as two edges; the one along its way stands for both.
    both = ~edges["oneway"].astype(bool) & edges["reversed"].astype(str).isin(["True", "[True]"])
    streets = edges[~both].reset_index(drop=True)
    table = pd.DataFrame({tag: _texts(streets, tag) for tag in TAGS})
    table["oneway"] = np.where(streets["oneway"].astype(bool), "1", "0")
    table["ramp"] = np.where(table["highway"].isin(RAMPS), "true", "false")
    crs, detail = epsg_of(str(edges.crs))
    return Raw(
        file=file,
        table=table,
        geometry=np.asarray(streets.geometry.to_numpy(), dtype=object),
        rows=np.arange(1, len(streets) + 1),
        mended=np.zeros(len(streets), dtype=bool),
        crs=crs,
        crs_detail=detail,
        encoding="utf-8",
        encoding_how="GraphML",
    )


def _texts(streets: pd.DataFrame, tag: str) -> pd.Series[str]:
    """Return a tag as text; of several values, which a simplified street may have, the first."""
    if tag not in streets:
        return pd.Series([""] * len(streets), dtype=object)
    first = streets[tag].map(lambda value: value[0] if isinstance(value, list) and value else value)
    return first.where(first.notna(), "").map(str).astype(object)
