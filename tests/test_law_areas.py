"""Promotion areas and priority districts: versions, joint plans, nesting, named uses, and bad input."""

import datetime as dt
import re

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from village import village

from gisplan.core import tables
from gisplan.law.check import check
from gisplan.law.history import histories, standing, states
from gisplan.law.named_uses import named_uses, use_codes
from gisplan.law.nesting import nest, without_hub
from gisplan.law.promotion import promotion_areas
from gisplan.law.provision import provision
from gisplan.law.rule import read_rule
from gisplan.law.slivers import split
from gisplan.law.versions import compare_all, versions
from gisplan.layers.catalogue import read_catalogue

box = village.box
DAY = village.DAY
COWORKING, NESTING = read_rule("coworking"), read_rule("nesting")
SPRING, SUMMER, AUTUMN, WINTER = (dt.date(2026, month, 1) for month in (4, 6, 9, 12))


def area(geometry, **facts):
    """Return the row of a promotion area that meets every condition."""
    dates = {"published_on": SUMMER, "consented_on": dt.date(2026, 5, 1)}
    return {"name": "区域", "version": "1", "use_exception": True, "geometry": geometry} | dates | facts


def district(geometry, **facts):
    """Return the row of a priority district."""
    return {"name": "地区", "version": "1", "published_on": SPRING, "geometry": geometry} | facts


def compared(*rows, layer="promotion_area", tolerance=1.0, day=DAY, **options):
    return versions(village.frame(rows), layer=layer, tolerance=tolerance, day=day, **options)


def areas_of(*rows, day=DAY, tolerance=1.0, **options):
    return promotion_areas(village.frame(rows), rule=COWORKING, day=day, tolerance=tolerance, **options)


def nested(rows, districts, *, towns=None, codes=(), day=DAY, tolerance=1.0):
    held = None if districts is None else village.frame(districts)
    return nest(
        areas_of(*rows, day=day).table,
        held,
        tolerance=tolerance,
        rule=NESTING,
        day=day,
        municipality=None if towns is None else village.frame(towns),
        codes=codes,
    )


def codes_of(found):
    return {doubt.code for doubt in found.doubts}


def said(found, code):
    """Return the row of the findings table for one code."""
    return tables.findings(found.doubts).query("code == @code").iloc[0]


# --- versions


def test_a_later_version_supersedes_and_the_difference_is_a_table():
    found = compared(
        area(box(0, 0, 300, 100), version="第10版", published_on=AUTUMN, consented_on=AUTUMN),
        area(box(0, 0, 200, 100), version="第2版", use_exception=False, consented_on=None),
        area(box(100, 0, 400, 100), version="第11版", published_on=WINTER),
    )
    table = found.table.set_index("new_version")
    assert found.table["new_version"].tolist() == ["第2版", "第10版", "第11版"]
    assert found.table["order"].tolist() == [1, 2, 3]
    assert table["state"].to_dict() == {"第2版": "superseded", "第10版": "in_force", "第11版": "not_yet"}
    assert table["old_version"].to_dict() == {"第2版": "", "第10版": "第2版", "第11版": "第10版"}
    assert table.loc["第10版", ["old_ha", "new_ha", "added_ha", "removed_ha"]].tolist() == [2, 3, 1, 0]
    assert table.loc["第11版", ["old_ha", "new_ha", "added_ha", "removed_ha"]].tolist() == [3, 3, 1, 1]
    assert table.loc["第2版", ["old_ha", "added_ha", "removed_ha"]].isna().all()
    assert table.loc["第2版", "old_published_on"] is None
    assert table.loc["第10版", "old_published_on"] == SUMMER
    assert table.loc["第10版", "changes_ja"] == (
        "公表日：2026-06-01→2026-09-01。用途特例適用要件：なし→あり。特定行政庁の同意日：不明→2026-09-01。"
    )
    assert "Use-exception requirements: no → yes." in table.loc["第10版", "changes_en"]
    assert table.loc["第2版", "changes_en"] == "First version."
    assert codes_of(found) == {"law.versions"}


def test_the_ground_of_each_change_is_drawn():
    found = compared(area(box(0, 0, 200, 100)), area(box(50, 0, 300, 100), version="2", published_on=AUTUMN))
    ground = found.changes.set_index("change")
    assert ground["area_ha"].to_dict() == pytest.approx({"added": 1.0, "kept": 1.5, "removed": 0.5})
    assert ground.geometry["added"].equals(box(200, 0, 300, 100))
    assert set(ground["layer"]) == {"promotion_area"}
    assert ground[["old_version", "new_version"]].drop_duplicates().to_numpy().tolist() == [["1", "2"]]
    assert found.changes["id"].is_unique
    assert found.changes.crs.to_epsg() == village.CRS


def test_named_uses_that_change_are_said_by_their_titles():
    catalogue = use_codes(read_catalogue())
    found = compared(
        area(box(0, 0, 9, 9), uses="コワーキング"),
        area(box(0, 0, 9, 9), uses="交流施設、シェアオフィス", version="2", published_on=AUTUMN),
        area(box(0, 0, 9, 9), uses="なにか", version="3", published_on=WINTER),
        codes=catalogue,
    ).table.set_index("new_version")
    assert (
        "計画に定める施設の用途：コワーキング・事務所→コワーキング・事務所、交流施設・集会場。"
        in (found.loc["2", "changes_ja"])
    )
    assert "→ “なにか”." in found.loc["3", "changes_en"]


@pytest.mark.parametrize(
    ("day", "kept"),
    [(dt.date(2026, 5, 31), "1"), (SUMMER, "1"), (dt.date(2026, 8, 31), "1"), (AUTUMN, "2"), (WINTER, "3")],
)
def test_the_version_that_stands_on_each_day(day, kept):
    rows = [
        area(box(0, 0, 100 * number, 100), version=str(number), published_on=when)
        for number, when in ((3, WINTER), (1, SUMMER), (2, AUTUMN))
    ]
    table = areas_of(*rows, day=day).table
    assert table["version"].tolist() == [kept]
    assert table.area.tolist() == [int(kept) * 10_000]
    assert table["doubtful"].iloc[0].is_empty


@pytest.mark.parametrize("names", [("1", "2"), ("第2版", "第10版"), ("v1.9", "v1.10"), ("２版", "10版")])
def test_versions_without_any_date_keep_the_order_of_their_numbers(names):
    rows = [area(box(0, 0, 9, 9), version=name, published_on=None) for name in reversed(names)]
    history = histories(village.frame(rows))["区域"]
    assert [version.name for version in history] == list(names)
    assert states(history, day=DAY) == ("undated", "undated")


def test_two_versions_with_one_date_are_not_chosen_from():
    rows = [
        area(box(0, 0, 200, 100), version="1"),
        area(box(100, 0, 300, 100), version="2", use_exception=False),
    ]
    found = compared(*rows)
    assert found.table["state"].tolist() == ["cannot_tell"] * 2
    finding = said(found, "law.version_one_date")
    assert (finding["severity"], finding["subject"]) == ("S2", "区域")
    assert "2026-06-01" in finding["reason_ja"]
    assert "（1、2）" in finding["reason_ja"]
    assert finding["do_ja"]
    areas = areas_of(*rows)
    (standing_area,) = areas.standings
    assert standing_area.use_exception is None
    assert standing_area.consented_on == dt.date(2026, 5, 1)
    assert standing_area.published_on == SUMMER
    assert areas.table["version"].tolist() == ["1、2"]
    assert areas.table.area.tolist() == [30_000]
    assert areas.table["doubtful"].iloc[0].area == 20_000
    assert codes_of(areas) == {"law.version_one_date", "law.area_at_most"}
    bound = said(areas, "law.area_at_most")
    assert "面積 3.0 ha は版を全て合わせた最大" in bound["reason_ja"]
    assert "1.0 ha is common to all" in bound["reason_en"]


def test_a_tie_among_old_versions_does_not_touch_the_one_that_stands():
    rows = [
        area(box(0, 0, 200, 100), version="1"),
        area(box(0, 0, 100, 100), version="2"),
        area(box(0, 0, 300, 100), version="3", published_on=AUTUMN),
    ]
    assert compared(*rows).table["state"].tolist() == ["superseded", "superseded", "in_force"]
    areas = areas_of(*rows)
    assert areas.table["version"].tolist() == ["3"]
    assert codes_of(areas) == {"law.version_one_date", "law.versions"}


def test_a_version_without_a_date_may_be_the_newest():
    rows = [area(box(0, 0, 200, 100)), area(box(0, 0, 300, 100), version="2", published_on=None)]
    found = compared(*rows)
    assert found.table["state"].tolist() == ["cannot_tell", "undated"]
    assert said(found, "law.version_undated")["severity"] == "S2"
    areas = areas_of(*rows)
    assert areas.standings[0].published_on is None
    assert areas.standings[0].use_exception is True
    assert areas.table["doubtful"].iloc[0].equals(box(200, 0, 300, 100))
    assert codes_of(areas) == {"law.version_undated", "law.area_at_most"}


def test_a_version_without_a_date_and_with_a_lower_number_is_an_old_one():
    rows = [area(box(0, 0, 200, 100), published_on=None), area(box(0, 0, 300, 100), version="2")]
    found = compared(*rows).table.set_index("new_version")
    assert found["state"].to_dict() == {"1": "undated", "2": "in_force"}
    assert found["old_version"].to_dict() == {"1": "", "2": "1"}
    assert areas_of(*rows).table["version"].tolist() == ["2"]


def test_ground_on_which_versions_differ_is_not_told():
    rows = [area(box(0, 0, 200, 100)), area(box(0, 0, 100, 100), version="2")]
    areas = areas_of(*rows)
    found = provision(areas, village.zones(), None, rule=COWORKING, day=DAY).set_index("zone")
    assert found["area_ha"].to_dict() == {village.ZONES[0]: 1.0, village.ZONES[1]: 1.0}
    assert found["covered_ha"].isna().to_dict() == {village.ZONES[0]: False, village.ZONES[1]: True}
    unknown = provision(areas, None, None, rule=COWORKING, day=DAY)
    assert unknown["covered_ha"].isna().all()
    table = nested(rows, [district(box(0, 0, 150, 100))])
    assert table.table["verdict"].tolist() == ["cannot_tell"]
    assert table.table["outside_m2"].isna().all()
    assert "law.nesting_open" in codes_of(table)
    assert nested(rows, [district(box(0, 0, 50, 100))]).table["verdict"].tolist() == ["outside"]
    assert nested(rows, [district(box(0, 0, 250, 100))]).table["verdict"].tolist() == ["inside"]


def test_a_version_dated_before_the_act_cannot_be_told_to_stand():
    early = dt.date(2024, 10, 31)
    rows = [area(box(0, 0, 9, 9), published_on=early), area(box(0, 0, 9, 20), version="2")]
    assert compared(*rows).table["state"].tolist() == ["cannot_tell", "in_force"]
    assert compared(rows[0]).table["state"].tolist() == ["cannot_tell"]
    first_day = rows[0] | {"published_on": dt.date(2024, 11, 1)}
    assert compared(first_day).table["state"].tolist() == ["in_force"]
    assert compared(rows[0], layer="priority_district").table["state"].tolist() == ["cannot_tell"]
    assert said(compared(rows[0]), "law.published_before_act")["severity"] == "S2"


def test_an_area_dated_before_the_act_is_not_said_to_be_covered():
    areas = areas_of(area(box(0, 0, 100, 100), published_on=dt.date(2024, 10, 31)))
    held = provision(areas, village.zones(), None, rule=COWORKING, day=DAY)
    assert held["covered_ha"].isna().all()


def test_a_sliver_is_no_change_and_is_reported():
    rows = [
        area(box(0, 0, 200, 100)),
        area(box(-0.5, 0, 200.5, 100), version="2", published_on=AUTUMN),
        area(box(-0.5, 0, 300, 100.5), version="3", published_on=WINTER),
    ]
    found = compared(*rows)
    table = found.table.set_index("new_version")
    assert table.loc["2", ["added_ha", "removed_ha"]].tolist() == [0.0, 0.0]
    assert table.loc["2", "new_ha"] == pytest.approx(2.01)
    assert set(found.changes.query("new_version == '2'")["change"]) == {"kept"}
    assert table.loc["3", "added_ha"] == pytest.approx(1.0, abs=0.002)
    reason = said(found, "law.version_sliver")["reason_ja"]
    assert "版 1 と版 2 の境界の間に細いずれがあります（増 100.0 ㎡、減 0.0 ㎡）" in reason
    # 200 m by 0.5 m, but for the corner that belongs to the added block
    assert float(re.search(r"版 2 と版 3 .*?増 ([\d.]+) ㎡", reason)[1]) == pytest.approx(100, abs=2)
    exact = compared(*rows, tolerance=0.0)
    assert exact.table.set_index("new_version").loc["2", "added_ha"] == pytest.approx(0.01)
    assert "law.version_sliver" not in codes_of(exact)


def test_slivers_between_versions_of_one_date_leave_no_doubtful_ground():
    rows = [area(box(0, 0, 200, 100)), area(box(0, 0, 200.5, 100), version="2")]
    assert areas_of(*rows).table["doubtful"].iloc[0].is_empty


def test_all_versions_of_a_plan_are_compared():
    atlas = village.atlas(
        promotion_area=village.frame(
            [area(box(0, 0, 9, 9)), area(box(0, 0, 9, 20), version="2", published_on=AUTUMN)]
        ),
        priority_district=village.frame(
            [district(box(0, 0, 90, 90)), district(box(0, 0, 99, 99), version="2")]
        ),
    )
    found = compare_all(atlas)
    assert found.table["layer"].tolist() == ["priority_district"] * 2 + ["promotion_area"] * 2
    assert set(found.changes["layer"]) == {"priority_district", "promotion_area"}
    bare = compare_all(village.atlas(without=["promotion_area", "priority_district"]))
    assert bare.table.empty
    assert bare.changes is None
    single = compare_all(village.atlas())
    assert single.changes.empty
    assert single.table["changes_ja"].tolist() == ["最初の版。"] * 3


def test_a_name_and_version_with_two_dates_is_not_guessed_at():
    rows = [area(box(0, 0, 9, 9), version=""), area(box(0, 9, 9, 20), version="", published_on=AUTUMN)]
    found = areas_of(*rows)
    assert found.standings[0].published_on is None
    assert codes_of(found) == {"law.parts_differ"}
    assert "版（version）" in said(found, "law.parts_differ")["do_ja"]


# --- priority districts


def test_a_superseded_district_does_not_count():
    rows = [area(box(0, 0, 300, 100))]
    large, small = box(0, 0, 400, 100), box(0, 0, 200, 100)
    found = nested(rows, [district(large), district(small, version="2", published_on=SUMMER)])
    assert found.table["verdict"].tolist() == ["outside"]
    assert found.table["outside_m2"].tolist() == [10_000]
    assert codes_of(found) == {"law.versions", "law.nesting"}
    later = nested(rows, [district(large), district(small, version="2", published_on=WINTER)])
    assert later.table["verdict"].tolist() == ["inside"]
    assert codes_of(later) == {"law.versions"}
    tied = nested(rows, [district(large), district(small, version="2")])
    assert tied.table["verdict"].tolist() == ["cannot_tell"]
    assert {"law.version_one_date", "law.nesting_open"} <= codes_of(tied)


def test_a_district_whose_parts_have_two_dates():
    rows = [area(box(0, 0, 300, 100))]
    parts = [district(box(0, 0, 200, 100)), district(box(200, 0, 300, 100), published_on=WINTER)]
    found = nested(rows, parts)
    assert found.table["verdict"].tolist() == ["cannot_tell"]
    assert codes_of(found) == {"law.parts_differ", "law.nesting_open"}
    within = nested([area(box(0, 0, 200, 100))], parts)
    assert within.table["verdict"].tolist() == ["inside"]
    assert codes_of(within) == {"law.parts_differ"}


@pytest.mark.parametrize(
    ("days", "late"),
    [
        ([SUMMER], None),
        ([AUTUMN], "地区（2026-09-01）"),
        ([WINTER], "地区（2026-12-01）"),  # after the day of the check, too
        ([None], None),
        ([SPRING, AUTUMN], None),
    ],
)
def test_the_district_comes_before_the_area_inside_it(days, late):
    districts = [
        district(box(0, 0, 300, 100), version=str(number), published_on=when)
        for number, when in enumerate(days)
    ]
    found = nested([area(box(0, 0, 300, 100))], districts)
    assert ("law.nesting_late" in codes_of(found)) == (late is not None)
    if late:
        finding = said(found, "law.nesting_late")
        assert late in finding["reason_ja"]
        assert "2026-06-01" in finding["reason_en"]
        assert finding["severity"] == "S2"
        assert finding["subject"] == "区域"
        assert "22条1項" in finding["articles"]


def test_a_district_widened_after_the_area_was_published_is_late():
    rows = [area(box(0, 0, 300, 100))]
    small = district(box(0, 0, 150, 100))
    wide = district(box(0, 0, 300, 100), version="2", published_on=AUTUMN)
    found = nested(rows, [small, wide])
    assert found.table["verdict"].tolist() == ["inside"]
    assert "地区（2026-09-01）" in said(found, "law.nesting_late")["reason_ja"]
    # Narrowed later: the area was inside when it was published, and lies outside now.
    narrowed = [
        wide | {"version": "1", "published_on": SPRING},
        small | {"version": "2", "published_on": AUTUMN},
    ]
    later = nested(rows, narrowed)
    assert later.table["verdict"].tolist() == ["outside"]
    assert "law.nesting_late" not in codes_of(later)
    for when in (None, dt.date(2024, 10, 31)):
        untold = nested([rows[0] | {"published_on": when}], [small, wide])
        assert "law.nesting_late" not in codes_of(untold)


def test_a_superseded_district_needs_no_hub():
    rows = [district(box(0, 0, 400, 100)), district(box(0, 0, 200, 100), version="2", published_on=SUMMER)]
    hub = village.frame([{"geometry": shapely.Point(300, 50)}])
    options = {"tolerance": 1.0, "rule": NESTING, "day": DAY}
    found = without_hub(village.frame(rows), hub, **options)
    assert [(doubt.code, doubt.subject) for doubt in found] == [("law.priority_without_hub", "地区")]
    parts = village.frame([district(box(0, 0, 200, 100)), district(box(250, 0, 400, 100))])
    assert without_hub(parts, hub, **options) == ()


def test_an_area_across_two_districts_lies_in_both():
    rows = [area(box(0, 0, 300, 100))]
    two = [district(box(0, 0, 150, 100), name="西"), district(box(150.5, 0, 300, 100), name="東")]
    found = nested(rows, two)
    assert found.table[["priority_district", "verdict"]].to_numpy().tolist() == [["西、東", "inside"]]
    assert codes_of(found) == {"law.nesting_several", "law.nesting_sliver"}
    finding = said(found, "law.nesting_several")
    assert finding["severity"] == "S3"
    assert "要確認" in finding["reason_ja"]
    beside = nested(
        rows, [district(box(0, 0, 300, 100), name="西"), district(box(299.5, 0, 400, 100), name="東")]
    )
    assert beside.table["priority_district"].tolist() == ["西"]
    assert beside.doubts == ()


# --- municipalities and joint plans

WEST = {"code": "22901", "name": "西町", "geometry": box(0, 0, 500, 500)}
EAST = {"code": "22902", "name": "東町", "geometry": box(500, 0, 1000, 500)}
JOINT = ("22901", "22902")
HELD = district(box(-2000, -2000, 3000, 3000))


def test_a_joint_plan_holds_areas_across_its_municipalities():
    rows = [area(box(400, 0, 600, 100), name="またぐ"), area(box(0, 0, 100, 100), name="西だけ")]
    found = nested(rows, [HELD], towns=[WEST, EAST], codes=JOINT)
    assert found.table.set_index("promotion_area")["municipality"].to_dict() == {
        "またぐ": "西町、東町",
        "西だけ": "西町",
    }
    assert found.table["verdict"].tolist() == ["inside"] * 2
    assert found.doubts == ()


@pytest.mark.parametrize(
    ("west", "verdict", "code"),
    [
        (0.0, "inside", None),
        (-0.5, "inside", "law.municipality_sliver"),
        (-50.0, "inside", "law.municipality_margin"),
        (-150.0, "outside", "law.municipality_outside"),
    ],
)
def test_an_area_that_leaves_the_municipalities(west, verdict, code):
    found = nested([area(box(west, 0, 600, 100))], [HELD], towns=[WEST, EAST], codes=JOINT)
    assert found.table["verdict"].tolist() == [verdict]
    assert found.table["outside_m2"].tolist() == [0.0]  # of the district
    assert found.table["outside_municipality_m2"].tolist() == [pytest.approx(-100 * west)]
    assert codes_of(found) == {code} - {None}
    if code:
        assert f"{-100 * west:,.1f} ㎡" in said(found, code)["reason_ja"]


def test_both_tests_decide_together():
    rows = [area(box(-200, 0, 600, 100))]
    towns = {"towns": [WEST, EAST], "codes": JOINT}
    assert nested(rows, [district(box(0, 0, 100, 100))], **towns).table["verdict"].tolist() == ["outside"]
    assert nested(rows, None, **towns).table["verdict"].tolist() == ["outside"]
    within = [area(box(0, 0, 600, 100))]
    assert nested(within, None, **towns).table["verdict"].tolist() == ["cannot_tell"]
    assert nested(within, [district(box(0, 0, 100, 100))], **towns).table["verdict"].tolist() == ["outside"]


def test_a_missing_layer_of_municipalities_is_said():
    found = nested([area(box(-200, 0, 600, 100))], [HELD], codes=JOINT)
    assert found.table["verdict"].tolist() == ["inside"]
    assert found.table["municipality"].tolist() == [""]
    assert found.table["outside_municipality_m2"].isna().all()
    assert codes_of(found) == {"law.municipality_untested"}


def test_a_municipality_of_the_plan_that_the_layer_lacks():
    found = nested([area(box(400, 0, 700, 100))], [HELD], towns=[WEST], codes=JOINT)
    assert found.table["verdict"].tolist() == ["cannot_tell"]
    assert found.table["outside_municipality_m2"].isna().all()
    assert codes_of(found) == {"law.municipality_lacking", "law.municipality_outside"}
    assert said(found, "law.municipality_lacking")["subject"] == "22902"
    nameless = nested([area(box(0, 0, 100, 100))], [HELD], towns=[WEST | {"code": ""}], codes=JOINT)
    assert nameless.doubts == ()


def test_a_municipality_of_a_joint_plan_without_an_area():
    found = nested([area(box(0, 0, 100, 100))], [HELD], towns=[WEST, EAST], codes=JOINT)
    assert said(found, "law.municipality_without_area")["subject"] == "東町"
    sliver = nested([area(box(0, 0, 500.5, 100))], [HELD], towns=[WEST, EAST], codes=JOINT)
    assert sliver.table["municipality"].tolist() == ["西町"]
    assert codes_of(sliver) == {"law.municipality_without_area"}


def test_one_name_in_two_towns_may_be_two_areas():
    apart = [area(box(0, 0, 100, 100)), area(box(700, 0, 800, 100))]
    found = nested(apart, [HELD], towns=[WEST, EAST], codes=JOINT)
    finding = said(found, "law.name_in_towns_apart")
    assert (finding["severity"], finding["subject"]) == ("S2", "区域")
    assert "西町、東町" in finding["reason_ja"]
    assert finding["do_ja"]
    touching = [area(box(400, 0, 500, 100)), area(box(500.5, 0, 600, 100))]
    within = [area(box(0, 0, 100, 100)), area(box(200, 0, 300, 100)), area(box(600, 0, 700, 90), name="東")]
    bridging = [area(box(0, 0, 100, 100)), area(box(450, 0, 600, 100))]
    for rows in (touching, within, bridging):
        assert nested(rows, [HELD], towns=[WEST, EAST], codes=JOINT).doubts == ()


def test_islands_of_a_municipality_are_one():
    islands = [WEST, WEST | {"id": "w2", "geometry": box(0, 600, 500, 700)}]
    rows = [area(box(0, 0, 100, 100)), area(box(0, 600, 100, 700))]
    found = nested(rows, [HELD], towns=islands, codes=("22901",))
    assert found.table[["municipality", "parts", "verdict"]].to_numpy().tolist() == [["西町", 2, "inside"]]


# --- named uses


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("コワーキング、交流施設", {"office_coworking", "exchange_meeting_hall"}),
        ("シェアオフィス・カフェ", {"office_coworking", "shop_restaurant"}),
        ("店舗・飲食店；保育所", {"shop_restaurant", "nursery"}),
        (
            "住宅,診療所／図書館\nゲストハウス",
            {"dwelling", "clinic", "community_hall_library_like", "trial_lodging"},
        ),
        ("お試し居住（賃貸）", {"trial_lease"}),
        ("office_coworking / nursery", {"office_coworking", "nursery"}),
        ("コワーキング・事務所", {"office_coworking"}),
        ("", None),
        ("、", None),
        (None, None),
    ],
)
def test_the_words_of_a_plan_name_uses(text, found):
    named = named_uses(text, codes=use_codes(read_catalogue()))
    assert named.uses == (None if found is None else frozenset(found))
    assert named.unknown == ()


def test_an_unknown_use_is_named_with_near_ones():
    rows = [area(box(0, 0, 9, 9), uses="コワーキング、コワキング")]
    found = areas_of(*rows, codes=use_codes(read_catalogue()))
    assert found.standings[0].uses == {"office_coworking"}
    assert not found.standings[0].uses_whole
    finding = said(found, "law.named_use_unknown")
    assert "「コワキング」" in finding["reason_ja"]
    assert "近い名前：" in finding["reason_ja"]
    assert "コワーキング" in finding["reason_en"].split("Did you mean")[1]


def test_the_uses_of_the_plan_are_those_of_the_area():
    found = areas_of(area(box(0, 0, 9, 9), uses="コワーキング"), codes=use_codes(read_catalogue()))
    assert found.standings[0].uses == frozenset({"office_coworking"})
    assert areas_of(area(box(0, 0, 9, 9))).standings[0].uses is None
    assert use_codes({}) == {}
    parts = [area(box(0, 0, 9, 9), uses="office_coworking"), area(box(0, 9, 9, 20), uses="clinic")]
    found = areas_of(*parts)
    assert found.standings[0].uses is None
    assert "law.parts_differ" in codes_of(found)


@pytest.mark.parametrize(
    ("text", "covered"),
    [("office_coworking", 4.0), ("dwelling", 0.0), ("dwelling、office_coworking", 4.0), ("", 4.0)],
)
def test_uses_that_are_free_anyway_need_no_provision(text, covered):
    areas = areas_of(area(box(0, 0, village.WIDTH, 100), uses=text))
    found = provision(areas, village.zones(), None, rule=COWORKING, day=DAY)
    assert found["covered_ha"].sum() == pytest.approx(covered)


# --- overlaps and bad input


def test_ground_that_two_areas_claim_counts_in_both():
    rows = [area(box(0, 0, 100, 100), name="甲"), area(box(0, 50, 100, 150), name="乙")]
    houses = village.houses(*((50, y) for y in (20, 50, 60, 100, 120, 150, 160)))
    areas = areas_of(*rows)
    found = provision(areas, village.zones(), houses, rule=COWORKING, day=DAY).set_index("promotion_area")
    assert found["area_ha"].to_dict() == {"甲": 1.0, "乙": 1.0}
    # 甲 holds y = 20, 50, 60 (and shares 60 with 乙), 乙 60, 100, 120 and 150 on its own edge.
    assert found["vacant_houses"].to_dict() == {"甲": 3, "乙": 4}
    assert "5,000.0 ㎡" in said(areas, "law.promotion_overlap")["reason_ja"]


@pytest.mark.parametrize(
    ("changes", "code", "severity"),
    [
        ({"published_on": None}, "law.promotion_undated", "S2"),
        ({"consented_on": None}, "law.consent_missing", "S2"),
        ({"use_exception": None}, "law.requirements_missing", "S2"),
        ({"consented_on": AUTUMN}, "law.consent_late", "S3"),
        ({"published_on": dt.date(2024, 10, 31)}, "law.published_before_act", "S2"),
        ({"geometry": shapely.Polygon()}, "law.area_empty", "S2"),
    ],
)
def test_bad_input_about_an_area_is_a_finding_with_place_and_cure(changes, code, severity):
    found = areas_of(area(box(0, 0, 9, 9)) | changes)
    finding = said(found, code)
    assert (finding["severity"], finding["layer"], finding["subject"]) == (severity, "promotion_area", "区域")
    for column in ("reason_ja", "reason_en", "do_ja", "do_en"):
        assert finding[column]
        assert "?" not in finding[column]


def test_the_day_on_which_the_act_came_into_force_is_no_oddity():
    found = areas_of(
        area(box(0, 0, 9, 9), published_on=dt.date(2024, 11, 1), consented_on=dt.date(2024, 11, 1))
    )
    assert found.doubts == ()
    early = nested([area(box(0, 0, 9, 9))], [HELD | {"published_on": dt.date(2020, 1, 1)}])
    assert said(early, "law.published_before_act")["layer"] == "priority_district"


def test_areas_and_districts_without_ground_are_left_out():
    empty = areas_of(area(shapely.Polygon()))
    assert empty.table.empty
    assert empty.standings == ()
    assert provision(empty, village.zones(), None, rule=COWORKING, day=DAY).empty
    assert nested([area(shapely.Polygon())], [HELD]).table.empty
    found = nested([area(box(0, 0, 9, 9))], [district(shapely.Polygon())])
    assert found.table["verdict"].tolist() == ["cannot_tell"]
    assert {"law.area_empty", "law.nesting_open"} == codes_of(found)
    flat = shapely.Polygon([(0, 0), (9, 0), (0, 0)])
    checked = check(village.atlas(promotion_area=village.frame([area(flat)])))
    assert "law.area_empty" in set(checked.findings["code"])


def test_promotion_areas_without_priority_districts():
    found = nested([area(box(0, 0, 9, 9))], None)
    assert found.table["verdict"].tolist() == ["cannot_tell"]
    assert said(found, "law.nesting_unknown")["do_ja"]


def test_every_finding_of_the_areas_is_said_in_both_languages():
    rows = [
        area(box(-0.5, 0, 100, 100), uses="casino"),
        area(box(0, 0, 100.5, 100), version="2"),
        area(box(0, 0, 200, 100), version="", published_on=None),
        area(box(-50, 0, 200, 100), name="別", published_on=dt.date(2020, 1, 1)),
    ]
    found = nested(
        rows, [HELD, district(box(0, 0, 20, 20), name="小")], towns=[WEST, EAST], codes=(*JOINT, "22903")
    )
    doubts = [*areas_of(*rows).doubts, *found.doubts, *compared(*rows).doubts]
    table = tables.findings(doubts)
    assert len(set(table["code"])) >= 8
    for column in ("reason_ja", "reason_en", "do_ja", "do_en"):
        assert (table[column] != "").all()
        assert not table[column].str.contains(r"\?\w|[{}]").any()


# --- properties

squares = st.tuples(st.integers(0, 8), st.integers(0, 8), st.integers(1, 5), st.integers(1, 5)).map(
    lambda cell: box(cell[0] * 10, cell[1] * 10, (cell[0] + cell[2]) * 10, (cell[1] + cell[3]) * 10)
)
dates = st.sampled_from([SPRING, SUMMER, AUTUMN, WINTER, None])
facts = st.fixed_dictionaries(
    {
        "geometry": squares,
        "version": st.sampled_from(["1", "2", "10"]),
        "name": st.sampled_from(["甲", "乙"]),
        "published_on": dates,
        "use_exception": st.sampled_from([True, False, None]),
    }
)
worlds = st.lists(facts, min_size=1, max_size=5)


def everything(rows, *, districts, seed=None):
    """Return every table of some areas, with the rows in another order where a seed is given."""
    promotion = village.frame([area(None) | row for row in rows])
    priority = village.frame([district(None) | {key: row[key] for key in KEPT} for row in districts])
    if seed is not None:
        promotion, priority = (
            table.sample(frac=1, random_state=seed, ignore_index=True) for table in (promotion, priority)
        )
    areas = promotion_areas(promotion, rule=COWORKING, day=DAY, tolerance=1.0)
    found = nest(areas.table, priority, tolerance=1.0, rule=NESTING, day=DAY)
    compared_areas = versions(promotion, layer="promotion_area", tolerance=1.0, day=DAY)
    return areas, found, compared_areas


KEPT = ("geometry", "version", "name", "published_on")


@settings(max_examples=25, deadline=None)
@given(rows=worlds, districts=worlds, seed=st.integers(0, 99))
def test_the_order_of_rows_changes_nothing(rows, districts, seed):
    first = everything(rows, districts=districts)
    second = everything(rows, districts=districts, seed=seed)
    for one, other in zip(first, second, strict=True):
        pd.testing.assert_frame_equal(pd.DataFrame(one.table), pd.DataFrame(other.table), check_exact=True)
        pd.testing.assert_frame_equal(tables.findings(one.doubts), tables.findings(other.doubts))
    assert first[0].standings == second[0].standings
    assert first[2].changes.to_wkb().equals(second[2].changes.to_wkb())


@settings(max_examples=25, deadline=None)
@given(rows=worlds, districts=worlds, cut=st.integers(1, 9))
def test_splitting_an_area_into_parts_changes_nothing_but_parts(rows, districts, cut):
    halves = [
        row | {"geometry": half}
        for row in rows
        for half in (
            row["geometry"].intersection(box(0, 0, cut * 10 + 5, 200)),
            row["geometry"].intersection(box(cut * 10 + 5, 0, 200, 200)),
        )
        if half.area > 0
    ]
    whole, split_up = everything(rows, districts=districts), everything(halves, districts=districts)
    for one, other in zip(whole[1:], split_up[1:], strict=True):
        left, right = (part.table.drop(columns="parts", errors="ignore") for part in (one, other))
        pd.testing.assert_frame_equal(left, right, rtol=1e-12)


@settings(max_examples=30, deadline=None)
@given(rows=st.lists(facts, min_size=2, max_size=5), tolerance=st.sampled_from([0.0, 1.0, 5.0]))
def test_added_removed_and_kept_ground_make_up_the_versions(rows, tolerance):
    found = compared(*(area(None) | row for row in rows), tolerance=tolerance)
    drawn = found.changes.set_index(["name", "new_version", "change"])
    for row in found.table.query("old_version != ''").to_dict("records"):
        ground = {
            change: drawn.geometry.get((row["name"], row["new_version"], change), shapely.Polygon()).area
            for change in ("added", "removed", "kept")
        }
        assert ground["added"] + ground["kept"] == pytest.approx(row["new_ha"] * 10_000, abs=1e-6)
        assert ground["removed"] + ground["kept"] == pytest.approx(row["old_ha"] * 10_000, abs=1e-6)
        assert row["added_ha"] * 10_000 == pytest.approx(ground["added"], abs=1e-6)
        assert row["removed_ha"] * 10_000 == pytest.approx(ground["removed"], abs=1e-6)


@settings(max_examples=30, deadline=None)
@given(
    first=squares,
    second=squares,
    shift=st.integers(-300, 300).map(lambda centimetres: centimetres / 100),
    tolerance=st.sampled_from([0.0, 1.0, 2.5]),
)
def test_slivers_and_real_ground_make_up_a_difference(first, second, shift, tolerance):
    ground = first.difference(shapely.affinity.translate(second, shift, shift / 2))
    parts = split(ground, tolerance=tolerance)
    assert parts.real.area + parts.slivers.area == pytest.approx(ground.area, abs=1e-6)
    assert parts.real.intersection(parts.slivers).area == pytest.approx(0, abs=1e-6)
    if tolerance == 0:
        assert parts.slivers.area == 0


@settings(max_examples=30, deadline=None)
@given(rows=worlds, day=st.sampled_from([SPRING, SUMMER, AUTUMN, WINTER]))
def test_one_version_stands_or_several_may(rows, day):
    for history in histories(village.frame([area(None) | row for row in rows])).values():
        found, current = states(history, day=day), standing(history, day=day)
        assert current
        assert found.count("in_force") == (
            1 if len(current) == 1 and current[0].published_on and current[0].published_on <= day else 0
        )
        published = [version.published_on for version in history if version.published_on]
        for version, state in zip(history, found, strict=True):
            if state in {"in_force", "cannot_tell"}:
                assert version.published_on == max(when for when in published if when <= day)


# --- Yaizu


@pytest.mark.real
def test_yaizu_areas_lie_in_districts_and_in_the_city(real_data):
    names = {"名称": "name", "版": "version", "公表日": "published_on"}
    facts_of = {"用途特例適用要件": "use_exception", "特定行政庁同意日": "consented_on"}

    def read(name, columns):
        table = gpd.read_file(real_data / "yaizu" / "plan" / name).to_crs(village.CRS).rename(columns=columns)
        for column in {"published_on", "consented_on"} & set(table):
            table[column] = [None if pd.isna(when) else pd.Timestamp(when).date() for when in table[column]]
        return table[[*columns.values(), "geometry"]].astype(object).to_dict("records")

    towns = gpd.read_file(real_data / "japan" / "admin" / "N03-21_22_210101_s0010.geojson")
    city = towns[towns["N03_007"] == "22212"].to_crs(village.CRS)
    city = city.rename(columns={"N03_007": "code", "N03_004": "name"})[["code", "name", "geometry"]]
    rows = read("promotion_area.geojson", names | facts_of)
    found = nested(
        rows,
        read("priority_district.gpkg", names),
        towns=city.astype(object).to_dict("records"),
        codes=("22212",),
    )
    table = found.table.set_index("promotion_area")
    assert table["verdict"].tolist() == ["inside"] * 2
    assert table["area_ha"].round(1).to_dict() == {"東益津・豊田区域": 197.8, "小川区域": 110.5}
    assert table["priority_district"].to_dict() == {
        "東益津・豊田区域": "北部重点地区",
        "小川区域": "港・小川重点地区",
    }
    assert table["municipality"].tolist() == ["焼津市"] * 2
    assert (table["outside_m2"] == 0).all()
    # The coast of the national boundary data is up to 75 m off the city's.
    assert [(doubt.code, doubt.subject) for doubt in found.doubts] == [
        ("law.municipality_margin", "小川区域")
    ]
    later = rows[1] | {"version": "2", "published_on": AUTUMN, "geometry": rows[1]["geometry"].buffer(-50)}
    step = compared(*rows, later).table.query("old_version != ''").iloc[0]
    shapes = [rows[1]["geometry"], later["geometry"]]
    assert step["removed_ha"] == pytest.approx((shapes[0].area - shapes[1].area) / 10_000, abs=0.01)
    assert step["added_ha"] == 0
