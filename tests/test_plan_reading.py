"""The tables as people read them, and the areas drawn by their state on the day."""

from datetime import date

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from trial_map import CRS, both

from gisplan.core import tables
from gisplan.core.tables import Doubt
from gisplan.core.words import Style
from gisplan.law import phrases
from gisplan.law.phrases import say
from gisplan.maps.words import MapLayer
from gisplan.plan.captions import caption
from gisplan.plan.drawn import by_state
from gisplan.plan.reading import ALWAYS_SAID, for_people, in_order, reading_notes

DAY = date(2026, 11, 1)


def test_the_gravest_findings_come_first():
    frame = pd.concat([tables.findings([Doubt(code="law.no_sites", layer="site")])] * 3, ignore_index=True)
    frame = frame.assign(severity=["S3", "S1", "S2"], subject=["a", "b", "c"])
    ordered = in_order({"findings": frame, "links": pd.DataFrame()})
    assert list(ordered["findings"]["severity"]) == ["S1", "S2", "S3"]
    assert isinstance(ordered["findings"].index, pd.RangeIndex)
    assert list(frame["severity"]) == ["S3", "S1", "S2"], "what was given is as it was"


def verdicts(*keys):
    said = {f"caution_{language}": [("" if language == "ja" else " ").join(say(key).of(language) for key in keys)]
            for language in ("ja", "en")}  # fmt: skip
    frame = pd.DataFrame({"layer": ["site"], "id": ["1"], **said})
    return tables.hold(frame.reindex(columns=list(tables.contract("verdicts").names)), "verdicts")


def test_cautions_stand_on_lines_of_their_own_and_what_is_always_said_stands_in_the_notes():
    told = for_people({"verdicts": verdicts("confirm_point", "confirm_quasi", *ALWAYS_SAID)})["verdicts"]
    assert told["caution_ja"][0].split("\n") == [
        "敷地の図形がなく地点で判定した。敷地の過半が属する地域で確認してください。",
        "準都市計画区域、市町村の条例による制限があり得る。",
    ]
    first, second = told["caution_en"][0].split("\n")
    assert first.startswith("Judged at a point")
    assert second.startswith("A quasi city planning area")
    notes = reading_notes()
    assert all(say(key) in notes for key in ALWAYS_SAID)
    assert "S1 重大" in notes[0].ja


def test_nothing_to_confirm_is_an_empty_cell():
    told = for_people({"verdicts": verdicts(*ALWAYS_SAID)})["verdicts"]
    assert (told["caution_ja"][0], told["caution_en"][0]) == ("", "")
    assert for_people({}) == {}


def test_every_caution_begins_with_the_label_that_is_taken_off():
    label = caption("confirm_label")
    own = {key: text for key, text in phrases._phrases().items() if text.ja.startswith("要確認")}
    assert len(own) > 10
    assert all(text.ja.startswith(label.ja) and text.en.startswith(label.en) for text in own.values())


def areas(rows, name="promotion_area"):
    table = gpd.GeoDataFrame(
        rows, columns=["id", "name", "version", "published_on"],
        geometry=[shapely.box(n, 0, n + 5, 5) for n in range(len(rows))], crs=CRS,
    )  # fmt: skip
    return MapLayer(
        name=name, title=both("区域", "Area"), kind="polygon", table=table, style=Style(order=30, colour="#c2185b"),
        credit=both("資料"), group=both("計画"), labels={"use_exception": {}},
    )  # fmt: skip


def test_areas_that_are_not_in_force_are_layers_of_their_own():
    layer = areas([
        ("1", "港", "1", date(2025, 4, 1)), ("2", "港", "2", date(2026, 4, 1)),
        ("3", "山", "", date(2027, 4, 1)), ("4", "谷", "", None),
    ])  # fmt: skip
    now, old, coming = by_state(layer, day=DAY)
    assert list(now.table["id"]) == ["2", "4"], "one without a date is not hidden"
    assert (now.name, now.title) == (layer.name, layer.title)
    assert list(old.table["name"]) == ["港（旧・第1版）"]
    assert old.labels["name"]["港（旧・第1版）"].en == "港 (superseded, version 1)"
    assert not old.visible
    assert list(coming.table["name"]) == ["山（公表前）"]
    assert coming.visible
    assert coming.title == both("区域（公表前）", "Area (not yet published)")
    for apart in (old, coming):
        assert apart.style.opacity == 0
        assert apart.look.dash
        assert "use_exception" in apart.labels


def test_a_draft_plan_has_no_empty_layer_of_areas_in_force():
    found = by_state(areas([("1", "港", "", date(2027, 4, 1))]), day=DAY)
    assert [layer.name for layer in found] == ["promotion_area_not_yet"]


@pytest.mark.parametrize("version", ["初版", "", "２"])
def test_an_old_version_is_called_as_it_is_called(version):
    rows = [("1", "港", version, date(2025, 4, 1)), ("2", "港", "次", date(2026, 4, 1))]
    old = by_state(areas(rows), day=DAY)[1]
    assert list(old.table["name"]) == [
        {"初版": "港（旧・初版）", "": "港（旧）", "２": "港（旧・第2版）"}[version]
    ]


def test_a_layer_of_other_things_is_as_it_was():
    layer = areas([("1", "港", "1", date(2025, 4, 1))], name="zone")
    assert by_state(layer, day=DAY) == [layer]


def test_the_network_is_read_from_the_whole_to_its_parts_with_shares_in_percent():
    said = [
        ("snap_max", "hub", 12.0, "m"), ("snap_count", "hub", 9.0, "count"), ("snap_count", "access", 1.0, "count"),
        ("component_length", "10", 5.0, "m"), ("component_length", "2", 860.6, "m"),
        ("oneway", "", 0.0234, "0–1"), ("length_by_class", "other", 2.0, "m"),
        ("length_by_class", "national", 3.0, "m"), ("nodes", "", 1272.0, "count"),
    ]  # fmt: skip
    rows = [dict(zip(("measure", "subject", "value", "unit"), row, strict=True), mode="car") for row in said]
    table = tables.hold(
        pd.DataFrame([*rows, rows[-1] | {"mode": "walk"}]).assign(place_ja="", place_en=""), "network"
    )
    read = tables.for_user(for_people({"network": table})["network"], "network", language="ja")
    assert list(zip(read["measure"], read["subject"], strict=True)) == [
        ("nodes", ""), ("length_by_class", "national"), ("length_by_class", "other"), ("component_length", "2"),
        ("component_length", "10"), ("oneway", ""), ("snap_count", "access"), ("snap_count", "hub"),
        ("snap_max", "hub"), ("nodes", ""),
    ]  # fmt: skip
    assert read.loc[5, ["value", "unit"]].tolist() == [2.3, "%"]
    assert read.loc[3, "value"] == 861
