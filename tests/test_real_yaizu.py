"""A whole plan on real files: the open data of 焼津市, from the files as published to the map.

The known figures were computed beside this project, with other tools, from the same files.
"""

import csv
import hashlib
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import zipfile
from pathlib import Path
from types import SimpleNamespace

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
from deep_bytes import Places, contents, names, placed, told
from filelock import FileLock
from village import on_disk

from gisplan.layers.catalogue import packaged_folder, read_catalogue
from gisplan.layers.origins import files_of
from gisplan.network.build import build
from gisplan.network.link import usable
from gisplan.network.snap import attach, snap
from gisplan.network.speeds import speeds
from gisplan.plan.read import read_plan
from gisplan.plan.run import Request, run

pytestmark = pytest.mark.real

PLAN = Path(__file__).parent / "real" / "yaizu" / "plan.toml"
DATA = "../../../../shared/data"
EAST, OGAWA = "東益津・豊田区域", "小川区域"
ORDERED = {"zone", "area_division", "neighbourhood", "inland_flood", "vacant_house"}
"""Invalid polygons, and houses outside the city: findings name them by row, which is right to follow the file."""

YAIZU, SMART = "焼津", "大井川焼津藤枝SIC"


def plan_over(data, folder, **swaps):
    """Write Yaizu's plan.toml into a folder, over other data; a swap replaces a file's name."""
    folder.mkdir(parents=True)
    text = PLAN.read_text("utf-8").replace(DATA, Path(os.path.relpath(data, folder)).as_posix())
    for old, new in swaps.items():
        assert f"{old}.geojson" in text
        text = text.replace(f"{old}.geojson", new)
    path = folder / "plan.toml"
    path.write_text(text, "utf-8")
    return path


def started(plan, out, *, seed, audience="internal"):
    """Start a run in a process of its own, with a seed of its own for the order of sets."""
    command = [sys.executable, "-m", "gisplan", "run", str(plan), "--out", str(out), "--json", "--quiet"]
    command += ["--audience", audience]
    return subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONHASHSEED": str(seed)},
    )


def finished(process):
    out, err = process.communicate(timeout=900)
    assert (process.returncode, err.decode("utf-8")) == (0, ""), out.decode("utf-8")[-2000:]


def mixed(rows):
    """Return rows in an order that has nothing to do with theirs."""
    return sorted(rows, key=lambda row: hashlib.sha256(str(row).encode()).digest())


def shuffled_copy(path, target):
    """Copy a file with its rows in another order."""
    if path.suffix == ".csv":
        encoding = "cp932" if "cp932" in path.name else "utf-8"
        with path.open(encoding=encoding, newline="") as source, target.open("w", encoding=encoding) as copy:
            head, *rows = csv.reader(source)
            csv.writer(copy, lineterminator="\n").writerows([head, *mixed(rows)])
    elif path.suffix == ".geojson":
        content = json.loads(path.read_text("utf-8-sig"))
        content["features"] = mixed(content["features"])
        target.write_text(json.dumps(content, ensure_ascii=False), "utf-8")
    else:
        encoding = {"encoding": "cp932"} if path.suffix == ".shp" else {}
        table = gpd.read_file(path, **encoding)
        table.iloc[mixed(range(len(table)))].to_file(target, **encoding)


def other_copy(layer, path, target):
    target.parent.mkdir(parents=True, exist_ok=True)
    if layer in ORDERED:
        for part in path.parent.glob(f"{path.stem}.*"):
            shutil.copy(part, target.parent)
    else:
        shuffled_copy(path, target)


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """Return a folder that all workers of pytest share."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if os.environ.get("PYTEST_XDIST_WORKER") else own


@pytest.fixture(scope="module")
def yaizu(real_data, shared):
    """Return the outputs of three runs: the plan, the plan for the public, and the plan over shuffled rows."""
    folder = shared / "yaizu"
    runs = {name: folder / name / "out" for name in ("first", "public", "shuffled")}
    with FileLock(shared / "yaizu.lock"):
        if not (folder / "done").exists():
            three_runs(real_data, folder, runs)
            (folder / "done").touch()
    return SimpleNamespace(**runs)


def three_runs(real_data, folder, runs):
    plan = plan_over(real_data, folder / "plan")
    processes = [
        started(plan, runs["first"], seed=1),
        started(plan, runs["public"], seed=2, audience="public"),
    ]
    read = read_plan(plan, catalogue=read_catalogue(packaged_folder()))
    for layer, path in {
        (entry.layer, path.resolve()) for entry in read.layers for path in files_of(entry, read)
    }:
        other_copy(layer, path, folder / "data" / path.relative_to(real_data.resolve()))
    for process in processes:
        finished(process)
    other = plan_over(folder / "data", folder / "other plan")
    finished(started(other, runs["shuffled"], seed=3))


@pytest.fixture(scope="module")
def poking(real_data, tmp_path_factory):
    """Return the results of the plan with promotion areas that poke out of their districts."""
    plan = plan_over(
        real_data, tmp_path_factory.mktemp("poking") / "plan", promotion_area="promotion_area_poking_out.gpkg"
    )
    return run(Request(plan=plan, out=None, parts=("check", "access"))).results


def manifest(folder):
    return json.loads((folder / "manifest.json").read_text("utf-8"))


def table(folder, name):
    return pd.read_csv(folder / "tables" / f"{name}.csv", encoding="utf-8-sig", dtype={"id": str})


def test_the_plan_in_the_repository_finds_its_files(real_data):
    if real_data.resolve() != (PLAN.parent / DATA).resolve():
        pytest.skip("the data are elsewhere; the other tests run the plan over them")
    plan = read_plan(PLAN, catalogue=read_catalogue(packaged_folder()))
    assert all(files_of(entry, plan) for entry in plan.layers)


def test_the_zones_are_read_as_published(yaizu):
    zone = manifest(yaizu.first)["layers"]["zone"]
    assert (len(zone["files"]), zone["read"], zone["mended"], zone["refused"]) == (11, 98, 5, 0)
    drawn = gpd.read_file(yaizu.first / "layers.gpkg", layer="zone")
    assert len(drawn) == 98
    assert drawn.area.sum() / 10_000 == pytest.approx(2_068, abs=1)
    assert drawn.geometry.is_valid.all()
    assert set(drawn["zone"]) - {""} == set(drawn["zone"]), "the file's name fills the missing ones"
    assert drawn["zone"].nunique() == 11


def test_every_row_that_was_read_is_kept_mended_or_refused(yaizu):
    content = manifest(yaizu.first)
    assert len(content["layers"]) == 17
    for layer in content["layers"].values():
        assert layer["assessed"]
        for part in (layer, *layer["files"]):
            assert part["read"] == part["kept"] + part["mended"] + part["refused"]
    assert content["layers"]["vacant_house"]["read"] == 2_400
    assert content["layers"]["vacant_house"]["files"][0]["encoding"] == "cp932"


def test_both_promotion_areas_lie_in_their_priority_districts(yaizu):
    nesting = table(yaizu.first, "nesting").set_index("promotion_area")
    assert nesting.loc[EAST, "area_ha"] == pytest.approx(197.8, abs=0.05)
    assert nesting.loc[OGAWA, "area_ha"] == pytest.approx(110.5, abs=0.05)
    assert (nesting["verdict"] == "inside").all()
    assert (nesting["outside_m2"] == 0).all()
    assert nesting["priority_district"].to_dict() == {EAST: "北部重点地区", OGAWA: "港・小川重点地区"}


def test_an_area_that_pokes_out_is_reported_with_the_area_outside(poking, real_data):
    folder = real_data / "yaizu" / "plan"
    areas = gpd.read_file(folder / "promotion_area_poking_out.gpkg").set_index("名称")
    districts = gpd.read_file(folder / "priority_district.gpkg").geometry.union_all()
    expected = areas.geometry.difference(districts).area
    nesting = poking.checked.nesting.set_index("promotion_area")
    found = poking.findings.query("code == 'law.nesting'").set_index("subject")
    assert set(found.index) == {EAST, OGAWA}
    for name, area in expected.items():
        assert area > 1_000
        assert nesting.loc[name, "outside_m2"] == pytest.approx(area, rel=0.001)
        assert nesting.loc[name, "verdict"] == "outside"
        assert f"{nesting.loc[name, 'outside_m2']:,.1f}" in found.loc[name, "reason_en"]


def test_the_special_provision_covers_what_is_known(yaizu):
    provision = table(yaizu.first, "provision").set_index(["promotion_area", "zone"])
    covered = provision["covered_ha"]
    assert covered[(EAST, "第一種中高層住居専用地域")] == pytest.approx(32.45, abs=0.005)
    assert covered[(EAST, "第二種中高層住居専用地域")] == pytest.approx(4.65, abs=0.015)
    assert covered[OGAWA].sum() == 0
    assert covered.notna().all()
    rest = covered[EAST].drop(["第一種中高層住居専用地域", "第二種中高層住居専用地域"])
    low_rise = rest[rest.index.str.contains("低層")]
    assert rest.drop(low_rise.index).sum() == 0, "other zones do not need the provision"
    assert provision["vacant_houses"].groupby("promotion_area").sum().to_dict() == {EAST: 111, OGAWA: 100}


def test_every_verdict_has_its_reason_and_articles_in_both_languages(poking):
    verdicts = poking.checked.verdicts
    assert len(verdicts) == 28 + 76
    assert verdicts["verdict"].nunique() >= 5
    for column in ("reason_ja", "reason_en", "articles"):
        assert (verdicts[column].str.strip() != "").all(), column
    english = verdicts["reason_en"].str.replace(r"“[^”]*”", "", regex=True)
    assert not english.str.contains(r"[\u3040-\u30ff\u4e00-\u9fff]").any(), "but for names in quotes"
    assert (verdicts["reason_ja"] != verdicts["reason_en"]).all()


def test_the_roads_as_published_make_one_network(poking):
    # All lines as they come, the Tomei among them as a road of unknown class.
    roads = poking.atlas.table("road")
    roads = roads.assign(road_class=roads["road_class"].replace("expressway", "other"))
    network = build(roads, speeds=speeds(""), join_m=0.5).network
    assert len(network.x) == pytest.approx(1_150, abs=50)
    assert np.mean(network.component == 0) > 0.9
    assert network.length.sum() == pytest.approx(349_000, rel=0.02)
    joints = usable(poking.atlas.table("interchange")).set_index("name").geometry
    for name, metres in ((YAIZU, 140), (SMART, 300)):
        place = joints[name]
        nearest = np.hypot(network.x - place.x, network.y - place.y).min()
        assert nearest == pytest.approx(metres, abs=2), name


def test_classes_come_from_the_road_names_and_the_expressway_stays_apart(poking):
    network = poking.connected.network
    assert np.mean(network.component == 0) > 0.9
    classes = np.bincount(network.road_class, weights=network.length, minlength=5)
    assert classes.round(-3).tolist() == [15_000, 8_000, 40_000, 226_000, 58_000]


@pytest.mark.parametrize(("name", "metres"), [(YAIZU, 135), (SMART, 253)])
def test_an_interchange_is_joined_to_a_street_never_to_the_expressway(poking, name, metres):
    snap = poking.connected.links.groupby("interchange")["snap_interchange_m"].first()
    assert snap[name] == pytest.approx(metres, abs=1)
    assert (poking.connected.links["expressway_m"] == 0).all()


def test_one_closure_near_an_interchange_cuts_it_off_as_bridges_say(poking):
    # The streets at both interchanges are dead ends in these data, which networkx sees as bridges.
    ways = poking.connected.ways
    joints = usable(poking.atlas.table("interchange")).set_index("name").geometry
    places = np.array([joints[YAIZU], joints[SMART]], dtype=object)
    grown = attach(ways.network, snap(ways.network, places, limit_m=500, allowed=ways.snappable))
    streets = nx.Graph(zip(grown.network.tail.tolist(), grown.network.head.tolist(), strict=True))
    bridges = {frozenset(edge) for edge in nx.bridges(streets)}
    for node in grown.node.tolist():
        assert all(frozenset((node, other)) in bridges for other in streets[node])
    links = poking.connected.links
    assert links["minutes"].notna().all()
    assert links["detour_minutes"].isna().all()


def test_both_interchanges_reach_every_hub_on_the_main_network(poking):
    found = poking.connected
    links, ways = found.links, found.ways
    assert set(links["interchange"]) == {YAIZU, SMART}
    main = shapely.STRtree(ways.network.geometry[ways.snappable])
    component = ways.network.component[ways.network.tail[ways.snappable]]
    hubs = poking.atlas.table("hub")
    on_main = component[main.nearest(hubs.geometry.to_numpy())] == 0
    assert on_main.sum() >= 25
    reached = links[links["hub"].isin(set(hubs.loc[on_main, "name"]))]
    assert len(reached) == 2 * 2 * on_main.sum()
    assert reached["minutes"].between(1, 45).all()


def test_neither_the_order_of_the_rows_nor_that_of_sets_matters(yaizu):
    """Two runs of the same files give the same bytes, then; but for the checksums of the files that were shuffled."""
    first, other = on_disk.everything(yaizu.first), on_disk.everything(yaizu.shuffled)
    assert first.keys() == other.keys()
    inputs = [manifest(folder)["inputs"] for folder in (yaizu.first, yaizu.shuffled)]
    changed = {name for name in inputs[0] if inputs[0][name] != inputs[1][name]}
    assert len(changed) >= 30, "the rows were shuffled, or this test shows nothing"
    differing = [name for name in first if first[name] != other[name]]
    assert differing == ["manifest.json"]
    told, again = (without_checksums(manifest(folder)) for folder in (yaizu.first, yaizu.shuffled))
    assert told == again


def without_checksums(content):
    """Return a manifest without what tells the bytes of its inputs, and without where they lie."""
    if isinstance(content, dict):
        unlike = {"inputs", "sha256", "size", "bytes", "paths", "path", "file", "question"}
        return {key: without_checksums(value) for key, value in content.items() if key not in unlike}
    return [without_checksums(one) for one in content] if isinstance(content, list) else content


def test_no_byte_for_the_public_tells_of_a_house_held_back(yaizu, real_data):
    """Neither its number, nor where it stands, nor what is said of any house."""
    houses = pd.read_csv(
        real_data / "yaizu" / "plan" / "vacant_houses_cp932.csv",
        encoding="cp932",
        dtype=str,
        keep_default_na=False,
    )
    listed = (houses["出典"] == "空き家バンク") & (houses["公開同意"] == "")
    closed = houses[(houses["公開同意"] != "有") & ~listed]
    degrees = closed[["経度", "緯度"]].to_numpy("f8")
    metres = gpd.GeoSeries(gpd.points_from_xy(*degrees.T), crs=6668).to_crs(6676)
    places = Places(degrees, np.column_stack([metres.x, metres.y]))
    numbers, form = set(closed["管理番号"]), re.compile("A[0-9]{5}")
    held_back = manifest(yaizu.public)["held_back"]
    assert 1_800 < held_back <= len(closed), "some lie outside the city"
    seen, found, counted = set(), {}, set()
    for name, data in contents(yaizu.public):
        file = name.partition("!")[0]
        seen.add(Path(file).suffix)
        secrets = told(data, ["(非公開)", "雨漏り", "要修繕"]) | names(data, form, numbers)
        drawn = placed(data, places) if file.startswith(("map", "layers", "tables", "manifest")) else 0
        if secrets or drawn:
            found[name] = (secrets, drawn)
        if told(data, [f"{held_back} 件", f"{held_back:,} 件"]):
            counted.add(file)
    assert found == {}
    assert seen == {
        ".html",
        ".gpkg",
        ".qgz",
        ".docx",
        ".xlsx",
        ".csv",
        ".txt",
        ".json",
        ".png",
        ".svg",
        ".pdf",
    }
    assert counted >= {
        "map.html",
        "layers.qgz",
        "plan.docx",
        "report.html",
        "tables.xlsx",
        "figures/map_houses.svg",
    }
    inside = {name for name, data in contents(yaizu.first) if names(data, form, numbers)}
    assert {name.partition("!")[0] for name in inside} >= {"map.html", "layers.gpkg", "tables.xlsx"}


def test_the_map_holds_what_was_computed_and_nothing_of_the_machine(yaizu, real_data):
    page = (yaizu.first / "map.html").read_text("utf-8")
    assert "焼津市 特定居住促進計画（試験）" in page
    assert EAST in page
    assert not re.search(r"""<(?:script|img|link|iframe)[^>]+(?:src|href)=["']?https?:""", page)
    for name, content in on_disk.everything(yaizu.first).items():
        assert real_data.as_posix().encode() not in content, name
    with sqlite3.connect(yaizu.first / "layers.gpkg") as file:
        assert file.execute("SELECT count(*) FROM vacant_house").fetchone() == (2_400,)


def test_the_plan_chapter_is_one_page_and_one_word_file_of_true_size(yaizu):
    """The page stays within 5 MB with its maps inside; in Word each figure has the size at which its scale is true."""
    page = (yaizu.first / "report.html").read_bytes()
    assert len(page) <= 5_000_000
    assert page.count(b"<img ") >= 6
    with zipfile.ZipFile(yaizu.first / "plan.docx") as archive:
        body = archive.read("word/document.xml").decode()
    sizes = {(int(wide), int(high)) for wide, high in re.findall(r'<wp:extent cx="(\d+)" cy="(\d+)"', body)}
    assert (7_560_000, 10_692_000) in sizes  # a sheet of A4: 210 by 297 mm
    assert body.count("東益津地域交流センター") >= 2
