"""Where the rows of a file lie: its own geometry, the columns of a place, or the cells of mesh codes."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gisplan.core.tables import Doubt
from gisplan.core.words import LayerEntry, Spec
from gisplan.layers.meshes import doubtful_tens
from gisplan.layers.municipalities import UNASSIGNED, unassigned, with_whole_names
from gisplan.layers.numbered import as_codes
from gisplan.layers.places import EXAMPLES, Places, mesh_cells, points_of
from gisplan.layers.values import as_text
from gisplan.sources.raw import Raw, Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """The cells of a file with their codes in plain digits, and the places of its rows."""

    cells: pd.DataFrame
    places: Places


def located(raw: Raw, cells: pd.DataFrame, spec: Spec, entry: LayerEntry) -> Located:
    """Return the places of a file's rows.

    Parameters
    ----------
    raw
        The file.
    cells
        Its cells under the names of the layer's fields.
    spec, entry
        The layer, and what plan.toml says of it.

    Raises
    ------
    InputError
        If there are no coordinate columns, or most rows have longitude and latitude exchanged.
    """
    if spec.source.reader == "mesh" and raw.geometry is None:
        return _meshes(raw, cells)
    nothing = np.zeros(len(raw.rows), dtype=bool)
    if spec.kind == "table":  # a place in the file would mean nothing
        return Located(
            cells=cells, places=Places(points=np.full(len(nothing), None, dtype=object), mended=nothing)
        )
    if raw.geometry is not None:
        return Located(cells=cells, places=Places(points=raw.geometry, mended=nothing))
    return Located(cells=cells, places=points_of(raw, entry=entry, kind=spec.kind))


def _meshes(raw: Raw, cells: pd.DataFrame) -> Located:
    codes = as_codes(cells["id"])
    shapes, bad = mesh_cells(codes.texts)
    tens = doubtful_tens(codes.texts)
    bad |= tens
    shapes[tens] = None
    why = np.where(codes.cut, "code.exponent", np.where(tens, "code.mesh_100m", "code.mesh"))
    refused = tuple(
        Refused(row=int(raw.rows[i]), column="id", value=str(cells["id"].iloc[i]), code=str(why[i]))
        for i in np.flatnonzero(bad)
    )
    mended = codes.mended & ~bad
    doubts: tuple[Doubt, ...] = ()
    if mended.any():
        few = codes.texts[mended].drop_duplicates().head(EXAMPLES)
        whole = as_text(cells["id"])
        examples = [f"{old} → {new}" for old, new in zip(whole[few.index], few, strict=True)]
        doubts = (
            Doubt(
                code="code.mesh_mended", layer="", values={"rows": int(mended.sum()), "examples": examples}
            ),
        )
    places = Places(points=shapes, mended=mended, refused=refused, doubts=doubts)
    return Located(cells=cells.assign(id=codes.texts), places=places)


def without_unassigned(raw: Raw) -> tuple[Raw, tuple[Doubt, ...]]:
    """Return administrative areas (N03) with whole names and without land that belongs to no municipality.

    Parameters
    ----------
    raw
        The file.
    """
    gone = unassigned(raw.table)
    whole = with_whole_names(raw.table)
    if whole is not raw.table:
        raw = replaced(raw, whole, ~gone)
    if not gone.any():
        return raw, ()
    return raw, (
        Doubt(code="layer.unassigned", layer="", values={"rows": int(gone.sum()), "name": UNASSIGNED}),
    )


def replaced(raw: Raw, table: pd.DataFrame, keep: NDArray[np.bool_]) -> Raw:
    """Return a file with another table and only some of its rows.

    Parameters
    ----------
    raw
        The file.
    table
        The table to have instead of its own [n].
    keep
        Which rows stay [n].
    """
    return replace(
        raw,
        table=table[keep].reset_index(drop=True),
        geometry=None if raw.geometry is None else raw.geometry[keep],
        rows=raw.rows[keep],
        mended=raw.mended[keep],
    )
