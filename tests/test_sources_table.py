"""Lists: the header is found, every cell is text, and no row is lost without its number and reason."""

import datetime as dt

import hypothesis.strategies as st
import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from small_files import refused

from gisplan.sources.raw import Wanted
from gisplan.sources.read import read_file

KNOWN = ("番号", "名称", "緯度", "経度", "電話番号")
HEADER = "番号,名称,緯度,経度\n"


def csv_of(folder, text, *, name="a.csv", encoding="utf-8"):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return read_file(path, name=f"raw/{name}", wanted=Wanted(known=tuple(KNOWN)))


def workbook(folder, rows, *, name="a.xlsx", merge=(), more=None):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "一覧"
    for row in rows:
        sheet.append(row)
    for cells in merge:
        sheet.merge_cells(cells)
    for title, others in (more or {}).items():
        other = book.create_sheet(title)
        for row in others:
            other.append(row)
    path = folder / name
    book.save(path)
    return path


def excel_of(folder, rows, *, table="", **options):
    path = workbook(folder, rows, **options)
    return read_file(path, name=f"raw/{path.name}", wanted=Wanted(known=tuple(KNOWN), table=table))


def test_cells_are_text_and_rows_know_their_lines(tmp_path):
    raw = csv_of(tmp_path, HEADER + "001,駅,34.9,138.3\n\n002,,34.8,138.2\n")
    assert raw.table.to_dict("list") == {
        "番号": ["001", "002"],
        "名称": ["駅", ""],
        "緯度": ["34.9", "34.8"],
        "経度": ["138.3", "138.2"],
    }
    assert raw.rows.tolist() == [2, 4]
    assert not raw.mended.any()
    assert raw.geometry is None


def test_line_breaks_inside_quotes_move_the_count_of_lines(tmp_path):
    raw = csv_of(tmp_path, HEADER + '1,"二行の\n名称",34.9,138.3\r\n2,"a ""b"", c",34.8,138.2\r\n')
    assert raw.rows.tolist() == [2, 4]
    assert list(raw.table["名称"]) == ["二行の\n名称", 'a "b", c']


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "euc_jp", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_encoding_and_line_end(tmp_path, encoding, end):
    raw = csv_of(tmp_path, (HEADER + "1,空き家表,34.9,138.3\n").replace("\n", end), encoding=encoding)
    assert list(raw.table.columns) == ["番号", "名称", "緯度", "経度"]
    assert raw.table["名称"].iloc[0] == "空き家表"
    assert raw.encoding == encoding


def test_tabs_part_cells_as_well(tmp_path):
    raw = csv_of(tmp_path, (HEADER + "1,a,34.9,138.3\n").replace(",", "\t"))
    assert raw.table["経度"].tolist() == ["138.3"]


def test_a_codec_that_does_not_read_the_file_is_refused(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes((HEADER + "1,①髙,34.9,138.3\n").encode("cp932"))
    for name in ("utf-8", "no-such-codec", "rot13"):
        with refused("enc.named", place="raw/a.csv") as problems:
            read_file(path, name="raw/a.csv", wanted=Wanted(known=tuple(KNOWN), encoding=name))
        assert name in problems[0].what.ja
    assert (
        read_file(path, name="a", wanted=Wanted(known=tuple(KNOWN), encoding="Shift_JIS"))
        .table["名称"]
        .iloc[0]
        == "①髙"
    )


# ---- the header -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("above", range(20))
def test_the_header_is_found_below_titles(tmp_path, above):
    titles = "".join(f"令和7年度 空き家一覧 その{i}\n" for i in range(above))
    raw = csv_of(tmp_path, titles + HEADER + "1,a,34.9,138.3\n")
    assert list(raw.table.columns) == ["番号", "名称", "緯度", "経度"]
    assert raw.rows.tolist() == [above + 2]
    assert [doubt.code for doubt in raw.doubts] == ["tab.header_row"] * (above > 0)
    assert all(doubt.values == {"row": above + 1} for doubt in raw.doubts)


def test_a_title_that_names_one_column_is_no_header(tmp_path):
    raw = csv_of(tmp_path, "名称,空き家一覧\n" + HEADER + "1,a,34.9,138.3\n")
    assert raw.rows.tolist() == [3]


def test_a_list_without_known_names_begins_at_its_first_row(tmp_path):
    raw = csv_of(tmp_path, "い,ろ\n1,2\n")
    assert list(raw.table.columns) == ["い", "ろ"]


def test_names_are_read_through_their_spellings(tmp_path):
    raw = csv_of(tmp_path, " 番号 ,名\u3000称,緯度（１０進）,コ―ド\n1,a,34.9,x\n")
    assert list(raw.table.columns) == ["番号", "名 称", "緯度(10進)", "コード"]


def test_doubled_and_missing_names_stay_apart(tmp_path):
    raw = csv_of(tmp_path, "名称,名称,,名称 (2),番号,名称\na,b,c,d,e,f\n")
    names = list(raw.table.columns)
    assert len(set(names)) == 6
    assert names[:3] == ["名称", "名称 (2)", "column 3"]
    assert list(raw.table.iloc[0]) == list("abcdef")


# ---- rows -----------------------------------------------------------------------------------------------------------


def test_short_rows_are_completed_and_long_rows_refused(tmp_path):
    raw = csv_of(tmp_path, HEADER + "1,a,34.9,138.3\n2,b\n3,c,34.9,138.3,x,y\n4,d,34.9,138.3,,\n")
    assert raw.table["番号"].tolist() == ["1", "2", "4"]
    assert raw.mended.tolist() == [False, True, False]
    [row] = raw.refused
    assert (row.row, row.code, row.value) == (4, "tab.ragged", "x")


@pytest.mark.parametrize("word", ["計", "合計", " 小　計", "総計", "Total", "ＴＯＴＡＬ"])
def test_a_total_is_no_row(tmp_path, word):
    raw = csv_of(tmp_path, HEADER + f"1,計算センター,34.9,138.3\n{word},,2,3\n,{word},2,3\n")
    assert raw.table["名称"].tolist() == ["計算センター"]
    assert [(row.row, row.code) for row in raw.refused] == [(3, "tab.total"), (4, "tab.total")]


def test_an_unclosed_quote_is_refused_where_it_opens(tmp_path):
    with refused("tab.quote", place="raw/a.csv:3"):
        csv_of(tmp_path, HEADER + '1,a,34.9,138.3\n2,"b,34.9,138.3\n3,c,34.9,138.3\n')


@pytest.mark.parametrize("text", [HEADER, "題名\n" + HEADER, HEADER + "\n,,,\n"])
def test_a_header_alone_has_no_rows(tmp_path, text):
    raw = csv_of(tmp_path, text)
    assert (len(raw.table), len(raw.rows), raw.refused) == (0, 0, ())
    assert "緯度" in raw.table.columns


@pytest.mark.parametrize("text", ["\n\n", "\ufeff", "   \n"])
def test_a_list_of_nothing_has_neither_rows_nor_names_that_count(tmp_path, text):
    raw = csv_of(tmp_path, text)
    assert len(raw.table) == 0
    assert not set(raw.table.columns) & set(KNOWN)


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\x00\r\n"), max_size=6)


@given(st.lists(st.lists(CELLS, min_size=0, max_size=6), max_size=12))
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_row_is_lost(tmp_path, rows):
    """Every row that holds something is either in the table or among the refused, under its own number."""
    body = "".join(",".join('"' + cell.replace('"', '""') + '"' for cell in row) + "\n" for row in rows)
    raw = csv_of(tmp_path, HEADER + body)
    held = [number for number, row in enumerate(rows, start=2) if any(cell.strip() for cell in row)]
    assert sorted([*raw.rows.tolist(), *(row.row for row in raw.refused)]) == held
    for number, cells in zip(raw.rows, raw.table.to_numpy(), strict=True):
        row = rows[number - 2]
        assert list(cells) == [*row[:4], *[""] * (4 - len(row))]


# ---- Excel -----------------------------------------------------------------------------------------------


def test_a_workbook_with_a_merged_title_and_a_total(tmp_path):
    rows = [
        ["空き家一覧（令和7年4月1日現在）", None, None, None],
        [None] * 4,
        ["番号", "名称", "緯度", "経度"],
        [1, "一号", 34.9, 138.3],
        [2, "二号", 34.8, 138.2],
        ["合計", None, 2, None],
    ]
    raw = excel_of(tmp_path, rows, merge=["A1:D1"])
    assert raw.table["番号"].tolist() == ["1", "2"]
    assert raw.rows.tolist() == [4, 5]
    assert [(row.row, row.code) for row in raw.refused] == [(6, "tab.total")]
    assert [doubt.code for doubt in raw.doubts] == ["tab.header_row"]


def test_cells_of_excel_read_as_a_person_sees_them(tmp_path):
    day = dt.datetime(2025, 4, 1)  # noqa: DTZ001 (Excel knows no time zone)
    row = [5437367111.0, 1.5, True, day, day.replace(hour=9, minute=30), "=1+1", None, "01202"]
    raw = excel_of(tmp_path, [["番号", *"bcdefgh"], row])
    assert list(raw.table.iloc[0][:5]) == ["5437367111", "1.5", "TRUE", "2025-04-01", "2025-04-01 09:30:00"]
    assert raw.table["h"].iloc[0] == "01202"


def test_a_sheet_is_named_and_unread_sheets_are_said(tmp_path):
    more = {"二": [["番号", "名称"], [9, "z"]]}
    raw = excel_of(tmp_path, [["番号", "名称"], [1, "a"]], more=more)
    assert raw.table["番号"].tolist() == ["1"]
    [doubt] = raw.doubts
    assert (doubt.code, doubt.values) == ("tab.sheets", {"sheet": "一覧", "others": ["二"], "fits": "一覧"})
    raw = excel_of(tmp_path, [["番号", "名称"], [1, "a"]], more=more, table="二")
    assert raw.table["番号"].tolist() == ["9"]
    assert raw.doubts == ()
    with refused("file.table", place="raw/a.xlsx") as problems:
        excel_of(tmp_path, [["番号"]], more=more, table="三")
    assert "一覧、二" in problems[0].what.ja


def test_an_empty_sheet_has_no_rows(tmp_path):
    assert len(excel_of(tmp_path, []).table) == 0


def test_a_damaged_workbook_is_refused(tmp_path):
    path = workbook(tmp_path, [["番号"], [1]])
    path.write_bytes(b"\xd0\xcf\x11\xe0" + b"\x00" * 600)
    with refused("file.corrupt", place="raw/a.xlsx"):
        read_file(path, name="raw/a.xlsx", wanted=Wanted(known=tuple(KNOWN)))


def test_euc_jp_with_the_signs_of_nec_reads_under_its_usual_names(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes((HEADER + "1,㈱丸山①,34.9,138.3\n").encode("euc_jis_2004"))
    for name in ("euc-jp", "cp51932", ""):
        raw = read_file(path, name="a.csv", wanted=Wanted(known=KNOWN, encoding=name))
        assert raw.table["名称"].tolist() == ["㈱丸山①"]


def test_characters_of_an_office_of_its_own_are_told_with_their_rows(tmp_path):
    data = (HEADER + "1,高田,34.9,138.3\n2,X田,34.8,138.2\n").encode("cp932").replace(b"X", b"\xf0\x40")
    doubt = next(doubt for doubt in csv_of(tmp_path, data).doubts if doubt.code == "enc.gaiji")
    assert doubt.values["rows"] == 1
    assert doubt.values["examples"][0].en == "row 3 “\ue000田”"


def test_bars_part_cells_as_commas_do(tmp_path):
    raw = csv_of(tmp_path, "番号|名称|緯度|経度\n1|駅, 北口|34.9|138.3\n")
    assert raw.table.iloc[0].tolist() == ["1", "駅, 北口", "34.9", "138.3"]
