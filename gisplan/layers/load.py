"""All layers of a plan: read in one CRS, tested against the municipality, with every doubt and refused row."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely

from gisplan.core.errors import InputError, Problem
from gisplan.core.tables import Doubt, contract, findings, hold
from gisplan.core.words import Atlas, Layer, LayerEntry, Plan, Spec, Text
from gisplan.layers.catalogue import find_spec, read_catalogue
from gisplan.layers.extent import MARGIN_M
from gisplan.layers.grids import read_grid
from gisplan.layers.origins import tables_of
from gisplan.layers.read import Boundary, LayerRead, read_layer
from gisplan.sources.reader import Reader

Progress = Callable[[str], None]


def silent(_step: str) -> None:
    """Say nothing of the progress."""


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
    InputError
        With the problems of all files at once.
    NetworkError
        If a database cannot be reached or fails.
    ConfigurationError
        If plan.toml names a layer that the catalogue does not have.
    """
    known = read_catalogue() if catalogue is None else catalogue
    entries = _by_layer(plan, known)
    problems: list[Problem] = []
    done: dict[str, LayerRead] = {}
    boundary: Boundary | None = None
    with Reader() if reader is None else nullcontext(reader) as opened:
        with suppress(InputError):  # told again, layer by layer, where each table is read
            opened.tables.hold(tables_of(plan))
        for name in sorted(entries, key=lambda name: (name != "municipality", name)):
            progress(name)
            spec = credited(known[name], entries[name])
            try:
                if spec.kind == "raster":
                    done[name] = read_grid(
                        spec, entries[name], plan, boundary=boundary, reader=opened, cache=cache or _cache_folder()
                    )  # fmt: skip
                else:
                    done[name] = read_layer(spec, entries[name], plan, boundary=boundary, reader=opened)
                if name == "municipality":
                    done[name], boundary = _own_municipality(done[name], plan)
            except InputError as error:
                problems += error.problems
    if problems:
        raise InputError(problems)
    return _atlas(plan, known, done, boundary)


def _by_layer(plan: Plan, known: Mapping[str, Spec]) -> dict[str, list[LayerEntry]]:
    entries: dict[str, list[LayerEntry]] = {}
    for entry in plan.layers:
        find_spec(known, entry.layer, place=f"{plan.file}:{entry.line} [layers.{entry.layer}]")
        entries.setdefault(entry.layer, []).append(entry)
    return entries


def credited(spec: Spec, entries: Sequence[LayerEntry]) -> Spec:
    """Return a layer with the credit and licence that plan.toml gives for its files, where it gives them."""
    named = list(dict.fromkeys(entry.credit for entry in entries if entry.credit))
    licences = list(dict.fromkeys(entry.licence for entry in entries if entry.licence))
    source = spec.source
    if named:
        text = "；".join(named)
        source = replace(source, credit=Text(ja=text, en=text), licence="—", release="")
    if licences:
        source = replace(source, licence="；".join(licences))
    return replace(spec, source=source)


def _atlas(
    plan: Plan, known: Mapping[str, Spec], done: Mapping[str, LayerRead], boundary: Boundary | None
) -> Atlas:
    doubts = [doubt for read in done.values() for doubt in read.doubts]
    # In the office a wrong credit can still be mended; on a published map it is a wrong statement.
    assumed = "layer.credit_assumed" if plan.audience == "internal" else "layer.credit_published"
    doubts += [
        Doubt(code=assumed, layer=name, values={"credit": known[name].source.credit.ja})
        for name in done
        if known[name].source.url and not all(entry.credit for entry in plan.layers if entry.layer == name)
    ]
    if boundary is None:
        doubts.append(Doubt(code="extent.not_tested", layer="municipality"))
    rows = [row for read in done.values() for row in read.rejects]
    rejects = pd.DataFrame(rows, columns=list(contract("rejects").names)).drop_duplicates()
    return Atlas(
        plan=plan,
        layers={name: done[name].layer for name in sorted(done)},
        catalogue=known,
        findings=findings(doubts),
        rejects=hold(rejects, "rejects"),
    )


def _own_municipality(read: LayerRead, plan: Plan) -> tuple[LayerRead, Boundary]:
    """Return the layer with the plan's municipalities only, and their area as the boundary of the plan."""
    table = read.layer.table
    codes = table["code"].str.strip().str.zfill(5).str[:5]
    own = codes.isin(plan.municipality)
    if codes.str.strip("0").eq("").all():
        own = pd.Series([True] * len(table), index=table.index)  # no codes: the file is the municipality
    if not own.any():
        raise InputError(
            Problem(
                code="extent.no_municipality",
                place=read.layer.readings[0].file,
                values={"wanted": plan.municipality, "found": sorted(set(codes))[:10]},
            )
        )
    chosen = gpd.GeoDataFrame(table[own].reset_index(drop=True), crs=table.crs)
    names = sorted({name for name in chosen["name"] if name})
    layer = Layer(spec=read.layer.spec, table=chosen, readings=read.layer.readings)
    boundary = Boundary(name="・".join(names) or "・".join(plan.municipality), area=_prepared(chosen))
    return LayerRead(layer=layer, doubts=read.doubts, rejects=read.rejects), boundary


def _prepared(table: gpd.GeoDataFrame) -> shapely.Geometry:
    area = shapely.buffer(shapely.union_all(table.geometry.to_numpy()), MARGIN_M)
    shapely.prepare(area)
    return area


def _cache_folder() -> Path:
    from platformdirs import user_cache_path

    return user_cache_path("gisplan", appauthor=False)
