"""The page in a real browser: nothing is loaded, everything can be reached, both languages, hostile texts."""

from contextlib import contextmanager

import pytest
import trial_map
from browser_tabs import tab
from trial_map import HOSTILE

from gisplan.core.tables import contract
from gisplan.maps import interactive

pytestmark = pytest.mark.browser

DESK = {"width": 1400, "height": 900}
PHONE = {"width": 390, "height": 844}
MARKER = "GISPLAN_RAN"


@contextmanager
def opened(browser, path, *, viewport=DESK, scripts=True, ready=True):
    """Open a file with the network off and note everything that goes wrong."""
    with tab(browser, viewport=viewport, java_script_enabled=scripts) as (view, seen):
        view.goto(path.as_uri())
        if ready:
            view.wait_for_selector("html.gp-ready", timeout=15_000)
        yield view, seen


def faultless(seen):
    return len(seen["requests"]) == 1 and not seen["console"] and not seen["errors"]


@pytest.fixture(scope="module")
def village(tmp_path_factory):
    path = tmp_path_factory.mktemp("map") / "map.html"
    path.write_text(interactive.html(trial_map.page(houses=400)), "utf-8", newline="\n")
    return path


def click(view, x, y):
    """Click where a point of the plane (m) is drawn, clear of any marker."""
    at = view.evaluate(
        """([lat, lon]) => { const m = gisplan.atlas.map, p = m.latLngToContainerPoint([lat, lon]);
        const b = m.getContainer().getBoundingClientRect(); return [p.x + b.x, p.y + b.y]; }""",
        list(degrees(x, y)),
    )
    view.mouse.click(*at)
    view.wait_for_selector(".gp-popup")


def degrees(x, y):
    point = trial_map.table([trial_map.shapely.Point(x, y)]).to_crs(4326).geometry[0]
    return point.y, point.x


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_nothing_is_loaded_and_nothing_complains(browser, village, viewport):
    with opened(browser, village, viewport=viewport) as (view, seen):
        view.click("#language")
        for box in view.query_selector_all(".gp-layer input:not([disabled])"):
            box.evaluate("box => { box.click(); box.click(); }")
        view.evaluate("document.querySelectorAll('details').forEach(found => { found.open = true; })")
        view.evaluate("gisplan.atlas.map.setZoom(16, {animate: false}); 0")
        view.evaluate(
            "window.dispatchEvent(new Event('beforeprint')); window.dispatchEvent(new Event('afterprint'))"
        )
        view.wait_for_timeout(300)
        assert faultless(seen), seen
        assert view.evaluate("document.documentElement.scrollWidth <= innerWidth"), (
            "the page scrolls sideways"
        )


def test_the_policy_stops_what_was_not_written_with_the_page(browser, village):
    with opened(browser, village) as (view, seen):
        view.evaluate(
            f"""const run = document.createElement('script'); run.textContent = 'window.{MARKER} = 1';
            document.body.append(run); document.body.insertAdjacentHTML('beforeend',
            '<img src="http://127.0.0.1:9/x.png" onerror="window.{MARKER} = 1">'); 0"""
        )
        view.wait_for_timeout(200)
        assert view.evaluate(f"window.{MARKER}") is None
        assert len(seen["console"]) >= 2


def test_a_place_is_told_in_both_languages(browser, village):
    with opened(browser, village) as (view, seen):
        view.evaluate(
            "gisplan.atlas.turn(gisplan.atlas.sets.find(set => set.block.name === 'vacant_house'), false)"
        )
        click(view, 2850, 550)
        said = view.inner_text(".gp-popup")
        assert "用途地域" in said
        assert "商業地域" in said
        assert "容積率" in view.inner_text(".gp-popup")
        assert "記載なし" in said
        view.click("#language")
        said = view.inner_text(".gp-popup")
        assert "Zone 1" in said
        assert "not given" in said
        assert "商業地域" not in said
        assert faultless(seen), seen


def test_every_layer_under_the_pointer_is_told_the_topmost_first(browser, village):
    with opened(browser, village) as (view, _):
        view.evaluate(
            "gisplan.atlas.turn(gisplan.atlas.sets.find(set => set.block.name === 'vacant_house'), false)"
        )
        click(view, 2300, 560)
        titles = view.eval_on_selector_all(".gp-what", "found => found.map(one => one.innerText.trim())")
        assert titles == ["特定居住促進区域", "用途地域"]


def test_in_a_dense_place_the_clicked_feature_stands_first_and_all_others_under_it(browser, tmp_path):
    from dataclasses import replace

    page = trial_map.page(houses=40)
    houses = next(one for one in page.layers if one.name == "vacant_house")
    spots = [
        trial_map.shapely.Point(2850 + 15 * (n > 0), 550) for n in range(30)
    ]  # 29 drawn later, two pixels away
    names = [f"家{n}" for n in range(30)]
    some = houses.table.iloc[:30].set_geometry(spots, crs=trial_map.CRS).assign(name=names)
    dense = replace(houses, table=some.reset_index(drop=True))
    path = tmp_path / "map.html"
    layers = tuple(dense if one.name == "vacant_house" else one for one in page.layers)
    path.write_text(interactive.html(replace(page, layers=layers)), "utf-8", newline="\n")
    with opened(browser, path) as (view, seen):
        click(view, 2850, 550)
        assert view.locator(".gp-popup > .gp-part").count() == 1, "one feature stands apart, above the others"
        assert view.inner_text(".gp-popup strong >> nth=0") == "家0", "the nearest of its layer"
        assert view.locator(".gp-popup > .gp-part[open], .gp-popup > div.gp-part").count() == 1
        under = view.locator(".gp-under")
        assert under.inner_text().startswith("この地点のほかのもの ")
        count = int(under.inner_text().rsplit(" ", 1)[1])
        assert count >= 30, "29 houses, and what lies below them"
        assert under.is_visible(), "seen without scrolling"
        assert "用途地域" in view.inner_text(".gp-others"), "a crowd of houses hides no layer"
        while view.locator(".gp-rest").count():
            view.click(".gp-rest")
        assert view.locator(".gp-others .gp-part").count() == count, "each of them can be reached"
        assert view.locator(".gp-popup").count() == 1, "no click went through to the map"
        view.click("#language")
        assert under.inner_text().startswith("Also at this place")
        assert faultless(seen), seen


def test_a_hole_is_no_part_of_its_zone(browser, village):
    with opened(browser, village) as (view, _):
        view.evaluate(
            "gisplan.atlas.turn(gisplan.atlas.sets.find(set => set.block.name === 'vacant_house'), false)"
        )
        click(view, 900, 900)
        titles = view.eval_on_selector_all(".gp-what", "found => found.map(one => one.innerText.trim())")
        assert titles == ["特定居住促進区域"]


def test_a_marker_opens_by_keyboard(browser, village):
    with opened(browser, village) as (view, seen):
        view.focus(".gp-sign[aria-label*='中央会館']")
        view.keyboard.press("Enter")
        view.wait_for_selector(".gp-popup")
        assert "120.5" in view.inner_text(".gp-popup")
        titles = view.eval_on_selector_all(".gp-what", "found => found.map(one => one.innerText.trim())")
        assert titles[0] == "拠点施設"
        assert titles[-2:] == ["特定居住促進区域", "用途地域"], "what lies under a marker is told as well"
        assert view.get_attribute(".leaflet-popup-close-button", "aria-label") == "閉じる"
        assert faultless(seen), seen


def test_layers_are_switched_and_keep_their_order(browser, village):
    with opened(browser, village) as (view, _):
        drawn = """() => { const zone = gisplan.atlas.sets.find(set => set.block.name === 'zone');
            let at = zone.features[0].drawn[0]._renderer._drawFirst; const names = [];
            for (; at; at = at.next) names.push(at.layer.options.set.block.name);
            return names.filter((name, at) => name !== names[at - 1]); }"""
        before = view.evaluate(drawn)
        assert before == ["municipality", "zone", "promotion_area", "road", "vacant_house", "site"]
        box = view.locator(".gp-layer", has_text="用途地域").locator("input")
        box.focus()
        view.keyboard.press("Space")
        assert not box.is_checked()
        assert "zone" not in view.evaluate(
            "gisplan.atlas.sets.filter(set => set.on).map(set => set.block.name)"
        )
        view.keyboard.press("Space")
        assert view.evaluate(drawn) == before


def test_the_legend_counts_and_says_what_was_not_assessed(browser, village):
    with opened(browser, village) as (view, _):
        legend = view.inner_text(".gp-legend")
        assert "400" in legend
        assert "スマートIC" in legend
        empty = view.locator(".gp-layer", has_text="バス停")
        assert "未評価" in empty.inner_text()
        assert empty.locator("input").is_disabled()


def test_search_finds_by_name_and_goes_there(browser, village):
    with opened(browser, village) as (view, seen):
        view.fill(".gp-query", "港会")
        view.click(".gp-found button")
        assert "港会館" in view.inner_text(".gp-popup")
        view.fill(".gp-query", "どこにもない")
        assert "該当する名称・番号はありません" in view.inner_text(".gp-status")
        assert faultless(seen), seen


def test_search_finds_by_id_and_enter_opens_the_first(browser, tmp_path):
    from dataclasses import replace

    page = trial_map.page()
    with_ids = [replace(one, popup=(("id", trial_map.both("番号", "Id")), *one.popup)) for one in page.layers]
    path = tmp_path / "map.html"
    path.write_text(interactive.html(replace(page, layers=tuple(with_ids))), "utf-8", newline="\n")
    with opened(browser, path) as (view, seen):
        view.fill(".gp-query", "00001")
        assert view.inner_text(".gp-found button >> nth=0").startswith("港会館 (00001)"), "hubs come first"
        view.fill(".gp-query", "00017")
        view.press(".gp-query", "Enter")
        said = view.inner_text(".gp-popup")
        assert said.split("\n")[:2] == ["空家等", "00017"], "without a name the id is the title"
        assert "番号\t00017" in said
        assert faultless(seen), seen


def test_signs_lie_in_the_order_of_their_layers(browser, village):
    with opened(browser, village) as (view, _):
        stacked = """(name) => Number(gisplan.atlas.sets.find(set => set.block.name === name)
            .features[0].drawn[0].getElement().style.zIndex)"""
        assert view.evaluate(stacked, "interchange") > view.evaluate(stacked, "hub")


def test_a_popup_leaves_out_what_is_optional_and_says_what_empty_means(browser, tmp_path):
    from dataclasses import replace

    page = trial_map.page()
    hub = page.layers[0]
    told = replace(
        hub,
        table=hub.table.assign(area="", most=float("nan")),
        popup=(("area", trial_map.both("区域")), ("most", trial_map.both("上限"))),
        labels={"area": {"": trial_map.both("区域外")}},
        optional=("most",),
    )
    path = tmp_path / "map.html"
    path.write_text(interactive.html(replace(page, layers=(told, *page.layers[1:]))), "utf-8", newline="\n")
    with opened(browser, path) as (view, _):
        view.evaluate("gisplan.atlas.visit(gisplan.atlas.listed[0], gisplan.atlas.listed[0].features[0])")
        said = view.inner_text(".gp-popup")
        assert "区域外" in said
        assert "上限" not in said


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_a_column_of_long_texts_is_wide(browser, tmp_path, viewport):
    from dataclasses import replace

    page = trial_map.page()
    verdicts = page.sheets[0]
    long = replace(verdicts, ja=verdicts.ja.assign(reason="この敷地は商業地域にある。" * 20))
    path = tmp_path / "map.html"
    path.write_text(interactive.html(replace(page, sheets=(long,))), "utf-8", newline="\n")
    with opened(browser, path, viewport=viewport) as (view, _):
        view.evaluate("document.querySelector('#tables details').open = true; 0")
        wide = view.evaluate("document.querySelector('#tables th.w').getBoundingClientRect().width")
        assert wide >= 300
        assert view.locator("#tables th.w").count() == 1


def test_the_whole_page_changes_its_language(browser, village):
    with opened(browser, village) as (view, _):
        assert view.title() == "架空村 特定居住促進計画"
        view.click("#language")
        assert view.title() == "Made-up village plan"
        assert view.get_attribute("html", "lang") == "en"
        assert view.get_attribute(".gp-query", "placeholder") == "Search by name or id"
        assert "Nothing" not in view.inner_text("h1")
        assert view.inner_text("h1") == "Made-up village plan"
        said = view.inner_text("body")
        for japanese in ("凡例", "一覧表", "注意と出典", "印刷", "出典"):
            assert japanese not in said, japanese


def test_a_long_table_is_made_when_it_is_opened(browser, village):
    with opened(browser, village) as (view, seen):
        table = view.locator("details.long")
        assert table.locator("tbody tr").count() == 0
        table.locator("summary").click()
        table.locator("tbody tr").last.wait_for()
        assert table.locator("tbody tr").count() == 200
        table.locator(".more").click()
        table.locator("tbody tr").nth(399).wait_for()
        assert table.locator("tbody tr").count() == 400
        assert table.locator("tbody tr").last.inner_text().split("\t")[1] == "00399"
        assert "39.9" in table.locator("tbody tr").last.inner_text()
        assert faultless(seen), seen


def test_the_tables_can_be_read_without_scripts(browser, village):
    with opened(browser, village, scripts=False, ready=False) as (view, _):
        view.click("summary:has-text('ICと拠点')")
        said = view.inner_text("#tables")
        assert "中央会館" in said
        assert "5.3" in said
        assert "JavaScript" in view.inner_text("#map")


def test_the_page_is_built_for_every_reader(browser, village):
    with opened(browser, village) as (view, _):
        counts = view.evaluate(
            """({ h1: document.querySelectorAll('h1').length, main: document.querySelectorAll('main').length,
            nameless: [...document.querySelectorAll('button,input,a,[role=region],[role=button]')]
              .filter(one => one.checkVisibility() && !(one.innerText || '').trim())
              .filter(one => !one.getAttribute('aria-label')
                && !one.closest('label') && !one.labels?.length).map(one => one.outerHTML),
            headings: [...document.querySelectorAll('table')].every(one => one.querySelector('th')),
            ids: [...document.querySelectorAll('[id]')].map(one => one.id) })"""
        )
        assert counts["h1"] == counts["main"] == 1
        assert counts["nameless"] == []
        assert counts["headings"]
        assert len(counts["ids"]) == len(set(counts["ids"]))
        view.keyboard.press("Tab")
        assert view.evaluate("document.activeElement.className") == "skip"
        footer = view.inner_text("footer")
        assert "本図は参考" in footer
        assert "架空" in footer


def test_credits_follow_what_is_shown(browser, village):
    with opened(browser, village) as (view, _):
        assert "試験のための架空のデータ" in view.inner_text("#gisplan-credits")
        view.evaluate("gisplan.atlas.sets.forEach(set => gisplan.atlas.turn(set, false))")
        assert "架空のデータ" not in view.inner_text("#gisplan-credits")
        assert "架空のデータ" in view.inner_text("#notes")


def test_credits_are_one_line_that_opens_and_each_is_said_once(browser, tmp_path):
    from dataclasses import replace

    page = trial_map.page()
    many = "；".join(f"資料その{n}（架空村の台帳を加工して作成）" for n in range(30))
    layers = [replace(one, credit=trial_map.both(many)) for one in page.layers]
    path = tmp_path / "map.html"
    path.write_text(interactive.html(replace(page, layers=tuple(layers))), "utf-8", newline="\n")
    with opened(browser, path) as (view, seen):
        height = "document.querySelector('.credit-line').getBoundingClientRect().height"
        assert view.evaluate(height) < 30
        assert "本図は参考" in view.inner_text(".credit-line")
        assert "出典（30件）" in view.inner_text("#credits-button")
        assert view.inner_text("#gisplan-credits").count("資料その7（") == 1
        view.focus("#credits-button")
        view.keyboard.press("Enter")
        assert view.get_attribute("#credits-button", "aria-expanded") == "true"
        assert view.evaluate(height) > 60
        view.click("#credits-button")
        view.emulate_media(media="print")
        assert view.evaluate(height) > 60, "paper has no button"
        assert faultless(seen), seen


def test_a_table_shows_its_first_columns_and_all_at_a_button(browser, village):
    with opened(browser, village) as (view, seen):
        view.click("summary:has-text('用途の判定')")
        heads = "found => found.filter(one => one.checkVisibility()).map(one => one.innerText)"
        shown = view.eval_on_selector_all("#table-1 thead th", heads)
        assert shown == ["番号", "名称", "用途", "判定", "理由"]
        right = view.evaluate(
            "document.querySelector('#table-1 th:nth-child(4)').getBoundingClientRect().right"
        )
        assert right < DESK["width"]
        view.focus("#table-1 .columns")
        view.keyboard.press("Enter")
        assert len(view.eval_on_selector_all("#table-1 thead th", heads)) == len(contract("verdicts").columns)
        assert view.get_attribute("#table-1 .columns", "aria-pressed") == "true"
        assert faultless(seen), seen


def test_a_long_text_opens_at_a_button_and_is_whole_for_readers(browser, tmp_path):
    from dataclasses import replace

    page = trial_map.page()
    verdicts, said = page.sheets[0], "この敷地は商業地域にある。" * 20
    long = replace(verdicts, ja=verdicts.ja.assign(reason=said))
    path = tmp_path / "map.html"
    path.write_text(interactive.html(replace(page, sheets=(long,))), "utf-8", newline="\n")
    with opened(browser, path) as (view, seen):
        view.click("#tables summary")
        cell = view.locator("#tables td.long")
        assert said in cell.inner_text(), "what is cut for the eye is there for the ear"
        low = cell.bounding_box()["height"]
        button = cell.locator("button")
        button.focus()
        view.keyboard.press("Enter")
        assert button.get_attribute("aria-expanded") == "true"
        assert cell.bounding_box()["height"] > low + 20
        view.keyboard.press("Enter")
        assert cell.bounding_box()["height"] == low
        view.click("#language")
        assert button.is_hidden(), "the English reason is short"
        assert faultless(seen), seen


def test_a_popup_begins_with_the_answer_and_tells_all_at_one_place(browser, tmp_path):
    from dataclasses import replace

    page = trial_map.page()
    site = next(one for one in page.layers if one.name == "site")
    spot = trial_map.shapely.box(3300, 300, 3330, 330)
    rows = trial_map.table(
        [spot] * 5, name=[f"棟{n}" for n in range(5)], verdict=["no", *["yes"] * 4], part=[1.0, *[0.5] * 4]
    )
    told = replace(
        site,
        table=rows,
        popup=(("verdict", trial_map.both("判定")), ("part", trial_map.both("割合"))),
        labels={"verdict": {"no": trial_map.both("できない", "No"), "yes": trial_map.both("できる", "Yes")}},
        answers={"verdict": {"no": "#c2185b", "yes": "#2e7d32"}},
        percent=("part",),
    )
    path = tmp_path / "map.html"
    path.write_text(interactive.html(replace(page, layers=(told, *page.layers[1:]))), "utf-8", newline="\n")
    with opened(browser, path) as (view, seen):
        view.evaluate("gisplan.atlas.visit(gisplan.atlas.listed[0], gisplan.atlas.listed[0].features[0])")
        assert view.inner_text(".gp-popup").split("\n")[:3] == ["候補敷地", "棟0", "できない"]
        assert "100.0 %" in view.inner_text(".gp-popup")
        assert view.locator(".gp-popup .gp-part").count() == 5
        colour = "getComputedStyle(document.querySelector('.gp-answer')).borderLeftColor"
        assert view.evaluate(colour) == "rgb(194, 24, 91)"
        view.evaluate("gisplan.atlas.map.closePopup(); 0")
        view.wait_for_selector(".gp-popup", state="detached")
        click(view, 3305, 305)
        assert view.locator(".gp-popup strong", has_text="棟").count() == 5
        assert faultless(seen), seen


def test_hostile_texts_run_nowhere_and_are_shown_as_they_are(browser, tmp_path):
    path = tmp_path / "map.html"
    turn = iter(range(10_000))

    def say(text):
        return f"{HOSTILE[next(turn) % len(HOSTILE)]}"

    for start in (0, 17, 34):
        turn = iter(range(start, 10_000))
        path.write_text(interactive.html(trial_map.page(say)), "utf-8", newline="\n")
        with opened(browser, path) as (view, seen):
            opening = "document.querySelectorAll('details').forEach(found => { found.open = true; })"
            view.evaluate(opening)
            for at in range(6):
                view.evaluate(
                    f"""{{ const set = gisplan.atlas.listed[{at}]; gisplan.atlas.turn(set, true);
                    for (const feature of set.features.slice(0, 2)) gisplan.atlas.visit(set, feature); 0 }}"""
                )
            view.fill(".gp-query", "a")
            view.click("#language")
            view.evaluate(opening)
            view.wait_for_timeout(150)
            assert view.evaluate(f"window.{MARKER}") is None
            assert faultless(seen), (start, seen)
            assert "49" not in view.inner_text("h1")
            assert view.evaluate("document.querySelectorAll('img, iframe, base, b > b').length") == 0


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_name_is_shown_letter_by_letter(browser, text, hostile_page):
    held = hostile_page.evaluate(
        "gisplan.atlas.listed[0].features.map(found => gisplan.atlas.listed[0].name(found.at))"
    )
    assert text in held


@pytest.fixture(scope="module")
def hostile_page(browser, tmp_path_factory):
    from dataclasses import replace

    path = tmp_path_factory.mktemp("hostile") / "map.html"
    page = trial_map.page()
    hubs = trial_map.table(
        [trial_map.shapely.Point(100 * n, 50 * n) for n in range(len(HOSTILE))], name=list(HOSTILE)
    )
    changed = replace(page.layers[0], table=hubs, popup=())
    path.write_text(
        interactive.html(replace(page, layers=(changed, *page.layers[1:]))), "utf-8", newline="\n"
    )
    with opened(browser, path) as (view, seen):
        labels = view.eval_on_selector_all(".gp-label span", "found => found.map(one => one.textContent)")
        assert set(HOSTILE) <= set(labels)
        assert faultless(seen), seen
        yield view
