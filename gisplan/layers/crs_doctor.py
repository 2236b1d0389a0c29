"""Which CRS does a file hold? Every system of Japan is tried against the municipality, and each gives its share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from gisplan.core.crs import candidate_crs, crs_text
from gisplan.core.errors import InputError, Problem
from gisplan.core.words import Text
from gisplan.layers.angles import unpacked
from gisplan.layers.datum import traced_better
from gisplan.layers.extent import Boundary, exchanged, inside_of, kilometres, project, transformer, usable

SAMPLE = 500
PER_FEATURE = 20
"""Features, and vertices of each, that are tried under every system."""

PACKED, PLACES = 10_000, 6
"""34.5130 and 345130 are the same degrees, minutes and seconds; the product has no further places of its own."""

MANY = 0.5
NAMED = 3
EQUAL = 0.05
"""A share may be as much lower than the best and its system still be the likelier one: the one the file states."""

LARGEST_DEGREE = 180.0
WIDEST_DEGREES = 100.0
"""Japan spans 33 degrees; a feature that is wider goes round the earth, or has a vertex at 0, 0."""

NOTHING = Text(ja="なし", en="none")


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A CRS, the share of a layer's features that it puts into the municipality, and the way from there [m]."""

    crs: int
    swapped: bool
    share: float
    distance: float

    @property
    def text(self) -> Text:
        """The candidate as a planner would say it."""
        name = crs_text(self.crs)
        ja, en = (
            ('（XYを入れ替え、axes = "yx"）', ' (axes swapped, axes = "yx")') if self.swapped else ("", "")
        )
        how = f"{self.share:.1%}" if self.share > 0 else f"0%, {kilometres(self.distance)}"
        return Text(ja=f"{name.ja}{ja} {how}", en=f"{name.en}{en} {how}")

    def answer(self, stated: int) -> str:
        """Return what to write into plan.toml for this candidate."""
        axes = 'axes = "yx"' if self.swapped else ""
        if self.crs == stated:
            return axes
        return "、".join(part for part in (f'crs = "EPSG:{self.crs}"', axes) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Vertices of some features [m, 2], whose they are [m], the features [k], and their middle."""

    points: NDArray[np.float64]
    owner: NDArray[np.int64]
    features: NDArray[np.object_]
    middle: NDArray[np.float64]


def sample(geometry: NDArray[np.object_]) -> Sample:
    """Return vertices from all over a layer; the middle is a median, so that a slip of the pen does not move it."""
    features = geometry[usable(geometry)]
    features = features[:: max(1, -(-len(features) // SAMPLE))]
    points, owner = shapely.get_coordinates(features, return_index=True)
    counts = np.bincount(owner, minlength=len(features))
    place = np.arange(len(points)) - np.repeat(np.cumsum(counts) - counts, counts)
    chosen = place % np.maximum(1, counts // PER_FEATURE)[owner] == 0
    points, owner = points[chosen], owner[chosen]
    middle = np.median(points, axis=0) if len(points) else np.full(2, np.nan)
    return Sample(points=points, owner=owner, features=features, middle=middle)


def in_metres(geometry: NDArray[np.object_]) -> bool:
    """Return whether coordinates are too large for degrees; one slip of the pen does not decide."""
    points = shapely.get_coordinates(geometry)
    largest = np.sort(np.abs(points[np.isfinite(points).all(axis=1)]).max(axis=1, initial=0))
    return bool(len(largest)) and float(largest[(len(largest) - 1) // 2]) > LARGEST_DEGREE


def candidates(
    geometry: NDArray[np.object_], boundary: Boundary, *, crs: int, stated: int = 0
) -> tuple[Candidate, ...]:
    """Return every CRS that fits the size of the coordinates, the one that puts most into the municipality first.

    Parameters
    ----------
    geometry
        Geometries as the file holds them [n].
    boundary
        The municipality.
    crs
        EPSG code of the plan's CRS.
    stated
        EPSG code of the CRS the file states; where shares are alike it comes first.
    """
    taken = sample(geometry)
    if not len(taken.points):
        return ()
    in_degrees = not in_metres(taken.features)
    found = [
        _tried(taken, code, crs, boundary.area, swapped=swapped)
        for code in dict.fromkeys((*((stated,) if stated else ()), *candidate_crs()))
        if CRS.from_epsg(code).is_geographic == in_degrees
        for swapped in (False, True)
        if (code, swapped) != (stated, False)
    ]
    own = [one for one in found if one.crs == stated and one.share >= MANY]
    best = max((one.share for one in found), default=0.0)
    first = own[0] if own and own[0].share >= best - EQUAL else None
    return tuple(
        sorted(found, key=lambda one: (one is not first, -round(one.share, 3), one.distance, one.swapped))
    )


def _tried(taken: Sample, source: int, target: int, area: shapely.Geometry, *, swapped: bool) -> Candidate:
    turn = slice(None, None, -1) if swapped else slice(None)
    way = transformer(source, target)
    points = taken.points[:, turn]
    x, y = way.transform(points[:, 0], points[:, 1])
    good = np.isfinite(x) & np.isfinite(y)
    within = good & shapely.contains_xy(area, np.where(good, x, 0), np.where(good, y, 0))
    share = float(np.mean(np.bincount(taken.owner[within], minlength=len(taken.features)) > 0))
    if share == 0 and good.all() and shapely.intersects(_frame(x, y), area):
        # An area that holds the whole municipality has no vertex in it.
        features = shapely.transform(taken.features, lambda place: place[:, turn])
        placed = project(features, source=source, target=target)
        share = float(np.mean(inside_of(placed, area)))
    middle = taken.middle[turn]
    east, north = way.transform(middle[0], middle[1])
    known = bool(np.isfinite(east) and np.isfinite(north))
    distance = float(shapely.distance(shapely.Point(east, north), area)) if known else float("inf")
    return Candidate(crs=source, swapped=swapped, share=share, distance=distance)


def _frame(x: NDArray[np.float64], y: NDArray[np.float64]) -> shapely.Polygon:
    frame: shapely.Polygon = shapely.box(x.min(), y.min(), x.max(), y.max())
    return frame


def named(found: tuple[Candidate, ...]) -> list[Text]:
    """Return the candidates to name: those that fit; where none does, those that come nearest."""
    good = [one for one in found if one.share >= MANY] or [one for one in found if one.share > 0] or found
    return [one.text for one in good[:NAMED]] or [NOTHING]


def misplaced(
    geometry: NDArray[np.object_], boundary: Boundary, *, stated: int, crs: int, file: str
) -> InputError:
    """Return the error for a layer that does not lie in the municipality, with the CRSs that would put it there.

    Parameters
    ----------
    geometry
        Geometries as the file holds them [n].
    boundary
        The municipality.
    stated
        EPSG code of the CRS the file states.
    crs
        EPSG code of the plan's CRS.
    file
        What messages call the file.
    """
    found = candidates(geometry, boundary, crs=crs, stated=stated)
    here = _tried(sample(geometry), stated, crs, boundary.area, swapped=False) if found else None
    values: dict[str, object] = {
        "municipality": boundary.name,
        "stated": crs_text(stated),
        "share": f"{here.share:.1%}" if here else "0.0%",
        "distance": kilometres(here.distance if here else float("inf")),
        "candidates": named(found),
    }
    if not found or found[0].share < MANY:
        code = "extent.dms" if _fits_as_minutes(geometry, boundary, stated, crs) else "extent.elsewhere"
        return InputError(Problem(code=code, place=file, values=values))
    best = found[0]
    values |= {"answer": best.answer(stated), "rows": len(geometry)}
    return InputError(Problem(code=_code(best), place=file, values=values))


def _fits_as_minutes(geometry: NDArray[np.object_], boundary: Boundary, stated: int, crs: int) -> bool:
    """Return whether a layer lies in the municipality once 34.5130 is read as 34°51′30″."""
    if not CRS.from_epsg(stated).is_geographic:
        return False
    read = shapely.transform(
        geometry[usable(geometry)], lambda places: unpacked(np.round(places * PACKED, PLACES))
    )
    taken = sample(read)  # 34.87 is 34°87′ then, which is none: perhaps no feature is left
    return bool(len(taken.points)) and _tried(taken, stated, crs, boundary.area, swapped=False).share >= MANY


def _code(best: Candidate) -> Literal["crs.outside", "crs.axis_swap", "crs.xy_swap"]:
    if not best.swapped:
        return "crs.outside"
    return "crs.axis_swap" if CRS.from_epsg(best.crs).is_geographic else "crs.xy_swap"


def ask_crs(
    geometry: NDArray[np.object_], boundary: Boundary | None, *, crs: int, file: str, detail: str
) -> InputError:
    """Return the error for a file that states no CRS, with the candidates where a municipality is known.

    Parameters
    ----------
    geometry
        Geometries as the file holds them [n].
    boundary
        The municipality, where it is known.
    crs
        EPSG code of the plan's CRS.
    file
        What messages call the file.
    detail
        Why the CRS that the file states cannot be read; empty where it states none.
    """
    found = [NOTHING] if boundary is None else named(_asked(geometry, boundary, crs=crs))
    code = "crs.unreadable" if detail else "crs.missing"
    return InputError(Problem(code=code, place=file, values={"candidates": found, "detail": detail}))


def _asked(geometry: NDArray[np.object_], boundary: Boundary, *, crs: int) -> tuple[Candidate, ...]:
    """Return the candidates; where areas trace the municipality's outline, the datum in which they do comes first."""
    found = candidates(geometry, boundary, crs=crs)
    if not found or found[0].share < MANY:
        return found
    best = found[0]
    turned = exchanged(geometry) if best.swapped else geometry
    placed = project(turned, source=best.crs, target=crs)
    other = traced_better(placed[usable(placed)], boundary, best.crs, crs)
    first = [one for one in found if other and (one.crs, one.swapped) == (other.crs, best.swapped)]
    return (*first, *(one for one in found if one not in first))


def refuse_wrapped(geometry: NDArray[np.object_], rows: NDArray[np.int64], *, file: str) -> None:
    """Make sure that no feature in degrees reaches round the earth.

    Parameters
    ----------
    geometry
        Geometries in degrees [n].
    rows
        Their row numbers in the file [n].
    file
        What messages call the file.

    Raises
    ------
    InputError
        With the rows of features that are wider than a hundred degrees.
    """
    good = np.flatnonzero(usable(geometry))
    bounds = shapely.bounds(geometry[good])
    wide = good[bounds[:, 2] - bounds[:, 0] > WIDEST_DEGREES] if len(good) else good
    if len(wide):
        values = {"rows": [str(row) for row in rows[wide[:10]]], "count": len(wide)}
        raise InputError(Problem(code="crs.antimeridian", place=file, values=values))
