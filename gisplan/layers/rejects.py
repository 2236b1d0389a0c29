"""Rows that are not read, as their owner finds them again: number, column, value, reason, cure, and the whole row."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from gisplan.core.messages import message
from gisplan.core.tables import Doubt
from gisplan.core.words import Spec
from gisplan.layers.values import as_text
from gisplan.sources.raw import Raw, Refused


def rejects_of(
    spec: Spec, raws: Sequence[Raw], refused: Iterable[tuple[int, Refused]]
) -> tuple[dict[str, object], ...]:
    """Return the rows of the contract `rejects`.

    Parameters
    ----------
    spec
        The layer.
    raws
        Its files.
    refused
        What is refused, each with the position of its file.
    """
    listed = list(refused)
    held = [
        _records(raw, [row for place, row in listed if place == position])
        for position, raw in enumerate(raws)
    ]
    rows: list[dict[str, object]] = []
    for position, row in listed:
        text = message(row.code)
        values = {"column": row.column, "value": row.value}
        what, cure = text.what(values), text.cure(values)
        rows.append(
            {
                "layer": spec.name, "file": raws[position].file.name, "row": row.row, "column": row.column,
                "value": row.value, "code": row.code, "reason_ja": what.ja, "reason_en": what.en,
                "do_ja": cure.ja, "do_en": cure.en, "record": held[position].get(row.row, ""),
            }
        )  # fmt: skip
    return tuple(rows)


def _records(raw: Raw, refused: Sequence[Refused]) -> Mapping[int, str]:
    """Return every refused row of a file by its number, as a JSON list of column and text."""
    names = [str(name) for name in raw.table.columns]
    records = {row.row: _record(names, row.cells) for row in refused if row.cells}
    wanted = {row.row for row in refused} - set(records)
    at = np.flatnonzero(np.isin(raw.rows, list(wanted)))
    columns = [as_text(raw.table[name].iloc[at]).to_list() for name in raw.table.columns]
    for number, cells in zip(raw.rows[at].tolist(), zip(*columns, strict=True), strict=False):
        records[number] = _record(names, cells)
    return records


def _record(names: Sequence[str], cells: Sequence[str]) -> str:
    more = [f"column {place}" for place in range(len(names) + 1, len(cells) + 1)]
    pairs = list(zip([*names, *more], cells, strict=False))
    return json.dumps(pairs, ensure_ascii=False)


def refusals(spec: Spec, rejects: Sequence[Mapping[str, object]]) -> tuple[Doubt, ...]:
    """Return a doubt for each file of which rows were refused.

    Parameters
    ----------
    spec
        The layer.
    rejects
        Rows of the contract `rejects`.
    """
    counts = Counter(str(row["file"]) for row in rejects)
    return tuple(
        Doubt(code="layer.refused", layer=spec.name, subject=file, values={"rows": counts[file]})
        for file in sorted(counts)
    )
