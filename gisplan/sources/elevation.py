"""標高タイル of 国土地理院: the finest survey that a place has, pixel by pixel, as one GeoTIFF."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from gisplan.core.errors import NetworkError, Problem
from gisplan.sources.addresses import addresses, filled, known_area, tiles_over
from gisplan.sources.fetch import Address, placed
from gisplan.sources.job import Brought, Got, Job
from gisplan.sources.raster import TILE, decode_elevation, mosaic
from gisplan.sources.transport import OK, get

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BETWEEN_S = 0.02


def by_elevation(job: Job) -> Brought:
    """Fetch the elevation tiles over a municipality and put them together.

    A pixel that one set of tiles does not have is taken from the next, coarser one.

    Parameters
    ----------
    job
        What to fetch, and where it goes.
    """
    [wanted] = addresses(job.release, job.place)
    tiles = tiles_over(known_area(job.release, job.place), job.release.zoom)

    kept = placed(wanted.name, job.folder, partial(_write, wanted, tiles, job), place=wanted.url)
    return Brought(files=(Got(kept=kept, url=wanted.url),))


def _write(wanted: Address, tiles: Sequence[tuple[int, int]], job: Job, path: Path) -> None:
    held = 0
    with mosaic(path, tiles, zoom=job.release.zoom) as put:
        for number, (x, y) in enumerate(tiles, start=1):
            grid = _tile(wanted.url, x, y, job)
            if grid is not None:
                put(x, y, grid)
                held += 1
            job.tell(f"{wanted.name} {number} / {len(tiles)}")
    if not held:
        raise NetworkError(Problem(code="net.no_tiles", place=wanted.url, values={"tiles": len(tiles)}))


def _tile(url: str, x: int, y: int, job: Job) -> NDArray[np.float32] | None:
    """Return the heights of one tile [256, 256], None where no set of tiles has any."""
    import numpy as np

    whole: NDArray[np.float32] | None = None
    for name, zoom in _sets(job.release.tiles):
        steps = job.release.zoom - zoom
        values = {"tiles": name, "z": str(zoom), "x": str(x >> steps), "y": str(y >> steps)}
        asked = filled(url, values)
        answer = get(asked, job.network, missing_ok=True)
        job.network.pause(BETWEEN_S)
        if answer.status != OK:
            continue
        grid = _quarter(decode_elevation(answer.body, place=asked), x, y, steps)
        whole = grid if whole is None else np.where(np.isnan(whole), grid, whole)
        if not np.isnan(whole).any():
            break
    return None if whole is None or bool(np.isnan(whole).all()) else whole


def _sets(names: Sequence[str]) -> list[tuple[str, int]]:
    return [(name, int(zoom)) for name, _, zoom in (row.partition("/") for row in names)]


def _quarter(grid: NDArray[np.float32], x: int, y: int, steps: int) -> NDArray[np.float32]:
    """Return the part of a coarser tile that a tile covers, each of its pixels as often as it takes."""
    import numpy as np

    side = TILE >> steps
    column, row = (x % (1 << steps)) * side, (y % (1 << steps)) * side
    part = grid[row : row + side, column : column + side]
    return np.repeat(np.repeat(part, 1 << steps, axis=0), 1 << steps, axis=1)
