"""Every palette is told apart by everybody: classes nearer than 5 (CIEDE2000, any vision) differ by hatch."""

import dataclasses
import itertools

import geopandas as gpd
import pytest
from colour_vision import apart, over_white

from gisplan.core.words import Style, Text
from gisplan.layers.catalogue import packaged_folder, read_catalogue
from gisplan.maps import figures, steps
from gisplan.maps.style import hatches_of, look_of, rgb, seen_opacity
from gisplan.maps.words import Look, MapLayer
from gisplan.plan import drawn, drawn_links, drawn_scenarios, drawn_siting, isochrones, picture

CATALOGUE = read_catalogue(packaged_folder())
NOTHING = gpd.GeoDataFrame({"id": []}, geometry=[], crs=6676)
TEN_HUBS = drawn_siting.colours_of(str(rank) for rank in range(1, 11))
MANY_HUBS = drawn_siting.colours_of(str(rank) for rank in range(1, 31))
MINUTES = (5.0, 10.0, 15.0, 30.0)

PUBLISHED = {
    "第一種低層住居専用地域": "#adffd6", "第二種低層住居専用地域": "#a5f7c6", "第一種中高層住居専用地域": "#cef784",
    "第二種中高層住居専用地域": "#42ff42", "第一種住居地域": "#ffffbd", "第二種住居地域": "#ffd6ad",
    "準住居地域": "#ffde00", "近隣商業地域": "#ffe7f7", "商業地域": "#ffbdde", "準工業地域": "#cec6ff",
    "工業地域": "#e7f7ff", "工業専用地域": "#a5d6ff",
}  # fmt: skip
"""A set of colours for use zones as it is published with nationwide data."""


def layer(name, kind, style, look=None):
    text = Text(ja=name, en=name)
    return MapLayer(
        name=name, title=text, kind=kind, table=NOTHING, style=style, credit=text, group=text, look=look
    )


def of(name, kind, colours, opacity, **look):
    style = Style(by="class", colours=colours, opacity=opacity, colour=next(iter(colours.values())))
    return layer(name, kind, style, Look(**look))


def near(one):
    """Return the pairs of classes of a layer that somebody does not tell apart by colour, with their difference."""
    shown = {value: over_white(colour, seen_opacity(one)) for value, colour in one.style.colours.items()}
    pairs = {pair: apart(shown[pair[0]], shown[pair[1]]) for pair in itertools.combinations(shown, 2)}
    return {pair: found for pair, found in pairs.items() if found < 5.0}


def mistaken(one, hatches):
    """Return the pairs that nothing tells apart: no colour, no hatch, no sign."""
    look = look_of(one)
    signs = look.texts if look.text_by == one.style.by else {}
    return [
        (first, second)
        for first, second in near(one)
        if hatches[first] == hatches[second] and signs.get(first, "") == signs.get(second, "")
    ]


def ramp(minutes=MINUTES):
    return isochrones._colours(minutes)


OURS = [
    of("site", "polygon", picture.verdict_colours(), 0.5, symbol="site"),
    of("site_area", "polygon", picture.verdict_colours(), 0.5),
    of("link", "line", drawn_links.KIND_COLOURS, 0.85),
    of("link_cut", "line", drawn_links.BAND_COLOURS, 0.8),
    of("changes", "polygon", drawn.CHANGE_COLOURS, 0.35),
    of("voids", "polygon", drawn.VOID_COLOURS, 0.45),
    of("scenario", "line", drawn_scenarios.DEED_COLOURS, 0.9),
    of("candidates", "point", drawn_siting.STATE_COLOURS, 0.8),
    of("served_area", "polygon", {**TEN_HUBS, **drawn_siting.ROLE_COLOURS}, 0.65),
    of("served_point", "point", {**TEN_HUBS, **drawn_siting.ROLE_COLOURS}, 0.85),
    of("served_line", "line", {**TEN_HUBS, **drawn_siting.ROLE_COLOURS}, 0.6),
    of("served_many", "polygon", {**MANY_HUBS, **drawn_siting.ROLE_COLOURS}, 0.65),
    of("isochrone", "polygon", ramp(), isochrones.OPACITY, stacked=True),
    of("isochrone_each", "polygon", ramp(), 0.0),
    of("isochrone_fine", "polygon", ramp(range(5, 65, 5)), 0.65),
]
LISTED = [
    layer(name, spec.kind, spec.style) for name, spec in sorted(CATALOGUE.items()) if spec.style.colours
]


@pytest.mark.parametrize("one", [*LISTED, *OURS], ids=lambda one: one.name)
def test_everybody_tells_the_classes_of_every_palette_apart(one):
    hatches = hatches_of(one)
    for pair, found in near(one).items():
        print(f"{one.name} {pair[0]} / {pair[1]}: {found:.1f}, {[hatches[name] for name in pair]}")  # noqa: T201 (seen with -s)
    assert mistaken(one, hatches) == []


def test_the_zones_need_no_hatch():
    zone = next(one for one in LISTED if one.name == "zone")
    assert near(zone) == {}
    assert len(zone.style.colours) == 13
    assert not any(hatches_of(zone).get(value) for value in zone.style.colours)


def test_a_published_set_of_zone_colours_fails_without_hatches_and_stands_with_them():
    zones = of("zone", "polygon", PUBLISHED, 1.0)
    found = near(zones)
    assert found["第一種低層住居専用地域", "第二種低層住居専用地域"] == pytest.approx(1.9, abs=0.05)
    assert found["準工業地域", "工業専用地域"] == pytest.approx(0.2, abs=0.05)
    assert mistaken(zones, dict.fromkeys([*PUBLISHED, ""])) == list(found)
    assert mistaken(zones, hatches_of(zones)) == []
    faint = dataclasses.replace(zones, style=dataclasses.replace(zones.style, opacity=0.55))
    assert len(near(faint)) > len(found), "what is faint is nearer"
    assert mistaken(faint, hatches_of(faint)) == []


@pytest.mark.parametrize("name", ["flood", "inland_flood", "tsunami"])
def test_depths_of_water_have_the_colours_of_the_guide(name):
    """MLIT, guide to making flood hazard maps (水害ハザードマップ作成の手引き), standard colours of six ranks."""
    spec = CATALOGUE[name]
    assert spec.style.by == "depth_rank"
    assert {rank: rgb(colour) for rank, colour in spec.style.colours.items()} == {
        "1": (247, 245, 169), "2": (255, 216, 192), "3": (255, 183, 183),
        "4": (255, 145, 145), "5": (242, 133, 201), "6": (220, 122, 220),
    }  # fmt: skip
    labels = spec.fields["depth_rank"].labels
    assert [labels[rank].en for rank in "126"] == ["under 0.5 m", "0.5–3 m", "20 m and over"]


def test_lines_of_a_figure_differ_by_colour_and_by_dash():
    for colours in (figures.COLOURS, steps.COLOURS):
        assert min(apart(*pair) for pair in itertools.combinations(colours, 2)) >= 5.0
    assert len(set(figures.DASHES)) == len(figures.COLOURS)


def test_a_class_looks_alike_whatever_else_a_map_holds():
    zones = of("zone", "polygon", PUBLISHED, 1.0)
    assert hatches_of(zones)["第二種低層住居専用地域"] is not None
