"""Text with delimiters: every cell comes back, whatever parts the cells, ends the lines or encodes the text."""

import csv
import io

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings
from small_files import refused

from gisplan.sources.delimited import grid_of
from gisplan.sources.encoding import detect


def rows_of(text, codec="utf-8"):
    grid = grid_of(text.encode(codec), codec, place="a.csv")
    return [list(row) for row in grid.rows], grid.numbers.tolist()


@pytest.mark.parametrize("sign", [",", "\t", ";"])
def test_what_parts_the_cells_is_found(sign):
    text = "番号,名称,備考\n1,駅,甲\n2,港,乙;丙\n".replace(",", sign)
    rows, _ = rows_of(text)
    assert rows[0] == ["番号", "名称", "備考"]
    assert rows[1] == ["1", "駅", "甲"]


@pytest.mark.parametrize(
    "text", ["題名;副題\n番号,名称,緯度\n1,a;b,34\n2,c;d,35\n", "a\tb,名称\n1,x\n2,y\n3,z\n"]
)
def test_a_sign_inside_some_cells_parts_nothing(text):
    assert len(rows_of(text)[0][-1]) > 1
    assert rows_of(text)[0][-1][0] in {"2", "3"}


def test_lines_end_in_every_way_within_one_file():
    rows, numbers = rows_of("a,b\r\n1,2\r3,4\n5,6")
    assert rows == [["a", "b"], ["1", "2"], ["3", "4"], ["5", "6"]]
    assert numbers == [1, 2, 3, 4]


def test_a_row_has_the_number_of_its_first_line():
    _, numbers = rows_of('a,b\n1,"x\ny\r\nz"\n2,w\n')
    assert numbers == [1, 2, 5]


def test_a_mark_of_byte_order_inside_is_no_text():
    rows, _ = rows_of('\ufeffa,b\n1,2\n\ufeff"a",b\n3,4\n')
    assert rows == [["a", "b"], ["1", "2"], ["a", "b"], ["3", "4"]]


@pytest.mark.parametrize(("text", "line"), [
    ('a,b\n1,"x\n2,y\n3,z\n', 2),
    ('a,b\n1,"x\n', 2),
    ('a,b\n1,x\n"2,y\n', 3),
    ('a,b\n"1\n\n",y\n2,"z\n3,w\n', 5),
    ('a,b\n"1\n",  "y\n2,"z\n3,w\n', 4),
    ('a,b\n1,"x ""y\n2,z\n', 2),
    ('a,b\n1,"x" y\n', 2),
    ('a,b\r1,"x\r2,y\r', 2),
])  # fmt: skip
def test_a_quote_left_open_is_told_where_it_opens(text, line):
    with refused("tab.quote", place=f"a.csv:{line}"):
        rows_of(text)


def test_words_that_come_again_are_held_once():
    rows, _ = rows_of("a,b\n" + "".join(f"{i},木造二階建\n" for i in range(9_000)))
    assert rows[1][1] is rows[-1][1]
    assert len(rows) == 9_001


def test_a_row_of_another_width_changes_nothing_of_that():
    rows, _ = rows_of("a,b\n" + "".join(f"{i},木造二階建{',' * (i == 7)}\n" for i in range(9_000)))
    assert rows[1][1] is rows[-1][1]
    assert (len(rows), len(rows[8])) == (9_001, 3)


def test_parts_of_other_widths_and_blank_ones_keep_their_rows(monkeypatch):
    monkeypatch.setattr("gisplan.sources.delimited.PART", 2)
    rows, numbers = rows_of("a,b\n1,x\n\n\n2\n3,x,y\n4,x,y\n")
    assert rows == [["a", "b"], ["1", "x"], [], [], ["2"], ["3", "x", "y"], ["4", "x", "y"]]
    assert numbers == [1, 2, 3, 4, 5, 6, 7]


CODECS = ("utf-8", "utf-8-sig", "utf-16", "cp932", "euc_jp", "iso2022_jp")
JAPANESE = st.sampled_from("焼津市空き家表十能ソ一二ア・ー番地,\"\n\r\t;: 019A'")
CELLS = st.text(JAPANESE, max_size=8)


@given(
    rows=st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=8),
    codec=st.sampled_from(CODECS),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
)
@settings(max_examples=150, deadline=None)
def test_what_a_program_writes_reads_back_cell_by_cell(rows, codec, end):
    """A header in Japanese tells encoding and delimiter; cells hold every sign that parts, quotes or breaks."""
    head = ["管理番号", "所在地の表示", "備考欄"]
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator=end, quoting=csv.QUOTE_ALL).writerows([head, *rows])
    data = out.getvalue().encode(codec)
    found = detect(data, place="a.csv")
    grid = grid_of(data, found.name, place="a.csv")
    assert [list(row) for row in grid.rows] == [head, *rows]
