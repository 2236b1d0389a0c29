"""Compiled loops are kept by their text: a copy elsewhere finds them, a changed figure does not."""

import importlib.util
from pathlib import Path

import numba
import pytest

TEXT = """
from pathlib import Path

from gisplan.core.compiled import compiler

compiled = compiler(Path(__file__).parent, "loop*.py")


@compiled
def much(count):
    return count + {more}
"""


@pytest.fixture
def kept(monkeypatch, tmp_path):
    """Return the folder in which compiled loops are kept."""
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path / "kept"))
    return tmp_path / "kept"


def loop(folder, *, more=1):
    """Return the loop of a module that is written into a folder."""
    folder.mkdir(exist_ok=True)
    (folder / "loop.py").write_text(TEXT.format(more=more), "utf-8")
    spec = importlib.util.spec_from_file_location("loop", folder / "loop.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.much


def found(function):
    """Return how many forms of a function were found compiled, and how many were compiled."""
    return sum(function.stats.cache_hits.values()), sum(function.stats.cache_misses.values())


def test_a_copy_elsewhere_compiles_nothing(kept, tmp_path):
    first, second = loop(tmp_path / "one"), loop(tmp_path / "two")
    assert first(1) == 2
    assert found(first) == (0, 1)
    assert second(1) == 2
    assert found(second) == (1, 0)


def test_another_text_is_compiled_anew_be_it_in_a_neighbour(kept, tmp_path):
    assert loop(tmp_path / "one")(1) == 2
    changed = loop(tmp_path / "two", more=2)
    assert changed(1) == 3
    assert found(changed) == (0, 1)
    (tmp_path / "three").mkdir()
    (tmp_path / "three" / "loop_more.py").write_text("WIDTH = 3\n", "utf-8")
    beside = loop(tmp_path / "three")
    assert beside(1) == 2
    assert found(beside) == (0, 1)


def test_the_settings_of_numba_stay_as_they_were(kept, tmp_path):
    before = {name: getattr(numba.config, name) for name in dir(numba.config) if name.isupper()}
    loop(tmp_path / "one")
    assert {name: getattr(numba.config, name) for name in before} == before


def test_where_nothing_can_be_kept_it_is_compiled_all_the_same(kept, tmp_path):
    Path(kept).write_bytes(b"a file where the folder should be")
    assert loop(tmp_path / "one")(1) == 2
