"""Each provider in its own form: links on a page, tiles cut at their edges, heights as colours, feeds, queries."""

import io
import json
import zipfile
from urllib.parse import parse_qs, urlsplit

import geopandas as gpd
import jismesh.utils as jismesh
import numpy as np
import pytest
import rasterio
import shapely
from hypothesis import given
from hypothesis import strategies as st
from rasterio.io import MemoryFile
from small_files import refused
from small_server import Limits, stand_in
from werkzeug import Response

from gisplan.core.errors import ConfigurationError, NetworkError
from gisplan.core.words import Release, Text
from gisplan.layers.catalogue import packaged_folder, read_catalogue
from gisplan.sources.addresses import (
    Place,
    addresses,
    primary_meshes,
    tile_at,
    tile_box,
    tiles_over,
)
from gisplan.sources.door import admit
from gisplan.sources.job import Job
from gisplan.sources.providers import get_release
from gisplan.sources.raster import Target, decode_elevation, read_raster
from gisplan.sources.reinfolib import HEADER, together

CATALOGUE = read_catalogue(packaged_folder())
YAIZU = shapely.box(138.300, 34.850, 138.330, 34.870)
TOWN = Place(municipality="22212", area=YAIZU)
NORTH = Place(municipality="09201", area=shapely.box(139.88, 36.55, 139.89, 36.56))


@pytest.fixture(autouse=True)
def _nothing_else(httpserver):
    """Let the server have nothing but what a test puts there."""
    httpserver.no_handler_status_code = 404


def broken(code, **options):
    return refused(code, error=NetworkError, exit_code=4, **options)


def release(layer, name):
    return next(row for row in CATALOGUE[layer].source.releases if row.release == name)


def job(server, folder, row, *, place=TOWN, key="the-key", **options):
    return Job(release=row, place=place, folder=folder, network=stand_in(server, **options), key=key)


def archive(name="a.geojson", text="{}"):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr(name, text)
    return buffer.getvalue()


# ---- addresses ---------------------------------------------------------------------------------------


def test_names_in_braces_are_filled_for_a_municipality():
    def url(layer, name):
        return [address.url.rpartition("/")[2] for address in addresses(release(layer, name), TOWN)]

    assert url("municipality", "2025") == ["N03-20250101_22_GML.zip"]
    assert url("flood", "2025") == ["A31a-25_22_20_GEOJSON.zip", "A31a-25_85_20_GEOJSON.zip"]
    assert url("road", "2024") == ["N13-24_5238_SHP.zip"]
    assert url("road", "osm-region") == ["chubu-latest.osm.pbf"]
    assert url("gtfs", "current") == ["files?pref=22"]
    [mesh] = addresses(release("population", "2020"), TOWN)
    assert ("code=5238&" in mesh.url, mesh.name) == (True, "T001102_5238.zip")


def test_a_release_of_other_prefectures_is_told():
    with refused("fetch.not_here", error=ConfigurationError, exit_code=3, place="静岡県"):
        addresses(release("tsunami", "2018"), TOWN)


def test_meshes_need_the_area():
    with refused("fetch.area_unknown", error=ConfigurationError, exit_code=3):
        addresses(release("road", "2024"), Place(municipality="22212"))


def test_primary_meshes_are_those_that_an_area_touches():
    assert primary_meshes(shapely.box(138.9, 34.6, 139.1, 34.7)) == ("5138", "5139", "5238", "5239")
    corner = shapely.Polygon([(138.9, 34.6), (139.1, 34.6), (138.9, 34.7)])
    assert "5239" not in primary_meshes(corner)


def test_tiles_cover_an_area_and_none_is_far_from_it():
    tiles = tiles_over(YAIZU, 15)
    covered = shapely.union_all([tile_box(x, y, 15) for x, y in tiles])
    assert covered.buffer(1e-9).contains(YAIZU)
    assert all(tile_box(x, y, 15).intersects(YAIZU) for x, y in tiles)
    assert tile_at(138.315, 34.86, 15) in tiles


@given(longitude=st.floats(123, 153), latitude=st.floats(21, 45), zoom=st.integers(1, 18))
def test_a_place_lies_in_its_tile(longitude, latitude, zoom):
    box = tile_box(*tile_at(longitude, latitude, zoom), zoom)
    assert box.buffer(1e-9).intersects(shapely.Point(longitude, latitude))


@given(longitude=st.floats(123, 153), latitude=st.floats(21, 45))
def test_the_primary_mesh_of_a_place_is_that_of_the_standard(longitude, latitude):
    assert str(jismesh.to_meshcode(latitude, longitude, 1)) in primary_meshes(
        shapely.Point(longitude, latitude)
    )


def test_too_many_tiles_are_not_asked_for():
    with broken("net.too_many_tiles"):
        tiles_over(shapely.box(130, 30, 140, 40), 15)


# ---- files -------------------------------------------------------------------------------------------


def test_a_mesh_that_is_all_sea_is_told_and_the_others_are_kept(httpserver, tmp_path):
    coast = Place(municipality="22212", area=shapely.box(138.9, 34.7, 139.1, 34.71))
    base = "/nlftp.mlit.go.jp/ksj/gml/data/N13/N13-24/"
    httpserver.expect_request(f"{base}N13-24_5238_SHP.zip").respond_with_data(archive())
    brought = get_release(job(httpserver, tmp_path, release("road", "2024"), place=coast))
    assert [got.kept.path.name for got in brought.files] == ["N13-24_5238_SHP.zip"]
    [doubt] = brought.doubts
    assert (doubt.code, doubt.values["missing"]) == ("fetch.part_missing", ["N13-24_5239_SHP.zip"])


# ---- a page ------------------------------------------------------------------------------------------

PAGE = """<!DOCTYPE html><html><head><meta charset="{charset}"></head><body><table>
<tr><th>静岡県</th><td><a href="/toshi/tosiko/content/001111.zip">GeoJSON</a></td>
<td><a href="/toshi/tosiko/content/001112.zip">Shapefile</a></td></tr>
<tr><th>愛知県</th><td><a href="/toshi/tosiko/content/002222.zip">GeoJSON</a></td></tr>
<tr><td><a href="content/003333.zip">京都府</a>　<a href="content/004444.zip">大阪府</a></td></tr>
</table><p><a href="/guide.pdf">静岡県の手引</a></p></body></html>"""
PAGE_PATH = "/www.mlit.go.jp/toshi/tosiko/toshi_tosiko_tk_000182.html"


@pytest.mark.parametrize("charset", ["utf-8", "cp932"])
def test_the_archive_of_the_prefecture_is_found_on_the_page(httpserver, tmp_path, charset):
    httpserver.expect_request(PAGE_PATH).respond_with_data(PAGE.format(charset=charset).encode(charset))
    body = archive("静岡県/焼津市/22212_youto.geojson")
    httpserver.expect_request("/www.mlit.go.jp/toshi/tosiko/content/001111.zip").respond_with_data(body)
    [got] = get_release(job(httpserver, tmp_path, release("zone", "toshikeikaku-2025"))).files
    assert got.url == "https://www.mlit.go.jp/toshi/tosiko/content/001111.zip"
    assert got.kept.path.name == "toshikeikaku_22.zip"


def test_links_of_one_row_are_told_apart_by_their_own_words(httpserver, tmp_path):
    httpserver.expect_request(PAGE_PATH).respond_with_data(PAGE.encode())
    httpserver.expect_request("/www.mlit.go.jp/toshi/tosiko/content/004444.zip").respond_with_data(archive())
    osaka = Place(municipality="27100")
    [got] = get_release(job(httpserver, tmp_path, release("zone", "toshikeikaku-2025"), place=osaka)).files
    assert got.url.endswith("004444.zip")


@pytest.mark.parametrize(
    "page",
    [
        "<html><body>工事中</body></html>",
        '<table><tr><td>静岡県 <a href="a.zip">東部</a> <a href="b.zip">西部</a></td></tr></table>',
        '<p>静岡県</p><table><tr><td><a href="a.zip">愛知県</a></td></tr></table>',
    ],
)
def test_a_page_that_changed_is_told(httpserver, tmp_path, page):
    httpserver.expect_request(PAGE_PATH).respond_with_data(page.encode())
    with broken("net.page_changed"):
        get_release(job(httpserver, tmp_path, release("zone", "toshikeikaku-2025")))
    assert list(tmp_path.iterdir()) == []


def test_a_link_to_a_stranger_is_not_followed(httpserver, tmp_path):
    page = '<a href="https://evil.example/x.zip">静岡県</a>'
    httpserver.expect_request(PAGE_PATH).respond_with_data(page.encode())
    with broken("sec.host"):
        get_release(job(httpserver, tmp_path, release("zone", "toshikeikaku-2025")))


# ---- 不動産情報ライブラリ -------------------------------------------------------------------------------


def zone(x0, x1, name, number):
    ring = [[x0, 34.851], [x1, 34.851], [x1, 34.869], [x0, 34.869], [x0, 34.851]]
    properties = {"use_area_ja": name, "youto_id": number, "u_floor_area_ratio_ja": "200%"}
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


ZONES = (zone(138.301, 138.315, "商業地域", 10), zone(138.320, 138.329, "準工業地域", 11))


def cut(features, x, y, zoom):
    """Return features as a tile holds them: cut at its edges."""
    box = tile_box(x, y, zoom)
    found = []
    for feature in features:
        part = shapely.from_geojson(json.dumps(feature["geometry"])).intersection(box)
        if not part.is_empty:
            found.append({**feature, "geometry": json.loads(shapely.to_geojson(part))})
    return {"type": "FeatureCollection", "features": found}


def serve_tiles(server, features, *, path="XKT002", form=""):
    """Serve the tiles; those that hold nothing are 404, and those asked with another form are empty."""
    asked = []

    def answer(request):
        query = {name: values[0] for name, values in parse_qs(urlsplit(request.url).query).items()}
        asked.append((request.headers.get(HEADER), query))
        if form and query["prefectureCode"] != form:
            return Response(json.dumps({"type": "FeatureCollection", "features": []}))
        body = cut(features, int(query["x"]), int(query["y"]), int(query["z"]))
        return Response(json.dumps(body)) if body["features"] else Response("", status=404)

    server.expect_request(f"/www.reinfolib.mlit.go.jp/ex-api/external/{path}").respond_with_handler(answer)
    return asked


def test_zones_cut_at_the_edges_of_tiles_are_whole_again(httpserver, tmp_path):
    asked = serve_tiles(httpserver, ZONES)
    [got] = get_release(job(httpserver, tmp_path, release("zone", "reinfolib-XKT002"))).files
    table = gpd.read_file(got.kept.path)
    assert list(table["use_area_ja"]) == ["商業地域", "準工業地域"]
    assert table.crs.to_epsg() == 6668
    for shape, feature in zip(table.geometry, ZONES, strict=True):
        whole = shapely.from_geojson(json.dumps(feature["geometry"]))
        assert shape.symmetric_difference(whole).area == pytest.approx(0, abs=1e-15)
    assert len(asked) == len(tiles_over(YAIZU, 15)) > 4
    assert {key for key, _ in asked} == {"the-key"}


def test_the_key_stands_nowhere(httpserver, tmp_path):
    serve_tiles(httpserver, ZONES)
    work = job(httpserver, tmp_path, release("zone", "reinfolib-XKT002"), key="super-secret")
    brought = get_release(work)
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"super-secret" not in written
    assert "super-secret" not in repr(work) + repr(brought)


def test_without_a_key_nothing_is_asked(httpserver, tmp_path):
    with broken("net.no_key"):
        get_release(job(httpserver, tmp_path, release("zone", "reinfolib-XKT002"), key=""))
    assert httpserver.log == []


def test_a_busy_library_is_waited_for(httpserver, tmp_path):
    path = "/www.reinfolib.mlit.go.jp/ex-api/external/XKT002"
    httpserver.expect_oneshot_request(path).respond_with_data("", status=429, headers={"Retry-After": "3"})
    serve_tiles(httpserver, ZONES)
    pauses = []
    patient = Limits(total_s=30, tries=3, pause_s=0.5)
    work = job(httpserver, tmp_path, release("zone", "reinfolib-XKT002"), limits=patient, pause=pauses.append)
    assert len(get_release(work).files) == 1
    assert pauses[0] == 3.0


def test_tiles_without_any_data_make_no_empty_file(httpserver, tmp_path):
    serve_tiles(httpserver, ())
    with broken("net.no_tiles"):
        get_release(job(httpserver, tmp_path, release("zone", "reinfolib-XKT002")))
    assert list(tmp_path.iterdir()) == []


def test_an_answer_that_is_a_page_is_refused(httpserver, tmp_path):
    path = "/www.reinfolib.mlit.go.jp/ex-api/external/XKT002"
    httpserver.expect_request(path).respond_with_data("<html>maintenance</html>")
    with broken("net.html_body"):
        get_release(job(httpserver, tmp_path, release("zone", "reinfolib-XKT002")))


PARKS = Release(
    release="reinfolib-XKT019", provider="reinfolib", zoom=15, save="parks.geojson", licence="—",
    credit=Text(ja="出典", en="source"),
    url="https://www.reinfolib.mlit.go.jp/ex-api/external/XKT019?response_format=geojson&z={z}&x={x}&y={y}&prefectureCode={prefecture_code}",
)  # fmt: skip
PARK = {
    "type": "Feature",
    "properties": {"name": "公園"},
    "geometry": {"type": "Point", "coordinates": [139.885, 36.555]},
}


@pytest.mark.parametrize(("form", "told"), [("9", []), ("09", ["fetch.form"])])
def test_the_other_form_of_the_prefecture_is_tried_where_every_tile_is_empty(
    httpserver, tmp_path, form, told
):
    serve_tiles(httpserver, (PARK,), path="XKT019", form=form)
    brought = get_release(job(httpserver, tmp_path, PARKS, place=NORTH))
    assert len(gpd.read_file(brought.files[0].kept.path)) == 1
    assert [doubt.code for doubt in brought.doubts] == told
    assert f"prefectureCode={form}" in brought.files[0].url


def test_a_prefecture_of_two_digits_has_one_form(httpserver, tmp_path):
    asked = serve_tiles(httpserver, (), path="XKT019")
    with broken("net.no_tiles"):
        get_release(job(httpserver, tmp_path, PARKS))
    assert {query["prefectureCode"] for _, query in asked} == {"22"}


def test_lines_and_points_of_several_tiles_stand_once():
    line = [{"type": "LineString", "coordinates": part} for part in ([[0, 0], [1, 0]], [[1, 0], [2, 0]])]
    point = {"type": "Point", "coordinates": [5, 5]}
    rows = [{"properties": {"a": 1}, "geometry": shape} for shape in (*line, point, point)]
    found = together(rows)
    assert sorted(shape.geom_type for _, shape in found) == ["LineString", "Point"]
    assert together(reversed(rows)) == found


def test_parts_that_do_not_touch_stay_apart():
    far = [zone(138.30, 138.31, "商業地域", 10), zone(138.32, 138.33, "商業地域", 10)]
    assert len(together(far)) == 2


# ---- heights -----------------------------------------------------------------------------------------


def png(values):
    """Return the picture of a tile; values are heights in metres, NaN for none."""
    hundredths = (
        np.where(np.isnan(values), 2**23, np.round(np.nan_to_num(values) * 100)).astype("int64") % 2**24
    )
    bands = np.stack([hundredths // 65536, hundredths // 256 % 256, hundredths % 256]).astype("uint8")
    with MemoryFile() as memory:
        with memory.open(driver="PNG", width=256, height=256, count=3, dtype="uint8") as target:
            target.write(bands)
        return memory.read()


def test_colours_are_heights():
    heights = np.full((256, 256), np.nan)
    heights[0, :4] = [0.0, 12.34, -5.67, 3776.12]
    found = decode_elevation(png(heights), place="x")
    assert found[0, :4] == pytest.approx([0.0, 12.34, -5.67, 3776.12], abs=0.005)
    assert np.isnan(found[1:]).all()


SEA = png(np.zeros((256, 256)))


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", SEA[:80], SEA[:100] + b"?" + SEA[101:], SEA[:-12]],
    ids=["nothing", "page", "cut", "harmed", "no end"],
)
def test_what_is_no_tile_of_heights_is_refused(body):
    with broken("net.body"):
        decode_elevation(body, place="x")


def test_heights_are_taken_from_the_finest_survey_that_has_them(httpserver, tmp_path):
    base = "/cyberjapandata.gsi.go.jp/xyz"
    tiles = tiles_over(YAIZU, 15)
    x, y = tiles[0]
    fine = np.full((256, 256), np.nan)
    fine[:128] = 10.0
    middle = np.full((256, 256), np.nan)
    middle[:192] = 20.0
    coarse = np.repeat(np.repeat(np.array([[31.0, 32.0], [33.0, 34.0]]), 128, axis=0), 128, axis=1)
    httpserver.expect_request(f"{base}/dem5a_png/15/{x}/{y}.png").respond_with_data(png(fine))
    httpserver.expect_request(f"{base}/dem5c_png/15/{x}/{y}.png").respond_with_data(png(middle))
    httpserver.expect_request(f"{base}/dem_png/14/{x // 2}/{y // 2}.png").respond_with_data(png(coarse))
    [got] = get_release(job(httpserver, tmp_path, release("elevation", "current"))).files
    with rasterio.open(got.kept.path) as source:
        assert source.crs.to_epsg() == 3857
        grid = source.read(1, masked=True)
        left, bottom, right, top = source.bounds
        row, column = source.index(*_metres(tile_box(x, y, 15)))
    assert grid[row, column] == 10
    assert grid[row + 150, column] == 20
    quarter = 31.0 + (x % 2) + 2 * (y % 2)
    assert grid[row + 220, column] == quarter
    assert (left, bottom) < (right, top)
    assert grid.mask.any(), "tiles that nobody has hold no height"
    inner = admit(got.kept.path, name="elevation.tif")
    read = read_raster(inner, Target(crs=6676, limits=(-500, 4000), folder=tmp_path))
    assert (read.crs, read.cells - read.empty > 0) == (3857, True)


def _metres(box):
    """Return a place in the first pixel of a tile, in EPSG:3857."""
    west, _, _, north = box.bounds
    [point] = gpd.GeoSeries([shapely.Point(west + 1e-5, north - 1e-5)], crs=4326).to_crs(3857)
    return point.x, point.y


def test_a_sea_of_tiles_makes_no_file(httpserver, tmp_path):
    with broken("net.no_tiles"):
        get_release(job(httpserver, tmp_path, release("elevation", "current")))
    assert list(tmp_path.iterdir()) == []


# ---- GTFS --------------------------------------------------------------------------------------------


def feed(number, *, stop=None):
    row = {"organization_id": f"org{number}", "organization_name": f"焼津{number}交通", "feed_id": "a/b",
           "feed_license_id": "CC BY 4.0" if number == 1 else "CC0",
           "file_url": f"https://api.gtfs-data.jp/v2/{number}/feed.zip"}  # fmt: skip
    return row | ({"file_stop_url": f"https://api.gtfs-data.jp/v2/{number}/stops.geojson"} if stop else {})


def serve_feeds(server, stops):
    rows = [feed(number, stop=stop) for number, stop in enumerate(stops, start=1)]
    server.expect_request("/api.gtfs-data.jp/v2/files").respond_with_json({"code": 200, "body": rows})
    for number, stop in enumerate(stops, start=1):
        base = f"/api.gtfs-data.jp/v2/{number}"
        server.expect_request(f"{base}/feed.zip").respond_with_data(archive("stops.txt", "stop_id"))
        if stop:
            features = [{"type": "Feature", "geometry": {"type": "Point", "coordinates": stop}}]
            server.expect_request(f"{base}/stops.geojson").respond_with_json({"features": features})


def test_feeds_that_stop_in_the_municipality_are_taken_with_their_licences(httpserver, tmp_path):
    serve_feeds(httpserver, [[138.31, 34.86], [139.0, 35.0], None])
    files = get_release(job(httpserver, tmp_path, release("gtfs", "current"))).files
    assert [got.kept.path.name for got in files] == ["gtfs_org1_a_b.zip", "gtfs_org3_a_b.zip"]
    assert [(got.licence, got.credit) for got in files] == [
        ("CC BY 4.0", "焼津1交通 GTFS"),
        ("CC0", "焼津3交通 GTFS"),
    ]


def test_all_feeds_of_the_prefecture_are_taken_where_the_area_is_not_known(httpserver, tmp_path):
    serve_feeds(httpserver, [[138.31, 34.86], [139.0, 35.0]])
    place = Place(municipality="22212")
    assert len(get_release(job(httpserver, tmp_path, release("gtfs", "current"), place=place)).files) == 2


def test_no_feed_here_is_told(httpserver, tmp_path):
    serve_feeds(httpserver, [[139.0, 35.0]])
    with broken("net.no_file"):
        get_release(job(httpserver, tmp_path, release("gtfs", "current")))


@pytest.mark.parametrize("body", ['{"body": 3}', '{"body": [{}]}', "[]", "nonsense"])
def test_a_list_of_another_form_is_refused(httpserver, tmp_path, body):
    httpserver.expect_request("/api.gtfs-data.jp/v2/files").respond_with_data(body)
    with broken("net.body"):
        get_release(job(httpserver, tmp_path, release("gtfs", "current")))


# ---- OpenStreetMap -----------------------------------------------------------------------------------

NODES = [{"type": "node", "id": n, "lon": 138.31 + n / 1000, "lat": 34.86} for n in (1, 2, 3)]
WAY = {"type": "way", "id": 9, "nodes": [1, 2, 3], "tags": {"highway": "residential", "name": "港通り"}}
ANSWER = {"version": 0.6, "generator": "Overpass API", "osm3s": {}, "elements": [*NODES, WAY]}
OVERPASS = "/overpass-api.de/api/interpreter"


def test_roads_are_asked_for_within_the_bounds_and_kept_as_they_come(httpserver, tmp_path):
    httpserver.expect_request(OVERPASS).respond_with_json(ANSWER)
    [got] = get_release(job(httpserver, tmp_path, release("road", "osm"))).files
    assert json.loads(got.kept.path.read_bytes()) == ANSWER
    assert got.url == "https://overpass-api.de/api/interpreter"
    [(request, _)] = httpserver.log
    assert "(34.850000,138.300000,34.870000,138.330000)" in request.args["data"]


def test_an_answer_with_a_remark_is_not_kept(httpserver, tmp_path):
    httpserver.expect_request(OVERPASS).respond_with_json(
        {**ANSWER, "remark": "runtime error: out of memory"}
    )
    with broken("net.remark"):
        get_release(job(httpserver, tmp_path, release("road", "osm")))
    assert list(tmp_path.iterdir()) == []


def test_osmnx_gives_a_network_that_is_read_again(httpserver, tmp_path):
    httpserver.expect_request(OVERPASS).respond_with_json(ANSWER)
    quiet = Limits(total_s=60)
    [got] = get_release(job(httpserver, tmp_path, release("road", "osm-network"), limits=quiet)).files
    assert admit(got.kept.path, name="x.graphml").driver == "graphml"
    assert [path.name for path in tmp_path.iterdir()] == ["osm_road_22212.graphml"]


def test_osmnx_leaves_its_settings_and_the_resolver_as_they_were(httpserver, tmp_path):
    import socket

    import osmnx

    before = (osmnx.settings.overpass_url, osmnx.settings.use_cache, socket.getaddrinfo)
    httpserver.expect_request(OVERPASS).respond_with_json(ANSWER)
    get_release(job(httpserver, tmp_path, release("road", "osm-network"), limits=Limits(total_s=60)))
    assert (osmnx.settings.overpass_url, osmnx.settings.use_cache, socket.getaddrinfo) == before


def test_an_answer_with_a_remark_is_not_kept_by_osmnx_either(httpserver, tmp_path):
    httpserver.expect_request(OVERPASS).respond_with_json(
        {**ANSWER, "remark": "runtime error: out of memory"}
    )
    with broken("net.remark"):
        get_release(job(httpserver, tmp_path, release("road", "osm-network"), limits=Limits(total_s=60)))
    assert list(tmp_path.iterdir()) == []


def test_osmnx_without_a_network_is_told(tmp_path):
    work = job(1, tmp_path, release("road", "osm-network"), limits=Limits(total_s=30))
    with broken("net.closed"):
        get_release(work)
