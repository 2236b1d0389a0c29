"""Amounts of demand in words: with their unit, one as one, and a weight where a column counts."""

import pytest
from siting_line import line

from gisplan.siting.amounts import counted, unit_of, whole_unit


@pytest.mark.parametrize(
    ("layer", "column", "unit"),
    [
        ("vacant_house", "", "houses"),
        ("population", "", "people"),
        ("population", "people_65", "people"),
        ("vacant_house", "site_area", "weighted"),
        ("shop", "", "places"),
    ],
)
def test_what_demand_is_counted_in(layer, column, unit):
    assert unit_of(layer, column) == unit


@pytest.mark.parametrize(
    ("amount", "unit", "ja", "en"),
    [
        (1554.0, "houses", "1,554戸", "1,554 houses"),
        (1.0, "houses", "1戸", "1 house"),
        (12.5, "houses", "12.5戸", "12.5 houses"),
        (1.0, "people", "1人", "1 person"),
        (3.0, "places", "3か所", "3 places"),
        (1068.52, "weighted", "重み1,068.5", "weight 1,068.5"),
    ],
)
def test_an_amount_is_said_with_its_unit(amount, unit, ja, en):
    said = counted(amount, unit)
    assert (said.ja, said.en) == (ja, en)


def test_layers_that_are_put_together_have_no_unit_but_their_weight():
    assert whole_unit(line([0], [0, 1])) == "houses"
    assert whole_unit(line([0], [0, 1], layer=["vacant_house", "population"])) == "weighted"
