"""The cases of the corpus that have no file: each is made from its recipe here, or shown by the test that is named."""

import importlib
import sqlite3
import struct

import geopandas as gpd
import numpy as np
import pytest
import shapely
from corpus_cases import TOWN, reading, rows_of
from small_files import zipped
from test_corpus import corpus  # noqa: F401 (a fixture)

pytestmark = pytest.mark.real

HEAD = "管理番号,名称,緯度,経度,建築年\n"
ROW = "A1,家,36.1,137.95,1990\n"
POINT = shapely.Point(137.95, 36.1)
SQUARE = shapely.box(137.94, 36.09, 137.96, 36.11)

SHOWN_BY = {
    "B008": "test_plan_outputs.test_signs_that_cp932_lacks_stop_the_run_and_nothing_is_lost",
    "B038": "test_maps_tables.test_hostile_texts_are_neither_formula_nor_link",
    "B055": "test_overlay_areas.test_two_systems_never_meet_silently",
    "B056": "test_overlay_areas.test_degrees_and_the_plane_of_web_maps_are_refused",
    "B074": "test_overlay_areas.test_a_point_on_a_shared_border_belongs_to_the_lowest_id_and_is_flagged",
    "B076": "test_twenty_mistakes.test_11_nesting_hubs_joint_plans_and_multipart_areas_not_looked_at",
    "B103": "test_plan_outputs.test_files_with_odd_names_are_read",
    "B122": "test_plan_outgoing.test_the_page_holds_the_beginning_and_says_that_it_was_cut",
    "B127": "test_hostile.test_the_map_runs_nothing_asks_for_nothing_and_shows_every_text",
    "B128": "test_hostile.test_the_map_runs_nothing_asks_for_nothing_and_shows_every_text",
    "B130": "test_hostile.test_the_map_runs_nothing_asks_for_nothing_and_shows_every_text",
    "B131": "test_hostile.test_the_map_runs_nothing_asks_for_nothing_and_shows_every_text",
    "B133": "test_sources_vector.test_a_name_of_sql_is_only_a_name",
    "B134": "test_house.test_the_package_keeps",
    "B139": "test_layers_limits.test_a_column_of_limits_counts_how_they_are_written",
    "B140": "test_layers_limits.test_a_limit_is_read_or_left_to_the_class_of_the_road",
    "B142": "test_layers_limits.test_a_column_of_limits_counts_how_they_are_written",
    "B143": "test_network_passage.test_an_island_is_unreachable_without_its_ferry_and_reached_with_it",
    "B145": "test_network_passage.test_a_one_way_road_drawn_backwards_shows_in_both_directions_and_a_finding",
    "B146": "test_sources_transport.test_what_is_no_archive_is_not_kept",
    "B148": "test_sources_transport.test_a_redirect_to_elsewhere_is_not_followed",
    "B149": "test_sources_transport.test_a_server_of_one_byte_a_time_is_cut_off",
    "B155": "test_plan_write.test_a_geopackage_that_another_program_writes_to_is_not_replaced",
    "B157": "test_campaign.test_runs_killed_at_any_moment_damage_nothing",
    "B158": "test_plan_outputs.test_a_real_disk_that_runs_full_on_the_way_keeps_the_old_outputs",
    "B160": "test_plan_write.test_another_run_is_kept_out_and_a_killed_one_leaves_the_old_outputs",
    "B161": "test_sources_raster.test_a_kept_copy_that_is_damaged_or_of_another_version_is_made_anew",
    "B163": "test_layers_catalogue.test_an_unknown_layer_is_answered_with_near_names",
    "B164": "test_network_link.test_a_missing_layer_leaves_no_rows_and_says_so",
}
"""Cases about what is written, drawn, linked or downloaded, and the test that shows each."""


def houses(folder, text, **more):
    path = folder / "houses.csv"
    path.write_bytes(text.encode("cp932"))
    return reading(folder, path, "vacant_house", **more)


def areas(folder, *shapes, layer="neighbourhood", crs=6668, town=TOWN, municipality="20215", **columns):
    path = folder / "areas.gpkg"
    named = columns or {"名称": [f"区域{i}" for i in range(len(shapes))]}
    gpd.GeoDataFrame(named, geometry=list(shapes), crs=crs).to_file(path)
    return reading(folder, path, layer, town=town, municipality=municipality)


def metadata_above_the_header(folder):
    return houses(folder, "空家一覧,,,,\n作成日,2026-04-01,,,\n\n" + HEAD + ROW)


def old_workbook(folder):
    import xlwt

    book = xlwt.Workbook()
    sheet = book.add_sheet("一覧")
    for number, line in enumerate((HEAD + ROW).splitlines()):
        for position, cell in enumerate(line.split(",")):
            sheet.write(number, position, cell)
    book.save(str(folder / "a.xls"))
    return reading(folder, folder / "a.xls", "vacant_house")


def codes_of_two_lengths(folder):
    path = folder / "survey.csv"
    path.write_text(
        "市区町村コード,市区町村名,空き家総数\n20215,塩尻市,1200\n202151,塩尻市（二）,1200\n", "utf-8"
    )
    return reading(folder, path, "housing_survey")


def mesh_code_as_a_number(folder):
    path = folder / "mesh.csv"
    path.write_text("メッシュコード,人口\n54370796.0,120\n54370797.0,80\n", "utf-8")
    return reading(folder, path, "population", town=shapely.box(137, 35, 139, 37))


def spaces_in_numbers(folder):
    return houses(folder, HEAD.replace("建築年", "敷地面積") + ROW.replace("1990", "　250 "))


def days_in_eras(folder):
    path = folder / "areas.csv"
    path.write_text("名称,公表日,geometry\n中心,令和7年4月1日," + f'"{SQUARE.wkt}"\n', "utf-8")
    return reading(folder, path, "promotion_area")


def names_of_columns(folder):
    for north, east in (
        ("緯度", "経度"),
        ("lat", "lon"),
        ("北緯", "東経"),
        ("LATITUDE", "Longitude"),
        ("Y", "X"),
    ):
        found = houses(folder, HEAD.replace("緯度", north).replace("経度", east) + ROW)
        assert len(found.atlas.layers["vacant_house"].table) == 1
    return houses(folder, HEAD.replace("緯度", "緯度（世界）").replace("経度", "経度（世界）") + ROW)


def ground_that_moved(folder):
    """Ishinomaki: an earthquake moved the ground by 4.7 m, which no transformation without grids knows."""
    town = shapely.box(141.2, 38.3, 141.5, 38.6)
    return areas(folder, shapely.box(141.30, 38.43, 141.31, 38.44), crs=4612, town=town, municipality="04202")


def a_row_outside_the_town(folder):
    return houses(folder, HEAD + ROW + "A2,家,36.2,137.9,1990\nA3,遠い家,35.0,135.0,1990\n")


def a_point_at_infinity(folder):
    path = folder / "a.gpkg"
    gpd.GeoDataFrame({"名称": ["a", "b"]}, geometry=[POINT, shapely.Point(np.inf, 36)], crs=6668).to_file(
        path
    )
    return reading(folder, path, "shop")


def a_district_twice(folder):
    return areas(folder, SQUARE, SQUARE, layer="priority_district", 名称=["甲", "乙"])


def five_million_vertices(folder):
    """The recipe asks for five million; a tenth shows the same way in the time of a test."""
    angle = np.linspace(0, 2 * np.pi, 500_001)[:-1]
    ring = np.column_stack([137.95 + np.cos(angle) / 100, 36.1 + np.sin(angle) / 100])
    return areas(folder, shapely.Polygon(ring))


def arcs(folder):
    head = struct.pack("<2sBBi", b"GP", 0, 1, 6668) + struct.pack("<BII", 1, 10, 1)
    circle = struct.pack("<BII", 1, 8, 5) + struct.pack(
        "<10d", 137.94, 36.1, 137.95, 36.11, 137.96, 36.1, 137.95, 36.09, 137.94, 36.1
    )
    path = folder / "areas.gpkg"
    gpd.GeoDataFrame({"名称": ["円"]}, geometry=[SQUARE], crs=6668).to_file(path)
    with sqlite3.connect(path) as database:
        for (name,) in database.execute("select name from sqlite_master where type = 'trigger'").fetchall():
            database.execute(f'drop trigger "{name}"')
        database.execute("update areas set geom = ?", (head + circle,))
    database.close()
    return reading(folder, path, "neighbourhood")


def a_view_that_loads_code(folder):
    path = folder / "areas.gpkg"
    gpd.GeoDataFrame({"名称": ["甲"]}, geometry=[SQUARE], crs=6668).to_file(path)
    with sqlite3.connect(path) as database:
        database.execute("create view evil as select *, load_extension('evil') from areas")
    database.close()
    return reading(folder, path, "neighbourhood")


def a_path_of_the_network(folder):
    for path in (
        "/vsicurl/http://127.0.0.1:9/a.geojson",
        "http://169.254.169.254/latest",
        "file:///etc/passwd",
    ):
        found = reading(folder, path, "shop")
        assert found.stopped
        assert found.codes == {"sec.url"}
    return found


def feed(folder, **tables):
    stops = "stop_id,stop_name,stop_lat,stop_lon\nS1,駅前,36.1,137.95\nS2,零,0,0\n"
    files = {
        "stops.txt": "\ufeff" + stops,
        "agency_jp.txt": "agency_id\n1\n",
        "calendar.txt": "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
        "A,1,1,1,1,1,1,1,20070101,20071231\n",
        "trips.txt": "route_id,service_id,trip_id\nR,A,T\n",
        "stop_times.txt": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\nT,25:00:00,25:00:00,S1,1\n",
    } | tables
    path = zipped(folder / "feed.zip", {name: text.encode() for name, text in files.items()})
    return reading(folder, path, "gtfs")


def a_feed_of_japan(folder):
    found = feed(folder)
    assert list(found.atlas.layers["gtfs"].table["name"]) == ["駅前"]
    return found


RECIPES = {
    "B010": metadata_above_the_header,
    "B014": old_workbook,
    "B025": codes_of_two_lengths,
    "B026": mesh_code_as_a_number,
    "B028": spaces_in_numbers,
    "B034": days_in_eras,
    "B035": names_of_columns,
    "B044": ground_that_moved,
    "B061": a_row_outside_the_town,
    "B067": a_point_at_infinity,
    "B073": a_district_twice,
    "B077": five_million_vertices,
    "B079": arcs,
    "B094": a_view_that_loads_code,
    "B116": a_path_of_the_network,
    "B151": feed,
    "B152": feed,
    "B154": a_feed_of_japan,
}
STOPPED = {"B035", "B073", "B094", "B116"}
"""What stops: columns of unknown names are asked for, the rest is refused."""

QUIET = {"B077", "B154"}
"""Cases that are simply right, and of which there is nothing to tell."""


def test_every_case_without_a_file_is_shown(corpus):  # noqa: F811 (the fixture)
    without = {row["id"] for row in rows_of(corpus) if not row["files in bad/"].strip()}
    assert without == {*SHOWN_BY, *RECIPES, "B013"}
    assert not set(SHOWN_BY) & set(RECIPES)


@pytest.mark.parametrize("case", SHOWN_BY)
def test_the_test_that_shows_a_case_is_there(case):
    module, _, name = SHOWN_BY[case].partition(".")
    assert callable(getattr(importlib.import_module(module), name))


@pytest.mark.parametrize("case", RECIPES)
def test_a_recipe_ends_as_the_corpus_says(corpus, tmp_path, case):  # noqa: F811 (the fixture)
    [row] = [row for row in rows_of(corpus) if row["id"] == case]
    found = RECIPES[case](tmp_path)
    assert found.stopped == (case in STOPPED), found.said
    if case not in QUIET:
        assert any(code == row["code"] or code.startswith(f"{row['code']}_") for code in found.codes), (
            found.codes
        )
    for _, place, what, cure in found.said:
        assert place.strip()
        assert what.ja != what.en
        assert cure.ja != cure.en


def test_a_workbook_with_a_password_is_said_to_have_one(tmp_path):
    """B013: the container that Excel makes of a protected workbook, with nothing readable in it."""
    path = tmp_path / "a.xlsx"
    path.write_bytes(encrypted())
    found = reading(tmp_path, path, "vacant_house")
    assert (found.stopped, found.codes) == (True, {"file.encrypted"})


def encrypted():
    """Return a compound file with the streams of an encrypted workbook (MS-CFB, MS-OFFCRYPTO)."""
    sector, free, end, fat = 512, 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    head += struct.pack("<HHHHH6xIIIIIIIIII", 62, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 0, end, 0, end, 0, 0)
    head = head.ljust(76, b"\0") + struct.pack("<109I", 0, *[free] * 108)
    table = struct.pack("<128I", fat, end, *range(3, 10), end, *range(11, 18), end, *[free] * 110)

    def entry(name, kind, child, start, size):
        text = name.encode("utf-16-le")
        links = struct.pack("<III", free, 2 if name == "EncryptionInfo" else free, child)
        body = text.ljust(64, b"\0") + struct.pack("<HBB", len(text) + 2, kind, 1) + links
        return body.ljust(116, b"\0") + struct.pack("<IQ", start, size)

    folder = entry("Root Entry", 5, 1, end, 0)
    folder += entry("EncryptionInfo", 2, free, 2, 4096) + entry("EncryptedPackage", 2, free, 10, 4096)
    return head + table + folder.ljust(sector, b"\0") + bytes(4096) + bytes(4096)
