"""Features of GML: which elements they are, their attributes as text, and which of their geometries counts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from gisplan.core.words import Kind
from gisplan.sources.gml_geometry import GML, HREF, is_geometry, kind_of
from gisplan.sources.markup import Element, local, namespace

GENERICS = "http://www.opengis.net/citygml/generics/"
LOD = re.compile(r"lod(\d)(?!.*TerrainIntersection)")
OUTLINES = ("FootPrint", "RoofEdge")
"""Endings of the geometries of a building that are flat from the start, the better one first."""

NO_ATTRIBUTES = frozenset({"boundedBy", "appearance", "metaDataProperty"})
Path = tuple[str, ...]
"""Names with their namespaces from a feature down to a value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A geometry of a feature: the name of its property, the element, and whether only its outline is meant."""

    name: str
    elements: tuple[Element, ...]
    outline: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a feature holds.

    Its attributes, the geometry that counts, the names of those that do not, the references that lead to no
    geometry, and the coordinate system of its envelope.
    """

    attributes: Mapping[Path, str]
    choice: Choice | None
    others: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    system: str = ""


def feature_of(element: Element, *, shared: Mapping[str, Element], kind: Kind | None) -> Found:
    """Return the attributes and the geometry of a feature.

    Parameters
    ----------
    element
        The feature, whole.
    shared
        Geometries of the file by id.
    kind
        What the layer holds, for features with several geometries.
    """
    values: dict[Path, list[str]] = {}
    choices: list[Choice] = []
    deep: list[Element] = []
    system = ""
    for name, text in _own_ids(element):
        values[(name,)] = [text]
    for child in element:
        geometries = _geometries(child, shared)
        if geometries:
            choices.append(Choice(name=local(child), elements=geometries))
        elif local(child) == "boundedBy" and namespace(child).startswith(GML):
            system = next((inner.get("srsName", "") for inner in child), "")
        elif any(is_geometry(inner) for inner in child.iter()):
            deep.append(child)
        else:
            for path, text in _values(child):
                values.setdefault(path, []).append(text)
    choice, others = _chosen(choices, deep, kind)
    joined = {path: ";".join(text for text in texts if text) for path, texts in values.items()}
    open_ends = tuple(
        ref for child in element if (ref := child.get(HREF, "")).startswith("#") and not len(child)
    )
    return Found(
        attributes=joined,
        choice=choice,
        others=others,
        references=() if choice else open_ends,
        system=system,
    )


def refers(element: Element) -> bool:
    """Return whether anything in a feature refers to another element."""
    return any(inner.get(HREF) is not None for inner in element.iter())


def _own_ids(element: Element) -> Iterator[tuple[str, str]]:
    for key, text in element.attrib.items():
        if key.startswith("{" + GML) and key.endswith("}id"):
            yield "gml_id", text
        elif key == "fid":
            yield "fid", text


def _geometries(child: Element, shared: Mapping[str, Element]) -> tuple[Element, ...]:
    if is_geometry(child):
        return (child,)
    reference = child.get(HREF, "")
    if not len(child) and reference.startswith("#") and reference[1:] in shared:
        return (shared[reference[1:]],)
    return tuple(inner for inner in child if is_geometry(inner))


def _values(element: Element, above: Path = ()) -> Iterator[tuple[Path, str]]:
    """Yield every text inside an element with the path to it."""
    name = str(element.tag)
    if local(element) in NO_ATTRIBUTES:
        return
    if namespace(element).startswith(GENERICS):
        # A generic attribute bears its name beside its type.
        path = (*above, element.get("name", "")) if element.get("name") else above
    else:
        path = (*above, name)
    if len(element):
        for child in element:
            yield from _values(child, path)
        return
    text = (element.text or "").strip() or element.get(HREF, "").removeprefix("#")
    yield path or (name,), text


def _chosen(
    choices: Sequence[Choice], deep: Iterable[Element], kind: Kind | None
) -> tuple[Choice | None, tuple[str, ...]]:
    """Return the geometry of a feature that counts, and the names of the others."""
    levels = [choice for choice in choices if LOD.match(choice.name)]
    if not levels:
        fits = [choice for choice in choices if kind_of(choice.elements[0]) == kind] or list(choices)
        if fits:
            return fits[0], tuple(choice.name for choice in choices if choice is not fits[0])
        levels = list(_deep_levels(deep))
    if not levels:
        return None, ()
    best = min(levels, key=_rank)
    alike = [choice for choice in levels if choice.name == best.name]
    elements = tuple(element for choice in alike for element in choice.elements)
    return Choice(name=best.name, elements=elements, outline=kind_of(best.elements[0]) == "polygon"), ()


def _deep_levels(deep: Iterable[Element]) -> Iterator[Choice]:
    for part in deep:
        for inner in part.iter():
            if LOD.match(local(inner)) and (elements := tuple(one for one in inner if is_geometry(one))):
                yield Choice(name=local(inner), elements=elements)


def _rank(choice: Choice) -> tuple[int, int, int]:
    """Return how good a geometry is: of low detail, an outline, an area."""
    found = LOD.match(choice.name)
    level = int(found[1]) if found else 9
    ending = next((i for i, name in enumerate(OUTLINES) if choice.name.endswith(name)), len(OUTLINES))
    return level, ending, int(kind_of(choice.elements[0]) != "polygon")


def names_of(paths: Sequence[Path]) -> Mapping[Path, str]:
    """Return a column name for each path: its last part where that is clear, else all parts with dots between.

    Parameters
    ----------
    paths
        Paths in the order of their first appearance.
    """
    plain = {path: tuple(part.rpartition("}")[2] for part in path) for path in paths}
    # A value of the feature itself goes before one deeper inside, and before those that all GML features have.
    order = sorted(paths, key=lambda path: (len(path), path[0].startswith("{" + GML)))
    deep = Counter(plain[path][-1] for path in paths if len(path) > 1)
    taken: dict[str, Path] = {}
    for path in order:
        last, whole = plain[path][-1], ".".join(plain[path])
        clear = len(path) == 1 or deep[last] == 1
        candidates = [last] if clear else []
        candidates += [whole if len(path) > 1 else f"gml.{last}"]
        free = next((name for name in candidates if name not in taken), None)
        number = 2
        while free is None:
            numbered = f"{whole} ({number})"
            free = None if numbered in taken else numbered
            number += 1
        taken[free] = path
    named = {path: name for name, path in taken.items()}
    return {path: named[path] for path in paths}


def kind_name(element: Element) -> str:
    """Return the kind of a feature as a user may name it: the element's name without its prefix."""
    return local(element)


def is_named(element: Element, wanted: str) -> bool:
    """Return whether a feature is of the kind that a user names, with or without its prefix."""
    name = local(element)
    return wanted in {name, f"{element.prefix}:{name}"}
