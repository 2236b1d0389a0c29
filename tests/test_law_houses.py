"""Vacant houses by area and source: three definitions that are never mixed, and each house counted once."""

import datetime as dt

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from village import on_disk

from gisplan.core.messages import message
from gisplan.core.tables import findings
from gisplan.law.houses import ALL, KINDS, PUBLIC, Houses, count_houses, distinct, listings_of, total
from gisplan.law.rule import read_rule
from gisplan.layers.load import load
from gisplan.overlay.listings import DISTANCE_M, FAR_M
from gisplan.plan.read import read_plan

CRS = "EPSG:6676"
RULE, DAY = read_rule("houses"), dt.date(2026, 11, 1)
WEST, EAST = shapely.box(0, 0, 100, 100), shapely.box(100, 0, 200, 100)


def houses(*rows):
    """Return houses of (id, source, consent, x, y[, address[, owner_kind]])."""
    names = ("id", "source", "consent", "x", "y", "address", "owner_kind")
    frame = pd.DataFrame([(*row, *("", "")[len(row) - 5 :]) for row in rows], columns=list(names))
    frame["consent"] = frame["consent"].astype("boolean")
    points = gpd.points_from_xy(frame.pop("x"), frame.pop("y"))
    return gpd.GeoDataFrame(frame, geometry=points, crs=CRS)


def areas(**shapes):
    return gpd.GeoDataFrame(
        {"id": [f"N-{name}" for name in shapes], "name": list(shapes)},
        geometry=list(shapes.values()),
        crs=CRS,
    )


def counted(table, survey=None, **kinds) -> Houses:
    return count_houses(
        table, {"neighbourhood": areas(西=WEST, 東=EAST), **kinds}, survey, rule=RULE, day=DAY
    )


def values(found):
    """Return the values of every doubt by its code."""
    return {doubt.code: doubt.values for doubt in found.doubts}  # noqa: PD011 (no column of pandas)


def rows(found, kind="neighbourhood"):
    """Return records, houses and consented by area and source."""
    table = found.counts[found.counts["kind"] == kind]
    return {
        (row["area"], row["source"]): tuple(
            None if pd.isna(row[name]) else row[name] for name in ("records", "houses", "consented")
        )
        for row in table.to_dict("records")
    }


TWICE = (
    ("L1", "ledger", None, 10, 10, "町1"),
    ("B1", "bank", True, 12, 10, "町１番地"),
    ("L2", "ledger", True, 150, 50),
    ("B2", "bank", None, 180, 50),
    ("S1", "survey", False, 190, 50),
)


def test_mistake_17_the_three_definitions_are_never_mixed():
    found = counted(houses(*TWICE))
    assert rows(found) == {
        ("西", "ledger"): (1, 1, 0),
        ("西", "bank"): (1, 1, 1),
        ("西", "survey"): (0, 0, 0),
        ("西", ALL): (None, 1, 1),  # listed by ledger and bank: one house, and no sum of records
        ("東", "ledger"): (1, 1, 1),
        ("東", "bank"): (1, 1, 0),
        ("東", "survey"): (1, 1, 0),
        ("東", ALL): (None, 3, 1),
    }
    assert found.counts.loc[found.counts["source"] == ALL, "records"].isna().all()


def test_mistake_17_records_of_two_sources_cannot_be_added_up():
    records = pd.DataFrame({"source": ["ledger", "bank"], "house": ["A", "A"]})
    with pytest.raises(ValueError, match="never added up"):
        total(records)
    assert total(records[:1]) == 1
    assert total(records[:0]) == 0
    assert distinct(records) == 1


def test_mistake_17_the_housing_survey_is_told_beside_and_never_added():
    survey = pd.DataFrame({"id": ["22999"], "name": ["村"], "vacant_dwellings": [1230], "year": [2023]})
    with_survey, without = counted(houses(*TWICE), survey), counted(houses(*TWICE))
    pd.testing.assert_frame_equal(with_survey.counts, without.counts)
    told = findings(with_survey.doubts)
    row = told[told["code"] == "house.survey_beside"].iloc[0]
    assert "村 空き家 1,230 戸（2023年）" in row["reason_ja"]
    assert "村: 1,230 vacant dwelling units (2023)" in row["reason_en"]
    assert "house.survey_beside" not in {doubt.code for doubt in without.doubts}


def test_the_survey_alone_is_no_number_of_vacant_houses():
    survey = pd.DataFrame({"id": ["1"], "name": [""], "vacant_dwellings": [pd.NA], "year": [pd.NA]})
    found = count_houses(None, {}, survey, rule=RULE, day=DAY)
    assert [doubt.code for doubt in found.doubts] == ["house.missing", "house.survey_alone"]
    assert "戸数は不明（年次不明）" in findings(found.doubts)["reason_ja"].str.cat()
    assert len(found.counts) == len(found.double_listings) == 0


def test_what_is_missing_is_not_nought():
    found = counted(houses(*TWICE))
    assert set(found.counts["kind"]) == {"neighbourhood"}
    assert len(values(found)["house.areas_missing"]["titles"]) == len(KINDS) - 1
    nothing = count_houses(houses(*TWICE), dict.fromkeys(KINDS), None, rule=RULE, day=DAY)
    assert nothing.counts.empty
    assert count_houses(houses(*TWICE), {"neighbourhood": areas()}, None, rule=RULE, day=DAY).counts.empty


def test_houses_outside_every_area_have_a_row_of_their_own():
    found = rows(counted(houses(*TWICE, ("L9", "ledger", None, 500, 500))))
    assert found["", "ledger"] == (1, 1, 0)
    assert found["", ALL] == (None, 1, 0)
    assert ("", ALL) not in rows(counted(houses(*TWICE)))


def test_property_of_the_state_and_local_government_is_counted_apart():
    public = [
        ("P1", "ledger", None, 50, 50, "", "municipality"),
        ("P2", "survey", True, 60, 50, "", "national"),
    ]
    found = counted(houses(("L1", "ledger", None, 10, 10, "", "private"), *public))
    assert rows(found)["西", PUBLIC] == (2, 2, 1)
    assert rows(found)["西", "ledger"] == (1, 1, 0)
    assert rows(found)["西", ALL] == (None, 1, 0)
    doubt = next(doubt for doubt in found.doubts if doubt.code == "house.public")
    assert values(found)["house.public"] == {"count": 2, "ids": ["P1", "P2"]}
    assert doubt.articles == "空家等対策の推進に関する特別措置法2条1項"


def test_a_house_counts_once_where_its_records_lie_in_two_areas():
    twice = houses(("A", "ledger", True, 98, 50), ("B", "bank", None, 102, 50))
    found = rows(counted(twice))
    assert found["西", ALL] == (None, 1, 1)
    assert found["東", ALL] == (None, 0, 0)
    assert found["東", "bank"] == (1, 1, 0)


def test_a_yes_and_a_no_for_one_house_is_a_no():
    found = counted(houses(("A", "ledger", False, 10, 10), ("B", "bank", True, 12, 10)))
    assert rows(found)["西", ALL] == (None, 1, 0)
    assert "house.consent_differs" in {doubt.code for doubt in found.doubts}


def test_parts_of_one_name_are_one_area_and_overlapping_areas_both_count():
    parts = areas(西=WEST, 東=EAST).assign(name="区域")
    found = counted(houses(*TWICE), promotion_area=parts, priority_district=areas(甲=WEST, 乙=WEST))
    assert rows(found, "promotion_area")["区域", ALL] == (None, 4, 2)
    assert rows(found, "priority_district")["甲", ALL] == rows(found, "priority_district")["乙", ALL]


def test_a_source_that_is_not_known_is_said():
    found = counted(houses(("A", "", None, 10, 10)))
    assert rows(found)["西", ""] == (1, 1, 0)
    assert "house.source_unknown" in {doubt.code for doubt in found.doubts}


def test_double_listings_are_a_table_and_a_finding():
    found = counted(houses(*TWICE, ("L3", "ledger", None, 150, 50)))
    assert found.double_listings.to_dict("records") == [
        {"id": "B1", "other": "L1", "sources": "bank・ledger", "distance_m": 2.0, "by": "both"}
    ]
    codes = values(found)
    assert codes["house.double"] == {"count": 1, "pairs": ["B1＝L1"]}
    assert codes["house.possibly_double"] == {"count": 1, "pairs": ["L2＝L3"]}
    for code, told in codes.items():
        assert message(code).what(told).ja


def test_the_distances_of_the_rule_are_those_of_the_overlay():
    assert RULE.value("distance_m", day=DAY) == DISTANCE_M
    assert RULE.value("far_m", day=DAY) == FAR_M
    close = houses(("A", "ledger", None, 0, 0), ("B", "bank", None, 5, 0))
    assert set(listings_of(close, rule=RULE, day=DAY).house) == {"A"}
    assert set(listings_of(close, rule=RULE, day=dt.date(2000, 1, 1)).house) == {"A", "B"}


def test_the_order_of_rows_and_areas_changes_nothing():
    table, ground = houses(*TWICE, ("L9", "ledger", None, 500, 500)), areas(西=WEST, 東=EAST)
    one = count_houses(table, {"neighbourhood": ground}, None, rule=RULE, day=DAY)
    other = count_houses(table[::-1], {"neighbourhood": ground[::-1]}, None, rule=RULE, day=DAY)
    pd.testing.assert_frame_equal(one.counts, other.counts)
    pd.testing.assert_frame_equal(one.double_listings, other.double_listings)
    assert one.doubts == other.doubts


def test_the_columns_of_the_law_are_read(tmp_path):
    plan = on_disk.build(tmp_path, housing_survey='path = "data/survey.csv"')
    (tmp_path / "data" / "survey.csv").write_text(
        "市区町村コード,市区町村,空き家,二次的住宅,調査年\n22999,村,1230,-,2023\n", "utf-8"
    )
    table = on_disk.houses().assign(所有区分="県", 前面道路幅員="3.6")
    on_disk.write(tmp_path / on_disk.PATHS["vacant_house"], table)
    atlas = load(read_plan(plan))
    survey, own = atlas.table("housing_survey"), atlas.table("vacant_house")
    assert list(survey["vacant_dwellings"]) == [1230]
    assert survey["second_homes"].isna().all()
    assert survey.geometry.isna().all()
    assert set(own["owner_kind"]) == {"prefecture"}
    assert set(own["road_width_m"]) == {3.6}
    assert atlas.catalogue["vacant_house"].fields["owner_kind"].audience == "internal"
