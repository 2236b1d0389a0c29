"""Ids and order of a layer's rows, which never depend on the order of the rows in the file."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gisplan.core.errors import InputError, Problem
from gisplan.core.tables import Doubt
from gisplan.core.words import RowPlaces, Spec
from gisplan.layers.values import as_text
from gisplan.sources.raw import File, Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A layer's final table, where its rows stand, which rows of the files it holds [n], what was refused."""

    table: gpd.GeoDataFrame
    places: RowPlaces
    keep: NDArray[np.bool_]
    refused: tuple[tuple[int, Refused], ...]
    doubts: tuple[Doubt, ...]


def with_ids(
    table: gpd.GeoDataFrame, spec: Spec, *, keep: NDArray[np.bool_], part_of: NDArray[np.int64],
    numbers: NDArray[np.int64], parts: Sequence[File],
) -> Named:  # fmt: skip
    """Return the rows kept, each with a unique id, sorted by it.

    Parameters
    ----------
    table
        All rows of all files.
    spec
        The layer.
    keep
        Which rows are not refused [n].
    part_of, numbers
        The file of each row and its number in it [n].
    parts
        The files.

    Raises
    ------
    InputError
        If rows of one file share an id but differ.

    Notes
    -----
    A row that another file holds as well, id and all, is the same thing twice. A file read by two entries of
    plan.toml is one file.
    """
    blank = pd.Series([""] * len(table), index=table.index, dtype=object)
    ids = as_text(table["id"]) if "id" in table else blank
    nameless = (ids == "").to_numpy(dtype=bool)
    shared = _shared(ids)
    fingerprint = _fingerprints(table, shared | nameless)
    twice = _repeated_rows(ids, fingerprint, keep)
    refused = tuple(
        (
            int(part_of[i]),
            Refused(row=int(numbers[i]), column="id", value=str(ids.iloc[i]), code="id.row_twice"),
        )
        for i in np.flatnonzero(twice)
    )
    keep = keep & ~twice
    doubts: tuple[Doubt, ...] = ()
    if (keep & shared & ~nameless).any():
        _refuse_clashes(ids, keep, part_of, numbers, parts)
        ids, doubts = _across_files(ids, spec, keep, part_of, parts)
    names, texts = ids[keep].to_list(), fingerprint[keep]
    alike = bool((texts != "").any())
    order = sorted(range(len(names)), key=(lambda i: (names[i], texts[i])) if alike else names.__getitem__)
    unnamed = [place for place in order if names[place] == ""] if nameless.any() else []
    if unnamed:
        for place, name in zip(unnamed, _free_ids(spec.name, len(unnamed), set(names)), strict=True):
            names[place] = name
        order.sort(key=lambda place: names[place])
    held = np.flatnonzero(keep)[order]
    rows = table.iloc[held].reset_index(drop=True)
    rows["id"] = pd.Series([names[place] for place in order], index=rows.index, dtype=object)
    files = tuple(part.name for part in parts)
    places = RowPlaces(files=files, ids=rows["id"].to_numpy(object), file=part_of[held], number=numbers[held])
    return Named(table=_in_order(rows), places=places, keep=keep, refused=refused, doubts=doubts)


def _in_order(rows: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return rows with id and name first, the geometry last, and one dtype for text, whatever pandas infers."""
    named = rows if "name" in rows else rows.assign(name="")
    first = ["id", "name"]
    ordered = named[
        [*first, *(name for name in named.columns if name not in {*first, "geometry"}), "geometry"]
    ]
    texts = [
        name
        for name in ordered.columns
        if ordered[name].dtype != object and pd.api.types.is_string_dtype(ordered[name])
    ]
    return ordered.astype(dict.fromkeys(texts, object))


def _shared(ids: pd.Series[str]) -> NDArray[np.bool_]:
    """Return the rows whose id another row has, too [n]; most lists have none, and a set knows that soonest."""
    if len(set(ids)) == len(ids):
        return np.zeros(len(ids), dtype=bool)
    return ids.duplicated(keep=False).to_numpy(dtype=bool)


def _free_ids(layer: str, count: int, taken: AbstractSet[str]) -> list[str]:
    """Return ids for rows that have none, none of which a row of the file has."""
    width = max(4, len(str(count)))
    numbered = (f"{layer}-{number:0{width}d}" for number in itertools.count(1))
    return list(itertools.islice((name for name in numbered if name not in taken), count))


def _fingerprints(table: gpd.GeoDataFrame, asked: NDArray[np.bool_]) -> NDArray[np.object_]:
    """Return a text per row that is equal only for equal rows; "" where it is not asked for: an id tells it apart."""
    texts = np.full(len(table), "", dtype=object)
    rows = table[asked]
    columns = [list(map(str, rows[name])) for name in rows.columns if name != "geometry"]
    shapes = shapely.to_wkb(shapely.normalize(rows.geometry.to_numpy()), hex=True)
    texts[asked] = ["\x1f".join(row) for row in zip(*columns, map(str, shapes), strict=True)]
    return texts


def _repeated_rows(
    ids: pd.Series[str], fingerprint: NDArray[np.object_], keep: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Return rows that say again what an earlier row said; without an id they are only alike."""
    asked = keep & (ids != "").to_numpy() & (fingerprint != "")
    frame = pd.DataFrame({"text": fingerprint}, dtype=object)[asked]
    again = np.zeros(len(ids), dtype=bool)
    again[frame.index[frame.duplicated()]] = True
    return again


def _same_files(parts: Sequence[File]) -> list[int]:
    """Return for each part the first part that is the same file."""
    keys = [(part.name, part.sha256) for part in parts]
    return [keys.index(key) for key in keys]


def _refuse_clashes(
    ids: pd.Series[str], keep: NDArray[np.bool_], part_of: NDArray[np.int64], numbers: NDArray[np.int64],
    parts: Sequence[File],
) -> None:  # fmt: skip
    files = np.array(_same_files(parts), dtype="int64")[part_of]
    asked = keep & (ids != "").to_numpy() & ids.duplicated(keep=False).to_numpy()
    frame = pd.DataFrame({"part": files[asked], "id": ids[asked].to_numpy(), "row": numbers[asked]})
    clashing = frame[frame.duplicated(["part", "id"], keep=False)]
    if clashing.empty:
        return
    raise InputError(
        [
            Problem(
                code="id.duplicate",
                place=f"{parts[int(group['part'].iloc[0])].name}:{group['row'].iloc[0]}",
                values={"id": group["id"].iloc[0], "rows": [str(row) for row in group["row"].head(10)]},
            )
            for _, group in clashing.groupby(["part", "id"], sort=True)
        ]
    )


def _across_files(
    ids: pd.Series[str],
    spec: Spec,
    keep: NDArray[np.bool_],
    part_of: NDArray[np.int64],
    parts: Sequence[File],
) -> tuple[pd.Series[str], tuple[Doubt, ...]]:
    """Return ids that stay unique where several files count from one: each takes its file's name along."""
    used = ids[keep & (ids != "").to_numpy()]
    if not used.duplicated().any():
        return ids, ()
    files = _same_files(parts)
    stems = [part.stem for part in parts]
    if len(set(stems)) < len(set(files)):  # files of one name in several folders
        stems = [part.name for part in parts]
    if len(set(stems)) < len(set(files)):
        stems = [f"{part.name}#{file + 1}" for part, file in zip(parts, files, strict=True)]
    prefix = pd.Series(np.array(stems, dtype=object)[part_of], index=ids.index).astype(str)
    named = ids.where((ids == "").to_numpy(), prefix + ":" + ids)
    return named, (
        Doubt(code="id.across_files", layer=spec.name, values={"rows": int(used.duplicated().sum())}),
    )
