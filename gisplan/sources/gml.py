"""GML: 国土数値情報, 基盤地図情報, PLATEAU's CityGML, and what GIS programs write, as one table of features.

A file says where it is by references of its own only; a schema or a code list that it names is never opened.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gisplan.core.errors import InputError, Problem
from gisplan.core.tables import Doubt
from gisplan.sources.drawing import STEP, STEP_ERROR, UnreadableShapeError
from gisplan.sources.gml_crs import System, north_first, system_of
from gisplan.sources.gml_features import Found, Path, feature_of, is_named, kind_name, names_of, refers
from gisplan.sources.gml_geometry import (
    GML,
    Drawer,
    MissingShapeError,
    Shape,
    TooManyReferencesError,
    is_geometry,
)
from gisplan.sources.markup import Element, elements, encoding_of, local, namespace
from gisplan.sources.raw import File, Raw, Refused, Wanted

MEMBERS = frozenset({"featureMember", "featureMembers", "member", "cityObjectMember"})
MINISTRIES = ("nlftp.mlit.go.jp", "fgd.gsi.go.jp", "gsi.go.jp")
"""Makers of GML whose degrees have the latitude first, whatever the name of the system."""

POSITIONS_PER_BYTE = 4
HEIGHT = "z"
GEOMETRY = "geometry"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Feature:
    """One feature read: its place in the file, its attributes, and its shape or why it has none."""

    number: int
    found: Found
    shape: Shape | None
    refused: Refused | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Document:
    """A file once read: its features, the kinds that it has, and what holds for all of them."""

    features: tuple[_Feature, ...]
    kinds: tuple[str, ...]
    system: str
    of_japan: bool


def read_gml(file: File, wanted: Wanted) -> Raw:
    """Read the features of one kind.

    Parameters
    ----------
    file
        A file of driver gml.
    wanted
        What is asked of it: the kind of feature where the file has several, and the codec.

    Raises
    ------
    InputError
        If the file is damaged or dangerous, holds several kinds of features and none is named, or several
        coordinate systems.
    """
    encoding = encoding_of(file, wanted.encoding)
    try:
        document = _Walk(file, wanted).read(elements(file, encoding))
    except TooManyReferencesError:
        raise InputError(Problem(code="sec.references", place=file.name)) from None
    _one_kind(document, file, wanted)
    kept = [feature for feature in document.features if feature.refused is None]
    system, detail = _system(kept, document, file)
    geometry, turned = _placed(kept, system, of_japan=document.of_japan)
    table, reserved = _table(kept)
    return Raw(
        file=file,
        table=table,
        geometry=geometry,
        rows=np.array([feature.number for feature in kept], dtype="int64"),
        mended=np.array([feature.shape is not None and feature.shape.closed for feature in kept], dtype=bool),
        refused=tuple(feature.refused for feature in document.features if feature.refused is not None),
        crs=system.crs,
        crs_detail=detail,
        encoding=encoding.name,
        encoding_how=encoding.how,
        doubts=tuple(_doubts(kept, turned=turned, reserved=reserved)),
    )


class _Walk:
    """Goes through a file once and keeps what is asked of it."""

    def __init__(self, file: File, wanted: Wanted) -> None:
        self._file = file
        self._wanted = wanted
        self._shared: dict[str, Element] = {}
        self._drawer = Drawer(shared=self._shared, largest=POSITIONS_PER_BYTE * file.size + 1000)
        self._kinds: Counter[str] = Counter()
        self._waiting: list[tuple[int, Element]] = []
        self._features: list[_Feature] = []
        self._system, self._dimension, self._of_japan = "", 2, False

    def read(self, walk: Iterator[tuple[bool, Element, int]]) -> _Document:
        """Return what the file holds."""
        members = dataset = False
        gone: Element = None
        for begins, element, depth in walk:
            if begins:
                if depth == 1:
                    dataset = local(element) == "Dataset"
                    self._of_japan = any(
                        maker in str(space) for space in element.nsmap.values() for maker in MINISTRIES
                    )
                elif depth == 2:  # noqa: PLR2004 (what stands in the root)
                    members = local(element) in MEMBERS
                continue
            if depth != (3 if members else 2):
                continue
            kept = self._take(element, feature=members or dataset)
            if gone is not None and gone.getparent() is not None:
                gone.getparent().remove(gone)
            gone = None if kept else element
        for number, element in self._waiting:
            self._features.append(self._feature(number, element))
        return _Document(
            features=tuple(sorted(self._features, key=lambda feature: feature.number)),
            kinds=tuple(sorted(kind for kind, count in self._kinds.items() if count)),
            system=self._system,
            of_japan=self._of_japan,
        )

    def _take(self, element: Element, *, feature: bool) -> bool:
        """Read one thing of a file; return whether it is still needed."""
        if is_geometry(element):
            for key, text in element.attrib.items():
                if key.endswith("}id"):
                    self._shared[text] = element
            return True
        if namespace(element).startswith(GML):
            self._envelope(element)
            return False
        self._kinds[kind_name(element)] += feature
        if not feature or not self._is_wanted(element):
            return False
        number = self._kinds[kind_name(element)]
        if refers(element):
            self._waiting.append((number, element))
            return True
        self._features.append(self._feature(number, element))
        return False

    def _is_wanted(self, element: Element) -> bool:
        """Return whether a feature is of the kind asked for; of several kinds none is, until one is named."""
        if self._wanted.table:
            return is_named(element, self._wanted.table)
        return sum(count > 0 for count in self._kinds.values()) == 1

    def _envelope(self, element: Element) -> None:
        for inner in element.iter():
            self._system = self._system or inner.get("srsName", "")
            corner = (inner.text or "").split() if local(inner) == "lowerCorner" else []
            stated = inner.get("srsDimension", "")
            if stated == "3" or len(corner) == 3:  # noqa: PLR2004 (east, north, height)
                self._dimension = 3

    def _feature(self, number: int, element: Element) -> _Feature:
        found = feature_of(element, shared=self._shared, kind=self._wanted.kind)
        if self._wanted.kind == "table":  # a place in the file would mean nothing
            return _Feature(number=number, found=found, shape=None)
        try:
            shape = self._shape(found)
        except (UnreadableShapeError, MissingShapeError, shapely.errors.GEOSException) as error:
            missing = isinstance(error, MissingShapeError)
            code = "geom.reference" if missing else "geom.unread"
            said = str(error.args[0]).splitlines()[0] if error.args else "—"
            refused = Refused(row=number, column=GEOMETRY, value=said[:60], code=code)
            return _Feature(number=number, found=found, shape=None, refused=refused)
        return _Feature(number=number, found=found, shape=shape)

    def _shape(self, found: Found) -> Shape | None:
        if found.choice is None:
            if found.references:
                raise MissingShapeError(found.references[0])
            return None
        shapes = [
            self._drawer.draw(element, dimension=self._dimension, outline=found.choice.outline)
            for element in found.choice.elements
        ]
        if len(shapes) == 1:
            return shapes[0]
        held = [shape.geometry for shape in shapes if shape.geometry is not None]
        return Shape(
            geometry=shapely.union_all(held) if held else None,
            outlined=True,
            raised=any(shape.raised for shape in shapes),
            curved=any(shape.curved for shape in shapes),
            closed=any(shape.closed for shape in shapes),
            systems=frozenset().union(*(shape.systems for shape in shapes)),
        )


def _one_kind(document: _Document, file: File, wanted: Wanted) -> None:
    """Refuse a file that does not have the kind of feature that is asked for, or several and none is asked for."""
    names = list(document.kinds)
    if wanted.table:
        if not document.features:
            raise InputError(
                Problem(
                    code="file.table",
                    place=file.name,
                    values={"wanted": wanted.table, "tables": names or "—"},
                )
            )
    elif len(names) > 1:
        raise InputError(Problem(code="file.layer", place=file.name, values={"tables": names}))


def _system(kept: Sequence[_Feature], document: _Document, file: File) -> tuple[System, str]:
    """Return the one coordinate system of a file, and its name where it has no code."""
    names = {
        name
        for feature in kept
        if feature.shape is not None and feature.shape.geometry is not None
        for name in feature.shape.systems or (feature.found.system or document.system,)
        if name
    }
    systems = {system_of(name) for name in names}
    if len(systems) > 1:
        raise InputError(Problem(code="crs.several", place=file.name, values={"names": sorted(names)}))
    system = next(iter(systems), System())
    return system, "" if system.crs is not None else "・".join(sorted(names))


def _placed(kept: Sequence[_Feature], system: System, *, of_japan: bool) -> tuple[NDArray[np.object_], bool]:
    """Return the geometries with east before north, and whether a reader should be told that this took a turn."""
    geometry = np.empty(len(kept), dtype=object)
    geometry[:] = [None if feature.shape is None else feature.shape.geometry for feature in kept]
    first_is_north, told = north_first(shapely.get_coordinates(geometry), system, of_japan=of_japan)
    if first_is_north:
        geometry = shapely.transform(geometry, lambda positions: positions[:, ::-1])
    return geometry, told


def _table(kept: Sequence[_Feature]) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return the attributes as columns of text, and the columns that had to be renamed."""
    paths: dict[Path, None] = {}
    for feature in kept:
        paths |= dict.fromkeys(feature.found.attributes)
    named = names_of(list(paths))
    reserved = tuple(name for name in named.values() if name == GEOMETRY)
    columns = {
        f"{name}_" if name == GEOMETRY else name: [feature.found.attributes.get(path, "") for feature in kept]
        for path, name in named.items()
    }
    table = pd.DataFrame(columns, index=range(len(kept)), dtype=object)
    heights = [None if feature.shape is None else feature.shape.height for feature in kept]
    if any(height is not None for height in heights):
        table[_height_column(table)] = np.array(heights, dtype="float64")
    return table, reserved


def _height_column(table: pd.DataFrame) -> str:
    return HEIGHT if HEIGHT not in table else f"{HEIGHT}_"


def _doubts(kept: Sequence[_Feature], *, turned: bool, reserved: Sequence[str]) -> Iterator[Doubt]:
    shapes = [feature.shape for feature in kept if feature.shape is not None]
    if reserved:
        yield Doubt(code="tab.reserved", layer="", values={"columns": list(reserved)})
    if turned and shapes:
        yield Doubt(code="crs.axis_swap", layer="", values={"rows": len(shapes)})
    if raised := sum(shape.raised for shape in shapes):
        yield Doubt(code="geom.z", layer="", values={"rows": raised, "column": HEIGHT})
    if curved := sum(shape.curved for shape in shapes):
        values = {
            "rows": curved,
            "degrees": f"{STEP:g}",
            "share": f"{STEP_ERROR:.3%}",
        }
        yield Doubt(code="geom.curve", layer="", values=values)
    outlines = {
        feature.found.choice.name
        for feature in kept
        if feature.found.choice is not None and feature.shape is not None and feature.shape.outlined
    }
    if outlines:
        yield Doubt(code="geom.lod", layer="", values={"lods": sorted(outlines)})
    several = [feature.found for feature in kept if feature.found.others]
    if several and several[0].choice:
        others = sorted({name for found in several for name in found.others})
        values = {"rows": len(several), "taken": several[0].choice.name, "others": others}
        yield Doubt(code="geom.several", layer="", values=values)
