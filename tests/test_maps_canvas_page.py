"""Layers on tiles in a real browser: what is drawn and picked is what shapely says, and nothing is loaded or run."""

import re
import zlib
from dataclasses import replace
from types import SimpleNamespace

import canvas_reader as reader
import geopandas as gpd
import numpy as np
import pytest
import shapely
import trial_map
from test_maps_canvas import islands
from test_maps_page import DESK, click, faultless, opened

import gisplan
from gisplan.core.words import Style
from gisplan.maps import interactive
from gisplan.maps.canvas import block

pytestmark = pytest.mark.browser

ZOOM = 11
RAN = "GISPLAN_RAN"

SCRIPT = """
window.pixelAt = ([name, lat, lon]) => {
  const layer = window[name].set.tiles, zoom = layer._tileZoom, side = 512;
  const at = L.CRS.EPSG3857.latLngToPoint(L.latLng(lat, lon), zoom);
  const tile = layer._tiles[[Math.floor(at.x / side), Math.floor(at.y / side), zoom].join(":")].el;
  const ratio = tile.width / side, one = document.createElement("canvas");
  one.width = one.height = 1;
  const context = one.getContext("2d", { willReadFrequently: true });
  context.drawImage(tile, -Math.floor((at.x % side) * ratio), -Math.floor((at.y % side) * ratio));
  return [...context.getImageData(0, 0, 1, 1).data];
};
window.painted = (name, change) => new Promise((done) => {
  window[name].once("painted", () => done(1));
  change();
});
window.goTo = ([name, lat, lon, zoom]) => {
  const map = offline_map_000, there = map.getZoom() === zoom && map.getCenter().equals([lat, lon]);
  return there ? 1 : window.painted(name, () => map.setView([lat, lon], zoom, { animate: false }));
};
window.clickAt = ([lat, lon]) => {
  const map = offline_map_000, latlng = L.latLng(lat, lon);
  map.fire("click", { latlng, layerPoint: map.latLngToLayerPoint(latlng) });
};
0
"""


def tables():
    rng = np.random.default_rng(11)
    spots = shapely.points(rng.uniform(138.2, 138.8, 400), rng.uniform(34.2, 34.8, 400))
    names = [trial_map.HOSTILE[n % len(trial_map.HOSTILE)] for n in range(400)]
    ways = [
        shapely.MultiLineString(
            [
                np.cumsum(rng.normal(0, 0.01, (9, 2)), axis=0)
                + np.array([138.5, 34.5])
                + rng.uniform(-0.2, 0.2, 2)
                for _ in range(n % 3 + 1)
            ]
        )
        for n in range(60)
    ]
    return {
        "points": gpd.GeoDataFrame(
            {"n": range(400), "kind": list("ab") * 200, "said": names}, geometry=spots, crs=4326
        ),
        "lines": gpd.GeoDataFrame({"n": range(60)}, geometry=ways, crs=4326),
        "areas": gpd.GeoDataFrame(
            {"n": range(40), "kind": list("xyyx") * 10},
            geometry=islands(rng, 40),
            crs=4326,
        ),
    }


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Return the tables, their shapes in steps, and a page with all of them."""
    held = tables()
    made = gisplan.OfflineMap(title="試験", location=[34.5, 138.5], zoom_start=ZOOM)
    facts = {
        "points": {
            "popup": {"n": "番号", "said": "名"},
            "label": "said",
            "paint": Style(by="kind", order=30, radius=6),
        },
        "lines": {"popup": {"n": "番号"}, "paint": Style(order=20, width=3)},
        "areas": {
            "popup": {"n": "番号"},
            "paint": Style(by="kind", order=10, opacity=0.5, colours={"x": "#ff0000", "y": "#0000ff"}),
        },
    }
    for name, more in facts.items():
        gisplan.CanvasLayer(
            held[name], title=f"{name}{trial_map.HOSTILE[0]}", credit=trial_map.HOSTILE[1], **more
        ).add_to(made)
    path = tmp_path_factory.mktemp("canvas") / "map.html"
    text = made.get_root().render()
    path.write_text(text, "utf-8", newline="\n")
    names = {name: f"canvas_layer_{n:03d}" for n, name in enumerate(facts, start=1)}
    rows = {}
    for name, one in zip(facts, reader.blocks(text), strict=True):
        rows[name] = [int(value) for value in reader.column(one["columns"]["n"])]
    in_steps = {name: shapely.transform(table.geometry.to_numpy(), to_steps) for name, table in held.items()}
    return SimpleNamespace(path=path, tables=held, steps=in_steps, names=names, rows=rows)


def to_steps(degrees):
    latitude = np.radians(degrees[:, 1])
    south = 0.5 - np.log(np.tan(np.pi / 4 + latitude / 2)) / (2 * np.pi)
    return np.column_stack([degrees[:, 0] / 360 + 0.5, south]) * reader.STEPS


@pytest.fixture(scope="module")
def view(browser, world):
    """Return the open page, which the tests leave as they found it."""
    with opened(browser, world.path, ready=False) as (page, seen):
        painted(page)
        page.evaluate(SCRIPT)
        yield SimpleNamespace(page=page, seen=seen, names=world.names)


def painted(page):
    page.wait_for_selector("html.gp-painted", timeout=15_000)


def picked(view, world, name, places, pixels):
    """Return the rows of the table that are picked at places, the nearest first."""
    code = "([name, places, pixels]) => places.map(([lon, lat]) => window[name].pick([lat, lon], pixels))"
    found = view.page.evaluate(code, [world.names[name], places.tolist(), pixels])
    return [[world.rows[name][at] for at, _ in one] for one in found]


def around(world, name, count=150):
    """Return places near the features and some that are not."""
    rng = np.random.default_rng(4)
    every = shapely.get_coordinates(world.tables[name].geometry.to_numpy())
    near = every[rng.integers(0, len(every), count)] + rng.normal(0, 0.004, (count, 2))
    return np.vstack([near, np.column_stack([rng.uniform(138.2, 138.8, 30), rng.uniform(34.2, 34.8, 30)])])


@pytest.mark.parametrize("name", ["points", "lines"])
def test_points_and_lines_within_reach_are_picked_the_nearest_first(view, world, name):
    reach = 25
    places, away = around(world, name), 25 * 2 ** (20 - ZOOM)
    found = picked(view, world, name, places, reach)
    shapes = world.steps[name]
    counted = 0
    for place, rows in zip(shapely.points(to_steps(places)), found, strict=True):
        metres = shapely.distance(shapes, place)
        assert set(np.flatnonzero(metres < away - 1)) <= set(rows) <= set(np.flatnonzero(metres < away + 1))
        assert (np.diff(metres[rows]) > -2).all()
        counted += len(rows)
    assert counted > 150
    assert any(not rows for rows in found)


def test_areas_are_picked_from_their_ground_and_not_from_their_holes(view, world):
    shapes, places = world.steps["areas"], around(world, "areas")
    holes = shapely.get_coordinates(
        [
            shapely.centroid(shapely.Polygon(part.interiors[0]))
            for part in shapely.get_parts(world.tables["areas"].geometry.to_numpy())
            if part.interiors
        ]
    )
    places = np.vstack([places, holes])
    found = picked(view, world, "areas", places, 0)
    clear = (
        shapely.distance(shapely.union_all(shapely.boundary(shapes)), shapely.points(to_steps(places))) > 2
    )
    for place, rows, told in zip(shapely.points(to_steps(places)), found, clear, strict=True):
        if told:
            assert set(rows) == set(np.flatnonzero(shapely.contains(shapes, place)))
    assert clear.sum() > 150
    assert sum(map(bool, found)) > 40


def pixel(view, name, place):
    return view.page.evaluate("(told) => pixelAt(told)", [view.names[name], place[1], place[0]])


def go(view, name, place, zoom):
    """Move the map and wait until a layer is painted there."""
    view.page.evaluate("(told) => goTo(told)", [view.names[name], place[1], place[0], zoom])


def lone(world):
    """Return the rows of areas that no other area touches, each with a place of its ground and one of its hole."""
    shapes = world.tables["areas"].geometry.to_numpy()
    for n, shape in enumerate(shapes):
        part = shapely.get_parts(shape)[0]
        middle = shapely.centroid(shapely.Polygon(part.interiors[0]))
        if np.sort(shapely.distance(shapes, middle))[1] > 0.02:
            # A place of the ring that is well inside it.
            spot = shapely.maximum_inscribed_circle(part).coords[0]
            yield n, spot, middle.coords[0]


def test_holes_are_seen_through_and_ground_has_the_colour_of_its_class(view, world):
    places = list(lone(world))[:4]
    for n, ground, hole in places:
        go(view, "areas", hole, 13)
        red, _, blue, alpha = pixel(view, "areas", ground)
        assert 120 <= alpha <= 135
        is_x = world.tables["areas"]["kind"][n] == "x"
        assert (red > 200, blue > 200) == (is_x, not is_x)
        assert pixel(view, "areas", hole)[3] == 0
    assert len(places) == 4
    go(view, "areas", (138.5, 34.5), ZOOM)


def changed(view, code, name):
    """Change something and wait until it is painted."""
    view.page.evaluate(
        f"new Promise(done => {{ {view.names[name]}.once('painted', () => done(1)); {code}; }})"
    )


def test_a_mask_and_classes_leave_out_what_they_say(view, world):
    layer, places = (
        view.names["points"],
        shapely.get_coordinates(world.tables["points"].geometry.to_numpy())[:60],
    )
    view.page.wait_for_timeout(100)
    kept = [row % 3 == 0 for row in world.rows["points"]]
    changed(view, f"{layer}.setMask(Uint8Array.from({[int(one) for one in kept]}))", "points")
    try:
        found = picked(view, world, "points", places, 1)
        assert [bool(rows) for rows in found] == [n % 3 == 0 for n in range(60)]
        changed(view, f"{layer}.setClasses(Uint8Array.from([0, 1]))", "points")
        found = picked(view, world, "points", places, 1)
        assert [bool(rows) for rows in found] == [n % 3 == 0 and n % 2 == 1 for n in range(60)]
        tree = shapely.STRtree(world.steps["points"])
        alone = [
            n
            for n in range(60)
            if len(tree.query(world.steps["points"][n], "dwithin", 12 * 2 ** (20 - ZOOM))) == 1
        ]
        assert len(alone) > 20
        for n in alone:
            assert (pixel(view, "points", places[n])[3] > 0) == (n % 3 == 0 and n % 2 == 1)
    finally:
        changed(view, f"{layer}.setClasses(null); {layer}.setMask(null)", "points")
    assert all(picked(view, world, "points", places, 1))


def test_opacity_fades_the_layer_as_a_whole(view):
    layer = view.names["lines"]
    view.page.evaluate(f"{layer}.setOpacity(0.25); 0")
    assert view.page.evaluate(f"getComputedStyle({layer}.set.tiles.getContainer()).opacity") == "0.25"
    view.page.evaluate(f"{layer}.setOpacity(1); 0")


def test_a_popup_tells_of_all_at_a_place_and_runs_nothing(view, world):
    places = shapely.get_coordinates(world.tables["points"].geometry.to_numpy())
    for place in places[:12]:
        view.page.evaluate("(place) => clickAt(place)", [place[1], place[0]])
        told = view.page.inner_text(".gp-popup")
        assert "番号" in told
    assert view.page.evaluate(f"window.{RAN} === undefined")
    credit = view.page.inner_text(".leaflet-control-attribution")
    assert credit.count(trial_map.HOSTILE[1].strip()) >= 1
    assert faultless(view.seen), view.seen


def test_names_stand_beside_points_and_none_over_another(view):
    drawn = """() => { const labels = document.querySelector('canvas.gp-labels');
      const copy = document.createElement('canvas');
      [copy.width, copy.height] = [labels.width, labels.height];
      const context = copy.getContext('2d', { willReadFrequently: true });
      context.drawImage(labels, 0, 0);
      return context.getImageData(0, 0, copy.width, copy.height).data.some((one) => one > 0); }"""
    assert view.page.evaluate("document.querySelectorAll('canvas.gp-labels').length") == 1
    wait_until(view.page, drawn)


def wait_until(page, code):
    """Wait until an expression holds; the policy of a page forbids playwright's own way."""
    for _ in range(100):
        if page.evaluate(code):
            return
        page.wait_for_timeout(50)
    raise AssertionError(code)


def test_a_hatch_goes_on_from_tile_to_tile(browser, tmp_path):
    # Two greens that many people take for one: the second gets a hatch, whose lines are 12 pixels apart.
    shapes = [shapely.box(137.9, 34.4, 138.1, 34.6), shapely.box(138.1, 34.3, 138.9, 34.7)]
    table = gpd.GeoDataFrame({"zone": ["a", "b"]}, geometry=shapes, crs=4326)
    made = gisplan.OfflineMap(title="試験", location=[34.5, 138.5], zoom_start=ZOOM)
    paint = Style(by="zone", colours={"a": "#2e9e5b", "b": "#2f9e5b"})
    gisplan.CanvasLayer(table, title="区域", credit="市", paint=paint).add_to(made)
    path = tmp_path / "map.html"
    made.save(str(path))
    with opened(browser, path, ready=False) as (page, seen):
        painted(page)
        page.evaluate(SCRIPT)
        edge = page.evaluate(
            "() => { const at = L.CRS.EPSG3857.latLngToPoint(L.latLng(34.5, 138.5), 11); "
            "return [Math.round(at.x / 512) * 512, Math.floor(at.y)]; }"
        )
        row = page.evaluate(
            "([x, y]) => [...Array(60).keys()].map((step) => { "
            "const { lat, lng } = L.CRS.EPSG3857.pointToLatLng(L.point(x - 30 + step + 0.5, y + 0.5), 11); "
            "return pixelAt(['canvas_layer_001', lat, lng]); })",
            edge,
        )
        assert len({tuple(one) for one in row}) > 1, "there is a hatch"
        assert all(
            np.abs(np.array(one) - other).max() < 40 for one, other in zip(row[:-12], row[12:], strict=True)
        )
        assert page.locator(".gp-key .gp-hatch").count() == 1
        assert faultless(seen), seen


def test_classes_lie_on_each_other_as_they_first_stand_in_the_table(browser, tmp_path):
    shapes = [shapely.box(138.3, 34.3, 138.7, 34.7), shapely.box(138.4, 34.4, 138.6, 34.6)]
    table = gpd.GeoDataFrame({"minutes": ["b", "a"]}, geometry=shapes, crs=4326)
    made = gisplan.OfflineMap(title="試験", location=[34.5, 138.5], zoom_start=ZOOM)
    paint = Style(by="minutes", colours={"a": "#0000ff", "b": "#ffff00"}, opacity=1)
    gisplan.CanvasLayer(table, title="時間", credit="市", paint=paint).add_to(made)
    path = tmp_path / "map.html"
    made.save(str(path))
    with opened(browser, path, ready=False) as (page, _):
        painted(page)
        page.evaluate(SCRIPT)
        held = SimpleNamespace(page=page, names={"areas": "canvas_layer_001"})
        assert pixel(held, "areas", (138.5, 34.5))[:3] == [0, 0, 255]
        assert pixel(held, "areas", (138.35, 34.35))[:3] == [255, 255, 0]


def test_a_screen_of_twice_the_pixels_gets_twice_the_pixels(browser, world):
    context = browser.new_context(viewport=DESK, device_scale_factor=2, offline=True)
    page = context.new_page()
    page.goto(world.path.as_uri())
    painted(page)
    size = "(name) => Object.values(window[name].set.tiles._tiles).map(({ el }) => [el.width, el.style.width])[0]"
    told = page.evaluate(size, world.names["areas"])
    page.evaluate(SCRIPT)
    held = SimpleNamespace(page=page, names=world.names)
    _, ground, hole = next(lone(world))
    go(held, "areas", hole, 13)
    assert told == [1024, "512px"]
    assert pixel(held, "areas", ground)[3] > 100
    assert pixel(held, "areas", hole)[3] == 0
    context.close()


def test_an_old_browser_is_told_so_in_both_languages(browser, world, tmp_path):
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.add_init_script("delete window.DecompressionStream")
    problems = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(world.path.as_uri())
    assert "ブラウザー" in page.inner_text(".gp-notice")
    page.evaluate("document.documentElement.lang = 'en'")
    assert "too old" in page.inner_text(".gp-notice")
    assert not problems
    context.close()


# ---- the page of a plan ----


def village():
    """Return the page of the village with so many houses that they are drawn on tiles."""
    page = trial_map.page(houses=block.MANY_FEATURES)
    more = [
        replace(one, popup=(*one.popup, ("id", trial_map.both("番号"))))
        if one.name == "vacant_house"
        else one
        for one in page.layers
    ]
    return replace(page, layers=tuple(more))


@pytest.fixture(scope="module")
def crowded(browser, tmp_path_factory):
    path = tmp_path_factory.mktemp("crowded") / "map.html"
    path.write_text(interactive.html(village()), "utf-8", newline="\n")
    with opened(browser, path) as (page, seen):
        painted(page)
        page.evaluate(PLAN)
        yield SimpleNamespace(page=page, seen=seen)


PLAN = """
window.setOf = (name) => gisplan.atlas.listed.find((set) => set.block.name === name);
window.houses = setOf("vacant_house");
window.every = () => [...Array(houses.block.count).keys()];
window.only = (source) => (set) =>
  set === houses ? Uint8Array.from(every(), (at) => (houses.value("source", at) === source ? 1 : 0)) : null;
window.height = (name) => {
  const set = setOf(name), pane = set.renderer ? set.renderer.getPane() : gisplan.atlas.map.getPane(set.pane);
  return Number(pane.style.zIndex);
};
window.spot = (at) => {
  const map = gisplan.atlas.map, place = map.latLngToContainerPoint(houses.anchor(at));
  const box = map.getContainer().getBoundingClientRect();
  return [place.x + box.x, place.y + box.y];
};
window.printed = () => {
  window.dispatchEvent(new Event("beforeprint"));
  const left = houses.tiles.waiting;
  window.dispatchEvent(new Event("afterprint"));
  return left;
};
0
"""


def test_houses_on_tiles_are_told_of_with_what_lies_under_them(crowded):
    table = next(
        one for one in trial_map.page(houses=block.MANY_FEATURES).layers if one.name == "vacant_house"
    ).table
    place = table.geometry[
        (table.geometry.x.between(400, 2000)) & (table.geometry.y.between(400, 1500))
    ].iloc[0]
    click(crowded.page, place.x, place.y)
    said = crowded.page.inner_text(".gp-popup")
    assert said.index("空家等") < said.index("特定居住促進区域") < said.index("用途地域")
    crowded.page.keyboard.press("Escape")
    assert faultless(crowded.seen), crowded.seen


def test_search_finds_a_house_on_tiles_by_its_id_and_goes_there(crowded):
    page = crowded.page
    page.fill(".gp-query", "01234")
    assert "1 " in page.inner_text(".gp-search .gp-status")
    page.keyboard.press("Enter")
    # The popup of another place may still be fading away.
    wait_until(
        page, "[...document.querySelectorAll('.gp-popup')].some((one) => one.textContent.includes('01234'))"
    )
    page.fill(".gp-query", "")
    page.evaluate("gisplan.atlas.reset()")


def test_filters_fading_and_the_order_of_layers_hold_for_tiles(crowded):
    page = crowded.page
    page.evaluate("gisplan.atlas.restrict('test', only('bank'))")
    left = page.evaluate("every().filter((at) => houses.has(at)).map((at) => houses.value('source', at))")
    assert set(left) == {"bank"}
    assert page.evaluate("houses.search('0', (entry) => 1, 12).count") == len(left)
    page.evaluate("gisplan.atlas.restrict('test', null)")
    page.evaluate("houses.fade(0.5)")
    assert page.evaluate("houses.tiles.getContainer().style.opacity") == "0.5"
    page.evaluate("houses.fade(1)")
    zone, house, site = (page.evaluate(f"height('{name}')") for name in ("zone", "vacant_house", "site"))
    assert zone < house < site


def test_a_house_is_lit_under_the_pointer(crowded):
    page = crowded.page
    at = page.evaluate(
        "every().find((at) => document.elementFromPoint(...spot(at)) instanceof HTMLCanvasElement)"
    )
    x, y = page.evaluate(f"spot({at})")
    page.mouse.move(x, y)
    page.wait_for_selector(".gp-over")
    assert page.evaluate("gisplan.atlas.map.getPane('gisplan-light').childElementCount") >= 1
    page.mouse.move(x, 5)
    page.wait_for_selector("#map :not(.gp-over).folium-map")


def test_paper_gets_tiles_that_are_painted(crowded):
    assert crowded.page.evaluate("printed()") == 0


def pictures(pdf):
    """Return the colours (n x 3) of each larger picture in a file that is printed."""
    for found in re.finditer(rb"<<([^<>]*/Subtype /Image[^<>]*)>>\s*stream\r?\n", pdf):
        said = dict(re.findall(rb"/(Width|Height|Length) (\d+)", found[1]))
        if b"/FlateDecode" not in found[1] or int(said[b"Width"]) < 400:
            continue
        data = zlib.decompress(pdf[found.end() : found.end() + int(said[b"Length"])])
        if len(data) == 3 * int(said[b"Width"]) * int(said[b"Height"]):
            yield np.frombuffer(data, np.uint8).reshape(-1, 3)


def test_paper_shows_every_floor_of_the_map(crowded):
    pdf = crowded.page.pdf(prefer_css_page_size=True)
    # What clears a canvas is printed as the contrary of a mask over all that was printed before.
    assert b"{1 exch sub}" not in pdf
    zone = np.array([0x2E, 0x9E, 0x5B]) * 0.55 + 255 * 0.45
    shown = sum(int((abs(colours - zone).max(axis=1) <= 3).sum()) for colours in pictures(pdf))
    assert shown > 500, "the zones are not on the paper"
    assert crowded.page.evaluate("L.Browser.retina") is False
    assert faultless(crowded.seen), crowded.seen


FAILING = """new Promise((done) => {
  const { tiles } = houses, drawn = houses.kind;
  let failed = 0;
  houses.kind = (at) => {
    if (failed < 1) { failed++; throw new Error("one tile fails"); }
    return drawn.call(houses, at);
  };
  tiles.once("painted", () => { houses.kind = drawn; done([failed, tiles.waiting]); });
  tiles.repaint();
  if (tiles.waiting < 2) done("too few tiles to tell");
  setTimeout(() => done("the others are not painted"), 20000);
})"""


def test_a_tile_that_fails_is_told_of_and_the_others_are_painted(crowded):
    assert crowded.page.evaluate(FAILING) == [1, 0]
    assert len(crowded.seen["console"]) == 1
    assert "one tile fails" in crowded.seen["console"][0]
    assert not crowded.seen["errors"]
