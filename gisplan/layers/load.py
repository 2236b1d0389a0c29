"""All layers of a plan: read in one CRS, tested against the municipality, with every doubt and refused row."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely

from gisplan.core.errors import InputError, Problem
from gisplan.core.tables import Doubt, contract, findings, hold
from gisplan.core.words import Atlas, LayerEntry, Plan, Spec
from gisplan.layers.catalogue import find_spec, read_catalogue
from gisplan.layers.credits import assumed, credited, general_credit, terms_doubts, with_osm_credit
from gisplan.layers.extent import MARGIN_M, Boundary
from gisplan.layers.grids import read_grid
from gisplan.layers.municipalities import city_of
from gisplan.layers.origins import files_of, shown_name, tables_of
from gisplan.layers.read import LayerRead, read_layer
from gisplan.layers.stops import Stop, stops_of
from gisplan.sources.reader import Reader

Progress = Callable[[str], None]


def silent(_step: str) -> None:
    """Say nothing of the progress."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """What came of reading every layer of a plan, each as far as it can be read.

    `layers` stand in the order in which they were read; `findings` and `rejects` are the tables of all of them.
    """

    plan: Plan
    catalogue: Mapping[str, Spec]
    layers: Mapping[str, LayerRead]
    findings: pd.DataFrame
    rejects: pd.DataFrame

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Everything that stops the plan, in the order of plan.toml; empty where every file can be read."""
        names = dict.fromkeys(entry.layer for entry in self.plan.layers)
        return tuple(stop.problem for name in names for stop in self.layers[name].stops)


class RefusedError(InputError):
    """Files of a plan that cannot be read right, with all that came of reading it."""

    def __init__(self, examination: Examination) -> None:
        super().__init__(examination.problems)
        self.examination = examination


def load(
    plan: Plan,
    *,
    catalogue: Mapping[str, Spec] | None = None,
    cache: Path | None = None,
    progress: Progress = silent,
    reader: Reader | None = None,
) -> Atlas:
    """Read every layer that a plan names.

    Parameters
    ----------
    plan
        The plan.
    catalogue
        The layers there are; the catalogue of the working folder where None.
    cache
        Where reprojected rasters are kept; a folder of the user where None.
    progress
        Called with the name of each layer before it is read.
    reader
        Who opens the files and tables; one for this alone where None.

    Raises
    ------
    RefusedError
        With the problems of all files at once.
    NetworkError
        If a database cannot be reached or fails.
    ConfigurationError
        If plan.toml names a layer that the catalogue does not have.
    """
    examined = examine(plan, catalogue=catalogue, cache=cache, reader=reader, progress=progress)
    if examined.problems:
        raise RefusedError(examined)
    layers = {name: read.layer for name, read in sorted(examined.layers.items()) if read.layer is not None}
    return Atlas(
        plan=plan, layers=layers, catalogue=examined.catalogue, findings=examined.findings, rejects=examined.rejects
    )  # fmt: skip


def examine(
    plan: Plan,
    *,
    catalogue: Mapping[str, Spec] | None = None,
    cache: Path | None = None,
    reader: Reader | None = None,
    progress: Progress = silent,
) -> Examination:
    """Read every layer that a plan names as far as it can be read, and tell what stops the others.

    Parameters
    ----------
    plan
        The plan.
    catalogue
        The layers there are; the catalogue of the working folder where None.
    cache
        Where reprojected rasters are kept; a folder of the user where None.
    progress
        Called with the name of each layer before it is read.
    reader
        Who opens the files and tables; one for this alone where None.

    Raises
    ------
    ConfigurationError
        If plan.toml names a layer that the catalogue does not have.
    """
    known = read_catalogue() if catalogue is None else catalogue
    entries = _by_layer(plan, known)
    done: dict[str, LayerRead] = {}
    boundary: Boundary | None = None
    with Reader() if reader is None else nullcontext(reader) as opened:
        with suppress(InputError):  # told again, layer by layer, where each table is read
            opened.tables.hold(tables_of(plan))
        for name in sorted(entries, key=lambda name: (name != "municipality", name)):
            progress(name)
            spec = credited(known[name], entries[name])
            present, absent = _present(entries[name], plan)
            read = LayerRead(layer=None)
            if present and spec.kind == "raster":
                read = _grid(spec, present, plan, boundary=boundary, reader=opened, cache=cache)
            elif present:
                read = read_layer(spec, present, plan, boundary=boundary, reader=opened)
            read = with_osm_credit(replace(read, stops=(*absent, *read.stops)), entries[name])
            if name == "municipality":
                read, boundary = _own_municipality(read, plan)
            done[name] = read
    return _examination(plan, known, done)


def _present(entries: Sequence[LayerEntry], plan: Plan) -> tuple[tuple[LayerEntry, ...], tuple[Stop, ...]]:
    """Return the entries of a layer with the paths that find a file, and what is wrong with the others."""
    found: list[LayerEntry] = []
    stops: list[Stop] = []
    for entry in entries:
        paths: list[str] = []
        for path in entry.path:
            try:
                files_of(replace(entry, path=(path,)), plan)
                paths.append(path)
            except InputError as error:
                stops += stops_of(error, ())
        if paths:
            found.append(replace(entry, path=tuple(paths)))
    return tuple(found), tuple(stops)


def _grid(
    spec: Spec, entries: Sequence[LayerEntry], plan: Plan, *, boundary: Boundary | None, reader: Reader,
    cache: Path | None,
) -> LayerRead:  # fmt: skip
    try:
        return read_grid(
            spec, entries, plan, boundary=boundary, reader=reader, cache=cache or _cache_folder()
        )  # fmt: skip
    except InputError as error:
        files = [shown_name(path, plan) for entry in entries for path in files_of(entry, plan)]
        return LayerRead(layer=None, stops=stops_of(error, files))


def _by_layer(plan: Plan, known: Mapping[str, Spec]) -> dict[str, list[LayerEntry]]:
    entries: dict[str, list[LayerEntry]] = {}
    for entry in plan.layers:
        find_spec(known, entry.layer, place=f"{plan.file}:{entry.line} [layers.{entry.layer}]")
        entries.setdefault(entry.layer, []).append(entry)
    return entries


def _examination(plan: Plan, known: Mapping[str, Spec], done: Mapping[str, LayerRead]) -> Examination:
    doubts = [doubt for read in done.values() for doubt in read.doubts]
    # In the office a wrong credit can still be mended; on a published map it is a wrong statement.
    code = "layer.credit_assumed" if plan.audience == "internal" else "layer.credit_published"
    doubts += [
        Doubt(code=code, layer=name, values={"credit": known[name].source.credit.ja})
        for name in done
        if known[name].source.url
        and assumed(done[name], [entry for entry in plan.layers if entry.layer == name])
    ]
    doubts += general_credit(plan, known, done)
    doubts += terms_doubts(plan, done)
    if "municipality" not in done:
        doubts.append(Doubt(code="extent.not_tested", layer="municipality"))
    rows = [row for read in done.values() for row in read.rejects]
    rejects = pd.DataFrame(rows, columns=list(contract("rejects").names)).drop_duplicates()
    return Examination(
        plan=plan, catalogue=known, layers=done, findings=findings(doubts), rejects=hold(rejects, "rejects")
    )


def _own_municipality(read: LayerRead, plan: Plan) -> tuple[LayerRead, Boundary | None]:
    """Return the layer with the plan's municipalities only, and their area as the boundary of the plan.

    Where something stops the layer there is no boundary: half a municipality would put files outside it.
    """
    if read.layer is None or read.stops:
        return read, None
    table = read.layer.table
    codes = table["code"]
    # A plan for a designated city takes its wards.
    own = codes.isin(plan.municipality) | codes.map(city_of).isin(plan.municipality)
    unread = any(doubt.code == "code.municipality" for doubt in read.doubts)
    if codes.eq("").all() and not unread:
        own = pd.Series([True] * len(table), index=table.index)  # no codes: the file is the municipality
    if not own.any():
        file = read.layer.readings[0].file
        values = {"wanted": plan.municipality, "found": sorted(set(codes))[:10]}
        problem = Problem(code="extent.no_municipality", place=file, values=values)
        return replace(read, stops=(Stop(file=file, problem=problem),)), None
    chosen = gpd.GeoDataFrame(table[own].reset_index(drop=True), crs=table.crs)
    names = sorted({name for name in chosen["name"] if name})
    boundary = _boundary(chosen, "・".join(names) or "・".join(plan.municipality))
    return replace(read, layer=replace(read.layer, table=chosen)), boundary


def _boundary(table: gpd.GeoDataFrame, name: str) -> Boundary:
    whole = shapely.union_all(table.geometry.to_numpy())
    area = shapely.buffer(whole, MARGIN_M)
    shapely.prepare(area)
    return Boundary(name=name, area=area, outline=shapely.boundary(whole))


def _cache_folder() -> Path:
    from platformdirs import user_cache_path

    return user_cache_path("gisplan", appauthor=False)
