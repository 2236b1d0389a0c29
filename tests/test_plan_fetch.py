"""gisplan fetch: what is published for a plan, into its folder, with its record; nothing of the user is touched."""

import datetime as dt
import io
import json
import re
import tomllib
import zipfile

import pytest
import shapely
from small_files import Member, refused, zipped
from small_server import HOSTS, QUICK, raw_server, stand_in

from gisplan.cli.fetched import fetched_rows, fetched_text
from gisplan.core.errors import ConfigurationError, DiskError
from gisplan.layers.catalogue import packaged_folder, read_catalogue
from gisplan.layers.load import load
from gisplan.plan import ledger
from gisplan.plan.fetch import FetchRequest, fetch, hosts_of, list_wanted
from gisplan.plan.init import init
from gisplan.plan.read import read_plan
from gisplan.sources import archive as archives
from gisplan.sources.hosts import Network

CATALOGUE = read_catalogue(packaged_folder())
DAY = dt.date(2026, 4, 1)
KSJ = "/nlftp.mlit.go.jp/ksj/gml/data"
TOWN = shapely.box(138.300, 34.850, 138.330, 34.870)
SCHOOL = {"P29_003": 16001, "P29_004": "港小学校", "P29_005": "港町1", "P29_007": 1}
STOP = {"P11_001": "本町", "P11_002": "焼津バス", "P11_003_01": "港線"}


def geojson(*rows, shape=None):
    shape = shape or shapely.Point(138.31, 34.86)
    geometry = json.loads(shapely.to_geojson(shape))
    features = [{"type": "Feature", "properties": row, "geometry": geometry} for row in rows]
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False).encode()


def archive(folder, members):
    """Return a zip with Japanese names in CP932, as the ministry makes them."""
    return zipped(folder / "made.zip", members, kind=Member).read_bytes()


@pytest.fixture
def made(tmp_path):
    return tmp_path / "made"


@pytest.fixture
def plan(tmp_path):
    """Return a new plan, as init writes it."""
    return init(tmp_path / "plan", municipality="22212", day=DAY, catalogue=CATALOGUE)


@pytest.fixture
def served(httpserver, tmp_path):
    """Serve a municipality, schools and bus stops; everything else is not there."""
    httpserver.no_handler_status_code = 404
    made = tmp_path / "served"
    made.mkdir()
    town = {"N03_001": "静岡県", "N03_003": None, "N03_004": "焼津市", "N03_005": None, "N03_007": "22212"}
    other = {**town, "N03_004": "藤枝市", "N03_007": "22214"}
    rows = json.loads(geojson(town, shape=TOWN))
    rows["features"] += json.loads(geojson(other, shape=shapely.box(138.2, 34.8, 138.3, 34.9)))["features"]
    n03 = archive(made, {"N03-20250101_22.geojson": json.dumps(rows).encode(), "説明.txt": b"x"})
    p29 = archive(made, {"01-03_GeoJSON形式/P29-21.geojson": geojson(SCHOOL), "P29-21.xml": b"<x/>"})
    inner = archive(made, {"P11-22_22.geojson": geojson(STOP)})
    p11 = archive(made, {"P11-22_22_GML.zip": inner, "P11-22_23_GML.zip": inner})
    for path, body in (
        ("N03/N03-2025/N03-20250101_22_GML.zip", n03), ("P29/P29-21/P29-21_GML.zip", p29),
        ("P11/P11-22/P11-22_SHP.zip", p11),
    ):  # fmt: skip
        httpserver.expect_request(f"{KSJ}/{path}").respond_with_data(body, content_type="application/zip")
    return httpserver


def switch_on(plan, *layers):
    """Delete the # of some layers of a plan.toml."""
    blocks = plan.read_text("utf-8").split("\n\n")
    for position, block in enumerate(blocks):
        if any(f"# [layers.{layer}]" in block for layer in layers):
            blocks[position] = re.sub(r"^# (\[layers\.|\w+ = )", r"\1", block, flags=re.MULTILINE)
    plan.write_text("\n\n".join(blocks), "utf-8")


def run(plan, server, *layers, limits=QUICK, **options):
    request = FetchRequest(plan=plan, layers=layers, **{"day": DAY, **options})
    return fetch(request, network=stand_in(server, limits=limits))


def codes(outcome):
    return [problem.code for problem in outcome.problems]


# ---- the way of a planner ----------------------------------------------------------------------------


def test_what_init_wrote_is_fetched_and_read_as_it_stands(served, plan):
    switch_on(plan, "municipality", "school", "bus_stop")
    outcome = run(plan, served)
    assert codes(outcome) == []
    assert [layer.choice.spec.name for layer in outcome.layers] == ["municipality", "school", "bus_stop"]
    assert all(layer.switched_on for layer in outcome.layers)
    atlas = load(read_plan(plan, catalogue=CATALOGUE), catalogue=CATALOGUE)
    assert list(atlas.layers["municipality"].table["name"]) == ["焼津市"]
    assert atlas.layers["school"].table.iloc[0][["name", "kind"]].tolist() == ["港小学校", "小学校"]
    assert atlas.layers["bus_stop"].table.iloc[0][["name", "operator", "kind"]].tolist() == [
        "本町",
        "焼津バス",
        "港線",
    ]


def test_the_record_says_where_from_on_what_terms_and_that_nothing_is_pinned(served, plan):
    run(plan, served, "school")
    text = (plan.parent / "data" / "SOURCES.toml").read_text("utf-8")
    [row] = tomllib.loads(text)["file"]
    body = (plan.parent / "data" / "P29-21_GML.zip").read_bytes()
    import hashlib

    assert row == {
        "file": "P29-21_GML.zip",
        "layers": ["school"],
        "release": "2021",
        "url": "https://nlftp.mlit.go.jp/ksj/gml/data/P29/P29-21/P29-21_GML.zip",
        "licence": "CC BY 4.0",
        "credit": "「国土数値情報（学校データ）」（国土交通省）を加工して作成",
        "terms": "https://nlftp.mlit.go.jp/ksj/gml/datalist/KsjTmplt-P29-v2_0.html",
        "commercial": True,
        "redistribute": True,
        "sha256": hashlib.sha256(body).hexdigest(),
        "size": len(body),
        "pinned": False,
        "fetched_on": DAY,
        "how": "fetched",
    }


def test_a_layer_that_is_not_switched_on_is_shown_with_its_lines(served, plan):
    outcome = run(plan, served, "school")
    [layer] = outcome.layers
    assert not layer.switched_on
    for language in ("ja", "en"):
        said = fetched_text(outcome, language=language)
        assert '[layers.school]\npath = "data/P29-21_GML.zip"\nrelease = "2021"' in said
        assert "fetch.unpinned" in said
    text = plan.read_text("utf-8")
    plan.write_text(text.replace("\n# ---- 判定", f"\n{layer.lines}\n# ---- 判定"), "utf-8")
    assert read_plan(plan, catalogue=CATALOGUE).layers[0].release == "2021"
    assert run(plan, served, "school").layers[0].switched_on


def test_another_folder_is_named_in_the_lines(served, plan, tmp_path):
    outcome = run(plan, served, "school", to=tmp_path / "elsewhere")
    assert (tmp_path / "elsewhere" / "P29-21_GML.zip").is_file()
    assert not (plan.parent / "data" / "P29-21_GML.zip").exists()
    assert f'path = "{(tmp_path / "elsewhere").as_posix()}/P29-21_GML.zip"' in outcome.layers[0].lines


def test_another_release_is_fetched_by_its_name(served, plan, made):
    made.mkdir()
    body = archive(made, {"P29-13_22.geojson": geojson({"P29_004": "16002", "P29_005": "港中学校"})})
    served.expect_request(f"{KSJ}/P29/P29-13/P29-13_22.zip").respond_with_data(body)
    outcome = run(plan, served, "school", release="2013")
    assert 'release = "2013"' in outcome.layers[0].lines
    assert [doubt.code for doubt in outcome.doubts] == ["fetch.unpinned", "fetch.terms"]
    assert not fetched_rows(outcome)["layers"][0]["redistribute"]


def test_the_office_own_layers_are_left_alone(served, plan):
    plan.write_text(plan.read_text("utf-8") + '\n[layers.school]\npath = "data/my_schools.csv"\n', "utf-8")
    switch_on(plan, "municipality")
    outcome = run(plan, served)
    assert (outcome.own, [layer.choice.spec.name for layer in outcome.layers]) == (
        ("school",),
        ["municipality"],
    )


# ---- what is there already ---------------------------------------------------------------------------


def test_what_is_there_is_not_fetched_again(served, plan):
    run(plan, served, "school")
    asked = len(served.log)
    outcome = run(plan, served, "school", day=dt.date(2026, 5, 1))
    assert len(served.log) == asked
    assert not outcome.layers[0].fresh
    assert outcome.layers[0].rows[0].fetched_on == DAY


def test_refresh_fetches_again_and_keeps_the_old_file_where_that_fails(served, plan):
    run(plan, served, "school")
    path = plan.parent / "data" / "P29-21_GML.zip"
    before, record = path.read_bytes(), (path.parent / "SOURCES.toml").read_bytes()
    served.clear()
    served.expect_request(f"{KSJ}/P29/P29-21/P29-21_GML.zip").respond_with_data(
        "<html>", content_type="text/html"
    )
    assert codes(run(plan, served, "school", refresh=True)) == ["net.html_body"]
    assert path.read_bytes() == before
    assert (path.parent / "SOURCES.toml").read_bytes() == record
    served.clear()
    body = before + b""
    served.expect_request(f"{KSJ}/P29/P29-21/P29-21_GML.zip").respond_with_data(body)
    outcome = run(plan, served, "school", refresh=True, day=dt.date(2026, 5, 1))
    assert (outcome.layers[0].fresh, outcome.layers[0].rows[0].fetched_on) == (True, dt.date(2026, 5, 1))


def test_one_file_of_two_layers_is_fetched_once(served, plan, made):
    made.mkdir()
    body = archive(made, {"P14-21_22.geojson": geojson({"P14_008": "港の家"})})
    served.expect_request(f"{KSJ}/P14/P14-21/P14-21_22_GML.zip").respond_with_data(body)
    for refresh in (False, True):
        before = len(served.log)
        run(plan, served, "welfare", "childcare", refresh=refresh)
        assert len(served.log) - before == 1
    assert ledger.read_ledger(plan.parent / "data")["P14-21_22_GML.zip"].layers == ("childcare", "welfare")


def test_a_file_put_there_by_hand_is_checked_and_recorded(served, plan):
    path = plan.parent / "data" / "P29-21_GML.zip"
    zipped(path, {"P29-21.geojson": geojson(SCHOOL)})
    before = path.read_bytes()
    outcome = run(plan, served, "school")
    assert (codes(outcome), len(served.log)) == ([], 0)
    assert outcome.layers[0].rows[0].how == "by hand"
    assert codes(run(plan, served, "school", refresh=True)) == ["fetch.own_file"]
    assert path.read_bytes() == before


def test_a_page_put_there_by_hand_is_refused(served, plan):
    (plan.parent / "data" / "P29-21_GML.zip").write_text("<html>login</html>")
    assert codes(run(plan, served, "school")) == ["net.html_body"]


def test_a_file_that_was_changed_since_is_not_overwritten(served, plan):
    run(plan, served, "school")
    path = plan.parent / "data" / "P29-21_GML.zip"
    zipped(path, {"mine.geojson": geojson(SCHOOL)})
    mine = path.read_bytes()
    for refresh in (False, True):
        outcome = run(plan, served, "school", refresh=refresh)
        assert (codes(outcome), outcome.exit_code) == (["fetch.own_file"], 3)
        assert path.read_bytes() == mine


# ---- areas, meshes, tiles ----------------------------------------------------------------------------


def test_the_municipality_is_fetched_first_where_others_need_its_area(served, plan, made):
    made.mkdir()
    text = "KEY_CODE,T001102001\n,人口\n5238224522,120\n".encode("cp932")
    body = archive(made, {"tblT001102H5238.txt": text})
    served.expect_request("/www.e-stat.go.jp/gis/statmap-search/data").respond_with_data(body)
    outcome = run(plan, served, "population")
    assert [layer.choice.spec.name for layer in outcome.layers] == ["municipality", "population"]
    assert [row.file for row in outcome.layers[1].rows] == ["T001102_5238.zip"]
    assert served.log[-1][0].args["code"] == "5238"


def test_a_municipality_file_of_the_office_tells_the_area(served, plan):
    (plan.parent / "data" / "town.geojson").write_bytes(
        geojson({"code": "22212", "name": "焼津市"}, shape=TOWN)
    )
    text = plan.read_text("utf-8") + '\n[layers.municipality]\npath = "data/town.geojson"\n'
    plan.write_text(text, "utf-8")
    served.expect_request("/overpass-api.de/api/interpreter").respond_with_json(
        {"generator": "x", "osm3s": {}, "elements": []}
    )
    outcome = run(plan, served, "road", release="osm")
    assert [layer.choice.spec.name for layer in outcome.layers] == ["road"]
    assert codes(outcome) == []


def test_without_the_area_what_needs_it_is_told(served, plan):
    served.clear()
    served.no_handler_status_code = 404
    outcome = run(plan, served, "population")
    assert codes(outcome) == ["net.no_file", "fetch.area_unknown"]
    assert outcome.exit_code == 4


# ---- archives that are unpacked ----------------------------------------------------------------------


def test_an_archive_of_many_rivers_is_unpacked_and_read_whole(served, plan, made):
    made.mkdir()
    river = {"A31a_205": 3}
    members = {f"20_想定最大規模/A31a-20-22_{n}.geojson": geojson(river, shape=TOWN) for n in (1, 2)}
    members |= {"10_計画規模/A31a-10-22_1.geojson": geojson(river, shape=TOWN)}
    served.expect_request(f"{KSJ}/A31a/A31a-25/A31a-25_22_20_GEOJSON.zip").respond_with_data(
        archive(made, members)
    )
    outcome = run(plan, served, "flood")
    assert [doubt.code for doubt in outcome.doubts] == ["fetch.part_missing", "fetch.unpinned"]
    folder = plan.parent / "data" / "A31a-25_22_20_GEOJSON"
    assert sorted(path.name for path in folder.iterdir()) == ["A31a-20-22_1.geojson", "A31a-20-22_2.geojson"]
    switch_on(plan, "flood")
    table = load(read_plan(plan, catalogue=CATALOGUE), catalogue=CATALOGUE).layers["flood"].table
    assert list(table["depth_rank"]) == ["3", "3"]


def test_rivers_that_are_unpacked_anew_stand_beside_the_former_ones(served, plan, made):
    made.mkdir()
    url = f"{KSJ}/A31a/A31a-25/A31a-25_22_20_GEOJSON.zip"
    folder = plan.parent / "data" / "A31a-25_22_20_GEOJSON"
    for number in (1, 2):
        served.clear()
        served.no_handler_status_code = 404
        members = {f"A31a-20-22_{number}.geojson": geojson({"A31a_205": number}, shape=TOWN)}
        served.expect_request(url).respond_with_data(archive(made, members))
        outcome = run(plan, served, "flood", refresh=True)
    assert [path.name for path in folder.iterdir()] == ["A31a-20-22_2.geojson"]
    assert "fetch.set_aside" in [doubt.code for doubt in outcome.doubts]
    [aside] = [path for path in folder.parent.iterdir() if path.name.startswith(f"{folder.name}.2026")]
    assert [path.name for path in aside.iterdir()] == ["A31a-20-22_1.geojson"]
    assert len(run(plan, served, "flood").doubts) == 2, "what is there is not unpacked again"


def test_an_unpacking_that_breaks_off_leaves_no_half_folder(served, plan, made, monkeypatch):
    made.mkdir()
    members = {f"A31a-20-22_{n}.geojson": geojson({"A31a_205": n}, shape=TOWN) for n in (1, 2)}
    url = f"{KSJ}/A31a/A31a-25/A31a-25_22_20_GEOJSON.zip"
    served.expect_request(url).respond_with_data(archive(made, members))
    copied = archives.shutil.copyfileobj

    def full(source, target, *more):
        if target.name.endswith("A31a-20-22_2.geojson"):
            raise OSError(28, "No space left on device")
        copied(source, target, *more)

    monkeypatch.setattr(archives.shutil, "copyfileobj", full)
    with refused("out.disk_full", error=DiskError, exit_code=74):
        run(plan, served, "flood")
    monkeypatch.undo()
    folder = plan.parent / "data" / "A31a-25_22_20_GEOJSON"
    assert not folder.exists()
    run(plan, served, "flood")
    assert len(list(folder.iterdir())) == 2


def test_an_archive_without_what_it_should_hold_is_told(served, plan, made):
    made.mkdir()
    served.expect_request(f"{KSJ}/A31a/A31a-25/A31a-25_22_20_GEOJSON.zip").respond_with_data(
        archive(made, {"readme.geojson": geojson({})})
    )
    assert codes(run(plan, served, "flood")) == ["net.body"]


# ---- no network, failures ----------------------------------------------------------------------------


def test_without_a_network_each_file_is_named_with_its_address_and_place(plan):
    with raw_server() as (port, _):
        pass
    outcome = fetch(FetchRequest(plan=plan, day=DAY, everything=True), network=stand_in(port))
    assert set(codes(outcome)) == {"net.closed"}
    assert outcome.exit_code == 4
    rows = {row.layers[0]: row for row in outcome.by_hand}
    assert rows["school"].url == "https://nlftp.mlit.go.jp/ksj/gml/data/P29/P29-21/P29-21_GML.zip"
    assert rows["school"].path == plan.resolve().parent / "data" / "P29-21_GML.zip"
    published = {name for name, spec in CATALOGUE.items() if spec.source.releases}
    assert {layer for row in outcome.by_hand for layer in row.layers} == published
    assert str(rows["school"].path) in fetched_text(outcome, language="ja")


def test_the_list_asks_nothing_of_the_network(plan, monkeypatch):
    monkeypatch.setattr("socket.getaddrinfo", lambda *_: pytest.fail("the network was asked"))
    outcome = list_wanted(FetchRequest(plan=plan, day=DAY, everything=True))
    assert (outcome.exit_code, outcome.layers) == (0, ())
    rows = {row.path.name: row for row in outcome.by_hand}
    assert rows["P14-21_22_GML.zip"].layers == ("childcare", "welfare")
    assert "静岡県" in rows["toshikeikaku_22.zip"].note.ja
    assert "municipality" in rows["N13-24_*_SHP.zip"].note.en
    assert fetched_rows(outcome)["by_hand"][0]["url"].startswith("https://")


def test_with_nothing_switched_on_the_list_holds_all_and_says_so(plan):
    asked_all = list_wanted(FetchRequest(plan=plan, day=DAY, everything=True))
    outcome = list_wanted(FetchRequest(plan=plan, day=DAY))
    assert outcome.by_hand == asked_all.by_hand
    assert (outcome.all_listed, asked_all.all_listed) == (True, False)
    assert fetched_rows(outcome)["all_listed"] is True
    for language, said in (("ja", "すべて示します"), ("en", "all that can be fetched")):
        assert said in fetched_text(outcome, language=language)
        assert said not in fetched_text(asked_all, language=language)
    plan.write_text(
        f"{plan.read_text('utf-8')}\n[layers.school]\npath = 'a.zip'\nrelease = '2021'\n", "utf-8"
    )
    some = list_wanted(FetchRequest(plan=plan, day=DAY))
    assert ({name for row in some.by_hand for name in row.layers}, some.all_listed) == ({"school"}, False)


def test_one_failure_does_not_keep_the_rest_from_being_fetched(served, plan):
    outcome = run(plan, served, "station", "school", "interchange")
    assert [layer.choice.spec.name for layer in outcome.layers] == ["school"]
    assert codes(outcome) == ["net.no_file", "net.no_file"]
    assert {row.layers for row in outcome.by_hand} == {("station",), ("interchange",)}


def test_a_full_disk_leaves_the_record_as_it_was(served, plan, monkeypatch):
    run(plan, served, "school")
    before = (plan.parent / "data" / "SOURCES.toml").read_bytes()

    def full(_stream):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with refused("out.disk_full", error=DiskError, exit_code=74):
        ledger.write_ledger(plan.parent / "data", [])
    monkeypatch.undo()
    assert (plan.parent / "data" / "SOURCES.toml").read_bytes() == before
    assert [path.name for path in (plan.parent / "data").iterdir() if path.name.startswith(".")] == []


# ---- what is asked wrongly ---------------------------------------------------------------------------


def asked(code, **options):
    return refused(code, error=ConfigurationError, exit_code=3, **options)


def test_a_plan_with_nothing_switched_on_is_told(plan, served):
    with asked("fetch.nothing"):
        run(plan, served)


def test_a_layer_that_nobody_publishes_is_told(plan, served):
    with asked("fetch.no_release"):
        run(plan, served, "vacant_house")


def test_an_unknown_layer_or_release_is_told(plan, served):
    with asked("config.unknown_layer"):
        run(plan, served, "shcool")
    with asked("config.unknown_release"):
        run(plan, served, "school", release="1999")


def test_a_wrong_municipality_is_told_with_its_line(plan, served):
    plan.write_text(plan.read_text("utf-8").replace('["22212"]', '["99999"]'), "utf-8")
    with asked("config.municipality", place="plan.toml:"):
        run(plan, served, "school")


def test_only_hosts_of_the_catalogue_and_of_the_plan_are_asked(plan, tmp_path, monkeypatch):
    names = []

    def unknown(name, *_arguments, **_options):
        names.append(name)
        raise OSError(-2, "no such host")

    monkeypatch.setattr("socket.getaddrinfo", unknown)
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "layers" / "life"
    folder.mkdir(parents=True)
    text = (packaged_folder() / "life" / "school.toml").read_text("utf-8")
    (folder / "school.toml").write_text(text.replace("nlftp.mlit.go.jp", "data.example.invalid"), "utf-8")
    base = tmp_path / "layers" / "base"
    base.mkdir()
    (base / "municipality.toml").write_bytes((packaged_folder() / "base" / "municipality.toml").read_bytes())
    request = FetchRequest(plan=plan, day=DAY, layers=("school",), catalogue=tmp_path / "layers")
    assert codes(fetch(request)) == ["sec.host"]
    plan.write_text(plan.read_text("utf-8").replace("# [fetch]", "[fetch]").replace(
        '# hosts = ["data.example.jp"]', 'hosts = ["data.example.invalid"]'), "utf-8")  # fmt: skip
    assert names == []
    fetch(request)
    assert set(names) == {"data.example.invalid"}


def test_the_hosts_are_those_of_the_catalogue():
    assert set(HOSTS) == set(hosts_of(CATALOGUE))
    assert isinstance(Network(hosts=hosts_of(CATALOGUE)), Network)


def test_a_record_is_read_as_it_was_written(tmp_path):
    row = ledger.Row(
        file="a.zip", layers=("x", "y"), release='2"0', url="https://x/?a=1&b=\\", licence="改\n行\x7f", credit="「」",
        terms="", commercial=False, redistribute=True, sha256="0", size=3, pinned=True, fetched_on=DAY, how="by hand",
    )  # fmt: skip
    ledger.write_ledger(tmp_path, [row])
    assert ledger.read_ledger(tmp_path) == {"a.zip": row}


def test_two_municipalities_have_an_entry_each(served, plan):
    plan.write_text(plan.read_text("utf-8").replace('["22212"]', '["22212", "22214"]'), "utf-8")
    page = '<table><tr><td>静岡県 <a href="/x.zip">GeoJSON</a></td></tr></table>'
    served.expect_request("/www.mlit.go.jp/toshi/tosiko/toshi_tosiko_tk_000182.html").respond_with_data(
        page.encode()
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("22212_youto.geojson", "{}")
    served.expect_request("/www.mlit.go.jp/x.zip").respond_with_data(buffer.getvalue())
    [layer] = run(plan, served, "zone").layers
    assert layer.lines.count("[[layers.zone]]") == 2
    assert '"*22214_youto.geojson"' in layer.lines
    assert len([request for request, _ in served.log if request.path.endswith("x.zip")]) == 1


def test_feeds_with_licences_of_their_own_say_so_in_the_lines(served, plan):
    row = {"organization_id": "o", "organization_name": "焼津交通", "feed_id": "f", "feed_license_id": "CC0",
           "file_url": "https://api.gtfs-data.jp/v2/feed.zip"}  # fmt: skip
    served.expect_request("/api.gtfs-data.jp/v2/files").respond_with_json({"body": [row]})
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("stops.txt", "stop_id,stop_name,stop_lat,stop_lon\n1,本町,34.86,138.31\n")
    served.expect_request("/api.gtfs-data.jp/v2/feed.zip").respond_with_data(buffer.getvalue())
    [layer] = run(plan, served, "gtfs").layers
    assert tomllib.loads(layer.lines)["layers"]["gtfs"] == {
        "path": "data/gtfs_*.zip", "release": "current", "credit": "焼津交通 GTFS", "licence": "CC0",
    }  # fmt: skip
    asked = len(served.log)
    assert not run(plan, served, "gtfs").layers[0].fresh
    assert len(served.log) == asked
