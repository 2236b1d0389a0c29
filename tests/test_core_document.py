"""TOML with line numbers: where a key stands, every mistake at once, and what a misspelt word may have meant."""

from typing import Literal

import pytest
from pydantic import Field

from gisplan.core import document as doc
from gisplan.core.document import Document, Strict
from gisplan.core.errors import ConfigurationError

TEXT = """# a comment = 1
title = "x"

[plan]
date = 2026-11-01   # date = 3
municipality = [
  "22212",
  "22214",
]
"quoted key" = 1

[layers.zone]
path = "a = b"
columns = { zone = "用途", name = "名称" }
fill.zone = "{stem}"

[[layers.road]]
path = "one.shp"
matrix = [
  [1, 2],
  [3, 4],
]
after = true

[layers.road.columns]
name = "n1"

[[layers.road]]
path = "two.shp"

[layers.road.columns]
name = "n2"

[ access ]
note = '''
[layers.zone]
path = "not here"
'''
last = 1
"""


def document(text):
    import tomllib

    return Document(name="plan.toml", data=tomllib.loads(text), lines=tuple(text.splitlines()))


LINES = [
    (("title",), 2),
    (("plan",), 4),
    (("plan", "date"), 5),
    (("plan", "municipality"), 6),
    (("plan", "municipality", 1), 6),
    (("plan", "quoted key"), 10),
    (("layers", "zone"), 12),
    (("layers", "zone", "path"), 13),
    (("layers", "zone", "columns", "name"), 14),
    (("layers", "zone", "fill", "zone"), 15),
    (("layers", "road"), 17),
    (("layers", "road", 0), 17),
    (("layers", "road", 0, "path"), 18),
    (("layers", "road", 0, "after"), 23),
    (("layers", "road", 0, "columns"), 25),
    (("layers", "road", 0, "columns", "name"), 26),
    (("layers", "road", 1), 28),
    (("layers", "road", 1, "path"), 29),
    (("layers", "road", 1, "columns"), 31),
    (("layers", "road", 1, "columns", "name"), 32),
    (("access",), 34),
    (("access", "last"), 39),
    (("access", "missing"), 34),
    (("nowhere",), 1),
]


@pytest.mark.parametrize(("path", "line"), LINES)
def test_a_key_is_found_on_its_line(path, line):
    assert document(TEXT).line(path) == line


def test_the_lines_named_hold_what_they_are_said_to_hold():
    """Guard of the table above: the last key of each path stands on its line of the text."""
    lines = TEXT.splitlines()
    for path, line in LINES[:-2]:
        last = next(key for key in reversed(path) if isinstance(key, str))
        assert last in lines[line - 1]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("sign", ["\x85", "\u2028", "\u2029"])
def test_lines_end_where_toml_and_editors_end_them(sign, end):
    document = doc.parsed(end.join([f'a = "x{sign}y"', "b = [", "1,", "]", "c = 1", ""]), called="plan.toml")
    assert [document.line((key,)) for key in "abc"] == [1, 2, 5]


def test_a_place_is_file_line_and_key():
    assert document(TEXT).place(("layers", "road", 1, "path")) == "plan.toml:29 layers.road[2].path"
    assert document(TEXT).place(()) == "plan.toml:1"


class Inner(Strict):
    path: str | list[str]
    width: float | int = 1.0


class Seasonal(Strict):
    season: Literal["", "winter"] = ""


class Outer(Strict):
    title: str = Field(min_length=1)
    count: int = 1
    layers: dict[str, Inner | list[Inner]] = {}
    plan: Inner | None = None
    origins: list[str] = Field(default=[], alias="from")


def mistakes(text):
    with pytest.raises(ConfigurationError) as raised:
        doc.validate(Outer, document(text))
    assert raised.value.exit_code == 3
    return {(problem.code, problem.place): problem for problem in raised.value.problems}


def test_what_is_right_is_a_frozen_value():
    model = doc.validate(
        Outer, document('title = "x"\n[layers.zone]\npath = "a"\n[[layers.road]]\npath = ["b"]\n')
    )
    assert (model.layers["zone"].path, model.layers["road"][0].path) == ("a", ["b"])
    with pytest.raises(ValueError, match="frozen"):
        model.title = "y"


def test_every_mistake_is_told_once_with_its_line():
    found = mistakes(
        'titel = "x"\ncount = "3"\nfrom = ["a", 5]\n\n[layers.zone]\npaht = "a"\n\n'
        '[[layers.road]]\npath = "b"\n[[layers.road]]\npath = 5\nwidht = 2\n'
    )
    assert set(found) == {
        ("config.unknown_key", "plan.toml:1 titel"),
        ("config.missing_key", "plan.toml:1 title"),
        ("config.wrong_value", "plan.toml:2 count"),
        ("config.wrong_value", "plan.toml:3 from[2]"),
        ("config.unknown_key", "plan.toml:6 layers.zone.paht"),
        ("config.missing_key", "plan.toml:5 layers.zone.path"),
        ("config.wrong_value", "plan.toml:11 layers.road[2].path"),
        ("config.unknown_key", "plan.toml:12 layers.road[2].widht"),
    }


def test_an_empty_choice_is_shown_as_one():
    with pytest.raises(ConfigurationError) as raised:
        doc.validate(Seasonal, document('season = "冬"\n'))
    said = raised.value.problems[0].what
    assert '次のいずれか：""、winter（"" は指定なし' in said.ja
    assert 'one of "", winter ("" means none' in said.en


def test_an_unknown_key_is_answered_with_near_names_and_all_names():
    found = mistakes('title = "x"\n[[layers.road]]\npath = "b"\nwidht = 2\n')
    problem = found["config.unknown_key", "plan.toml:4 layers.road[1].widht"]
    for text in (problem.what.ja, problem.what.en):
        assert "widht" in text
        assert "width" in text
    assert "path" in problem.cure.ja
    assert "path" in problem.cure.en


def test_the_name_a_user_writes_is_offered_not_the_one_of_the_code():
    [problem] = mistakes('title = "x"\nform = []\n').values()
    assert "from" in problem.what.en
    assert "origins" not in problem.cure.en


@pytest.mark.parametrize(("value", "shown"), [('"3"', "'3'"), ("3.5", "3.5"), ("true", "True")])
def test_no_value_changes_its_type(value, shown):
    [problem] = mistakes(f'title = "x"\ncount = {value}\n').values()
    assert problem.code == "config.wrong_value"
    assert shown in problem.what.en


@pytest.mark.parametrize(("word", "known", "nearest"), [
    ("vacant_hosue", ["hub", "vacant_house", "vacant"], "vacant_house"),
    ("zone_", ["zone", "zones", "road"], "zone"),
    ("用途地城", ["用途地域", "区域区分"], "用途地域"),
])  # fmt: skip
def test_did_you_mean(word, known, nearest):
    assert doc.near(word, known)[0] == nearest


def test_nothing_is_near_what_is_far():
    assert doc.near("xyz", ["hub", "zone"]) == ()


# ---- files -----------------------------------------------------------------------------------------------------


def problem_of(path):
    with pytest.raises(ConfigurationError) as raised:
        doc.read_document(path)
    [problem] = raised.value.problems
    return problem


@pytest.mark.parametrize(("content", "code", "place"), [
    ("名前 = 1\n".encode("cp932"), "config.not_utf8", "p.toml"),
    ("a = 1\n".encode("utf-16"), "config.not_utf8", "p.toml"),
    (b"a = 1\nb = [1,\n", "config.not_toml", "p.toml:"),
    (b"a = 1\na = 2\n", "config.not_toml", "p.toml:2"),
    (b'a = 1\npath = "C:\\maps\\x"\n', "config.not_toml", "p.toml:2"),
    (b"a = 1\n\xe3\x82\xa2 = 2\n", "config.not_toml", "p.toml:2"),
])  # fmt: skip
def test_a_file_that_cannot_be_read_is_answered_with_its_place(tmp_path, content, code, place):
    path = tmp_path / "p.toml"
    path.write_bytes(content)
    problem = problem_of(path)
    assert problem.code == code
    assert problem.place.startswith(place)
    assert problem.cure.ja
    assert problem.cure.en


def test_a_missing_file_and_a_folder_are_said_so(tmp_path):
    for path in (tmp_path / "p.toml", tmp_path):
        assert problem_of(path).code == "config.missing"


def test_a_byte_order_mark_is_no_part_of_the_first_key(tmp_path):
    path = tmp_path / "p.toml"
    path.write_bytes("\ufeffa = 1\n".encode())
    read = doc.read_document(path, name="plan.toml")
    assert dict(read.data) == {"a": 1}
    assert (read.name, read.line(("a",))) == ("plan.toml", 1)
