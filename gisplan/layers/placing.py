"""A file's geometries come into the plan's CRS: its system known or asked for, and its place tested."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from gisplan.core.crs import JGD2011_DEGREES, crs_text
from gisplan.core.errors import InputError, Problem
from gisplan.core.tables import Doubt
from gisplan.core.words import Text
from gisplan.layers.case import Case
from gisplan.layers.crs_doctor import ask_crs, candidates, in_metres, misplaced, refuse_wrapped
from gisplan.layers.datum import datum_doubts, suspected
from gisplan.layers.extent import Boundary, exchanged, furthest, inside_of, project, usable
from gisplan.layers.values import as_text
from gisplan.sources.raw import Raw
from gisplan.sources.vector import epsg_of

MOSTLY = 0.5
HARDLY, NEARLY_ALL = 0.05, 0.9
"""A layer of which next to nothing lies in the municipality, though another system puts nearly all of it there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """Geometries in the plan's CRS [n], the CRS they came in and how it is known, and the share inside [0–1].

    `inside` is None where there was nothing to test or nothing to test it against.
    """

    geometry: NDArray[np.object_]
    crs: int
    how: str
    inside: float | None
    doubts: tuple[Doubt, ...]


def place(raw: Raw, cells: pd.DataFrame, geometry: NDArray[np.object_], case: Case) -> Placed:
    """Return a file's geometries in the plan's CRS.

    Parameters
    ----------
    raw
        The file as it was read.
    cells
        Its columns under the names of the layer [n].
    geometry
        Its geometries, in its own CRS [n].
    case
        What it is for, and what it is tested against.

    Raises
    ------
    InputError
        If its CRS is not known, or it does not lie in the municipality.
    """
    if case.spec.kind == "table":
        return Placed(geometry=geometry, crs=case.plan.crs, how="table", inside=None, doubts=())
    flat, doubts = _flat(raw, geometry, case)
    if case.entry.axes == "yx":
        doubts = (*doubts, case.doubt("crs.exchanged", subject=case.name))
        # A list has its columns exchanged where they become points.
        flat = flat if raw.geometry is None else exchanged(flat)
    crs, how, more = _crs(raw, flat, case)
    if CRS.from_epsg(crs).is_geographic:
        refuse_wrapped(flat, raw.rows, file=case.name)
    placed = project(flat, source=crs, target=case.plan.crs)
    inside, away = _inside(flat, placed, case, crs=crs)
    outside = () if not away.any() or inside is None else (_outside(raw, cells, placed, away, case, inside),)
    return Placed(
        geometry=placed,
        crs=crs,
        how=how,
        inside=inside,
        doubts=(*doubts, *more, *outside, *suspected(placed, crs, case)),
    )


def _flat(
    raw: Raw, geometry: NDArray[np.object_], case: Case
) -> tuple[NDArray[np.object_], tuple[Doubt, ...]]:
    """Return geometries in two dimensions; a reader that took the heights off has said so itself."""
    high = shapely.has_z(geometry)
    if not high.any():
        return geometry, ()
    flat = np.asarray(shapely.force_2d(geometry), dtype=object)
    if any(doubt.code in {"geom.z", "geom.z_dropped"} for doubt in raw.doubts):
        return flat, ()
    return flat, (case.doubt("geom.z_dropped", subject=case.name, rows=int(high.sum())),)


def _crs(raw: Raw, geometry: NDArray[np.object_], case: Case) -> tuple[int, str, tuple[Doubt, ...]]:
    """Return the CRS of a file and how it is known; a file that states none is asked for, never guessed."""
    if case.entry.crs:
        stated, _ = epsg_of(case.entry.crs)
        if stated is None:
            raise InputError(
                Problem(code="crs.unknown", place=case.place("crs"), values={"value": case.entry.crs})
            )
        more = datum_doubts(stated, case)
        if raw.crs is None or raw.crs == stated:
            return stated, "plan.toml", more
        named = {"file": crs_text(raw.crs), "plan": crs_text(stated)}
        return stated, "plan.toml", (case.doubt("crs.overridden", subject=case.name, **named), *more)
    metres = in_metres(geometry)
    if raw.geometry is None and raw.crs is None and not metres:
        return JGD2011_DEGREES, "degrees", ()
    # GeoJSON without a member `crs` is said to be in degrees; coordinates in metres show that it is not.
    unsaid = raw.file.driver == "geojson" and metres and raw.crs and CRS.from_epsg(raw.crs).is_geographic
    if raw.crs is None or unsaid:
        raise ask_crs(geometry, case.boundary, crs=case.plan.crs, file=case.name, detail=raw.crs_detail)
    return raw.crs, "file", datum_doubts(raw.crs, case)


def _inside(
    geometry: NDArray[np.object_], placed: NDArray[np.object_], case: Case, *, crs: int
) -> tuple[float | None, NDArray[np.bool_]]:
    """Return the share in the municipality and which rows lie outside [n]; refuse a file that lies elsewhere.

    A layer of the whole prefecture has few features inside and is right: it is doubted, not refused.
    """
    away = np.zeros(len(placed), dtype=bool)
    if case.boundary is None:
        return None, away
    usual = np.flatnonzero(usable(placed))
    if not len(usual):
        if not usable(geometry).any():
            return None, away
        raise misplaced(geometry, case.boundary, stated=crs, crs=case.plan.crs, file=case.name)
    met = inside_of(placed[usual], case.boundary.area)
    share = float(met.mean())
    if share == 0 or (share < HARDLY and not case.entry.crs and _fits_elsewhere(geometry, case, crs)):
        raise misplaced(geometry, case.boundary, stated=crs, crs=case.plan.crs, file=case.name)
    away[usual[~met]] = True
    return share, away


def _outside(
    raw: Raw,
    cells: pd.DataFrame,
    placed: NDArray[np.object_],
    away: NDArray[np.bool_],
    case: Case,
    share: float,
) -> Doubt:
    """Return the doubt that counts the rows outside the municipality, and names those that lie furthest."""
    names = [
        Text(ja=text or f"{row} 番", en=text or f"no. {row}")
        for text, row in zip(_names(cells, case)[away], raw.rows[away].tolist(), strict=True)
    ]
    boundary = cast("Boundary", case.boundary)
    values = {
        "share": f"{share:.1%}",
        "municipality": boundary.name,
        "rows": len(names),
        "examples": list(furthest(placed[away], names, boundary.area)),
    }
    code = "extent.partly" if share < MOSTLY else "coord.outside_area"
    return case.doubt(code, subject=case.name, **values)


def _names(cells: pd.DataFrame, case: Case) -> NDArray[np.object_]:
    """Return what rows go by, "" where only their number is known; a house is not named, for it is someone's."""
    names = np.full(len(cells), "", dtype=object)
    for column in ("name", "id"):
        field = case.spec.fields.get(column)
        if field and field.audience == "public" and column in cells and case.spec.group != "homes":
            said = as_text(cells[column]).to_numpy(dtype=object)
            names = np.where(said != "", said, names)
    return names


def _fits_elsewhere(geometry: NDArray[np.object_], case: Case, crs: int) -> bool:
    """Return whether another system puts nearly all of a layer into the municipality."""
    if case.boundary is None:
        return False
    found = candidates(geometry, case.boundary, crs=case.plan.crs, stated=crs)
    return bool(found) and found[0].share >= NEARLY_ALL
