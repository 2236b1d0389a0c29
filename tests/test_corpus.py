"""The corpus of bad inputs: every case of tables, systems, geometry, damage and hostile files ends as it should.

Left to later: KML, GML, DXF, YAML, OpenStreetMap, the validity of GTFS, downloads, and what is written out.
"""

import csv
import datetime as dt

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from conftest import missing
from small_files import refused

from gisplan.core.words import LayerEntry, Plan
from gisplan.layers.catalogue import packaged_folder, read_catalogue
from gisplan.layers.load import load
from gisplan.sources.raw import Wanted
from gisplan.sources.read import read_file

pytestmark = pytest.mark.real

CATALOGUE = read_catalogue(packaged_folder())
TOWN = shapely.box(137.7, 35.9, 138.2, 36.4)
"""About Shiojiri, where the cases lie."""

STOPS = {"REJECT", "ASK"}
LATER = {"kml_laughs.kml", "kml_xxe.kml", "kml_networklink.kml", "gml_axis_short.gml", "gml_jgd_name.gml",
         "gml_schema_ssrf.gml", "dxf_cp932.dxf", "yaml_bomb.yml", "yaml_octal.yml"}  # fmt: skip

# file → layer, code of what stops it. The class of the corpus decides that it must stop.
STOPPED = {
    "enc_mixed.csv": ("vacant_house", "enc.mixed"),
    "quote_open.csv": ("vacant_house", "tab.quote"),
    "empty.csv": ("vacant_house", "file.empty"),
    "shp_noprj": ("neighbourhood", "crs.missing"),
    "shp_badprj": ("neighbourhood", "crs.unreadable"),
    "shp_xyswap": ("neighbourhood", "crs.outside"),
    "gj_swapped.geojson": ("shop", "crs.outside"),
    "gj_anti.geojson": ("neighbourhood", "extent.elsewhere"),
    "gj_nan.geojson": ("shop", "file.damaged"),
    "gj_mixed.geojson": ("neighbourhood", "geom.type"),
    "shp_trunc": ("neighbourhood", "file.truncated"),
    "shp_hugelen": ("neighbourhood", "file.truncated"),
    "shp_nodbf": ("neighbourhood", "file.dbf"),
    "gpkg_trunc.gpkg": ("neighbourhood", "file.damaged"),
    "gpkg_corrupt.gpkg": ("neighbourhood", "file.damaged"),
    "gj_trunc.geojson": ("neighbourhood", "file.damaged"),
    "tif_trunc.tif": ("elevation", "file.damaged"),
    "tif_nonodata.tif": ("elevation", "raster.nodata"),
    "tif_nogeo.tif": ("elevation", "raster.georef"),
    "zip_two.zip": ("neighbourhood", "file.tables"),
    "vrt_as.csv": ("vacant_house", "file.xml"),
    "vrt_as.geojson": ("neighbourhood", "file.xml"),
    "vrt_as.kml": ("neighbourhood", "file.xml"),
    "vrt_as.shp": ("neighbourhood", "file.xml"),
    "wfs_as.xml": ("neighbourhood", "file.xml"),
    "zip_symlink.zip": ("neighbourhood", "sec.zip_link"),
    "zip_bomb.zip": ("neighbourhood", "sec.zip_bomb"),
    "gj_deepcoords.geojson": ("neighbourhood", "file.damaged"),
}
# The corpus lets these go on; the rest of what they hold stops them: a third row with the same id (dup_id), a
# repair that changes the ground (gj_bowtie), a place outside the town (xl_title_merged, gj_dupkey).
STOPPED_FOR_MORE = {
    "dup_id.csv": ("vacant_house", "id.duplicate"),
    "gj_bowtie.geojson": ("promotion_area", "geom.changed"),
    "xl_title_merged.xlsx": ("vacant_house", "extent.elsewhere"),
    "gj_dupkey.geojson": ("shop", "extent.elsewhere"),
}
# file → layer, rows (read, kept, mended, refused), findings, codes of refused rows
READ = {
    "enc_cp932.csv": ("vacant_house", (1, 1, 0, 0), set(), []),
    "enc_utf8bom.csv": ("vacant_house", (1, 1, 0, 0), set(), []),
    "enc_eucjp.csv": ("vacant_house", (1, 1, 0, 0), set(), []),
    "enc_5c.csv": ("vacant_house", (1, 1, 0, 0), set(), []),
    "ragged.csv": ("vacant_house", (3, 1, 0, 2), set(), ["tab.ragged", "coord.missing"]),
    "header_only.csv": ("vacant_house", (0, 0, 0, 0), {"data.not_assessed"}, []),
    "gj_bigint.geojson": ("shop", (2, 0, 0, 2), {"data.not_assessed"}, ["geom.empty"] * 2),
    "num_dms.csv": ("vacant_house", (2, 0, 1, 1), set(), ["coord.outside_japan"]),
    "num_missing.csv": ("vacant_house", (4, 0, 0, 4), {"data.not_assessed"}, ["coord.missing"] * 4),
    "num_thousands.csv": (
        "population",
        (4, 0, 0, 4),
        {"data.not_assessed", "value.mended"},
        ["code.mesh"] * 4,
    ),
    "formula.csv": ("vacant_house", (1, 1, 0, 0), set(), []),
    "shp_tokyo": ("neighbourhood", (2, 2, 0, 0), {"crs.tokyo_datum"}, []),
    "gj_crs_member.geojson": ("shop", (1, 1, 0, 0), set(), []),
    "gj_z.geojson": ("shop", (1, 1, 0, 0), set(), []),
    "gj_empty_geom.geojson": ("neighbourhood", (3, 1, 0, 2), set(), ["geom.empty"] * 2),
    "gj_spike.geojson": ("promotion_area", (1, 0, 0, 1), {"data.not_assessed"}, ["geom.zero_area"]),
    "gj_cw.geojson": ("neighbourhood", (1, 1, 0, 0), set(), []),
    "shp_cp932_nocpg": ("neighbourhood", (2, 2, 0, 0), set(), []),
    "shp_wrongcpg": ("neighbourhood", (2, 2, 0, 0), {"enc.cpg_wrong"}, []),
    "shp_noshx": ("neighbourhood", (2, 2, 0, 0), {"file.shx"}, []),
    "zip_cp932names.zip": ("neighbourhood", (2, 2, 0, 0), set(), []),
    "tif_nan.tif": ("elevation", (398, 398, 0, 0), set(), []),
    "gj_fid_geom_cols.geojson": ("neighbourhood", (1, 1, 0, 0), {"tab.reserved"}, []),
    "gj_script.geojson": ("neighbourhood", (1, 1, 0, 0), set(), []),
}
ALWAYS = {"layer.credit_assumed", "tab.column_absent", "layer.refused"}
NAMES = {
    "enc_cp932.csv": ("address", ["長野県塩尻市大門七番町"]),
    "enc_eucjp.csv": ("address", ["長野県塩尻市大門七番町"]),
    "enc_5c.csv": ("address", ["十表能ソ"]),
    "formula.csv": ("id", ["=cmd|' /C calc'!A0"]),
    "shp_cp932_nocpg": ("name", ["区域一", "表示十能"]),
    "shp_wrongcpg": ("name", ["区域一", "表示十能"]),
    "shp_noshx": ("name", ["区域一", "表示十能"]),
    "zip_cp932names.zip": ("name", ["区域一", "表示十能"]),
    "gj_script.geojson": ("name", ["</script><script>alert(1)</script>{{7*7}}{%x%}"]),
}


@pytest.fixture(scope="session")
def corpus(real_data):
    """Return the folder of bad inputs, which lies beside the real data."""
    folder = real_data.parent / "corpus"
    if not (folder / "bad_inputs.csv").is_file():
        missing("the corpus of bad inputs is not beside the real data")
    return folder


@pytest.fixture(scope="session")
def reading(corpus, tmp_path_factory):
    """Return a function that reads one file of the corpus as one layer of a plan."""
    folder = tmp_path_factory.mktemp("plan")
    town = gpd.GeoDataFrame({"code": ["20215"], "name": ["塩尻市"]}, geometry=[TOWN], crs=6668)
    town.to_file(folder / "town.gpkg")

    def read(name, layer, **more):
        path = corpus / "bad" / name
        path = path / f"{name}.shp" if path.is_dir() else path
        entries = (
            LayerEntry(layer="municipality", path=("town.gpkg",), line=4),
            LayerEntry(layer=layer, path=(str(path),), line=7, **more),
        )
        plan = Plan(
            title="計画", municipality=("20215",), date=dt.date(2026, 11, 1), crs=6676, folder=folder,
            file="plan.toml", layers=entries,
        )  # fmt: skip
        return load(plan, catalogue=CATALOGUE, cache=folder / "cache")

    return read


def test_every_file_of_the_corpus_is_a_case_here_or_left_to_later(corpus):
    with (corpus / "bad_inputs.csv").open(encoding="utf-8") as rows:
        cases = list(csv.DictReader(rows))
    named = {name: row["class"] for row in cases for name in row["files in bad/"].split()}
    assert set(named) == LATER | set(STOPPED) | set(STOPPED_FOR_MORE) | set(READ)
    assert {name for name in STOPPED if named[name] not in STOPS} == set()
    assert {name for name in READ if named[name] in STOPS} == {"gj_spike.geojson"}  # its only row is refused
    assert not set(STOPPED_FOR_MORE) & {name for name, kind in named.items() if kind in STOPS}


@pytest.mark.parametrize("name", [*STOPPED, *STOPPED_FOR_MORE])
def test_a_case_that_must_stop_says_what_where_and_how_to_mend_it(reading, name):
    layer, code = (STOPPED | STOPPED_FOR_MORE)[name]
    with refused(code, place=name) as problems:
        reading(name, layer)
    for problem in problems:
        for language in ("ja", "en"):
            said = problem.say(language)
            assert said.startswith(f"[{code}] ")
            assert "→ " in said


@pytest.mark.parametrize("name", READ)
def test_a_case_that_can_be_read_is_counted_row_by_row(reading, name):
    layer, counts, wanted, refusals = READ[name]
    found = reading(name, layer)
    [one] = found.layers[layer].readings
    assert (one.read, one.kept, one.mended, one.refused) == counts
    assert one.read == one.kept + one.mended + one.refused
    assert set(found.findings["code"]) - ALWAYS == wanted
    assert list(found.rejects.sort_values("row")["code"]) == refusals
    assert ("layer.refused" in set(found.findings["code"])) == bool(refusals)
    if name in NAMES:
        column, texts = NAMES[name]
        assert list(found.layers[layer].table[column]) == texts


@pytest.mark.parametrize(("name", "candidate"), [("shp_noprj", "EPSG:6668"), ("shp_badprj", "EPSG:6668")])
def test_what_is_asked_for_can_be_answered(reading, name, candidate):
    with refused("crs.missing" if name == "shp_noprj" else "crs.unreadable") as problems:
        reading(name, "neighbourhood")
    assert candidate in problems[0].cure.ja
    assert len(reading(name, "neighbourhood", crs=candidate).layers["neighbourhood"].table) == 2


@pytest.mark.parametrize("name", ["shp_xyswap", "gj_swapped.geojson"])
def test_exchanged_axes_are_named(reading, name):
    with refused("crs.outside") as problems:
        reading(name, STOPPED[name][0])
    assert "XYを入れ替え" in problems[0].what.ja


def test_the_member_that_is_asked_for_can_be_named(reading):
    found = reading("zip_two.zip", "neighbourhood", table="shp_cp932_nocpg")
    assert list(found.layers["neighbourhood"].table["name"]) == ["区域一", "表示十能"]


def test_the_old_datum_is_moved_to_the_new_one(reading):
    """The file was made from the other by three parameters; its numbers alone would lie 446 m away."""
    files = [("shp_cp932_nocpg", ""), ("shp_tokyo", ""), ("shp_tokyo", "EPSG:6668")]
    tables = [reading(name, "neighbourhood", crs=crs).layers["neighbourhood"].table for name, crs in files]
    here, moved, unmoved = (shapely.centroid(table.geometry.to_numpy()[0]) for table in tables)
    assert shapely.distance(here, moved) < 0.1
    assert shapely.distance(here, unmoved) == pytest.approx(446, abs=8)


def test_heights_that_are_no_numbers_do_not_spoil_the_rest(reading):
    with rasterio.open(reading("tif_nan.tif", "elevation").layers["elevation"].raster) as raster:
        values = raster.read(1, masked=True)
    assert np.isfinite(values.compressed()).any()


def test_a_list_below_a_merged_title_is_read_to_its_last_row(corpus):
    raw = read_file(
        corpus / "bad" / "xl_title_merged.xlsx",
        name="x",
        wanted=Wanted(known=("緯度", "経度", "住所", "管理番号")),
    )
    assert [doubt.code for doubt in raw.doubts] == ["tab.header_row"]
    assert [row.code for row in raw.refused] == ["tab.total"]
    assert len(raw.table) >= 1
