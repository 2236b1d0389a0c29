"""Everything that a file holds, however it is packed: what a search for a secret has to look at.

Archives are opened, streams of PDF and blocks in base64 inflated, databases dumped. Texts are found as UTF-8, UTF-16
and CP932, with the escapes of JSON, XML and HTML undone, and across the marks of a document; places as decimal numbers,
floats of eight bytes and the steps of a page's blocks.
"""

import base64
import html
import io
import json
import re
import sqlite3
import zipfile
import zlib
from contextlib import closing, suppress

import numpy as np
from scipy.spatial import cKDTree

STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)
BASE64 = re.compile(rb"[A-Za-z0-9+/]{32,}={0,2}")
SCRIPT = re.compile(r'<script type="application/json"[^>]*>(.*?)</script>', re.DOTALL)
DECIMAL = re.compile(rb"-?\d{1,7}\.\d+")
WHOLE = re.compile(rb"\[-?\d+(?:,-?\d+){3,}\]")
STEPS = 2**28
PACKED = (b"PK\x03\x04", b"SQLite format 3", b"%PDF", b"\x89PNG")
NEAR = 0.05
"""Metres."""


def contents(folder):
    """Yield every file below a folder, and everything inside it, with where it stands."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield from inside(path.read_bytes(), path.relative_to(folder).as_posix())


def inside(data, name):
    """Yield bytes and whatever they hold; what is packed only as it is unpacked.

    Packed bytes are as good as drawn by lot: in some hundred kilobytes of them a short name turns up by chance.
    """
    if data.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            yield f"{name}!comment", archive.comment
            for part in archive.namelist():
                yield f"{name}!", part.encode()
                yield from inside(archive.read(part), f"{name}!{part}")
    elif data.startswith(b"SQLite format 3"):
        yield name, data
        yield from dumped(data, name)
    elif data.startswith(b"%PDF"):
        yield name, STREAM.sub(b"", data)
        for number, found in enumerate(STREAM.findall(data)):
            yield from inflated(found, f"{name}!stream{number}")
    elif data.startswith(b"\x89PNG"):
        yield name, without_pixels(data)
    else:
        yield name, data
        if b"\x00" not in data[:1000]:
            yield from encoded(data, name)


def encoded(data, name):
    """Yield what stands in base64."""
    for number, found in enumerate(BASE64.findall(data)):
        with suppress(ValueError):
            block = base64.b64decode(found + b"=" * (-len(found) % 4))
            place = f"{name}!base64-{number}"
            yield from inside(block, place) if block.startswith(PACKED) else inflated(block, place)


def without_pixels(data):
    """Return a picture without what it shows: its texts and other chunks."""
    kept, at = [], 8
    while at + 8 <= len(data):
        size, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        if kind != b"IDAT":
            kept.append(data[at : at + 12 + size])
        at += 12 + size
    return b"".join(kept)


def inflated(data, name):
    """Yield what deflated bytes hold, whatever their head; other bytes as they are."""
    for window in (15, 31):
        with suppress(zlib.error):
            yield f"{name}!inflated", zlib.decompressobj(window).decompress(data)
            return
    yield name, data
    with suppress(zlib.error):
        yield f"{name}!inflated", zlib.decompressobj(-15).decompress(data)


def dumped(data, name):
    """Yield the cells of every table of a database."""
    with closing(sqlite3.connect(":memory:")) as file:
        file.deserialize(data)
        for (table,) in file.execute("select name from sqlite_master where type = 'table'").fetchall():
            with suppress(sqlite3.OperationalError):  # an index of GDAL's own kind
                rows = file.execute(f'select * from "{table}"').fetchall()  # noqa: S608 (a name of the file)
                cells = [cell for row in rows for cell in row if cell is not None]
                yield (
                    f"{name}!{table}",
                    "\n".join(str(cell) for cell in cells if not isinstance(cell, bytes)).encode(
                        errors="replace"
                    ),
                )
                yield f"{name}!{table} blobs", b"".join(cell for cell in cells if isinstance(cell, bytes))


# ---- texts -------------------------------------------------------------------------------------------------


def told(data, words):
    """Return which words bytes hold, in any encoding and behind any escape."""
    return {word for one in readings(data) for word in words if word in one}


def names(data, pattern, among):
    """Return which names of a form, e.g. `A[0-9]{5}`, bytes hold: for many, this is quicker than `told`."""
    return {name for one in readings(data) for name in pattern.findall(one)} & among


def readings(data):
    """Yield what bytes say as text, in each encoding, and with the escapes of JSON, XML and HTML undone."""
    plain = data.decode("utf-8", errors="replace")
    yield plain
    if "\\u" in plain:
        yield re.sub(r"\\u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), plain)
    if "&" in plain:
        yield html.unescape(plain)
    if "<" in plain and "\x00" not in plain[:1000]:
        yield html.unescape(re.sub(r"<[^>]*>", "", plain))
    if b"\x00" in data or "\ufffd" in plain:
        yield from (
            data[at:].decode(code, errors="ignore") for code in ("utf-16-le", "utf-16-be") for at in (0, 1)
        )
    if "\ufffd" in plain:
        yield data.decode("cp932", errors="ignore")


# ---- places ------------------------------------------------------------------------------------------------


class Places:
    """Places that must not be found: in degrees and in the plan's CRS."""

    def __init__(self, degrees, metres):
        """Take longitudes and latitudes [n × 2], and coordinates of the plan [n × 2, m]."""
        self.count = len(degrees)
        self.flat = cKDTree(metres)
        self.round = cKDTree(degrees * [90_000, 111_000])
        self.grid = {tuple(place) for place in on_grid(degrees).tolist()}

    def among(self, pairs):
        """Return how many of these pairs of numbers are one of the places."""
        pairs = pairs[np.isfinite(pairs).all(axis=1) & (np.abs(pairs) < 1e9).all(axis=1)]
        if not len(pairs):
            return 0
        found = 0
        for both in (pairs, pairs[:, ::-1]):
            for tree, scale in ((self.flat, 1.0), (self.round, np.array([90_000, 111_000]))):
                gaps, _ = tree.query(both * scale, distance_upper_bound=NEAR)
                found += int(np.isfinite(gaps).sum())
        return found

    def on_steps(self, pairs):
        """Return how many steps of the grid of a page are those of one of the places."""
        return sum(tuple(pair) in self.grid for pair in pairs.tolist())


def on_grid(degrees):
    """Return Web Mercator in steps, as large layers of a page hold it."""
    south = 0.5 - np.arcsinh(np.tan(np.radians(degrees[:, 1]))) / (2 * np.pi)
    return np.rint(np.column_stack([degrees[:, 0] / 360 + 0.5, south]) * STEPS).astype(np.int64)


def placed(data, places):
    """Return how often bytes hold one of the places; what is packed is looked at where it is unpacked."""
    if data.startswith(PACKED):
        return 0
    found = 0
    for numbers in decimals(data):
        found += places.among(np.column_stack([numbers[:-1], numbers[1:]]))
    for numbers in wholes(data):
        pairs = numbers[: len(numbers) // 2 * 2].reshape(-1, 2)
        found += places.among(pairs / 1e6) + places.among(np.cumsum(pairs, axis=0) / 1e6)
    if b"\x00" in data[:1000]:
        for offset in range(8):
            body = data[offset : offset + (len(data) - offset) // 8 * 8]
            for kind in ("<f8", ">f8"):
                with np.errstate(all="ignore"):
                    numbers = np.frombuffer(body, kind).astype("f8")
                    found += places.among(np.column_stack([numbers[:-1], numbers[1:]]))
    elif b"application/json" in data:
        for block in SCRIPT.findall(data.decode("utf-8", errors="replace")):
            found += sum(places.on_steps(pairs) for pairs in steps(json.loads(block)))
    return found


def decimals(data):
    """Yield the decimal numbers of a text, one after the other."""
    numbers = np.array(DECIMAL.findall(data), dtype="S").astype("f8")
    if len(numbers) > 1:
        yield numbers


def wholes(data):
    """Yield the lists of whole numbers of a text."""
    for found in WHOLE.findall(data):
        with suppress(OverflowError):
            yield np.array(found[1:-1].split(b","), dtype="S").astype("f8")


def steps(value):
    """Yield the places of every block of a page that holds them as packed steps."""
    if isinstance(value, dict):
        if {"low", "high", "origin"} <= value.keys():
            gaps = unpacked(value["low"]) | (unpacked(value["high"]) << 28)
            codes = np.cumsum(gaps)
            yield np.column_stack([thinned(codes), thinned(codes >> 1)]) + value["origin"]
        elif {"x", "y"} <= value.keys() and isinstance(value["x"], dict):
            yield np.column_stack([np.cumsum(zigzag(unpacked(value[axis]))) for axis in "xy"])
        for one in value.values():
            yield from steps(one)
    elif isinstance(value, list):
        for one in value:
            yield from steps(one)


def unpacked(held):
    """Return whole numbers that stand in planes of bytes, deflated, in base64."""
    planes = np.frombuffer(zlib.decompress(base64.b64decode(held["data"])), np.uint8).reshape(
        held["planes"], -1
    )
    return sum(
        (plane.astype(np.int64) << (8 * at) for at, plane in enumerate(planes)), np.zeros(held["n"], np.int64)
    )


def zigzag(numbers):
    """Return 0, 1, 2, 3 … as 0, -1, 1, -2 … ."""
    return (numbers >> 1) ^ -(numbers & 1)


def thinned(codes):
    """Return every second bit of each number."""
    return sum((((codes >> (2 * bit)) & 1) << bit for bit in range(31)), np.zeros(len(codes), np.int64))
