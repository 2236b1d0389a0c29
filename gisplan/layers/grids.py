"""Raster layers: one GeoTIFF, tested against the municipality as every other layer is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from gisplan.core.crs import crs_name
from gisplan.core.errors import InputError, Problem
from gisplan.core.tables import Doubt
from gisplan.core.words import Layer, LayerEntry, Plan, Reading, Spec
from gisplan.layers.crs_doctor import misplaced
from gisplan.layers.extent import Boundary, project
from gisplan.layers.origins import files_of, shown_name
from gisplan.layers.read import LayerRead
from gisplan.sources.raster import Grid, Target
from gisplan.sources.raw import File
from gisplan.sources.reader import Reader

AMOUNTS = frozenset({"人", "戸"})
"""Units of what a cell holds as a whole, unlike a height."""


def read_grid(
    spec: Spec,
    entries: Sequence[LayerEntry],
    plan: Plan,
    *,
    boundary: Boundary | None,
    reader: Reader,
    cache: Path,
) -> LayerRead:
    """Read the one raster of a layer.

    Parameters
    ----------
    spec, entries
        The layer, and what plan.toml says of it.
    plan
        The plan, for its folder and CRS.
    boundary
        The municipality to test the extent against, where it is known.
    reader
        Who opens the file.
    cache
        Where a reprojected copy is kept.

    Raises
    ------
    InputError
        If several rasters are named, or the one is damaged, without georeference, or lies elsewhere.
    """
    entry, path = _one_file(spec, entries, plan)
    field = next(iter(spec.fields.values()))
    low = -math.inf if field.minimum is None else field.minimum
    high = math.inf if field.maximum is None else field.maximum
    amounts = field.unit in AMOUNTS
    target = Target(crs=plan.crs, stated=entry.crs, limits=(low, high), folder=cache, amounts=amounts)
    file, grid = reader.raster(path, name=shown_name(path, plan), target=target, table=entry.table)
    if boundary is not None:
        _refuse_elsewhere(grid, boundary, plan, name=file.name)
    reading = _reading(spec, file, grid, stated=bool(entry.crs))
    nothing = gpd.GeoDataFrame({"id": [], "name": []}, geometry=[], crs=plan.crs)
    # A raster without a value is none: what it would tell is not assessed.
    held = grid.path if grid.empty < grid.cells else None
    layer = Layer(spec=spec, table=nothing, readings=(reading,), raster=held)
    return LayerRead(layer=layer, doubts=_doubts(spec, file, grid), rejects=())


def _doubts(spec: Spec, file: File, grid: Grid) -> tuple[Doubt, ...]:
    def doubt(code: str, **values: object) -> Doubt:
        return Doubt(code=code, layer=spec.name, subject=file.name, values=values)

    found = []
    if grid.not_numbers:
        found.append(doubt("raster.nan", cells=grid.not_numbers))
    if (grid.scale, grid.offset) != (1.0, 0.0):
        found.append(doubt("raster.scaled", scale=f"{grid.scale:.10g}", offset=f"{grid.offset:.10g}"))
    if grid.empty == grid.cells:
        found += [doubt("data.not_assessed"), doubt("raster.no_values", cells=grid.cells)]
    return tuple(found)


def _one_file(spec: Spec, entries: Sequence[LayerEntry], plan: Plan) -> tuple[LayerEntry, Path]:
    paths = [(entry, path) for entry in entries for path in files_of(entry, plan)]
    if len(paths) > 1:
        names = [shown_name(path, plan) for _, path in paths]
        raise InputError(
            Problem(code="raster.several", place=f"[layers.{spec.name}]", values={"files": names})
        )
    entry, path = paths[0]
    if not isinstance(path, Path):
        name, values = shown_name(path, plan), {"driver": "postgis"}
        raise InputError(Problem(code="raster.not_raster", place=name, values=values))
    return entry, path


def _refuse_elsewhere(grid: Grid, boundary: Boundary, plan: Plan, *, name: str) -> None:
    frame: NDArray[np.object_] = np.array([shapely.box(*grid.bounds)], dtype=object)
    placed = project(frame, source=grid.crs, target=plan.crs)
    if not shapely.intersects(placed, boundary.area).any():
        raise misplaced(frame, boundary, stated=grid.crs, crs=plan.crs, file=name)


def _reading(spec: Spec, file: File, grid: Grid, *, stated: bool) -> Reading:
    """Return the count of a raster: its rows are the cells that hold a value; the sea is no refused row."""
    held = grid.cells - grid.empty
    return Reading(
        layer=spec.name,
        file=file.name,
        sha256=file.sha256,
        size=file.size,
        driver=file.driver,
        encoding="",
        encoding_how="",
        crs=crs_name(grid.crs),
        crs_how="plan.toml" if stated else "file",
        read=held,
        kept=held,
        mended=0,
        refused=0,
    )
