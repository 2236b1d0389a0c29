"""Does a layer lie where it should? It is tested against the municipality, and so are other CRSs where it does not."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer

from gisplan.core.crs import candidate_crs, crs_text
from gisplan.core.errors import InputError, Problem
from gisplan.core.words import Text

SAMPLE = 500
VERTICES = 20_000
MARGIN_M = 100.0
"""Boundaries are digitised at different scales; a bridge or a quay may reach over the line, so it is widened."""

MANY = 0.5
LARGEST_DEGREE = 180.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A CRS under which a share of a layer's features lies in the municipality."""

    crs: int
    swapped: bool
    share: float

    @property
    def text(self) -> Text:
        """The candidate as a planner would say it."""
        name = crs_text(self.crs)
        ja, en = ("（XYを入れ替え）", " (axes swapped)") if self.swapped else ("", "")
        return Text(ja=f"{name.ja}{ja} {self.share:.1%}", en=f"{name.en}{en} {self.share:.1%}")


@lru_cache(maxsize=128)
def _transformer(source: int, target: int) -> Transformer:
    return Transformer.from_crs(CRS.from_epsg(source), CRS.from_epsg(target), always_xy=True)


def project(geometry: NDArray[np.object_], *, source: int, target: int) -> NDArray[np.object_]:
    """Return geometries in another CRS; coordinates that cannot be projected become infinite.

    Parameters
    ----------
    geometry
        Geometries [n], east before north.
    source, target
        EPSG codes.
    """
    if source == target:
        return geometry
    transformer = _transformer(source, target)

    def move(points: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(transformer.transform(points[:, 0], points[:, 1]))

    return np.asarray(shapely.transform(geometry, move), dtype=object)


def share_inside(geometry: NDArray[np.object_], boundary: shapely.Geometry) -> float:
    """Return the share of features with a vertex in the municipality [0–1]; NaN for no features.

    Parameters
    ----------
    geometry
        Geometries in the plan's CRS [n].
    boundary
        The municipality with its margin, in the same CRS.
    """
    present = geometry[~(shapely.is_missing(geometry) | shapely.is_empty(geometry))]
    if not len(present):
        return float("nan")
    points, owner = shapely.get_coordinates(present, return_index=True)
    # Vertices suffice and are quick; a thinned sample keeps the first of every feature.
    first = np.concatenate(([True], owner[1:] != owner[:-1]))
    chosen = first | (np.arange(len(points)) % max(1, len(points) // VERTICES) == 0)
    inside = shapely.contains_xy(boundary, points[chosen, 0], points[chosen, 1])
    share = float(np.mean(np.bincount(owner[chosen], weights=inside, minlength=len(present)) > 0))
    if share > 0:
        return share
    # An area that holds the whole municipality has no vertex inside it.
    return float(np.mean(shapely.intersects(present, boundary)))


def candidates(
    geometry: NDArray[np.object_], boundary: shapely.Geometry, *, crs: int
) -> tuple[Candidate, ...]:
    """Return the CRSs under which the features lie in the municipality, the best first.

    Parameters
    ----------
    geometry
        Geometries as the file holds them [n].
    boundary
        The municipality with its margin, in the plan's CRS.
    crs
        EPSG code of the plan's CRS.
    """
    points = _sample(geometry)
    if not len(points):
        return ()
    in_degrees = bool(np.nanmax(np.abs(points)) <= LARGEST_DEGREE)
    found = [
        Candidate(
            crs=code,
            swapped=swapped,
            share=_share(points[:, ::-1] if swapped else points, code, crs, boundary),
        )
        for code in candidate_crs()
        if CRS.from_epsg(code).is_geographic == in_degrees
        for swapped in (False, True)
    ]
    good = [candidate for candidate in found if candidate.share >= MANY]
    return tuple(sorted(good, key=lambda candidate: (-round(candidate.share, 3), candidate.swapped))[:3])


def _sample(geometry: NDArray[np.object_]) -> NDArray[np.float64]:
    present = geometry[~(shapely.is_missing(geometry) | shapely.is_empty(geometry))]
    step = max(1, len(present) // SAMPLE)
    return shapely.get_coordinates(shapely.point_on_surface(present[::step]))


def _share(points: NDArray[np.float64], source: int, target: int, boundary: shapely.Geometry) -> float:
    x, y = _transformer(source, target).transform(points[:, 0], points[:, 1])
    good = np.isfinite(x) & np.isfinite(y)
    inside = shapely.contains_xy(boundary, np.where(good, x, 0), np.where(good, y, 0))
    return float(np.mean(inside & good))


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """A layer of which nothing lies in the municipality, and the CRSs that would put it there."""

    stated: int
    candidates: tuple[Candidate, ...]

    def error(self, *, file: str, name: str) -> InputError:
        """Return the error that names the file, the municipality and the candidates."""
        named = [candidate.text for candidate in self.candidates]
        values = {"municipality": name, "stated": crs_text(self.stated), "candidates": named or "—"}
        return InputError(
            Problem(code="crs.outside" if named else "extent.elsewhere", place=file, values=values)
        )


def outside(geometry: NDArray[np.object_], boundary: shapely.Geometry, *, stated: int, crs: int) -> Outside:
    """Return what to say of a layer of which nothing lies in the municipality.

    Parameters
    ----------
    geometry
        Geometries as the file holds them [n].
    boundary
        The municipality with its margin, in the plan's CRS.
    stated
        EPSG code of the CRS the file states.
    crs
        EPSG code of the plan's CRS.
    """
    return Outside(stated=stated, candidates=candidates(geometry, boundary, crs=crs))


def ask_crs(
    geometry: NDArray[np.object_], boundary: shapely.Geometry | None, *, crs: int, file: str, detail: str
) -> InputError:
    """Return the error for a file that states no CRS, with the candidates where a municipality is known.

    Parameters
    ----------
    geometry
        Geometries as the file holds them [n].
    boundary
        The municipality with its margin, in the plan's CRS.
    crs
        EPSG code of the plan's CRS.
    file
        What messages call the file.
    detail
        Why the CRS that the file states cannot be read; empty where it states none.
    """
    named = (
        [] if boundary is None else [candidate.text for candidate in candidates(geometry, boundary, crs=crs)]
    )
    code = "crs.unreadable" if detail else "crs.missing"
    return InputError(Problem(code=code, place=file, values={"candidates": named or "—", "detail": detail}))
