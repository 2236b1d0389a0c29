"""`tables/*.csv`: the tables for programs, in an encoding that holds every sign or says which it does not hold."""

from __future__ import annotations

import codecs
import csv
import dataclasses
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from gisplan.core.errors import InputError, Problem
from gisplan.core.options import CsvEncoding
from gisplan.core.tables import Column, Contract
from gisplan.core.words import Language
from gisplan.maps.encode import cells, plain

FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""Excel takes a CSV cell that begins with one of these for a formula."""

TEXTS = ("text", "words")
"""Types of columns whose cells are free texts; numbers and dates never make a formula."""

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")

SAME_SIGNS: Mapping[str, str] = {
    "〜": "～", "‖": "∥", "−": "－", "—": "―", "¢": "￠", "£": "￡", "¬": "￢",
}  # fmt: skip
"""Signs of JIS X 0208 that Unicode has twice: CP932 stands for the one at the right, and looks the same."""

FIRST_ROW = 2
"""The line of a CSV file in which its first row stands."""

MOST_SIGNS, MOST_QUOTED = 20, 60
"""Signs that a message names, and signs of a text that it quotes."""


def write_csv(
    folder: Path,
    frames: Mapping[str, pd.DataFrame],
    promises: Mapping[str, Contract],
    *,
    encoding: CsvEncoding = "utf-8",
) -> tuple[Path, ...]:
    """Write each table as a CSV file and return their paths; none is written where one cannot be.

    Parameters
    ----------
    folder
        Folder that exists.
    frames, promises
        Tables as a user sees them, and their contracts, by name.
    encoding
        UTF-8 with a byte order mark, or CP932 for programs that read nothing else.

    Raises
    ------
    InputError
        If the encoding lacks signs that the tables hold: with every column that holds such signs.
    """
    made = {name: _columns(frames[name], promise) for name, promise in promises.items()}
    if encoding == "cp932":
        made = {name: [_same_signs(column) for column in columns] for name, columns in made.items()}
        problems = [
            problem
            for name, columns in made.items()
            for column, texts in zip(promises[name].columns, columns, strict=True)
            for problem in _lacking(name, column, texts, encoding)
        ]
        if problems:
            raise InputError(problems)
    return tuple(_write(folder, promises[name], columns, encoding) for name, columns in made.items())


def _write(folder: Path, promise: Contract, columns: list[list[str]], encoding: CsvEncoding) -> Path:
    path = folder / f"{promise.name}.csv"
    head = ",".join(column.name for column in promise.columns)
    lines = [head, *map(",".join, zip(*columns, strict=True)), ""]
    # Excel takes a CSV for UTF-8 only where it begins with a byte order mark.
    mark = codecs.BOM_UTF8 if encoding == "utf-8" else b""
    path.write_bytes(mark + "\r\n".join(lines).encode(encoding))
    return path


def marked_cells(frame: pd.DataFrame, promise: Contract, *, language: Language) -> int:
    """Return how many cells of a table stand in its CSV with a mark that keeps them from being a formula.

    Parameters
    ----------
    frame
        A table as `core.tables.hold` returns it.
    promise
        Its contract.
    language
        The language of its CSV.
    """
    names = [
        f"{column.name}_{language}" if column.type == "words" else column.name
        for column in promise.columns
        if column.type in TEXTS
    ]
    texts = Counter(text for name in names for text in frame[name].tolist())
    return sum(count for text, count in texts.items() if _marked(plain(text)))


def _columns(frame: pd.DataFrame, promise: Contract) -> list[list[str]]:
    return [
        _finer(frame, column) if column.finer else _texts(frame[column.name], column)
        for column in promise.columns
    ]


def _finer(frame: pd.DataFrame, column: Column) -> list[str]:
    """Return the texts of a column of which rows of some units have other decimals."""
    texts = _texts(frame[column.name], column)
    for unit, digits in column.finer.items():
        places = np.flatnonzero(frame["unit"] == unit)
        own = _texts(frame[column.name].iloc[places], dataclasses.replace(column, digits=digits))
        for place, text in zip(places, own, strict=True):
            texts[place] = text
    return texts


def _texts(values: pd.Series, column: Column) -> list[str]:
    digits = 0 if column.type == "integer" else column.digits
    held = cells(values)
    if bool in set(map(type, held)):  # True would be taken for 1 below
        return [_quoted(_text(value, digits)) for value in held]
    # A column repeats its texts and its rounded numbers; each is written out once.
    texts = {value: _quoted(_text(value, digits)) for value in set(held)}
    return [texts[value] for value in held]


def _quoted(text: str) -> str:
    """Return a text as the one cell of a line of CSV."""
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow([text, ""])
    return line.getvalue().removesuffix(",\r\n")


def _text(held: Any, digits: int | None) -> str:
    if held is None:
        return ""
    if isinstance(held, bool):
        return "true" if held else "false"
    if isinstance(held, str):
        text = plain(held)
        return f"'{text}" if _marked(text) else text
    return f"{held:.{digits}f}" if digits is not None else str(held)


def _marked(text: str) -> bool:
    return text.startswith(FORMULA_SIGNS) and NUMBER.fullmatch(text) is None


def _same_signs(texts: list[str]) -> list[str]:
    table = str.maketrans(dict(SAME_SIGNS))
    return [text if text.isascii() else text.translate(table) for text in texts]


def _lacking(name: str, column: Column, texts: list[str], encoding: CsvEncoding) -> Iterator[Problem]:
    """Yield what is to be said of a column with signs that an encoding lacks."""
    lacking = {sign for sign in set().union(*texts) if not _held(sign, encoding)}
    if not lacking:
        return
    rows = [row for row, text in enumerate(texts, start=FIRST_ROW) if not lacking.isdisjoint(text)]
    signs = [f"{sign}（U+{ord(sign):04X}）" for sign in sorted(lacking)[:MOST_SIGNS]]
    first = texts[rows[0] - FIRST_ROW][:MOST_QUOTED]
    values = {"signs": signs, "column": column.title, "row": rows[0], "count": len(rows), "text": first}
    yield Problem(code="enc.unencodable", place=f"tables/{name}.csv", values=values)


def _held(sign: str, encoding: CsvEncoding) -> bool:
    try:
        sign.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
