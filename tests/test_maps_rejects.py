"""rejects.xlsx opens as what it is: text to read and to mend from, one sheet a file, nothing that runs."""

import json
import zipfile

import openpyxl
import pandas as pd
import pytest

from gisplan.core import tables
from gisplan.maps.rejects import write_rejects

HOSTILE = ("=1+1", "=cmd|' /C calc'!A0", "@SUM(1)", "+1", "-1", "http://evil.example/x", "mailto:a@b", "001", "1e5",
           "a\x00b\x1fc", "改\r\n行", "長" * 40_000, "{{7*7}}", "_x000D_")  # fmt: skip


def reject(**more):
    row = {"layer": "shop", "file": "raw/店.csv", "row": 3, "column": "緯度・経度", "value": "x",
    "code": "coord.missing",
           "reason_ja": "座標がない", "reason_en": "no place", "do_ja": "書く", "do_en": "write it",
           "record": json.dumps([["番号", "1"], ["緯度", "x"], ["経度", ""]], ensure_ascii=False)}  # fmt: skip
    return row | more


def written(folder, rows, *, language="ja"):
    path = folder / "rejects.xlsx"
    frame = pd.DataFrame(rows, columns=list(tables.contract("rejects").names))
    write_rejects(path, tables.hold(frame, "rejects"), language=language)
    return path, openpyxl.load_workbook(path)


def cells(sheet):
    return [list(row) for row in sheet.iter_rows(values_only=True)]


@pytest.mark.parametrize(("language", "head", "said", "other"), [
    ("ja", ["行", "列", "値", "理由", "直し方", "コード"], "座標がない", ["no place", "write it"]),
    ("en", ["Row", "Column", "Value", "Reason", "How to mend it", "Code"], "no place", ["座標がない", "書く"]),
])  # fmt: skip
def test_a_file_has_a_sheet_with_reason_cure_and_its_own_row_beside(tmp_path, language, head, said, other):
    _, book = written(tmp_path, [reject()], language=language)
    assert book.sheetnames == ["この表について" if language == "ja" else "About", "店"]
    heads, row = cells(book["店"])
    assert heads[:6] == head
    assert heads[6:9] == ["番号", "緯度", "経度"]
    assert row[:2] == ["3", "緯度・経度"]
    assert row[3] == said
    assert row[6:8] == ["1", "x"]
    assert row[-2:] == other


def test_the_header_stays_and_columns_can_be_read(tmp_path):
    _, book = written(tmp_path, [reject(reason_ja="長い理由" * 20)])
    sheet = book["店"]
    assert sheet.freeze_panes == "B2"
    assert sheet.auto_filter.ref == "A1:K2"
    widths = {letter: part.width for letter, part in sheet.column_dimensions.items()}
    assert 4 < widths["A"] < 15
    assert widths["D"] >= 40
    assert sheet["D2"].alignment.wrap_text
    assert sheet["H2"].fill.fgColor.rgb == sheet["I2"].fill.fgColor.rgb != sheet["G2"].fill.fgColor.rgb


def test_no_text_runs_links_or_becomes_a_number(tmp_path):
    record = json.dumps([[f"列{place}", text] for place, text in enumerate(HOSTILE)], ensure_ascii=True)
    path, book = written(
        tmp_path, [reject(value=text, row=place + 2, record=record) for place, text in enumerate(HOSTILE)]
    )
    for row in book["店"].iter_rows(min_row=2):
        for cell in row:
            assert cell.data_type in {"s", "n"}
            assert cell.data_type == "s" or cell.value is None
            assert cell.hyperlink is None
            assert cell.number_format == "@"
            assert len(cell.value or "") <= 32_767
    shown = [row[2].value for row in book["店"].iter_rows(min_row=2)]
    assert shown[:9] == list(HOSTILE[:9])
    assert shown[9] == "a\ufffdb\ufffdc"
    assert shown[10] == "改\n行"
    assert shown[11].endswith("…")
    assert shown[13] == "_x000D_"
    with zipfile.ZipFile(path) as archive:
        assert not [
            name for name in archive.namelist() if "rels" in name and b"hyperlink" in archive.read(name)
        ]
        assert b"<f>" not in b"".join(archive.read(name) for name in archive.namelist())


def test_every_file_has_a_sheet_of_its_own_and_the_first_sheet_tells_which(tmp_path):
    files = [
        "a/店.csv",
        "b/店.csv",
        "c/" + "長い名前の一覧表" * 6 + ".csv",
        "d/[x]:*?.csv",
        "e/この表について.csv",
        "f/History.csv",
    ]
    _, book = written(tmp_path, [reject(file=name) for name in files])
    assert len(book.sheetnames) == len(files) + 1
    assert len({name.casefold() for name in book.sheetnames}) == len(book.sheetnames)
    assert all(len(name) <= 31 for name in book.sheetnames)
    about = cells(book[book.sheetnames[0]])
    named = {row[0]: row[1] for row in about if row[0] in files}
    assert set(named) == set(files)
    assert set(named.values()) == set(book.sheetnames[1:])
    text = " ".join(str(row[0]) for row in about)
    assert "元のファイル" in text
    assert "Mend the file itself" in text


def test_rows_stand_in_the_order_of_the_file(tmp_path):
    _, book = written(tmp_path, [reject(row=row) for row in (10, 9, 100)])
    assert [row[0] for row in cells(book["店"])[1:]] == ["9", "10", "100"]


def test_no_rejects_is_said(tmp_path):
    _, book = written(tmp_path, [])
    assert "読まなかった行はありません。" in [row[0] for row in cells(book["この表について"])]


def test_the_same_rows_give_the_same_bytes(tmp_path):
    first = written(tmp_path, [reject()])[0].read_bytes()
    assert written(tmp_path, [reject()])[0].read_bytes() == first
