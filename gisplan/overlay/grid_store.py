"""Grids over large areas kept on disk, under the hash of the areas, so that a second run need not make them."""

from __future__ import annotations

import hashlib
import os
import zipfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gisplan.core.disk import whole
from gisplan.core.version import __version__
from gisplan.overlay.grid import Frame, Grid, ask, frame_of, grid_of

if TYPE_CHECKING:
    from gisplan.overlay.grid_kernels import Boxes

FORM = 3
"""Raised when the arrays of a grid change their meaning; a new version of gisplan makes every grid anew."""

MOST_EXACT = 1_000_000
"""Cells up to which exact vertices are kept; they take some 200 MB then."""

KEPT = 4
"""Files that are kept; the oldest go first."""

PART = 5_000
"""Areas that are hashed at a time."""

DAMAGED = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile)


def cache_folder() -> Path:
    """Return the folder of kept grids, in the user's own cache."""
    from platformdirs import user_cache_path

    return user_cache_path("gisplan", appauthor=False) / "grids"


def kept_grid(
    areas: NDArray[Any], boxes: Boxes, *, folder: Path | None, exact: bool = False
) -> tuple[Frame, Grid]:
    """Return the cells over some areas and their content where boxes lie, from disk where they are kept.

    Parameters
    ----------
    areas
        Valid polygons and multipolygons [k, m].
    boxes
        What the cells are asked for: west, south, east and north [n each, m].
    folder
        Where grids are kept; None keeps none. A file that is damaged, or lacks a cell, is made anew.
    exact
        Whether the exact vertices in the cells are kept as well, unless they are too many.
    """
    frame = frame_of(areas)
    asked = ask(frame, boxes)
    exact = exact and np.bitwise_count(asked).sum() <= MOST_EXACT
    if folder is None:
        return frame, grid_of(areas, frame, asked, exact=exact)
    path = folder / f"{_digest(areas)}{'-exact' if exact else ''}.npz"
    held = _read(path, frame)
    if held is not None and held.asked.shape == asked.shape:
        if not np.any(asked & ~held.asked):
            return frame, held
        wider = asked | held.asked
        asked = asked if exact and np.bitwise_count(wider).sum() > MOST_EXACT else wider
    grid = grid_of(areas, frame, asked, exact=exact)
    # Without room or permission on the disk the grid is made again next time, and nothing else is lost.
    with suppress(OSError):
        _write(path, grid)
    return frame, grid


def _digest(areas: NDArray[Any]) -> str:
    def digest(begin: int) -> bytes:
        part = areas[begin : begin + PART]
        counts = (
            shapely.get_type_id(part),
            shapely.get_num_coordinates(part),
            shapely.get_num_geometries(part),
        )
        words = hashlib.sha256(np.column_stack(counts).astype("<i8").tobytes())
        words.update(shapely.get_coordinates(part).astype("<f8", copy=False).data)
        return words.digest()

    whole = hashlib.sha256(f"{FORM} {__version__} {np.__version__} {len(areas)}".encode())
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for part in pool.map(digest, range(0, len(areas), PART)):
            whole.update(part)
    return whole.hexdigest()


def _read(path: Path, frame: Frame) -> Grid | None:
    try:
        # The archive's own check sums tell where a file is damaged.
        with np.load(path) as file:
            asked, cells, records, exact = (file[name] for name in ("asked", "cells", "records", "exact"))
            masks = int(file["masks"])
    except DAMAGED:
        return None
    return Grid(
        lattice=frame.lattice,
        directory=frame.directory,
        asked=asked,
        cells=cells,
        records=records,
        exact=exact,
        masks=masks,
    )


def _write(path: Path, grid: Grid) -> None:
    with whole(path) as part, part.open("wb") as file:
        np.savez(
            file,
            asked=grid.asked,
            cells=grid.cells,
            records=grid.records,
            exact=grid.exact,
            masks=np.array(grid.masks),
        )
    newest = sorted(path.parent.glob("*.npz"), key=lambda one: one.stat().st_mtime, reverse=True)
    for old in newest[KEPT:]:
        old.unlink(missing_ok=True)
