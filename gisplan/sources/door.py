"""The door: what a file is, is decided by its content, before any library opens it.

A file named `.geojson` that is really a description pointing at other files or the network is refused here.
"""

from __future__ import annotations

import hashlib
import os
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from gisplan.core.errors import InputError, Problem
from gisplan.sources.raw import File, companion

HEAD = 65_536
LARGEST = 4 * 1024**3
LARGEST_RATIO = 200
LARGEST_UNPACKED = 4 * 1024**3
RATIO_COUNTS_FROM = 1024**2

SKIPPED_DRIVERS = (
    "OGR_VRT,GDALG,WFS,OAPIF,OGCAPI,CSW,HTTP,EEDA,Elasticsearch,Carto,AmigoCloud,PLSCENES,NGW,GPSBabel,ADBC"
)

FILE_TYPE, SYMBOLIC_LINK = 0o170000, 0o120000
"""Bits of a Unix mode, as zip keeps it."""

XML_ROOTS: Mapping[str, str] = {
    "graphml": "graphml",
    "kml": "kml",
    "osm": "osm_xml",
    "Dataset": "gml",
    "FeatureCollection": "gml",
    "CityModel": "gml",
}
"""Root elements of the XML that is read."""

OSM_HEAD = 32
DXF = re.compile(rb"(\s*999\r?\n[^\n]*\n)*\s*0\r?\n\s*SECTION|AutoCAD Binary DXF\r\n\x1a\x00")

GEOJSON_TYPES = "FeatureCollection|Feature|GeometryCollection|(Multi)?(Point|LineString|Polygon)"


@contextmanager
def guarded_drivers() -> Iterator[None]:
    """Switch off, while GDAL loads inside the block, its drivers that reach other files or the network."""
    before = os.environ.get("GDAL_SKIP")
    os.environ["GDAL_SKIP"] = SKIPPED_DRIVERS
    try:
        yield
    finally:
        # Another GDAL, loaded later for rasters, has other drivers and would complain of these names.
        if before is None:
            del os.environ["GDAL_SKIP"]
        else:
            os.environ["GDAL_SKIP"] = before


def admit(path: Path, *, name: str) -> File:
    """Return a file with its driver, or refuse it.

    Parameters
    ----------
    path
        The file on this machine.
    name
        What messages and the manifest call it: relative to plan.toml.

    Raises
    ------
    InputError
        If it is missing, empty, too large, or of a kind that is not read.
    """
    if not path.is_file():
        raise InputError(Problem(code="file.missing", place=name))
    size = path.stat().st_size
    if size == 0:
        raise InputError(Problem(code="file.empty", place=name))
    if size > LARGEST:
        raise InputError(Problem(code="file.too_large", place=name, values={"size": size}))
    with path.open("rb") as stream:
        head = stream.read(HEAD)
        stream.seek(0)
        fingerprint = hashlib.file_digest(stream, "sha256").hexdigest()
    driver = _driver(path, head, name)
    return File(
        path=path, name=name, driver=driver, sha256=_with_sidecars(path, driver, fingerprint), size=size
    )


def _with_sidecars(path: Path, driver: str, fingerprint: str) -> str:
    """Return the fingerprint of a shapefile with its companions: the figures depend on them, too."""
    if driver != "shapefile":
        return fingerprint
    digest = hashlib.sha256(fingerprint.encode())
    for suffix in (".dbf", ".prj", ".shx"):
        sidecar = companion(path, suffix)
        if sidecar is not None:
            digest.update(suffix.encode() + hashlib.sha256(sidecar.read_bytes()).digest())
    return digest.hexdigest()


def _driver(path: Path, head: bytes, name: str) -> str:
    magic: tuple[tuple[Callable[[], bool], Callable[[], str]], ...] = (
        (lambda: head.startswith(b"SQLite format 3\x00"), lambda: "geopackage"),
        (lambda: head.startswith(b"\x00\x00\x27\x0a"), lambda: "shapefile"),
        (lambda: head.startswith(b"PK\x03\x04"), lambda: _archive(path, name)),
        (lambda: head.startswith((b"fgb\x03fgb", b"fgb\x02fgb")), lambda: "flatgeobuf"),
        (lambda: head.startswith(b"PAR1"), lambda: "parquet"),
        (lambda: b"OSMHeader" in head[:OSM_HEAD], lambda: "osm_pbf"),
        (lambda: DXF.match(head) is not None, lambda: "dxf"),
        (lambda: head[:4] in {b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"}, lambda: "geotiff"),
        (lambda: head.startswith(b"\xd0\xcf\x11\xe0"), lambda: "excel"),
    )
    for holds, driver in magic:
        if holds():
            return driver()
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        head = head.decode("utf-16", "ignore").encode()
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if text.startswith((b"{", b"[")):
        return _json(text, name)
    if text.startswith(b"<"):
        return _xml(head, name)
    if b"\x00" in head:
        raise InputError(Problem(code="file.unknown", place=name))
    return "csv"


def _json(text: bytes, name: str) -> str:
    # A stored command line of GDAL reads and writes other files; it may carry a Point along as a disguise.
    if b"gdal_streamed_alg" not in text and re.search(rf'"type"\s*:\s*"({GEOJSON_TYPES})"'.encode(), text):
        return "geojson"
    if re.search(rb'"elements"\s*:\s*\[', text) and re.search(rb'"(osm3s|generator)"', text):
        return "overpass"
    raise InputError(Problem(code="file.not_geojson", place=name))


def _xml(head: bytes, name: str) -> str:
    """Return which XML a file holds, by its root element; one that declares a document type is refused unread."""
    if re.search(rb"<!(DOCTYPE|ENTITY)", head, re.IGNORECASE):
        raise InputError(Problem(code="sec.doctype", place=name))
    found = re.search(rb"<([A-Za-z][\w:.-]*)([^>]*)", re.sub(rb"<!--.*?-->", b"", head, flags=re.DOTALL))
    root = found[1].decode("ascii") if found else "?"
    driver = XML_ROOTS.get(root.rpartition(":")[2], "")
    if driver == "gml" and found is not None and b"opengis.net" not in found[2]:
        driver = ""
    if not driver:
        raise InputError(Problem(code="file.xml", place=name, values={"root": root}))
    return driver


def _archive(path: Path, name: str) -> str:
    """Return what a zip archive is, after its members were found harmless."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, UnicodeError, OSError):
        raise InputError(Problem(code="file.truncated", place=name, values={"detail": "ZIP"})) from None
    for member in members:
        _harmless(member, name)
    total = sum(member.file_size for member in members)
    if total > LARGEST_UNPACKED:
        raise InputError(Problem(code="sec.zip_bomb", place=name, values={"size": total}))
    names = {member.filename for member in members}
    if "[Content_Types].xml" in names:
        return "excel"
    if any(PurePosixPath(member).name == "stops.txt" for member in names):
        return "gtfs"
    return "zip"


def _harmless(member: zipfile.ZipInfo, name: str) -> None:
    path = PurePosixPath(member.filename.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or re.match(r"^[A-Za-z]:", member.filename):
        raise InputError(Problem(code="sec.zip_path", place=name, values={"member": member.filename}))
    if (member.external_attr >> 16) & FILE_TYPE == SYMBOLIC_LINK:
        raise InputError(Problem(code="sec.zip_link", place=name, values={"member": member.filename}))
    ratio = member.file_size / max(1, member.compress_size)
    if member.file_size > RATIO_COUNTS_FROM and ratio > LARGEST_RATIO:
        raise InputError(Problem(code="sec.zip_bomb", place=name, values={"size": member.file_size}))
