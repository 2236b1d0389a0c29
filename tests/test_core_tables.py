"""The contracts of the tables: what leaves a floor has its columns, types, key and rounding, in both languages."""

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal

import hypothesis.strategies as st
import numpy as np
import pandas as pd
import pandera.errors
import pytest
from hypothesis import given, settings

from gisplan.core import tables
from gisplan.core.tables import Column, Contract, Doubt
from gisplan.core.words import Text
from gisplan.maps.csv_files import write_csv

NAMES = list(tables.contracts())
TYPES = {"text", "words", "number", "integer", "boolean", "date"}
LONG = Decimal(10) ** 9


def nesting(**columns):
    """Return rows of the table `nesting`; the figures do not matter."""
    count = len(columns["promotion_area"])
    plain = {"priority_district": ["甲"] * count, "area_ha": [1.0] * count, "outside_m2": [0.0] * count}
    plain |= {"outside_municipality_m2": [0.0] * count}
    said = {"verdict": ["inside"] * count, "municipality": ["村"] * count, "version": ["1"] * count}
    return pd.DataFrame(columns | said | plain | {"parts": [1] * count})


@pytest.mark.parametrize("name", NAMES)
def test_a_contract_is_well_formed(name):
    promise = tables.contract(name)
    own = {column.name for column in promise.columns}
    assert promise.key
    assert set(promise.key) <= own
    for text in (promise.title, *(column.title for column in promise.columns)):
        assert text.ja
        assert text.en
        assert any(sign > "\x7f" for sign in text.ja) or text.ja == "IC"
    assert {column.type for column in promise.columns} <= TYPES
    for column in promise.columns:
        assert (column.digits is None) or column.type == "number"
        assert column.type != "number" or column.digits is not None or column.by_row, (
            f"{name}.{column.name} is never rounded"
        )


@pytest.mark.parametrize("name", NAMES)
def test_an_empty_table_has_the_columns_of_its_contract(name):
    promise = tables.contract(name)
    table = tables.hold(pd.DataFrame(), name)
    assert tuple(table.columns) == promise.names
    assert len(table) == 0
    for column in promise.columns:
        for held in tables._held(column):
            assert table[held].dtype == tables.DTYPES[column.type]


def test_words_are_held_in_both_languages():
    column = Column(name="reason", type="words", title=Text(ja="理由", en="Reason"))
    promise = Contract(name="x", title=Text(ja="表", en="Table"), key=("id",), columns=(column,))
    assert promise.names == ("reason_ja", "reason_en")


def test_hold_sorts_by_the_key_and_leaves_out_the_rest():
    table = tables.hold(nesting(promotion_area=["乙", "甲"], more=[1, 2]), "nesting")
    assert list(table["promotion_area"]) == sorted(["乙", "甲"])
    assert "more" not in table
    assert table.index.equals(pd.RangeIndex(2))


def test_hold_keeps_not_assessed_apart_from_zero():
    frame = nesting(promotion_area=["甲", "乙"]).assign(outside_m2=[0, None], verdict=["inside", None])
    table = tables.hold(frame, "nesting").set_index("promotion_area")
    assert table.loc["甲", "outside_m2"] == 0
    assert np.isnan(table.loc["乙", "outside_m2"])
    assert table.loc["乙", "verdict"] == ""


def test_hold_keeps_whole_numbers_and_missing_days():
    rejects = pd.DataFrame(
        [("a", "f.csv", row, "", "", "c", "ja", "en", "ja", "en", "") for row in (10, None, 9)],
        columns=list(tables.contract("rejects").names),
    )
    table = tables.hold(rejects, "rejects")
    assert list(table["row"].astype(object)) == [9, 10, pd.NA]
    held = tables._typed(
        pd.Series([dt.date(2026, 11, 1), None]), Column(name="d", type="date", title=Text(ja="日", en="Day"))
    )
    assert list(held) == [dt.date(2026, 11, 1), None]


@pytest.mark.parametrize("frame", [
    nesting(promotion_area=["甲", "甲"]),
    nesting(promotion_area=["甲"]).drop(columns="verdict"),
    nesting(promotion_area=["甲"]).assign(area_ha=["広い"]),
])  # fmt: skip
def test_hold_refuses_a_doubled_key_a_missing_column_and_a_wrong_type(frame):
    with pytest.raises((pandera.errors.SchemaErrors, KeyError, ValueError)):
        tables.hold(frame, "nesting")


# ---- findings ----------------------------------------------------------------------------------------------


SPOILT = {
    "sound": lambda frame: frame,
    "gap in a text": lambda frame: frame.assign(code=[None, "b"]),
    "gap in a number that may be empty": lambda frame: frame.assign(size=[np.nan, 2.0]),
    "gap in a number that may not": lambda frame: frame.assign(whole=pd.array([pd.NA, 2], dtype="Int64")),
    "text for a number": lambda frame: frame.assign(size=["a", "b"]),
    "fractions for whole numbers": lambda frame: frame.assign(whole=[1.5, 2.5]),
    "key twice": lambda frame: frame.assign(code=["a", "a"]),
    "key twice, but for its second part": lambda frame: frame.assign(code=["a", "a"], size=[1.0, 2.0]),
}


@pytest.mark.parametrize("spoilt", SPOILT)
@pytest.mark.parametrize("key", [("code",), ("code", "size")])
def test_the_quick_look_at_a_table_says_what_pandera_says(monkeypatch, spoilt, key):
    def column(name, kind, *, empty=True):
        return Column(name=name, type=kind, title=Text(ja=name, en=name), empty=empty)

    columns = (column("code", "text"), column("size", "number"), column("whole", "integer", empty=False))
    made = Contract(name="made_up", title=Text(ja="表", en="table"), key=key, columns=columns)
    monkeypatch.setattr(tables, "contract", lambda _name: made)
    kinds = {"code": object, "size": "float64", "whole": "Int64"}
    frame = pd.DataFrame({"code": ["a", "b"], "size": [1.0, 2.0], "whole": [1, 2]}).astype(kinds)
    frame = SPOILT[spoilt](frame)
    tables._schema.cache_clear()
    try:
        tables._schema("made_up").validate(frame, lazy=True)
        accepted = True
    except pandera.errors.SchemaErrors:
        accepted = False
    finally:
        tables._schema.cache_clear()
    assert tables._kept(frame, made, list(key)) == accepted


def test_a_finding_says_its_text_in_both_languages():
    doubt = Doubt(code="layer.refused", layer="hub", subject="hub.csv", data_year="2019", values={"rows": 3})
    [row] = tables.findings([doubt]).to_dict("records")
    assert (row["code"], row["severity"], row["layer"], row["subject"]) == (
        "layer.refused",
        "S2",
        "hub",
        "hub.csv",
    )
    assert "3 行" in row["reason_ja"]
    assert "Rows refused: 3;" in row["reason_en"]
    assert "rejects.xlsx" in row["do_ja"]
    assert "rejects.xlsx" in row["do_en"]
    assert row["data_year"] == "2019"


def doubt(rows, **more):
    return Doubt(code="layer.refused", layer="hub", subject="hub.csv", values={"rows": rows}, **more)


def test_equal_doubts_stand_once_and_doubts_of_one_key_share_a_row():
    [row] = tables.findings([doubt(3), doubt(2), doubt(3)]).to_dict("records")
    one, two = (tables.findings([doubt(rows)])["reason_ja"].iloc[0] for rows in (2, 3))
    assert row["reason_ja"] == f"{one} / {two}"


def test_a_reason_is_said_once_where_only_the_rest_differs():
    [row] = tables.findings([doubt(3, data_year="2019"), doubt(3, data_year="2021")]).to_dict("records")
    assert "/" not in row["reason_ja"]
    assert "/" not in row["reason_en"]


@given(
    st.permutations(
        [doubt(1), doubt(2), doubt(2, verdict="cannot_tell"), Doubt(code="geom.reduced", layer="a")]
    )
)
@settings(max_examples=24, deadline=None)
def test_findings_do_not_depend_on_the_order_of_the_doubts(doubts):
    wanted = tables.findings(
        [doubt(1), doubt(2), doubt(2, verdict="cannot_tell"), Doubt(code="geom.reduced", layer="a")]
    )
    pd.testing.assert_frame_equal(tables.findings(doubts), wanted)


def test_joining_keeps_every_row_once():
    first, second = tables.findings([doubt(1)]), tables.findings([Doubt(code="geom.reduced", layer="a")])
    joined = tables.join([first, second, first], "findings")
    assert len(joined) == 2
    assert len(tables.join([], "findings")) == 0


# ---- what a user sees -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("number", "digits", "shown"), [
    (0.5, 0, 1.0), (1.5, 0, 2.0), (2.5, 0, 3.0), (-0.5, 0, -1.0), (-2.5, 0, -3.0), (2.675, 2, 2.68),
    (1.005, 2, 1.01), (0.285, 2, 0.29), (1.115, 2, 1.12), (0.05, 1, 0.1), (0.049999999999, 1, 0.0),
    (1234567.4999995, 0, 1234567.0), (8.345, 2, 8.35), (0.00005, 4, 0.0001), (197.7749999, 2, 197.77),
])  # fmt: skip
def test_half_is_rounded_away_from_zero_on_the_decimal_value(number, digits, shown):
    assert tables._rounded(pd.Series([number]), digits).iloc[0] == shown


@given(st.decimals(min_value=-LONG, max_value=LONG, places=6), st.integers(0, 4))
@settings(max_examples=400, deadline=None)
def test_rounding_agrees_with_decimal_arithmetic(number, digits):
    value = float(number)
    wanted = float(Decimal(repr(value)).quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP))
    assert tables._rounded(pd.Series([value]), digits).iloc[0] == wanted


@given(st.integers(-(10**7), 10**7), st.integers(0, 4))
@settings(max_examples=200, deadline=None)
def test_every_decimal_half_goes_away_from_zero(steps, digits):
    half = Decimal(2 * steps + 1).scaleb(-digits) / 2
    wanted = half.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)
    assert tables._rounded(pd.Series([float(half)]), digits).iloc[0] == float(wanted)


def test_what_is_not_assessed_stays_empty_and_zero_has_no_sign():
    shown = tables._rounded(pd.Series([np.nan, -0.001, np.inf]), 1)
    assert np.isnan(shown[0])
    assert str(shown[1]) == "0.0"
    assert np.isinf(shown[2])


def test_a_user_sees_one_language_and_rounded_figures():
    table = tables.hold(nesting(promotion_area=["甲"]).assign(area_ha=[12.345], outside_m2=[0.05]), "nesting")
    shown = tables.for_user(table, "nesting", language="ja")
    assert (shown["area_ha"].iloc[0], shown["outside_m2"].iloc[0]) == (12.35, 0.1)
    findings = tables.findings([doubt(3)])
    texts = {language: tables.for_user(findings, "findings", language=language) for language in ("ja", "en")}
    assert list(texts["ja"].columns) == [column.name for column in tables.contract("findings").columns]
    assert texts["ja"]["reason"].iloc[0] == findings["reason_ja"].iloc[0]
    assert texts["en"]["do"].iloc[0] == findings["do_en"].iloc[0]
    assert texts["en"]["reason"].iloc[0].isascii()


def test_a_column_may_show_rows_of_some_units_with_more_decimals(tmp_path):
    columns = {"layer": "a", "id": "x", "to": "b", "state": ""}
    rows = [
        columns | {"measure": "gravity", "value": 0.04126, "unit": "weighted"},
        columns | {"measure": "nearest_1", "value": 1.26, "unit": "min"},
    ]
    shown = tables.for_user(tables.hold(pd.DataFrame(rows), "access"), "access", language="ja")
    assert list(shown["value"]) == [0.0413, 1.3]
    (path,) = write_csv(tmp_path, {"access": shown}, {"access": tables.contract("access")})
    text = path.read_text("utf-8-sig")
    assert ",0.0413,weighted" in text
    assert ",1.3,min" in text


@pytest.mark.parametrize("spoilt", SPOILT)
@pytest.mark.parametrize("key", [("code",), ("code", "size")])
def test_a_small_table_is_held_as_a_large_one_is(monkeypatch, spoilt, key):
    def column(name, kind, *, empty=True):
        return Column(name=name, type=kind, title=Text(ja=name, en=name), empty=empty)

    columns = (
        column("code", "text"), column("size", "number"), column("whole", "integer", empty=False),
        column("said", "words"), column("day", "date"), column("is", "boolean"),
    )  # fmt: skip
    made = Contract(name="made_up", title=Text(ja="表", en="table"), key=key, columns=columns)
    monkeypatch.setattr(tables, "contract", lambda _name: made)
    frame = pd.DataFrame({
        "code": ["b", "a"], "size": [1.0, 2.0], "whole": [1, 2], "said_ja": ["う", None], "said_en": [3, "u"],
        "day": [dt.date(2026, 11, 1), None], "is": [True, None],
    })  # fmt: skip
    frame = SPOILT[spoilt](frame)

    def held(many):
        monkeypatch.setattr(tables, "MANY", many)
        tables._schema.cache_clear()
        try:
            return tables.hold(frame, "made_up")
        except (pandera.errors.SchemaErrors, KeyError, TypeError, ValueError) as error:
            return type(error)
        finally:
            tables._schema.cache_clear()

    small, large = held(10), held(0)
    if isinstance(large, type):
        assert small is large
    else:
        pd.testing.assert_frame_equal(small, large, check_exact=True)
        assert small["code"].tolist() == sorted(small["code"].tolist())
        assert [type(value) for value in small.to_numpy().ravel()] == [
            type(value) for value in large.to_numpy().ravel()
        ]
