"""Fractions become percent where the layer file says so, and are told of where it does not."""
# ruff: noqa: PD011 (the values of a doubt are no data frame)

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gisplan.core.words import LayerEntry
from gisplan.layers.catalogue import packaged_folder, read_catalogue
from gisplan.layers.columns import column_doubts, pick
from gisplan.layers.fields import read_columns
from gisplan.layers.scales import factor_of, scale_doubts, scaled

CATALOGUE = read_catalogue(packaged_folder())
ZONE = CATALOGUE["zone"]
RATIO = ZONE.fields["floor_area_ratio"]


def read(table, spec=ZONE, **entry):
    """Return typed columns and the codes of the doubts about a table's columns, as `load` makes them."""
    table = pd.DataFrame(table)
    entry = LayerEntry(layer=spec.name, path=("a",), **entry)
    doubts = column_doubts(table, spec, entry, file="a.gml")
    cells = pick(table, spec, entry, file="a.gml", path=Path("a.gml"))
    places = [f"a.gml:{row + 1}" for row in range(len(table))]
    found = read_columns(cells, spec, place=places.__getitem__, files="a.gml")
    return found, {doubt.code: doubt for doubt in (*doubts, *found.doubts)}


def test_the_fractions_of_plateau_become_percent_and_this_is_told():
    table = {"function": ["2", "10"], "floorAreaRate": ["0.8", "4"], "buildingCoverageRate": ["0.5", "0.8"]}
    found, doubts = read(table)
    assert found.table["zone"].tolist() == ["第二種低層住居専用地域", "商業地域"]
    assert found.table["floor_area_ratio"].tolist() == [80.0, 400.0]
    assert found.table["building_coverage"].tolist() == [50.0, 80.0]
    assert set(doubts) == {"value.scaled", "code.from_scheme"}
    assert doubts["value.scaled"].values["factor"] == "100"


def test_a_column_that_plan_toml_names_is_scaled_by_its_own_name():
    found, doubts = read(
        {"用途地域": ["商業地域"], "floorAreaRate": ["4"]}, columns={"floor_area_ratio": "floorAreaRate"}
    )
    assert found.table["floor_area_ratio"].tolist() == [400.0]
    assert "value.scaled" in doubts


@pytest.mark.parametrize("column", ["容積率", "A29_007", "FAR"])
def test_percent_stays_percent(column):
    found, doubts = read({"用途地域": ["商業地域"] * 2, column: ["400", "80"]})
    assert found.table["floor_area_ratio"].tolist() == [400.0, 80.0]
    assert not {"value.scaled", "value.fraction"} & set(doubts)


@pytest.mark.parametrize("cells", [["0.8", "4"], ["13", "不明"], [0.6, 2.0]])
def test_values_too_small_for_percent_are_told_and_left(cells):
    found, doubts = read({"用途地域": ["商業地域"] * 2, "容積率": cells})
    assert found.table["floor_area_ratio"].tolist()[0] == float(cells[0])
    assert doubts["value.fraction"].values["column"] == "容積率"


@pytest.mark.parametrize("cells", [["0", "9999"], ["-", ""], ["4", "200"]])
def test_unknown_values_and_a_single_small_one_are_no_doubt(cells):
    assert "value.fraction" not in read({"用途地域": ["商業地域"] * 2, "容積率": cells})[1]


def test_what_is_no_number_is_told_by_its_place_not_multiplied():
    found, doubts = read({"用途地域": ["商業地域"] * 3, "floorAreaRate": ["二", "0", "２"]})
    assert found.table["floor_area_ratio"].isna().tolist() == [True, True, False]
    assert found.table["floor_area_ratio"].iloc[2] == 200.0
    assert "「二」" in doubts["value.unread"].values["examples"][0]


def test_a_percentage_in_a_column_of_fractions_is_refused_by_the_bounds():
    found, doubts = read({"用途地域": ["商業地域"], "floorAreaRate": ["400%"]})
    assert found.table["floor_area_ratio"].isna().tolist() == [True]
    assert "value.unread" in doubts


@given(st.integers(1, 130))
def test_every_ratio_in_steps_of_ten_comes_out_exact(tens):
    cells = pd.Series([str(tens / 10)], dtype=object)
    assert float(scaled(cells, "floorAreaRate", RATIO).iloc[0]) == tens * 10


def test_the_factor_is_found_by_the_name_in_any_width_and_case():
    assert factor_of("ｆｌｏｏｒＡｒｅａＲａｔｅ", RATIO) == factor_of("floorarearate", RATIO) == 100
    assert factor_of("容積率", RATIO) == factor_of(None, RATIO) == 1


def test_a_field_without_factors_is_never_doubted():
    field = ZONE.fields["year"]
    assert scale_doubts(pd.Series(["3"], dtype=object), "年度", field, layer="zone", file="a") == ()


@pytest.mark.parametrize(("column", "rank"), [("rank", "3")])
def test_the_rank_of_a_flood_is_read_from_plateau(column, rank):
    assert read({column: [rank]}, CATALOGUE["flood"])[0].table["depth_rank"].tolist() == [rank]


def test_the_kind_of_a_landslide_and_the_division_of_an_area_are_read_from_plateau():
    landslides = read({"disasterType": ["1", "2", "3"]}, CATALOGUE["landslide"])[0]
    assert landslides.table["kind"].tolist() == ["急傾斜地の崩壊", "土石流", "地すべり"]
    divisions = read({"function": ["22", "23"]}, CATALOGUE["area_division"])[0]
    assert divisions.table["division"].tolist() == ["市街化区域", "市街化調整区域"]


def test_fractions_beside_percent_are_told_with_their_rows_and_left():
    coverage = ZONE.fields["building_coverage"]
    cells = pd.Series(["0.6", "60", "2", "80"], dtype=object)
    (doubt,) = scale_doubts(cells, "建蔽率", coverage, layer="zone", file="a.csv", rows=[5, 6, 8, 9])
    assert (doubt.code, doubt.values["rows"]) == ("value.fraction_mixed", 2)
    assert [text.en for text in doubt.values["examples"]] == ["row 5: 0.6", "row 8: 2"]
    found, doubts = read({"用途地域": ["商業地域"] * 2, "容積率": ["2", "300"]})
    assert "value.fraction_mixed" in doubts
    assert found.table["floor_area_ratio"].tolist() == [2.0, 300.0]
