"""Answers of the Overpass API in JSON: `out body` with the nodes of the ways, `out geom`, or `out center`."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import shapely

from gisplan.core.errors import InputError, Problem
from gisplan.sources.encoding import detect
from gisplan.sources.osm_file import incomplete
from gisplan.sources.osm_rows import Feature, Place, is_area, line_of, raw_of
from gisplan.sources.osm_tags import Sought, Tags, sought
from gisplan.sources.osm_ways import Ways, gathered
from gisplan.sources.raw import File, Raw, Wanted

AREA_RELATIONS = frozenset({"multipolygon", "boundary"})
Element = Mapping[str, Any]
Found = TypeVar("Found")
Key = tuple[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """The elements of an answer by kind and number, each once, and where its nodes are."""

    elements: Mapping[Key, Element]
    nodes: Mapping[int, Place]


def read_overpass(file: File, wanted: Wanted) -> Raw:
    """Read the features of an answer that a layer asks for.

    Parameters
    ----------
    file
        A file of driver overpass.
    wanted
        What is asked of it: the tags, and whether as lines, points or areas.

    Raises
    ------
    InputError
        If the server broke the answer off, it is damaged or without shapes, or the layer names no tags.
    """
    look = sought(wanted, file=file)
    answer, features = _read(file, lambda answer: list(_features(answer, look)))
    ways = [feature for feature in features if feature.id.startswith("way/")]
    if ways and all(feature.shape is None for feature in ways) and not _has_shapes(answer):
        raise InputError(Problem(code="osm.no_shapes", place=file.name))
    return raw_of(file, features, look, how="Overpass")


def read_overpass_ways(file: File, wanted: Wanted) -> Ways:
    """Read the ways of an answer with the ids of their nodes.

    Parameters
    ----------
    file
        A file of driver overpass.
    wanted
        The tags by which the ways are known.

    Raises
    ------
    InputError
        If the server broke the answer off, it is damaged, or it names no nodes of its ways.
    """
    look = sought(wanted, file=file)
    _, ways = _read(file, lambda answer: _ways(answer, look))
    if len(ways.id) and (not len(ways.node) or bool(np.isnan(ways.lon).all())):
        raise InputError(Problem(code="osm.no_shapes", place=file.name))
    return ways


def _read(file: File, work: Callable[[_Answer], Found]) -> tuple[_Answer, Found]:
    """Return an answer and what some work makes of it, whose failing is the file's fault.

    Raises
    ------
    InputError
        If the server broke the answer off, or it is damaged.
    """
    data = file.path.read_bytes()
    found = detect(data, place=file.name)
    try:
        body = json.loads(data.decode(found.name))
        if body.get("remark"):
            raise incomplete(file, str(body["remark"])[:200])
        answer = _answer(body["elements"])
        return answer, work(answer)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError) as error:
        detail = {"detail": f"JSON {type(error).__name__}"}
        raise InputError(Problem(code="file.corrupt", place=file.name, values=detail)) from None


def _ways(answer: _Answer, look: Sought) -> Ways:
    """Return the ways of an answer; with `out geom` its corners are the places of their nodes."""
    rows, places = [], dict(answer.nodes)
    for (kind, number), element in answer.elements.items():
        tags = _tags(element, look) if kind == "way" else None
        if tags is None:
            continue
        nodes = [int(node) for node in element.get("nodes") or ()]
        corners = [_place(corner) for corner in element.get("geometry") or ()]
        if len(corners) == len(nodes):
            places |= {node: place for node, place in zip(nodes, corners, strict=True) if place is not None}
        rows.append((number, tags, nodes))
    return gathered(rows, places)


def _has_shapes(answer: _Answer) -> bool:
    """Return whether the nodes of any way are there."""
    ways = (element for (kind, _), element in answer.elements.items() if kind == "way")
    return any(place is not None for way in ways for place in _places(way, answer))


def _answer(elements: Sequence[Element]) -> _Answer:
    """Return the elements, one that stands twice (`out body; >; out skel`) in its fuller form."""
    held: dict[Key, Element] = {}
    for element in elements:
        key = (str(element["type"]), int(element["id"]))
        before = held.get(key, {})
        held[key] = {**element, **before} if len(before) >= len(element) else {**before, **element}
    nodes = {
        number: place
        for (kind, number), element in held.items()
        if kind == "node" and (place := _place(element))
    }
    return _Answer(elements=held, nodes=nodes)


def _place(element: Any) -> Place | None:
    """Return longitude and latitude of a node, of a corner or of a centre, None where there is none."""
    if not element or "lat" not in element or "lon" not in element:
        return None
    place = float(element["lon"]), float(element["lat"])
    inside = all(map(math.isfinite, place)) and abs(place[0]) <= 180 and abs(place[1]) <= 90  # noqa: PLR2004 (degrees)
    return place if inside else None


def _features(answer: _Answer, look: Sought) -> Iterator[Feature]:
    for (kind, number), element in answer.elements.items():
        tags = _tags(element, look)
        if tags is None:
            continue
        name = f"{kind}/{number}"
        if kind == "way":
            yield _way(name, tags, element, answer, look)
        elif look.lines:
            continue
        elif kind == "node" and look.points:
            place = _place(element)
            point = None if place is None else shapely.Point(place)
            yield Feature(id=name, tags=tags, shape=point, refused="coord.missing")
        elif kind == "relation":
            shape = _relation(element, answer) or _centre(element, look)
            yield Feature(id=name, tags=tags, shape=shape, refused="osm.area")


def _tags(element: Element, look: Sought) -> Tags | None:
    tags = element.get("tags") or {}
    kept = {str(key): str(value) for key, value in tags.items() if key in look.kept}
    return kept if look.fits(kept) else None


def _way(name: str, tags: Tags, element: Element, answer: _Answer, look: Sought) -> Feature:
    places = _places(element, answer)
    if look.lines:
        line, missing = line_of(places), places.count(None)
        return Feature(id=name, tags=tags, shape=line, refused="osm.few_nodes", missing=missing)
    refs = element.get("nodes") or places
    closed = len(refs) > 0 and refs[0] == refs[-1]
    centre = _centre(element, look)
    if not is_area(tags, closed=closed, nodes=len(refs)):
        return Feature(id=name, tags=tags, shape=None if refs else centre, refused="osm.open_way")
    area = _whole([_edge(places)])
    return Feature(id=name, tags=tags, shape=area or centre, refused="osm.area")


def _places(element: Element, answer: _Answer) -> list[Place | None]:
    """Return where the nodes of a way are, from `out geom` or from the nodes of the answer."""
    if element.get("geometry"):
        return [_place(corner) for corner in element["geometry"]]
    return [answer.nodes.get(number) for number in element.get("nodes") or ()]


def _centre(element: Element, look: Sought) -> shapely.Geometry | None:
    """Return the middle that `out center` gives instead of a shape."""
    place = _place(element.get("center"))
    return shapely.Point(place) if place and look.points else None


def _relation(element: Element, answer: _Answer) -> shapely.Geometry | None:
    """Return the area of a relation, None where it is none or part of its edge is missing."""
    if (element.get("tags") or {}).get("type") not in AREA_RELATIONS:
        return None
    edges = []
    for member in element.get("members") or ():
        if member.get("type") != "way":
            continue
        way = member if member.get("geometry") else answer.elements.get(("way", int(member["ref"])), {})
        edges.append(_edge(_places(way, answer)))
    return _whole(edges)


def _edge(places: Sequence[Place | None]) -> shapely.LineString | None:
    """Return a way as an edge of an area, None where a node is missing."""
    known = [place for place in places if place is not None]
    return shapely.LineString(known) if len(known) == len(places) and len(known) > 1 else None


def _whole(edges: Sequence[shapely.LineString | None]) -> shapely.Geometry | None:
    """Return the area between edges, holes left out, None where an edge is missing or closes no ring.

    Like osmium, it goes by the lines alone: the roles outer and inner are often wrong.
    """
    known = [edge for edge in edges if edge is not None]
    if not known or len(known) < len(edges):
        return None
    together = shapely.MultiLineString(known)
    area = shapely.build_area(together)
    if area is None or area.is_empty or not area.is_valid:
        return None
    used = shapely.length(shapely.boundary(area))
    return area if math.isclose(used, together.length, rel_tol=1e-9) else None
