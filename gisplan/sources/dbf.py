"""The numbers of a .dbf, byte by byte: GDAL reads `4OO` as 4 and `*****` as nothing, and leaves deleted rows out."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gisplan.core.tables import Doubt

NUMBER = re.compile(rb"[+-]?(\d+\.?\d*|\.\d+)([eEdD][+-]?\d+)?")
NUMERIC = (b"N", b"F")
BLANK = b" \x00"
DELETED = ord("*")
DESCRIPTOR, KIND, WIDTH = 32, 11, 16
END_OF_DESCRIPTORS = 0x0D
NAMED = 10
EXAMPLES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """What is known of the rows of a .dbf that are not deleted: their numbers [n], and the doubts.

    `texts` are the columns that hold something else than numbers, by their place, as text [n].
    """

    rows: NDArray[np.int64]
    texts: Mapping[int, NDArray[np.object_]] = field(default_factory=dict)
    doubts: tuple[Doubt, ...] = ()


def numbers_of(path: Path, *, encoding: str) -> Numbers:
    """Return what is wrong with the numbers and rows of a .dbf that is whole.

    Parameters
    ----------
    path
        The .dbf.
    encoding
        The codec of its text.
    """
    data = path.read_bytes()
    rows, header, width = struct.unpack("<IHH", data[4:12])
    records = np.frombuffer(data, dtype="u1", count=rows * width, offset=header).reshape(rows, width)
    deleted = records[:, 0] == DELETED
    held, numbers = records[~deleted], np.flatnonzero(~deleted) + 1
    gone = np.flatnonzero(deleted) + 1
    doubts: tuple[Doubt, ...] = ()
    if len(gone):
        doubts = (Doubt(code="dbf.deleted", layer="", values={"count": len(gone), "rows": some(gone)}),)
    texts: dict[int, NDArray[np.object_]] = {}
    names: list[str] = []
    wrong = np.zeros(held.shape[0], dtype="int64")
    examples: list[str] = []
    for place, (name, start, size) in _numeric(data, header):
        cells = np.ascontiguousarray(held[:, start : start + size]).view(f"S{size}").ravel()
        found, which = np.unique(cells, return_inverse=True)
        bad = np.array([_is_wrong(bytes(value)) for value in found], dtype=bool)
        if bad.any():
            written = np.array([_text(bytes(value), encoding) for value in found], dtype=object)
            texts[place] = written[which]
            names.append(name.decode(encoding, "replace"))
            wrong += bad[which]
            examples += [str(text) for text in written[bad][:EXAMPLES]]
    if names:
        doubts = (*doubts, no_numbers(names, numbers[wrong > 0], int(wrong.sum()), examples))
    return Numbers(rows=numbers, texts=texts, doubts=doubts)


def no_numbers(names: Sequence[str], rows: NDArray[np.int64], count: int, examples: Sequence[str]) -> Doubt:
    """Return the doubt that columns of numbers hold something else.

    Parameters
    ----------
    names
        The columns.
    rows
        The numbers of the rows.
    count
        How many values there are of the kind.
    examples
        Some of them.
    """
    values = {
        "columns": list(names),
        "count": count,
        "rows": some(rows),
        "examples": list(examples)[:EXAMPLES],
    }
    return Doubt(code="num.storage", layer="", values=values)


def _numeric(data: bytes, header: int) -> Iterator[tuple[int, tuple[bytes, int, int]]]:
    """Yield the fields of numbers: their place among all fields, name, and where in a row they stand."""
    start = 1
    for place, at in enumerate(range(DESCRIPTOR, header - 1, DESCRIPTOR)):
        if data[at] == END_OF_DESCRIPTORS:
            return
        size = data[at + WIDTH]
        if data[at + KIND : at + KIND + 1] in NUMERIC and size:
            yield place, (data[at : at + KIND].split(b"\x00")[0], start, size)
        start += size


def _is_wrong(cell: bytes) -> bool:
    text = cell.strip(BLANK)
    return bool(text) and NUMBER.fullmatch(text) is None


def _text(cell: bytes, encoding: str) -> str | None:
    """Return a cell as it is written; a number with an exponent as a plain one."""
    text = cell.strip(BLANK).decode(encoding, "replace")
    if re.search("[eEdD]", text) and not _is_wrong(cell):
        return format(Decimal(re.sub("[dD]", "e", text)), "f")
    return text or None


def some(numbers: NDArray[np.int64]) -> list[str]:
    """Return the first row numbers, as a finding names them."""
    shown = [str(number) for number in numbers[:NAMED]]
    return [*shown, "…"] if len(numbers) > NAMED else shown
