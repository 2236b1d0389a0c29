"""Raw tables + a layer file → a layer in the plan's CRS: renamed, typed, projected, repaired, counted."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gisplan.core.crs import JGD2011_DEGREES, crs_name, crs_text
from gisplan.core.errors import InputError, Problem
from gisplan.core.messages import message
from gisplan.core.tables import Doubt
from gisplan.core.words import Layer, LayerEntry, Plan, Reading, Spec
from gisplan.layers.columns import absent, pick, read_columns
from gisplan.layers.extent import ask_crs, outside, project, share_inside
from gisplan.layers.identity import with_ids
from gisplan.layers.places import COORDINATE_COLUMNS, LARGEST_DEGREE, mesh_cells, mesh_codes, points_of
from gisplan.layers.shapes import mend_shapes
from gisplan.layers.values import as_text
from gisplan.layers.where import rows_where
from gisplan.sources.raw import Raw, Refused, Wanted
from gisplan.sources.reader import Reader
from gisplan.sources.vector import epsg_of

JGD2000 = frozenset({4612, *range(2443, 2462)})
TOKYO = frozenset({4301, *range(30161, 30180)})
MOSTLY = 0.5
EXAMPLES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Boundary:
    """The municipality a plan is for: its name and its area, widened by a margin, in the plan's CRS."""

    name: str
    area: shapely.Geometry


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerRead:
    """A layer with the doubts met and the rows refused on the way."""

    layer: Layer
    doubts: tuple[Doubt, ...]
    rejects: tuple[dict[str, object], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """One file on its way into a layer."""

    raw: Raw
    cells: pd.DataFrame
    geometry: NDArray[np.object_]
    mended: NDArray[np.bool_]
    refused: tuple[Refused, ...]
    doubts: tuple[Doubt, ...]
    crs_how: str
    crs: int


def read_layer(
    spec: Spec, entries: Sequence[LayerEntry], plan: Plan, *, boundary: Boundary | None, reader: Reader
) -> LayerRead:
    """Read all files of one layer.

    Parameters
    ----------
    spec
        The layer's file of the catalogue.
    entries
        What plan.toml says of it.
    plan
        The plan, for its folder and CRS.
    boundary
        The municipality to test the extent against, where it is known.
    reader
        Who opens the files.

    Raises
    ------
    InputError
        With the first file that cannot be read right.
    """
    problems: list[Problem] = []
    parts: list[_Part] = []
    for entry in entries:
        for path in files_of(entry, plan):
            try:
                name = shown_name(path, plan)
                case = _Case(spec=spec, entry=entry, plan=plan, boundary=boundary, path=path, name=name)
                parts.append(_read_part(case, reader))
            except InputError as error:
                problems += error.problems
    if problems:
        raise InputError(problems)
    return _together(spec, parts, plan)


def files_of(entry: LayerEntry, plan: Plan) -> tuple[Path, ...]:
    """Return the files an entry names, in the order of their names.

    Raises
    ------
    InputError
        If a path or pattern finds nothing.
    """
    found: list[Path] = []
    for pattern in entry.path:
        literal = plan.folder / pattern  # an absolute path stands for itself: the folder before it falls away
        matches = [literal] if literal.is_file() else []
        if not matches and any(sign in pattern for sign in "*?["):
            matches = [path for path in _glob(plan.folder, pattern) if path.is_file()]
        if not matches:
            place = f"{plan.file}:{entry.line} [layers.{entry.layer}]"
            raise InputError(Problem(code="file.none", place=place, values={"path": pattern}))
        found += matches
    return tuple(dict.fromkeys(sorted(found, key=lambda path: path.as_posix())))


def _glob(folder: Path, pattern: str) -> list[Path]:
    """Return what a pattern finds; Path.glob itself neither climbs nor starts at a root."""
    asked = Path(pattern)
    if asked.is_absolute():
        return list(Path(asked.anchor).glob(asked.relative_to(asked.anchor).as_posix()))
    while pattern.startswith("../"):
        folder, pattern = folder / "..", pattern[3:]
    return list(folder.glob(pattern))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """One file in the light of the plan: what it is for, and what it is tested against."""

    spec: Spec
    entry: LayerEntry
    plan: Plan
    boundary: Boundary | None
    path: Path
    name: str

    def place(self, key: str) -> str:
        """Return where plan.toml speaks of this file."""
        return f"{self.plan.file}:{self.entry.line} [layers.{self.entry.layer}] {key}"

    def doubt(self, code: str, *, subject: str = "", **values: object) -> Doubt:
        """Return a doubt about this layer."""
        return Doubt(code=code, layer=self.spec.name, subject=subject, values=values)


def _read_part(case: _Case, reader: Reader) -> _Part:
    spec, entry = case.spec, case.entry
    raw = reader.read(case.path, name=case.name, wanted=_wanted(case))
    doubts = [dataclasses.replace(doubt, layer=spec.name, subject=case.name) for doubt in raw.doubts]
    if entry.where:
        whole = raw.table
        raw, dropped = _filtered(raw, case)
        doubts.append(_where_doubt(whole, dropped, case))
    if entry.fill:
        doubts.append(
            case.doubt("layer.filled", fill=[f"{field} = {text}" for field, text in entry.fill.items()])
        )
    if entry.codes:
        pairs = [f"{word} → {text}" for words in entry.codes.values() for word, text in words.items()]
        doubts.append(case.doubt("layer.recoded", pairs=pairs))
    doubts += absent(raw.table, spec, entry, file=case.name)
    picked = pick(raw.table, spec, entry, file=case.name, path=case.path)
    cells, narrowed = _mesh_codes(picked, spec)
    geometry, mended, refused = _geometry(raw, cells, spec, entry)
    crs, how, more = _crs(raw, geometry, case)
    placed = project(geometry, source=crs, target=case.plan.crs)
    return _Part(
        raw=raw,
        cells=cells,
        geometry=placed,
        mended=mended | narrowed | raw.mended,
        refused=(*raw.refused, *refused),
        doubts=(*doubts, *more, *_inside(geometry, placed, case, crs=crs)),
        crs_how=how,
        crs=crs,
    )


def _wanted(case: _Case) -> Wanted:
    """Return what is asked of a file."""
    spec, entry = case.spec, case.entry
    aliases = (alias for field in spec.fields.values() for alias in field.column)
    return Wanted(
        known=(*COORDINATE_COLUMNS, *entry.columns.values(), *aliases),
        table=entry.table,
        encoding=entry.encoding,
        kind=spec.kind,
        day=case.plan.date,
    )


def _mesh_codes(cells: pd.DataFrame, spec: Spec) -> tuple[pd.DataFrame, NDArray[np.bool_]]:
    """Return the cells with their mesh codes as plain digits, and which codes were written otherwise [n]."""
    if spec.source.reader != "mesh":
        return cells, np.zeros(len(cells), dtype=bool)
    codes = mesh_codes(cells["id"])
    return cells.assign(id=codes), (codes != as_text(cells["id"])).to_numpy(dtype=bool)


def shown_name(path: Path, plan: Plan) -> str:
    """Return how messages and the manifest call a file: relative to plan.toml, never a path of the machine."""
    inner, folder = path.resolve(), plan.folder.resolve()
    if inner.is_relative_to(folder):
        return inner.relative_to(folder).as_posix()
    return "/".join(inner.parts[-2:])


def _where_doubt(whole: pd.DataFrame, dropped: int, case: _Case) -> Doubt:
    """Return how many rows a filter left out; one that leaves out all of them was hardly meant so."""
    where = case.entry.where
    if dropped < len(whole) or not dropped:
        return case.doubt("layer.where", subject=case.name, rows=dropped, where=where)
    named = [column for column in whole.columns if column in where]
    column = named[0] if named else whole.columns[0]
    examples = sorted(set(as_text(whole[column])))[:EXAMPLES]
    return case.doubt(
        "layer.where_none", subject=case.name, rows=dropped, where=where, column=column, examples=examples
    )


def _filtered(raw: Raw, case: _Case) -> tuple[Raw, int]:
    keep = rows_where(raw.table, case.entry.where, place=case.place("where"))
    part = dataclasses.replace(
        raw,
        table=raw.table[keep].reset_index(drop=True),
        geometry=None if raw.geometry is None else raw.geometry[keep],
        rows=raw.rows[keep],
        mended=raw.mended[keep],
    )
    return part, int((~keep).sum())


def _geometry(
    raw: Raw, cells: pd.DataFrame, spec: Spec, entry: LayerEntry
) -> tuple[NDArray[np.object_], NDArray[np.bool_], tuple[Refused, ...]]:
    if spec.kind == "table":  # a place in the file would mean nothing
        return np.full(len(raw.rows), None, dtype=object), np.zeros(len(raw.rows), dtype=bool), ()
    if raw.geometry is not None:
        return raw.geometry, np.zeros(len(raw.rows), dtype=bool), ()
    if spec.source.reader == "mesh":
        shapes, bad = mesh_cells(cells["id"])
        refused = tuple(
            Refused(row=int(raw.rows[i]), column="id", value=str(cells["id"].iloc[i]), code="code.mesh")
            for i in np.flatnonzero(bad)
        )
        return shapes, np.zeros(len(raw.rows), dtype=bool), refused
    return points_of(raw, crs=entry.crs)


def _crs(raw: Raw, geometry: NDArray[np.object_], case: _Case) -> tuple[int, str, tuple[Doubt, ...]]:
    """Return the CRS of a file and how it is known; a file that states none is asked for, never guessed."""
    if case.spec.kind == "table":
        return case.plan.crs, "table", ()
    if case.entry.crs:
        stated, _ = epsg_of(case.entry.crs)
        if stated is None:
            raise InputError(
                Problem(code="crs.unknown", place=case.place("crs"), values={"value": case.entry.crs})
            )
        if raw.crs is None or raw.crs == stated:
            return stated, "plan.toml", ()
        named = {"file": crs_text(raw.crs), "plan": crs_text(stated)}
        return stated, "plan.toml", (case.doubt("crs.overridden", subject=case.name, **named),)
    if raw.geometry is None and not _in_metres(geometry):
        return JGD2011_DEGREES, "degrees", ()
    if raw.crs is None:
        area = None if case.boundary is None else case.boundary.area
        raise ask_crs(geometry, area, crs=case.plan.crs, file=case.name, detail=raw.crs_detail)
    if raw.crs in JGD2000 or raw.crs in TOKYO:
        code = "crs.jgd2000" if raw.crs in JGD2000 else "crs.tokyo_datum"
        return raw.crs, "file", (case.doubt(code, crs=crs_text(raw.crs)),)
    return raw.crs, "file", ()


def _in_metres(geometry: NDArray[np.object_]) -> bool:
    points = shapely.get_coordinates(geometry)
    return bool((np.abs(points[np.isfinite(points)]) > LARGEST_DEGREE).any())


def _inside(
    geometry: NDArray[np.object_], placed: NDArray[np.object_], case: _Case, *, crs: int
) -> tuple[Doubt, ...]:
    """Refuse a file of which nothing lies in the municipality; doubt one of which most does not."""
    if case.boundary is None or not len(placed):
        return ()
    share = share_inside(placed, case.boundary.area)
    if share == 0:
        raise outside(geometry, case.boundary.area, stated=crs, crs=case.plan.crs).error(
            file=case.name, name=case.boundary.name
        )
    if share < MOSTLY:
        named = {"share": f"{share:.1%}", "municipality": case.boundary.name}
        return (case.doubt("extent.partly", subject=case.name, **named),)
    return ()


def _together(spec: Spec, parts: Sequence[_Part], plan: Plan) -> LayerRead:
    """Put the files of a layer together, read their cells, repair, give ids, and count."""
    cells = pd.concat([part.cells for part in parts], ignore_index=True)
    part_of = np.repeat(np.arange(len(parts)), [len(part.cells) for part in parts])
    numbers = np.concatenate([part.raw.rows for part in parts])
    places = [
        f"{parts[p].raw.file.name}:{number}" for p, number in zip(part_of.tolist(), numbers, strict=True)
    ]
    files = parts[0].raw.file.name if len(parts) == 1 else spec.name
    columns = read_columns(cells, spec, places=places, files=files)
    geometry: NDArray[np.object_] = np.empty(len(cells), dtype=object)
    mended = columns.mended.copy()
    doubts = [*(doubt for part in parts for doubt in part.doubts), *columns.doubts]
    refused: list[tuple[int, Refused]] = [(p, row) for p, part in enumerate(parts) for row in part.refused]
    for position, part in enumerate(parts):
        here = part_of == position
        already = {row.row for row in part.refused}
        shapes = mend_shapes(part.geometry, part.raw.rows, spec, file=part.raw.file.name)
        geometry[here] = shapes.geometry
        mended[here] |= part.mended | shapes.mended
        doubts += shapes.doubts
        refused += [(position, row) for row in shapes.refused if row.row not in already]
    table = gpd.GeoDataFrame(columns.table, geometry=geometry, crs=plan.crs)
    keep = _kept(part_of, numbers, refused)
    named = with_ids(
        table, spec, keep=keep, part_of=part_of, numbers=numbers, parts=[p.raw.file for p in parts]
    )
    doubts += named.doubts
    refused += named.refused
    if not len(named.table):
        doubts.append(Doubt(code="data.not_assessed", layer=spec.name, subject=files))
    readings = _readings(spec, parts, refused, mended & named.keep, part_of)
    layer = Layer(spec=spec, table=named.table, readings=readings)
    rejects = _rejects(spec, parts, refused)
    return LayerRead(layer=layer, doubts=(*doubts, *_refusals(spec, rejects)), rejects=rejects)


def _kept(
    part_of: NDArray[np.int64], numbers: NDArray[np.int64], refused: Sequence[tuple[int, Refused]]
) -> NDArray[np.bool_]:
    gone = {(position, row.row) for position, row in refused}
    return np.array([(p, n) not in gone for p, n in zip(part_of, numbers, strict=True)], dtype=bool)


def _readings(
    spec: Spec, parts: Sequence[_Part], refused: Sequence[tuple[int, Refused]], mended: NDArray[np.bool_],
    part_of: NDArray[np.int64],
) -> tuple[Reading, ...]:  # fmt: skip
    readings = []
    for position, part in enumerate(parts):
        rows = {row.row for p, row in refused if p == position}
        outside = {row.row for row in part.raw.refused}
        read = len(part.raw.rows) + len(outside)
        fixed = int(mended[part_of == position].sum())
        file = part.raw.file
        readings.append(
            Reading(
                layer=spec.name, file=file.name, sha256=file.sha256, size=file.size, driver=file.driver,
                encoding=part.raw.encoding, encoding_how=part.raw.encoding_how, crs=crs_name(part.crs),
                crs_how=part.crs_how, read=read, kept=read - fixed - len(rows), mended=fixed, refused=len(rows),
            )
        )  # fmt: skip
    return tuple(readings)


def _rejects(
    spec: Spec, parts: Sequence[_Part], refused: Sequence[tuple[int, Refused]]
) -> tuple[dict[str, object], ...]:
    rows: list[dict[str, object]] = []
    for position, row in refused:
        text = message(row.code)
        values = {"column": row.column, "value": row.value}
        what, cure = text.what(values), text.cure(values)
        rows.append(
            {
                "layer": spec.name, "file": parts[position].raw.file.name, "row": row.row, "column": row.column,
                "value": row.value, "code": row.code, "reason_ja": what.ja, "reason_en": what.en,
                "do_ja": cure.ja, "do_en": cure.en,
            }
        )  # fmt: skip
    return tuple(rows)


def _refusals(spec: Spec, rejects: Sequence[Mapping[str, object]]) -> tuple[Doubt, ...]:
    """Return a doubt for each file of which rows were refused."""
    counts = Counter(str(row["file"]) for row in rejects)
    return tuple(
        Doubt(code="layer.refused", layer=spec.name, subject=file, values={"rows": counts[file]})
        for file in sorted(counts)
    )
