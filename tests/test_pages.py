"""What the documentation generates stays in step with the code."""

import shutil
import tomllib
from pathlib import Path

import pytest
from conftest import from_scripts

from gisplan.law.uses import use_rows, uses

ROOT = Path(__file__).parents[1]


def pages():
    return from_scripts("pages")


def rules(**options):
    return from_scripts("rule_page").rules(**options)


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


LAW = ROOT / "gisplan" / "law"
PAGE = (ROOT / "docs" / "rules.md").read_text("utf-8")


def test_the_rule_page_is_that_of_the_rule_files():
    assert rules() == PAGE, "run: python scripts/pages.py"


def test_a_stale_rule_is_noticed(tmp_path):
    law = shutil.copytree(LAW, tmp_path / "law", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    text = (law / "coworking.toml").read_text("utf-8")
    assert "22条8項" in text
    (law / "coworking.toml").write_text(text.replace("22条8項", "22条9項"), "utf-8")
    assert rules(law=law) != rules()


def test_a_new_rule_file_is_shown_whole(tmp_path):
    law = shutil.copytree(LAW, tmp_path / "law", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    (law / "novelty.toml").write_text(
        'id = "novelty"\ntitle = { ja = "新しい規定", en = "New rule" }\nin_force = 2030-04-01\n'
        '[articles]\nmain = { law = "新法", article = "1条", in_force = 2030-04-01 }\n'
        '[[unheard]]\nfigure = 42\n[unheard_of]\nword = "言葉"\n',
        "utf-8",
    )
    page = rules(law=law)
    for told in (
        "新しい規定 / New rule",
        "novelty.toml",
        "新法",
        "1条",
        "2030-04-01",
        "`unheard`",
        "42",
        "言葉",
    ):
        assert told in page


@pytest.mark.parametrize(
    "path", sorted([*LAW.glob("*.toml"), *LAW.glob("*.csv")]), ids=lambda path: path.name
)
def test_every_rule_file_is_on_the_page(path):
    if path.stem in from_scripts("rule_page").WORDS:
        body = tomllib.loads(path.read_text("utf-8"))
        assert not {"articles", "article", "in_force", "value"} & set(body), "a rule file is no file of words"
    else:
        assert path.name in PAGE


@pytest.mark.parametrize("path", sorted(LAW.glob("*.toml")), ids=lambda path: path.name)
def test_every_article_of_a_rule_file_is_on_the_page(path):
    body = tomllib.loads(path.read_text("utf-8"))
    articles = [row for row in body.get("articles", {}).values() if "article" in row]
    articles += [row for step in body.get("step", ()) for row in step["articles"]]
    for row in articles:
        assert row["law"] in PAGE
        assert row["article"] in PAGE
        assert str(row["in_force"]) in PAGE


def test_the_matrix_of_uses_has_every_zone_and_use():
    matrix = PAGE.split("### 用途地域ごとの可否")[1].split("###")[0].strip().splitlines()[1:]
    lines = [line for line in matrix if line.startswith("|")]
    deciding = [use for use in uses().values() if use.same_as == use.key]
    assert len(lines) - 2 == len({row.zone for row in use_rows()})
    assert all(line.count("|") == len(deciding) + 2 for line in lines)
    middle = next(line for line in lines if line.startswith("| 第二種中高層住居専用地域"))
    assert "≤1,500㎡ ≤2階" in middle


def test_the_page_leaves_no_slot_open_and_the_readme_leads_to_it():
    assert "{name}" not in PAGE
    text = (ROOT / "README.md").read_text("utf-8")
    japanese, english = text.split("# gisplan (English)")
    assert "(docs/rules.md)" in japanese
    assert "(docs/rules.md)" in english
