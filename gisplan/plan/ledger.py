"""SOURCES.toml beside fetched files: where each came from, on what terms, its sha256, and when."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from gisplan.core.disk import write_whole
from gisplan.core.document import Strict, read_document, validate

NAME = "SOURCES.toml"
How = Literal["fetched", "by hand"]
HEAD = """# 取得した公開データの記録（gisplan fetch が書く） / fetched data, written by gisplan fetch
# pinned = true はカタログの照合値と一致、false は照合値がなく取得時の値 / true: as in the catalogue; false: as fetched
"""


class Row(Strict):
    """`[[file]]`: its name in the folder, the layers it serves, its release, terms, fingerprint and day."""

    file: str
    layers: Annotated[tuple[str, ...], Field(strict=False)]
    release: str
    url: str
    licence: str
    credit: str
    terms: str
    commercial: bool
    redistribute: bool
    sha256: str
    size: int
    pinned: bool
    fetched_on: date
    how: How


class _LedgerModel(Strict):
    """A whole SOURCES.toml."""

    file: list[Row] = []


def read_ledger(folder: Path) -> Mapping[str, Row]:
    """Return what is recorded of a folder's files, by name; nothing where there is no record.

    Raises
    ------
    ConfigurationError
        If the record cannot be read.
    """
    path = folder / NAME
    if not path.is_file():
        return {}
    return {row.file: row for row in validate(_LedgerModel, read_document(path)).file}


def write_ledger(folder: Path, rows: Iterable[Row]) -> None:
    """Write the record of a folder's files, whole or not at all.

    Raises
    ------
    DiskError
        If it cannot be written; the old one is then as it was.
    """
    text = HEAD + "".join(_table(row) for row in sorted(rows, key=lambda row: row.file))
    write_whole(folder / NAME, text.encode())


def _table(row: Row) -> str:
    return "\n[[file]]\n" + "".join(f"{key} = {_value(value)}\n" for key, value in row.model_dump().items())


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return f"[{', '.join(_value(part) for part in value)}]"
    return quoted(value) if isinstance(value, str) else str(value)


def quoted(text: str) -> str:
    """Return a text as TOML writes it in quotation marks."""
    # JSON and TOML escape alike, but for the one control character that JSON lets through.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def joined(row: Row, layers: Sequence[str]) -> Row:
    """Return a row that serves more layers."""
    return row.model_copy(update={"layers": tuple(sorted({*row.layers, *layers}))})
