"""Scripts and styles without what only their writers need: texts, patterns and templates stay as they are."""

import re
from importlib.resources import files

import pytest

from gisplan.maps import slim

ASSETS = files("gisplan.maps").joinpath("assets")


@pytest.mark.parametrize(
    ("code", "wanted"),
    [
        ("let a = 1; // one\nlet b = 2;", "let a=1;let b=2;"),
        ("/* a\n b */ const x = y\n  + z;", "const x=y\n+z;"),
        ('say("// no comment /* at all */  here");', 'say("// no comment /* at all */  here");'),
        ("say('it\\'s  //');", "say('it\\'s  //');"),
        ("const a = `two  words // ${b + c}`;", "const a=`two  words // ${b + c}`;"),
        ("const r = /[/\"']  +/g.test(a);", "const r=/[/\"']  +/g.test(a);"),
        ("return /a b/.test(c);", "return/a b/.test(c);"),
        ("const half = wide / 2 / high;", "const half=wide/2/high;"),
        ("x = a + +b - -c; y = a++ + b;", "x=a+ +b- -c;y=a++ +b;"),
        ("if (a)\n  return b;\nelse\n  c();", "if(a)\nreturn b;else\nc();"),
        ("f(async () => { await g(); })", "f(async()=>{await g();})"),
        ("const { a, ...b } = c;\nlet d", "const{a,...b}=c;let d"),
        ("a = function () {}\nb()", "a=function(){}\nb()"),
    ],
)
def test_a_script_loses_nothing_but_space(code, wanted):
    assert slim.slim_script(code) == wanted
    assert slim.slim_script(wanted) == wanted


def test_a_template_in_a_template_is_refused():
    with pytest.raises(ValueError, match=re.escape("${")):
        slim.slim_script("const a = `b ${c.map((d) => `${d}`)} e`;")


def test_a_style_loses_nothing_but_space():
    style = '/* x */\na > b , c:hover { margin: 0 1px;\n content: "a, b"; }\n@media (max-width: 9px) { d { e: f } }'
    assert slim.slim_sheet(style) == (
        'a > b,c:hover{margin:0 1px;content:"a, b"}@media (max-width:9px){d{e:f}}'
    )


@pytest.mark.parametrize("name", sorted(one.name for one in ASSETS.iterdir() if one.name.endswith(".js")))
def test_the_words_of_every_script_of_ours_are_all_there(name):
    code = ASSETS.joinpath(name).read_text("utf-8")
    plain = re.sub(r"^\s*//.*$", "", re.sub(r"/\*.*?\*/", "", code, flags=re.DOTALL), flags=re.MULTILINE)
    plain = re.sub(r"(?<=[;,{)])\s+//.*$", "", plain, flags=re.MULTILINE)
    made = slim.script(name)
    assert re.findall(r"\w+", made) == re.findall(r"\w+", plain)
    assert len(made) < len(code)
