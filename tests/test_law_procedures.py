"""The procedures of a plan, case by case; the cases of tests/cases/procedures.toml are for a planner to read."""

import datetime as dt
import re
import tomllib
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from village import village

from gisplan.core import tables
from gisplan.core.errors import ConfigurationError
from gisplan.law.procedures import procedures
from gisplan.law.promotion import promotion_areas
from gisplan.law.rule import read_rule
from gisplan.law.steps import known_steps, state_labels, step_facts, steps
from gisplan.law.triggers import CONSIDERATION
from gisplan.plan.marks import check_areas, of_areas, of_plan

CASES = tomllib.loads((Path(__file__).parent / "cases" / "procedures.toml").read_text("utf-8"))["case"]
CONTRACT = tables.contract("verdicts")
NESTED = {"東区域": "inside", "西区域": "inside"}


def verdict_table(*rows):
    """Return a table of verdicts; what a row does not say is empty."""
    blank = {"text": "", "words": "", "number": float("nan")}
    empty = {column.name: blank.get(column.type, pd.NA) for column in CONTRACT.columns}
    full = []
    for number, row in enumerate(rows, start=1):
        told = empty | {"layer": "site", "id": f"{number:03d}", "use": "office_coworking"} | row
        words = {
            f"{name}_{language}": told.get(name, "")
            for name in ("shares", "relief", "reason", "caution")
            for language in ("ja", "en")
        }
        full.append(told | words)
    return tables.hold(pd.DataFrame(full), "verdicts")


def nesting_table(verdicts):
    """Return the table of nesting with a verdict for every area."""
    columns = [column.name for column in tables.contract("nesting").columns]
    rows = [
        dict.fromkeys(columns) | {"promotion_area": name, "verdict": told} for name, told in verdicts.items()
    ]
    return tables.hold(pd.DataFrame(rows), "nesting")


def listed(
    *rows, day=village.DAY, marks=None, facts=None, nested=None, control=None, joint=("22999",), **changes
):
    """Return the procedures of the village; `control` defaults to no urbanization control area."""
    atlas = village.atlas(day=day, **changes)
    plan = replace(
        atlas.plan,
        procedures=of_plan(marks or {}),
        area_procedures=of_areas(marks or {}),
        facts=facts or {},
        municipality=joint,
    )
    atlas = replace(atlas, plan=plan)
    areas = atlas.table("promotion_area")
    promotion = None if areas is None else promotion_areas(areas, rule=read_rule("coworking"), day=day)
    return procedures(
        atlas,
        verdicts=verdict_table(*rows),
        nesting=nesting_table(NESTED if nested is None else nested),
        promotion=promotion,
        control={} if control is None else None if control == "unknown" else control,
    )


def found(step, subject=None, **given):
    """Return the row of a step."""
    table = listed(*given.pop("rows", ()), **given).table
    chosen = table[(table["step"] == step) & ((table["subject_ja"] == subject) if subject else True)]
    assert len(chosen) == 1, table[["step", "subject_ja", "state"]]
    return chosen.iloc[0]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["what"])
def test_case(case):
    given = {
        "rows": case.get("sites", []),
        "marks": case.get("marks"),
        "facts": case.get("facts"),
        "nested": case.get("nested"),
        "control": case.get("control"),
        "day": case.get("day", village.DAY),
        "joint": tuple(case.get("municipality", ["22999"])),
        "without": case.get("without", ()),
    }
    if "area" in case:
        given["promotion_area"] = village.areas(
            **{key: None if value == "" else value for key, value in case["area"].items()}
        )
    if "hub_at" in case:
        point = village.shapely.Point(*case["hub_at"])
        given["hub"] = village.frame([{"name": "拠点", "geometry": point, **case.get("hub", {})}])
    table = listed(*given.pop("rows"), **given).table
    for step, subject, state in case["expect"]:
        rows = table[(table["step"] == step) & (table["subject_ja"] == subject)]
        assert list(rows["state"]) == ([] if state == "no row" else [state]), f"{step} {subject}"
        for article in case.get("articles", []):
            assert article in "; ".join(rows["articles"])


def test_every_row_speaks_both_languages_and_names_its_law():
    sites = [
        {"verdict": verdict, "work": "change", "reason": "理由。"}
        for verdict in ("special_provision_permit", "cannot_tell", "urbanization_control_area")
    ]
    table = listed(*sites, control={"東区域": 500.0}).table
    for row in table.itertuples():
        assert row.title_ja
        assert row.who_en
        assert row.trigger_ja
        assert row.trigger_en
        assert row.articles
        assert "{" not in row.trigger_ja + row.trigger_en + row.do_ja + row.do_en
        assert row.state in state_labels()
        assert bool(row.do_ja) == bool(row.do_en)
        if row.state in {"open", "cannot_tell"}:
            assert row.do_ja, row.step


def test_an_open_step_with_a_later_day_says_what_is_planned():
    row = found("plan_publication", "東区域", promotion_area=village.areas(published_on=dt.date(2026, 12, 1)))
    assert row["state"] == "open"
    assert "予定日は2026-12-01" in row["do_ja"]
    assert "Planned for 2026-12-01" in row["do_en"]
    assert row["done_on"] is None


def test_a_mark_with_a_day_is_done_on_that_day_and_open_before_it():
    mark = {"content_period": dt.date(2026, 11, 1)}
    assert found("content_period", marks=mark)["done_on"] == dt.date(2026, 11, 1)
    assert found("content_period", marks=mark, day=dt.date(2026, 10, 31))["state"] == "open"


def test_mistake_10_the_control_area_is_consulted_on_and_considered():
    row = found(
        "governor_consultation",
        "東区域",
        control={"東区域": 12_000.0},
        facts={"designated_or_core_city": False},
    )
    assert row["state"] == "open"
    assert "1.2 ha" in row["trigger_ja"]
    assert row["articles"] == "広域的地域活性化基盤整備法22条11項"
    site = {
        "verdict": "urbanization_control_area",
        "work": "change",
        "promotion_area": "東区域",
        "articles": "都市計画法29条・34条・43条; 広域的地域活性化基盤整備法26条",
    }
    assert found("control_permit", rows=[site])["articles"] == "都市計画法29条・34条・43条"
    assert found("control_consideration", rows=[site])["state"] == "open"


def test_mistake_11_a_district_without_a_hub_is_open():
    beyond = village.frame([{"name": "遠い拠点", "geometry": village.shapely.Point(50, 400)}])
    row = found("district_hub", "重点地区", hub=beyond)
    assert row["state"] == "open"
    assert "拠点施設がありません" in row["do_ja"]
    assert found("district_hub", "重点地区", without=("hub",))["state"] == "cannot_tell"


def test_the_provision_never_spares_the_permit_its_hearing_and_its_consent():
    table = listed({"verdict": "special_provision_permit", "id": "007", "name": "空家改修"}).table
    rows = table[table["subject_ja"] == "敷地「空家改修」（007）"].set_index("step")
    assert set(rows.index) == {"permit", "permit_hearing", "permit_council", "change_of_use"}
    assert "24条" in rows.loc["permit", "articles"]
    assert rows.loc["permit_council", "articles"] == "建築基準法48条15項"
    assert "空家改修" in rows.loc["permit", "trigger_ja"]
    ordinary = found("permit", rows=[{"verdict": "ordinary_permit"}])
    assert "24条" not in ordinary["articles"]


def test_what_cannot_be_told_says_what_to_obtain():
    site = {"verdict": "cannot_tell", "reason": "判定できない。不足：床面積。"}
    assert "床面積" in found("permit", rows=[site])["do_ja"]
    assert "priority_district" in found("area_in_district", "東区域", nested={})["do_ja"]
    unknown = listed(control="unknown")
    assert "area_division" in {doubt.layer for doubt in unknown.doubts}


def test_a_vacant_house_is_not_in_the_list():
    table = listed({"layer": "vacant_house", "verdict": "special_provision_permit"}).table
    assert not table["subject_ja"].str.contains("001").any()


def test_a_step_before_publication_that_is_open_after_it_is_a_finding():
    given = {
        "control": {"東区域": 9_000.0},
        "facts": {"designated_or_core_city": False},
        "marks": {"prefectural_plan": True},
    }
    doubts = [doubt for doubt in listed(**given).doubts if doubt.code == "law.procedure_after_publication"]
    assert [doubt.subject for doubt in doubts] == ["governor_consultation 東区域"]
    marked = listed(
        **given | {"marks": {"prefectural_plan": True, "governor_consultation": dt.date(2026, 5, 1)}}
    )
    assert marked.doubts == ()
    assert len(tables.findings(doubts)) == 1


def test_before_the_act_its_steps_are_not_in_the_list():
    site = {"verdict": "ordinary_permit", "work": "change"}
    table = listed(site, day=dt.date(2024, 10, 31)).table
    assert set(table["step"]) == {"permit", "permit_hearing", "permit_council", "change_of_use"}
    assert "prefectural_plan" in set(listed(site, day=dt.date(2024, 11, 1)).table["step"])


def test_a_vacant_house_utilization_area_has_steps_of_its_own_act():
    areas = village.frame(
        [{"name": "活用区域", "published_on": dt.date(2025, 4, 1), "geometry": village.box(0, 0, 50, 50)}]
    )
    row = found("utilization_plan", "活用区域", vacant_house_utilization_area=areas)
    assert (row["state"], row["done_on"]) == ("done", dt.date(2025, 4, 1))
    assert "空家等対策の推進に関する特別措置法7条3項" in row["articles"]
    assert found("utilization_consent", vacant_house_utilization_area=areas)["state"] == "cannot_tell"
    assert not listed().table["step"].str.startswith("utilization").any()


def test_the_consents_of_the_two_acts_are_apart():
    facts = {
        "use_exception": True,
        "use_consented_on": None,
        "road_exception": False,
        "published_on": village.DAY,
    }
    areas = village.frame([{"name": "活用区域", "geometry": village.box(0, 0, 50, 50), **facts}])
    table = listed(vacant_house_utilization_area=areas).table.set_index(["step", "subject_ja"])["state"]
    assert table["utilization_consent", "活用区域"] == "open"
    assert table["utilization_agreement", "活用区域"] == "not_needed"
    assert table["agency_consent", "東区域"] == "done"
    consented = areas.assign(use_consented_on=village.DAY)
    assert found("utilization_consent", vacant_house_utilization_area=consented)["done_on"] == village.DAY


def test_only_marked_steps_are_known_to_a_user():
    marked = {step.id for step in steps() if step.mark}
    assert set(known_steps()) == marked
    assert {"agency_consent", "plan_publication"}.isdisjoint(marked)  # their days stand in the layers
    assert "designated_or_core_city" in step_facts()


def test_every_step_is_whole():
    assert len({step.id for step in steps()}) == len(steps())
    for step in steps():
        assert step.articles[0].law
        assert step.why.ja.endswith("。") or step.why.ja.endswith("）。")
        assert step.mark or not step.optional


TRIGGERS = st.fixed_dictionaries(
    {},
    optional={
        "facts": st.dictionaries(st.sampled_from(sorted(step_facts())), st.booleans()),
        "marks": st.dictionaries(
            st.sampled_from(sorted(known_steps())), st.booleans() | st.just(village.DAY)
        ),
        "control": st.sampled_from([{}, {"東区域": 500.0}, "unknown"]),
        "day": st.sampled_from([dt.date(2024, 10, 31), village.DAY, dt.date(2026, 6, 15)]),
        "without": st.sets(st.sampled_from(["hub", "promotion_area", "priority_district"])).map(tuple),
    },
)


@settings(max_examples=25, deadline=None)
@given(given=TRIGGERS)
def test_any_plan_has_a_list(given):
    table = listed({"verdict": "special_provision_permit"}, **given).table
    assert set(table["state"]) <= set(state_labels())
    assert table.loc[table["state"] != "done", "done_on"].isna().all()


def test_the_order_of_the_rows_does_not_matter():
    atlas = village.atlas()
    for seed in (1, 2):
        mixed = village.shuffled(atlas, seed=seed)
        changes = {name: layer.table for name, layer in mixed.layers.items()}
        pd.testing.assert_frame_equal(listed(**changes).table, listed().table)


def test_what_a_verdict_cites_is_looked_for_as_the_rules_write_it():
    assert read_rule("coworking").cite("consideration", day=village.DAY) == (CONSIDERATION,)


BEFORE, AFTER = dt.date(2026, 5, 1), dt.date(2026, 7, 15)


@pytest.mark.parametrize(
    ("step", "subject", "later"),
    [
        ("agency_consultation", "東区域", ["同意の日（2026-06-01）", "公表の日（2026-06-30）"]),
        ("governor_consultation", "東区域", ["公表の日（2026-06-30）"]),
        ("prefectural_plan", "村", ["公表の日（2026-06-30）"]),
        ("joint_plan", "村", ["公表の日（2026-06-30）"]),
    ],
)
def test_days_in_an_order_that_cannot_be_are_told_and_the_state_stays(step, subject, later):
    given = {
        "control": {"東区域": 9_000.0},
        "facts": {"designated_or_core_city": False},
        "joint": ("22999", "22998"),
        "promotion_area": village.areas().iloc[:1],
    }
    row = found(step, subject, marks={step: AFTER}, **given)
    assert (row["state"], row["done_on"]) == ("done", AFTER)
    for words in later:
        assert f"（2026-07-15）が{words}より後です。日付を確かめてください。" in row["do_ja"]
    assert "is after the day of" in row["do_en"]
    doubts = [one for one in listed(marks={step: AFTER}, **given).doubts if one.code == "law.procedure_order"]
    assert {one.subject for one in doubts} == {f"{step} {subject}"}
    told = tables.findings(doubts).iloc[0]
    assert told["severity"] == "S2"
    assert all(words in told["reason_ja"] for words in later)
    in_order = listed(marks={step: BEFORE}, **given)
    assert "law.procedure_order" not in {one.code for one in in_order.doubts}
    assert found(step, subject, marks={step: BEFORE}, **given)["do_ja"] == ""


def test_the_day_of_consent_itself_may_be_the_day_of_consultation():
    marks = {"agency_consultation": dt.date(2026, 6, 1)}
    assert "law.procedure_order" not in {one.code for one in listed(marks=marks).doubts}


def test_the_governors_row_asks_for_what_is_missing_alone():
    step, area = "governor_consultation", "東区域"
    city = found(step, area, control={area: 12_000.0})
    assert city["state"] == "cannot_tell"
    assert "1.2 ha" in city["trigger_ja"]
    assert "指定都市・中核市でなければ必要" in city["trigger_ja"]
    assert "designated_or_core_city" in city["do_ja"]
    assert "area_division" not in city["do_ja"] + city["do_en"]
    division = found(step, area, control="unknown", facts={"designated_or_core_city": False})
    assert "area_division" in division["do_ja"]
    assert "designated_or_core_city" not in division["do_ja"] + division["do_en"]
    both = found(step, area, control="unknown")
    assert "area_division" in both["do_ja"]
    assert "designated_or_core_city" in both["do_ja"]
    assert "含まない。" in found(step, area)["trigger_ja"]
    exempt = found(step, area, control={area: 12_000.0}, facts={"designated_or_core_city": True})
    assert exempt["trigger_ja"] == "市町村が指定都市又は中核市である。"


def test_a_mark_for_one_area_leaves_the_others_and_comes_before_that_of_the_plan():
    areas = village.areas()
    areas["use_exception"] = True
    areas["consented_on"] = None
    day = dt.date(2026, 5, 1)
    marks = {"東区域": {"agency_consultation": day}}
    table = listed(promotion_area=areas, marks=marks).table.set_index(["step", "subject_ja"])
    assert table.loc[("agency_consultation", "東区域"), "done_on"] == day
    assert table.loc[("agency_consultation", "西区域"), "state"] == "open"
    marks = {"agency_consultation": day, "西区域": {"agency_consultation": False}}
    table = listed(promotion_area=areas, marks=marks).table.set_index(["step", "subject_ja"])["state"]
    assert table["agency_consultation", "東区域"] == "done"
    assert table["agency_consultation", "西区域"] == "open"


def test_a_mark_for_an_area_that_is_not_there_is_refused_with_the_near_ones():
    atlas = village.atlas()
    marks = {"東地区": {"agency_consultation": True}, "西区域": {"governor_consultation": True}}
    atlas = replace(atlas, plan=replace(atlas.plan, area_procedures=marks))
    with pytest.raises(ConfigurationError) as raised:
        check_areas(atlas, None)
    (problem,) = raised.value.problems
    assert problem.code == "law.procedure_area"
    assert "東地区" in problem.place
    assert "近い名前：東区域" in problem.what.ja
    assert "東区域" in problem.cure.en
    without = village.atlas(without=("promotion_area",))
    check_areas(replace(without, plan=atlas.plan), None)


def test_an_ordinary_permit_is_asked_for_in_other_words_than_one_under_the_provision():
    ordinary = found("permit", rows=[{"verdict": "ordinary_permit"}])
    assert ordinary["do_ja"] == "特定行政庁に事前に相談し、48条ただし書の許可を申請してください。"
    assert "provision" not in ordinary["do_en"]
    special = found("permit", rows=[{"verdict": "special_provision_permit"}])
    assert "特例は許可を約束するものではありません" in special["do_ja"]


def test_an_article_that_was_not_read_is_shown_as_such():
    council, received = found("council"), found("prefectural_plan")
    assert council["articles"].endswith("23条（推定）")
    assert "推定" in council["trigger_ja"]
    assert "inferred" in council["trigger_en"]
    assert "5条12項（伝聞）" in received["articles"]
    assert "22条1項（" not in received["articles"]
    assert "reported" in received["trigger_en"]
    for step in steps():
        unread = [one for one in step.articles if one.confidence != "verbatim"]
        assert all(one.confidence in {"reported", "inferred"} for one in unread)


def test_subjects_are_told_by_kind_name_and_id():
    rows = [{"verdict": "ordinary_permit", "layer": "hub", "id": "H005", "name": "本町館"}]
    row = found("permit", rows=rows)
    assert row["subject_ja"] == "拠点施設「本町館」（H005）"
    assert row["subject_en"] == "hub “本町館” (H005)"


@pytest.mark.parametrize("step", steps(), ids=lambda step: step.id)
def test_no_sentence_speaks_in_the_names_of_columns(step):
    texts = [step.why, step.do, step.unneeded, step.obtain, *step.do_for.values()]
    for text in texts:
        if text is not None:
            bare = re.sub(r"\[[a-z_.]+\](?: [a-z_]+)?|\{\w+\}|true|site|hub", "", text.ja)
            assert not re.search(r"[a-z_]{3,}", bare), bare


def test_a_joint_plan_counts_its_municipalities_in_words():
    row = found("joint_plan", joint=("22999", "22998"))
    assert "2つあり" in row["trigger_ja"]
    site = {"verdict": "cannot_tell", "reason": "不足：床面積。", "id": "A2"}
    assert found("permit", rows=[site])["trigger_ja"] == "この手続が敷地「A2」に必要かどうかは判定できない。"
