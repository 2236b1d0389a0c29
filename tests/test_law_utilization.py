"""Relief in vacant house utilization areas: another Act, 13 zones, road frontage; three-valued, never merged."""

import dataclasses
import datetime as dt
import itertools

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gisplan.core.tables import findings
from gisplan.law.facts import Facts
from gisplan.law.phrases import zones
from gisplan.law.rule import read_rule
from gisplan.law.uses import NO_ZONE
from gisplan.law.utilization import (
    HELPLESS,
    Ground,
    Place,
    UtilizationArea,
    area_doubts,
    place_of,
    relief,
    relief_of,
    tells_vacancy,
)
from gisplan.layers.catalogue import read_catalogue

RULE, COWORKING = read_rule("utilization"), read_rule("coworking")
DAY = dt.date(2026, 11, 1)
BEFORE, AFTER = DAY - dt.timedelta(1), DAY + dt.timedelta(1)
AREA = UtilizationArea(
    name="東浜",
    inside=True,
    published_on=DAY,
    use_exception=True,
    use_consented_on=DAY,
    road_exception=True,
    road_agreed_on=DAY,
)
GROUND = Ground(zone="第一種低層住居専用地域", road_width_m=3.0, vacant=True)
CRS = "EPSG:6676"
SQUARE = shapely.box(0, 0, 100, 100)


def answer(day=DAY, *, area=AREA, ground=GROUND, **changes):
    own = {key: value for key, value in changes.items() if key in AREA.__slots__}
    other = {key: value for key, value in changes.items() if key in GROUND.__slots__}
    return relief(dataclasses.replace(area, **own), dataclasses.replace(ground, **other), rule=RULE, day=day)


def said(found, language="ja"):
    return "".join(text.of(language) for text in found.reason)


def test_where_all_holds_both_can_be_asked_for_and_neither_is_free():
    found = answer()
    assert (found.use, found.frontage) == (True, True)
    assert "個別の許可による" in said(found)
    assert "認定は個別に判断" in said(found)
    assert "decided case by case" in said(found, "en")
    assert "空家等対策の推進に関する特別措置法17条1項" in found.articles
    assert "空家等対策の推進に関する特別措置法17条2項" in found.articles
    assert "建築基準法48条1項〜13項ただし書・15項" in found.articles
    assert found.caution


def test_mistake_18_all_thirteen_zones_not_the_four_of_the_promotion_area():
    every = [zone for zone in zones() if zone != NO_ZONE]
    assert {zone: answer(zone=zone).use for zone in every} == dict.fromkeys(every, True)
    assert len(every) == 13
    four = COWORKING.value("zones", day=DAY)
    assert len(four) == 4
    assert set(four) < set(RULE.value("zones", day=DAY))
    # 田園住居地域 is covered here and not there
    assert "田園住居地域" in RULE.value("zones", day=DAY)
    assert "田園住居地域" not in four


def test_mistake_18_another_act_another_text_no_article_in_common():
    found = answer()
    assert "特定居住促進区域とは別の制度" in said(found)
    acts = {article.law for article in RULE.articles.values()}
    assert not any("広域的地域活性化" in law for law in acts)
    ours = set(found.articles)
    theirs = {f"{article.law}{article.article}" for article in COWORKING.articles.values()}
    assert not ours & theirs


def test_land_without_a_zone_has_no_relief_on_use_but_may_have_on_frontage():
    found = answer(zone="")
    assert (found.use, found.frontage) == (False, True)
    assert "用途地域の指定のない区域" in said(found)


@pytest.mark.parametrize(
    ("width", "expected"),
    [(1.79, False), (1.8, True), (3.999, True), (4.0, False), (6.0, False), (0.0, False), (None, None)],
)
def test_the_road_in_front_is_from_1_8_to_under_4_metres_wide(width, expected):
    found = answer(road_width_m=width)
    assert found.frontage is expected
    assert found.use is True, "the road says nothing on the use"


HELPLESS_WORDS = {
    "by_right": "許可は要らない",
    "by_right_within_limits": "範囲内では建築基準法48条の許可は要らない",
    "urbanization_control_area": "都市計画法の許可等による",
}


@pytest.mark.parametrize(
    ("fact", "value", "use", "frontage"),
    [
        ("published_on", BEFORE, True, True),
        ("published_on", DAY, True, True),
        ("published_on", AFTER, False, False),
        ("published_on", None, None, None),
        ("use_consented_on", AFTER, False, True),
        ("use_consented_on", None, None, True),
        ("use_exception", False, False, True),
        ("use_exception", None, None, True),
        ("road_agreed_on", AFTER, True, False),
        ("road_agreed_on", None, True, None),
        ("road_exception", False, True, False),
        ("road_exception", None, True, None),
        ("inside", None, None, None),
        ("inside", False, False, False),
        ("vacant", None, None, None),
        ("vacant", False, False, False),
        ("planning", None, True, None),
        ("planning", False, False, False),
        ("verdict", "by_right", False, True),
        ("verdict", "by_right_within_limits", False, True),
        ("verdict", "urbanization_control_area", False, True),
        ("verdict", "ordinary_permit", True, True),
        ("verdict", "special_provision_permit", True, True),
        ("verdict", "cannot_tell", True, True),
        ("zone", None, None, True),
    ],
)
def test_each_relief_needs_its_own_facts_and_those_in_common(fact, value, use, frontage):
    found = answer(**{fact: value})
    assert (found.use, found.frontage) == (use, frontage)
    for truth, name in ((use, "用途特例"), (frontage, "敷地特例")):
        words = {True: "申請できる", False: "適用されない", None: "判定できない。不足："}
        helpless = name == "用途特例" and fact == "verdict" and not truth
        word = words[truth] if not helpless else HELPLESS_WORDS[value]
        sentence = next(text for text in found.reason if text.ja.startswith(name))
        assert word in sentence.ja
        assert sentence.en.isascii() or "“" in sentence.en or "’" in sentence.en


@pytest.mark.parametrize(("day", "expected"), [(dt.date(2023, 12, 12), False), (dt.date(2023, 12, 13), True)])
def test_the_day_before_and_the_day_the_law_came_into_force(day, expected):
    early = dataclasses.replace(AREA, published_on=day, use_consented_on=day, road_agreed_on=day)
    assert answer(day, area=early).use is expected
    assert answer(day, area=early).frontage is expected


def test_where_neither_applies_nothing_is_left_to_confirm():
    found = answer(inside=False)
    assert found.caution == ()
    assert not any("17条" in article for article in found.articles)


def test_what_is_not_read_in_the_statute_is_marked():
    marks = {part: article.confidence for part, article in RULE.articles.items()}
    assert marks["use_requirements"] == marks["consent"] == "inferred"
    assert marks["frontage"] == marks["use"] == marks["area"] == "verbatim"
    assert any("推定" in text.ja for text in answer().caution)


FACTS = {
    "published_on": st.sampled_from([None, BEFORE, DAY, AFTER]),
    "use_exception": st.sampled_from([None, True, False]),
    "use_consented_on": st.sampled_from([None, BEFORE, AFTER]),
    "road_exception": st.sampled_from([None, True, False]),
    "road_agreed_on": st.sampled_from([None, BEFORE, AFTER]),
    "inside": st.sampled_from([None, True, False]),
    "zone": st.sampled_from([None, "", "商業地域"]),
    "road_width_m": st.sampled_from([None, 1.0, 3.0, 5.0]),
    "vacant": st.sampled_from([None, True, False]),
    "planning": st.sampled_from([None, True, False]),
}


@given(facts=st.fixed_dictionaries(FACTS), more=st.fixed_dictionaries(FACTS))
def test_more_facts_never_turn_an_answer_into_cannot_tell(facts, more):
    fuller = {key: more[key] if value is None else value for key, value in facts.items()}
    before, after = answer(**facts), answer(**fuller)
    for one, other in ((before.use, after.use), (before.frontage, after.frontage)):
        assert one is None or other is one


# ---- sites and areas ---------------------------------------------------------------------------------------


def area(**changes):
    row = {
        "id": "U1",
        "name": "東浜",
        "published_on": DAY,
        "use_exception": True,
        "use_consented_on": DAY,
        "road_exception": True,
        "road_agreed_on": DAY,
    }
    return gpd.GeoDataFrame([row | changes], geometry=[SQUARE], crs=CRS)


def lots(**shapes):
    count = len(shapes)
    columns = {"id": list(shapes), "road_width_m": [3.0] * count, "source": ["ledger"] * count}
    return gpd.GeoDataFrame(columns, geometry=list(shapes.values()), crs=CRS)


def told(table, areas, *, layer="vacant_house", **place):
    where = Place(**({"zone": "商業地域", "planning": True, "verdict": ""} | place))
    places = dict.fromkeys(table["id"], where)
    return relief_of(table, areas, places=places, layer=layer, tolerance=1.0, rule=RULE, day=DAY)


def test_a_site_outside_every_area_is_told_nothing():
    table = lots(A=shapely.Point(50, 50), B=shapely.Point(500, 50))
    found = told(table, area())
    assert "申請できる" in found["A"].text.ja
    assert (found["B"].text.ja, found["B"].text.en, found["B"].articles) == ("", "", ())
    assert all(row.text.ja == "" for row in told(table, None).values())


@pytest.mark.parametrize(
    ("shape", "word"),
    [
        (shapely.box(10, 10, 20, 20), "申請できる"),
        (shapely.box(90, 10, 100.9, 20), "申請できる"),  # pokes out within the tolerance
        (shapely.box(90, 10, 110, 20), "敷地が区域の境界にまたがる"),
        (shapely.box(99.5, 10, 120, 20), ""),  # touches the area within the tolerance only
    ],
)
def test_a_site_across_the_edge_cannot_be_told(shape, word):
    found = told(lots(A=shape), area())["A"].text.ja
    assert word in found
    assert bool(found) == bool(word)


@pytest.mark.parametrize(
    ("layer", "changes", "word"),
    [
        ("vacant_house", {"source": "survey"}, "申請できる"),
        (
            "vacant_house",
            {"source": "bank"},
            "不足：空家等である建築物か",
        ),  # a listing is no vacant house of the Act
        ("vacant_house", {"source": ""}, "不足：空家等である建築物か"),
        ("vacant_house", {"owner_kind": "municipality"}, "空家等に当たらない"),
        ("vacant_house", {"owner_kind": "private"}, "申請できる"),
        ("site", {}, "不足：空家等である建築物か"),
        ("site", {"vacant": True}, "申請できる"),
        ("site", {"vacant": False}, "空家等である建築物でも、空家等の跡地に新築する建築物でもない"),
        ("site", {"road_width_m": float("nan")}, "前面道路の幅員"),
    ],
)
def test_what_is_known_of_the_building_decides(layer, changes, word):
    table = lots(A=shapely.Point(50, 50)).assign(**changes)
    assert word in told(table, area(), layer=layer)["A"].text.ja


def test_a_house_in_use_is_no_public_property_and_the_other_way():
    table = lots(A=shapely.Point(50, 50))
    in_use = told(table.assign(vacant=False), area(), layer="site")["A"].text
    owned = told(table.assign(owner_kind="municipality"), area())["A"].text
    assert "地方公共団体" not in in_use.ja
    assert "government" not in in_use.en
    assert "国又は地方公共団体の所有" in owned.ja
    assert "跡地" not in owned.ja


def test_chapter_3_of_the_building_act_ends_at_the_city_planning_area():
    beyond = answer(planning=False)
    assert said(beyond).count("41条の2") == 2
    assert "建築基準法41条の2" in beyond.articles
    assert not any("17条" in article for article in beyond.articles)
    unknown = answer(planning=None)
    assert "不足：都市計画区域又は準都市計画区域の内外" in said(unknown)


@pytest.mark.parametrize(
    ("facts", "planning"),
    [
        ({"inside_planning": True}, True),
        ({"inside_planning": False}, False),
        ({"inside_planning": None}, None),
        ({"inside_planning": None, "zone": ""}, None),
        ({"inside_planning": None, "zone": "商業地域"}, True),
        ({"inside_planning": None, "zone": "", "division": "市街化調整区域"}, True),
        ({"inside_planning": False, "zone": "商業地域"}, None),  # one of the two layers is wrong
    ],
)
def test_where_a_site_lies_to_the_city_planning_area(facts, planning):
    found = place_of(Facts(use="office_coworking", **facts), "ordinary_permit", withheld=False)
    assert (found.planning, found.zone, found.verdict) == (planning, facts.get("zone"), "ordinary_permit")


@pytest.mark.parametrize("verdict", HELPLESS)
def test_relief_from_a_permit_that_nobody_needs_is_none(verdict):
    for facts in ({}, {"zone": None}, {"use_exception": None}, {"vacant": None}):
        found = answer(verdict=verdict, **facts)
        assert found.use is False
        assert not any("17条2項" in article or "48条" in article for article in found.articles)


@pytest.mark.parametrize("layer", ["site", "vacant_house"])
def test_what_is_withheld_changes_no_word(layer):
    table = lots(A=shapely.Point(50, 50))
    facts = [
        {"vacant": vacant, "owner_kind": owner}
        for vacant in (None, True, False)
        for owner in ("", "private", "municipality")
    ]
    texts = {told(table.assign(**said), area(), layer=layer, withheld=True)["A"] for said in facts}
    assert len(texts) == 1
    assert "不足：空家等である建築物か" in texts.pop().text.ja


def test_who_may_know_which_buildings_are_vacant_houses():
    catalogue = read_catalogue(None)
    for layer in ("site", "vacant_house"):
        found = [tells_vacancy(catalogue[layer], audience) for audience in ("internal", "partner", "public")]
        assert found == [True, False, False]
    assert tells_vacancy(catalogue["hub"], "public"), "it says nothing of vacant houses"


def test_parts_of_one_area_are_one_and_facts_on_which_they_differ_are_not_known():
    parts = pd.concat([area(), area(id="U2")], ignore_index=True)
    parts = parts.set_geometry([SQUARE, shapely.box(100, 0, 200, 100)])
    across = lots(A=shapely.box(90, 10, 110, 20))
    assert "申請できる" in told(across, parts)["A"].text.ja
    parts["use_exception"] = [True, False]
    assert "不足：計画の用途特例適用要件の有無" in told(across, parts)["A"].text.ja


def test_two_areas_are_two_statements():
    two = pd.concat([area(), area(id="U2", name="西浜", use_exception=False)], ignore_index=True)
    text = told(lots(A=shapely.Point(50, 50)), two)["A"].text.ja
    assert "「東浜」" in text
    assert "「西浜」" in text


def test_an_area_of_which_only_the_name_is_known_is_cannot_tell():
    bare = area()[["id", "name", "geometry"]]
    text = told(lots(A=shapely.Point(50, 50)), bare)["A"].text
    assert text.ja.count("判定できない") == 2
    doubt = area_doubts(bare, None, rule=RULE, day=DAY)[0]
    assert doubt.code == "utilization.facts_missing"
    assert findings([doubt])["reason_ja"].iloc[0].split("：")[1].count("、") == 4


def test_doubts_on_areas():
    promotion = gpd.GeoDataFrame({"id": ["P"]}, geometry=[shapely.box(90, 0, 300, 100)], crs=CRS)
    areas = pd.concat(
        [
            area(published_on=AFTER),
            area(id="U2", name="西浜", use_exception=False, use_consented_on=None).set_geometry(
                [shapely.box(500, 0, 600, 100)]
            ),
        ],
        ignore_index=True,
    )
    found = [(doubt.code, doubt.subject) for doubt in area_doubts(areas, promotion, rule=RULE, day=DAY)]
    assert found == [("utilization.not_yet", "東浜"), ("utilization.two_acts", "東浜")]
    assert area_doubts(None, promotion, rule=RULE, day=DAY) == ()
    assert findings(area_doubts(areas, promotion, rule=RULE, day=DAY))["reason_ja"].str.len().min() > 10


def test_the_order_of_rows_changes_nothing():
    table = lots(A=shapely.Point(50, 50), B=shapely.Point(500, 50), C=shapely.box(90, 10, 110, 20))
    two = pd.concat([area(), area(id="U2", name="西浜")], ignore_index=True)
    for one, other in itertools.product((table, table[::-1]), (two, two[::-1])):
        assert told(one, other) == told(table, two)
