"""The band of a GeoTIFF that holds values: in the unit that its scale gives, and never a picture."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gisplan.core.errors import InputError, Problem
from gisplan.sources.raw import File

if TYPE_CHECKING:
    from numpy.typing import NDArray

NAMED_VALUES = re.compile(r"(?i)標高|高さ|地盤高|elevation|height|altitude|\bd[estm]m\b")
"""What the band of heights is called in a file of several bands."""

COLOURS = frozenset({"palette", "red", "green", "blue", "cyan", "magenta", "yellow", "black"})
BESIDE = "alpha"


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """The values of a raster, those that are none masked, and what marks these in a copy, None where nothing does.

    `scale` and `offset` are already in the values.
    """

    values: Any
    nodata: float | None
    scale: float = 1.0
    offset: float = 0.0

    def filled(self) -> NDArray[Any]:
        """Return the values with the mark where there is none."""
        import numpy as np

        return np.asarray(self.values.data if self.nodata is None else self.values.filled(self.nodata))


def band_of(source: Any, file: File) -> Band:
    """Return the one band of a raster that holds values.

    Parameters
    ----------
    source
        The opened raster.
    file
        The file it is, for messages.

    Raises
    ------
    InputError
        If it is a picture, or holds several bands and none of them alone is called after heights.
    """
    import numpy as np

    number = _number(source, file)
    values = source.read(number, masked=True)
    scale, offset = float(source.scales[number - 1]), float(source.offsets[number - 1])
    nodata = source.nodatavals[number - 1]
    if (scale, offset) != (1.0, 0.0):
        values = (values.astype("float64") * scale + offset).astype("float32")
        nodata = np.nan
    elif nodata is None and np.ma.is_masked(values):
        # A mask inside the file, or its transparency: the copy has to mark the cells in another way.
        values, nodata = values.astype("float64" if values.dtype.itemsize > 2 else "float32"), np.nan  # noqa: PLR2004 (two bytes fit into a float32 exactly)
    return Band(values=values, nodata=nodata, scale=scale, offset=offset)


def _number(source: Any, file: File) -> int:
    kinds = [kind.name for kind in source.colorinterp]
    bands = [number for number, kind in enumerate(kinds, start=1) if kind != BESIDE]
    named = [number for number in bands if NAMED_VALUES.search(source.descriptions[number - 1] or "")]
    chosen = bands if len(bands) == 1 else named
    if len(chosen) != 1 or kinds[chosen[0] - 1] in COLOURS:
        values = {"bands": source.count, "kinds": kinds[:4]}
        raise InputError(Problem(code="raster.picture", place=file.name, values=values))
    return chosen[0]
