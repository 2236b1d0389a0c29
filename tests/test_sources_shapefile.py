"""Shapefiles: every part whole and fitting, the text read by its bytes, the CRS by its numbers."""

import struct

import pytest
import shapely
from pyproj import CRS
from small_files import refused, shapefile

from gisplan.sources.raw import Wanted
from gisplan.sources.read import read_file
from gisplan.sources.vector import epsg_of


def read(path, **options):
    return read_file(path, name=f"raw/{path.name}", wanted=Wanted(**options))


@pytest.mark.parametrize(("encoding", "cpg", "doubted"), [
    ("cp932", None, False),
    ("cp932", "CP932", False),
    ("cp932", "SHIFT_JIS", False),
    ("cp932", "UTF-8", True),
    ("utf-8", "UTF-8", False),
    ("utf-8", None, False),
    ("utf-8", "ANSI 932", True),
    ("euc_jp", None, False),
    ("euc_jp", "UTF-8", True),
])  # fmt: skip
@pytest.mark.parametrize("text", ["用途地域表", "区域・ソ能", "髙田" * 20])
def test_text_is_read_by_its_bytes_whatever_the_cpg_says(tmp_path, encoding, cpg, doubted, text):
    if encoding == "euc_jp":
        text = text.replace("髙", "高")
    codec = {"euc_jp": "EUC-JP"}.get(encoding, encoding)
    path = shapefile(tmp_path, encoding=codec, cpg=cpg, 名称=[text, "一", ""])
    raw = read(path)
    assert list(raw.table.columns) == ["名称"]
    assert list(raw.table["名称"].fillna("")) == [text, "一", ""]
    assert raw.encoding == encoding
    assert [doubt.code for doubt in raw.doubts if doubt.code != "enc.detected"] == ["enc.cpg_wrong"] * doubted


@pytest.mark.filterwarnings("ignore:Value .* has been truncated")
def test_a_text_cut_by_the_width_of_its_field_keeps_what_came_through(tmp_path):
    path = shapefile(tmp_path, encoding="cp932", 名称=["用途地域" * 40, "一", "二"])
    raw = read(path)
    full = raw.table["名称"].iloc[0]
    assert ("用途地域" * 40).startswith(full.rstrip("?\ufffd"))
    assert len(full) > 120
    assert raw.encoding == "cp932"


def test_the_codec_that_plan_toml_names_is_used_and_said(tmp_path):
    raw = read(shapefile(tmp_path, encoding="cp932"), encoding="cp932")
    assert (raw.encoding, raw.encoding_how) == ("cp932", "plan.toml")
    assert raw.table["名称"].iloc[0] == "区域0"
    with refused("enc.named", place="raw/zone.shp") as problems:
        read(shapefile(tmp_path, encoding="cp932"), encoding="sjis-win-x")
    assert "sjis-win-x" in problems[0].what.ja


def test_missing_attributes_are_named(tmp_path):
    path = shapefile(tmp_path)
    path.with_suffix(".dbf").unlink()
    with refused("file.dbf", place="raw/zone.shp") as problems:
        read(path)
    assert ".dbf" in problems[0].what.ja


@pytest.mark.parametrize("rows", [0, 1, 30])
def test_a_missing_index_is_made_anew_beside_the_file(tmp_path, rows):
    path = shapefile(tmp_path, rows=rows)
    whole = read(path)
    path.with_suffix(".shx").unlink()
    before = sorted(part.name for part in tmp_path.iterdir())
    raw = read(path)
    assert [doubt.code for doubt in raw.doubts if doubt.code != "enc.detected"] == ["file.shx"]
    assert raw.table.equals(whole.table)
    assert shapely.equals_exact(raw.geometry, whole.geometry).all()
    assert (raw.crs, raw.rows.tolist()) == (6668, whole.rows.tolist())
    assert sorted(part.name for part in tmp_path.iterdir()) == before


@pytest.mark.parametrize("words", [9_999_999, 1, -1])
def test_without_an_index_a_damaged_file_is_still_refused(tmp_path, words):
    path = shapefile(tmp_path, rows=5)
    path.with_suffix(".shx").unlink()
    data = bytearray(path.read_bytes())
    data[104:108] = struct.pack(">i", words)
    path.write_bytes(data)
    with refused("file.truncated", place="raw/zone.shp"):
        read(path)


def test_parts_in_capital_letters_are_found(tmp_path):
    path = shapefile(tmp_path, cpg="UTF-8")
    for part in list(tmp_path.iterdir()):
        part.rename(part.with_suffix(part.suffix.upper()))
    raw = read(path.with_suffix(".SHP"))
    assert raw.table["名称"].iloc[0] == "区域0"
    assert (raw.crs, [doubt.code for doubt in raw.doubts if doubt.code != "enc.detected"]) == (
        6668,
        ["enc.cpg_wrong"],
    )


@pytest.mark.parametrize("suffix", [".shp", ".shx", ".dbf"])
@pytest.mark.parametrize("left", [0.9, 0.5, 0.1])
def test_a_part_that_is_cut_is_refused(tmp_path, suffix, left):
    path = shapefile(tmp_path, rows=30)
    part = path.with_suffix(suffix)
    data = part.read_bytes()
    part.write_bytes(data[: int(len(data) * left)])
    with refused("file.truncated", place="raw/zone.shp") as problems:
        read(path)
    assert suffix in problems[0].what.ja


def test_both_cut_parts_are_told_at_once(tmp_path):
    path = shapefile(tmp_path, rows=30)
    for suffix in (".shp", ".dbf"):
        part = path.with_suffix(suffix)
        part.write_bytes(part.read_bytes()[:-100])
    with refused("file.truncated") as problems:
        read(path)
    assert len(problems) == 2


@pytest.mark.parametrize("size", [0, 5, 11])
def test_a_dbf_without_a_header_is_refused(tmp_path, size):
    path = shapefile(tmp_path)
    part = path.with_suffix(".dbf")
    part.write_bytes(part.read_bytes()[:size])
    with refused("file.corrupt"):
        read(path)


def test_parts_of_two_different_files_are_refused(tmp_path):
    path = shapefile(tmp_path, rows=5)
    other = shapefile(tmp_path, stem="other", rows=4)
    other.with_suffix(".dbf").replace(path.with_suffix(".dbf"))
    with refused("file.truncated") as problems:
        read(path)
    assert "5 / .dbf 4" in problems[0].what.en


@pytest.mark.parametrize(("at", "words"), [(104, 9_999_999), (104, 1), (104, -1)])
def test_a_record_of_a_wrong_length_is_no_silent_gap(tmp_path, at, words):
    """GDAL reads such a record as no geometry, without an error."""
    path = shapefile(tmp_path, rows=5)
    data = bytearray(path.read_bytes())
    data[at : at + 4] = struct.pack(">i", words)
    path.write_bytes(data)
    with refused("file.truncated") as problems:
        read(path)
    assert "1 / 5 records" in problems[0].what.en


def test_a_record_that_begins_past_the_end_is_refused(tmp_path):
    path = shapefile(tmp_path, rows=5)
    part = path.with_suffix(".shx")
    data = bytearray(part.read_bytes())
    data[116:120] = struct.pack(">i", 2**30)
    part.write_bytes(data)
    with refused("file.truncated"):
        read(path)


def test_the_lengths_of_a_dbf_must_fit_each_other(tmp_path):
    path = shapefile(tmp_path)
    part = path.with_suffix(".dbf")
    data = bytearray(part.read_bytes())
    data[32 + 16] = 254  # the width of the first field, wider than a row
    part.write_bytes(data)
    with refused("file.corrupt"):
        read(path)


# ---- coordinate systems --------------------------------------------------------------------------------------------

SYSTEMS = [
    6668,
    4612,
    4301,
    4326,
    3857,
    *range(6669, 6688),
    *range(2443, 2462),
    *range(30161, 30180),
    6691,
    32654,
]


@pytest.mark.parametrize("code", SYSTEMS)
@pytest.mark.parametrize("form", ["WKT1_ESRI", "WKT1_GDAL", "WKT2_2019"])
def test_a_crs_is_known_in_every_spelling(code, form):
    assert epsg_of(CRS.from_epsg(code).to_wkt(form)) == (code, "")


def test_the_prj_of_arcgis_is_read(tmp_path):
    path = shapefile(tmp_path, crs=6668)
    path.with_suffix(".prj").write_text(CRS.from_epsg(6676).to_wkt("WKT1_ESRI"))
    assert read(path).crs == 6676


@pytest.mark.parametrize(("old", "new"), [
    ('"Central_Meridian",138.5', '"Central_Meridian",139.5'),
    ('"Scale_Factor",0.9999', '"Scale_Factor",1.0'),
    ('"Latitude_Of_Origin",36.0', '"Latitude_Of_Origin",0.0'),
    ('"False_Easting",0.0', '"False_Easting",500000.0'),
    ("6378137.0,298.257222101", "6377397.155,299.1528128"),
    ('UNIT["Meter",1.0]', 'UNIT["Foot",0.3048]'),
])  # fmt: skip
def test_a_name_alone_makes_no_crs(old, new):
    """PROJ takes these for EPSG:6676, for they are called JGD_2011_Japan_Zone_8."""
    text = CRS.from_epsg(6676).to_wkt("WKT1_ESRI")
    assert old in text
    code, detail = epsg_of(text.replace(old, new))
    assert code is None
    assert detail


@pytest.mark.parametrize(
    "text", ["+proj=tmerc +lat_0=36 +lon_0=138.5 +k=0.9999 +ellps=GRS80", "+proj=longlat +ellps=bessel"]
)
def test_an_ellipsoid_without_a_datum_is_not_guessed(text):
    assert epsg_of(text)[0] is None


def test_no_prj_and_a_broken_one(tmp_path):
    path = shapefile(tmp_path)
    path.with_suffix(".prj").write_text('GEOGCS["日本測地系",JUNK', "utf-8")
    raw = read(path)
    assert raw.crs is None
    assert raw.crs_detail
    path.with_suffix(".prj").unlink()
    raw = read(path)
    assert (raw.crs, raw.crs_detail) == (None, "")


@pytest.mark.parametrize(("encoding", "name", "cut"), [
    ("utf-8", "用途地域", "用途地"),  # ten bytes hold three characters and a third of one
    ("utf-8", "区域の名称", "区域の"),
    ("cp932", "A用途地域名", "A用途地域"),
    ("cp932", "用途地域名", "用途地域名"),
])  # fmt: skip
@pytest.mark.filterwarnings("ignore")
def test_a_field_name_cut_in_a_character_ends_before_it(tmp_path, encoding, name, cut):
    path = shapefile(tmp_path, encoding=encoding, **{name: ["商業地域"] * 3})
    raw = read(path)
    assert list(raw.table.columns) == [cut]
    assert list(raw.table[cut]) == ["商業地域"] * 3
    assert raw.crs == 6668
    path.with_suffix(".prj").write_text("JUNK")
    raw = read(path)
    assert list(raw.table.columns) == [cut]
    assert raw.crs is None
