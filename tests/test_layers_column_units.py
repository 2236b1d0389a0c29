"""A unit in the name of a column is seen: the same one is a spelling, another is converted and told, or refused."""

from pathlib import Path

import pandas as pd
import pytest
from small_files import refused

from gisplan.core.words import LayerEntry
from gisplan.layers.catalogue import packaged_folder, read_catalogue
from gisplan.layers.column_units import unit_of
from gisplan.layers.columns import absent, column_doubts, pick

HOUSE = read_catalogue(packaged_folder())["vacant_house"]
AREA = HOUSE.fields["site_area"]


def area(column, cell, **columns):
    """Return the site area that a column gives, and the codes of the doubts about units."""
    table = pd.DataFrame({"番号": ["1"], "出典": ["調査"], "公開同意": ["有"], column: [cell]}, dtype=object)
    entry = LayerEntry(layer=HOUSE.name, path=("a.csv",), columns=columns)
    picked = pick(table, HOUSE, entry, file="a.csv", path=Path("a.csv"))
    doubts = column_doubts(table, HOUSE, entry, file="a.csv")
    return picked["site_area"].iloc[0], [d.code for d in doubts if d.code.startswith("value")]


@pytest.mark.parametrize(
    "column",
    [
        "敷地面積(㎡)",
        "敷地面積（m2）",
        "敷地面積[㎡]",
        "敷地面積（単位：平米）",
        "敷地面積_m2",
        "敷地面積 ㎡",
    ],
)
def test_the_unit_of_the_field_is_a_spelling_of_its_name(column):
    assert area(column, "120") == ("120", [])


@pytest.mark.parametrize(("column", "value"), [
    ("敷地面積(坪)", 121 * 400 / 121), ("敷地面積（ｈａ）", 1210000), ("敷地面積(a)", 12100),
    ("敷地面積(千㎡)", 121000),
    ("面積(千㎡) / 敷地面積", 121000), ("敷地面積(㎢)", 121e6),
])  # fmt: skip
def test_another_unit_is_converted_and_told(column, value):
    found, codes = area(column, "121")
    assert float(found) == pytest.approx(value)
    assert codes == ["value.unit_converted"]


def test_a_column_that_plan_toml_names_is_converted_as_well():
    found, codes = area("敷地面積（坪）", "30", site_area="敷地面積（坪）")
    assert float(found) == pytest.approx(99.1735537)
    assert codes == ["value.unit_converted"]


def test_a_cell_that_says_its_own_unit_is_in_that():
    assert area("敷地面積(坪)", "100㎡")[0] == "100㎡"
    assert area("敷地面積(坪)", "30坪")[0] == "30坪"


@pytest.mark.parametrize("column", ["敷地面積(反)", "敷地面積(畳)"])
def test_a_unit_of_no_exact_size_is_refused(column):
    with refused("tab.unit"):
        area(column, "3")


def test_a_unit_of_something_else_is_refused_where_plan_toml_names_the_column():
    with refused("tab.unit"):
        area("面積(人)", "3", site_area="面積(人)")


def test_what_is_no_unit_says_nothing():
    assert unit_of("敷地面積(公簿)", AREA) is None
    assert unit_of("所在地(町)", HOUSE.fields["address"]) is None
    table = pd.DataFrame({"敷地面積(㎡)": ["1"]})
    missing = absent(table, HOUSE, LayerEntry(layer=HOUSE.name, path=("a",)), file="a")
    assert not any("site_area" in doubt.subject for doubt in missing)
