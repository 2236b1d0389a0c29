"""Codes of municipalities from every spelling, tested against all codes there are; wards and their cities."""

import json

import pandas as pd
import pytest

from gisplan.layers.municipalities import (
    check_digit,
    city_of,
    read_codes,
    unassigned,
    with_whole_names,
)


def read(*texts, **options):
    found = read_codes(pd.Series(list(texts), dtype=object), **options)
    return list(zip(found.column, found.how, found.unread.tolist(), strict=True))


@pytest.mark.parametrize(
    ("code", "digit"),
    [("01100", "2"), ("13101", "6"), ("22212", "7"), ("20215", "1"), ("47382", "1"), ("27100", "4")],
)
def test_the_check_digit(code, digit):
    assert check_digit(code) == digit


@pytest.mark.parametrize(("text", "code", "how"), [
    ("22212", "22212", ""), ("222127", "22212", "code.check_digit"), ("222127.0", "22212", "code.check_digit"),
    ("２２２１２７", "22212", "code.check_digit"), ("22212-7", "22212", "code.check_digit"),
    ("02201", "02201", ""), ("2201", "02201", "code.leading_zero"), (2201.0, "02201", "code.leading_zero"),
    ("11002", "01100", "code.leading_zero"), ("12025", "01202", "code.leading_zero"), ("22000", "22000", ""),
])  # fmt: skip
def test_one_code(text, code, how):
    assert read(text) == [(code, how, False)]


@pytest.mark.parametrize(
    "text", ["222120", "22", "221", "99999", "48201", "22050", "焼津市", "2221212", "00212"]
)
def test_what_is_no_code_is_not_read(text):
    assert read(text) == [("", "", True)]


def test_nothing_is_nothing():
    assert read("", None, "所属未定地", unknown=("所属未定地",)) == [("", "", False)] * 3


def test_five_and_six_digits_in_one_column():
    assert read("20215", "202151") == [("20215", "", False), ("20215", "code.check_digit", False)]


def test_the_other_rows_decide_what_five_digits_are():
    """013315 is 松前町 with its check digit; 13315 would be a code of 東京都."""
    lost = "1" + "331" + check_digit("01331")
    assert read(lost)[0][0] == lost
    assert read(lost, "222127")[0] == ("01331", "code.leading_zero", False)
    assert read(lost, "22212")[0] == (lost, "", False)
    assert read(lost, "222127", "22212")[0] == ("", "", True)


@pytest.mark.parametrize(("code", "city"), [
    ("22101", "22100"), ("22103", "22100"), ("22131", "22130"), ("22140", "22130"), ("22212", "22212"),
    ("14118", "14100"),
    ("14137", "14130"), ("14153", "14150"), ("13101", "13101"), ("22100", "22100"), ("", ""), ("09201", "09201"),
])  # fmt: skip
def test_a_ward_belongs_to_its_city(code, city):
    assert city_of(code) == city


def test_names_of_wards_begin_with_their_city_in_both_forms_of_n03():
    old = pd.DataFrame(
        {
            "N03_003": ["静岡市", "榛原郡", None],
            "N03_004": ["葵区", "吉田町", "焼津市"],
            "N03_007": ["22101", "22424", "22212"],
        }
    )
    new = pd.DataFrame({"N03_003": [None, "榛原郡", None], "N03_004": ["静岡市", "吉田町", "焼津市"],
                        "N03_005": ["葵区", None, None], "N03_007": ["22101", "22424", "22212"]})  # fmt: skip
    for table in (old, new):
        assert with_whole_names(table)["N03_004"].tolist() == ["静岡市葵区", "吉田町", "焼津市"]
    other = pd.DataFrame({"名称": ["a"]})
    assert with_whole_names(other) is other


def test_land_of_no_municipality():
    table = pd.DataFrame(
        {"N03_004": ["焼津市", "所属未定地", "所属未定地"], "N03_007": ["22212", None, "22000"]}
    )
    assert unassigned(table).tolist() == [False, True, True]
    assert unassigned(pd.DataFrame({"x": [1]})).tolist() == [False]


@pytest.fixture(scope="module")
def areas(real_data):
    files = sorted((real_data / "japan" / "admin").glob("*.geojson"))
    rows = [row["properties"] for file in files for row in json.loads(file.read_text("utf-8"))["features"]]
    return {row["N03_007"]: row for row in rows if row["N03_007"]}


@pytest.mark.real
@pytest.mark.parametrize("form", [
    lambda code: code, lambda code: code + check_digit(code), lambda code: code.lstrip("0"),
    lambda code: (code + check_digit(code)).lstrip("0"), lambda code: f"{int(code)}.0",
])  # fmt: skip
def test_every_code_of_japan_reads_back_from_each_way_to_write_it(areas, form):
    codes = sorted(areas)
    assert len(codes) > 1_890
    found = read_codes(pd.Series([form(code) for code in codes], dtype=object))
    assert found.column.tolist() == codes
    assert not found.unread.any()


@pytest.mark.real
def test_codes_of_five_and_six_digits_mixed_are_right_or_refused(areas):
    codes = sorted(areas)
    mixed = [code if place % 2 else code + check_digit(code) for place, code in enumerate(codes)]
    found = read_codes(pd.Series(mixed, dtype=object))
    assert all(
        read == code for read, code, no in zip(found.column, codes, found.unread, strict=True) if not no
    )
    assert found.unread.mean() < 0.05


@pytest.mark.real
def test_every_ward_finds_its_city_and_no_other_town_one(areas):
    for code, row in areas.items():
        assert (city_of(code) != code) == str(row["N03_003"]).endswith("市")
    cities = {city_of(code): row["N03_003"] for code, row in areas.items() if city_of(code) != code}
    assert len(cities) == len(set(cities.values())) == 20


def test_codes_of_hokkaido_that_lost_their_zero_become_no_other_municipalities():
    """12203, 12114 and 12190 are codes of 千葉県 as well; 12025 and its like show how the column is written."""
    codes = [code for code, _, _ in read("12025", "12203", "12041", "12050", "12114", "12190")]
    assert codes == ["01202", "01220", "01204", "01205", "01211", "01219"]


def test_several_codes_that_all_read_both_ways_are_refused():
    assert read("12203", "12114") == [("", "", True)] * 2
    assert read("12203") == [("12203", "", False)]
