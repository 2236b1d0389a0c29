"""The verdict on one site: cases a lawyer can read, the table of uses, and learning more."""

import datetime as dt
import tomllib
from dataclasses import fields, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gisplan.law.coworking import judge
from gisplan.law.facts import Facts, Standing
from gisplan.law.phrases import together, verdicts, zones
from gisplan.law.rule import read_rule
from gisplan.law.uses import NO_ZONE, rows_for, use_rows, uses

CASES = tomllib.loads((Path(__file__).parent / "cases" / "coworking.toml").read_text("utf-8"))["case"]
DAY = dt.date(2026, 11, 1)
RULE = read_rule("coworking")
FOUR = tuple(zones())[:4]


def standing(row):
    """Return a promotion area of a case; what it does not say is not known."""
    names = ("inside", "use_exception", "consented_on", "published_on")
    return Standing(name="区域", **{name: row.get(name) for name in names})


def facts_of(row):
    """Return the facts of a case."""
    known = {name: value for name, value in row.items() if name not in {"area", "areas"}}
    areas = (standing(row["area"]),) if "area" in row else () if "areas" in row else None
    return Facts(**{"use": "office_coworking"} | known, areas=areas)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["what"])
def test_a_case_of_the_law(case):
    answer = judge(facts_of(case["facts"]), rule=RULE, day=case.get("day", DAY))
    assert answer.verdict == case["verdict"]
    cited = "; ".join(answer.articles)
    assert [article for article in case.get("articles", ()) if article not in cited] == []
    reason = together(answer.reason)
    assert case.get("missing", "") in reason.ja
    assert case.get("caution", "") in together(answer.caution).ja
    assert reason.ja.endswith("。")
    assert reason.en.endswith(".")
    assert "{" not in reason.ja + reason.en + together(answer.caution).ja


def test_there_are_enough_cases_and_no_case_twice():
    assert len(CASES) >= 50
    assert len({case["what"] for case in CASES}) == len(CASES)
    assert {case["verdict"] for case in CASES} == set(verdicts())


def test_every_use_has_a_row_in_every_zone():
    deciding = {use.same_as for use in uses().values()}
    found = {(row.zone, row.use) for row in use_rows()}
    assert {(zone, use) for zone in zones() for use in deciding} <= found
    assert all(row.zone in zones() or row.zone == "市街化調整区域" for row in use_rows())


def test_the_provision_covers_exactly_four_zones():
    assert tuple(RULE.value("zones", day=DAY)) == FOUR
    complete = {"inside": True, "use_exception": True, "consented_on": DAY, "published_on": DAY}
    facts = Facts(use="office_coworking", floor_area=9e9, areas=(standing(complete),))
    covered = [
        zone
        for zone in zones()
        if judge(replace(facts, zone=zone), rule=RULE, day=DAY).verdict == "special_provision_permit"
    ]
    assert tuple(covered) == FOUR


def test_the_provision_never_makes_a_use_free():
    complete = standing({"inside": True, "use_exception": True, "consented_on": DAY, "published_on": DAY})
    answer = judge(Facts(use="office_coworking", zone=FOUR[0], areas=(complete,)), rule=RULE, day=DAY)
    reason = together(answer.reason)
    assert "建築審査会の同意" in reason.ja
    assert "個別の許可" in reason.ja
    assert "case by case" in reason.en


@pytest.mark.parametrize("zone", [*FOUR[:3], "田園住居地域"])
def test_the_combined_dwelling_is_named_where_an_office_is_not_allowed(zone):
    answer = judge(Facts(use="office_coworking", zone=zone, areas=()), rule=RULE, day=DAY)
    assert "兼用住宅" in together(answer.reason).ja
    assert "combined dwelling" in together(answer.reason).en


@pytest.mark.parametrize(
    ("area", "day"),
    [
        ({"inside": False}, DAY),
        ({"published_on": dt.date(2026, 11, 2)}, DAY),
        ({"inside": True, "published_on": DAY}, DAY),
        ({"inside": True}, dt.date(2024, 10, 31)),
    ],
)
def test_article_26_is_open_only_where_a_fact_is_missing(area, day):
    answer = judge(
        Facts(use="dwelling", division="市街化調整区域", areas=(standing(area),)), rule=RULE, day=day
    )
    assert answer.caution == ()
    assert ("26条" in "".join(answer.articles)) == (area.get("published_on") == DAY)
    assert judge(Facts(use="dwelling", division="市街化調整区域", areas=()), rule=RULE, day=day).caution == ()


@pytest.mark.parametrize(
    ("floor_area", "storey", "limits"),
    [(40.0, 1, (1500.0, 2)), (40.0, -1, (1500.0, 2)), (40.0, 3, (50.0, None)), (40.0, None, (50.0, None))],
)
def test_the_widest_row_that_is_met_gives_the_limits(floor_area, storey, limits):
    facts = Facts(use="dwelling_with_office", zone=FOUR[3], floor_area=floor_area, storey=storey, areas=())
    answer = judge(facts, rule=RULE, day=DAY)
    assert answer.verdict == "by_right_within_limits"
    assert (answer.max_floor_area, answer.max_storey) == limits
    assert f"床面積の上限{limits[0]:,.0f}㎡" in together(answer.reason).ja
    assert ("1,500㎡以下" in together(answer.reason).ja) == (limits[0] == 1500.0)


@pytest.mark.parametrize(
    ("floor_area", "ja", "en"),
    [
        (1500.01, "床面積1,500.01㎡", "1,500.01 m²"),
        (1500.0000001, "床面積1,500.0000001㎡", "1,500.0000001 m²"),
        (1499.999, "床面積1,499.999㎡", "1,499.999 m²"),
        (1500.0, "床面積1,500.0㎡", "1,500.0 m²"),
        (1600.04, "床面積1,600.0㎡", "1,600.0 m²"),
        (None, "床面積は不明、", "floor area unknown, "),
    ],
)
def test_a_floor_area_never_reads_as_its_limit(floor_area, ja, en):
    facts = Facts(use="office_coworking", zone=FOUR[3], floor_area=floor_area, storey=3, areas=())
    reason = together(judge(facts, rule=RULE, day=DAY).reason)
    assert f"階の上限2階に対し、計画は{ja}" in reason.ja
    assert f"highest storey 2; planned: {en}" in reason.en
    assert "不明㎡" not in reason.ja


@pytest.mark.parametrize(
    ("storey", "ja", "en"), [(-1, "、地下1階。", ", basement 1."), (2, "、2階。", ", storey 2.")]
)
def test_a_storey_below_ground_is_named(storey, ja, en):
    facts = Facts(use="office_coworking", zone=FOUR[3], floor_area=40.0, storey=storey, areas=())
    reason = together(judge(facts, rule=RULE, day=DAY).reason)
    assert reason.ja.endswith(ja)
    assert reason.en.endswith(en)


def test_what_would_be_allowed_is_not_said_as_if_it_were_the_reason():
    facts = Facts(use="shop_restaurant", zone=FOUR[1], floor_area=200.0, storey=1, areas=())
    reason = together(judge(facts, rule=RULE, day=DAY).reason).ja
    assert reason.count("許可なく建築できる次の場合に当たらない：") == 2
    assert "150㎡以下" in reason


def test_old_law_stays_computable():
    before = RULE.in_force - dt.timedelta(days=1)
    assert RULE.value("zones", day=before) is None
    assert RULE.value("majority", day=before) == 0.5
    assert RULE.cite("provision", "hearing", day=before) == ("建築基準法48条15項",)
    assert rows_for(zone="商業地域", use="office_coworking", day=dt.date(2018, 3, 31)) == ()


def test_a_newer_row_replaces_an_older_one(monkeypatch):
    old = next(row for row in use_rows() if row.zone == NO_ZONE and row.use == "clinic")
    new = replace(old, by_right="no", in_force=dt.date(2030, 1, 1))
    monkeypatch.setattr("gisplan.law.uses.use_rows", lambda: (old, new))
    asked = {"zone": NO_ZONE, "use": "clinic"}
    assert rows_for.__wrapped__(**asked, day=dt.date(2029, 12, 31)) == (old,)
    assert rows_for.__wrapped__(**asked, day=dt.date(2030, 1, 1)) == (new,)


days = st.sampled_from([DAY - dt.timedelta(days=1), DAY, DAY + dt.timedelta(days=1)])
truths = st.booleans()
whole = st.builds(
    Facts,
    use=st.sampled_from(sorted(uses())),
    floor_area=st.sampled_from([40.0, 50.0, 51.0, 500.0, 1500.0, 1501.0, 3000.0, 3001.0, 12000.0]),
    storey=st.integers(1, 4),
    zone=st.sampled_from(["", *zones()]),
    division=st.sampled_from(["", "市街化区域"]),
    inside_planning=truths,
    areas=st.lists(
        st.builds(
            Standing,
            name=st.just("区域"),
            inside=truths,
            use_exception=truths,
            consented_on=days,
            published_on=days,
        ),
        max_size=2,
    ).map(tuple),
)
# A use zone is only ever set inside a (quasi) city planning area.
whole = whole.filter(lambda facts: not (facts.zone and facts.inside_planning is False))
# Parts of a building are told or not there, and the work is never missing in a way that decides.
NEVER_HIDDEN = {"use", "others", "work"}
FACTS = [
    name.name for name in fields(Facts) if not name.name.endswith("missing") and name.name not in NEVER_HIDDEN
]


@given(full=whole, hidden=st.sets(st.sampled_from(FACTS)), more=st.sets(st.sampled_from(FACTS)))
def test_learning_more_never_changes_an_answer_that_was_given(full, hidden, more):
    poor = replace(full, **dict.fromkeys(hidden))
    richer = replace(full, **dict.fromkeys(hidden - more))
    first = judge(poor, rule=RULE, day=DAY).verdict
    second = judge(richer, rule=RULE, day=DAY).verdict
    assert first in {"cannot_tell", second}


@given(full=whole, part=st.sampled_from(["inside", "use_exception", "consented_on", "published_on"]))
def test_learning_more_of_an_area_never_changes_an_answer(full, part):
    poor = replace(full, areas=tuple(replace(area, **{part: None}) for area in full.areas))
    first = judge(poor, rule=RULE, day=DAY).verdict
    assert first in {"cannot_tell", judge(full, rule=RULE, day=DAY).verdict}


@given(full=whole)
def test_every_answer_has_a_reason_and_names_its_law(full):
    answer = judge(full, rule=RULE, day=DAY)
    assert answer.verdict in verdicts()
    assert together(answer.reason).ja
    assert together(answer.reason).en
    assert answer.articles or answer.verdict == "cannot_tell"
