"""The maps for print of a plan: what there is to show, for whom, with whose credits, and a book by district."""

import dataclasses
import json
import re

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin
from test_maps_sheets import streams
from village import on_disk

from gisplan.core.errors import ConfigurationError, InputError
from gisplan.core.printing import FigureOptions, PrintOptions
from gisplan.core.words import Text
from gisplan.maps.sheets.layout import laid_out
from gisplan.maps.words import Illustration
from gisplan.plan import run as runs
from gisplan.plan.picture import layers_of
from gisplan.plan.read import read_plan
from gisplan.plan.run import Request, run
from gisplan.plan.sheets.book import book_of
from gisplan.plan.sheets.standard import ground_of, map_sheets

PRINT = """
[print]
formats = ["pdf"]
figures = ["map_areas", "own"]
book = "promotion_area"

[[figure]]
name = "own"
title = { ja = "村の図", en = "The village" }
layers = ["municipality", "road", "hub"]
quiet = ["road"]
labels = ["hub"]
extent = [0, 0, 1300, 600]
scale = 10000

[background]
path = "data/base.tif"
credit = "国土地理院 基盤の図"
source = "gsi"
approval = "測量法に基づく承認第1号"
"""


def picture(path):
    """Write a picture of the village: red in the west, blue in the east, nothing in the south."""
    bands = np.zeros((3, 20, 20), dtype=np.uint8)
    bands[0, :10, :10], bands[2, :10, 10:] = 250, 250
    profile = {
        "driver": "GTiff",
        "width": 20,
        "height": 20,
        "count": 3,
        "dtype": "uint8",
        "crs": f"EPSG:{on_disk.CRS}",
    }
    with rasterio.open(path, "w", transform=from_origin(0, 1000, 100, 100), **profile) as file:
        file.write(bands)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("village")
    plan = on_disk.build(folder, tail=on_disk.ACCESS + PRINT)
    picture(folder / "data" / "base.tif")
    return plan


@pytest.fixture(scope="module")
def outcome(place):
    return run(Request(plan=place, out=place.parent / "out", parts=("access",), outputs=("figures",)))


@pytest.fixture(scope="module")
def public(place):
    return run(Request(plan=place, out=None, audience="public", parts=("access",)))


def ground(outcome, **changes):
    """Return what sheets are made of, under other settings."""
    atlas = outcome.results.atlas
    other = dataclasses.replace(
        atlas.plan, **{"background": None, "printing": PrintOptions(), "figures": (), **changes}
    )
    results = dataclasses.replace(outcome.results, atlas=dataclasses.replace(atlas, plan=other))
    return ground_of(results, outcome.released, layers_of(results, outcome.released))


def sheets(outcome, **changes):
    return {sheet.name: sheet for sheet in map_sheets(ground(outcome, **changes))}


def names(sheet):
    return [one.layer.name for one in sheet.shown]


def test_a_run_writes_what_the_plan_asks_for(outcome, place):
    listed = json.loads((place.parent / "out" / "manifest.json").read_text("utf-8"))
    maps = {name for name in listed["outputs"] if "curve" not in name}
    assert maps == {"figures/map_areas.pdf", "figures/own.pdf", "figures/map_book.pdf"}
    assert "data/base.tif" in listed["inputs"]
    assert listed["parameters"]["print"]["background"]["approval"] == "測量法に基づく承認第1号"
    book = (place.parent / "out" / "figures" / "map_book.pdf").read_bytes()
    areas = outcome.released.layers["promotion_area"].table
    assert len(re.findall(rb"/Type /Page\b", book)) == len(areas) + 1
    own = (place.parent / "out" / "figures" / "own.pdf").read_bytes()
    assert len(re.findall(rb"/Subtype /Image", own)) == 1
    told = b"".join(stream for stream in streams(own) if b"begincmap" in stream).decode("latin-1").lower()
    assert all(f"<{ord(sign):04x}>" in told for sign in "村図承認第号")


def test_another_picture_is_another_question(outcome, place):
    request = Request(plan=place, out=place.parent / "out", parts=("access",), outputs=("figures",))
    assert run(request).unchanged


def test_only_figures_with_something_to_show_are_made(outcome):
    assert list(sheets(outcome)) == [
        "map_location", "map_areas", "map_zoning", "map_houses", "map_links", "map_reach",
    ]  # fmt: skip
    assert list(sheets(outcome, printing=PrintOptions(figures=("map_reach", "map_hazards", "map_areas")))) == [
        "map_reach", "map_areas",
    ]  # fmt: skip


def test_a_figure_of_the_plan_takes_the_place_of_one_of_the_same_name(outcome):
    own = FigureOptions(
        name="map_areas", title=Text(ja="自前", en="own"), layers=("hub",), scale=5000.0, line=7
    )
    found = sheets(outcome, figures=(own,))
    assert (found["map_areas"].title, names(found["map_areas"])) == ("自前", ["hub"])
    assert found["map_areas"].place == "plan.toml:7 [[figure]] map_areas"
    assert list(found)[1] == "map_areas"


def test_layers_are_drawn_in_the_order_of_the_figure(outcome):
    found = names(sheets(outcome)["map_zoning"])
    assert found[0] == "municipality"
    assert found.index("zone") < found.index("road") < found.index("promotion_area") < found.index("hub")
    assert next(one for one in sheets(outcome)["map_zoning"].shown if one.layer.name == "road").quiet


def test_what_a_reader_must_know_stands_below(outcome):
    sheet = sheets(outcome)["map_reach"]
    said = "\n".join(sheet.notes)
    for wanted in ("本図は参考", "法令の適用日", "2026-11-01", "速度", "出典："):
        assert wanted in said, wanted
    assert all(one.layer.credit.ja in said for one in sheet.shown)
    assert "速度" not in "\n".join(sheets(outcome)["map_areas"].notes)
    (own,) = map_sheets(ground(outcome, printing=PrintOptions(figures=("own",)), figures=outcome.plan.figures,
                               background=outcome.plan.background))  # fmt: skip
    assert own.notes[-3:-1] == ("背景：国土地理院 基盤の図", "測量法に基づく承認第1号")


def test_outside_the_office_only_open_houses_are_drawn(outcome, public):
    inside, outside = sheets(outcome)["map_houses"], sheets(public)["map_houses"]
    count = {
        name: len(next(one.layer.table for one in sheet.shown if one.layer.name == "vacant_house"))
        for name, sheet in (("inside", inside), ("outside", outside))
    }
    assert count == {"inside": len(on_disk.HOUSES), "outside": len(on_disk.OPEN_HOUSES)}
    assert any("公開用" in note for note in outside.notes)
    assert not any("公開用" in note for note in inside.notes)
    assert not any(secret in outside.about + "".join(outside.notes) for secret in on_disk.SECRETS)


def test_the_words_for_those_who_do_not_see_it_have_the_figures(outcome):
    sheet = sheets(outcome)["map_houses"]
    assert sheet.about.startswith("「拠点施設と空家等」の図。")
    assert "拠点施設：2 か所" in sheet.about
    assert "空家等：名簿の記録 8 件（" in sheet.about  # of houses in two lists there are two
    areas = next(one.layer.table for one in sheet.shown if one.layer.name == "promotion_area")
    assert f"計 {areas.area.sum() / 10_000:,.1f} ha" in sheet.about
    english = sheets(outcome, language="en")["map_houses"]
    assert "8 records of lists" in english.about
    assert english.title == "Hubs and vacant houses"
    assert Illustration(name="x", title="x", width_mm=1.0, height_mm=1.0).about == ""


def test_the_pages_of_the_book_are_its_areas_in_reading_order(outcome):
    pages = book_of(ground(outcome, printing=PrintOptions(book="promotion_area")))
    first, *rest = pages
    areas = outcome.released.layers["promotion_area"].table
    assert len(rest) == len(areas)
    assert first.title.endswith("索引図")
    assert [page.title.split("　")[0] for page in rest] == [str(n + 1) for n in range(len(areas))]
    assert {page.title.split("　")[1] for page in rest} == set(areas["name"])
    for number, page in enumerate(rest, start=1):
        assert f"{number}／{len(rest)} 枚" in page.subtitle
        assert len(page.pointers) == len(rest) - 1
        assert page.inset is not None
        ground_shown = laid_out(page).view.extent
        area = areas[areas["name"] == page.title.split("　")[1]].geometry.iloc[0]
        assert ground_shown.west <= area.bounds[0] < area.bounds[2] <= ground_shown.east


def test_a_page_too_small_for_the_scale_of_the_book_is_refused_and_the_old_outputs_stay(
    outcome, place, monkeypatch
):
    folder = place.parent / "out"
    before = {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    text = place.read_text("utf-8")
    other = place.with_name("other.toml")
    other.write_text(text.replace('book = "promotion_area"', 'book = "promotion_area"\nscale = 200'), "utf-8")
    atlas = dataclasses.replace(outcome.results.atlas, plan=read_plan(other))
    monkeypatch.setattr(runs, "_results", lambda *_asked: dataclasses.replace(outcome.results, atlas=atlas))
    with pytest.raises(ConfigurationError) as caught:
        run(Request(plan=other, out=folder, parts=("access",), outputs=("figures",)))
    assert {problem.code for problem in caught.value.problems} == {"print.scale"}
    line = other.read_text("utf-8").splitlines().index("scale = 200") + 1
    assert caught.value.problems[0].place.startswith(f"other.toml:{line} ")
    assert {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_a_book_without_areas_is_refused(outcome):
    with pytest.raises(ConfigurationError, match=r"print\.book_empty"):
        book_of(ground(outcome, printing=PrintOptions(book="tsunami")))
    assert book_of(ground(outcome)) == ()


def test_a_file_that_is_no_picture_is_told(outcome, place, tmp_path):
    backdrop = ground(
        outcome, background=dataclasses.replace(outcome.plan.background, path="data/hub.csv")
    ).backdrop
    with pytest.raises(InputError, match=r"print\.picture"):
        backdrop.read(laid_out(sheets(outcome)["map_areas"]).view.extent, (4, 4))
