"""Bad input, end to end: each is answered with code, place and cure in both languages, and nothing is written.

What cannot be told apart from good input by a library alone is told apart here: CRS, axes, truncation, encoding,
and emptiness, which is 未評価 and never 0.
"""

import csv
import re
import shutil
import sqlite3
import struct
from types import SimpleNamespace

import geopandas as gpd
import pytest
import shapely
from village import on_disk

LEFT_OUT = ("road", "interchange", "city_planning_area", "area_division", "priority_district")
"""Layers that are right in every test but those of emptiness."""

WHOLE = pytest.mark.parametrize("world", ["whole"], indirect=True)


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """Return the folders of a village with nothing wrong, to be copied: with all layers, and with the fewer."""
    tail = '[access]\nfrom = ["vacant_house"]\nto = ["hub", "medical"]\n'
    return {
        "whole": on_disk.build(tmp_path_factory.mktemp("whole")).parent,
        "fewer": on_disk.build(tmp_path_factory.mktemp("fewer"), tail=tail, **dict.fromkeys(LEFT_OUT)).parent,
    }


@pytest.fixture
def world(good, request, tmp_path, capsys, monkeypatch):
    """Return a copy of the village to be spoilt, and functions to run it; what is emptied is one of all layers."""
    folder = tmp_path / "village"
    shutil.copytree(
        good[getattr(request, "param", "whole" if "emptied" in request.fixturenames else "fewer")], folder
    )

    def asked(command, *arguments):
        where = (folder / "plan.toml", "--out", tmp_path / "out")
        return on_disk.asked(capsys, command, *where, *arguments, monkeypatch=monkeypatch)

    def run(*arguments):
        return asked("run", *arguments)

    def refused(code=2):
        """Run, and return the problems: all in both languages, and not a file more than before."""
        before = on_disk.everything(tmp_path)
        said = run("--json")
        assert said.code == code, said.out
        assert on_disk.everything(tmp_path) == before, "nothing is written"
        assert sorted(path.name for path in tmp_path.iterdir()) == ["village"]
        problems = said.json()["problems"]
        for problem in problems:
            for part in ("what", "do"):
                for text in problem[part].values():
                    assert text.strip()
                    assert not re.search(r"\?[a-z_]+\b", text), f"a value is missing: {text}"
                assert problem[part]["ja"] != problem[part]["en"]
        return problems

    return SimpleNamespace(
        folder=folder,
        out=tmp_path / "out",
        run=run,
        check=lambda: asked("check"),
        refused=refused,
        path=lambda layer: folder / on_disk.PATHS[layer],
        plan=folder / "plan.toml",
        rewrite=lambda old, new: rewrite(folder / "plan.toml", old, new),
        table=lambda name: list(
            csv.DictReader((tmp_path / "out" / "tables" / f"{name}.csv").read_text("utf-8-sig").splitlines())
        ),
    )


def rewrite(path, old, new):
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def line_of(world, text):
    return world.plan.read_text("utf-8").splitlines().index(text) + 1


def one(problems, code, place):
    (problem,) = problems
    assert (problem["code"], problem["place"]) == (code, place)
    return problem


def zones(world, **facts):
    """Return the zones, and replace their layer by a file of another kind with `write`."""
    return on_disk.tables()["zone"].assign(**facts)


def as_shapefile(world, table, *, encoding="UTF-8"):
    """Put a shapefile in the place of the zones."""
    path = world.folder / "data" / "zone.shp"
    table.to_file(path, engine="pyogrio", encoding=encoding)
    world.rewrite("data/zone.gpkg", "data/zone.shp")
    return path


@WHOLE
def test_the_village_itself_is_read_without_a_word(world):
    said = world.run("--only=tables")
    assert (said.code, said.err) == (0, "")


def test_missing_files_are_told_together(world):
    world.path("zone").unlink()
    world.rewrite("data/hub.csv", "data/hub_*.csv")
    zone, hub = world.refused()
    assert (zone["code"], zone["place"]) == (
        "file.none",
        f"plan.toml:{line_of(world, '[layers.zone]')} [layers.zone]",
    )
    assert (hub["code"], hub["place"]) == (
        "file.none",
        f"plan.toml:{line_of(world, '[layers.hub]')} [layers.hub]",
    )
    assert "data/zone.gpkg" in zone["what"]["ja"]
    assert "data/hub_*.csv" in hub["what"]["en"]


def test_a_missing_column_is_told_with_the_near_ones(world):
    on_disk.write(world.path("zone"), on_disk.tables()["zone"].rename(columns={"zone": "用途地域区分"}))
    problem = one(world.refused(), "tab.column", "data/zone.gpkg")
    assert "近い名前：用途地域区分" in problem["what"]["ja"]
    assert 'zone = "' in problem["do"]["en"]


def test_a_column_that_plan_toml_names_wrongly_is_told_with_the_near_ones(world):
    world.rewrite('path = "data/hub.csv"', 'path = "data/hub.csv"\ncolumns = { name = "名前" }')
    problem = one(world.refused(), "tab.column", "data/hub.csv")
    assert "名称" in problem["do"]["ja"]


def test_a_layer_without_a_system_is_asked_for_one_with_candidates(world):
    as_shapefile(world, zones(world)).with_suffix(".prj").unlink()
    problem = one(world.refused(), "crs.missing", "data/zone.shp")
    assert "JGD2011 第VIII系 (EPSG:6676) 100.0%" in problem["do"]["ja"]
    assert 'crs = "EPSG:…"' in problem["do"]["en"]
    world.rewrite('path = "data/zone.shp"', 'path = "data/zone.shp"\ncrs = "EPSG:6676"')
    assert world.check().code == 0, "the cure cures"


def test_a_layer_of_another_municipality_is_refused(world):
    table = zones(world)
    on_disk.write(world.path("zone"), table.set_geometry(table.translate(37_000, 53_000)))
    problem = one(world.refused(), "extent.elsewhere", "data/zone.gpkg")
    assert "村" in problem["what"]["ja"]


def test_a_list_of_another_municipality_is_refused(world):
    rewrite(world.path("medical"), "36.0", "35.7")
    one(world.refused(), "extent.elsewhere", "data/medical.csv")


def test_a_wrong_plane_zone_is_refused_with_the_right_one(world):
    on_disk.write(world.path("zone"), zones(world).set_crs(6677, allow_override=True))
    problem = one(world.refused(), "crs.outside", "data/zone.gpkg")
    assert "JGD2011 第IX系 (EPSG:6677)" in problem["what"]["ja"]
    assert "JGD2011 zone VIII (EPSG:6676) 100.0%" in problem["what"]["en"]


def test_the_right_plane_zone_is_told_with_its_share(world):
    lots = on_disk.tables()["site"]
    many = gpd.pd.concat([lots.assign(id=f"{n}-" + lots["id"]) for n in range(8)], ignore_index=True)
    many.loc[len(many) - 1, "geometry"] = shapely.box(50_000, 50_000, 50_010, 50_010)
    on_disk.write(world.path("site"), many.set_crs(6677, allow_override=True))
    problem = one(world.refused(), "crs.outside", "data/site.gpkg")
    assert "JGD2011 第VIII系 (EPSG:6676) 99.0%" in problem["what"]["ja"]


def test_exchanged_columns_of_a_list_are_refused(world):
    path = world.path("hub")
    text = path.read_text("utf-8")
    path.write_text(text.replace("経度", "？").replace("緯度", "経度").replace("？", "緯度"), "utf-8")
    problem = one(world.refused(), "crs.axis_swap", "data/hub.csv")
    assert "2" in problem["what"]["ja"]


@pytest.mark.parametrize("crs", [6668, 6676])
def test_exchanged_axes_of_geometries_are_refused(world, crs):
    moved = zones(world).tail(5).to_crs(crs)
    exchanged = shapely.transform(moved.geometry.to_numpy(), lambda points: points[:, ::-1])
    on_disk.write(world.path("zone"), moved.set_geometry(gpd.array.from_shapely(exchanged, crs=crs)))
    code = "crs.axis_swap" if crs == 6668 else "crs.xy_swap"
    problem = one(world.refused(), code, "data/zone.gpkg")
    assert 'axes = "yx"' in problem["do"]["en"]
    world.rewrite('path = "data/zone.gpkg"', 'path = "data/zone.gpkg"\naxes = "yx"')
    assert world.check().code == 0, "the cure cures"


def test_unknown_keys_are_told_together(world):
    world.rewrite("[access]", "[acess]")
    world.rewrite('path = "data/hub.csv"', 'path = "data/hub.csv"\nencodings = "cp932"')
    found = world.refused(code=3)
    assert [(problem["code"], problem["place"].split()[1]) for problem in found] == [
        ("config.unknown_key", "layers.hub.encodings"),
        ("config.unknown_key", "acess"),
    ]
    assert "encoding" in found[0]["what"]["ja"]
    assert "access" in found[1]["what"]["en"]


def test_codes_that_are_not_in_the_list_are_told_together(world):
    table = zones(world)
    table.loc[0, "zone"] = "第一種低層住居専門地域"
    table.loc[[3, 4], "zone"] = "住居系"
    on_disk.write(world.path("zone"), table)
    found = world.refused()
    assert {(problem["code"], problem["place"]) for problem in found} == {
        ("code.unknown", "data/zone.gpkg:1"),
        ("code.unknown", "data/zone.gpkg:4"),
    }
    near = next(problem for problem in found if problem["place"].endswith(":1"))
    assert "第一種低層住居専用地域" in near["what"]["ja"]


def test_a_cut_shapefile_is_refused(world):
    path = as_shapefile(world, zones(world))
    path.write_bytes(path.read_bytes()[:-300])
    one(world.refused(), "file.truncated", "data/zone.shp")


def test_a_shapefile_cut_together_with_its_stated_length_is_refused(world):
    # Whoever copied it also wrote the shorter length into the header: the index tells.
    path = as_shapefile(world, zones(world))
    data = bytearray(path.read_bytes()[:-300])
    data[24:28] = struct.pack(">i", len(data) // 2)
    path.write_bytes(data)
    problems = world.refused()
    assert {problem["code"] for problem in problems} <= {"file.truncated", "file.corrupt"}


def test_a_shapefile_without_its_attributes_is_refused(world):
    as_shapefile(world, zones(world)).with_suffix(".dbf").unlink()
    one(world.refused(), "file.dbf", "data/zone.shp")


def test_problems_of_several_files_are_told_together(world):
    world.path("hub").write_bytes(b"")
    on_disk.write(world.path("zone"), zones(world, zone="住居系"))
    as_bytes = world.path("site").read_bytes()
    world.path("site").write_bytes(as_bytes[: len(as_bytes) // 2])
    found = {(problem["code"], problem["place"]) for problem in world.refused()}
    assert ("file.empty", "data/hub.csv") in found
    assert ("code.unknown", "data/zone.gpkg:1") in found
    assert any(place == "data/site.gpkg" for _, place in found)


def test_cp932_without_cpg_is_read_right(world):
    path = as_shapefile(world, zones(world), encoding="CP932")
    path.with_suffix(".cpg").unlink()
    assert "低層住居専用地域".encode("cp932") in path.with_suffix(".dbf").read_bytes()
    assert world.check().code == 0
    found = {row["zone"] for row in world.table("verdicts")}
    assert found >= {"第一種低層住居専用地域", "準住居地域", "工業専用地域"}


def test_a_cp932_list_is_read_right(world):
    text = world.path("hub").read_text("utf-8")
    world.path("hub").write_bytes(text.encode("cp932"))
    assert world.check().code == 0
    assert {row["name"] for row in world.table("verdicts") if row["layer"] == "hub"} == {
        "東の拠点",
        "西の拠点",
    }


# ---- emptiness: 未評価, never 0 --------------------------------------------------------------------------


@pytest.fixture
def emptied(world):
    """Return a function that empties a layer and runs the village for some outputs beside the tables."""

    def empty(layer, *outputs):
        on_disk.write(world.path(layer), on_disk.tables()[layer].head(0))
        said = world.run("--only=tables", *(f"--only={name}" for name in outputs))
        assert (said.code, said.err) == (0, "")
        assert "未評価" in next(line for line in said.out.splitlines() if line.startswith(f"  {layer} "))
        found = [row for row in world.table("findings") if row["code"] == "data.not_assessed"]
        assert [(row["layer"], row["severity"]) for row in found] == [(layer, "S1")]
        return said

    return empty


def in_geopackage(world, query):
    with sqlite3.connect(world.out / "layers.gpkg") as file:
        return file.execute(query).fetchall()


@pytest.mark.parametrize("layer", ["medical", "hub", "interchange", "road"])
def test_empty_destinations_and_links_without_roads_or_ends_are_not_assessed(world, emptied, layer):
    said = emptied(layer, "geopackage", "map")
    if layer != "road":
        destination_is_not_assessed(world, layer)
    if layer != "medical":
        links_are_not_assessed(world, said)


def destination_is_not_assessed(world, layer):
    for row in (row for row in world.table("coverage") if row["to"] == layer):
        assert (row["within"], row["share"], row["unreached"]) == ("", "", "")
        assert row["not_assessed"] == row["total"] == "8"
    assert {row["value"] for row in world.table("access") if row["to"] == layer} == {""}
    columns = [
        row[1] for row in in_geopackage(world, "PRAGMA table_info(access)") if row[1].startswith(layer)
    ]
    assert columns
    for column in columns:
        assert in_geopackage(world, f'SELECT DISTINCT "{column}" FROM access') == [(None,)]  # noqa: S608
    assert f'"minutes_to_{layer}":' not in (world.out / "map.html").read_text("utf-8")


def links_are_not_assessed(world, said):
    assert world.table("links") == []
    assert "net.missing" in {row["code"] for row in world.table("findings")}
    assert " 0.0 " not in said.out
    assert facts(world)["最寄りICから拠点まで（自動車、丸める前の分の平均）"] == "未評価"


def facts(world):
    """Return the figures above the legend of the map, in Japanese."""
    page = (world.out / "map.html").read_text("utf-8")
    page = re.sub(r'<span class="t" lang="en">.*?</span>', "", page)
    pairs = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", page, flags=re.DOTALL)
    return {re.sub("<[^>]+>", "", title): re.sub("<[^>]+>", "", value) for title, value in pairs}


def test_empty_zones_leave_uses_undecided(world, emptied):
    said = emptied("zone", "map")
    assert {row["verdict"] for row in world.table("verdicts")} == {"cannot_tell"}
    east = next(row for row in world.table("provision") if row["promotion_area"] == "東区域")
    assert (east["covered_ha"], east["area_ha"]) == ("", "13.00")
    assert "東区域：13.0 ha、うち特例の対象となり得る範囲 未評価" in said.out
    assert facts(world)["特例の対象となり得る面積"] == "未評価", "西区域 has none for sure, 東区域 is unknown"


@WHOLE
def test_zones_that_are_partly_unknown_give_a_lower_bound(world):
    on_disk.write(world.path("zone"), zones(world, zone=[None, *on_disk.village.ZONES[1:]]))
    said = world.run("--only=map")
    assert "東区域：13.0 ha、うち特例の対象となり得る範囲 3.00 ha 以上（一部未評価）" in said.out
    assert facts(world)["特例の対象となり得る面積"] == "3.0 ha 以上（一部未評価）"


def test_an_empty_list_of_houses_is_not_assessed(world, emptied):
    emptied("vacant_house", "geopackage")
    assert {row["vacant_houses"] for row in world.table("provision")} == {""}
    assert world.table("coverage") == []
    assert in_geopackage(world, "SELECT DISTINCT vacant_houses FROM provision") == [(None,)]


def test_empty_priority_districts_leave_the_nesting_undecided(world, emptied):
    emptied("priority_district")
    for row in world.table("nesting"):
        assert (row["verdict"], row["outside_m2"]) == ("cannot_tell", "")


def test_empty_promotion_areas_show_no_area(world, emptied):
    emptied("promotion_area", "map")
    assert (world.table("provision"), world.table("nesting")) == ([], [])
    assert facts(world)["特例の対象となり得る面積"] == "未評価"
