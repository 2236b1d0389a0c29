"""Shapefiles: completeness of their parts, and the encoding of their text.

GDAL reads a truncated .shp as empty geometries and CP932 without .cpg as mojibake, both without an error;
here the parts are measured first, and the text is read by the strict rule.
"""

from __future__ import annotations

import shutil
import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gisplan.core.errors import InputError, Problem
from gisplan.core.tables import Doubt
from gisplan.sources.encoding import Encoding, as_named, detect_values
from gisplan.sources.raw import companion

DESCRIPTOR = 32
WORD = 2
NAME_BYTES = 11
LENGTH_BYTES = 4
LAYOUT_BYTES = 12
MAIN_HEADER = 100
RECORD_HEADER = 8
"""Bytes of the header of .shp and .shx, and of the head of a record; a record of .shx has the same length."""

END_OF_DESCRIPTORS = 0x0D


def check_parts(path: Path, *, name: str) -> None:
    """Refuse a shapefile whose parts are missing, shorter than their headers say, or do not fit each other.

    The .shx only repeats where the records of the .shp are; without it they are counted one by one.

    Raises
    ------
    InputError
        With every part that is missing or cut.
    """
    index, attributes = companion(path, ".shx"), companion(path, ".dbf")
    if attributes is None:
        raise InputError(Problem(code="file.dbf", place=name))
    details = [detail for part in (path, index) if part is not None and (detail := _cut(part))]
    rows, header, width = _dbf_layout(attributes, name)
    if attributes.stat().st_size < header + rows * width:
        details.append(".dbf")
    places = _walked(path) if index is None else _indexed(index)
    if not details and len(places) != rows:
        details.append(f".shx {len(places):,} / .dbf {rows:,}")
    if not details and (wrong := _wrong_records(path, places)):
        details.append(f".shp: {wrong:,} / {len(places):,} records")
    if details:
        raise InputError(
            [Problem(code="file.truncated", place=name, values={"detail": detail}) for detail in details]
        )


def _cut(part: Path) -> str:
    """Return how long a .shp or .shx is and should be, "" where both are the same."""
    size = part.stat().st_size
    with part.open("rb") as stream:
        length = stream.read(28)[24:]
    stated = struct.unpack(">i", length)[0] * WORD if len(length) == LENGTH_BYTES else -1
    return "" if stated == size else f"{part.suffix}: {size:,} / {stated:,} bytes"


def _indexed(index: Path) -> NDArray[np.int64]:
    """Return where the records of a .shp begin and how long they are, by its .shx [n, 2 in bytes]."""
    numbers = np.frombuffer(index.read_bytes()[MAIN_HEADER:], dtype="u1")
    whole = numbers[: len(numbers) // RECORD_HEADER * RECORD_HEADER]
    return whole.view(">i4").reshape(-1, 2).astype("int64") * WORD


def _walked(path: Path) -> NDArray[np.int64]:
    """Return where the records of a .shp begin and how long they are, from record to record [n, 2 in bytes]."""
    data, places, start = path.read_bytes(), [], MAIN_HEADER
    while start + RECORD_HEADER <= len(data):
        length = struct.unpack(">i", data[start + 4 : start + RECORD_HEADER])[0] * WORD
        places.append((start, length))
        if length < 0:
            break
        start += RECORD_HEADER + length
    return np.array(places, dtype="int64").reshape(-1, 2)


def _wrong_records(path: Path, places: NDArray[np.int64]) -> int:
    """Return how many records of a .shp are not where and as long as its .shx says."""
    if not len(places):
        return 0
    shapes = np.memmap(path, dtype="u1", mode="r")
    start, length = places[:, 0], places[:, 1]
    inside = (start >= MAIN_HEADER) & (length >= 0) & (start + RECORD_HEADER + length <= len(shapes))
    heads = shapes[start[inside, None] + np.arange(4, RECORD_HEADER)]  # the length follows the number
    stated = np.ascontiguousarray(heads).view(">i4").ravel().astype("int64") * WORD
    return int((~inside).sum() + (stated != length[inside]).sum())


def copy_of(path: Path, folder: Path, *, encoding: str, prj: bool) -> Path:
    """Copy a shapefile, its field names cut where a character ends, its .shx made anew where it has none.

    GDAL reads no feature of a shapefile whose .prj it does not understand, and pyogrio none of one with a
    field name that ends in the middle of a character, as a limit of ten bytes leaves it.

    Parameters
    ----------
    path, folder
        The .shp, and where the copy goes.
    encoding
        The codec of the field names.
    prj
        Whether the .prj goes along.
    """
    for suffix in (".shp", ".shx", ".dbf", *((".prj",) if prj else ())):
        part = companion(path, suffix)
        if part is not None:
            shutil.copyfile(part, folder / f"copy{suffix}")
    attributes = folder / "copy.dbf"
    data = bytearray(attributes.read_bytes())
    for start, name in _names(bytes(data)):
        whole = name.decode(encoding, "ignore").encode(encoding)
        data[start : start + NAME_BYTES] = whole.ljust(NAME_BYTES, b"\x00")
    attributes.write_bytes(data)
    shapes, index = folder / "copy.shp", folder / "copy.shx"
    if not index.is_file():
        places = _walked(shapes)
        size = struct.pack(">i", (MAIN_HEADER + RECORD_HEADER * len(places)) // WORD)
        head = shapes.read_bytes()[:MAIN_HEADER]
        index.write_bytes(head[:24] + size + head[28:] + (places // WORD).astype(">i4").tobytes())
    return shapes


def has_cut_names(path: Path, encoding: str) -> bool:
    """Return whether a field name ends in the middle of a character."""
    attributes = companion(path, ".dbf")
    names = _names(attributes.read_bytes()) if attributes else []
    return any(name.decode(encoding, "ignore").encode(encoding) != name for _, name in names)


def _names(data: bytes) -> list[tuple[int, bytes]]:
    """Return where each field name of a .dbf begins, and its bytes."""
    header = struct.unpack("<H", data[8:10])[0]
    starts = [
        start for start in range(DESCRIPTOR, header - 1, DESCRIPTOR) if data[start] != END_OF_DESCRIPTORS
    ]
    return [(start, data[start : start + NAME_BYTES].split(b"\x00")[0]) for start in starts]


def text_encoding(path: Path, *, name: str, named: str = "") -> tuple[Encoding, tuple[Doubt, ...]]:
    """Return the encoding of the .dbf, found from its bytes, and a doubt where the .cpg says otherwise.

    Parameters
    ----------
    path
        The .shp.
    name
        What messages call it.
    named
        The codec that plan.toml names; it counts without a look.

    Raises
    ------
    InputError
        If there is no codec of that name, or no encoding reads the whole text.
    """
    if named:
        return as_named(named, place=name), ()
    attributes, sidecar = companion(path, ".dbf"), companion(path, ".cpg")
    data = attributes.read_bytes() if attributes else b""
    found = detect_values(_texts(data, name), place=name)
    stated = sidecar.read_bytes().decode("ascii", "replace").strip().lower() if sidecar else ""
    if stated and found.name != "ascii" and _family(stated) not in {"", found.name}:
        return found, (Doubt(code="enc.cpg_wrong", layer="", values={"stated": stated, "found": found.name}),)
    return found, () if stated else found.doubts


def _family(stated: str) -> str:
    names = {"utf-8": "utf-8", "utf8": "utf-8", "utf_8": "utf-8", "65001": "utf-8"}
    names |= dict.fromkeys(
        ("shift_jis", "shift-jis", "sjis", "cp932", "932", "ansi 932", "windows-31j", "ms932"), "cp932"
    )
    names |= dict.fromkeys(("euc-jp", "eucjp", "euc_jp"), "euc_jp")
    return names.get(stated, "")


def _dbf_layout(path: Path, name: str) -> tuple[int, int, int]:
    """Return the number of rows of a .dbf, where they begin, and the bytes of a row."""
    with path.open("rb") as stream:
        head = stream.read(LAYOUT_BYTES)
    if len(head) < LAYOUT_BYTES or not all(layout := struct.unpack("<IHH", head[4:])[1:]):
        raise InputError(Problem(code="file.corrupt", place=name, values={"detail": ".dbf"}))
    return (struct.unpack("<I", head[4:8])[0], *layout)


def _texts(data: bytes, name: str) -> list[bytes]:
    """Return the field names and every different text value of a .dbf, as bytes."""
    rows, header, width = struct.unpack("<IHH", data[4:12])
    fields = [data[start : start + DESCRIPTOR] for start, _ in _names(data)]
    if 1 + sum(field[16] for field in fields) > width:
        raise InputError(Problem(code="file.corrupt", place=name, values={"detail": ".dbf"}))
    texts = [text for _, text in _names(data)]
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
