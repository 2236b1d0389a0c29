"""The rows of the layers as tables of the page: complete, said as on the map, sorted, saved and led to the map."""

import csv
import io
from dataclasses import replace

import axe
import numpy as np
import pytest
import trial_map
from test_maps_page import PHONE, faultless, opened

from gisplan.maps import interactive

pytestmark = pytest.mark.browser

HOUSES = "details[data-name=layer_vacant_house]"
HUBS = "details[data-name=layer_hub]"


def with_houses(houses, **columns):
    """Return the village with further columns of its houses, which their popups say."""
    page = trial_map.page(houses=houses)
    own = next(layer for layer in page.layers if layer.name == "vacant_house")
    popup = (("id", trial_map.both("番号", "Id")), *own.popup)
    popup += tuple((name, trial_map.both(f"列{name}", name)) for name in columns)
    made = replace(
        own, table=own.table.assign(**columns), popup=popup, percent=("part",), optional=("built_year",)
    )
    return replace(page, layers=tuple(made if layer is own else layer for layer in page.layers))


def written(page, path):
    path.write_text(interactive.html(page), "utf-8", newline="\n")
    return path


@pytest.fixture(scope="module")
def village(tmp_path_factory):
    minutes = np.arange(240) / 4
    minutes[3] = np.nan
    return written(
        with_houses(240, minutes=minutes, part=np.full(240, 0.125)),
        tmp_path_factory.mktemp("rows") / "map.html",
    )


def told(view, part, column):
    return view.eval_on_selector_all(
        f"{part} tbody tr", f"all => all.map(row => row.cells[{column}].innerText.trim())"
    )


def test_every_layer_that_tells_something_has_a_table_made_when_it_is_opened(browser, village):
    with opened(browser, village) as (view, seen):
        names = view.eval_on_selector_all(".gp-layer-table", "all => all.map(one => one.dataset.name)")
        # The topmost first; neither a layer without popup columns nor one without rows.
        assert names == ["layer_interchange", "layer_hub", "layer_vacant_house", "layer_road", "layer_zone"]
        assert view.locator(".gp-layer-table table").count() == 0
        assert view.inner_text(f"{HOUSES} summary .rows") == "240 行"
        view.click(f"{HOUSES} > summary")
        heads = view.eval_on_selector_all(f"{HOUSES} thead th", "all => all.map(one => one.innerText)")
        assert heads == ["番号", "出典", "公開同意", "建築年", "列minutes", "列part"]
        assert view.locator(f"{HOUSES} tbody tr").count() == 200
        assert view.inner_text(f"{HOUSES} .rows-more + .shown") == "200 / 240"
        view.click(f"{HOUSES} .rows-more")
        assert told(view, HOUSES, 0) == [f"{n:05d}" for n in range(240)]
        assert told(view, HOUSES, 2)[:4] == ["記載なし", "はい", "いいえ", "はい"]
        assert told(view, HOUSES, 3)[:2] == ["1981", "—"], "optional: a dash"
        assert told(view, HOUSES, 4)[3:5] == ["記載なし", "1"]
        assert told(view, HOUSES, 5)[0] == "12.5 %"
        assert view.locator(f"{HOUSES} tbody td.n").count() == 3 * 240, "year, minutes and share are numbers"
        view.click("#language")
        assert told(view, HOUSES, 2)[:3] == ["not given", "Yes", "No"]
        assert faultless(seen), seen


def test_the_table_is_sorted_filtered_and_saved_and_the_map_does_not_change_it(browser, village):
    with opened(browser, village) as (view, _):
        view.evaluate(
            """() => { const set = gisplan.atlas.listed.find(set => set.block.name === 'vacant_house');
            gisplan.atlas.turn(set, false);
            gisplan.atlas.restrict('none', one => one === set ? new Uint8Array(set.block.count) : null); }"""
        )
        view.click(f"{HOUSES} > summary")
        button = view.locator(f"{HOUSES} thead button", has_text="列minutes")
        button.click()
        button.click()
        assert told(view, HOUSES, 4)[:2] == ["59.75", "59.5"], "all rows, as numbers, the highest first"
        view.click(f"{HOUSES} .rows-more")
        assert told(view, HOUSES, 4)[-1] == "記載なし", "what is missing is last"
        with view.expect_download() as waiting:
            view.click(f"{HOUSES} .gp-save")
        assert waiting.value.suggested_filename == "layer_vacant_house.csv"
        lines = list(csv.reader(io.StringIO(waiting.value.path().read_text("utf-8-sig"))))
        assert lines[0] == ["番号", "出典", "公開同意", "建築年", "列minutes", "列part"]
        assert len(lines) == 241
        assert lines[1][0] == "00239"
        assert lines[1][4] == "59.75"
        assert lines[-1][0] == "00003"
        assert lines[-1][4] == ""
        view.fill(f"{HOUSES} .gp-rows-query", "00003")
        assert told(view, HOUSES, 0) == ["00003"]


def test_a_row_leads_to_its_place_by_keyboard(browser, village):
    with opened(browser, village) as (view, _):
        view.emulate_media(reduced_motion="reduce")  # or the page takes its time to scroll there
        view.click(f"{HUBS} > summary")
        button = view.locator(f"{HUBS} .gp-visit").nth(1)
        assert button.get_attribute("aria-label") == "地図で見る：港会館"
        button.press("Enter")
        popup = view.locator(".gp-popup")
        assert "港会館" in popup.inner_text()
        assert view.evaluate("document.activeElement.className") == "gp-popup"
        assert view.evaluate("document.getElementById('map').getBoundingClientRect().bottom") > 300


def test_a_layer_on_tiles_keeps_the_numbers_of_its_rows(browser, tmp_path):
    count = 2400
    page = with_houses(count, minutes=np.arange(count) / 10)
    with opened(browser, written(page, tmp_path / "map.html")) as (view, seen):
        set_ = "gisplan.atlas.listed.find(set => set.block.name === 'vacant_house')"
        assert view.evaluate(f"Boolean({set_}.block.tiles)")
        view.click(f"{HOUSES} > summary")
        view.fill(f"{HOUSES} .gp-rows-query", "01234")
        assert told(view, HOUSES, 0) == ["01234"]
        assert told(view, HOUSES, 4) == ["123.4"]
        view.click(f"{HOUSES} .gp-visit")
        assert "123.4" in view.inner_text(".gp-popup [open]")
        house = next(layer for layer in page.layers if layer.name == "vacant_house").table.to_crs(4326)
        at = view.evaluate("[gisplan.atlas.map.getCenter().lat, gisplan.atlas.map.getCenter().lng]")
        assert abs(at[1] - house.geometry.iloc[1234].x) < 0.01
        assert faultless(seen), seen


def test_axe_finds_nothing_and_nothing_is_wider_than_a_phone(browser, village):
    with opened(browser, village, viewport=PHONE) as (view, _):
        view.evaluate("document.querySelectorAll('.gp-layer-table').forEach(one => { one.open = true; })")
        view.locator(f"{HOUSES} tbody tr").first.wait_for()
        assert axe.violations(view) == []
        assert view.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_paper_shows_what_is_open_alone(browser, village):
    with opened(browser, village) as (view, _):
        view.emulate_media(media="print")
        assert not view.locator(".gp-layer-table, .gp-layers-head").locator("visible=true").count()
        view.evaluate(f"document.querySelector('{HUBS}').open = true; 0")
        view.locator(f"{HUBS} tbody tr").first.wait_for()
        assert view.locator(".gp-layer-table").locator("visible=true").count() == 1
        assert not view.locator(f"{HUBS} .gp-visit").first.is_visible()


def test_without_scripts_the_page_says_where_the_rows_are(browser, village):
    with opened(browser, village, scripts=False, ready=False) as (view, _):
        assert "layers.gpkg" in view.inner_text("#tables")


def test_hostile_texts_stay_texts(browser, tmp_path):
    texts = [*trial_map.HOSTILE]
    remark = np.array((texts * (400 // len(texts) + 1))[:400], object)
    with opened(browser, written(with_houses(400, remark=remark), tmp_path / "map.html")) as (view, seen):
        view.click(f"{HOUSES} > summary")
        view.click(f"{HOUSES} .rows-more")
        cells = view.eval_on_selector_all(
            f"{HOUSES} tbody tr", "all => all.map(row => row.cells[4].textContent)"
        )
        short = [text for text in texts if text.strip() and len(text) < 40]
        assert len(short) > 20
        missed = [text for text in short if not any(text in cell for cell in cells)]
        assert not missed
        assert faultless(seen), seen
