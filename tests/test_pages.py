"""What the documentation generates stays in step with the code."""

import importlib.util
from pathlib import Path

ROOT = Path(__file__).parents[1]


def pages():
    spec = importlib.util.spec_from_file_location("pages", ROOT / "scripts" / "pages.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_readme_tables_are_those_of_the_code():
    text = (ROOT / "README.md").read_text("utf-8")
    assert pages().with_tables(text) == text, "run: python scripts/pages.py"


def test_a_stale_table_is_noticed():
    text = (ROOT / "README.md").read_text("utf-8")
    stale = text.replace("| `gisplan run PLAN` |", "| `gisplan walk PLAN` |")
    assert stale != text
    assert pages().with_tables(stale) == text


def test_the_readme_names_every_output_and_the_picture_is_there():
    text = (ROOT / "README.md").read_text("utf-8")
    for name in ("map.html", "layers.gpkg", "tables.xlsx", "rejects.xlsx", "manifest.json"):
        assert text.count(name) >= 2, name
    assert (ROOT / "docs" / "demo_map.png").stat().st_size < 1_000_000
