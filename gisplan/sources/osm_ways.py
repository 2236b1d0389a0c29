"""Ways of OpenStreetMap with the ids of their nodes, as arrays: what a network needs, from any kind of file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from gisplan.core.arrays import Packed, as_texts, of_texts
from gisplan.sources.osm_rows import Feature, Place, line_of
from gisplan.sources.osm_tags import NAMES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gisplan.sources.osm_tags import Tags


NUMBERS = ("id", "kind", "start", "spot", "node", "lon", "lat")
"""The plain arrays of ways."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """Ways [w] in the order of their file, and their nodes [n] in the order of their ids.

    `id` [w]; `tags` are the different sets of tags, of which `kind` [w] names one; `names` are the tags that are held
    apart, since nearly every way has one of its own, None where a way has none [w]. The nodes of way i are
    `spot[start[i]:start[i + 1]]`, places in `node`. `node`, `lon` and `lat` are ids and degrees [n], NaN where the
    file does not hold the node.
    """

    id: NDArray[np.int64]
    tags: tuple[Tags, ...]
    kind: NDArray[np.int64]
    names: Mapping[str, NDArray[np.object_]]
    start: NDArray[np.int64]
    spot: NDArray[np.int64]
    node: NDArray[np.int64]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]


def gathered(rows: Sequence[tuple[int, Tags, Sequence[int]]], places: Mapping[int, Place | None]) -> Ways:
    """Return ways that were read one by one: id, tags and nodes of each, and where the nodes are."""
    sets: dict[tuple[tuple[str, str], ...], int] = {}
    apart = [{key: value for key, value in tags.items() if key not in NAMES} for _, tags, _ in rows]
    kind = [sets.setdefault(tuple(tags.items()), len(sets)) for tags in apart]
    sizes = np.array([len(nodes) for _, _, nodes in rows], dtype=np.int64)
    refs = np.array([node for _, _, nodes in rows for node in nodes], dtype=np.int64)
    node, spot = np.unique(refs, return_inverse=True)
    nowhere = (np.nan, np.nan)
    held = [places.get(number) or nowhere for number in node.tolist()]
    place = np.array(held, dtype=np.float64).reshape(-1, 2)
    return Ways(
        id=np.array([number for number, _, _ in rows], dtype=np.int64),
        tags=tuple(dict(pairs) for pairs in sets),
        kind=np.array(kind, dtype=np.int64),
        names={key: np.array([tags.get(key) for _, tags, _ in rows], dtype=object) for key in NAMES},
        start=np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(sizes)]),
        spot=spot.ravel().astype(np.int64),
        node=node,
        lon=place[:, 0],
        lat=place[:, 1],
    )


def features(ways: Ways) -> Iterator[Feature]:
    """Yield ways as lines, in the order of their file; one with missing nodes is broken there."""
    lon, lat = ways.lon[ways.spot], ways.lat[ways.spot]
    start, size = ways.start[:-1], np.diff(ways.start)
    here = ~np.isnan(lon)
    known = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(here)])
    missing = size - (known[ways.start[1:]] - known[start])
    again = np.zeros(len(lon), dtype=bool)
    again[1:] = (lon[1:] == lon[:-1]) & (lat[1:] == lat[:-1])
    again[start[size > 0]] = False
    owner = np.repeat(np.arange(len(start)), size)
    whole = (missing == 0) & (np.bincount(owner[~again], minlength=len(start)) > 1)
    drawn = whole[owner] & ~again
    lines = np.full(len(start), None, dtype=object)
    lines[whole] = shapely.linestrings(lon[drawn], lat[drawn], indices=(np.cumsum(whole) - 1)[owner[drawn]])
    for way in np.flatnonzero(~whole).tolist():
        part = slice(ways.start[way], ways.start[way + 1])
        places = zip(here[part].tolist(), lon[part].tolist(), lat[part].tolist(), strict=True)
        lines[way] = line_of([(x, y) if held else None for held, x, y in places])
    for way, (number, line, lost) in enumerate(zip(ways.id.tolist(), lines, missing.tolist(), strict=True)):
        yield Feature(
            id=f"way/{number}", tags=tags_of(ways, way), shape=line, refused="osm.few_nodes", missing=lost
        )


def tags_of(ways: Ways, way: int) -> Tags:
    """Return all tags of one way."""
    names = {key: name[way] for key, name in ways.names.items() if name[way] is not None}
    return {**ways.tags[ways.kind[way]], **names}


def packed(ways: Ways) -> Packed:
    """Return ways as plain arrays."""
    arrays = {name: getattr(ways, name) for name in NUMBERS}
    for position, texts in enumerate(ways.names.values()):
        arrays[f"text{position}"], arrays[f"end{position}"] = of_texts(texts.tolist())
    about = {"names": list(ways.names), "tags": [list(tags.items()) for tags in ways.tags]}
    return Packed(arrays=arrays, about=about)


def unpacked(found: Packed) -> Ways:
    """Return the ways that `packed` took."""
    arrays, about = found.arrays, found.about
    return Ways(
        **{name: arrays[name] for name in NUMBERS},
        tags=tuple(dict(pairs) for pairs in about["tags"]),
        names={
            key: as_texts(arrays[f"text{position}"], arrays[f"end{position}"])
            for position, key in enumerate(about["names"])
        },
    )
