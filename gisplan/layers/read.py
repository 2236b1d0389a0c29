"""Raw tables + a layer file → a layer in the plan's CRS: renamed, typed, projected, repaired, counted."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gisplan.core.crs import crs_name
from gisplan.core.errors import InputError, Problem
from gisplan.core.tables import Doubt
from gisplan.core.words import Layer, LayerEntry, Plan, Reading, Spec
from gisplan.layers.case import Case
from gisplan.layers.columns import column_doubts, pick, read_columns
from gisplan.layers.extent import Boundary
from gisplan.layers.ground import claimed_twice, same_places
from gisplan.layers.identity import with_ids
from gisplan.layers.places import COORDINATE_COLUMNS, mesh_cells, mesh_codes, points_of
from gisplan.layers.placing import Placed, place
from gisplan.layers.refusals import Stop, refusals, reject_rows, stops_of
from gisplan.layers.released import as_released, known_columns
from gisplan.layers.shapes import mend_shapes
from gisplan.layers.values import as_text
from gisplan.layers.where import rows_where
from gisplan.sources.raw import Raw, Refused, Wanted
from gisplan.sources.reader import Reader

EXAMPLES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerRead:
    """A layer with the doubts met and the rows refused on the way, and what stops it.

    Where something stops it, `layer` holds those of its files that can be read; it is None where none can.
    """

    layer: Layer | None
    doubts: tuple[Doubt, ...] = ()
    rejects: tuple[dict[str, object], ...] = ()
    stops: tuple[Stop, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """One file on its way into a layer."""

    raw: Raw
    cells: pd.DataFrame
    placed: Placed
    mended: NDArray[np.bool_]
    refused: tuple[Refused, ...]
    doubts: tuple[Doubt, ...]


def read_layer(
    spec: Spec, entries: Sequence[LayerEntry], plan: Plan, *, boundary: Boundary | None, reader: Reader
) -> LayerRead:
    """Read all files of one layer, as far as they can be read.

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
        If a path of plan.toml finds nothing; what is wrong with a file is told by `stops`.
    """
    stops: list[Stop] = []
    parts: list[_Part] = []
    for entry in entries:
        for path in files_of(entry, plan):
            name = shown_name(path, plan)
            try:
                case = Case(spec=spec, entry=entry, plan=plan, boundary=boundary, path=path, name=name)
                parts.append(_read_part(case, reader))
            except InputError as error:
                stops += stops_of(error, [name])
    read = LayerRead(layer=None, doubts=tuple(doubt for part in parts for doubt in part.doubts))
    try:
        read = _together(spec, parts, plan) if parts else read
    except InputError as error:
        stops += stops_of(error, [part.raw.file.name for part in parts])
    return dataclasses.replace(read, stops=tuple(stops))


def files_of(entry: LayerEntry, plan: Plan) -> tuple[Path, ...]:
    """Return the files an entry names, in the order of their names.

    Raises
    ------
    InputError
        If a path or pattern finds nothing.
    """
    found: list[Path] = []
    for pattern in entry.path:
        if any(sign in pattern for sign in "*?["):
            matches = [path for path in _glob(plan.folder, pattern) if path.is_file()]
        else:
            # An absolute path stands for itself: the folder before it falls away.
            matches = [plan.folder / pattern] if (plan.folder / pattern).is_file() else []
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


def _read_part(case: Case, reader: Reader) -> _Part:
    spec, entry = case.spec, case.entry
    raw = reader.read(case.path, name=case.name, wanted=_wanted(case))
    edition = as_released(spec, entry, raw, file=case.name, place=case.place("release"))
    raw, doubts = edition.raw, list(edition.doubts)
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
    spec, entry = edition.spec, edition.entry
    doubts += column_doubts(raw.table, spec, entry, file=case.name)
    picked = pick(raw.table, spec, entry, file=case.name, path=case.path)
    cells, narrowed = _mesh_codes(picked, spec)
    geometry, mended, refused = _geometry(raw, cells, spec, entry)
    placed = place(raw, cells, geometry, case)
    return _Part(
        raw=raw,
        cells=cells,
        placed=placed,
        mended=mended | narrowed | raw.mended,
        refused=(*raw.refused, *refused),
        doubts=(*doubts, *placed.doubts),
    )


def _wanted(case: Case) -> Wanted:
    """Return what is asked of a file."""
    spec, entry = case.spec, case.entry
    return Wanted(
        known=(*COORDINATE_COLUMNS, *entry.columns.values(), *known_columns(spec)),
        table=entry.table,
        encoding=entry.encoding,
        kind=spec.kind,
        osm=spec.source.osm,
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


def _where_doubt(whole: pd.DataFrame, dropped: int, case: Case) -> Doubt:
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


def _filtered(raw: Raw, case: Case) -> tuple[Raw, int]:
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
    return points_of(raw, crs=entry.crs, axes=entry.axes)


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
        shapes = mend_shapes(part.placed.geometry, part.raw.rows, spec, file=part.raw.file.name)
        geometry[here] = shapes.geometry
        mended[here] |= part.mended | shapes.mended
        doubts += shapes.doubts
        refused += [(position, row) for row in shapes.refused if row.row not in already]
    table = gpd.GeoDataFrame(columns.table, geometry=geometry, crs=plan.crs)
    keep = _kept(part_of, numbers, refused)
    ground = claimed_twice(table, spec, keep=keep, part_of=part_of, numbers=numbers, places=places)
    refused += ground.refused
    keep &= ~ground.again
    named = with_ids(
        table, spec, keep=keep, part_of=part_of, numbers=numbers, parts=[p.raw.file for p in parts]
    )
    doubts += [*ground.doubts, *named.doubts, *same_places(named.table, spec)]
    refused += named.refused
    if not len(named.table):
        doubts.append(Doubt(code="data.not_assessed", layer=spec.name, subject=files))
    readings = _readings(spec, parts, refused, mended & named.keep, part_of)
    layer = Layer(spec=spec, table=named.table, readings=readings)
    rejects = reject_rows(spec, [part.raw.file.name for part in parts], refused)
    return LayerRead(layer=layer, doubts=(*doubts, *refusals(spec, rejects)), rejects=rejects)


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
                encoding=part.raw.encoding, encoding_how=part.raw.encoding_how, crs=crs_name(part.placed.crs),
                crs_how=part.placed.how, read=read, kept=read - fixed - len(rows), mended=fixed, refused=len(rows),
                inside=part.placed.inside,
            )
        )  # fmt: skip
    return tuple(readings)
