"""Isochrones in the outputs of a plan: drawn long to short, counted by points, telling nothing of houses held back."""

import dataclasses
import json
import re
from types import SimpleNamespace
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import pytest
import shapely
from test_maps_page import click, faultless, opened
from village import on_disk
from village_roads import CRS, atlas, places, village

from gisplan.access import isochrones
from gisplan.core.options import AccessOptions
from gisplan.core.words import Text
from gisplan.maps import interactive
from gisplan.maps.qml import qml
from gisplan.maps.words import Page
from gisplan.network import connect
from gisplan.plan import isochrones as drawing
from gisplan.plan.isochrones import for_page, isochrone_layers
from gisplan.plan.run import Request, run

MINUTES = (1.0, 2.0, 5.0)
HUB_AT = (1750, -1000)
HOUSES = [{"id": f"v{k}", "at": (500 * k, 30)} for k in range(7)]


def found(**more):
    options = {"minutes": MINUTES, "origins": ("vacant_house",), "destinations": ("hub",), **more}
    access = AccessOptions(**options)
    held = atlas(village(vacant_house=places(HOUSES)), access=access)
    return isochrones(held, connect(held)).layers


def layers(**more):
    catalogue = {"hub": SimpleNamespace(title=Text(ja="拠点", en="Hubs"))}
    return isochrone_layers(found(**more), crs=CRS, catalogue=catalogue)


def test_each_layer_gives_one_together_and_one_for_each_place():
    united, each = layers()
    assert (united.name, each.name) == ("isochrone_hub", "isochrone_hub_each")
    assert (len(united.table), len(each.table)) == (3, 6)
    assert united.title.ja == "拠点までの等時間圏（車）・全体"
    assert each.title.en == "Isochrones to: Hubs (by car), each by itself"
    assert set(each.table["name"]) == {"交流館", "南の家"}
    assert [united.visible, each.visible] == [False, False]
    assert "図形は描画用" in united.credit.ja


def test_setting_out_is_called_so_and_on_foot_too():
    title = layers(isochrone_direction="from", mode="walk")[0].title
    assert title == Text(
        ja="拠点からの等時間圏（徒歩）・全体", en="Isochrones from: Hubs (on foot), all together"
    )


def test_the_long_times_lie_under_the_short_ones_and_are_lighter():
    for layer in layers():
        assert layer.table["minutes"].is_monotonic_decreasing
        assert list(layer.style.colours) == ["1", "2", "5"]
        light = [
            sum(int(colour[at : at + 2], 16) for at in (1, 3, 5)) for colour in layer.style.colours.values()
        ]
        assert light == sorted(light)
        assert layer.labels["minutes"]["5"] == Text(ja="5分以内", en="Within 5 min")


def test_nothing_darkens_where_areas_lie_on_each_other():
    united, each = layers()
    style = ET.fromstring(qml(united, "fill").split(">", 1)[1])  # noqa: S314 (our own text)
    assert style.get("styleCategories") == "Symbology|Rendering"
    assert style.findtext("layerOpacity") == "0.65", "QGIS makes the layer as a whole see-through"
    fills = {option.get("value") for option in style.iterfind(".//Option[@name='color']")}
    assert all(fill.endswith(",255") for fill in fills), "and each area hides the longer time below it"
    outlines = ET.fromstring(qml(each, "fill").split(">", 1)[1])  # noqa: S314 (our own text)
    assert outlines.find("layerOpacity") is None
    assert {option.get("value") for option in outlines.iterfind(".//Option[@name='style']")} == {"no"}
    (_, drawn), _ = for_page(layers())
    assert (drawn.style.opacity, drawn.style.width) == (0.0, 2.0), "on the page, too, the places are outlines"
    assert "輪郭だけ" in each.credit.ja
    assert "holds those of the shorter ones" in united.credit.en


def test_the_numbers_are_those_of_the_points():
    (one,), (united, each) = found(), layers()
    assert united.table["houses"].tolist() == one.inside[0].united()[::-1].tolist()
    for place, name in enumerate(one.label):
        rows = each.table[each.table["name"] == name].sort_values("minutes")
        assert rows["houses"].tolist() == one.inside[0].each()[place].tolist()
        assert all(shapely.equals(a, b) for a, b in zip(rows.geometry, one.areas.each[place], strict=True))


def test_one_place_is_not_drawn_twice():
    only = dataclasses.replace(found()[0], id=np.array(["h1"], object))
    assert [layer.name for layer in isochrone_layers([only], crs=CRS, catalogue={})] == ["isochrone_hub"]


def test_the_page_has_fewer_vertices_within_the_stated_tolerance():
    whole = layers()
    lean, notes = for_page([*whole, SimpleNamespace(name="zone")])
    assert [layer.name for layer in lean] == ["isochrone_hub", "isochrone_hub_each", "zone"]
    for before, after in zip(whole, lean, strict=False):
        one, two = before.table.geometry.to_numpy(), after.table.geometry.to_numpy()
        assert shapely.get_num_coordinates(two).sum() < shapely.get_num_coordinates(one).sum()
        places = len(before.table) // len(MINUTES)
        for at, area in enumerate(one):
            rings = two[at::places]
            assert shapely.hausdorff_distance(shapely.union_all(rings), area) <= 25.0 + 1e-6
            assert shapely.area(shapely.intersection(rings[0], rings[1:])).sum() == pytest.approx(
                0, abs=1e-6
            ), "each time is a ring, so that its colour is that of the legend"
    assert "25 m" in notes[0].ja
    assert "数えています" in notes[0].ja


def test_what_is_too_much_for_a_page_is_told_and_left_to_the_geopackage(monkeypatch):
    (united, _), _ = for_page(layers())
    size = int(shapely.get_num_coordinates(united.table.geometry.to_numpy()).sum())
    monkeypatch.setattr(drawing, "MOST_VERTICES", size)
    lean, notes = for_page(layers())
    assert [layer.name for layer in lean] == ["isochrone_hub"], "the smaller one stays"
    assert "layers.gpkg" in notes[-1].ja


def of_scenario():
    """Return the layers of today and those of the second of two scenarios, under which nothing changes."""
    (one,) = found()
    catalogue = {"hub": SimpleNamespace(title=Text(ja="拠点", en="Hubs"))}
    both = [one, dataclasses.replace(one, scenario="通行止め")]
    return isochrone_layers(both, crs=CRS, catalogue=catalogue, scenarios=("改良", "通行止め"))


def test_those_of_a_scenario_bear_its_name_in_the_colours_of_today_and_are_hidden():
    today, _, united, each = of_scenario()
    assert (united.name, each.name) == ("scenario_2_isochrone_hub", "scenario_2_isochrone_hub_each")
    assert united.title.ja == "シナリオ「通行止め」の拠点までの等時間圏（車）・全体"
    assert each.title.en == "Scenario “通行止め”: Isochrones to: Hubs (by car), each by itself"
    assert [united.visible, each.visible] == [False, False]
    assert set(united.table["scenario"]) == {"通行止め"}
    assert "scenario" not in today.table
    assert united.style == today.style, "in another hue the same time would read as a difference"
    assert united.popup[0] == ("scenario", Text(ja="シナリオ", en="Scenario"))


def test_scenarios_push_no_isochrone_of_today_off_the_page(monkeypatch):
    size = sum(
        int(shapely.get_num_coordinates(layer.table.geometry.to_numpy()).sum())
        for layer in for_page(layers())[0]
    )
    monkeypatch.setattr(drawing, "MOST_VERTICES", size)
    lean, notes = for_page(of_scenario())
    assert [layer.name for layer in lean] == ["isochrone_hub", "isochrone_hub_each"]
    assert len([note for note in notes if "通行止め" in note.ja and "layers.gpkg" in note.ja]) == 2


def test_a_plan_without_isochrones_has_no_note():
    assert for_page([]) == ((), ())


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    plan = on_disk.build(tmp_path_factory.mktemp("village"))
    made = {}
    for audience in ("internal", "public"):
        out = tmp_path_factory.mktemp(audience) / "out"
        outputs = ("map", "geopackage")
        run(Request(plan=plan, out=out, audience=audience, parts=("access",), outputs=outputs))
        made[audience] = out
    return made


def rows(out, name="isochrone_hub"):
    return gpd.read_file(out / "layers.gpkg", layer=name).sort_values("minutes", ignore_index=True)


def test_outside_the_office_only_the_houses_shown_are_counted(released):
    office, public = rows(released["internal"]), rows(released["public"])
    assert office["houses"].tolist()[-1] == len(on_disk.HOUSES)
    assert public["houses"].tolist()[-1] == len(on_disk.OPEN_HOUSES)
    each = rows(released["public"], "isochrone_hub_each")
    assert each["houses"].max() <= len(on_disk.OPEN_HOUSES)
    assert shapely.equals(office.geometry, public.geometry).all()


def blocks(out):
    page = (out / "map.html").read_text("utf-8")
    found = re.findall(r'data-part="layer">(.*?)</script>', page, re.DOTALL)
    return {block["name"]: block for block in map(json.loads, found)}


def test_the_map_holds_the_same_numbers_hidden_at_first(released):
    for audience, most in (("internal", len(on_disk.HOUSES)), ("public", len(on_disk.OPEN_HOUSES))):
        block = blocks(released[audience])["isochrone_hub"]
        assert block["visible"] is False
        assert block["classes"][0]["title"]["ja"] == "5分以内"
        column = block["columns"]["houses"]
        values = column.get("v") or [column["d"][at] for at in column["i"]]
        assert max(values) == most


def test_around_houses_nothing_is_drawn_outside_the_office(tmp_path):
    plan = on_disk.build(tmp_path / "village")
    text = plan.read_text("utf-8").replace("[access]", '[access]\nisochrones = ["vacant_house", "hub"]')
    plan.write_text(text, "utf-8")
    office = run(Request(plan=plan, out=None, parts=("access",)))
    assert [one.layer for one in office.released.isochrones] == ["vacant_house", "hub"]
    public = run(Request(plan=plan, out=None, audience="public", parts=("access",)))
    assert [one.layer for one in public.released.isochrones] == ["hub"]


@pytest.mark.parametrize(
    ("line", "code"),
    [('isochrones = ["hubb"]', "config.unknown_name"), ('isochrones = ["road"]', "config.unfit_layer")],
)
def test_a_layer_that_is_none_or_no_place_is_told_with_its_line(tmp_path, line, code):
    from gisplan.core.errors import ConfigurationError

    plan = on_disk.build(tmp_path / "village")
    plan.write_text(plan.read_text("utf-8").replace("[access]", f"[access]\n{line}"), "utf-8")
    with pytest.raises(ConfigurationError) as caught:
        run(Request(plan=plan, out=None))
    (problem,) = caught.value.problems
    assert problem.code == code
    assert re.search(r"plan\.toml:\d+", problem.place)


@pytest.mark.browser
def test_in_the_browser_isochrones_are_asked_for_and_tell_who_is_within(browser, tmp_path):
    drawn, notes = for_page(layers())
    page = Page(
        title=Text(ja="村", en="Village"), subtitle=Text(ja="", en=""), layers=drawn, notes=notes, focus=()
    )
    path = tmp_path / "map.html"
    path.write_text(interactive.html(page), "utf-8", newline="\n")
    with opened(browser, path) as (view, seen):
        shown = "gisplan.atlas.sets.filter(set => set.on).map(set => set.block.name)"
        assert view.evaluate(shown) == []
        view.locator(".gp-fold").first.click()  # of a group of which nothing is shown the layers are folded
        box = view.locator(".gp-layer", has_text="拠点までの等時間圏（車）・全体").locator("input")
        box.focus()
        view.keyboard.press("Space")
        assert view.evaluate(shown) == ["isochrone_hub"]
        click(view, *HUB_AT)
        told = view.locator(".gp-popup").first.inner_text()
        assert "1分以内" in told
        assert "圏内の空家等 [戸]" in told
        view.locator("body").press("Escape")
        assert faultless(seen)
