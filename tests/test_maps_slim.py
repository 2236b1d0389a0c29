"""Scripts and styles without what only their writers need: every word and every text stays."""

import re
from importlib.resources import files

import pytest

from gisplan.maps import slim

ASSETS = files("gisplan.maps").joinpath("assets")
SCRIPTS = sorted(one.name for one in ASSETS.iterdir() if one.name.endswith(".js"))
SHEETS = sorted(one.name for one in ASSETS.iterdir() if one.name.endswith(".css"))
TEXT = re.compile(r'"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`')


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_words_and_texts_of_every_script_of_ours_are_all_there(name):
    code = ASSETS.joinpath(name).read_text("utf-8")
    plain = re.sub(r"^\s*//.*$", "", re.sub(r"/\*.*?\*/", "", code, flags=re.DOTALL), flags=re.MULTILINE)
    plain = re.sub(r"(?<=[;,{)])\s+//.*$", "", plain, flags=re.MULTILINE)
    made = slim.script(name)
    assert re.findall(r"\w+", made) == re.findall(r"\w+", plain)
    # In a regular expression a quotation mark begins no text.
    lines = [line for line in plain.splitlines() if "(/" not in line]
    assert [text for line in lines for text in TEXT.findall(line) if text not in made] == []
    assert len(made) < len(code)


@pytest.mark.parametrize("name", SHEETS)
def test_the_words_of_every_sheet_of_ours_are_all_there(name):
    style = ASSETS.joinpath(name).read_text("utf-8")
    made = slim.sheet(name)
    assert re.findall(r"[\w#%]+", made) == re.findall(
        r"[\w#%]+", re.sub(r"/\*.*?\*/", "", style, flags=re.DOTALL)
    )
    assert len(made) < len(style)


def test_a_text_keeps_its_spaces():
    assert slim.slim_sheet('a { content: "a,  b" }') == 'a{content:"a,  b"}'
