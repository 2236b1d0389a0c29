"""Raw tables + a layer file → a layer in the plan's CRS: renamed, typed, projected, repaired, counted."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gisplan.core.crs import crs_name
from gisplan.core.errors import InputError
from gisplan.core.tables import Doubt
from gisplan.core.words import Layer, LayerEntry, Plan, Reading, Spec
from gisplan.layers.case import Case
from gisplan.layers.columns import column_doubts, pick
from gisplan.layers.extent import Boundary
from gisplan.layers.fields import future_years, read_columns
from gisplan.layers.ground import claimed_twice, same_places
from gisplan.layers.identity import with_ids
from gisplan.layers.located import located, replaced, without_unassigned
from gisplan.layers.meshes import nested
from gisplan.layers.origins import files_of, place_of, shown_name
from gisplan.layers.places import coordinate_columns
from gisplan.layers.placing import Placed, place
from gisplan.layers.rejects import refusals, rejects_of
from gisplan.layers.released import as_released, known_columns
from gisplan.layers.shapes import mend_shapes
from gisplan.layers.stops import Stop, stops_of
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
    entry: LayerEntry
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
        for origin in files_of(entry, plan):
            name = shown_name(origin, plan)
            try:
                case = Case(spec=spec, entry=entry, plan=plan, boundary=boundary, origin=origin, name=name)
                parts.append(_read_part(case, reader))
            except InputError as error:
                stops += stops_of(error, [name])
    read = LayerRead(layer=None, doubts=tuple(doubt for part in parts for doubt in part.doubts))
    try:
        read = _together(spec, parts, plan) if parts else read
    except InputError as error:
        stops += stops_of(error, [part.raw.file.name for part in parts])
    return dataclasses.replace(read, stops=tuple(stops))


def _read_part(case: Case, reader: Reader) -> _Part:
    spec, entry = case.spec, case.entry
    raw = reader.read(case.origin, name=case.name, wanted=_wanted(case))
    edition = as_released(spec, entry, raw, file=case.name, place=case.place("release"))
    raw, unassigned = without_unassigned(edition.raw)
    doubts = [*edition.doubts, *case.named(unassigned)]
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
    doubts += column_doubts(raw.table, spec, entry, file=case.name, rows=raw.rows.tolist())
    picked = pick(raw.table, spec, entry, file=case.name, path=place_of(case.origin))
    found = located(raw, picked, spec, entry)
    if found.places.crs is not None:
        raw = dataclasses.replace(raw, crs=found.places.crs)
    placed = place(raw, found.cells, found.places.points, case)
    return _Part(
        raw=raw,
        entry=case.entry,
        cells=found.cells,
        placed=placed,
        mended=found.places.mended | raw.mended,
        refused=(*raw.refused, *found.places.refused),
        doubts=(*doubts, *case.named(found.places.doubts), *placed.doubts),
    )


def _wanted(case: Case) -> Wanted:
    """Return what is asked of a file."""
    spec, entry = case.spec, case.entry
    return Wanted(
        known=(*coordinate_columns(), *entry.columns.values(), *known_columns(spec)),
        table=entry.table,
        encoding=entry.encoding,
        kind=spec.kind,
        osm=spec.source.osm,
        day=case.plan.date,
    )


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
    return replaced(raw, raw.table, keep), int((~keep).sum())


def _together(spec: Spec, parts: Sequence[_Part], plan: Plan) -> LayerRead:
    """Put the files of a layer together, read their cells, repair, give ids, and count."""
    cells = pd.concat([part.cells for part in parts], ignore_index=True)
    part_of = np.repeat(np.arange(len(parts)), [len(part.cells) for part in parts])
    numbers = np.concatenate([part.raw.rows for part in parts])
    sources = [part.raw.file for part in parts]
    names = [file.name for file in sources]
    files = names[0] if len(parts) == 1 else spec.name

    def place_of(row: int) -> str:
        return f"{names[part_of[row]]}:{numbers[row]}"

    tables = [part.entry.header for part in parts]
    columns = read_columns(cells, spec, place=place_of, files=files, table=lambda row: tables[part_of[row]])
    geometry: NDArray[np.object_] = np.empty(len(cells), dtype=object)
    mended = columns.mended.copy()
    doubts = [*(doubt for part in parts for doubt in part.doubts), *columns.doubts]
    doubts += future_years(columns.table, spec, year=plan.date.year, place=place_of)
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
    ground = claimed_twice(table, spec, keep=keep, part_of=part_of, numbers=numbers, place=place_of)
    refused += ground.refused
    keep &= ~ground.again
    named = with_ids(table, spec, keep=keep, part_of=part_of, numbers=numbers, parts=sources)
    doubts += [*ground.doubts, *named.doubts, *same_places(named.table, spec)]
    doubts += nested(as_text(named.table["id"]), spec) if "id" in named.table else ()
    refused += named.refused
    doubts += () if len(named.table) else (Doubt(code="data.not_assessed", layer=spec.name, subject=files),)
    readings = _readings(spec, parts, refused, mended & named.keep, part_of)
    layer = Layer(spec=spec, table=named.table, readings=readings, places=named.places)
    rejects = rejects_of(spec, [part.raw for part in parts], refused)
    return LayerRead(layer=layer, doubts=(*doubts, *refusals(spec, rejects)), rejects=rejects)


def _kept(
    part_of: NDArray[np.int64], numbers: NDArray[np.int64], refused: Sequence[tuple[int, Refused]]
) -> NDArray[np.bool_]:
    keep = np.ones(len(numbers), dtype=bool)
    for part in np.unique(part_of):
        gone = [row.row for position, row in refused if position == part]
        keep[part_of == part] = ~np.isin(numbers[part_of == part], gone)
    return keep


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
