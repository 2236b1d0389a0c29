"""Fields read cell by cell: the same values as whole columns give, and what depends on more is refused."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gisplan.layers.catalogue import packaged_folder, read_catalogue
from gisplan.layers.cellwise import UnreadableError, read_cells, readers_of
from gisplan.network.road_columns import TELLING, as_layer, name_patterns, road_spec

CELLS = {
    "name": [
        "",
        "本町通り",
        "国道1号",
        "県道3号、市道2号線",
        "旧国道1号",
        "東名高速道路",
        " 不明 ",
        "Im Dorf",
    ],
    "highway": ["residential", "motorway", "trunk", "path,residential", "busway", ""],
    "ref": ["", "1", "E1A", "３４"],
    "width": ["", "4.5", "5,5", "１０", "101", "不明", "0", "3 m", "幅", "*"],
    "maxspeed": ["", "40", "40;60", "30 mph", "0", "不明", "none"],
    "oneway": ["", "1", "-1", "yes", "逆方向", "2", "1.5", "不明"],
    "layer": ["", "1", "-20", "-21", "x", "令和3年"],
    "toll": ["", "true", "有", "無", "maybe"],
    "passage": ["", "all", "car", "自動車のみ", "closed"],
    "surface": ["", "asphalt", "－", "nan"],
}


@settings(max_examples=40, deadline=None)
@given(st.lists(st.fixed_dictionaries({name: st.sampled_from(cells) for name, cells in CELLS.items()}), min_size=1,
                max_size=8))  # fmt: skip
def test_each_cell_has_the_value_that_its_whole_column_gives(rows):
    columns = {name: [row[name] for row in rows] for name in CELLS}
    found = read_cells(readers_of(road_spec(), list(columns)), columns, count=len(rows))
    wanted = as_layer(pd.DataFrame(columns, dtype=object))
    assert list(found) == list(wanted.columns)
    for name, column in found.items():
        ours = np.array([*column.different, None], dtype=object)[column.which]
        theirs = wanted[name].astype(object).where(wanted[name].notna(), None)
        assert ours.tolist() == theirs.tolist(), name


def test_a_word_that_is_no_code_is_refused():
    readers = readers_of(road_spec(), ["passage"])
    with pytest.raises(UnreadableError):
        read_cells(readers, {"passage": ["whatever"]}, count=1)


def test_a_column_in_another_unit_and_a_layer_with_municipalities_are_not_read_cell_by_cell():
    with pytest.raises(UnreadableError):
        readers_of(road_spec(), ["幅員(cm)"])
    with pytest.raises(UnreadableError):
        readers_of(read_catalogue(packaged_folder())["municipality"], ["N03_007"])


@settings(max_examples=300, deadline=None)
@given(st.from_regex(name_patterns()))
def test_every_name_that_tells_a_class_has_one_of_the_letters_that_are_looked_for_first(name):
    assert TELLING.search(name)
