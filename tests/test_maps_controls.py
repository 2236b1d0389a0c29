"""The controls of the page in a real browser with the network off, by mouse, keyboard and finger."""

from contextlib import contextmanager

import pytest
import trial_map

from gisplan.maps import interactive

pytestmark = pytest.mark.browser

DESK = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}
SET = "(name) => gisplan.atlas.listed.find(set => set.block.name === name)"


@contextmanager
def opened(browser, path, *, viewport=DESK, touch=False, mark=""):
    """Open a file with the network off; whatever it asks for or complains of is a fault."""
    seen = []
    context = browser.new_context(viewport=viewport, offline=True, has_touch=touch, accept_downloads=True)
    view = context.new_page()
    view.on("request", lambda request: seen.append(request.url))
    view.on("console", lambda message: seen.append(message.text))
    view.on("pageerror", lambda error: seen.append(str(error)))
    address = path.as_uri()
    view.goto(address + mark)
    view.wait_for_selector("html.gp-ready", timeout=15_000)
    yield view
    faults = [one for one in seen if not one.startswith((address, "blob:"))]
    context.close()
    assert not faults


@pytest.fixture(scope="module")
def village(tmp_path_factory):
    path = tmp_path_factory.mktemp("map") / "map.html"
    path.write_text(interactive.html(trial_map.page(houses=400)), "utf-8", newline="\n")
    return path


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
