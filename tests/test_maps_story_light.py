"""The light variant keeps its size and says what it leaves out, in order; the page for the web office is safe."""

import dataclasses
import re
from functools import cache
from html.parser import HTMLParser

import pytest
import shapely
import story_map
import trial_map
from test_maps_page import opened

from gisplan.core.words import Text
from gisplan.maps import interactive
from gisplan.maps.story import embed, light

WHOLE = "map.html"


@pytest.fixture(scope="module")
def page():
    return story_map.page(houses=80)


@pytest.fixture(scope="module")
def size(page):
    return len(interactive.html(page).encode())


@pytest.fixture(scope="module")
def made(page, size):
    return cache(lambda most: light.lighten(page, interactive.html, whole=WHOLE, size=size, most=most))


def left_out(found):
    return [said.ja for said in found.page.light.left_out]


def test_a_page_that_fits_is_whole(page, size, made):
    found = made(size + 2_000)
    assert left_out(found) == []
    assert [sheet.name for sheet in found.page.sheets] == [sheet.name for sheet in page.sheets]
    assert found.page.light.whole == WHOLE


def test_long_tables_go_first_and_are_named(size, made):
    found = made(size - 10_000)
    assert left_out(found) == ["50行を超える一覧表（1件）"]
    assert "access" not in [sheet.name for sheet in found.page.sheets]
    assert "この版で省いたもの" in found.html
    assert f'href="{WHOLE}"' in found.html


def test_then_detail_then_hidden_layers_then_tables_then_shown_ones(page):
    steps = [[said.ja for said in step.light.left_out] for step in light._steps(page, WHOLE)]
    whole = steps[-1]
    assert all(whole[: len(step)] == step or "5 m" in whole[1] for step in steps)
    assert whole[1].startswith("線と境界の細部")
    hidden = whole.index("すべての一覧表")
    names = {layer.title.ja: layer for layer in page.layers}
    of = [names[said[4:-1]] for said in whole if said.startswith("レイヤ")]
    assert [layer.visible for layer in of] == [False] * (hidden - 2) + [True] * (len(whole) - hidden - 1)
    kept = {layer.name for layer in page.layers} - {layer.name for layer in of}
    assert kept == light.CORE & {layer.name for layer in page.layers}


def test_what_is_left_of_the_story_names_only_layers_that_are_there(page):
    last = list(light._steps(page, WHOLE))[-1]
    names = {layer.name for layer in last.layers}
    assert last.story.reaches == ()
    assert last.story.swipes == ()
    assert len(last.story.dossiers) == 2
    for chapter in last.story.chapters:
        assert set(chapter.layers or ()) <= names
    some = light.pruned(page.story, frozenset({"isochrone_hub", "vacant_house"}))
    (reach,) = some.reaches
    assert (reach.united, reach.each, reach.each_places) == ("isochrone_hub", "", ())
    assert set(reach.within) == {"vacant_house"}


def test_rows_stay_with_their_signs_when_geometry_gets_simpler(page):
    for layer in page.layers:
        plain = light._plainer(layer, 5.0)
        assert plain.table.drop(columns="geometry").equals(layer.table.drop(columns="geometry"))
        if layer.kind == "polygon" and len(layer.table):
            before, after = layer.table.geometry.to_numpy(), plain.table.geometry.to_numpy()
            assert shapely.get_num_coordinates(after).sum() <= shapely.get_num_coordinates(before).sum()
            assert shapely.hausdorff_distance(before, after).max() <= 5.0


def test_the_size_is_kept_whatever_it_is_and_refused_where_nothing_fits(size, made):
    least = len(made(size - 10_000).html.encode())
    found = made(least - 1)
    assert len(found.html.encode()) < least
    assert len(left_out(found)) > len(left_out(made(size - 10_000)))
    assert made(50_000) is None


def test_equal_pages_give_equal_light_ones(size, made):
    again = light.lighten(
        story_map.page(houses=80), interactive.html, whole=WHOLE, size=size, most=size - 10_000
    )
    assert again.html == made(size - 10_000).html


class Frames(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        if tag == "iframe":
            self.found.append(dict(attrs))
        assert tag not in {"img", "object"}
        assert not [name for name, _ in attrs if name.startswith("on")]


def test_the_snippet_has_title_size_lazy_loading_and_a_sandbox_without_an_origin():
    parser = Frames()
    parser.feed(embed.snippet("map_light.html", title='村 "の" <計画>'))
    (frame,) = parser.found
    assert frame["title"] == '村 "の" <計画>'
    assert (frame["src"], frame["width"], frame["height"], frame["loading"]) == (
        "map_light.html",
        "100%",
        "640",
        "lazy",
    )
    assert "allow-scripts" in frame["sandbox"].split()
    assert "allow-same-origin" not in frame["sandbox"]


@pytest.mark.parametrize("number", range(0, 100, 10))
def test_the_page_for_the_office_holds_any_title_as_text(number):
    files = [embed.Embedded(name="map.html", size=3_000_000)]
    text = "".join(trial_map.HOSTILE[number : number + 10])
    parser = Frames()
    page = embed.embed_page(
        Text(ja=text, en=text), files, language="en" if number % 20 else "ja", public=number > 0
    )
    parser.feed(page)
    assert [frame["src"] for frame in parser.found] == ["map.html"]
    assert "3,000 KB" in page
    assert page.count("<script") == 1
    assert ('class="warning"' in page) == (number == 0), "a map of the office is not to be published"


def test_every_word_of_the_story_is_used():
    from gisplan.maps import assets
    from gisplan.maps.story.encode import story_words

    names = ("dossier.js", "reach.js", "swipe.js", "chapters.js", "page.html", "embed.html")
    used = "\n".join(assets.own(name) for name in names)
    used += "\n".join(module.__loader__.get_source(module.__name__) for module in (light, embed))
    unused = [key for key in story_words() if not re.search(rf"\b{key}\b", used)]
    assert unused == []


@pytest.mark.browser
def test_the_page_for_the_office_shows_the_map_and_nothing_is_loaded_from_outside(browser, tmp_path):
    page = dataclasses.replace(story_map.page(), sheets=())
    (tmp_path / "map_light.html").write_text(interactive.html(page), "utf-8", newline="\n")
    files = [
        embed.Embedded(name="map_light.html", size=900_000, light=True),
        embed.Embedded(name="map.html", size=3_000_000),
    ]
    outer = tmp_path / "embed.html"
    outer.write_text(embed.embed_page(page.title, files, language="ja", public=True), "utf-8", newline="\n")
    with opened(browser, outer) as (view, seen):
        view.locator("iframe").scroll_into_view_if_needed()
        view.frame_locator("iframe").locator("html.gp-ready").wait_for(timeout=15_000)
        assert 'sandbox="allow-scripts' in view.inner_text("pre >> nth=0")
        view.click("#language")
        assert "For the web office" in view.inner_text("main")
        assert [url.rpartition("/")[2] for url in seen["requests"]] == ["embed.html", "map_light.html"]
        assert not seen["errors"]
        assert not seen["console"], seen["console"]
