"""The rules of the house hold; and each rule is shown to fail on a small bad sample."""

import importlib
import inspect
import pkgutil
import socket
import subprocess
import sys
import tomllib
from pathlib import Path

import house_rules as rules
import pytest
from numpydoc.docscrape import get_doc_object
from numpydoc.validate import validate

import gisplan

ROOT = Path(__file__).resolve().parents[1]
MOST_UNEXPLAINED = 3  # parameters a function may have whose names say all
TEXT = '["a.b"]\nseverity = "S1"\nja = "{x}"\nen = "{x}"\ndo_ja = "d"\ndo_en = "d"\n'
TEXTS = "gisplan/core/texts/a.toml"


def tracked():
    """Return the text files git knows or would take, path → text; all files where git is not there."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    named = done.stdout.decode().split("\0") if done.returncode == 0 else []
    files = named or [path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*.*")]
    return {path: text for path in files if (text := read(ROOT / path)) is not None}


def read(path):
    """Return the text of a file, None where it holds none."""
    try:
        return path.read_text("utf-8") if path.is_file() else None
    except UnicodeDecodeError:
        return None


ALL = tracked()
PACKAGE = {path: text for path, text in ALL.items() if path.startswith("gisplan/")}
CODE = {path: text for path, text in ALL.items() if path.startswith(("gisplan/", "scripts/"))}


@pytest.fixture(autouse=True, scope="module")
def forgotten():
    """Let go of all syntax trees after the last test here, or the garbage collector goes over them ever after."""
    yield
    rules.forget()


def test_the_sources_were_found():
    assert {"gisplan/core/words.py", "gisplan/core/texts/core.toml"} <= set(PACKAGE)


@pytest.mark.parametrize(
    "rule",
    [
        rules.upward_imports,
        rules.unknown_rooms,
        rules.libraries_out_of_place,
        rules.unsafe_calls,
        rules.direct_writes,
        rules.mutable_globals,
        rules.unsaid_raises,
        rules.missing_texts,
        rules.unused_texts,
        rules.wrong_texts,
    ],
)
def test_the_package_keeps(rule):
    assert rule(PACKAGE) == []


@pytest.mark.parametrize("rule", [rules.long_modules, rules.long_functions, rules.drawers])
def test_package_and_scripts_keep(rule):
    assert rule(CODE) == []


def test_no_file_names_a_place_of_a_machine():
    host = socket.gethostname()
    own = (str(ROOT) if len(ROOT.parts) > 2 else "", host if len(host) > 8 else "")
    assert rules.machine_places(ALL, own=own) == []


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("gisplan/core/a.py", "from gisplan.sources import table"),
        ("gisplan/core/a.py", "from gisplan import cli"),
        ("gisplan/core/a.py", "import gisplan.plan"),
        ("gisplan/core/a.py", "import gisplan"),
        ("gisplan/law/a.py", "from gisplan.access import nearest"),
        ("gisplan/law/a.py", "def f():\n    from gisplan.maps import style"),
        ("gisplan/law/a.py", "from ..maps import style"),
        ("gisplan/law/a.py", "from .. import maps"),
        ("gisplan/law/a.py", "import_module('gisplan.maps')"),
        ("gisplan/plan.py", "from gisplan.cli import main"),
        ("gisplan/law/a.py", "if TYPE_CHECKING:\n    from gisplan.maps import style"),
    ],
)
def test_an_upward_import_is_seen(path, line):
    assert rules.upward_imports({path: line})


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("gisplan/law/a.py", "from gisplan.core import words"),
        ("gisplan/law/a.py", "from gisplan.law.rule import Rule"),
        ("gisplan/law/a.py", "from . import rule"),
        ("gisplan/__init__.py", "from gisplan.plan import read_plan"),
        ("gisplan/__main__.py", "from gisplan.cli import main"),
        ("gisplan/cli/a.py", "from gisplan import plan"),
    ],
)
def test_a_downward_import_is_let_through(path, line):
    assert rules.upward_imports({path: line}) == []


@pytest.mark.parametrize(
    ("rule", "path", "text"),
    [
        (rules.unknown_rooms, "gisplan/report.py", "x = 1"),
        (rules.libraries_out_of_place, "gisplan/plan.py", "import osmnx as ox"),
        (rules.libraries_out_of_place, "gisplan/sources/transport.py", "import pooch"),
        (rules.libraries_out_of_place, "gisplan/plan.py", "from folium import Map"),
        (rules.libraries_out_of_place, "gisplan/plan.py", "def f():\n    import matplotlib.pyplot"),
        (rules.libraries_out_of_place, "gisplan/overlay/share.py", "import rasterio.features"),
        (rules.long_modules, "gisplan/a.py", "x = 1\n" * 401),
        (rules.long_functions, "gisplan/a.py", "def f():\n" + "    x = 1\n" * 40),
        (rules.drawers, "gisplan/core/utils.py", ""),
        (rules.drawers, "gisplan/helpers/crs.py", ""),
        (rules.unsafe_calls, "gisplan/a.py", "import pickle"),
        (rules.unsafe_calls, "gisplan/a.py", "from yaml import safe_load"),
        (rules.unsafe_calls, "gisplan/a.py", "eval('1')"),
        (rules.unsafe_calls, "gisplan/a.py", "frame.eval('a + b')"),
        (rules.unsafe_calls, "gisplan/a.py", "pd.read_pickle(path)"),
        (rules.unsafe_calls, "gisplan/a.py", "run(command, shell=True)"),
        (rules.unsafe_calls, "gisplan/a.py", "np.load(path, allow_pickle=True)"),
        (rules.direct_writes, "gisplan/a.py", "path.write_text(text)"),
        (rules.direct_writes, "gisplan/a.py", "Path(name).write_bytes(data)"),
        (rules.direct_writes, "gisplan/a.py", "with open(path, 'w') as file: ..."),
        (rules.direct_writes, "gisplan/a.py", "with path.open('rb+') as file: ..."),
        (rules.direct_writes, "gisplan/a.py", "rasterio.open(path, mode='w', **profile)"),
        (rules.direct_writes, "gisplan/a.py", "frame.to_csv(path)"),
        (rules.direct_writes, "gisplan/a.py", "shutil.copyfile(a, b)"),
        (rules.mutable_globals, "gisplan/a.py", "CACHE = {}"),
        (rules.mutable_globals, "gisplan/a.py", "CACHE: dict[str, int] = {}"),
        (rules.mutable_globals, "gisplan/a.py", "CACHE: Final[dict[str, int]] = dict()"),
        (rules.mutable_globals, "gisplan/a.py", "SEEN = [x for x in y]"),
        (rules.mutable_globals, "gisplan/a.py", "def f():\n    global seen"),
        (rules.unsaid_raises, "gisplan/a.py", 'def f():\n    """Do it."""\n    raise ValueError("x")'),
        (rules.missing_texts, "gisplan/a.py", "Problem(code='a.c', place='')"),
        (rules.missing_texts, "gisplan/a.py", "Doubt(code='a.b' if x else 'a.c', layer='')"),
        (rules.missing_texts, "gisplan/a.py", "Doubt(code=f'b.{x}', layer='')"),
        (rules.missing_texts, "gisplan/a.py", "message('a.c')"),
        (rules.missing_texts, "gisplan/a.py", "Problem(code='a.b', place='', values={'y': 1})"),
        (rules.missing_texts, "gisplan/a.py", "Problem(code='a.b', place='')"),
        (rules.unused_texts, "gisplan/a.py", "Problem(code='a.c', place='')"),
        (rules.wrong_texts, TEXTS, TEXT.replace('en = "{x}"', 'en = "{y}"')),
        (rules.wrong_texts, TEXTS, TEXT.replace('en = "{x}"', 'en = "{x_ja}"').replace("{x}", "{x_ja}")),
        (rules.wrong_texts, TEXTS, TEXT.replace('do_ja = "d"', 'do_ja = " "')),
        (rules.wrong_texts, TEXTS, TEXT.replace('do_en = "d"\n', "")),
        (rules.wrong_texts, TEXTS, TEXT.replace("S1", "S5")),
        (rules.wrong_texts, "gisplan/core/texts/b.toml", TEXT),
    ],
)
def test_a_broken_rule_is_seen(rule, path, text):
    assert rule({TEXTS: TEXT, path: text})


def test_a_text_may_name_a_value_in_each_language():
    text = TEXT.replace('ja = "{x}"', 'ja = "{x_ja}"').replace('en = "{x}"', 'en = "{x_en}"')
    assert rules.wrong_texts({TEXTS: text}) == []


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (rules.long_functions, 'def f():\n    """Say\n' + "    much\n" * 50 + '    """\n    return 1'),
        (rules.unsafe_calls, "re.compile(pattern)\ntree.query(points)"),
        (rules.direct_writes, "path.open('rb')\nopen(path, encoding='utf-8')\nwrite_whole(path, data)"),
        (rules.mutable_globals, "NAMES: Mapping[str, str] = {}\nOTHER: Final[Sequence[int]] = []\nT = (1,)"),
        (
            rules.unsaid_raises,
            'def f():\n    """Do it.\n\n    Raises\n    ------\n    E\n        So.\n    """\n    raise E',
        ),
        (
            rules.missing_texts,
            "Problem(code='a.b', place='', values={'x': 1})\nDoubt(code=f'a.{x}', values=v)",
        ),
        (rules.unused_texts, "_problem('a.b', place)"),
        (rules.unused_texts, "Doubt(code=f'a.{reason}')"),
        (rules.wrong_texts, ""),
    ],
)
def test_a_kept_rule_is_let_through(rule, text):
    assert rule({TEXTS: TEXT, "gisplan/a.py": text}) == []


@pytest.mark.parametrize(
    "parts",
    [
        ("", "home", "taro", "plan.toml"),
        ("", "tmp", "x"),
        ("C:\\Users", "taro"),
        ("https:", "", "py" + "pi.org", "simple"),
        ("machine-of-taro",),
    ],
)
def test_a_place_of_a_machine_is_seen(parts):
    text = ("\\" if "\\" in parts[0] else "/").join(parts)
    assert rules.machine_places({"a.md": f"see {text}"}, own=("machine-of-taro",))


def test_a_place_on_the_web_is_none_of_a_machine():
    text = "https://www.example.jp/home/taro/x layers/work/a.toml ../tmp/b"
    assert rules.machine_places({"a.md": text}, own=("",)) == []


CHECKS = set(tomllib.loads(ALL["pyproject.toml"])["tool"]["numpydoc_validation"]["checks"])


def public_objects():
    """Return every public function, class, method and property of the package, by its full name."""
    for found in pkgutil.walk_packages(gisplan.__path__, "gisplan."):
        if found.name in {"gisplan.__main__", "gisplan.cli.commands"}:
            continue  # the docstring of a command is the help that a user reads, in two languages
        module = importlib.import_module(found.name)
        for name, value in vars(module).items():
            own = getattr(value, "__module__", None) == found.name and not name.startswith("_")
            if own and (inspect.isfunction(value) or inspect.isclass(value)):
                yield f"{found.name}.{name}", value
                yield from members(f"{found.name}.{name}", value)


def members(name, owner):
    """Return the public methods and properties a class defines itself."""
    for attribute, value in vars(owner).items() if inspect.isclass(owner) else ():
        if not attribute.startswith("_") and (inspect.isfunction(value) or isinstance(value, property)):
            yield f"{name}.{attribute}", value


def doubtful_docstring(value):
    """Return the numpydoc checks that a docstring fails.

    Parameters must all be told or none (a class tells its fields, a short function its names); a function
    with many must tell them.
    """
    errors = {code: text for code, text in validate(get_doc_object(value))["errors"] if code in CHECKS}
    if "PR01" in errors and "Parameters\n" not in (inspect.getdoc(value) or ""):
        names = (
            []
            if inspect.isclass(value) or isinstance(value, property)
            else inspect.signature(value).parameters
        )
        if len([name for name in names if name != "self"]) <= MOST_UNEXPLAINED:
            del errors["PR01"]
    return errors


def test_what_is_public_is_documented():
    found = {name: errors for name, value in public_objects() if (errors := doubtful_docstring(value))}
    assert found == {}


def test_bad_docstrings_are_seen():
    def none(x): ...

    def no_stop(x):
        """Return x"""

    def half(a, b):
        """Return both.

        Parameters
        ----------
        a
            One.
        """

    def many(a, b, c, d):
        """Return all."""

    def unknown(a):
        """Return it.

        Parameters
        ----------
        b
            Not there.
        """

    assert all(doubtful_docstring(value) for value in (none, no_stop, half, many, unknown))


def test_a_good_docstring_is_let_through():
    def short(a, b):
        """Return both."""

    assert doubtful_docstring(short) == {}


def test_the_command_starts_without_heavy_libraries():
    heavy = {
        "pandas",
        "numpy",
        "geopandas",
        "shapely",
        "scipy",
        "folium",
        "rasterio",
        "osmnx",
        "pandera",
        "matplotlib",
    }
    code = f"import sys, gisplan, gisplan.cli; print(*sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
