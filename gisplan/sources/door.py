"""The door: what a file is, is decided by its content, before any library opens it.

A file named `.geojson` that is really a description pointing at other files or the network is refused here.
"""

from __future__ import annotations

import hashlib
import mmap
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from gisplan.core.errors import InputError, Problem
from gisplan.sources.gdal import POINTING_DRIVERS
from gisplan.sources.raw import File, companion
from gisplan.sources.zips import kind_of_zip

HEAD = 65_536
LARGEST = 4 * 1024**3

OTHERS: Mapping[str, re.Pattern[bytes]] = {
    "file.pdf": re.compile(rb"%PDF-"),
    "file.picture": re.compile(rb"\xff\xd8\xff|\x89PNG|GIF8[79]a"),
    "file.packed": re.compile(rb"Rar!\x1a|7z\xbc\xaf|\x1f\x8b|..-lh[0-7d]-", re.DOTALL),
    "file.dwg": re.compile(rb"AC10\d\d\x00"),
}
"""What is said of files that offices send and that hold no data to be read, by how they begin."""

XML_ROOTS: Mapping[str, str] = {
    "graphml": "graphml",
    "kml": "kml",
    "osm": "osm_xml",
    "Dataset": "gml",
    "GI": "gml",
    "FeatureCollection": "gml",
    "CityModel": "gml",
}
"""Root elements of the XML that is read."""

REFUSED_ROOTS: Mapping[str, str] = {
    "OGRVRTDataSource": "sec.vrt",
    "VRTDataset": "sec.vrt",
    "OGRWFSDataSource": "sec.network",
    "OGRWFS3DataSource": "sec.network",
    "GDAL_WMS": "sec.network",
    "GDAL_WCS": "sec.network",
    "WCS_GDAL": "sec.network",
    "html": "file.html",
}
"""Root elements that are refused for a reason of their own."""

YAML = frozenset({".yml", ".yaml"})
YAML_ALIAS = re.compile(rb"[:\-\[,]\s*[&*]\w")
OSM_HEAD = 32
DXF = re.compile(rb"(\s*999\r?\n[^\n]*\n)*\s*0\r?\n\s*SECTION|AutoCAD Binary DXF\r\n\x1a\x00")
GEOJSON_TYPES = "FeatureCollection|Feature|GeometryCollection|(Multi)?(Point|LineString|Polygon)"
GEOJSON_TYPE = re.compile(rf'"type"\s*:\s*"({GEOJSON_TYPES})"'.encode())


@contextmanager
def guarded_drivers() -> Iterator[None]:
    """Switch off, while GDAL loads inside the block, its drivers that reach other files or the network."""
    before = os.environ.get("GDAL_SKIP")
    os.environ["GDAL_SKIP"] = before or POINTING_DRIVERS
    try:
        yield
    finally:
        # Another GDAL, loaded later for rasters, has other drivers and would complain of these names.
        if before is None:
            del os.environ["GDAL_SKIP"]


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
    try:
        with path.open("rb") as stream:
            head = stream.read(HEAD)
            driver = _driver(path, head, name)
            stream.seek(0)
            fingerprint = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        # Excel locks the file that it shows; a share may be gone.
        values = {"detail": error.strerror or type(error).__name__}
        raise InputError(Problem(code="file.not_opened", place=name, values=values)) from None
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


def _refuse_others(head: bytes, name: str) -> None:
    for code, begins in OTHERS.items():
        if begins.match(head):
            raise InputError(Problem(code=code, place=name))


def _driver(path: Path, head: bytes, name: str) -> str:
    _refuse_others(head, name)
    magic: tuple[tuple[Callable[[], bool], Callable[[], str]], ...] = (
        (lambda: head.startswith(b"SQLite format 3\x00"), lambda: "geopackage"),
        (lambda: head.startswith(b"\x00\x00\x27\x0a"), lambda: "shapefile"),
        (lambda: head.startswith((b"fgb\x03fgb", b"fgb\x02fgb")), lambda: "flatgeobuf"),
        (lambda: head.startswith(b"PAR1"), lambda: "parquet"),
        (lambda: b"OSMHeader" in head[:OSM_HEAD], lambda: "osm_pbf"),
        (lambda: DXF.match(head.removeprefix(b"\xef\xbb\xbf")) is not None, lambda: "dxf"),
        (lambda: head[:4] in {b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"}, lambda: "geotiff"),
        (lambda: head.startswith(b"\xd0\xcf\x11\xe0"), lambda: "excel"),
        (lambda: head.startswith(b"PK\x03\x04"), lambda: kind_of_zip(path, name)),
    )
    for holds, driver in magic:
        if holds():
            return driver()
    text = _as_bytes_of_ascii(head).lstrip(b"\xef\xbb\xbf \t\r\n\x1e")
    if text.startswith((b"{", b"[")):
        return _json(path, text, name)
    if text.startswith(b"<"):
        return _xml(text, name)
    if b"\x00" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InputError(Problem(code="file.unknown", place=name))
    if path.suffix.lower() in YAML:
        code = "sec.yaml_bomb" if YAML_ALIAS.search(head) else "cfg.types"
        raise InputError(Problem(code=code, place=name))
    return "csv"


def _as_bytes_of_ascii(head: bytes) -> bytes:
    """Return the head of a text so that its signs can be looked for, whatever width its letters have."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head.decode("utf-16", "ignore").encode("utf-8")
    if head[:4] in {b"<\x00?\x00", b"<\x00!\x00"}:
        return head.decode("utf-16-le", "ignore").encode("utf-8")
    if head[:4] in {b"\x00<\x00?", b"\x00<\x00!"}:
        return head.decode("utf-16-be", "ignore").encode("utf-8")
    return head


def _json(path: Path, text: bytes, name: str) -> str:
    # A stored command line of GDAL reads and writes other files; it may carry a Point along as a disguise.
    if re.search(rb'"gdal_streamed_alg"|"command_line"\s*:\s*"gdal ', text):
        raise InputError(Problem(code="sec.vrt", place=name, values={"root": "GDALG"}))
    if GEOJSON_TYPE.search(text):
        return "geojson"
    if re.search(rb'"(elements|osm3s)"\s*:', text) and re.search(rb'"(osm3s|generator)"', text):
        return "overpass"
    # A long description may stand before the type.
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as whole:
        if GEOJSON_TYPE.search(whole):
            return "geojson"
    raise InputError(Problem(code="file.not_geojson", place=name))


def _xml(text: bytes, name: str) -> str:
    """Return which XML a file holds, by its root element; one that declares a document type is refused unread."""
    bare = re.sub(rb"<!--.*?(-->|$)", b"", text, flags=re.DOTALL)
    found = re.search(rb"<([A-Za-z_][\w:.-]*)([^>]*)", bare)
    root = found[1].decode("ascii") if found else "?"
    local = root.rpartition(":")[2]
    if re.match(rb"\s*<!doctype\s+html", bare, re.IGNORECASE) or local.lower() == "html":
        raise InputError(Problem(code="file.html", place=name))
    if re.search(rb"<!(DOCTYPE|ENTITY)", text, re.IGNORECASE):
        raise InputError(Problem(code="sec.doctype", place=name))
    if local in REFUSED_ROOTS:
        raise InputError(Problem(code=REFUSED_ROOTS[local], place=name, values={"root": root}))
    driver = XML_ROOTS.get(local, "")
    if driver == "gml" and found is not None and not re.search(rb"opengis\.net|fgd\.gsi\.go\.jp", found[2]):
        driver = ""
    if not driver:
        raise InputError(Problem(code="file.xml", place=name, values={"root": root}))
    return driver
