"""The page as text: the same every time, small when empty, and refused where it would load something."""

import os
import subprocess
import sys
from dataclasses import replace

import folium
import pytest
import trial_map

from gisplan.core import tables
from gisplan.core.errors import ConfigurationError
from gisplan.core.tables import for_user
from gisplan.maps import compose, interactive, policy, shell, style
from gisplan.maps.words import Look


def test_equal_pages_give_equal_text():
    assert interactive.html(trial_map.page()) == interactive.html(trial_map.page())


def test_the_text_does_not_hang_on_the_hash_seed():
    code = (
        "import hashlib, trial_map; from gisplan.maps import interactive; "
        "print(hashlib.sha256(interactive.html(trial_map.page()).encode()).hexdigest())"
    )
    paths = [path for path in sys.path if path]
    said = {
        subprocess.run(
            [sys.executable, "-c", f"import sys; sys.path[:0] = {paths!r}; {code}"],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(said) == 1


def test_rendering_twice_changes_nothing():
    root = interactive.draw(trial_map.page()).get_root()
    assert root.render() == root.render()


def test_an_empty_map_is_small(record_property):
    empty = replace(trial_map.page(), layers=(), sheets=(), facts=(), notes=(), credits=())
    size = len(interactive.html(empty).encode("utf-8"))
    record_property("bytes of an empty map", size)
    assert size <= 270_000, f"{size:,} bytes"


def test_it_is_a_folium_map_and_takes_folium_layers():
    made = interactive.draw(trial_map.page())
    assert isinstance(made, folium.Map)
    folium.Marker([34.8, 138.3]).add_to(made)
    text = made.get_root().render()
    assert "L.marker(" in text
    made = interactive.draw(trial_map.page())
    folium.Marker([34.8, 138.3]).add_to(made)
    assert made.get_root().render() == text, "branca's random ids reached the page"


def test_a_layer_that_would_load_something_is_refused():
    made = interactive.draw(trial_map.page())
    folium.TileLayer("OpenStreetMap").add_to(made)
    with pytest.raises(ConfigurationError) as refused:
        made.get_root().render()
    assert refused.value.problems[0].code == "maps.outside_address"
    assert "openstreetmap" in refused.value.problems[0].what.ja


def test_plan_layers_stand_on_a_plain_folium_map():
    own = folium.Map(location=[34.8, 138.3], tiles=None)
    interactive.PlanLayers(trial_map.page().layers, language="en").add_to(own)
    text = own.get_root().render()
    assert "gisplan.start(map_" in text
    assert "架空のデータ" in text


def test_no_page_is_without_the_credits_of_its_layers():
    page = trial_map.page()
    text = interactive.html(page)
    notes = text[text.index('<dl class="credits">') :]
    for layer in page.layers:
        assert (layer.title.ja in notes) == bool(len(layer.table)), layer.name
    nameless = replace(page.layers[0], credit=trial_map.both(""))
    with pytest.raises(ConfigurationError):
        interactive.html(replace(page, layers=(nameless,)))


def test_a_real_town_is_not_called_made_up():
    assert "架空のまち" in interactive.html(trial_map.page())
    real = replace(trial_map.page(lambda text: text.replace("架空", "")), made_up=False)
    assert '<p class="badge">' not in interactive.html(real)


def test_the_first_view_is_the_municipality_or_the_plan():
    page = trial_map.page()
    west, south, east, north = interactive._home(page)
    assert 0.03 < east - west < 0.06
    assert 0.02 < north - south < 0.04
    without = replace(page, layers=tuple(layer for layer in page.layers if layer.name != "municipality"))
    smaller = interactive._home(without)
    assert smaller[2] - smaller[0] < east - west
    assert interactive._home(replace(page, layers=())) is None


@pytest.mark.parametrize(
    "part",
    [
        '<script src="https://example.com/a.js"></script>',
        '<link rel="stylesheet" href="//example.com/a.css">',
        '<img src="http://example.com/a.png">',
        '<img srcset="a.png 2x">',
        "<style>@import 'a.css';</style>",
        "<style>p { background: url(https://example.com/a.png) }</style>",
        '<p style="background: url(a.png)">x</p>',
        "<script>fetch('https://example.com/a')</script>",
        "<script>new WebSocket('wss://example.com')</script>",
        "<script>const s = '//example.com/a.js'</script>",
        "<iframe></iframe>",
        '<form action="/a"></form>',
        '<base href="https://example.com/">',
        '<meta http-equiv="refresh" content="0;url=https://example.com">',
        '<a href="javascript:alert(1)">x</a>',
        '<p onclick="alert(1)">x</p>',
        '<svg><use href="a.svg#x"></use></svg>',
        '<video poster="a.png"></video>',
    ],
)
def test_whatever_would_load_or_run_is_seen(part):
    page = f'<html><head><meta charset="utf-8"></head><body>{part}</body></html>'
    assert policy.outside(page)
    with pytest.raises(ConfigurationError):
        policy.protect(page)


@pytest.mark.parametrize(
    "part",
    [
        '<a href="https://example.com/">x</a>',
        '<img src="data:image/png;base64,AA==">',
        '<script type="application/json">["https://example.com/a.js"]</script>',
        "<p>https://example.com/a.js</p>",
        '<svg xmlns="http://www.w3.org/2000/svg"><use href="#x"></use></svg>',
        "<script>const a = 'http://www.w3.org/2000/svg'; // a comment\nconst b = 4 / 2</script>",
        "<style>p { background: url(data:image/png;base64,AA==) }</style>",
    ],
)
def test_what_loads_nothing_is_let_through(part):
    assert policy.outside(f"<html><body>{part}</body></html>") == []


def test_the_policy_names_every_script_and_no_data():
    text = interactive.html(trial_map.page())
    rule = text.split('Content-Security-Policy" content="')[1].split('"')[0]
    assert rule.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in rule
    assert "connect-src 'none'" in rule
    assert rule.split("script-src ")[1].split(";")[0].count("sha256") == text.count("<script>")


def test_a_look_can_be_given_and_else_comes_from_the_file():
    hub = trial_map.page().layers[0]
    assert style.look_of(hub).symbol == "hub"
    assert style.look_of(replace(hub, name="mine")) == Look()
    assert style.look_of(replace(hub, look=Look(symbol="house"))).symbol == "house"


def test_classes_stand_in_the_order_of_the_style_and_the_rest_last():
    house = next(layer for layer in trial_map.page().layers if layer.name == "vacant_house")
    at, entries = style.classes(house)
    assert [entry.value for entry in entries] == ["survey", "ledger", "bank", ""]
    assert sum(entry.count for entry in entries) == len(house.table) == len(at)
    assert entries[-1].other
    assert [entries[place].value for place in at] == list(house.table["source"])


@pytest.mark.parametrize(
    ("value", "text"),
    [(True, "true"), (1.0, "1"), (1, "1"), (1.5, "1.5"), (None, ""), (float("nan"), ""), ("1", "1")],
)
def test_colours_are_keyed_by_text(value, text):
    assert style.key(value) == text


def test_a_sheet_says_values_as_they_are_called_and_rounds_as_promised():
    sheets = {sheet.name: sheet for sheet in trial_map.page().sheets}
    verdict = next(column for column in sheets["verdicts"].columns if column.name == "verdict")
    assert [text.en for text in shell._cells(sheets["verdicts"], verdict)] == ["By right"]
    minutes = next(column for column in sheets["links"].columns if column.name == "minutes")
    assert sorted(text.ja for text in shell._cells(sheets["links"], minutes)) == ["5.3", "—"]


def test_a_sheet_is_the_table_of_its_contract():
    frame = trial_map.frames(str)["links"]
    sheet = compose.sheet(frame, "links")
    assert sheet.ja.equals(for_user(frame, "links", language="ja"))
    assert {column.name for column in sheet.columns} == set(sheet.ja.columns)


def test_a_sheet_begins_with_the_columns_that_are_read_first():
    sheet = compose.sheet(trial_map.frames(str)["verdicts"], "verdicts")
    assert [column.name for column in sheet.columns if column.first] == [
        "id", "name", "use", "verdict", "reason",
    ]  # fmt: skip
    assert [column.first for column in sheet.columns][:6] == [True] * 5 + [False]
    for name, columns in style.document("sheets.toml")["first"].items():
        assert set(columns) <= {column.name for column in tables.contract(name).columns}, name


def test_shares_are_said_in_percent_and_minutes_by_language():
    known = {
        column.name: compose.heading(column)
        for name in ("links", "coverage")
        for column in tables.contract(name).columns
    }
    assert shell.said(1.0, known["share"], language="ja") == "100.0 %"
    assert shell.said(0.1235, known["share"], language="en") == "12.4 %"
    assert known["share"].unit == trial_map.both("")
    assert known["minutes"].unit == trial_map.both("分", "min")


def test_every_word_of_the_page_stands_in_both_languages():
    for key, text in style.words().items():
        assert text.ja.strip(), key
        assert text.en.strip(), key


def test_the_policy_lets_in_pictures_of_a_named_host_and_nothing_else():
    host = "https://tiles.example.jp"
    page = f"<html><head>{policy.META}</head><script>L.tileLayer('{host}/std/1.png')</script></html>"
    assert policy.outside(page) == [f"{host}/std/1.png"]
    with pytest.raises(ConfigurationError):
        policy.protect(page)
    assert policy.outside(page.replace(host, f"{host}.evil.example"), pictures=[host])
    assert policy.outside(f'<img src="{host}/1.png">', pictures=[host]), (
        "a page itself holds no picture from there"
    )
    assert f"img-src data: blob: {host};" in policy.protect(page, pictures=[host])
