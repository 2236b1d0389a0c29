"""OpenStreetMap files, PBF and XML, through osmium in one stream; areas are put together by osmium as well.

Lines of a PBF file are read by `gisplan.sources.pbf`, which leaves to osmium whatever is not as it expects.
The file is given to osmium as memory, not by name: its own way to open files knows no Japanese names on Windows.
"""

from __future__ import annotations

import mmap
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import shapely

from gisplan.core.errors import InputError, Problem
from gisplan.sources.osm_rows import Feature, Place, is_area, line_of, raw_of
from gisplan.sources.osm_tags import Sought, Tags, sought
from gisplan.sources.osm_ways import Ways, features, gathered
from gisplan.sources.pbf import ways_in
from gisplan.sources.raw import File, Raw, Wanted

FORMATS: Mapping[str, str] = {"osm_pbf": "pbf", "osm_xml": "osm"}
UNSAVED = re.compile(rb"""<(?:node|way|relation)\b[^>]*\s(?:id=['"]-|action=['"]delete)""")
Found = TypeVar("Found")
REMARK = re.compile(rb"<remark>\s*([^<]{0,200})")


def read_osm(file: File, wanted: Wanted) -> Raw:
    """Read the features of an OpenStreetMap file that a layer asks for.

    Parameters
    ----------
    file
        A file of driver osm_pbf or osm_xml.
    wanted
        What is asked of it: the tags, and whether as lines, points or areas.

    Raises
    ------
    InputError
        If the file is damaged, incomplete or a draft of an editor, or the layer names no tags.
    """
    look = sought(wanted, file=file)
    with _held(file) as data:
        if file.driver == "osm_xml":
            _refuse_drafts(data, file)
        found = _found(lambda: _features(data, FORMATS[file.driver], look))
    if isinstance(found, str):
        raise InputError(Problem(code="file.corrupt", place=file.name, values={"detail": found}))
    return raw_of(file, found, look, how="OSM PBF" if file.driver == "osm_pbf" else "OSM XML")


def read_osm_ways(file: File, wanted: Wanted) -> Ways:
    """Read the ways of a file with the ids of their nodes.

    Parameters
    ----------
    file
        A file of driver osm_pbf or osm_xml.
    wanted
        The tags by which the ways are known.

    Raises
    ------
    InputError
        If the file is damaged, incomplete or a draft of an editor.
    """
    look = sought(wanted, file=file)
    with _held(file) as data:
        if file.driver == "osm_xml":
            _refuse_drafts(data, file)
        elif (ways := ways_in(data, look)) is not None:
            return ways
        found = _found(lambda: _rows(_source(data, FORMATS[file.driver], look), look))
    if isinstance(found, str):
        raise InputError(Problem(code="file.corrupt", place=file.name, values={"detail": found}))
    places = {number: place for row in found for number, place in row.nodes}
    return gathered([(row.id, row.tags, [number for number, _ in row.nodes]) for row in found], places)


def quick_ways(file: File, wanted: Wanted) -> Ways | None:
    """Return the ways of a PBF file without native code, None where osmium has to read them.

    Parameters
    ----------
    file
        A file of any driver.
    wanted
        The tags by which the ways are known.

    Raises
    ------
    InputError
        If no tags are named.
    """
    if file.driver != "osm_pbf":
        return None
    with _held(file) as data:
        return ways_in(data, sought(wanted, file=file))


def _found(read: Callable[[], Iterable[Found]]) -> list[Found] | str:
    """Return what is found, or what the library says of a damaged file."""
    import osmium

    faults = (RuntimeError, ValueError, TypeError, OSError, MemoryError, osmium.InvalidLocationError)
    try:
        return list(read())
    except faults as error:
        # Its own words name no place of the machine, for it never learnt the file's name. They are not raised
        # from here, since an error on its way keeps hold of the file.
        return " ".join(str(error).split())[:100] or type(error).__name__


@contextmanager
def _held(file: File) -> Iterator[mmap.mmap]:
    with file.path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
        yield data


def _refuse_drafts(data: mmap.mmap, file: File) -> None:
    """Refuse XML that an interrupted query or an editor left: part of it would be lost in silence."""
    if remark := REMARK.search(data, max(0, len(data) - 4096)):
        raise incomplete(file, remark[1].decode("utf-8", "replace"))
    if UNSAVED.search(data):
        raise InputError(Problem(code="osm.unsaved", place=file.name))


def incomplete(file: File, remark: str) -> InputError:
    """Return the refusal of an answer that a server broke off."""
    return InputError(
        Problem(code="osm.incomplete", place=file.name, values={"remark": " ".join(remark.split())})
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """A way: its id, its tags, and its nodes with their places."""

    id: int
    tags: Tags
    nodes: Sequence[tuple[int, Place | None]]


def _features(data: mmap.mmap, form: str, look: Sought) -> Iterator[Feature]:
    if look.lines:
        ways = ways_in(data, look) if form == "pbf" else None
        yield from features(ways) if ways is not None else _lines(_source(data, form, look), look)
    else:
        import osmium

        yield from _places(_source(data, form, look), look, osmium.geom.WKBFactory())


def _source(data: mmap.mmap, form: str, look: Sought) -> Any:
    """Return what osmium reads: ways with the places of their nodes, or all things with their areas."""
    import osmium

    source = osmium.io.FileBuffer(data, form)
    bits = osmium.osm
    store: Any = osmium.index.create_map("flex_mem")
    if not _is_ordered(osmium, source, data, form):
        with osmium.io.Reader(source, bits.NODE) as nodes:
            osmium.apply(nodes, osmium.NodeLocationsForWays(store))
    tagged = osmium.filter.KeyFilter(*look.all_keys)
    if not look.lines:
        return osmium.FileProcessor(source).with_locations(store).with_areas(tagged).with_filter(tagged)
    ways = osmium.FileProcessor(source, bits.NODE | bits.WAY).with_locations(store)
    return ways.with_filter(osmium.filter.EntityFilter(bits.WAY)).with_filter(tagged)


def _is_ordered(osmium: Any, source: Any, data: mmap.mmap, form: str) -> bool:
    """Return whether all nodes stand before the ways that need them."""
    if form == "osm":
        first_way = data.find(b"<way")
        return first_way < 0 or data.rfind(b"<node") < first_way
    with osmium.io.Reader(source, osmium.osm.NOTHING) as reader:
        return bool(reader.header().get("sorting") == "Type_then_ID")


def _lines(ways: Any, look: Sought) -> Iterator[Feature]:
    for row in _rows(ways, look):
        places = [place for _, place in row.nodes]
        shape, missing = line_of(places), places.count(None)
        yield Feature(
            id=f"way/{row.id}", tags=row.tags, shape=shape, refused="osm.few_nodes", missing=missing
        )


def _rows(ways: Any, look: Sought) -> Iterator[_Row]:
    for way in ways:
        tags = _tags(way, look)
        if tags is not None:
            yield _Row(id=way.id, tags=tags, nodes=[(node.ref, _place(node)) for node in way.nodes])


def _place(node: Any) -> Place | None:
    return (node.location.lon, node.location.lat) if node.location.valid() else None


def _tags(thing: Any, look: Sought) -> Tags | None:
    """Return the tags that count, None for a feature that is not looked for."""
    tags = {tag.k: tag.v for tag in thing.tags if tag.k in look.kept}
    return tags if look.fits(tags) else None


def _places(things: Any, look: Sought, shapes: Any) -> Iterator[Feature]:
    """Yield points and areas; what is not closed or never becomes a whole area is refused."""
    edges: dict[str, Tags] = {}
    areas: dict[str, shapely.Geometry] = {}
    for thing in things:
        tags = _tags(thing, look)
        if tags is None:
            continue
        if thing.is_area():
            # The area of a relation comes before the relation itself.
            name = f"{'way' if thing.from_way() else 'relation'}/{thing.orig_id()}"
            areas |= _area(name, thing, shapes)
        elif thing.is_node():
            if look.points:
                place = _place(thing)
                shape = None if place is None else shapely.Point(place)
                yield Feature(id=f"node/{thing.id}", tags=tags, shape=shape, refused="coord.missing")
        elif thing.is_way() and not is_area(tags, closed=thing.is_closed(), nodes=len(thing.nodes)):
            yield Feature(id=f"way/{thing.id}", tags=tags, refused="osm.open_way")
        else:
            edges[f"{'way' if thing.is_way() else 'relation'}/{thing.id}"] = tags
    for name, tags in edges.items():
        yield Feature(id=name, tags=tags, shape=areas.get(name), refused="osm.area")


def _area(name: str, area: Any, shapes: Any) -> dict[str, shapely.Geometry]:
    try:
        found = shapely.from_wkb(shapes.create_multipolygon(area))
    except (RuntimeError, ValueError):
        return {}
    parts = shapely.get_parts(found)
    return {name: found if len(parts) > 1 else parts[0]} if len(parts) else {}
