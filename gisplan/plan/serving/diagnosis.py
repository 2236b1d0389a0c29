"""What the doctor answers of a dropped file: what it is, which layer it may be, and what would become of its rows."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gisplan.core.checkup import LayerTold, StopTold
from gisplan.core.crs import crs_text
from gisplan.core.errors import GisplanError, InputError, Problem
from gisplan.core.words import Kind, Layer, LayerEntry, Plan, Spec, Text
from gisplan.layers.columns import source_of
from gisplan.layers.crs_doctor import candidates
from gisplan.layers.extent import MARGIN_M, Boundary
from gisplan.layers.load import Examination, examine
from gisplan.layers.municipalities import CODE, city_of, with_whole_names
from gisplan.layers.places import coordinate_columns, points_of
from gisplan.layers.released import known_columns
from gisplan.layers.values import as_text
from gisplan.plan.examine import problem_told, told_of_refusal
from gisplan.plan.serving.entries import lines_of, path_line, replaceable
from gisplan.plan.serving.fits import Fit, fits
from gisplan.plan.serving.holding import DATA
from gisplan.sources.door import admit
from gisplan.sources.raw import Raw, Wanted
from gisplan.sources.reader import Reader

BOUNDARY = "municipality"
STREET_MAPS = frozenset({"graphml", "osm_pbf", "osm_xml", "overpass"})
"""Formats of OpenStreetMap: they hold everything, so that no layer is told from their columns."""

SYSTEMS = 3
"""Coordinate systems that are told."""

NAMES = 2_000
COLUMNS = 200
KINDS: Mapping[str, Kind] = {
    "Point": "point",
    "LineString": "line",
    "LinearRing": "line",
    "Polygon": "polygon",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked of a file: its place, its name beside plan.toml, and what the page says of how it is to be read.

    `layer` is empty where the doctor is to tell which layer it may be.
    """

    path: Path
    name: str
    layer: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    table: str = ""
    encoding: str = ""
    crs: str = ""
    credit: str = ""
    licence: str = ""

    def entry(self, layer: str, release: str = "") -> LayerEntry:
        """Return the entry of plan.toml by which the file is read as a layer."""
        return LayerEntry(
            layer=layer, path=(self.name,), columns=self.columns, table=self.table, encoding=self.encoding,
            crs=self.crs, credit=self.credit, licence=self.licence, release=release,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldTold:
    """A field of a layer, the file's column that holds it, and whether the layer needs it."""

    name: str
    title: Text
    column: str
    required: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FitTold:
    """A layer that a file may be."""

    layer: str
    title: Text
    found: int
    missing: tuple[str, ...]
    release: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """The doctor's answer; `kind` is empty where the file could not be read, `rows` None where none were counted.

    `layer` is what would become of its rows as `chosen`, with `lines` for plan.toml; `taken` tells that the plan has
    that layer already, `replaceable` that the file can take the place of the one that it names. `municipalities` are
    codes and names of a boundary file, for a plan that is yet to be made.
    """

    file: str
    driver: str
    kind: Kind | None
    rows: int | None
    encoding: str
    encoding_how: str
    crs: Text
    columns: tuple[str, ...]
    systems: tuple[Text, ...]
    fits: tuple[FitTold, ...]
    chosen: str
    fields: tuple[FieldTold, ...]
    layer: LayerTold | None
    lines: str
    taken: bool
    replaceable: bool
    problems: tuple[StopTold, ...]
    municipalities: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """What a file shows before any layer's promises are asked of it."""

    driver: str = ""
    kind: Kind | None = None
    raw: Raw | None = None
    points: NDArray[np.object_] | None = None
    problems: tuple[Problem, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        return () if self.raw is None else tuple(map(str, self.raw.table.columns))


def diagnose(asked: Asked, *, plan: Plan | None, catalogue: Mapping[str, Spec], reader: Reader) -> Diagnosis:
    """Return the doctor's answer on a file.

    Parameters
    ----------
    asked
        The file.
    plan
        The plan it may be for, None where there is none yet.
    catalogue
        The layers there are.
    reader
        Who opens the file.

    Raises
    ------
    ConfigurationError
        If the page names a layer or a release that the catalogue does not have.
    """
    seen = _look(asked, catalogue, reader)
    found = _fits(seen, asked, catalogue)
    chosen = asked.layer or (found[0].spec.name if found else "")
    fit = next((fit for fit in found if fit.spec.name == chosen), None)
    old = [] if plan is None else [one for one in plan.layers if one.layer == chosen]
    entry = asked.entry(chosen, "" if fit is None or fit.release is None else fit.release.release)
    placed = f"{DATA}/{Path(asked.name).name}"
    lines = lines_of(dataclasses.replace(entry, path=(placed,))) if chosen else ""
    if replaceable(old):
        entry, lines = dataclasses.replace(old[0], path=(asked.name,)), path_line(placed)
    examined = _examined(entry, plan, catalogue, reader) if plan is not None else None
    raw = seen.raw
    return Diagnosis(
        file=Path(asked.name).name,
        driver=seen.driver if raw is None else raw.file.driver,
        kind=seen.kind,
        rows=None if raw is None else len(raw.rows) + len({row.row for row in raw.refused}),
        encoding="" if raw is None else raw.encoding,
        encoding_how="" if raw is None else raw.encoding_how,
        crs=Text(ja="", en="") if raw is None or raw.crs is None else crs_text(raw.crs),
        columns=seen.columns[:COLUMNS],
        systems=_systems(seen, examined),
        fits=tuple(_fit_told(fit) for fit in found),
        chosen=chosen,
        fields=_fields(catalogue[chosen], seen, asked) if chosen in catalogue else (),
        layer=None if examined is None or not chosen else _layer_told(examined, chosen),
        lines=lines,
        taken=bool(old),
        replaceable=replaceable(old),
        problems=tuple(problem_told(one, audience="internal", file=asked.name) for one in seen.problems),
        municipalities=_municipalities(seen),
    )


def _look(asked: Asked, catalogue: Mapping[str, Spec], reader: Reader) -> _Seen:
    driver = ""
    try:
        driver = admit(asked.path, name=asked.name).driver
        if driver == "geotiff":
            return _Seen(driver=driver, kind="raster")
        if driver in STREET_MAPS:
            return _Seen(driver=driver)
        known = dict.fromkeys(name for spec in catalogue.values() for name in known_columns(spec))
        wanted = Wanted(
            known=(*coordinate_columns(), *asked.columns.values(), *known),
            table=asked.table,
            encoding=asked.encoding,
        )
        raw = reader.read(asked.path, name=asked.name, wanted=wanted)
    except GisplanError as error:
        # A picture inside an archive is known only once the archive is opened.
        inside = any(problem.code == "file.not_vector" for problem in error.problems)
        return (
            _Seen(driver=driver, kind="raster") if inside else _Seen(driver=driver, problems=error.problems)
        )
    if raw.geometry is not None:
        return _Seen(driver=driver, kind=_kind(raw.geometry), raw=raw, points=raw.geometry)
    points = None
    with suppress(InputError):
        points = points_of(raw, entry=LayerEntry(layer="", path=(), crs=asked.crs), kind="polygon").points
    return _Seen(driver=driver, kind="table", raw=raw, points=points)


def _kind(geometry: NDArray[np.object_]) -> Kind:
    names = Counter(shape.geom_type.removeprefix("Multi") for shape in geometry if shape is not None)
    return KINDS.get(names.most_common(1)[0][0], "polygon") if names else "table"


def _fits(seen: _Seen, asked: Asked, catalogue: Mapping[str, Spec]) -> tuple[Fit, ...]:
    if seen.problems:
        return ()
    able: Mapping[str, Spec] = catalogue
    if seen.driver in STREET_MAPS:
        able = {name: spec for name, spec in catalogue.items() if spec.source.osm}
    if seen.raw is not None:
        feed = seen.raw.file.driver == "gtfs"
        able = {name: spec for name, spec in catalogue.items() if (spec.source.reader == "gtfs") == feed}
    return fits(seen.columns, seen.kind, name=Path(asked.name).name, catalogue=able)


def _fit_told(fit: Fit) -> FitTold:
    return FitTold(
        layer=fit.spec.name, title=fit.spec.title, found=len(fit.found), missing=fit.missing,
        release="" if fit.release is None else fit.release.release,
    )  # fmt: skip


def _fields(spec: Spec, seen: _Seen, asked: Asked) -> tuple[FieldTold, ...]:
    return tuple(
        FieldTold(
            name=name, title=one.title, required=one.required,
            column=source_of(list(seen.columns), one, asked.columns.get(name, "")) or "",
        )
        for name, one in spec.fields.items()
    )  # fmt: skip


def _examined(
    entry: LayerEntry, plan: Plan, catalogue: Mapping[str, Spec], reader: Reader
) -> Examination | None:
    """Return what came of reading the file as a layer, beside the boundary of the plan; None where neither is there."""
    entries = [one for one in plan.layers if one.layer == BOUNDARY and entry.layer != BOUNDARY]
    entries += [entry] if entry.layer else []
    if not entries:
        return None
    bare = dataclasses.replace(plan, layers=tuple(entries), districts=(), scenarios=(), audience="internal")
    return examine(bare, catalogue=catalogue, reader=reader)


def _layer_told(examined: Examination, layer: str) -> LayerTold:
    told = told_of_refusal(examined)
    return next(one for one in told.layers if one.layer == layer)


def _systems(seen: _Seen, examined: Examination | None) -> tuple[Text, ...]:
    """Return the systems that put most of a file that states none into the municipality, the likeliest first."""
    stated = seen.raw is None or seen.raw.crs is not None
    if examined is None or seen.points is None or stated or BOUNDARY not in examined.layers:
        return ()
    own = examined.layers[BOUNDARY].layer
    if own is None or not len(own.table):
        return ()
    found = candidates(seen.points, _boundary(own), crs=examined.plan.crs)
    inside: Sequence[Text] = [one.text for one in found if one.share > 0]
    return tuple(inside[:SYSTEMS]) or tuple(one.text for one in found[:1])


def _boundary(layer: Layer) -> Boundary:
    whole = shapely.union_all(layer.table.geometry.to_numpy())
    name = "・".join(sorted({str(name) for name in layer.table["name"] if name}))
    area = shapely.buffer(whole, MARGIN_M)
    shapely.prepare(area)
    return Boundary(name=name, area=area, outline=shapely.boundary(whole))


def _municipalities(seen: _Seen) -> tuple[tuple[str, str], ...]:
    """Return the municipalities of a file of administrative areas, wards by their city, too."""
    if seen.raw is None or CODE not in seen.raw.table:
        return ()
    table: pd.DataFrame = with_whole_names(seen.raw.table)
    codes, names = as_text(table[CODE]).str.strip(), as_text(table["N03_004"]).str.strip()
    pairs = {code: name for code, name in zip(codes, names, strict=True) if code and city_of(code) == code}
    return tuple(sorted(pairs.items()))[:NAMES]
