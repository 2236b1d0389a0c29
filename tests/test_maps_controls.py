"""The controls of the page in a real browser with the network off, by mouse, keyboard and finger."""

import base64
import csv
import io
import re
from contextlib import contextmanager
from dataclasses import replace

import axe
import numpy as np
import pyproj
import pytest
import trial_map
from browser_tabs import tab

from gisplan.maps import interactive

pytestmark = pytest.mark.browser

DESK = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}
HOST = "https://cyberjapandata.gsi.go.jp"
DOT = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@contextmanager
def opened(browser, path, *, viewport=DESK, touch=False, mark="", tiles=None):
    """Open a file with the network off; whatever it asks for or complains of is a fault.

    `tiles` is what a request for a tile is answered with; the tile host is then known, and nothing else.
    """
    address = path.as_uri()
    with tab(browser, viewport=viewport, has_touch=touch) as (view, seen):
        if tiles is not None:
            view.context.route(
                f"{HOST}/**", lambda route: route.fulfill(body=tiles, content_type="image/png")
            )
        view.goto(address + mark)
        view.wait_for_selector("html.gp-ready", timeout=15_000)
        view.seen = seen["requests"]
        yield view
        harmless = (address, "blob:", HOST) if tiles is not None else (address, "blob:")
        faults = [one for kind in seen.values() for one in kind if not one.startswith(harmless)]
        assert not faults


def timed_page(*, houses=400, **more):
    """Return the trial page with minutes to the hub: those of house n are n / 20, and every tenth has none."""
    page = trial_map.page(houses=houses)
    layer = next(one for one in page.layers if one.name == "vacant_house")
    minutes = [np.nan if n % 10 == 9 else n / 20 for n in range(houses)]
    title = trial_map.both("拠点までの所要時間 [分]", "Minutes to the hub [min]")
    timed = replace(
        layer,
        table=layer.table.assign(minutes_to_hub=minutes),
        popup=(*layer.popup, ("minutes_to_hub", title)),
    )
    layers = tuple(timed if one is layer else one for one in page.layers)
    return replace(page, layers=layers, **more)


def written(tmp_path_factory, page):
    path = tmp_path_factory.mktemp("map") / "map.html"
    path.write_text(interactive.html(page), "utf-8", newline="\n")
    return path


@pytest.fixture(scope="module")
def village(tmp_path_factory):
    return written(tmp_path_factory, timed_page(base=("none", "pale", "relief")))


@pytest.fixture(scope="module")
def few(tmp_path_factory):
    """Return a page of few houses, for what looks at every element."""
    return written(tmp_path_factory, timed_page(houses=20, base=("none", "pale")))


def until(view, expression):
    """Wait until something is true; the page's policy lets Playwright wait for no expression of its own."""
    for _ in range(100):
        if view.evaluate(expression):
            return
        view.wait_for_timeout(50)
    raise AssertionError(expression)


def painted(view):
    """Return how much of the canvas is painted, the land left out: it is opaque."""
    view.evaluate(
        "gisplan.atlas.listed.forEach(set => { if (set.land) gisplan.atlas.turn(set, false); set.redraw(); })"
    )
    view.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return view.evaluate(
        """() => { const c = document.querySelector('.leaflet-overlay-pane canvas'),
        copy = new OffscreenCanvas(c.width, c.height).getContext('2d', { willReadFrequently: true });
        copy.drawImage(c, 0, 0); const d = copy.getImageData(0, 0, c.width, c.height).data;
        let sum = 0; for (let i = 3; i < d.length; i += 4) sum += d[i]; return sum; }"""
    )


def test_restrictions_are_combined_and_hold_for_drawing_search_hits_and_counts(browser, village):
    with opened(browser, village) as view:
        view.evaluate(
            "gisplan.atlas.listed.forEach(set => set.block.name === 'vacant_house' "
            "|| gisplan.atlas.turn(set, false)); 0"
        )
        all_of_them = painted(view)
        only = """([name, from, to]) => gisplan.atlas.restrict(name, set => set.block.name === 'vacant_house'
            ? Uint8Array.from({ length: set.block.count }, (_, at) => at >= from && at < to ? 1 : 0) : null)"""
        view.evaluate(only, ["one", 0, 100])
        view.evaluate(only, ["other", 50, 400])
        row = view.locator(".gp-item", has_text="空家等")
        assert row.locator(".gp-layer .gp-count").inner_text() == "50 / 400"
        assert painted(view) < all_of_them
        hits = """at => { const set = gisplan.atlas.listed.find(set => set.block.name === 'vacant_house');
            const point = gisplan.atlas.map.latLngToLayerPoint(set.features[at].bounds.getCenter());
            return gisplan.hits(gisplan.atlas, point).some(([one, found]) => one === set && found === at); }"""
        assert [view.evaluate(hits, at) for at in (20, 60, 200)] == [False, True, False]
        view.evaluate("gisplan.atlas.restrict('one', null); gisplan.atlas.restrict('other', null)")
        assert row.locator(".gp-layer .gp-count").inner_text() == "400"
        assert painted(view) == all_of_them


def test_a_sign_that_a_restriction_leaves_out_is_gone_with_its_label(browser, village):
    with opened(browser, village) as view:
        view.evaluate(
            "gisplan.atlas.restrict('x', set => set.block.name === 'hub' ? Uint8Array.of(1, 0) : null)"
        )
        view.fill(".gp-query", "港会館")
        assert "該当する" in view.inner_text(".gp-status")
        assert view.locator(".gp-sign[aria-label*='港会館']").count() == 0
        assert view.locator(".gp-label:not(.gp-hidden)", has_text="港会館").count() == 0
        view.evaluate("gisplan.atlas.restrict('x', null)")
        assert view.locator(".gp-sign[aria-label*='港会館']").count() == 1


def test_a_layer_fades_as_a_whole(browser, village):
    with opened(browser, village) as view:
        before = painted(view)
        view.evaluate("gisplan.atlas.listed.find(set => set.block.name === 'zone').fade(0.2)")
        assert painted(view) < before
        view.evaluate("gisplan.atlas.listed.find(set => set.block.name === 'hub').fade(0.4)")
        assert view.evaluate("document.querySelector('.gp-sign').style.opacity") == "0.4"
        view.evaluate("gisplan.atlas.listed.forEach(set => set.fade(1))")
        assert painted(view) == before


# ---- legend ----


def test_a_group_of_the_legend_folds_and_is_turned_on_and_off_as_one(browser, village):
    with opened(browser, village) as view:
        group = view.locator(".gp-group", has_text="計画").first
        fold = group.locator(".gp-fold")
        assert fold.get_attribute("aria-expanded") == "true"
        fold.focus()
        view.keyboard.press("Enter")
        assert fold.get_attribute("aria-expanded") == "false"
        assert not group.locator(".gp-layers").is_visible()
        view.keyboard.press("Space")
        boxes = group.locator("input[type=checkbox]:not([disabled])")
        all_of_them, none_of_them = group.locator(".gp-turn").all()
        none_of_them.click()
        assert not any(box.is_checked() for box in boxes.all())
        all_of_them.click()
        assert all(box.is_checked() for box in boxes.all())
        assert fold.inner_text().split() == ["計画", str(boxes.count()), "/", str(boxes.count())]


def test_the_strength_of_a_layer_is_set_by_keyboard(browser, village):
    with opened(browser, village) as view:
        row = view.locator(".gp-item", has_text="用途地域").first
        button = row.locator(".gp-fader")
        assert button.get_attribute("aria-label") == "用途地域の濃さ"
        button.focus()
        view.keyboard.press("Enter")
        view.keyboard.press("Tab")
        for _ in range(4):
            view.keyboard.press("ArrowLeft")
        assert row.locator("output").inner_text() == "80 %"
        faded = "gisplan.atlas.listed.find(set => set.block.name === 'zone').faded"
        assert view.evaluate(faded) == pytest.approx(0.8)


# ---- base map ----


def test_a_base_map_is_loaded_only_when_it_is_chosen_and_credited(browser, village):
    with opened(browser, village, tiles=DOT) as view:
        assert len(view.seen) == 1, "the page itself"
        view.click(".gp-choice:has-text('淡色地図')")
        view.wait_for_selector(".gp-tiles img.leaflet-tile-loaded")
        assert all(re.match(rf"{HOST}/xyz/pale/\d+/\d+/\d+\.png$", one) for one in view.seen[1:])
        link = view.locator(".gp-tiles-credit a")
        assert link.inner_text() == "地理院タイル"
        assert link.get_attribute("href") == "https://maps.gsi.go.jp/development/ichiran.html"
        assert view.inner_text(".gp-hint") == ""
        view.emulate_media(media="print")
        assert link.is_visible(), "on paper as well"
        assert "ichiran.html" in link.evaluate("one => getComputedStyle(one, '::after').content")
        view.emulate_media(media="screen")
        view.click(".gp-choice:has-text('色別標高図')")
        assert "海上保安庁" in view.inner_text(".gp-tiles-credit")
        view.click(".gp-choice:has-text('なし')")
        assert view.locator(".gp-tiles").count() == view.locator(".gp-tiles-credit").count() == 0


def test_without_a_network_the_map_says_that_the_base_map_did_not_come(browser, village):
    context = browser.new_context(viewport=DESK, offline=True)
    view = context.new_page()
    said, errors = [], []
    view.on("console", lambda message: said.append(message.text))
    view.on("pageerror", lambda error: errors.append(str(error)))
    view.goto(village.as_uri())
    view.click(".gp-choice:has-text('淡色地図')")
    view.wait_for_selector(".gp-hint:has-text('背景地図を取得できません')")
    view.click("#language")
    assert "The base map did not come" in view.inner_text(".gp-hint")
    assert not errors
    assert all("ERR_INTERNET_DISCONNECTED" in one for one in said), (
        "nothing but what a browser says by itself"
    )
    view.click(".gp-choice:has-text('None')")
    assert view.inner_text(".gp-hint") == ""
    context.close()


def test_only_a_page_that_offers_tiles_may_load_them():
    plain, offering = interactive.html(timed_page()), interactive.html(timed_page(base=("pale", "none")))
    assert "cyberjapandata" not in plain
    assert "img-src data: blob:;" in plain
    assert f"img-src data: blob: {HOST};" in offering
    assert offering.count("connect-src 'none'") == 1
    notes = offering[offering.index('<dl class="credits">') :]
    assert "地理院タイル" in notes


# ---- filters ----


def filters(view):
    view.click(".gp-filters > summary")
    view.click(".gp-filters-of:has-text('空家等') > summary")
    return view.locator(".gp-filters-of", has_text="空家等")


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_houses_are_filtered_by_minutes_consent_and_source(browser, village, viewport):
    with opened(browser, village, viewport=viewport, touch=viewport is PHONE) as view:
        if viewport is PHONE:
            view.click("#legend-button")
        part = filters(view)
        left = part.locator("> summary .gp-count")
        assert left.inner_text() == "400 / 400"
        most = part.locator("input[type=range]").nth(1)
        most.focus()
        for _ in range(10):
            view.keyboard.press("ArrowLeft")
        assert part.locator("output").inner_text() == "0分以上 10分以下"
        # Houses 0 … 200 are within ten minutes; twenty of them have no minutes.
        until(view, "document.querySelector('.gp-left').textContent.includes('400件中181件')")
        part.locator("label", has_text="値のないもの（40件）").click()
        until(view, "document.querySelector('.gp-left').textContent.includes('400件中221件')")
        consent = part.locator("fieldset", has_text="公開同意")
        consent.locator("label", has_text="はい").click()
        consent.locator("label", has_text="記載なし").click()
        # Of the houses within ten minutes every fourth has no consent; those of no minutes are none of them.
        until(view, "gisplan.atlas.listed.find(s => s.block.name === 'vacant_house').left() === 50")
        assert "一覧表はすべての行を示します" in view.inner_text(".gp-left")
        view.click(".gp-filters > .gp-plain")
        assert left.inner_text() == "400 / 400"
        assert view.inner_text(".gp-left") == ""
        assert consent.locator("input").evaluate_all("all => all.every(one => one.checked)")


# ---- search ----


def test_search_goes_by_arrows_and_ends_by_escape(browser, village):
    with opened(browser, village) as view:
        view.fill(".gp-query", "会館")
        view.press(".gp-query", "ArrowDown")
        assert view.evaluate("document.activeElement.textContent").startswith("中央会館")
        view.keyboard.press("ArrowDown")
        view.keyboard.press("Enter")
        assert "港会館" in view.inner_text(".gp-popup")
        view.focus(".gp-found button")
        view.keyboard.press("ArrowUp")
        view.keyboard.press("Escape")
        assert view.input_value(".gp-query") == ""
        assert view.locator(".gp-found button").count() == 0


# ---- measuring ----


def test_lengths_and_areas_are_those_of_the_ellipsoid(browser, village):
    earth = pyproj.Geod(ellps="GRS80")
    rng = np.random.default_rng(3)
    ways = [(138 + a, 35 + b, 138 + c, 35 + d) for a, b, c, d in rng.uniform(-3, 3, (40, 4))]
    ways += [(138.0, 35.0, 138.0, 35.0), (138.0, 35.0, 138.00001, 35.0), (122.9, 24.4, 145.8, 43.4)]
    rings = [
        [(138 + r * np.cos(t), 35 + 0.8 * r * np.sin(t)) for t in np.sort(rng.uniform(0, 6.28, 7))]
        for r in (0.0001, 0.001, 0.01, 0.1, 0.3)
    ]
    with opened(browser, village) as view:
        found = view.evaluate(
            """([ways, rings]) => { const at = (lng, lat) => L.latLng(lat, lng), { length, area } = gisplan.geodesy;
            return [ways.map(([a, b, c, d]) => length(at(a, b), at(c, d))),
                    rings.map(ring => area(ring.map(([x, y]) => at(x, y)))),
                    rings.map(ring => area([...ring].reverse().map(([x, y]) => at(x, y))))]; }""",
            [ways, [[list(map(float, place)) for place in ring] for ring in rings]],
        )
    lengths, areas, backwards = found
    assert lengths == pytest.approx([earth.inv(*way)[2] for way in ways], abs=1e-3)
    wanted = [abs(earth.polygon_area_perimeter(*zip(*ring, strict=True))[0]) for ring in rings]
    assert areas == pytest.approx(wanted, rel=2e-5)
    assert backwards == pytest.approx(areas, rel=1e-9)


def middle(view, *, right=0, down=0):
    box = view.locator(".folium-map").bounding_box()
    return box["x"] + box["width"] / 2 + right, box["y"] + box["height"] / 2 + down


def test_the_tool_measures_by_mouse_and_ends_by_escape(browser, village):
    with opened(browser, village) as view:
        view.click(".gp-measure")
        assert view.get_attribute(".gp-measure", "aria-pressed") == "true"
        for right, down in ((-60, 40), (60, 40), (60, 140)):
            view.mouse.click(*middle(view, right=right, down=down))
        said = view.inner_text(".gp-told")
        assert re.fullmatch(r"距離 [\d.]+ k?m・面積 [\d.]+ (ha|m²)", said), said
        assert view.locator(".gp-popup").count() == 0, "no click opens what lies there"
        assert "GRS80" in view.inner_text(".gp-measuring")
        view.click(".gp-measuring button:has-text('一つ戻す')")
        assert "面積" not in view.inner_text(".gp-told")
        view.keyboard.press("Escape")
        assert view.inner_text(".gp-told") == "地図の上を順に指してください。"
        view.keyboard.press("Escape")
        assert not view.locator(".gp-measuring").is_visible()
        view.mouse.click(*middle(view, right=-60, down=40))
        assert view.locator(".gp-popup").count() == 1, "and the map tells of places again"


def test_the_tool_measures_by_keyboard_and_by_finger(browser, village):
    with opened(browser, village, viewport=PHONE, touch=True) as view:
        view.focus(".gp-measure")
        view.keyboard.press("Enter")
        view.focus(".folium-map")
        view.keyboard.press("Enter")
        view.evaluate("gisplan.atlas.map.panBy([40, 0], {animate: false}); 0")
        view.keyboard.press("Enter")
        assert view.inner_text(".gp-told").startswith("距離")
        view.click(".gp-measuring button:has-text('消去')")
        for down in (100, 180):
            view.touchscreen.tap(*middle(view, down=down))
        assert view.inner_text(".gp-told").startswith("距離")


# ---- link ----


STATE = """() => { const a = gisplan.atlas, c = a.map.getCenter(); return {
    zoom: a.map.getZoom(), lat: c.lat.toFixed(4), lng: c.lng.toFixed(4),
    on: a.listed.filter(s => s.on).map(s => s.block.name),
    faded: a.listed.map(s => s.faded), left: a.listed.map(s => s.left()), language: gisplan.language(),
    popup: document.querySelector('.gp-popup strong')?.textContent || '' }; }"""


def test_the_link_brings_the_view_back(browser, village):
    with opened(browser, village) as view:
        assert "#" not in view.url, "nothing is written before the page is touched"
        view.click("#language")
        view.locator(".gp-item", has_text="Promotion area").first.locator("input[type=checkbox]").click()
        view.evaluate("gisplan.atlas.fade(gisplan.atlas.listed.find(s => s.block.name === 'zone'), 0.35)")
        view.click(".gp-filters > summary")
        part = view.locator(".gp-filters-of", has_text="Vacant houses")
        part.locator("> summary").click()
        part.locator("label", has_text="Survey").click()
        view.fill(".gp-query", "港会館")
        view.press(".gp-query", "Enter")
        until(view, "location.hash.includes('p=hub') && location.hash.includes('f=vacant_house.source')")
        before, mark = view.evaluate(STATE), view.evaluate("location.hash")
        view.click(".gp-share")
        assert view.input_value(".gp-field").endswith(mark)
    assert before["popup"] == "港会館"
    with opened(browser, village) as view:
        plain = view.evaluate(STATE)
        view.evaluate("mark => { location.hash = mark; }", mark)
        until(view, "gisplan.language() === 'en'")
        assert view.evaluate(STATE) == before
        # A link over another one: what it does not say goes back, but for the language, which is the reader's.
        view.evaluate("location.hash = '#m=12/34.8/138.3'")
        until(view, "gisplan.atlas.map.getZoom() === 12 && !document.querySelector('.gp-popup')")
        kept = {"zoom": 12, "lat": "34.8000", "lng": "138.3000", "language": "en"}
        assert view.evaluate(STATE) == plain | kept
        view.evaluate("gisplan.atlas.listed.forEach(set => gisplan.atlas.turn(set, false)); 0")
        view.click(".gp-share")
        assert "&on=-" in view.input_value(".gp-field"), "no layer at all is said, too"
    with opened(browser, village, mark=mark) as view:
        assert view.evaluate(STATE) == before
        view.evaluate("location.hash = '#m=15/34.8/138.3&l=ja'")
        until(view, "gisplan.language() === 'ja' && gisplan.atlas.map.getZoom() === 15")


START = "#m=12/34.8/138.3"
HOSTILE_MARKS = (
    "#m=",
    "#m=1e999/x/y",
    "#m=-5/91/400",
    "#m=NaN/Infinity/0&on=__proto__,constructor",
    f"{START}&on=%E0%A4%A&o=zone:1e9,hub:-3,hub,:&b=javascript:alert(1)&l=<b>&p=hub/=%00",
    f"{START}&f=;;.;:;a.b:c;vacant_house.minutes_to_hub:9-1;vacant_house.constructor:~x",
    f"{START}&f=vacant_house.source:~%3Cimg%20src=x%20onerror=window.GISPLAN_RAN=1%3E&p=constructor/toString",
    f"{START}&p=hub/999999&p=hub/-1&on",
    "#m=" + "9" * 100_000,
    "#<img src=x onerror=window.GISPLAN_RAN=1>",
    "#tables",
)


def test_a_hostile_link_does_no_harm(browser, village):
    with opened(browser, village) as view:
        for mark in HOSTILE_MARKS:
            view.evaluate("mark => { location.hash = mark; }", mark)
            view.wait_for_timeout(20)
            state = view.evaluate(STATE)
            assert np.isfinite(state["zoom"]), mark
            assert all(0 <= faded <= 1 for faded in state["faded"]), mark
            assert view.evaluate("window.GISPLAN_RAN") is None
    with opened(browser, village, mark=HOSTILE_MARKS[4]) as view:
        assert view.evaluate("gisplan.atlas.map.getZoom()") == 12


# ---- screen and gestures ----


def test_the_map_fills_the_screen_or_at_least_the_window(browser, village):
    with opened(browser, village) as view:
        view.click(".gp-screen")
        until(view, "document.fullscreenElement && document.fullscreenElement.id === 'map'")
        view.wait_for_selector(".gp-screen[aria-pressed=true]")
        view.click(".gp-screen")
        until(view, "!document.fullscreenElement")
        view.evaluate("Element.prototype.requestFullscreen = () => Promise.reject(new Error('no')); 0")
        view.click(".gp-screen")
        view.wait_for_selector("#map.gp-filled")
        box = view.locator("#map").bounding_box()
        assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, 1280, 800)
        view.keyboard.press("Escape")
        assert view.locator("#map.gp-filled").count() == 0


def drag(view, fingers, *, by):
    """Move fingers over the touch screen, all alike."""
    client = view.context.new_cdp_session(view)

    def send(kind, step):
        points = [{"x": x, "y": y + by * step / 5, "id": n} for n, (x, y) in enumerate(fingers)]
        client.send(
            "Input.dispatchTouchEvent", {"type": kind, "touchPoints": points if kind != "touchEnd" else []}
        )

    send("touchStart", 0)
    for step in range(1, 6):
        send("touchMove", step)
        view.wait_for_timeout(20)
    send("touchEnd", 5)
    view.wait_for_timeout(150)


def test_one_finger_moves_the_page_and_two_the_map(browser, village):
    centre = "gisplan.atlas.map.getCenter().lat"
    with opened(browser, village, viewport=PHONE, touch=True) as view:
        x, y = middle(view, down=60)
        before = view.evaluate(centre)
        drag(view, [(x, y)], by=-150)
        assert view.evaluate(centre) == before
        assert view.evaluate("scrollY") > 50, "the page went on"
        assert view.inner_text(".gp-hint") == "地図は2本の指で動かせます"
        view.evaluate("scrollTo({ top: 0, behavior: 'instant' })")
        view.wait_for_timeout(400)
        drag(view, [(x - 60, y), (x + 60, y)], by=-100)
        view.wait_for_function(f"{centre} < {before!r}")
        view.evaluate("Element.prototype.requestFullscreen = () => Promise.reject(new Error('no')); 0")
        view.click(".gp-screen")
        view.wait_for_selector("#map.gp-filled")
        view.wait_for_timeout(400)  # the map takes its new size
        there = view.evaluate(centre)
        drag(view, [(x, y)], by=-100)
        # Where nothing can be scrolled one finger moves the map.
        view.wait_for_function(f"{centre} < {there!r}")


def test_in_a_frame_the_wheel_zooms_with_ctrl_alone(browser, village):
    outer = village.with_name("outer.html")
    frame = f'<iframe src="{village.name}" title="map" style="width:900px;height:600px"></iframe>'
    outer.write_text(f'<!DOCTYPE html><title>x</title>{frame}<p style="height:2000px">x</p>', "utf-8")
    context = browser.new_context(viewport=DESK, offline=True)
    view = context.new_page()
    view.goto(outer.as_uri())
    frame = view.frames[1]
    frame.wait_for_selector("html.gp-ready")
    before = frame.evaluate("gisplan.atlas.map.getZoom()")
    view.mouse.move(300, 300)
    view.mouse.wheel(0, -300)
    frame.wait_for_selector(".gp-hint:has-text('Ctrl')")
    assert frame.evaluate("gisplan.atlas.map.getZoom()") == before
    view.keyboard.down("Control")
    view.mouse.wheel(0, -300)
    view.keyboard.up("Control")
    until(frame, f"gisplan.atlas.map.getZoom() > {before}")
    context.close()


# ---- paper ----


def test_the_page_is_printed_on_the_sheet_that_is_chosen(browser, few):
    sizes = {"a4_portrait": (595, 842), "a3_landscape": (1191, 842)}
    with opened(browser, few) as view:
        before = view.evaluate("gisplan.atlas.map.getZoom()")
        for name, size in sizes.items():
            view.select_option("#paper", name)
            data = view.pdf(prefer_css_page_size=True)
            box = [float(one) for one in re.search(rb"/MediaBox \[([\d. ]+)\]", data)[1].split()]
            assert box[2:] == pytest.approx(size, abs=2), name
        until(view, f"Math.abs(gisplan.atlas.map.getZoom() - {before}) < 0.3")


def test_on_paper_stand_legend_scale_and_credits_and_no_control(browser, village):
    with opened(browser, village) as view:
        view.emulate_media(media="print")
        view.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        for seen in (
            ".gp-legend",
            ".leaflet-control-scale-line",
            ".reference",
            "#gisplan-credits",
            ".gp-north",
        ):
            assert view.locator(seen).first.is_visible(), seen
        for hidden in (
            ".gp-bar",
            ".gp-query",
            ".gp-filters",
            ".gp-bases",
            ".gp-fader",
            "#print",
            "#language",
            ".gp-turn",
        ):
            assert not view.locator(hidden).first.is_visible(), hidden


# ---- tables ----


def rows(view, column):
    return view.eval_on_selector_all(
        "details.long tbody tr", f"all => all.map(row => row.cells[{column}].textContent)"
    )


def test_a_table_is_sorted_as_numbers_and_back(browser, village):
    with opened(browser, village) as view:
        view.click("details.long > summary")
        heads = view.locator("details.long thead th")
        at = next(
            n for n, head in enumerate(heads.all()) if "n" in (head.get_attribute("class") or "").split()
        )
        plain = rows(view, at)
        heads.nth(at).locator("button").click()
        assert heads.nth(at).get_attribute("aria-sort") == "ascending"
        numbers = [float(said.replace(",", "")) for said in rows(view, at) if said != "—"]
        assert numbers == sorted(numbers)
        heads.nth(at).locator("button").click()
        assert heads.nth(at).get_attribute("aria-sort") == "descending"
        numbers = [float(said.replace(",", "")) for said in rows(view, at) if said != "—"]
        assert numbers == sorted(numbers, reverse=True)
        heads.nth(at).locator("button").click()
        assert heads.nth(at).get_attribute("aria-sort") == "none"
        assert rows(view, at) == plain


def test_a_table_is_filtered_and_saved_as_excel_reads_it(browser, tmp_path):
    page = trial_map.page()
    names = ["=1+1", "'quoted\"", "二行\n目", "@x", "-5", "道10号", "道9号", "あ", "ア", "亜"]
    first = page.sheets[0].columns[0].name
    some = page.sheets[0].ja.iloc[[0] * len(names)].reset_index(drop=True).assign(**{first: names})
    sheet = replace(page.sheets[0], ja=some, en=some)
    path = tmp_path / "map.html"
    path.write_text(interactive.html(replace(page, sheets=(sheet,))), "utf-8", newline="\n")
    with opened(browser, path) as view:
        view.click("#tables details > summary")
        view.click("#tables thead th:first-child button")
        found = view.eval_on_selector_all("#tables tbody th", "all => all.map(one => one.textContent)")
        assert sorted(found) == sorted(names)
        assert found.index("道9号") < found.index("道10号"), "numbers in texts count as numbers"
        assert found.index("あ") < found.index("亜"), "kana come before kanji, as in a Japanese index"
        with view.expect_download() as waiting:
            view.click(".gp-save")
        assert waiting.value.suggested_filename == f"{sheet.name}.csv"
        data = waiting.value.path().read_bytes()
        assert data.startswith(b"\xef\xbb\xbf")
        lines = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
        assert lines[0] == [
            one.title.ja + (f" [{one.unit.ja}]" if one.unit.ja else "") for one in sheet.columns
        ]
        assert [line[0] for line in lines[1:]] == [f"'{one}" if one[0] in "=@" else one for one in found]
        view.fill(".gp-rows-query", "道")
        assert view.locator("#tables tbody tr").count() == 2
        assert view.inner_text(".gp-table-bar .shown") == "10行中2行"


# ---- every reader ----


OPENED = """language => { document.querySelectorAll('details').forEach(one => { one.open = true; });
    document.querySelectorAll('.gp-fold[aria-expanded=false], .gp-fader').forEach(one => one.click());
    for (const name of ['#legend-button', '.gp-measure', '.gp-measure', '.gp-share'])
        document.querySelector(name).click();
    const set = gisplan.atlas.listed.find(set => set.block.name === 'hub');
    gisplan.atlas.visit(set, set.features[0]);
    gisplan.speak(language); }"""


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_axe_finds_nothing(browser, few, viewport):
    with opened(browser, few, viewport=viewport) as view:
        view.evaluate(OPENED, "ja" if viewport is DESK else "en")
        view.wait_for_timeout(100)
        assert axe.violations(view) == [], "with all of it open"


def test_the_focus_goes_in_the_order_of_the_page(browser, village):
    with opened(browser, village) as view:
        met = []
        for _ in range(30):
            view.keyboard.press("Tab")
            met.append(
                view.evaluate(
                    """() => { const one = document.activeElement;
                    const parts = ['.skip', '.top', '.folium-map', '.credit-line', '#side', '#tables', 'body'];
                    return parts.find(at => one.closest(at)); }"""
                )
            )
        parts = [one for n, one in enumerate(met) if one != met[n - 1]]
        assert parts[:5] == [".skip", ".top", ".folium-map", ".credit-line", "#side"], parts
        view.focus(".skip")
        view.keyboard.press("Enter")
        assert view.evaluate("location.hash") == "#tables"


def test_a_layer_of_many_features_is_filtered_and_linked_like_any_other(browser, tmp_path):
    path = tmp_path / "map.html"
    path.write_text(interactive.html(timed_page(houses=2400)), "utf-8", newline="\n")
    with opened(browser, path) as view:
        houses = "gisplan.atlas.listed.find(set => set.block.name === 'vacant_house')"
        assert view.evaluate(f"Boolean({houses}.block.tiles)"), "large enough to be drawn on tiles"
        part = filters(view)
        part.locator("label", has_text="実態調査").click()
        most = part.locator("input[type=range]").nth(1)
        most.fill("60")
        wanted = f"""(() => {{ const set = {houses}; let sum = 0; for (let at = 0; at < set.count; at++) {{
            const minutes = set.value('minutes_to_hub', at), near = minutes !== null && minutes <= 60;
            sum += near && set.value('source', at) !== 'survey' ? 1 : 0; }} return sum; }})()"""
        count = view.evaluate(wanted)
        assert 200 < count < 1000
        until(view, f"{houses}.left() === {count}")
        until(view, "location.hash.includes('f=vacant_house.minutes_to_hub:0-60')")
        mark = view.evaluate("location.hash")
    with opened(browser, path, mark=mark) as view:
        assert view.evaluate(f"{houses}.left()") == count
