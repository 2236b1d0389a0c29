"""GeoJSON feature by feature: what is no feature is refused by its number, and long numbers keep their digits."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gisplan.sources.raw import Refused

LONGEST = 2**63 - 1
"""The largest whole number that GDAL holds; of a larger one it loses digits."""

SHAPES = frozenset(
    {"Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon", "GeometryCollection"}
)
FEATURE = "Feature"
NUMBER = "id"
SHOWN = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """The features of a file: the places of those that are some, counted from one [n], and those that are none.

    `texts` are columns that are to be taken as they are written [n], because GDAL would change them.
    """

    numbers: NDArray[np.int64]
    refused: tuple[Refused, ...] = ()
    texts: Mapping[str, NDArray[np.object_]] = field(default_factory=dict)


def features_of(content: Mapping[str, Any], text: str) -> Features:
    """Return what is known of the features of a GeoJSON.

    Parameters
    ----------
    content
        The file, parsed.
    text
        The same as text, for the digits of its numbers.
    """
    listed = _listed(content)
    wrong = {number: reason for number, part in enumerate(listed, start=1) if (reason := _wrong(part))}
    numbers = [number for number in range(1, len(listed) + 1) if number not in wrong]
    long = sorted({name for number in numbers for name in _long(listed[number - 1])})
    return Features(
        numbers=np.array(numbers, dtype="int64"),
        refused=tuple(_refused(number, listed[number - 1], *reason) for number, reason in wrong.items()),
        texts=_written(text, numbers, long) if long else {},
    )


def without_refused(content: Mapping[str, Any], found: Features) -> dict[str, Any]:
    """Return a collection with those features only that are some."""
    return {**content, "features": [content["features"][number - 1] for number in found.numbers.tolist()]}


def _listed(content: Mapping[str, Any]) -> Sequence[Any]:
    """Return the features; a geometry without one stands for its feature."""
    if content.get("type") == "FeatureCollection":
        return content["features"] if isinstance(content.get("features"), list) else ()
    return [content if content.get("type") == FEATURE else {"type": FEATURE, "geometry": content}]


def _wrong(part: Any) -> tuple[str, str] | None:
    """Return why a member of the list is no feature that can be read: code of the reason, and what stands there."""
    if not isinstance(part, dict):
        return "json.no_feature", json.dumps(part, ensure_ascii=False)[:SHOWN]
    if part.get("type") != FEATURE:
        return "json.no_feature", f"type: {json.dumps(part.get('type'), ensure_ascii=False)}"[:SHOWN]
    shape = part.get("geometry")
    kind = shape.get("type") if isinstance(shape, dict) else shape
    if shape is None or kind in SHAPES:
        return None
    return "geom.unread", f"type: {json.dumps(kind, ensure_ascii=False)}"[:SHOWN]


def _refused(number: int, part: Any, code: str, value: str) -> Refused:
    properties = part.get("properties") if isinstance(part, dict) else None
    cells = tuple(map(str, properties.values())) if isinstance(properties, dict) else ()
    return Refused(row=number, column="geometry", value=value, code=code, cells=cells)


def _properties(part: Any) -> Mapping[str, Any]:
    """Return the properties of a feature; GDAL makes its own number one of them where it is no small number."""
    if not isinstance(part, dict):
        return {}
    found = part.get("properties")
    own = {NUMBER: part[NUMBER]} if NUMBER in part else {}
    return {**own, **found} if isinstance(found, dict) else own


def _long(part: Any) -> list[str]:
    return [
        name for name, value in _properties(part).items() if isinstance(value, int) and abs(value) > LONGEST
    ]


def _written(text: str, numbers: Sequence[int], names: Sequence[str]) -> dict[str, NDArray[np.object_]]:
    """Return columns with the digits as they stand in the file, None where a feature has no such property."""
    listed = _listed(json.loads(text, parse_int=str, parse_float=str))
    columns = {}
    for name in names:
        values = [_properties(listed[number - 1]).get(name) for number in numbers]
        columns[name] = np.array(
            [value if value is None or isinstance(value, str) else json.dumps(value) for value in values],
            dtype=object,
        )
    return columns
