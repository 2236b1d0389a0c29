"""`[map]` of plan.toml: base maps by name, and what is told where a name is none."""

import pytest

from gisplan.core.errors import ConfigurationError
from gisplan.plan.read import read_plan

HEAD = (
    '[plan]\ntitle = "x"\nmunicipality = ["22212"]\ndate = 2026-11-01\n\n[layers.hub]\npath = "hub.csv"\n\n'
)


def read(tmp_path, text):
    path = tmp_path / "plan.toml"
    path.write_text(HEAD + text, "utf-8")
    return read_plan(path).map


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", ("none",)),
        ('[map]\nbase = "none"\n', ("none",)),
        ('[map]\nbase = "pale"\n', ("pale", "none")),
        ('[map]\nbase = ["none", "pale", "seamlessphoto"]\n', ("none", "pale", "seamlessphoto")),
        ('[map]\nbase = ["std", "std", "none"]\n', ("std", "none")),
    ],
)
def test_the_first_base_map_is_shown_first_and_none_is_always_there(tmp_path, text, wanted):
    assert read(tmp_path, text).base == wanted


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ('[map]\nbase = "osm"\n', 10, "seamlessphoto"),
        ('[map]\nbase = ["pale", "osm"]\n', 10, "seamlessphoto"),
        ("[map]\nbase = []\n", 10, "base"),
        ('[map]\nbases = "pale"\n', 10, "base"),
        ("map = 1\n", 9, "map"),
    ],
)
def test_a_base_map_that_is_none_is_told_with_its_line(tmp_path, text, line, said):
    with pytest.raises(ConfigurationError) as refused:
        read(tmp_path, text)
    problem = refused.value.problems[0]
    assert f"plan.toml:{line}" in problem.place
    for language in ("ja", "en"):
        assert said in problem.say(language)
