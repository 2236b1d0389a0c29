"""The parts of `gisplan serve` by themselves: names, files that wait, entries, watching, work, the doctor's answer."""

import datetime as dt
import io
import os
import threading
import tomllib
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_files import shapefile, zipped
from village import on_disk

from gisplan.core.errors import ConfigurationError, InputError
from gisplan.core.words import LayerEntry
from gisplan.layers.catalogue import packaged_folder, read_catalogue
from gisplan.maps import assets
from gisplan.plan.read import read_plan
from gisplan.plan.serving import holding as holding_module
from gisplan.plan.serving.diagnosis import Asked, diagnose
from gisplan.plan.serving.editing import Editor, whole_code
from gisplan.plan.serving.entries import BACKUPS, as_saved, lines_of, with_entry
from gisplan.plan.serving.fits import fits
from gisplan.plan.serving.holding import Holding
from gisplan.plan.serving.naming import base_name, numbered
from gisplan.plan.serving.page import page_of, policy_of, serve_words
from gisplan.plan.serving.watching import Watch, Watched
from gisplan.plan.serving.worker import StoppedError, Worker
from gisplan.sources.reader import Reader

CATALOGUE = read_catalogue(packaged_folder())
SMALL = {
    name: None
    for name in on_disk.PATHS
    if name
    not in {
        "municipality",
        "zone",
        "promotion_area",
        "hub",
        "city_planning_area",
        "area_division",
        "priority_district",
    }
}


def put_down(holding, name, data, drop=None):
    """Drop a file, in a drop of its own where none is named, and return the drop."""
    drop = drop or holding.begin()
    holding.receive(drop, name, stream=io.BytesIO(data), length=len(data))
    return drop


# ---- names -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["../x.csv", "a/b.csv", "a\\b.csv", "C:x.csv", "x.csv:stream", "..", ".", "", ".hidden", "~$book.xlsx", "con",
     "NUL.csv", "com1.shp", "LPT¹.txt", "CONIN$", "aux .csv", "end.", "end ", "a\x00b", "a\nb", "a\u202eb.csv", "a?b",
     "x" * 201, "あ" * 67],
)  # fmt: skip
def test_a_name_that_leads_elsewhere_is_refused(name):
    with pytest.raises(InputError) as refused:
        base_name(name)
    assert refused.value.problems[0].code == "serve.name"


@pytest.mark.parametrize(
    "name", ["用途地域 (最新).shp", "com10.csv", "console.csv", "a.b.c", "あ" * 60 + ".csv"]
)
def test_a_plain_name_is_kept(name):
    assert base_name(name) == name


def test_a_name_of_a_mac_is_composed():
    assert base_name("か\u3099.csv") == "が.csv"


@settings(max_examples=60)
@given(st.text(max_size=40))
def test_no_name_leaves_its_folder(name):
    try:
        plain = base_name(name)
    except InputError:
        return
    place = Path(os.path.abspath(Path("/folder") / plain))  # noqa: PTH100 (no file is asked)
    assert place.parent == Path("/folder").absolute()
    assert place.name == plain


def test_numbers_stand_before_all_endings():
    assert [numbered("zone.shp.xml", n) for n in (1, 2)] == ["zone.shp.xml", "zone-2.shp.xml"]


# ---- files that wait -------------------------------------------------------------------------------------


def test_a_drop_keeps_its_files_together_and_apart_from_others(tmp_path):
    holding = Holding(tmp_path)
    first = put_down(holding, "a.csv", b"1")
    second = put_down(holding, "a.csv", b"22")
    for name in ("zone.shp", "ZONE.dbf", "zone.shp.xml", "other.dbf"):
        put_down(holding, name, b"xyz", drop=second)
    held = [(one.drop, one.name, one.companions, one.size) for one in holding.waiting()]
    assert held == [
        (second, "a.csv", (), 2),
        (second, "other.dbf", (), 3),
        (second, "zone.shp", ("ZONE.dbf", "zone.shp.xml"), 9),
        (first, "a.csv", (), 1),
    ]
    assert (tmp_path / "received" / first / "a.csv").read_bytes() == b"1"


def test_nothing_is_overwritten(tmp_path):
    holding = Holding(tmp_path)
    drop = put_down(holding, "a.csv", b"1")
    with pytest.raises(InputError, match=r"serve\.held_already"):
        put_down(holding, "A.CSV", b"2", drop=drop)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "A.csv").write_bytes(b"there")
    moved = holding.move_in(drop, "a.csv")
    assert [path.name for path in moved.values()] == ["a-2.csv"]
    assert (tmp_path / "data" / "A.csv").read_bytes() == b"there"


def test_a_file_that_is_cut_off_leaves_nothing(tmp_path):
    holding = Holding(tmp_path)
    drop = holding.begin()
    with pytest.raises(InputError, match=r"serve\.cut_off"):
        holding.receive(drop, "a.csv", stream=io.BytesIO(b"12"), length=3)
    assert list((tmp_path / "received" / drop).iterdir()) == []


def test_too_large_and_too_many_are_refused(tmp_path, monkeypatch):
    holding = Holding(tmp_path)
    drop = holding.begin()
    with pytest.raises(InputError, match=r"file\.too_large"):
        holding.receive(drop, "a.csv", stream=io.BytesIO(), length=holding_module.LARGEST + 1)
    monkeypatch.setattr(holding_module, "MOST_FILES", 1)
    put_down(holding, "a.csv", b"1", drop=drop)
    with pytest.raises(InputError, match=r"serve\.many_files"):
        put_down(holding, "b.csv", b"1", drop=drop)


@pytest.mark.parametrize("drop", ["../..", "0002", "", "0001/..", "１"])
def test_a_drop_that_nobody_began_is_not_there(tmp_path, drop):
    holding = Holding(tmp_path)
    put_down(holding, "a.csv", b"1")
    for ask in (lambda: holding.path(drop, "a.csv"), lambda: holding.discard(drop, "a.csv")):
        with pytest.raises(InputError, match=r"serve\.not_held"):
            ask()
    assert (tmp_path / "received" / "0001" / "a.csv").is_file()


def test_one_file_of_a_drop_is_thrown_away_with_its_companions_alone(tmp_path):
    holding = Holding(tmp_path)
    drop = put_down(holding, "a.csv", b"1")
    for name in ("b.csv", "道.shp", "道.dbf", "道.shp.xml", "川.dbf"):
        put_down(holding, name, b"1", drop=drop)
    there = lambda: sorted(path.name for path in (holding.folder / drop).iterdir())  # noqa: E731
    holding.discard(drop, "a.csv")
    assert there() == ["b.csv", "川.dbf", "道.dbf", "道.shp", "道.shp.xml"]
    holding.discard(drop, "道.shp")
    assert there() == ["b.csv", "川.dbf"]
    for gone in ("a.csv", "../plan.toml", ""):
        with pytest.raises(InputError):
            holding.discard(drop, gone)
    holding.discard(drop, "川.dbf")
    holding.discard(drop, "b.csv")
    assert not (holding.folder / drop).exists()


@pytest.mark.skipif(os.name == "nt", reason="links need a right of their own on Windows")
def test_links_lead_nowhere(tmp_path):
    secret = tmp_path / "secret.csv"
    secret.write_bytes(b"secret")
    holding = Holding(tmp_path / "plan")
    drop = put_down(holding, "a.csv", b"1")
    (holding.folder / drop / "link.csv").symlink_to(secret)
    assert [one.name for one in holding.waiting()] == ["a.csv"]
    with pytest.raises(InputError, match=r"serve\.not_held"):
        holding.path(drop, "link.csv")
    other = Holding(tmp_path / "other")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "received").symlink_to(tmp_path / "plan")
    with pytest.raises(ConfigurationError, match=r"serve\.no_folder"):
        other.begin()
    assert other.waiting() == ()


# ---- entries of plan.toml --------------------------------------------------------------------------------

PLAN = '\ufeff# 計画 / plan\r\n[plan]\r\ntitle = "村"\r\nmunicipality = ["22999"] # ここ\r\ndate = 2026-11-01\r\n'


@pytest.fixture
def begun(tmp_path):
    """Return an editor of a plan without layers, its file, and a file that waits."""
    plan = tmp_path / "plan.toml"
    plan.write_bytes(PLAN.encode())
    holding = Holding(tmp_path)
    drop = put_down(holding, "店.csv", "番号,名称,緯度,経度\n1,店,34.9,138.3\n".encode())
    editor = Editor(plan, layers=packaged_folder(), holding=holding)
    return SimpleNamespace(editor=editor, plan=plan, holding=holding, drop=drop, folder=tmp_path)


def entry_of(layer="shop", **more):
    return LayerEntry(layer=layer, path=("received/x.csv",), **more)


def test_lines_are_read_as_they_were_meant():
    entry = entry_of(columns={"name": 'a"b'}, crs="EPSG:6676", credit="庁内\x7f")
    text = PLAN.lstrip("\ufeff") + lines_of(entry)
    document = tomllib.loads(text)
    assert document["layers"]["shop"] == {
        "path": "received/x.csv", "crs": "EPSG:6676", "credit": "庁内\x7f", "columns": {"name": 'a"b'},
    }  # fmt: skip


def test_a_layer_is_added_behind_every_byte_that_was_there(begun):
    begun.editor.add(entry_of(), drop=begun.drop, name="店.csv")
    after = begun.plan.read_bytes()
    assert after == PLAN.encode() + '\r\n[layers.shop]\r\npath = "data/店.csv"\r\n'.encode()
    assert (begun.folder / "data" / "店.csv").is_file()
    assert begun.holding.waiting() == ()
    assert (begun.folder / BACKUPS / "plan-0001.toml").read_bytes() == PLAN.encode()
    assert read_plan(begun.plan, catalogue=CATALOGUE).layers[0].path == ("data/店.csv",)


def test_undo_brings_back_plan_and_file(begun):
    begun.editor.add(entry_of(), drop=begun.drop, name="店.csv")
    assert begun.editor.last == "[layers.shop] data/店.csv"
    begun.editor.undo()
    assert begun.plan.read_bytes() == PLAN.encode()
    assert [one.name for one in begun.holding.waiting()] == ["店.csv"]
    with pytest.raises(InputError, match=r"serve\.nothing_to_undo"):
        begun.editor.undo()


def test_undo_leaves_what_somebody_else_wrote(begun):
    begun.editor.add(entry_of(), drop=begun.drop, name="店.csv")
    begun.plan.write_bytes(begun.plan.read_bytes() + "# 手で\r\n".encode())
    with pytest.raises(InputError, match=r"serve\.changed_since"):
        begun.editor.undo()
    assert "手で" in begun.plan.read_text("utf-8")
    assert (begun.folder / "data" / "店.csv").is_file()


@pytest.mark.parametrize("line", ["path = 'data/old.csv' # 前の", 'path="data/\\"old.csv"'])
def test_a_layer_of_one_path_gets_another_file_and_nothing_else_changes(begun, line):
    text = f"{PLAN}[layers.shop]\r\n{line}\r\ncredit = 'x'\r\n"
    begun.plan.write_bytes(text.encode())
    begun.editor.add(entry_of(), drop=begun.drop, name="店.csv")
    tail = line.partition(" #")[1:]
    written = line.partition("path")[1] + ("=" if line[4] == "=" else " = ") + '"data/店.csv"' + "".join(tail)
    assert begun.plan.read_bytes().decode() == text.replace(line, written)


@pytest.mark.parametrize(
    "table",
    [
        '[[layers.shop]]\npath = "a.csv"\n',
        '[layers.shop]\npath = ["a.csv", "b.csv"]\n',
        'layers.shop.path = "a.csv"\n',
    ],
)
def test_a_layer_that_a_person_has_to_change_is_left_to_them(begun, table):
    where = PLAN.replace("[plan]", f"{table}[plan]") if table.startswith("layers") else f"{PLAN}{table}"
    begun.plan.write_bytes(where.encode())
    with pytest.raises(ConfigurationError, match=r"serve\.layer_there"):
        begun.editor.add(entry_of(), drop=begun.drop, name="店.csv")
    assert begun.plan.read_bytes() == where.encode()
    assert [one.name for one in begun.holding.waiting()] == ["店.csv"]


def test_lines_that_would_be_a_mistake_are_not_written(begun):
    with pytest.raises(ConfigurationError, match=r"config\.unknown_field"):
        begun.editor.add(entry_of(columns={"no_field": "x"}), drop=begun.drop, name="店.csv")
    assert begun.plan.read_bytes() == PLAN.encode()
    assert not (begun.folder / "data").exists()


def test_older_mistakes_do_not_keep_a_layer_out():
    before = PLAN.replace("date =", 'audience = "nobody"\r\ndate =').encode()
    after = with_entry(before, entry_of(), plan=Path("plan.toml"), catalogue=CATALOGUE)
    assert after.startswith(before)


def test_a_saved_text_keeps_line_ends_and_mark():
    before = PLAN.encode()
    assert as_saved(PLAN.lstrip("\ufeff").replace("\r\n", "\n"), before) == before
    assert as_saved("a\n", b"b\n") == b"a\n"


def test_saving_is_tried_first_and_never_over_others(begun):
    begun.plan.write_bytes((PLAN + '[layers.shop]\r\npath = "x.csv"\r\n').encode())
    text, known = begun.editor.text()
    with pytest.raises(ConfigurationError) as refused:
        begun.editor.rewrite(text.replace("title", "titel"), known=known)
    assert {problem.place.partition(" ")[0] for problem in refused.value.problems} >= {"plan.toml:3"}
    begun.editor.rewrite(text.replace("村", "町"), known=known)
    assert begun.plan.read_bytes().decode() == (PLAN + '[layers.shop]\r\npath = "x.csv"\r\n').replace(
        "村", "町"
    )
    with pytest.raises(InputError, match=r"serve\.changed_since"):
        begun.editor.rewrite(text, known=known)
    begun.editor.undo()
    assert begun.editor.text() == (text, known)


def test_a_plan_is_begun_once(tmp_path):
    plan = tmp_path / "new" / "plan.toml"
    editor = Editor(plan, layers=packaged_folder(), holding=Holding(plan.parent))
    with pytest.raises(ConfigurationError, match=r"config\.municipality"):
        editor.begin("99999", day=dt.date(2026, 11, 1))
    editor.begin("222127", day=dt.date(2026, 11, 1))  # Yaizu with its check digit
    assert 'municipality = ["22212"]' in plan.read_text("utf-8")
    with pytest.raises(ConfigurationError, match=r"config\.exists"):
        editor.begin("", day=dt.date(2026, 11, 1))


@pytest.mark.parametrize(
    ("typed", "code"),
    [("22212", "22212"), ("２２２１２", "22212"), ("2201", "02201"), ("022012", "02201"), ("x", "x")],
)
def test_codes_are_read_as_people_type_them(typed, code):
    assert whole_code(typed) == code


# ---- watching and work -----------------------------------------------------------------------------------


def test_a_change_is_told_once_it_is_still(tmp_path):
    looks = iter([{"a": (1, 1)}, {"a": (1, 1)}, {"a": (2, 5)}, {"a": (2, 9)}, {"a": (2, 9)}])
    told, done, last = [], threading.Event(), {"a": (2, 9)}

    def look():
        found = next(looks, None)
        if found is None:
            done.set()
        return last if found is None else found

    watch = Watch(SimpleNamespace(look=look), lambda: told.append(1), pause=0.001)
    watch.start()
    assert done.wait(10)
    watch.end()
    assert told == [1]


def test_everything_that_a_plan_reads_is_watched(tmp_path):
    plan = on_disk.build(
        tmp_path, tail='[[scenario]]\nname = "開通"\n[[scenario.road]]\npath = "new.shp"\nopen = true\n'
    )
    shapefile(tmp_path, stem="new")
    watched = Watched(plan, packaged_folder())
    before = watched.look()
    names = {Path(name).name for name in before}
    assert {
        "plan.toml",
        "zone.toml",
        "municipality.geojson",
        "vacant_house.csv",
        "new.shp",
        "new.dbf",
    } <= names
    assert watched.look() == before
    hub = tmp_path / "data" / "hub.csv"
    hub.write_text(hub.read_text("utf-8") + "\n", "utf-8")
    assert watched.look() != before
    plan.write_text("broken", "utf-8")
    assert {Path(name).name for name in watched.look()}.isdisjoint({"hub.csv"})


def test_what_is_asked_meanwhile_is_done_once_more():
    done, begun, go = [], threading.Event(), threading.Event()

    def do(kind, _progress):
        begun.set()
        assert go.wait(10)
        done.append(kind)

    worker = Worker(do)
    worker.ask("check")
    worker.start()
    assert begun.wait(10)
    for kind in ("check", "run", "check", "check"):
        worker.ask(kind)
    assert worker.job.queued == "run"
    go.set()
    assert worker.wait(10)
    worker.end(10)
    assert done == ["check", "run"]


def test_work_stops_at_its_next_step():
    begun, stopped, ended = threading.Event(), threading.Event(), []

    def do(_kind, progress):
        try:
            begun.set()
            assert stopped.wait(10)
            progress("network")
        except StoppedError:
            ended.append("stopped")

    worker = Worker(do)
    worker.start()
    worker.ask("run")
    assert begun.wait(10)
    worker.ask("run")
    worker.stop()
    stopped.set()
    assert worker.wait(10)
    assert ended == ["stopped"]
    worker.end(10)
    worker.ask("run")
    assert worker.job is None


# ---- which layer a file is -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("columns", "kind", "name", "layer"),
    [
        (["用途地域", "容積率", "建蔽率"], "polygon", "youto.shp", "zone"),
        (["A29_001", "A29_004", "A29_005", "A29_006", "A29_007"], "polygon", "A29-19_22212.shp", "zone"),
        (["管理番号", "公開同意", "建築年", "緯度", "経度"], "table", "リスト.csv", "vacant_house"),
        (["KEY_CODE", "T001102001"], "table", "tblT001102.txt", "population"),
        (["N03_001", "N03_004", "N03_007"], "polygon", "N03-20240101_22.geojson", "municipality"),
        ((), "raster", "標高.tif", "elevation"),
    ],
)
def test_a_file_is_known_by_its_columns_and_name(columns, kind, name, layer):
    assert fits(columns, kind, name=name, catalogue=CATALOGUE)[0].spec.name == layer


def test_a_file_that_is_nothing_of_ours_is_offered_as_nothing():
    assert fits(["foo", "bar"], "table", name="x.csv", catalogue=CATALOGUE) == ()
    assert all(fit.spec.kind != "line" for fit in fits(["幅員"], "polygon", name="x", catalogue=CATALOGUE))


@pytest.fixture(scope="module")
def village(tmp_path_factory):
    """Return the plan of the village, and a folder of files that wait beside it."""
    folder = tmp_path_factory.mktemp("doctor")
    plan = read_plan(on_disk.build(folder, tail="", **SMALL), catalogue=CATALOGUE)
    return SimpleNamespace(folder=folder, plan=plan)


def doctor(village, name, *, plan=True, **more):
    asked = Asked(path=village.folder / name, name=name, **more)
    with Reader() as reader:
        return diagnose(asked, plan=village.plan if plan else None, catalogue=CATALOGUE, reader=reader)


def test_a_list_of_houses_is_told_whole(village):
    told = doctor(village, "data/vacant_house.csv")
    assert (told.kind, told.rows, told.driver, told.encoding) == ("table", 8, "csv", "utf-8")
    assert told.chosen == "vacant_house"
    assert not told.taken
    assert "EPSG:6668" in told.systems[0].ja
    assert "100.0%" in told.systems[0].ja
    assert told.lines == '[layers.vacant_house]\npath = "data/vacant_house.csv"\n'
    assert (told.layer.rows.read, told.layer.rows.kept) == (8, 7)  # one year cannot be read
    assert {field.column for field in told.fields if field.name == "built_year"} == {"建築年"}
    assert told.problems == ()


def test_a_file_without_crs_is_told_where_it_fits(village):
    shapefile(village.folder, stem="ground", crs=None, 用途地域=["商業地域"] * 3)
    told = doctor(village, "ground.shp")
    assert (told.kind, told.crs.ja, told.chosen, told.rows) == ("polygon", "", "zone", 3)
    assert told.systems
    assert told.taken
    assert told.replaceable
    assert told.lines == 'path = "data/ground.shp"\n'


def test_a_column_by_another_name_is_told_and_mended(village):
    (village.folder / "店.csv").write_text("no,みせ,lat,lon\n1,店,34.87,138.32\n", "utf-8")
    told = doctor(village, "店.csv", layer="shop", columns={"name": "みせ"})
    assert 'columns = { name = "みせ" }' in told.lines
    missing = doctor(village, "店.csv", layer="shop", columns={"name": "ない列"})
    assert [stop.code for stop in missing.layer.stops] == ["tab.column"]


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("a.pdf", b"%PDF-1.7", "file.pdf"),
        ("empty.csv", b"", "file.empty"),
        ("vrt.geojson", b"<OGRVRTDataSource/>", "sec.vrt"),
        ("broken.gpkg", b"SQLite format 3\x00" + b"\xff" * 200, None),
        ("book.xlsx", b"PK\x03\x04broken", None),
    ],
)
def test_a_broken_file_is_told_with_its_cure(village, name, data, code):
    (village.folder / name).write_bytes(data)
    told = doctor(village, name)
    assert told.problems
    assert code in {None, told.problems[0].code}
    assert all(problem.do.ja and problem.do.en and problem.what.ja for problem in told.problems)
    assert (told.kind, told.rows, told.layer) == (None, None, None)


def test_an_archive_of_several_files_asks_which(village):
    rows = b"name,lat,lon\na,34.9,138.3\n"
    zipped(village.folder / "both.zip", {"a.csv": rows, "b.csv": rows})
    told = doctor(village, "both.zip")
    assert told.problems
    assert "a.csv" in told.problems[0].what.ja + told.problems[0].do.ja
    assert doctor(village, "both.zip", table="a.csv").rows == 1


def test_a_boundary_file_names_its_municipalities(village):
    feature = (
        '{{"type":"Feature","properties":{{"N03_001":"静岡県","N03_004":"{}","N03_007":"{}"}},"geometry":'
        '{{"type":"Polygon","coordinates":[[[138.3,34.8],[138.4,34.8],[138.4,34.9],[138.3,34.8]]]}}}}'
    )
    features = ",".join(feature.format(*pair) for pair in (("焼津市", "22212"), ("藤枝市", "22214")))
    (village.folder / "N03.geojson").write_text(
        f'{{"type":"FeatureCollection","features":[{features}]}}', "utf-8"
    )
    told = doctor(village, "N03.geojson", plan=False)
    assert told.municipalities == (("22212", "焼津市"), ("22214", "藤枝市"))
    assert (told.chosen, told.layer) == ("municipality", None)


# ---- the page --------------------------------------------------------------------------------------------


def test_every_word_of_the_page_is_used_and_stands_in_both_languages():
    used = "".join(assets.own(name) for name in ("serve.html", "serve.js", "serve_files.js", "serve_plan.js"))
    built = ("end_", "ended_", "kind_")
    unused = [
        key
        for key in serve_words()
        if f"w.{key}" not in used
        and f'"{key}"' not in used
        and f"words.{key}" not in used
        and not key.startswith(built)
    ]
    assert unused == []
    assert all(text.ja and text.en for text in serve_words().values())


def test_the_page_runs_its_own_scripts_and_asks_its_own_server_alone():
    page = page_of(CATALOGUE, hand="</script><b>", language="ja")
    assert "</script><b>" not in page
    rules = dict(rule.split(" ", 1) for rule in policy_of(page).split("; "))
    assert rules["default-src"] == "'none'"
    assert rules["connect-src"] == rules["frame-src"] == "'self'"
    assert rules["frame-ancestors"] == "'none'"
    assert rules["script-src"].count("sha256-") == 3
    assert "unsafe" not in policy_of(page)
