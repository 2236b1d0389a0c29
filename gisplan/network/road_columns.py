"""The road table of ways of OpenStreetMap, as the layer `road` would hold it: each different set of tags read once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from gisplan.core.arrays import Packed, of_texts
from gisplan.core.words import LayerEntry
from gisplan.layers.catalogue import packaged_folder, read_catalogue
from gisplan.layers.cellwise import Coded, FieldReader, read_cells, readers_of
from gisplan.layers.codes import plain
from gisplan.layers.columns import pick
from gisplan.layers.fields import read_columns
from gisplan.network.rows import LAYER
from gisplan.sources.osm_tags import NAMES, road_columns

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from gisplan.core.words import Spec
    from gisplan.sources.osm_ways import Ways

KINDS: Mapping[str, str] = {"number": "float64", "integer": "Int64", "boolean": "boolean"}
"""What columns are of, by the type of their field; all others are texts."""

USED = (
    "road_class", "osm_class", "speed_kmh", "oneway", "width_m", "level", "ramp", "passage", "winter_closed",
    "area_kind", "ferry", "minutes",
)  # fmt: skip
"""The fields that a network is made of."""


TELLING = re.compile("[0-9CE高自東名バ国道]")
"""One of these letters is in every name that tells a class; most names in Latin letters have none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoadColumns:
    """The fields of some roads but their ids, with those ids [r]: numbers of ways."""

    fields: Mapping[str, Coded]
    way: NDArray[np.int64]

    @property
    def ids(self) -> NDArray[np.object_]:
        """The ids of the roads as texts [r]."""
        return self.some_ids(np.ones(len(self.way), dtype=bool))

    def some_ids(self, which: NDArray[np.bool_]) -> NDArray[np.object_]:
        """Return the ids of some roads as texts."""
        numbers = self.way[which].tolist()
        found = np.empty(len(numbers), dtype=object)
        found[:] = [f"way/{number}" for number in numbers]
        return found

    def figures(self, name: str) -> NDArray[np.float64]:
        """Return a field of figures, or of yes and no, NaN where nothing is told [r]."""
        column = self.fields[name]
        return np.array(column.different, dtype=np.float64)[column.which]

    def says(self, name: str) -> NDArray[np.bool_]:
        """Return which roads say yes in a field [r]."""
        column = self.fields[name]
        return np.array([value is True for value in column.different], dtype=bool)[column.which]

    def used(self, lines: NDArray[np.object_], crs: int) -> gpd.GeoDataFrame:
        """Return what a network is made of: a table with lines, which may be missing where they do not count."""
        told = {name: series(self.fields[name], kind_of(name)) for name in USED}
        names = np.array(self.fields["name"].different, dtype=object)[self.fields["name"].which]
        table = pd.DataFrame({"id": pd.Series(self.ids, dtype=object), "name": names, **told})
        return gpd.GeoDataFrame(table, geometry=lines, crs=crs)


def columns_of_roads(ways: Ways, which: NDArray[np.int64]) -> RoadColumns:
    """Return the road table of some ways.

    Parameters
    ----------
    ways, which
        Ways, and which of them [r].
    """
    # Ways with the same tags have the same row, but for names, of which few tell anything of a road.
    code, different = _names(ways, which)
    telling = np.array([_tells(name) for name in different], dtype=bool)[code]
    alike = ways.kind[which] * (len(different) + 1) + np.where(telling, code + 1, 0)
    _, first, row = np.unique(alike, return_index=True, return_inverse=True)
    names = [different[code[at]] if telling[at] else "" for at in first.tolist()]
    kinds, kind = np.unique(ways.kind[which[first]], return_inverse=True)
    told = road_columns([ways.tags[one] for one in kinds.tolist()])
    cells = {name: [column[one] for one in kind.tolist()] for name, column in told.items()}
    cells["name"] = names
    found = read_cells(_readers(tuple(cells)), cells, count=len(first))
    fields = {name: Coded(different=one.different, which=one.which[row]) for name, one in found.items()}
    fields["name"] = Coded(different=different, which=code.astype(np.int32))
    return RoadColumns(fields=fields, way=ways.id[which])


def _names(ways: Ways, which: NDArray[np.int64]) -> tuple[NDArray[np.int64], list[str]]:
    """Return the different names of some ways, "" for none, and which each has [r]."""
    texts = [ways.names[key][which].tolist() for key in NAMES if key in ways.names]
    known: dict[str, int] = {}
    if not texts:
        return np.zeros(len(which), dtype=np.int64), [""]
    code = [known.setdefault(next(filter(None, row), ""), len(known)) for row in zip(*texts, strict=True)]
    return np.array(code, dtype=np.int64), list(known)


def _tells(name: str) -> bool:
    """Return whether a name tells the class of a road, as 国道1号 does."""
    text = plain(name)
    return TELLING.search(text) is not None and name_patterns().search(text) is not None


@lru_cache(maxsize=1)
def name_patterns() -> re.Pattern[str]:
    """Return what tells something in a name."""
    fields = (field for field in road_spec().fields.values() if "name" in field.pattern_from)
    rows = (row.match for field in fields for row in field.patterns)
    return re.compile("|".join(f"(?:{match})" for match in rows) or r"(?!)")


@lru_cache(maxsize=1)
def road_spec() -> Spec:
    """Return the layer file of roads that comes with gisplan."""
    return read_catalogue(packaged_folder())[LAYER]


@lru_cache(maxsize=1)
def _readers(columns: tuple[str, ...]) -> Mapping[str, FieldReader]:
    return readers_of(road_spec(), columns)


def as_layer(told: pd.DataFrame) -> pd.DataFrame:
    """Return columns of tags as the fields of the layer `road`."""
    spec = road_spec()
    cells = pick(told, spec, LayerEntry(layer=LAYER, path=()), file=LAYER, path=PurePath(LAYER))
    return read_columns(cells, spec, place=str, files=LAYER).table


def kind_of(name: str) -> str:
    """Return what the column of a field of the layer `road` is of."""
    return "object" if name not in road_spec().fields else KINDS.get(road_spec().fields[name].type, "object")


def series(column: Coded, kind: str) -> pd.Series[Any]:
    """Return a column with all its rows."""
    if kind == "object":
        return pd.Series(np.array([*column.different, None], dtype=object)[column.which], dtype=object)
    if kind == "float64":
        return pd.Series(np.array(column.different, dtype=np.float64)[column.which])
    return pd.Series(list(column.different), dtype=kind).take(column.which).reset_index(drop=True)


def packed_roads(roads: RoadColumns) -> Packed:
    """Return a road table as plain arrays, in the form of `store.packed_table`."""
    arrays: dict[str, NDArray[Any]] = {}
    columns = []
    text = str(pd.Series(["way"]).dtype)  # ids and names are texts as pandas takes them
    for position, name in enumerate(road_spec().fields):
        kind = text if name in ("id", "name") else kind_of(name)
        columns.append([name, kind])
        if name == "id":
            arrays[f"w{position}"] = roads.way
            continue
        column = roads.fields[name]
        arrays[f"c{position}"] = column.which.astype(np.min_scalar_type(-len(column.different) - 1))
        if kind in KINDS.values():
            arrays[f"v{position}"] = np.array(column.different, dtype=np.float64)
        else:
            arrays[f"t{position}"], arrays[f"e{position}"] = of_texts(column.different)
    return Packed(arrays=arrays, about={"columns": columns})
