"""Many problems or findings of one kind are said once, counted, with the first places."""

import pytest

from gisplan.cli.summary import finding_lines
from gisplan.core.errors import FIRST, MOST_ALIKE, InputError, Problem, places_of
from gisplan.core.tables import Doubt, findings


def missing(place, path="a.csv"):
    return Problem(code="file.none", place=place, values={"path": path})


@pytest.mark.parametrize(
    ("language", "told"), [("ja", "a、b、c、d、e、ほか2"), ("en", "a, b, c, d, e and 2 more")]
)
def test_the_first_places_are_named_and_the_others_counted(language, told):
    assert FIRST == 5
    assert places_of("abcdefga", language) == told
    assert places_of("ab", language) == told[:1] + ("、" if language == "ja" else ", ") + "b"


def test_one_problem_is_said_as_ever():
    problem = missing("plan.toml:3")
    assert InputError(problem).say("ja") == problem.say("ja")


@pytest.mark.parametrize(
    ("language", "head"), [("ja", "[file.none] 3か所："), ("en", "[file.none] 3 places: ")]
)
def test_equal_problems_are_one_with_their_places(language, head):
    said = InputError([missing(f"plan.toml:{line}") for line in (3, 5, 9)]).say(language)
    assert said.splitlines()[0].startswith(f"{head}plan.toml:3")
    assert "plan.toml:9" in said.splitlines()[0]
    assert len(said.splitlines()) == 3


def test_problems_of_one_cure_each_say_what_is_wrong_and_the_cure_once():
    said = (
        InputError([missing("plan.toml:3", "a.csv"), missing("plan.toml:5", "b.csv")]).say("ja").splitlines()
    )
    assert said[0] == "[file.none] 2か所"
    assert said[1].startswith("  plan.toml:3：")
    assert "a.csv" in said[1]
    assert "b.csv" in said[2]
    assert said[3].startswith("  → ")


def test_of_very_many_the_first_are_said_and_no_place_is_dropped_in_silence():
    many = [
        Problem(code="tab.column", place=f"{k}.csv", values={"columns": [str(k)]})
        for k in range(MOST_ALIKE + 7)
    ]
    lines = InputError(many).say("ja").splitlines()
    assert sum(line.startswith("  →") for line in lines) == MOST_ALIKE
    assert lines[-1] == "[tab.column] ほか7か所：10.csv、11.csv、12.csv、13.csv、14.csv、ほか2"


def test_findings_of_one_code_are_one_with_the_first_places():
    doubts = [
        Doubt(code="layer.refused", layer="road", subject=f"{k}.csv", values={"rows": k}) for k in range(8)
    ]
    ja, en = (list(finding_lines(findings(doubts), language)) for language in ("ja", "en"))
    assert ja[0].endswith("S2 8, S3 0, S4 0")
    assert sum("[layer.refused]" in line for line in ja) == 1
    assert "     同じ所見がほか7件：road 1.csv、road 2.csv、road 3.csv、road 4.csv、road 5.csv、ほか2" in ja
    assert "     7 more like it: road 1.csv, road 2.csv, road 3.csv, road 4.csv, road 5.csv and 2 more" in en
    two = list(finding_lines(findings(doubts[:2]), "ja"))
    assert sum("[layer.refused]" in line for line in two) == 2, "two of a kind are both said"
