"""Shapefiles: completeness of their parts, and the encoding of their text.

GDAL reads a truncated .shp as empty geometries and CP932 without .cpg as mojibake, both without an error;
here the parts are measured first, and the text is read by the strict rule.
"""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

from gisplan.core.errors import InputError, Problem
from gisplan.core.tables import Doubt
from gisplan.sources.encoding import Encoding, detect_values

DESCRIPTOR = 32
WORD = 2
NAME_BYTES = 11
LENGTH_BYTES = 4
END_OF_DESCRIPTORS = 0x0D


def check_parts(path: Path, *, name: str) -> None:
    """Refuse a shapefile whose parts are missing or shorter than their headers say.

    Raises
    ------
    InputError
        With every part that is missing or cut.
    """
    problems = []
    for suffix, code in ((".shx", "file.shx"), (".dbf", "file.dbf")):
        if not path.with_suffix(suffix).is_file():
            problems.append(Problem(code=code, place=name))
    if problems:
        raise InputError(problems)
    for suffix in (".shp", ".shx"):
        part = path.with_suffix(suffix)
        with part.open("rb") as stream:
            length = stream.read(28)[24:]
        stated = struct.unpack(">i", length)[0] * WORD if len(length) == LENGTH_BYTES else -1
        if stated != part.stat().st_size:
            detail = f"{part.suffix}: {part.stat().st_size:,} / {stated:,} bytes"
            problems.append(Problem(code="file.truncated", place=name, values={"detail": detail}))
    rows, header, width = _dbf_layout(path.with_suffix(".dbf"))
    if path.with_suffix(".dbf").stat().st_size < header + rows * width:
        problems.append(Problem(code="file.truncated", place=name, values={"detail": ".dbf"}))
    records = (path.with_suffix(".shx").stat().st_size - 100) // 8
    if not problems and records != rows:
        problems.append(
            Problem(code="file.truncated", place=name, values={"detail": f".shx {records:,} / .dbf {rows:,}"})
        )
    if problems:
        raise InputError(problems)


def text_encoding(path: Path, *, name: str) -> tuple[Encoding, tuple[Doubt, ...]]:
    """Return the encoding of the .dbf, found from its bytes, and a doubt where the .cpg says otherwise."""
    data = path.with_suffix(".dbf").read_bytes()
    found = detect_values(_texts(data), place=name)
    sidecar = path.with_suffix(".cpg")
    stated = sidecar.read_bytes().decode("ascii", "replace").strip().lower() if sidecar.is_file() else ""
    if stated and found.name != "ascii" and _family(stated) not in {"", found.name}:
        return found, (Doubt(code="enc.cpg_wrong", layer="", values={"stated": stated, "found": found.name}),)
    return found, ()


def _family(stated: str) -> str:
    names = {"utf-8": "utf-8", "utf8": "utf-8", "utf_8": "utf-8", "65001": "utf-8"}
    names |= dict.fromkeys(
        ("shift_jis", "shift-jis", "sjis", "cp932", "932", "ansi 932", "windows-31j", "ms932"), "cp932"
    )
    names |= dict.fromkeys(("euc-jp", "eucjp", "euc_jp"), "euc_jp")
    return names.get(stated, "")


def _dbf_layout(path: Path) -> tuple[int, int, int]:
    with path.open("rb") as stream:
        rows, header, width = struct.unpack("<IHH", stream.read(12)[4:12])
    return rows, header, width


def _texts(data: bytes) -> list[bytes]:
    """Return the field names and every different text value of a .dbf, as bytes."""
    rows, header, width = struct.unpack("<IHH", data[4:12])
    fields = [
        data[start : start + DESCRIPTOR]
        for start in range(DESCRIPTOR, header - 1, DESCRIPTOR)
        if data[start] != END_OF_DESCRIPTORS
    ]
    texts = [field[:NAME_BYTES].split(b"\x00")[0] for field in fields]
    body = np.frombuffer(
        data, dtype=f"S{width}", count=min(rows, (len(data) - header) // width), offset=header
    )
    records = body.view("u1").reshape(-1, width)
    position = 1
    for field in fields:
        size = field[16]
        if field[11:12] == b"C" and size:
            cells = np.ascontiguousarray(records[:, position : position + size]).view(f"S{size}").ravel()
            texts += [bytes(value).rstrip(b" \x00") for value in np.unique(cells)]
        position += size
    return [text for text in texts if text]
