"""The verdict on one site: cases a lawyer can read, the table of uses, and learning more."""

import datetime as dt
import tomllib
from dataclasses import fields, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gisplan.law.coworking import judge
from gisplan.law.facts import Facts, Part, Standing
from gisplan.law.logic import all_of, any_of
from gisplan.law.phrases import _phrases, say, together, verdicts, zones
from gisplan.law.rule import read_rule
from gisplan.law.uses import NO_ZONE, rows_for, use_rows, uses

CASES = tomllib.loads((Path(__file__).parent / "cases" / "coworking.toml").read_text("utf-8"))["case"]
DAY = dt.date(2026, 11, 1)
RULE = read_rule("coworking")
FOUR = tuple(zones())[:4]


DATES = {"consented_on": dt.date(2026, 6, 1), "published_on": dt.date(2026, 6, 30)}
COMPLETE = {"inside": True, "use_exception": True} | DATES
FOLLOWING = {"建築基準法48条15項", "広域的地域活性化基盤整備法26条"}
"""What is to be done once the verdict is there: hearing and consideration decide nothing."""
OF_AN_AREA = {"広域的地域活性化基盤整備法22条3項", "広域的地域活性化基盤整備法22条8項"}


def standing(row):
    """Return a promotion area of a case; what it does not say is not known."""
    said = COMPLETE | row if row.get("complete") else row
    names = ("inside", "use_exception", "consented_on", "published_on")
    uses_named = frozenset(said["uses"]) if "uses" in said else None
    return Standing(name="区域", **{name: said.get(name) for name in names}, uses=uses_named)


def areas_of(row):
    """Return the promotion areas of a case, None where the layer is missing."""
    listed = [row["area"]] if "area" in row else row.get("areas")
    if listed is None:
        return None
    drawn = [] if listed == "none" else listed
    return tuple(standing({"complete": True} if one == "complete" else one) for one in drawn)


def facts_of(row):
    """Return the facts of a case."""
    known = {name: value for name, value in row.items() if name not in {"area", "areas", "others"}}
    others = tuple(Part(**part) for part in row.get("others", ()))
    return Facts(**{"use": "office_coworking"} | known, areas=areas_of(row), others=others)


def answer_of(case):
    """Return the answer to a case."""
    return judge(facts_of(case["facts"]), rule=RULE, day=case.get("day", DAY))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["what"])
def test_a_case_of_the_law(case):
    answer = answer_of(case)
    assert answer.verdict == case["verdict"]
    cited = "; ".join(answer.articles)
    assert [article for article in case.get("articles", ()) if article not in cited] == []
    assert [word for word in case.get("uncited", ()) if word in cited] == []
    reason = together(answer.reason)
    assert case.get("missing", "") in reason.ja
    assert [word for word in case.get("unsaid", ()) if word in reason.ja] == []
    assert case.get("caution", "") in together(answer.caution).ja
    if "limits" in case:
        limits = [answer.max_floor_area, answer.max_storey]
        assert [limit for limit in limits if limit is not None] == case["limits"]
    assert reason.ja.endswith("。")
    assert reason.en.endswith(".")
    assert "{" not in reason.ja + reason.en + together(answer.caution).ja


def about(answer, key):
    """Return the places of the steps that ask a question of `phrases.toml`, whatever zone it names."""
    asked = _phrases()[key].ja.split("}")[-1]
    return [at for at, step in enumerate(answer.steps) if step.question.ja.endswith(asked)]


def rows_asked(answer):
    """Return the places of the steps that ask the rows of the table of uses."""
    return sorted({*about(answer, "ask_rows"), *about(answer, "ask_combined")})


def conditions(answer):
    """Return for every promotion area of an answer whether all five conditions hold."""
    groups = [answer.steps[at : at + 5] for at in about(answer, "ask_area")]
    return [all_of(step.holds for step in group) for group in groups if len(group) == 5]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["what"])
def test_the_steps_lead_to_the_verdict(case):
    answer = answer_of(case)
    last = [step for step in answer.steps if step.question != say("ask_permit")][-1]
    free = any_of(answer.steps[at].holds for at in rows_asked(answer))
    if answer.verdict in {"by_right", "by_right_within_limits"}:
        assert free is True
        assert last.question == answer.steps[rows_asked(answer)[-1]].question
    elif answer.verdict == "urbanization_control_area":
        assert (last.question, last.holds) == (say("ask_control"), True)
    elif answer.verdict == "outside_city_planning_area":
        assert (last.question, last.holds) == (say("ask_planning"), False)
    elif answer.verdict == "special_provision_permit":
        assert free is False
        assert any_of(conditions(answer)) is True
    elif answer.verdict == "ordinary_permit":
        assert free is False
        assert any_of(conditions(answer)) is False
        assert conditions(answer) or last.holds is False
    elif last.question == say("ask_planning"):
        assert last.holds is False
        assert "食い違っている" in together(answer.reason).ja
    else:
        # Open is the last question, or the row of the table, or the condition of an area that decides.
        open_area = bool(conditions(answer)) and any_of(conditions(answer)) is None
        assert last.holds is None or free is None or open_area
        assert free is not True


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["what"])
def test_every_step_is_said_in_both_languages_and_the_steps_cite_what_decides(case):
    answer = answer_of(case)
    assert answer.steps
    for step in answer.steps:
        for text in (step.question, step.found):
            assert text.ja.strip()
            assert text.en.strip()
            assert "{" not in text.ja + text.en
    cited = {part for step in answer.steps for article in step.articles for part in article.split("; ")}
    decisive = {part for article in answer.articles for part in article.split("; ")} - FOLLOWING
    if facts_of(case["facts"]).areas is None:
        # Without the layer the conditions of an area are not asked for one by one.
        decisive -= OF_AN_AREA
    assert decisive <= cited


def state(facts):
    """Return which of the states of the ground a case is about."""
    if facts.division == "市街化調整区域":
        return facts.division
    if facts.inside_planning is False:
        return "区域外" if not facts.zone else ""
    if facts.zone is None:
        return "レイヤなし"
    if facts.zone or facts.division is None:
        return facts.zone
    return "白地" if facts.division == "" and facts.inside_planning else "図形なし"


def test_offices_are_asked_for_in_every_state_of_the_ground_inside_and_outside_an_area():
    found = set()
    for case in CASES:
        facts = facts_of(case["facts"])
        if facts.use == "office_coworking" and facts.areas is not None:
            inside = [area.inside and area.conditions(day=DAY) for area in facts.areas]
            found.add((state(facts), any(inside)))
    states = [*list(zones())[:13], "白地", "市街化調整区域", "区域外", "図形なし"]
    assert {(ground, inside) for ground in states for inside in (True, False)} <= found
    assert ("レイヤなし", False) in found


def test_every_use_is_asked_for_in_three_zones():
    held = {key: set() for key in uses()}
    for case in CASES:
        facts = facts_of(case["facts"])
        if facts.use in held and facts.zone:
            held[facts.use].add(facts.zone)
    # A hotel by its own name is judged by the rows of a trial stay as lodging.
    held["hotel_ryokan_kanishukusho"] |= held["trial_lodging"]
    assert {key: len(found) >= 3 for key, found in held.items()} == dict.fromkeys(held, True)


def test_every_limit_of_the_table_is_asked_for_below_exactly_and_above():
    limits = {row.max_floor_area for row in use_rows() if row.max_floor_area}
    assert limits == {50, 150, 500, 1500, 3000, 10000}
    asked = {facts_of(case["facts"]).floor_area for case in CASES} - {None}
    for limit in limits:
        assert limit in asked
        assert any(limit * 0.99 < area < limit for area in asked), limit
        assert any(limit < area < limit * 1.01 for area in asked), limit
    assert {-2, -1, 1, 2, 3} <= {facts_of(case["facts"]).storey for case in CASES}


def test_there_are_enough_cases_and_no_case_twice():
    assert len(CASES) >= 150
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
    home = Part(use="dwelling", floor_area=60.0)
    facts = Facts(
        use="dwelling_with_office",
        zone=FOUR[3],
        floor_area=floor_area,
        storey=storey,
        others=(home,),
        areas=(),
    )
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
