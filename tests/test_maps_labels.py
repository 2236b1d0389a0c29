"""Names on the map in a real browser: none lies over another or over a sign, and proposals wait for more zoom."""

from dataclasses import replace

import pytest
import shapely
import trial_map
from test_maps_page import faultless, opened

from gisplan.core.words import Style
from gisplan.maps import interactive
from gisplan.maps.words import Look

pytestmark = pytest.mark.browser

GATES = {
    "左へ移る入口": (1000, 1500), "どこもふさがる入口": (3000, 1500), "右のままの入口": (1000, 500),
    "下へ移る入口": (3300, 900), "端で切れる入口": (3500, 1900),
}  # fmt: skip
HUBS = (
    (1200, 1420), (2800, 1420), (3200, 1420), (3000, 1340), (3100, 820), (3500, 820), (3370, 1820), (1200, 2500),
)  # fmt: skip

SHOWN = """[...document.querySelectorAll(".gp-label:not(.gp-hidden)")].map((label) => {
  const { left, right, top, bottom } = label.getBoundingClientRect();
  return { name: label.textContent, left, right, top, bottom };
})"""
SIGNS = """Object.fromEntries(["hub", "interchange"].map((name) => {
  const set = gisplan.atlas.listed.find((one) => one.block.name === name);
  return [name, set.features.map(({ at, drawn }) => {
    const { left, right, top, bottom } = drawn[0].getElement().getBoundingClientRect();
    return { name: set.name(at), left, right, top, bottom };
  })];
}))"""


def page():
    whole = trial_map.page(houses=4)
    own = {one.name: one for one in whole.layers}
    hubs = trial_map.table([shapely.Point(at) for at in HUBS], name=[*[""] * (len(HUBS) - 1), "山の会館"])
    gates = trial_map.table(
        [shapely.Point(at) for at in GATES.values()], name=list(GATES), kind=["smart"] * len(GATES)
    )
    near, far = (
        trial_map.layer(
            f"district_{room:g}", trial_map.both("地区"), "polygon",
            trial_map.table(
                [shapely.box(west, 300, west + 400, 500), shapely.box(1900, south, 3900, south + 300)],
                name=[f"狭い{room:g}", f"広い{room:g}"],
            ),
            Style(order=34), look=Look(label=True, room=room),
        )
        for room, west, south in ((0.4, 2400, 2500), (3.0, 3100, 2000))
    )  # fmt: skip
    layers = (
        own["municipality"], replace(own["hub"], table=hubs.assign(floor_area=1.0)),
        replace(own["interchange"], table=gates.assign(open=True)), near, far,
    )  # fmt: skip
    return replace(whole, layers=layers)


@pytest.fixture(scope="module")
def view(browser, tmp_path_factory):
    path = tmp_path_factory.mktemp("labels") / "map.html"
    path.write_text(interactive.html(page()), "utf-8", newline="\n")
    with opened(browser, path, viewport={"width": 1100, "height": 800}) as (view, seen):
        view.evaluate("gisplan.atlas.declutter()")
        yield view
        assert faultless(seen), seen


def meet(box, other):
    across = box["left"] < other["right"] and other["left"] < box["right"]
    return across and box["top"] < other["bottom"] and other["top"] < box["bottom"]


def smaller(box):
    """Return the box of a sign without the air that it holds beside what is seen (3 px)."""
    return {
        **box,
        **{side: box[side] + 3 for side in ("left", "top")},
        **{side: box[side] - 3 for side in ("right", "bottom")},
    }


def test_a_name_goes_left_of_its_sign_or_below_it_or_waits_where_other_signs_stand(view):
    shown = {one["name"]: one for one in view.evaluate(SHOWN)}
    own = {one["name"]: one for one in view.evaluate(SIGNS)["interchange"]}
    moved, stays, below, nowhere = "左へ移る入口", "右のままの入口", "下へ移る入口", "どこもふさがる入口"
    assert 0 <= own[moved]["left"] - shown[moved]["right"] < 15
    assert 0 <= shown[stays]["left"] - own[stays]["right"] < 15
    assert -3 <= shown[below]["top"] - own[below]["bottom"] < 15
    assert shown[below]["left"] < own[below]["left"] < own[below]["right"] < shown[below]["right"]
    assert nowhere not in shown
    assert "山の会館" in shown


NAMED = """([name, on]) => on === [...document.querySelectorAll(".gp-label:not(.gp-hidden)")]
  .some((label) => label.textContent === name)"""


def test_the_edge_of_the_map_cuts_no_name_of_a_sign_and_away_from_it_the_name_is_back(view):
    def gate():
        return next(one for one in view.evaluate(SIGNS)["interchange"] if one["name"] == at_edge)

    def pan(steps):
        view.evaluate(f"gisplan.atlas.map.panBy({steps}, {{animate: false}})")

    at_edge = "端で切れる入口"
    frame = view.eval_on_selector(".folium-map", "map => map.getBoundingClientRect().toJSON()")
    view.wait_for_function(NAMED, arg=[at_edge, True], timeout=10_000)
    right, below = round(gate()["right"] + 10 - frame["right"]), round(gate()["bottom"] + 6 - frame["bottom"])
    for steps in ([right, 0], [0, below]):  # at the right edge, and where there is room below no sign
        pan(steps)
        try:
            view.wait_for_function(NAMED, arg=[at_edge, steps[0] == 0], timeout=10_000)
            assert frame["left"] < gate()["left"] < gate()["right"] < frame["right"]
            assert gate()["bottom"] < frame["bottom"]
            shown = [one for one in view.evaluate(SHOWN) if one["name"] in GATES]
            assert all(frame["left"] <= one["left"] and one["right"] <= frame["right"] for one in shown)
            assert all(frame["top"] <= one["top"] and one["bottom"] <= frame["bottom"] for one in shown)
        finally:
            pan([-steps[0], -steps[1]])
        view.wait_for_function(NAMED, arg=[at_edge, True], timeout=10_000)


def test_names_lie_neither_over_signs_nor_over_each_other_in_either_language(view):
    for language in ("en", "ja"):
        view.evaluate(f"gisplan.speak('{language}'); gisplan.atlas.declutter()")
        shown = view.evaluate(SHOWN)
        signs = [one for group in view.evaluate(SIGNS).values() for one in group]
        for at, label in enumerate(shown):
            assert not [other for other in shown[:at] if meet(label, other)], label
            assert not [one["name"] for one in signs if meet(label, smaller(one))], label


def test_an_area_is_named_where_it_has_the_room_that_its_layer_asks_for(view):
    shown = {one["name"] for one in view.evaluate(SHOWN)}
    assert {"狭い0.4", "広い0.4", "広い3"} <= shown
    assert "狭い3" not in shown
