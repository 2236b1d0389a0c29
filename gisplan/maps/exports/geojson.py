"""GeoJSON of a layer, as RFC 7946 asks: WGS 84, longitude first, one feature to a line.

References
----------
RFC 7946, The GeoJSON Format: 3.1.6 (order of rings), 4 (CRS), 6.1 (members of one's own).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from gisplan.maps.credited import refuse_uncredited
from gisplan.maps.encode import DEGREES, plain
from gisplan.maps.exports.words import DECIMALS, Said, columns_of, pieces, rounded
from gisplan.maps.words import MapLayer

NEWLINE = "\n"


def write_geojson(path: Path, layer: MapLayer, said: Said) -> None:
    """Write a layer as GeoJSON; equal layers give equal bytes.

    Parameters
    ----------
    path
        The file, over what stands there.
    layer
        A layer in the plan's CRS; its columns keep their names and values.
    said
        What the file says of itself.

    Raises
    ------
    ConfigurationError
        If the layer gives no credit; nothing is written.
    """
    refuse_uncredited([layer])
    with path.open("w", encoding="utf-8", newline=NEWLINE) as stream:
        head = _json(_head(layer, said))
        stream.write(f'{head[:-1]},"features":[')
        for place, feature in enumerate(_features(layer)):
            stream.write(f"{',' if place else ''}\n{feature}")
        stream.write("\n]}\n")


def _head(layer: MapLayer, said: Said) -> dict[str, Any]:
    """Return the members of the collection before its features."""
    own: dict[str, Any] = {
        "type": "FeatureCollection",
        "name": layer.name,
        "title": layer.title.of(said.language),
        "credit": layer.credit.of(said.language),
        "licence": layer.licence,
        "notes": [note.of(said.language) for note in said.notes],
        "datum": said.datum.of(said.language),
    }
    box = layer.table.to_crs(DEGREES).total_bounds if len(layer.table) else np.full(4, np.nan)
    return {**own, "bbox": np.round(box, DECIMALS).tolist()} if np.isfinite(box).all() else own


def _features(layer: MapLayer) -> Iterator[str]:
    for _, rows in pieces(layer):
        shapes = shapely.to_geojson(rounded(rows.geometry.to_numpy()))
        columns = columns_of(rows)
        for place, shape in enumerate(shapes):
            properties = {name: values[place] for name, values in columns.items()}
            yield f'{{"type":"Feature","properties":{_json(properties)},"geometry":{shape or "null"}}}'


def _json(value: Any) -> str:
    return plain(json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")))
