"""The raw table: what a file holds, before any layer's promises are asked of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from gisplan.core.tables import Doubt
from gisplan.core.words import Kind

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A row that is not read: its number in the file, the column and value at fault, and the code of the reason.

    `cells` are all cells of the row, for rows that the raw table does not hold.
    """

    row: int
    column: str
    value: str
    code: str
    cells: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a reader is asked for.

    `known` are the column names by which the header row of a list is found; `table` is the table, sheet, member or
    kind of feature to read where the file holds several; `encoding` is the codec to use instead of the rule. `kind`
    is what the layer holds, and `osm` the tags by which its features are known in OpenStreetMap (`highway`,
    `amenity=clinic`). `day` is the day of the plan, for data that are only good for a time.
    """

    known: tuple[str, ...] = ()
    table: str = ""
    encoding: str = ""
    kind: Kind | None = None
    osm: tuple[str, ...] = ()
    day: date | None = None


ANYTHING = Wanted()
"""The only table of a file, whatever it holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """An outside file that passed the door: its place, the name in messages, its fingerprint and its driver."""

    path: Path
    name: str
    driver: str
    sha256: str
    size: int

    @property
    def stem(self) -> str:
        """Its name without folder and ending; of a table of a database what stands after the #."""
        return self.name.rpartition("#")[2] if self.driver == "postgis" else PurePosixPath(self.name).stem


def companion(path: Path, suffix: str) -> Path | None:
    """Return the file beside another that has its stem and this suffix, in small or capital letters."""
    both = (path.with_suffix(suffix), path.with_suffix(suffix.upper()))
    return next((file for file in both if file.is_file()), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw:
    """Rows of one file: attributes, geometries [n] or None, the row's number in the file [n], and the CRS.

    `crs` is an EPSG code or None where the file says none. `mended` marks rows whose text had to be
    completed [n]. `refused` are rows that the table does not hold. `titles` are the texts above and below a list.
    """

    file: File
    table: pd.DataFrame
    geometry: NDArray[np.object_] | None
    rows: NDArray[np.int64]
    mended: NDArray[np.bool_]
    refused: tuple[Refused, ...] = ()
    crs: int | None = None
    crs_detail: str = ""
    encoding: str = ""
    encoding_how: str = ""
    doubts: tuple[Doubt, ...] = ()
    titles: tuple[str, ...] = ()
