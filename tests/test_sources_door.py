"""The door: what a file is, is decided by its content; nothing that points elsewhere or unpacks badly is opened."""

import http.server
import io
import json
import struct
import subprocess
import sys
import threading
import time
import zipfile
from pathlib import Path

import pytest
from small_files import MacMember, Member, members, refused, shapefile, zipped

from gisplan.sources import door, zips
from gisplan.sources.door import admit
from gisplan.sources.raw import Wanted
from gisplan.sources.read import read_file

ROOT = Path(__file__).resolve().parents[1]
VRT = (
    '<OGRVRTDataSource><OGRVRTLayer name="secret"><SrcDataSource relativeToVRT="1">secret.csv</SrcDataSource>'
    '<GeometryField encoding="PointFromColumns" x="lon" y="lat"/></OGRVRTLayer></OGRVRTDataSource>'
)
POINT = '{"type":"Feature","properties":{"a":1},"geometry":{"type":"Point","coordinates":[138.3,34.9]}}'
COLLECTION = f'{{"type":"FeatureCollection","features":[{POINT}]}}'
GDALG = {"type": "gdal_streamed_alg", "command_line": "gdal vector info secret.csv", "x": {"type": "Point"}}


def packed(*names):
    """Return the bytes of a zip of members of these names."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, "<a/>")
    return buffer.getvalue()


def written(path, data):
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


@pytest.mark.parametrize(("name", "data", "driver"), [
    ("a.txt", COLLECTION, "geojson"),
    ("a.csv", "\ufeff  " + COLLECTION, "geojson"),
    ("a.geojson", "id,緯度,経度\n1,34.9,138.3\n", "csv"),
    ("a.shp", "SQLite format 3\x00", "geopackage"),
    ("a.csv", b"II*\x00\x08\x00", "geotiff"),
    ("a.csv", b"MM\x00*\x00\x08", "geotiff"),
    ("a.gpkg", b"\xd0\xcf\x11\xe0\xa1\xb1", "excel"),
    ("a.zip", b"\x00\x00\x27\x0a\x00\x00", "shapefile"),
    ("a.csv", "id,名称\n".encode("utf-16"), "csv"),
])  # fmt: skip
def test_content_decides_what_a_file_is(tmp_path, name, data, driver):
    assert admit(written(tmp_path / name, data), name=name).driver == driver


@pytest.mark.parametrize(("code", "data"), [
    ("file.empty", b""),
    ("file.unknown", b"\x7fELF\x00\x01"),
    ("file.pdf", b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj"),
    ("file.pdf", b"%PDF-1.7 text alone"),
    ("file.picture", b"\xff\xd8\xff\xe0\x00\x10JFIF"),
    ("file.picture", b"\x89PNG\r\n\x1a\n\x00"),
    ("file.picture", b"GIF89a\x01\x00"),
    ("file.packed", b"Rar!\x1a\x07\x00"),
    ("file.packed", b"7z\xbc\xaf'\x1c\x00\x04"),
    ("file.packed", b"\x1f\x8b\x08\x00"),
    ("file.packed", b"\x22\x00-lh5-\x00\x01"),
    ("file.dwg", b"AC1027\x00\x00"),
    ("file.office", packed("word/document.xml")),
    ("file.office", packed("ppt/presentation.xml")),
    ("file.office", packed("mimetype", "content.xml")),
    ("file.unknown", b"PK\x05\x06" + b"\x00" * 18),
    ("file.not_geojson", '{"type": "Topology", "objects": {}}'),
    ("sec.vrt", json.dumps(GDALG)),
    ("file.not_geojson", "[1, 2]"),
    ("sec.vrt", VRT),
    ("sec.vrt", "  \n" + VRT),
    ("sec.network", "<OGRWFSDataSource><URL>http://127.0.0.1:9/wfs</URL></OGRWFSDataSource>"),
    ("sec.doctype", '<?xml version="1.0"?><!DOCTYPE kml [<!ENTITY a "aa">]><kml>&a;</kml>'),
    ("file.html", "<!DOCTYPE html><html><body>404</body></html>"),
    ("sec.doctype", '<!DOCTYPE graphml [<!ENTITY a "aa">]><graphml>&a;</graphml>'),
    ("file.truncated", b"PK\x03\x04 cut"),
])  # fmt: skip
@pytest.mark.parametrize("suffix", [".shp", ".geojson", ".csv", ".kml", ".xml"])
def test_what_is_no_data_is_refused_under_any_name(tmp_path, code, data, suffix):
    path = written(tmp_path / f"a{suffix}", data)
    with refused(code, place="raw/a"):
        read_file(path, name=f"raw/a{suffix}")


def test_a_missing_file_a_folder_and_one_too_large(tmp_path, monkeypatch):
    for path in (tmp_path / "none.csv", tmp_path):
        with refused("file.missing", place="x.csv"):
            admit(path, name="x.csv")
    monkeypatch.setattr(door, "LARGEST", 10)
    with refused("file.too_large"):
        admit(written(tmp_path / "a.csv", "id,name\n1,2\n"), name="a.csv")


def test_places_of_the_net_are_no_files(tmp_path):
    for place in (
        "http://127.0.0.1:9/a.geojson",
        "/vsicurl/http://127.0.0.1:9/a.geojson",
        "file:///a.geojson",
    ):
        with refused("file.missing"):
            admit(Path(place), name="x")


def test_the_fingerprint_of_a_shapefile_covers_its_parts(tmp_path):
    path = shapefile(tmp_path)
    first = admit(path, name="a").sha256
    data = path.with_suffix(".dbf").read_bytes()
    written(path.with_suffix(".dbf"), data.replace("区域0".encode("cp932"), "区域9".encode("cp932")))
    second = admit(path, name="a").sha256
    path.with_suffix(".prj").unlink()
    assert len({first, second, admit(path, name="a").sha256}) == 3


LISTENER = """
import sys
from pathlib import Path
from gisplan.core.errors import InputError
from gisplan.sources.raw import Wanted
from gisplan.sources.read import read_file

folder = Path(sys.argv[1])
for path in sorted(folder.iterdir()):
    try:
        read_file(path, name=path.name)
        print(path.name, "read")
    except InputError as error:
        print(path.name, error.problems[0].code)
import pyogrio
print(*sorted({"OGR_VRT", "GDALG", "WFS", "OAPIF", "HTTP", "CSW", "GeoJSON"} & set(pyogrio.list_drivers())))
"""


def test_no_reader_asks_the_network_or_another_file(tmp_path):
    """A listening socket counts who calls; the drivers that would call are not even there."""
    hits = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            hits.append(self.path)

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    place = f"http://127.0.0.1:{server.server_port}"
    files = tmp_path / "in"
    files.mkdir()
    written(files / "a.geojson", COLLECTION)
    written(files / "secret.csv", "id,lat,lon,secret\n1,36,137,TOPSECRET\n")
    written(files / "vrt.geojson", VRT)
    written(files / "wfs.geojson", f"<OGRWFSDataSource><URL>{place}/wfs</URL></OGRWFSDataSource>")
    written(files / "link.geojson", f'{{"type":"Link","href":"{place}/a"}}')
    algorithm = GDALG | {"command_line": f"gdal vector read {place}/b"}
    written(files / "alg.geojson", json.dumps(algorithm))
    written(files / "schema.gml", f'<gml xsi:schemaLocation="{place}/c {place}/c.xsd"/>')
    done = subprocess.run(
        [sys.executable, "-c", LISTENER, str(files)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    server.shutdown()
    assert done.stdout.splitlines() == [
        "a.geojson read",
        "alg.geojson sec.vrt",
        "link.geojson file.not_geojson",
        "schema.gml file.xml",
        "secret.csv read",
        "vrt.geojson sec.vrt",
        "wfs.geojson sec.network",
        "GeoJSON",
    ]
    assert hits == []


# ---- archives ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["../a.csv", "x/../../a.csv", "/etc/a.csv", "C:/a.csv", "..\\a.csv"])
def test_a_member_that_points_outside_is_refused(tmp_path, name):
    path = zipped(tmp_path / "a.zip", {name: b"id\n1\n"})
    with refused("sec.zip_path", place="a.zip"):
        read_file(path, name="a.zip")


def test_a_link_in_an_archive_is_refused(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        info = zipfile.ZipInfo("link.shp")
        info.external_attr = 0o120777 << 16
        archive.writestr(info, "secret.shp")
    with refused("sec.zip_link", place="a.zip"):
        read_file(path, name="a.zip")


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path):
    path = zipped(tmp_path / "a.zip", {"a.csv": b"0" * 30_000_000})
    start = time.process_time()
    with refused("sec.zip_bomb", place="a.zip"):
        read_file(path, name="a.zip")
    assert time.process_time() - start < 1


def test_many_members_that_are_large_together_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(zips, "LARGEST_UNPACKED", 1_000)
    path = zipped(tmp_path / "a.zip", {f"{i}.csv": bytes(range(256)) for i in range(5)})
    with refused("sec.zip_bomb"):
        read_file(path, name="a.zip")


def test_an_archive_that_lies_about_a_size_does_not_unpack_more(tmp_path):
    path = zipped(tmp_path / "a.zip", {"a.csv": b"id,name\n" + b"1,2\n" * 1_000_000})
    data = path.read_bytes()
    path.write_bytes(data.replace(struct.pack("<I", 4_000_008), struct.pack("<I", 12)))
    with refused("file.corrupt", place="a.zip"):
        read_file(path, name="a.zip")


def test_an_archive_with_a_broken_stream_is_refused(tmp_path):
    path = zipped(tmp_path / "a.zip", {"a.csv": b"id,name\n" + bytes(range(32, 127)) * 50})
    data = bytearray(path.read_bytes())
    start = 30 + len("a.csv")
    data[start : start + 20] = b"\xff" * 20
    path.write_bytes(data)
    with refused("file.corrupt", place="a.zip"):
        read_file(path, name="a.zip")


def test_a_protected_archive_is_said_to_be_so(tmp_path):
    path = zipped(tmp_path / "a.zip", {"a.csv": b"id\n1\n"})
    data = path.read_bytes()
    for header, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = data.index(header) + at
        data = data[:place] + b"\x01\x00" + data[place + 2 :]
    path.write_bytes(data)
    with refused("file.encrypted", place="a.zip"):
        read_file(path, name="a.zip")


@pytest.mark.parametrize("kind", [zipfile.ZipInfo, Member, MacMember])
@pytest.mark.parametrize("stem", ["用途地域", "区域表示", "ソ能十"])
def test_japanese_names_of_members_are_read_right(tmp_path, kind, stem):
    parts = members(shapefile(tmp_path, stem="a"))
    path = zipped(
        tmp_path / "a.zip", {f"図/{stem}{suffix}": data for suffix, data in parts.items()}, kind=kind
    )
    raw = read_file(path, name="a.zip")
    assert raw.file.name == f"a.zip/図/{stem}.shp"
    assert list(raw.table["名称"]) == ["区域0", "区域1", "区域2"]
    assert (raw.file.sha256, raw.file.size) == (admit(path, name="a.zip").sha256, path.stat().st_size)


def test_one_of_several_members_is_asked_for_and_can_be_named(tmp_path):
    one, two = members(shapefile(tmp_path, stem="one")), members(shapefile(tmp_path, stem="two", rows=5))
    files = {f"一/one{suffix}": data for suffix, data in one.items()}
    files |= {f"二/two{suffix}": data for suffix, data in two.items()}
    path = zipped(tmp_path / "a.zip", files)
    with refused("file.layer", place="a.zip") as problems:
        read_file(path, name="a.zip")
    assert "一/one.shp、二/two.shp" in problems[0].what.ja
    assert len(read_file(path, name="a.zip", wanted=Wanted(table="two")).table) == 5
    assert len(read_file(path, name="a.zip", wanted=Wanted(table="一/one.shp")).table) == 3
    with refused("file.table", place="a.zip") as problems:
        read_file(path, name="a.zip", wanted=Wanted(table="three"))
    assert "three" in problems[0].what.en
    assert "one.shp" in problems[0].what.en


def test_the_shadows_of_a_mac_are_no_members(tmp_path):
    parts = members(shapefile(tmp_path, stem="a"))
    files = {f"a{suffix}": data for suffix, data in parts.items()} | {"__MACOSX/._a.shp": b"\x00\x05\x16\x07"}
    assert len(read_file(zipped(tmp_path / "a.zip", files), name="a.zip").table) == 3


def test_an_archive_without_data_is_refused(tmp_path):
    with refused("file.archive_empty", place="a.zip"):
        read_file(zipped(tmp_path / "a.zip", {"readme.txt": b"x", "a.docx": b"x"}), name="a.zip")


def test_a_member_passes_the_door_as_well(tmp_path):
    path = zipped(tmp_path / "a.zip", {"a.geojson": VRT.encode()})
    with refused("sec.vrt", place="a.zip/a.geojson"):
        read_file(path, name="a.zip")


def test_the_stops_of_a_gtfs_feed_are_read_from_its_zip(tmp_path):
    stops = "\ufeffstop_id,stop_name,stop_lat,stop_lon\nS1,駅前,34.86,138.32\n".encode()
    path = zipped(tmp_path / "feed.zip", {"feed/stops.txt": stops, "feed/agency_jp.txt": b"agency_id\n1\n"})
    raw = read_file(path, name="feed.zip", wanted=Wanted(known=("stop_id",)))
    assert raw.table.to_dict("records") == [
        {"stop_id": "S1", "stop_name": "駅前", "stop_lat": "34.86", "stop_lon": "138.32"}
    ]
    assert (raw.file.name, raw.encoding_how) == ("feed.zip/feed/stops.txt", "BOM")


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("other", ["a.csv", "A.CSV"])
def test_two_members_of_one_name_close_an_archive(tmp_path, other):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", "id\n1\n")
        archive.writestr(other, "id\n2\n")
    with refused("sec.zip_twice", place="a.zip") as problems:
        read_file(path, name="a.zip")
    assert other in problems[0].what.ja


def test_a_member_without_a_name_closes_an_archive(tmp_path):
    path = zipped(tmp_path / "a.zip", {"a.csv": b"id\n1\n"})
    path.write_bytes(path.read_bytes().replace(b"a.csv", b"\0.csv"))
    with refused("file.corrupt", place="a.zip"):
        read_file(path, name="a.zip")


def test_the_same_name_in_two_folders_is_no_fault(tmp_path):
    path = zipped(tmp_path / "a.zip", {"x/a.csv": b"id\n1\n", "y/a.txt": b"", "y/a.csv": b"id\n2\n"})
    assert list(read_file(path, name="a.zip", wanted=Wanted(table="y/a.csv")).table["id"]) == ["2"]


def test_a_member_whose_sum_does_not_fit_is_damaged_not_cut(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", "id,name\n1,abcdef\n")
    path.write_bytes(path.read_bytes().replace(b"abcdef", b"abcdeX"))
    with refused("file.corrupt", place="a.zip"):
        read_file(path, name="a.zip")
