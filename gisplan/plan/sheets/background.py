"""The picture under the maps for print of a plan."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from gisplan.core.errors import InputError, Problem
from gisplan.core.words import Plan
from gisplan.maps.sheets.nouns import Backdrop, Extent

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def background_files(plan: Plan) -> Iterable[Path]:
    """Return the file of the picture under the maps, which their bytes depend on; none where there is none."""
    return () if plan.background is None else (plan.folder / plan.background.path,)


def backdrop_of(plan: Plan) -> Backdrop | None:
    """Return the picture under the maps of a plan, None where there is none."""
    own = plan.background
    if own is None:
        return None
    place = f"{plan.file}:{own.line} [background]"
    read = partial(_read, plan.folder / own.path, crs=plan.crs, place=place, named=own.path)
    return Backdrop(read=read, credit=own.credit, approval=own.approval, opacity=own.opacity)


def _read(
    path: Path, extent: Extent, size: tuple[int, int], *, crs: int, place: str, named: str
) -> NDArray[np.uint8]:
    """Return a part of a picture in the plan's CRS, as many pixels wide and high as asked for."""
    from gisplan.sources.geotiff import NoPictureError, read_picture

    bounds = (extent.west, extent.south, extent.east, extent.north)
    try:
        return read_picture(path, crs=crs, bounds=bounds, size=size)
    except NoPictureError as error:
        values = {"path": named, "detail": str(error)}
        raise InputError(Problem(code="print.picture", place=place, values=values)) from None
