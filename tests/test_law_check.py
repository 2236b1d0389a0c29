"""The check of a whole plan: the village, where every figure is checked by hand, and Yaizu."""

import datetime as dt
import re
from dataclasses import replace
from functools import cache

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from village import village

from gisplan.core import tables
from gisplan.core.errors import InputError
from gisplan.core.messages import messages
from gisplan.law.check import check
from gisplan.law.land import read_land
from gisplan.law.phrases import _phrases, verdicts
from gisplan.law.rule import read_rule

Point = shapely.Point


def verdicts_of(*lots, across_edge=None, without=(), **changes):
    """Return the verdict table of some lots in the village, indexed by id."""
    atlas = village.atlas(site=village.frame(lots), without=(*without, "hub"), **changes)
    return check(atlas, across_edge=across_edge).verdicts.set_index("id")


def consultations(**changes):
    """Return what is found about whom to consult; hubs, zones and districts have no part in it."""
    without = ("hub", "zone", "district_plan", "priority_district", *changes.pop("without", ()))
    found = check(village.atlas(without=without, **changes)).findings
    return found[found["code"].str.startswith("law.consultation")]


PLACES = (
    (94, 20),
    (94.9999, 20),
    (95, 20),
    (96, 20),
    (20, 90.9),
    (20, 91.5),
    (20, 94),
    (20, 95),
    (20, 96),
    (920, 20),
)


@cache
def by_place(across_edge=None):
    """Return the verdict table of lots whose south-west corners are `PLACES`, indexed by these."""
    found = verdicts_of(*(village.lot(*place) for place in PLACES), across_edge=across_edge)
    return dict(zip(PLACES, (row for _, row in found.iterrows()), strict=True))


def codes(checked):
    """Return the codes of the findings, without what is said of every plan that has no list of houses."""
    return set(checked.findings["code"]) - {"house.missing", "law.programmes_configured"}


def test_every_zone_of_the_village():
    lots = [village.lot(100 * n + 20, 20, floor_area=100.0, storey=1) for n in range(13)]
    special, limits, by_right = "special_provision_permit", "by_right_within_limits", "by_right"
    found = verdicts_of(*lots)
    assert list(found["zone"]) == list(village.ZONES)
    assert list(found["verdict"]) == [
        *[special] * 3,
        *[limits] * 2,
        *[by_right] * 2,
        "ordinary_permit",
        *[by_right] * 5,
    ]
    assert (found["promotion_area"] == "東区域").all()
    assert (found["zone_share"] == 1.0).all()
    assert found.loc["004", ["max_floor_area", "max_storey"]].tolist() == [1500.0, 2]


def test_all_seven_verdicts_occur():
    found = verdicts_of(
        village.lot(20, 20),
        village.lot(20, 120),
        village.lot(320, 20, floor_area=100.0, storey=1),
        village.lot(920, 20),
        village.lot(20, 320),
        village.lot(20, 520),
        village.lot(320, 20),
    )
    assert list(found["verdict"]) == [
        "special_provision_permit",
        "ordinary_permit",
        "by_right_within_limits",
        "by_right",
        "urbanization_control_area",
        "outside_city_planning_area",
        "cannot_tell",
    ]
    assert set(found["verdict"]) == set(verdicts())


@pytest.mark.parametrize(
    ("x", "zone", "share"),
    [(94, "第一種低層住居専用地域", 0.6), (96, "第二種低層住居専用地域", 0.6), (95, "", 0.5)],
)
def test_a_lot_follows_the_zone_that_holds_more_than_half(x, zone, share):
    found = by_place()[x, 20]
    assert found["zone"] == zone
    assert found["zone_share"] == pytest.approx(share)
    assert (found["verdict"] == "cannot_tell") == (zone == "")
    assert "建築基準法91条" in found["articles"]


def test_the_centroid_does_not_decide():
    # An L of 1,000 m²: its centroid lies in zone 2, 52 % of it in zone 1.
    shape = shapely.union_all([village.box(94.8, 10, 100, 110), village.box(100, 10, 148, 20)])
    found = verdicts_of({"geometry": shape, "use": "office_coworking"}).loc["001"]
    assert shape.centroid.x > 100
    assert found["zone"] == "第一種低層住居専用地域"
    assert found["zone_share"] == pytest.approx(0.52)


def test_a_majority_within_the_tolerance_is_to_be_confirmed():
    close, clear = village.lot(94.9, 20), village.lot(92, 20)
    found = verdicts_of(close, clear)
    assert "過半の判定が境界の誤差" in found.loc["001", "caution_ja"]
    assert "過半の判定が境界の誤差" not in found.loc["002", "caution_ja"]


def test_a_lot_across_the_edge_of_a_promotion_area():
    assert by_place()[20, 96]["verdict"] == "cannot_tell"
    assert by_place()[20, 96]["promotion_area"] == "東区域、西区域"
    by_majority = by_place("majority")
    assert by_majority[20, 96]["verdict"] == "ordinary_permit"
    assert by_majority[20, 94]["verdict"] == "special_provision_permit"
    assert by_majority[20, 95]["verdict"] == "cannot_tell"


@pytest.mark.parametrize(("y", "verdict"), [(90.9, "special_provision_permit"), (91.5, "cannot_tell")])
def test_a_lot_may_poke_out_of_an_area_by_the_tolerance(y, verdict):
    assert by_place()[20, y]["verdict"] == verdict


def test_points():
    found = verdicts_of(
        {"geometry": Point(50, 50), "use": "office_coworking"},
        {"geometry": Point(100, 50), "use": "office_coworking"},
        {"geometry": Point(950, 300), "use": "office_coworking"},
        {"geometry": Point(50, 100), "use": "office_coworking"},
    )
    assert list(found["verdict"]) == ["special_provision_permit", *["cannot_tell"] * 3]
    assert "地点で判定した" in found.loc["001", "caution_ja"]
    assert "地点が用途地域の境界" in found.loc["002", "reason_ja"]


def test_land_without_a_zone_polygon():
    lots = [village.lot(20, 320), village.lot(20, 420), village.lot(20, 520)]
    found = verdicts_of(*lots)
    assert list(found["verdict"]) == ["urbanization_control_area", "by_right", "outside_city_planning_area"]
    assert list(found["area_division"]) == ["市街化調整区域", "", ""]
    assert found["zone_share"].isna().all()
    bare = verdicts_of(*lots, without=["area_division", "city_planning_area"])
    assert list(bare["verdict"]) == ["cannot_tell"] * 3
    assert bare["reason_ja"].str.contains("area_division").all()
    gap = verdicts_of(village.lot(20, 120), zone=village.zones().iloc[1:])
    assert gap.loc["001", "verdict"] == "cannot_tell"


def test_a_division_layer_that_draws_only_one_side():
    only = village.tables_of_village()["area_division"].iloc[:1]
    lots = [village.lot(20, 320), village.lot(20, 420), village.lot(20, 620)]
    changes = {"area_division": only, "without": ["city_planning_area"]}
    checked = check(village.atlas(site=village.frame(lots), **changes))
    found = checked.verdicts[checked.verdicts["layer"] == "site"]
    assert list(found["verdict"]) == ["urbanization_control_area"] * 2 + ["cannot_tell"]
    assert "推定" in found["reason_ja"].iloc[0]
    assert "law.division_inferred" in codes(checked)
    changes["without"] = ["city_planning_area", "municipality"]
    checked = check(village.atlas(site=village.frame(lots), **changes))
    assert set(checked.verdicts.query("layer == 'site'")["verdict"]) == {"cannot_tell"}
    assert "municipality" in set(checked.findings["layer"])


def test_article_26_in_a_control_area():
    area = village.areas(geometry=village.box(0, 0, village.WIDTH, 400)).iloc[:1]
    checked = check(village.atlas(promotion_area=area, site=village.frame([village.lot(20, 320)])))
    row = checked.verdicts.query("layer == 'site'").iloc[0]
    assert row["verdict"] == "urbanization_control_area"
    assert "26条" in row["articles"]
    consulted = checked.findings.query("code == 'law.consultation'").iloc[0]
    assert "13.0 ha" in consulted["reason_ja"]
    assert consulted["articles"] == "広域的地域活性化基盤整備法22条11項"


@pytest.mark.parametrize(
    ("north", "code", "said"),
    [
        (300.0, None, ()),
        (300.02, "law.consultation_sliver", ("26.0 ㎡", "26.0 m²")),
        (300.8, "law.consultation_sliver", ("1,040.0 ㎡", "1,040.0 m²")),
        (301.5, "law.consultation", ("0.2 ha", "0.2 ha")),
    ],
)
@pytest.mark.parametrize("only", [False, True])
def test_a_sliver_of_control_area_needs_no_consultation(north, code, said, only):
    area = village.areas(geometry=village.box(0, 0, village.WIDTH, north)).iloc[:1]
    division = village.tables_of_village()["area_division"].iloc[: 1 if only else 2]
    found = consultations(promotion_area=area, area_division=division)
    assert found["code"].tolist() == ([code] if code else [])
    if code:
        row = found.iloc[0]
        assert row["severity"] == "S4"
        assert said[0] in row["reason_ja"]
        assert said[1] in row["reason_en"]
        assert row["do_ja"]
        assert row["do_en"]


def test_a_small_but_deep_part_of_a_control_area_is_said_in_square_metres():
    spur = shapely.union_all([village.box(0, 0, 100, 300), village.box(0, 300, 20, 305)])
    found = consultations(promotion_area=village.areas(geometry=spur).iloc[:1])
    row = found.query("code == 'law.consultation'").iloc[0]
    assert "市街化調整区域を 100.0 ㎡ 含みます" in row["reason_ja"]
    assert "contains 100.0 m² of" in row["reason_en"]


@pytest.mark.parametrize(
    ("shape", "without", "said"),
    [
        # the division draws 市街化区域 (y < 300) alone; the divided planning area ends at y = 400
        (village.box(0, 300, 100, 350), (), {"law.consultation": "0.5 ha"}),
        (village.box(0, 390, 100, 450), (), {"law.consultation": "0.1 ha"}),
        (village.box(0, 400, 100, 450), (), {}),
        (village.box(0, 500, 100, 550), (), {}),
        (village.box(-100, 300, 0, 350), (), {}),
        (village.box(0, 100, 100, 200), ("city_planning_area", "municipality"), {}),
        (
            village.box(0, 300, 100, 350),
            ("city_planning_area",),
            {"law.consultation_unknown": "都市計画区域"},
        ),
        (village.box(0, 300, 100, 350), ("municipality",), {"law.consultation_unknown": "最大 0.5 ha"}),
        (village.box(0, 500, 100, 550), ("municipality",), {}),
        (village.box(-100, 300, 0, 350), ("city_planning_area",), {}),
    ],
)
def test_control_area_is_inferred_inside_divided_planning_areas_of_the_municipality(shape, without, said):
    area = village.areas(geometry=shape).iloc[:1]
    division = village.tables_of_village()["area_division"].iloc[:1]
    atlas = village.atlas(promotion_area=area, area_division=division, without=without)
    found = consultations(promotion_area=area, area_division=division, without=without).set_index("code")
    assert found.index.tolist() == list(said)
    for code, words in said.items():
        assert words in found.loc[code, "reason_ja"]
        assert found.loc[code, "severity"] == ("S4" if code == "law.consultation" else "S3")
    unknown = "law.consultation_unknown" in said
    land = read_land(atlas, rule=read_rule("coworking"))
    assert land.control_unknown == (frozenset({"東区域"}) if unknown else frozenset())
    assert set(land.control) == ({"東区域"} if "law.consultation" in said else set())


def test_a_polygon_without_a_division_may_be_control_area():
    division = village.tables_of_village()["area_division"]
    division.loc[1, "division"] = ""
    area = village.areas(geometry=village.box(0, 0, 100, 350)).iloc[:1]
    atlas = village.atlas(promotion_area=area, area_division=division)
    found = consultations(promotion_area=area, area_division=division)
    found = found.query("code == 'law.consultation_unnamed'").iloc[0]
    assert "0.5 ha" in found["reason_ja"]
    assert found["verdict"] == "cannot_tell"
    assert read_land(atlas, rule=read_rule("coworking")).control_unknown == {"東区域"}


def test_before_the_act_nobody_is_to_be_consulted():
    area = village.areas(geometry=village.box(0, 0, 100, 350)).iloc[:1]
    assert "law.consultation" in set(consultations(promotion_area=area)["code"])
    assert consultations(promotion_area=area, day=dt.date(2024, 10, 31)).empty


def test_article_26_is_left_open_where_the_area_or_its_date_is_not_known():
    wide = {"geometry": village.box(0, 0, village.WIDTH, 350)}
    lots = [village.lot(20, 320), village.lot(20, 345), village.lot(20, 380)]

    def cautions(**changes):
        areas = village.areas(**wide, **changes).iloc[:1]
        return verdicts_of(*lots, promotion_area=areas)["caution_ja"].str.contains("26条").tolist()

    assert cautions() == [False, True, False]
    assert cautions(published_on=None) == [True, True, False]
    assert cautions(published_on=dt.date(2027, 1, 1)) == [False] * 3
    bare = verdicts_of(village.lot(20, 320), without=["promotion_area"]).loc["001"]
    assert "特定居住促進区域の内外（レイヤ promotion_area がない）" in bare["caution_ja"]
    assert "article 26" in bare["caution_en"]


def test_a_zone_outside_the_city_planning_area_is_a_contradiction():
    lot = village.lot(20, 20)
    beyond = village.frame([{"kind": "都市計画区域", "geometry": village.box(500, 0, village.WIDTH, 300)}])
    found = verdicts_of(lot, city_planning_area=beyond).loc["001"]
    assert found["verdict"] == "cannot_tell"
    assert "データが食い違っている" in found["reason_ja"]
    assert "contradict each other" in found["reason_en"]
    assert "準都市計画区域" in found["caution_ja"]


@pytest.mark.parametrize(
    ("x", "ja", "en", "verdict"),
    [
        (95, "50.0%（ちょうど2分の1）", "50.0% (exactly one half)", "cannot_tell"),
        (94.9999, "50.0%（0.5をわずかに超える）", "50.0% (just over one half)", "special_provision_permit"),
        (94, "敷地の60.0%が", "60.0% of the site", "special_provision_permit"),
    ],
)
def test_one_half_and_just_over_one_half_read_differently(x, ja, en, verdict):
    found = by_place()[x, 20]
    assert found["verdict"] == verdict
    assert ja in found["reason_ja"]
    assert en in found["reason_en"]


def test_just_under_one_half_is_named_too():
    middle = village.zones()
    middle.loc[0, "geometry"] = village.box(0, 0, 99.9999, 300)
    found = verdicts_of(village.lot(95, 20), zone=middle).loc["001"]
    assert found["zone"] == ""
    assert "第二種低層住居専用地域、敷地の50.0%（ちょうど2分の1）" in found["reason_ja"]
    middle.loc[1, "geometry"] = village.box(100.0001, 0, 200, 300)
    found = verdicts_of(village.lot(95, 20), zone=middle).loc["001"]
    assert "50.0%（0.5をわずかに下回る）" in found["reason_ja"]
    assert "just under one half" in found["reason_en"]


def test_land_in_no_zone_or_in_a_nameless_one_is_named_where_it_is_the_largest_part():
    found = verdicts_of(village.lot(95, 20), zone=village.zones().iloc[1:])
    assert "最大の部分は用途地域なし、敷地の50.0%" in found.loc["001", "reason_ja"]
    assert "the largest part: land in no zone, 50.0%" in found.loc["001", "reason_en"]
    zone = village.zones()
    zone.loc[0, "zone"] = ""
    found = verdicts_of(village.lot(95, 20), zone=zone)
    assert "最大の部分は名称のない用途地域" in found.loc["001", "reason_ja"]


def test_findings_name_layers_and_uses_by_their_titles():
    lots = village.frame([village.lot(20, 20, use="")])
    found = check(village.atlas(site=lots, without=["zone", "hub"])).findings
    missing = found.query("code == 'law.layer_missing'").set_index("layer")
    assert missing.loc["zone", "reason_ja"].startswith("レイヤ「用途地域」（zone）が")
    assert missing.loc["hub", "reason_en"].startswith("The layer “hub facilities” (hub) is")
    assumed = found.query("code == 'law.use_assumed'").iloc[0]
    assert "「コワーキング・事務所」として" in assumed["reason_ja"]
    assert assumed["reason_en"] == "Rows that name no use: 1; judged as “coworking space or office”."


def test_cautions_name_what_may_change_the_answer():
    utilization = village.frame([{"name": "活用区域", "geometry": village.box(0, 0, 50, 50)}])
    found = verdicts_of(
        village.lot(920, 20),
        village.lot(20, 20),
        village.lot(920, 120),
        vacant_house_utilization_area=utilization,
    )
    assert "地区計画「駅前地区」" in found.loc["001", "caution_ja"]
    assert "空家等活用促進区域「活用区域」" in found.loc["002", "caution_ja"]
    assert "駅前地区" not in found.loc["003", "caution_ja"]
    assert found["caution_ja"].str.contains("特別用途地区").all()
    assert found["caution_ja"].str.contains("許可を約束するものではない").all()
    bare = verdicts_of(village.lot(920, 120), without=["district_plan"])
    assert "地区計画のデータがない" in bare.loc["001", "caution_ja"]


def test_the_data_year_is_in_the_reason():
    assert "2019年" in by_place()[920, 20]["reason_ja"]
    undated = village.zones().assign(year=None)
    assert "年次は不明" in verdicts_of(village.lot(920, 20), zone=undated).loc["001", "reason_ja"]


def test_provision_of_the_village_by_hand():
    houses = village.houses((50, 50), (60, 50), (50, 150))
    found = check(village.atlas(vacant_house=houses, without=["hub"])).provision
    found = found.set_index(["promotion_area", "zone"])
    assert len(found) == 26
    assert found["area_ha"].tolist() == pytest.approx([1.0] * 26)
    assert found["share"].tolist() == pytest.approx([1 / 13] * 26)
    covered = found.loc[found["covered_ha"] > 0]
    assert covered.index.tolist() == sorted(("東区域", zone) for zone in village.ZONES[:4])
    assert found["covered_ha"].sum() == pytest.approx(4.0)
    assert found.loc[("東区域", village.ZONES[0]), "vacant_houses"] == 2
    assert found.loc[("西区域", village.ZONES[0]), "vacant_houses"] == 1
    assert found["vacant_houses"].sum() == 3


def test_provision_says_not_assessed_where_it_cannot_tell():
    found = check(village.atlas(promotion_area=village.areas(consented_on=None))).provision
    east = found[found["promotion_area"] == "東区域"].set_index("zone")["covered_ha"]
    assert east[list(village.ZONES[:4])].isna().all()
    assert (east[list(village.ZONES[4:])] == 0).all()
    assert found["vacant_houses"].isna().all()
    bare = check(village.atlas(without=["zone"])).provision
    assert bare["zone"].tolist() == ["用途地域不明"] * 2
    assert bare["covered_ha"].isna().tolist() == [True, False]
    # 西区域 has no requirements, so it is 0 there, whatever the zone.


def test_land_in_no_zone_and_unnamed_polygons_are_rows_of_their_own():
    area = village.areas(geometry=village.box(0, 200, 200, 400)).iloc[:1]
    zone = village.zones()
    zone.loc[0, "zone"] = ""
    district = village.tables_of_village()["priority_district"]
    district.loc[0, "geometry"] = village.box(0, 0, village.WIDTH, 400)
    checked = check(village.atlas(promotion_area=area, zone=zone, priority_district=district))
    found = checked.provision.set_index("zone")
    assert found["area_ha"].to_dict() == pytest.approx(
        {"用途地域なし": 2.0, "用途地域不明": 1.0, "第二種低層住居専用地域": 1.0}
    )
    assert found["covered_ha"].isna().to_dict() == {
        "用途地域なし": False,
        "用途地域不明": True,
        "第二種低層住居専用地域": False,
    }
    assert "law.zone_unknown" in codes(checked)


@pytest.mark.parametrize(
    ("day", "covered"),
    [
        (dt.date(2024, 10, 31), 0.0),
        (dt.date(2026, 5, 31), 0.0),
        (dt.date(2026, 6, 29), 0.0),
        (dt.date(2026, 6, 30), 4.0),
    ],
)
def test_the_ground_is_covered_from_the_day_of_publication_on(day, covered):
    found = check(village.atlas(day=day, without=["hub"])).provision
    assert found["covered_ha"].sum() == pytest.approx(covered)


def test_nesting_of_the_village():
    checked = check(village.atlas())
    nesting = checked.nesting.drop(columns="municipality")
    assert nesting.set_index("promotion_area").to_dict("index") == {
        name: {
            "priority_district": "重点地区",
            "area_ha": 13.0,
            "parts": 1,
            "version": "1",
            "outside_m2": 0.0,
            "outside_municipality_m2": 0.0,
            "verdict": "inside",
        }
        for name in ("東区域", "西区域")
    }
    assert codes(checked) == set()


@pytest.mark.parametrize(
    ("north", "verdict", "code"),
    [
        (250.0, "inside", ""),
        (250.5, "inside", "law.nesting_sliver"),
        (252.0, "outside", "law.nesting"),
    ],
)
def test_nesting_has_a_tolerance_and_reports_the_sliver(north, verdict, code):
    areas = village.areas(geometry=village.box(0, 240, 100, north)).iloc[:1]
    checked = check(village.atlas(promotion_area=areas, site=village.frame([village.lot(20, 241, side=5)])))
    row = checked.nesting.iloc[0]
    assert row["verdict"] == verdict
    assert row["outside_m2"] == pytest.approx(100 * (north - 250))
    astray = {"law.provision_astray"} if verdict == "outside" else set()
    assert codes(checked) == ({code} - {""}) | astray
    covered = checked.provision["covered_ha"]
    assert covered.isna().tolist() == [verdict == "outside"]
    caution = checked.verdicts.query("layer == 'site'")["caution_ja"].iloc[0]
    assert ("特定居住重点地区の外に出ている" in caution) == (verdict == "outside")


def test_nesting_over_two_districts_and_a_later_one():
    district = village.tables_of_village()["priority_district"].iloc[0].to_dict()
    halves = [
        district | {"id": "a", "name": "西地区", "geometry": village.box(0, 0, 600, 250)},
        district | {"id": "b", "name": "東地区", "geometry": village.box(600, 0, village.WIDTH, 250)},
    ]
    checked = check(village.atlas(priority_district=village.frame(halves)))
    assert checked.nesting["verdict"].tolist() == ["inside"] * 2
    assert checked.nesting["priority_district"].tolist() == ["西地区、東地区"] * 2
    hubless = checked.findings.query("code == 'law.priority_without_hub'")
    assert hubless["subject"].tolist() == ["西地区"]
    assert codes(checked) == {"law.priority_without_hub", "law.nesting_several"}
    halves[1]["published_on"] = dt.date(2027, 1, 1)
    later = check(village.atlas(priority_district=village.frame(halves)))
    assert later.nesting["outside_m2"].tolist() == pytest.approx([70_000.0] * 2)
    assert {"law.district_not_yet", "law.nesting"} <= codes(later)


def test_without_districts_nesting_is_not_told():
    checked = check(village.atlas(without=["priority_district"], site=village.frame([village.lot(20, 20)])))
    assert checked.nesting["verdict"].tolist() == ["cannot_tell"] * 2
    assert checked.nesting["outside_m2"].isna().all()
    assert {"law.nesting_unknown", "law.provision_astray"} <= codes(checked)
    covered = checked.provision.set_index(["promotion_area", "zone"])["covered_ha"]
    assert covered[covered.isna()].index.tolist() == sorted(("東区域", zone) for zone in village.ZONES[:4])
    astray = checked.findings.query("code == 'law.provision_astray'")
    assert astray[["subject", "verdict"]].to_numpy().tolist() == [["東区域", "cannot_tell"]]


def test_ground_outside_the_district_is_not_covered():
    area = village.areas(geometry=village.box(0, 200, village.WIDTH, 300)).iloc[:1]
    outside = check(village.atlas(promotion_area=area))
    covered = outside.provision.set_index("zone")["covered_ha"]
    assert covered[list(village.ZONES[:4])].isna().all()
    assert (covered[list(village.ZONES[4:])] == 0).all()
    finding = outside.findings.query("code == 'law.provision_astray'").iloc[0]
    assert (finding["severity"], finding["subject"], finding["verdict"]) == ("S3", "東区域", "outside")
    assert "22条1項" in finding["articles"]
    town = village.areas(geometry=village.box(-150, 0, 400, 100)).iloc[:1]
    district = village.tables_of_village()["priority_district"]
    district.loc[0, "geometry"] = village.box(-200, 0, village.WIDTH, 250)
    beyond = check(village.atlas(promotion_area=town, priority_district=district))
    assert beyond.nesting[["outside_m2", "outside_municipality_m2"]].to_numpy().tolist() == [[0.0, 15_000.0]]
    assert beyond.provision.set_index("zone")["covered_ha"][list(village.ZONES[:4])].isna().all()
    early = check(village.atlas(promotion_area=area, day=dt.date(2024, 10, 31)))
    assert (early.provision["covered_ha"] == 0).all()
    assert "law.provision_astray" not in codes(early)


@pytest.mark.parametrize("without", [(), ("priority_district",), ("municipality",)])
def test_before_the_act_nesting_is_said_for_reference_only(without):
    area = village.areas(geometry=village.box(-150, 200, 400, 300)).iloc[:1]
    checked = check(village.atlas(promotion_area=area, without=without, day=dt.date(2023, 1, 1)))
    about = checked.findings["code"].str.contains("nesting|municipality|provision|district|hub")
    found = checked.findings[about].query("code != 'law.municipality_untested'")
    assert found["code"].tolist() == ["law.nesting_not_in_force"]
    assert found["severity"].tolist() == ["S4"]
    assert "2024-11-01" in found["reason_ja"].iloc[0]
    assert checked.nesting["verdict"].tolist() != ["inside"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"published_on": None}, "law.promotion_undated"),
        ({"published_on": dt.date(2027, 1, 1)}, "law.promotion_not_yet"),
        ({"use_exception": None}, "law.requirements_missing"),
        ({"consented_on": None}, "law.consent_missing"),
        ({"consented_on": dt.date(2026, 11, 2)}, "law.consent_not_yet"),
        ({"consented_on": dt.date(2026, 7, 1)}, "law.consent_late"),
        ({"geometry": village.box(0, 0, village.WIDTH, 110)}, "law.promotion_overlap"),
        ({"geometry": village.box(-150, 0, village.WIDTH, 100)}, "law.municipality_outside"),
    ],
)
def test_doubts_about_a_promotion_area(changes, code):
    checked = check(village.atlas(promotion_area=village.areas(**changes), without=["hub"]))
    assert code in codes(checked)


@pytest.mark.parametrize(
    ("changes", "code", "layer"),
    [
        ({"without": ["zone"]}, "law.layer_missing", "zone"),
        ({"without": ["promotion_area"]}, "law.layer_missing", "promotion_area"),
        ({"without": ["hub"]}, "law.layer_missing", "hub"),
        ({"zone": village.zones().iloc[:0]}, "law.layer_missing", "zone"),
        ({"day": dt.date(2024, 1, 1)}, "law.not_in_force", "promotion_area"),
        ({"site": village.frame([village.lot(20, 20, use="")])}, "law.use_assumed", "site"),
        ({"site": village.frame([village.lot(20, 20, use="casino")])}, "law.use_unknown", "site"),
        (
            {"hub": village.frame([{"geometry": Point(5, 290)}])},
            "law.priority_without_hub",
            "priority_district",
        ),
    ],
)
def test_doubts_about_layers(changes, code, layer):
    found = check(village.atlas(**changes)).findings
    assert (code, layer) in set(zip(found["code"], found["layer"], strict=True))


def test_nothing_to_judge_is_said():
    checked = check(village.atlas(without=["hub"]))
    assert checked.verdicts.empty
    assert "law.no_sites" in codes(checked)


def test_overlapping_zones_are_reported_with_their_area():
    zone = village.zones()
    zone.loc[1, "geometry"] = village.box(99, 0, 200, 300)
    checked = check(village.atlas(zone=zone))
    said = checked.findings.query("code == 'law.zone_overlap'").iloc[0]["reason_ja"]
    assert "1 組" in said
    assert "合計 300.0 ㎡、うち異なる用途地域どうし 300.0 ㎡" in said
    assert checked.provision["area_ha"].sum() == pytest.approx(26.0)


def test_versions_of_an_area_and_its_parts():
    old = village.areas().iloc[0].to_dict()
    new = old | {"id": "n", "version": "2", "published_on": dt.date(2026, 9, 1), "use_exception": False}
    later = old | {"id": "m", "version": "3", "published_on": dt.date(2026, 12, 1)}
    checked = check(village.atlas(promotion_area=village.frame([old, new, later])))
    assert (checked.provision["covered_ha"] == 0).all()
    assert "law.versions" in codes(checked)
    parts = [
        old | {"id": "p", "geometry": village.box(0, 0, 100, 100)},
        old | {"id": "q", "geometry": village.box(100, 0, 200, 100)},
    ]
    checked = check(village.atlas(promotion_area=village.frame(parts)))
    assert checked.nesting["area_ha"].tolist() == pytest.approx([2.0])
    assert checked.provision["covered_ha"].sum() == pytest.approx(2.0)
    parts[1]["use_exception"] = False
    checked = check(village.atlas(promotion_area=village.frame(parts)))
    assert checked.provision["covered_ha"].isna().all()
    assert "law.parts_differ" in codes(checked)


def test_vacant_houses_are_judged_only_where_asked_for():
    houses = village.houses((50, 50), (950, 150))
    found = check(village.atlas(vacant_house=houses), houses=True).verdicts
    assert found.query("layer == 'vacant_house'")["verdict"].tolist() == [
        "special_provision_permit",
        "by_right",
    ]
    assert set(check(village.atlas(vacant_house=houses)).verdicts["layer"]) == {"hub"}


def test_two_systems_never_meet():
    hub = village.frame([{"geometry": Point(50, 50)}]).set_crs(6677, allow_override=True)
    with pytest.raises(InputError, match=r"crs\.mismatch"):
        check(village.atlas(hub=hub))


def mixed_village():
    """Return a village with lots everywhere, houses, slivers and an overlap."""
    lots = [village.lot(x, y, floor_area=100.0) for x in range(15, 1300, 80) for y in (15, 95, 290, 420)]
    zone = village.zones()
    zone.loc[4, "geometry"] = village.box(395, 0, 505, 300)
    houses = [(x, 100) for x in range(0, 1300, 50)]
    return village.atlas(site=village.frame(lots), zone=zone, vacant_house=village.houses(*houses))


@cache
def mixed_checked():
    return check(mixed_village(), houses=True)


@settings(max_examples=3, deadline=None)
@given(seed=st.integers(0, 1000))
def test_the_order_of_rows_changes_nothing(seed):
    first, second = mixed_checked(), check(village.shuffled(mixed_village(), seed=seed), houses=True)
    for name in ("verdicts", "provision", "nesting", "findings"):
        pd.testing.assert_frame_equal(getattr(first, name), getattr(second, name), check_exact=True)


def test_every_row_of_a_mixed_village_is_said_in_both_languages():
    found = mixed_checked()
    for name in ("reason", "caution"):
        assert (found.verdicts[f"{name}_ja"] != "").all()
        assert (found.verdicts[f"{name}_en"] != "").all()
        assert not found.verdicts[f"{name}_ja"].str.contains(r"[{}]").any()
    assert not found.findings["reason_ja"].str.contains(r"\?").any()
    for name in ("verdicts", "provision", "nesting", "findings"):
        tables.for_user(getattr(found, name), name, language="en")


def test_phrases_name_the_same_values_in_both_languages():
    slots = re.compile(r"{(\w+)")
    for key, text in _phrases().items():
        assert set(slots.findall(text.ja)) == set(slots.findall(text.en)), key
    law = {code: message for code, message in messages().items() if code.startswith("law.")}
    for code, message in law.items():
        assert set(slots.findall(message.ja)) == set(slots.findall(message.en)), code


# --- Yaizu, the real case


def tidy(table, **columns):
    """Return a file's table as it is after reading, with the columns renamed."""
    moved = table.rename(columns=columns).to_crs(village.CRS)
    moved = moved.assign(geometry=moved.geometry.make_valid())
    for name in {"published_on", "consented_on"} & set(moved):
        moved[name] = [None if pd.isna(when) else pd.Timestamp(when).date() for when in moved[name]]
    return village.frame(moved[[*columns.values(), "geometry"]].astype(object).to_dict("records"))


AREA = {
    "名称": "name",
    "版": "version",
    "公表日": "published_on",
    "用途特例適用要件": "use_exception",
    "特定行政庁同意日": "consented_on",
}


@pytest.fixture(scope="module")
def yaizu(request):
    """Return the atlas of Yaizu, built by hand from the city's files."""
    folder = request.getfixturevalue("real_data") / "yaizu"
    zone = gpd.read_file(folder / "derived" / "yaizu_youto_6676.gpkg")
    stem = zone["src"].str.replace("都市計画図_", "")
    zone = zone.assign(zone=zone["youto"].astype(object).where(zone["youto"].notna(), stem), year=None)
    house = pd.read_csv(folder / "plan" / "vacant_houses_cp932.csv", encoding="cp932")
    spots = gpd.points_from_xy(house["経度"], house["緯度"], crs=6668)
    site = gpd.read_file(folder / "plan" / "sites.gpkg").assign(use="office_coworking", name="")
    district = {name: AREA[name] for name in ("名称", "版", "公表日")}
    return village.atlas(
        without=("area_division", "city_planning_area", "municipality", "district_plan", "hub"),
        zone=tidy(zone, zone="zone", year="year"),
        promotion_area=tidy(gpd.read_file(folder / "plan" / "promotion_area.geojson"), **AREA),
        priority_district=tidy(gpd.read_file(folder / "plan" / "priority_district.gpkg"), **district),
        vacant_house=tidy(
            gpd.GeoDataFrame(house.assign(source="ledger", consent=pd.NA, address=""), geometry=spots),
            管理番号="id",
            source="source",
            consent="consent",
            address="address",
        ),
        site=tidy(site, 地番="id", use="use", 床面積="floor_area", 階="storey", name="name"),
    )


@pytest.mark.real
def test_yaizu_provision_and_nesting(yaizu):
    checked = check(yaizu)
    found = checked.provision.set_index(["promotion_area", "zone"])
    covered = found["covered_ha"].round(2)
    assert covered["東益津・豊田区域", "第一種中高層住居専用地域"] == 32.45
    assert covered["東益津・豊田区域", "第二種中高層住居専用地域"] == 4.65
    assert found.loc["小川区域", "covered_ha"].sum() == 0
    assert found.groupby(level=0)["vacant_houses"].sum().to_dict() == {
        "東益津・豊田区域": 111,
        "小川区域": 100,
    }
    assert found.groupby(level=0)["share"].sum().tolist() == pytest.approx([1.0, 1.0])
    nesting = checked.nesting.set_index("promotion_area")
    assert nesting["verdict"].tolist() == ["inside", "inside"]
    assert nesting["area_ha"].round(1).to_dict() == {"東益津・豊田区域": 197.8, "小川区域": 110.5}
    overlap = checked.findings.query("code == 'law.zone_overlap'")["reason_ja"].iloc[0]
    assert "124 組" in overlap
    assert "2,175" in overlap


@pytest.mark.real
def test_yaizu_area_that_pokes_out(yaizu, real_data):
    poking = gpd.read_file(real_data / "yaizu" / "plan" / "promotion_area_poking_out.gpkg")
    layers = {**yaizu.layers, "promotion_area": village.layer("promotion_area", tidy(poking, **AREA))}
    checked = check(replace(yaizu, layers=layers))
    assert checked.nesting["verdict"].tolist() == ["outside", "outside"]
    district = yaizu.layers["priority_district"].table.union_all()
    outside = {row["名称"]: row.geometry.difference(district).area for _, row in poking.iterrows()}
    said = checked.findings.query("code == 'law.nesting'").set_index("subject")
    for name, size in outside.items():
        assert checked.nesting.set_index("promotion_area").loc[name, "outside_m2"] == pytest.approx(size)
        assert f"{size:,.1f} ㎡" in said.loc[name, "reason_ja"]


@pytest.mark.real
def test_yaizu_zone_of_lots_against_geopandas(yaizu):
    found = check(yaizu).verdicts.query("layer == 'site'").set_index("id")
    lots, zones = yaizu.layers["site"].table, yaizu.layers["zone"].table
    cut = gpd.overlay(lots[["id", "geometry"]], zones[["zone", "geometry"]].dissolve("zone").reset_index())
    held = cut.assign(size=cut.area).groupby(["id", "zone"])["size"].sum()
    share = held / lots.set_index("id").area.reindex(held.index.get_level_values("id")).to_numpy()
    clear = share[share > 0.51]
    for (lot, zone), part in clear.items():
        assert found.loc[lot, "zone"] == zone
        assert found.loc[lot, "zone_share"] == pytest.approx(part, abs=1e-3)
    assert len(clear) > 55
