"""The story of a page in a real browser: panel, isochrones, divider and chapters, by mouse, keyboard and touch."""

import dataclasses
import itertools
from contextlib import contextmanager

import pytest
import story_map
import trial_map
from story_map import SCENARIO, first_of
from test_maps_page import DESK, PHONE, faultless, opened

from gisplan.maps import interactive

pytestmark = pytest.mark.browser

ON = "gisplan.atlas.sets.filter(set => set.on).map(set => set.block.name).sort()"
LEFT = "name => { const set = gisplan.atlas.sets.find(one => one.block.name === name); return set.left(); }"


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    path = tmp_path_factory.mktemp("story") / "map.html"
    path.write_text(interactive.html(story_map.page()), "utf-8", newline="\n")
    return path


@pytest.fixture(scope="module")
def desk(browser, told):
    """Yield one view for the tests that leave it as it was."""
    with opened(browser, told) as (view, seen):
        yield view
        assert faultless(seen), seen


def hub_at(view, name="中央会館"):
    return view.locator(".gp-sign[aria-label*='" + name + "']")


@contextmanager
def reset(view):
    try:
        yield
    finally:
        view.evaluate(
            """const { reach, swipe, dossier } = gisplan.atlas.story; swipe.set(''); dossier.close();
            reach.choose('', null); reach.set(null); gisplan.atlas.map.closePopup();
            document.querySelector('.gp-check input').checked = false; gisplan.atlas.reset(); 0"""
        )


WINDOW = {"width": 800, "height": 700}

CLEAR = """() => {
  const popup = document.querySelector(".leaflet-popup-content-wrapper").getBoundingClientRect();
  const close = document.querySelector(".leaflet-popup-close-button").getBoundingClientRect();
  const seen = ([x, y]) => document.elementFromPoint(x, y)?.closest(".leaflet-popup");
  return [[popup.left + 4, popup.top + 12], [popup.right - 4, popup.top + 40], [popup.left + 4, popup.bottom - 12],
    [close.left + close.width / 2, close.top + close.height / 2]].every(seen);
}"""


@pytest.mark.parametrize("viewport", [DESK, WINDOW, PHONE], ids=["desk", "window", "phone"])
def test_nothing_covers_what_a_place_tells_wherever_it_stands(browser, told, viewport):
    with opened(browser, told, viewport=viewport) as (view, seen):
        for across, down in itertools.product((0.04, 0.5, 0.96), (0.04, 0.5, 0.9)):
            view.evaluate(
                """([across, down]) => {
                  const { map } = gisplan.atlas, { x, y } = map.getSize();
                  const zone = gisplan.atlas.sets.find((set) => set.block.name === "zone");
                  gisplan.show(gisplan.atlas, map.containerPointToLatLng([x * across, y * down]), [[zone, 0]]);
                }""",
                [across, down],
            )
            view.wait_for_function(CLEAR, timeout=10_000)
            view.evaluate("gisplan.atlas.map.closePopup(); gisplan.atlas.reset()")
            view.wait_for_function(
                "() => !document.querySelector('.leaflet-popup')"
            )  # it fades before it goes
        assert view.is_visible(".gp-start")
        assert view.is_visible(".leaflet-control-zoom")
        assert faultless(seen), seen


def test_a_click_on_a_hub_opens_its_panel_beside_the_map(desk):
    with reset(desk):
        hub_at(desk).click()
        panel = desk.locator("#gisplan-dossier")
        said = panel.inner_text()
        for word in ("中央会館", "建築可能", "商業地域にある", "架空IC", "4.2分"):
            assert word in said
        assert panel.get_attribute("aria-label") == "拠点の詳細"
        assert desk.locator(".gp-told-part select").first.input_value() == "0:0", "its reach is chosen, too"
        panel.locator(".gp-close").click()
        assert panel.is_hidden()
        assert desk.locator(".gp-told-part select").first.input_value() == "0:-1"


def test_search_and_keyboard_open_the_panel_and_focus_comes_back(desk):
    with reset(desk):
        desk.fill(".gp-query", "港会館")
        desk.press(".gp-query", "Enter")
        assert "港会館" in desk.inner_text("#gisplan-dossier h2")
        desk.fill(".gp-query", "")
        desk.evaluate("gisplan.atlas.story.dossier.close()")
        hub_at(desk).focus()
        desk.keyboard.press("Enter")
        more = desk.locator(".gp-more").last  # the popup before may still be fading
        more.focus()
        desk.keyboard.press("Enter")
        assert desk.evaluate("document.activeElement.id") == "gisplan-dossier"
        desk.keyboard.press("Escape")
        assert desk.locator("#gisplan-dossier").is_hidden()


def test_the_slider_shows_rings_up_to_the_minutes_and_says_so(desk):
    with reset(desk):
        slider = desk.locator(".gp-told-part input[type=range]")
        desk.locator(".gp-told-part summary").first.click()
        assert "表示していません" in desk.inner_text(".gp-said >> nth=0")
        slider.focus()
        desk.keyboard.press("ArrowRight")
        assert "isochrone_hub" in desk.evaluate(ON)
        assert desk.evaluate(LEFT, "isochrone_hub") == 1, "the ring of 5 minutes alone"
        houses = next(one.table for one in trial_map.page().layers if one.name == "vacant_house")
        within = int((first_of(houses).min(axis=0) == 0).sum())
        said = desk.inner_text(".gp-said >> nth=0")
        assert f"「拠点施設（すべて）」まで5分以内：空家等 {within}戸" in said
        assert slider.get_attribute("aria-valuetext") == "5分"
        desk.keyboard.press("ArrowRight")
        assert desk.evaluate(LEFT, "isochrone_hub") == 2
        desk.keyboard.press("Home")
        assert "isochrone_hub" not in desk.evaluate(ON)
        desk.locator(".gp-ticks > span").nth(2).click()
        assert slider.get_attribute("aria-valuetext") == "10分"
        desk.locator(".gp-told-part summary").first.click()


def test_one_place_shows_its_own_rings_and_the_houses_within(desk):
    with reset(desk):
        desk.evaluate("gisplan.atlas.story.reach.set(10)")
        desk.locator(".gp-told-part select").first.select_option("0:1")
        on = desk.evaluate(ON)
        assert "isochrone_hub_each" in on
        assert "isochrone_hub" not in on
        assert desk.evaluate(LEFT, "isochrone_hub_each") == 2, "two rings of the four"
        desk.locator(".gp-check input").check()
        houses = next(one.table for one in trial_map.page().layers if one.name == "vacant_house")
        within = int((first_of(houses)[1] <= 1).sum())
        assert 0 < within < len(houses)
        assert desk.evaluate(LEFT, "vacant_house") == within
        desk.locator(".gp-check input").uncheck()
        assert desk.evaluate(LEFT, "vacant_house") == len(houses)


def pixel(view, x, y):
    """Return the colour of the canvas at a point of the plane (m), as `[r, g, b, a]`."""
    point = trial_map.table([trial_map.shapely.Point(x, y)]).to_crs(4326).geometry[0]
    view.wait_for_timeout(120)
    return view.evaluate(
        """([lat, lon]) => { const map = gisplan.atlas.map, set = gisplan.atlas.sets.find(one => one.renderer);
        const r = set.renderer, drawn = r._ctx.canvas, p = map.latLngToLayerPoint([lat, lon]).subtract(r._bounds.min);
        const k = drawn.width / r._bounds.getSize().x, one = document.createElement('canvas').getContext('2d');
        one.drawImage(drawn, p.x * k, p.y * k, 1, 1, 0, 0, 1, 1);
        return [...one.getImageData(0, 0, 1, 1).data]; }""",
        [point.y, point.x],
    )


def test_the_divider_cuts_today_and_the_scenario_on_the_canvas(desk):
    with reset(desk):
        desk.evaluate("gisplan.atlas.story.reach.set(10)")
        x, y = 1500, 2800  # 1,300 m from 中央会館: within 10 minutes after the works alone
        before = pixel(desk, x, y)
        desk.locator(".gp-told-part").nth(1).evaluate("one => { one.open = true; }")
        desk.locator(".gp-told-part select").nth(1).select_option(SCENARIO)
        for side in ("left", "right"):
            assert desk.locator(f".gp-side.{side} small").all_inner_texts() == ["5", "10"], (
                "the key of the ramp"
            )
        ramp = "one => [...one.querySelectorAll('i')].map(key => key.style.backgroundColor)"
        assert desk.locator(".gp-side.left").evaluate(ramp) == ["rgb(8, 48, 107)", "rgb(158, 202, 225)"]
        handle = desk.locator(".gp-divider")
        handle.focus()
        desk.keyboard.press("Home")
        assert handle.get_attribute("aria-valuenow") == "0"
        after = pixel(desk, x, y)
        assert after != before, "everything lies on the side of the scenario"
        desk.keyboard.press("End")
        assert pixel(desk, x, y) == before, "everything lies on the side of today"
        for _ in range(2):
            desk.keyboard.press("PageDown")
        desk.keyboard.press("ArrowLeft")
        assert handle.get_attribute("aria-valuenow") == "78"
        assert f"「{SCENARIO}」の後：空家等" in desk.inner_text(".gp-said >> nth=0"), (
            "the numbers of both are told"
        )
        assert f"右は「{SCENARIO}」" in handle.get_attribute("aria-valuetext")
    assert "scenario_1_isochrone_hub" not in desk.evaluate(ON)
    assert "scenario_1" in desk.evaluate(ON), "the roads that were shown before are shown again"


def test_the_divider_is_dragged_by_the_mouse_and_the_map_stays(desk):
    with reset(desk):
        desk.evaluate(f"gisplan.atlas.story.swipe.set('{SCENARIO}')")
        centre = desk.evaluate("gisplan.atlas.map.getCenter().toString()")
        box = desk.locator(".gp-divider").bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        desk.mouse.move(x, y)
        desk.mouse.down()
        desk.mouse.move(x - 200, y + 10, steps=4)
        desk.mouse.up()
        moved = desk.locator(".gp-divider").bounding_box()
        assert abs(box["x"] - moved["x"] - 200) < 2
        assert desk.evaluate("gisplan.atlas.map.getCenter().toString()") == centre
        # What lies on the other side is not hit.
        hit = """() => { const map = gisplan.atlas.map;
        const set = gisplan.atlas.sets.find(one => one.block.name === 'isochrone_hub');
        const path = set.features.find(one => set.has(one.at)).drawn[0], size = map.getSize();
        const at = path.getBounds().getCenter(); map.setView(at, map.getZoom(), { animate: false });
        return [path._containsPoint(map.containerPointToLayerPoint([size.x - 2, size.y / 2]))]; }"""
        assert desk.evaluate(hit) == [False]


def test_chapters_go_on_and_back_by_keys_and_set_the_map(desk):
    with reset(desk):
        first = desk.evaluate(ON)
        assert desk.locator("#chapters").is_hidden()
        hub_at(desk).click()
        assert desk.locator("#gisplan-dossier").is_visible()
        desk.locator(".gp-start").focus()
        desk.keyboard.press("Enter")
        assert desk.locator("#gisplan-dossier").is_hidden(), (
            "the panel of the last hub does not cover the legend"
        )
        assert "一つ目の文章" in desk.inner_text(".gp-chapter")
        assert desk.evaluate(ON) == ["hub", "municipality"]
        desk.keyboard.press("ArrowRight")
        assert "二つ目" in desk.inner_text(".gp-chapter")
        assert "isochrone_hub" in desk.evaluate(ON)
        assert desk.locator(".gp-swipe").is_hidden()
        desk.keyboard.press("ArrowRight")
        assert "三つ目" in desk.inner_text(".gp-chapter")
        assert "図にない" in desk.inner_text(".gp-chapter")
        assert desk.locator(".gp-swipe").is_visible()
        assert desk.evaluate("gisplan.atlas.map.getZoom()") == 13
        desk.locator(".gp-card select").select_option("0")
        assert desk.locator(".gp-swipe").is_hidden()
        assert desk.evaluate(ON) == ["hub", "municipality"]
        desk.locator(".gp-next").focus()
        desk.keyboard.press("Escape")
        assert desk.locator(".gp-card").is_hidden()
        assert desk.evaluate(ON) == first
        assert desk.evaluate("document.activeElement.className") == "gp-start"


def test_minutes_of_another_layer_of_places_are_found_there(browser, tmp_path):
    page = story_map.page()
    today, after = page.story.reaches
    other = dataclasses.replace(
        today, layer="school", minutes=(15.0, 30.0), united="", each="", united_minutes=(), each_minutes=()
    )
    story = dataclasses.replace(page.story, reaches=(other, today, after), dossiers=(), chapters=())
    path = tmp_path / "map.html"
    path.write_text(interactive.html(dataclasses.replace(page, story=story)), "utf-8", newline="\n")
    with opened(browser, path) as (view, _):
        view.evaluate("gisplan.atlas.story.reach.set(5)")
        assert view.evaluate("gisplan.atlas.story.reach.place") == [1, -1]
        view.evaluate(f"gisplan.atlas.story.reach.set(null); gisplan.atlas.story.swipe.set('{SCENARIO}')")
        assert view.evaluate("gisplan.atlas.story.reach.minutes") == 10, "the longest of the chosen layer"
        assert "scenario_1_isochrone_hub" in view.evaluate(ON)


def test_on_paper_every_chapter_is_there_and_no_control(desk):
    desk.emulate_media(media="print")
    texts = desk.inner_text("#chapters")
    for word in ("一つ目の文章", "二つ目", "三つ目"):
        assert word in texts
    assert desk.locator(".gp-start").is_hidden()
    desk.emulate_media(media="screen")


def test_without_scripts_the_chapters_are_read(browser, told):
    with opened(browser, told, scripts=False, ready=False) as (view, _):
        assert "三つ目" in view.inner_text("#chapters")


def test_english_is_said_by_every_control(desk):
    with reset(desk):
        desk.click("#language")
        desk.evaluate("gisplan.atlas.story.reach.set(5)")
        assert "Within 5 min to Hubs (all)" in desk.inner_text(".gp-said >> nth=0")
        assert desk.get_attribute(".gp-divider", "aria-label").startswith("Divider")
        assert "chapters" in desk.inner_text(".gp-start")
        desk.click("#language")


def test_the_link_to_a_view_brings_minutes_and_scenario_back(browser, told):
    with opened(browser, told) as (view, seen):
        view.goto(f"{told.as_uri()}#m=13.00/35.000000/138.500000&r=0:1@5&s={SCENARIO}")
        view.reload()
        view.wait_for_selector("html.gp-ready")
        view.wait_for_timeout(100)
        assert view.evaluate("gisplan.atlas.story.reach.minutes") == 5
        assert view.evaluate("gisplan.atlas.story.swipe.scenario") == SCENARIO
        hear = "() => new Promise(heard => { addEventListener('hashchange', () => heard(0), { once: true });"
        view.evaluate(f"{hear} location.hash = '#m=13.00/35.000000/138.500000'; }})")
        assert view.evaluate("gisplan.atlas.story.reach.minutes") is None
        assert view.evaluate("gisplan.atlas.story.reach.place") == [0, -1]
        assert view.evaluate("gisplan.atlas.story.swipe.scenario") == ""
        assert view.locator(".gp-swipe").is_hidden()
        assert not [name for name in view.evaluate(ON) if "isochrone" in name]
        for wrong in ("r=9:1@5", "r=0:7@5", "r=0:0@7", "r=<b>", "s=%E0%A4%A"):
            view.evaluate(f"location.hash = 'm=13.00/35.000000/138.500000&{wrong}'; 0")
        view.wait_for_timeout(100)
        assert not seen["errors"]


def test_on_a_phone_the_panel_waits_to_be_asked_for_and_the_divider_follows_a_finger(browser, told):
    context = browser.new_context(viewport=PHONE, offline=True, has_touch=True)
    view = context.new_page()
    errors = []
    view.on("pageerror", lambda error: errors.append(str(error)))
    view.goto(told.as_uri())
    view.wait_for_selector("html.gp-ready")
    hub_at(view).tap()
    assert view.locator("#gisplan-dossier").is_hidden()
    view.wait_for_timeout(300)  # two taps in 200 ms are a double tap for Leaflet, and zoom
    view.locator(".gp-more").tap()
    assert view.locator("#gisplan-dossier").is_visible()
    sign, side = hub_at(view).bounding_box(), view.locator("#side").bounding_box()
    assert sign["y"] > view.locator("#map").bounding_box()["y"], "the place that is told stays in sight"
    assert sign["y"] + sign["height"] < side["y"]
    assert view.evaluate("document.documentElement.scrollWidth <= innerWidth")
    view.locator("#legend-button").tap()
    view.evaluate(f"gisplan.atlas.story.swipe.set('{SCENARIO}')")
    box = view.locator(".gp-divider").bounding_box()
    client = context.new_cdp_session(view)
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    for kind, at in (("touchStart", x), ("touchMove", x + 60), ("touchMove", x + 90), ("touchEnd", None)):
        points = [] if at is None else [{"x": at, "y": y}]
        client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    assert view.locator(".gp-divider").bounding_box()["x"] - box["x"] > 60
    context.close()
    assert not errors


def hostile(number):
    """Return what turns each text into a hostile one of its own, from a number on."""
    known = {}
    return lambda text: known.setdefault(
        text, trial_map.HOSTILE[(number + len(known)) % len(trial_map.HOSTILE)]
    )


@pytest.mark.parametrize("number", [0, 50])
def test_hostile_texts_are_text_in_panel_and_chapters(browser, tmp_path, number):
    path = tmp_path / "map.html"
    path.write_text(interactive.html(story_map.page(hostile(number))), "utf-8", newline="\n")
    with opened(browser, path, viewport=DESK) as (view, seen):
        view.evaluate("gisplan.atlas.story.dossier.close()")
        view.evaluate(
            """const set = gisplan.atlas.sets.find(one => one.block.name === 'hub');
            gisplan.show(gisplan.atlas, set.features[0].bounds.getCenter(), [[set, set.features[0].at]]);
            document.querySelector('.gp-start').click(); document.querySelector('.gp-next').click();
            document.querySelector('.gp-next').click(); 0"""
        )
        assert view.evaluate("window.GISPLAN_RAN") is None
        assert (
            view.locator("#gisplan-dossier img, #gisplan-chapters img, #chapters script, #chapters a").count()
            == 0
        )
        assert faultless(seen), seen


FRAME = """<!DOCTYPE html><html><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; frame-src 'self'"></head><body>
<iframe src="map.html" title="map" width="0" height="0" loading="lazy" sandbox="allow-scripts"></iframe>
</body></html>"""


@pytest.mark.parametrize("width", [360])
def test_in_a_frame_under_a_strict_policy_everything_works(browser, told, width):
    outer = told.with_name(f"outer_{width}.html")
    outer.write_text(FRAME, "utf-8")
    errors, requests = [], []
    context = browser.new_context(viewport={"width": width + 40, "height": 700}, offline=True)
    view = context.new_page()
    view.on("pageerror", lambda error: errors.append(str(error)))
    view.on("request", lambda request: requests.append(request.url))
    view.goto(outer.as_uri())
    frame = view.frame_locator("iframe")
    frame.locator("html.gp-ready").wait_for(state="attached", timeout=15_000)
    inner = view.frames[1]
    # Many pages give a frame its room late; the first view waits for it.
    grow = "width => { Object.assign(document.querySelector('iframe'), { width, height: 600 }); }"
    view.evaluate(grow, width)
    inner.wait_for_function("gisplan.atlas.map.getBounds().contains([[36.001, 138.501], [36.02, 138.53]])")
    assert inner.evaluate("self.origin") == "null", "the frame has no origin of its own"
    frame.locator(".gp-start").click()
    frame.locator(".gp-next").click()
    assert "isochrone_hub" in inner.evaluate(ON)
    frame.locator(".gp-next").click()
    assert frame.locator(".gp-swipe").is_visible()
    frame.locator(".gp-end").click()
    inner.evaluate("document.dispatchEvent(new Event('pointerdown')); gisplan.atlas.map.setZoom(12); 0")
    view.wait_for_timeout(400)
    assert not errors
    assert [url.rpartition("/")[2] for url in requests] == [outer.name, "map.html"]
    context.close()


def test_a_page_without_a_story_has_none_of_it(browser, tmp_path):
    page = dataclasses.replace(story_map.page(), story=trial_map.page().story)
    text = interactive.html(page)
    assert "gp-divider" not in text
    path = tmp_path / "map.html"
    path.write_text(text, "utf-8", newline="\n")
    with opened(browser, path) as (_, seen):
        assert faultless(seen)
