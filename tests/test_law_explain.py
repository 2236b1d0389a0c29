"""A verdict told step by step: found by id, name and building; the steps are those of the verdict."""

import pytest
from shapely import Point
from village import village

from gisplan.cli.explained import explained_rows, explained_text
from gisplan.core.errors import InputError
from gisplan.law.check import check
from gisplan.law.explain import explain


def town():
    """Return a village with lots of every kind, two of them one building, and a hub in a building with a lot."""
    lots = [
        village.lot(20, 20, name="北の家", floor_area=100.0),
        village.lot(320, 20, name="店の家", floor_area=900.0, storey=1, building="共用"),
        village.lot(20, 320, floor_area=100.0, work="change"),
        village.lot(20, 120, floor_area=100.0),
    ]
    hub = {"name": "拠点", "use": "office_coworking", "floor_area": 900.0, "storey": 1, "building": "共用"}
    return village.atlas(
        site=village.frame(lots), hub=village.frame([hub | {"geometry": Point(325, 25)}], id="H1")
    )


@pytest.mark.parametrize(
    ("subject", "found"),
    [
        ("001", [("site", "001")]),
        ("site:001", [("site", "001")]),
        ("北の家", [("site", "001")]),
        ("拠点", [("hub", "H1")]),
        ("共用", [("hub", "H1"), ("site", "002")]),
    ],
)
def test_a_subject_goes_by_its_id_its_name_or_its_building(subject, found):
    assert [(one.layer, one.id) for one in explain(town(), subject)] == found


def test_the_verdict_is_that_of_the_table():
    rows = check(town()).verdicts.set_index(["layer", "id"])
    for key in rows.index:
        (told,) = explain(town(), f"{key[0]}:{key[1]}")
        row = rows.loc[key]
        assert (told.verdict, told.reason.ja, "; ".join(told.articles)) == (
            row["verdict"],
            row["reason_ja"],
            row["articles"],
        )
        assert told.caution.en == row["caution_en"]
        assert told.steps


def test_parts_of_a_building_in_two_layers_are_added_up():
    rows = check(town()).verdicts.set_index("id")
    assert set(rows.loc[["H1", "002"], "verdict"]) == {"special_provision_permit"}, "900 + 900 > 1,500 m²"
    assert "合計は床面積1,800.0㎡" in rows.loc["H1", "reason_ja"]


def test_parts_far_apart_are_doubted():
    lots = [village.lot(20, 20, building="棟"), village.lot(620, 20, building="棟")]
    found = check(village.atlas(site=village.frame(lots))).findings.set_index("code")
    assert "590 m" in found.loc["law.building_apart", "reason_ja"]


@pytest.mark.parametrize(
    ("column", "code"), [("floor_area", "law.floor_area_zero"), ("storey", "law.storey_zero")]
)
def test_a_figure_of_zero_is_not_known_and_is_told(column, code):
    lots = [village.lot(320, 20, **{"floor_area": 100.0, "storey": 1} | {column: 0}), village.lot(20, 20)]
    checked = check(village.atlas(site=village.frame(lots)))
    assert checked.verdicts.set_index(["layer", "id"]).loc[("site", "001"), "verdict"] == "cannot_tell"
    said = checked.findings.set_index("code").loc[code]
    assert (said["severity"], "001" in said["reason_ja"]) == ("S2", True)


def test_nobody_by_that_name_is_answered_with_those_that_hold_it():
    with pytest.raises(InputError) as raised:
        explain(town(), "家")
    (problem,) = raised.value.problems
    assert problem.code == "law.no_subject"
    assert "北の家、店の家" in problem.what.ja
    assert "Did you mean: 北の家, 店の家?" in problem.what.en


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_text_numbers_the_steps_and_ends_with_the_verdict(language):
    found = explain(town(), "003")
    text = explained_text(found, day="2026-11-01", language=language)
    assert "[urbanization_control_area]" in text
    assert " 1. " in text
    assert " 2. " in text
    assert {"ja": "市街化調整区域にあるか → はい", "en": "Is it in an urbanization control area? → yes"}[
        language
    ] in text
    assert "{" not in text
    if language == "en":
        assert "found: urbanization control area" in text


def test_what_is_assumed_is_marked_as_such():
    text = explained_text(explain(town(), "001"), day="2026-11-01", language="ja")
    assert "対象の施設に定めているか → はい（推定）" in text


def test_a_program_gets_both_languages():
    (row,) = explained_rows(explain(town(), "001"))
    assert row["verdict"] == "special_provision_permit"
    assert set(row["steps"][0]) == {"question", "found", "holds", "articles", "confidence"}
    assert all(step["question"]["ja"] and step["question"]["en"] for step in row["steps"])
