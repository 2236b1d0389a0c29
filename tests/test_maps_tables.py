"""The workbook and the CSV files: text stays text, figures are rounded as promised, bytes are the same."""

import csv
import io
import re
import zipfile

import openpyxl
import pandas as pd
import pytest
import trial_map
from trial_map import HOSTILE

from gisplan.core import tables
from gisplan.core.errors import ConfigurationError
from gisplan.core.words import Text
from gisplan.maps import contents, csv_files
from gisplan.maps import tables as written
from gisplan.maps.tables import write_tables

VERDICTS, LINKS, ACCESS = "用途の判定", "ICと拠点を結ぶ道路", "到達時間"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("out")
    labels = {"verdicts": {"verdict": {"by_right": Text(ja="建てられる", en="By right")}}}
    note = Text(ja="架空のまちです", en="A made-up town")
    write_tables(made, trial_map.frames(str), notes=(note,), labels=labels)
    return made


def cells(path, sheet):
    return [list(row) for row in openpyxl.load_workbook(path)[sheet].iter_rows(values_only=True)]


def read_csv(path):
    return list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))


def hostile_tables():
    rows = pd.DataFrame({"hub": HOSTILE, "interchange": HOSTILE, "direction": HOSTILE, "minutes": 1.0})
    return {"links": tables.hold(rows.reindex(columns=list(tables.contract("links").names)), "links")}


def test_the_files_are_those_of_the_contracts_in_their_order(folder):
    book = openpyxl.load_workbook(folder / "tables.xlsx")
    assert book.sheetnames == ["目次", "この表について", VERDICTS, LINKS, ACCESS, "列の説明"]
    assert sorted(path.name for path in (folder / "tables").iterdir()) == [
        "README.txt",
        "access.csv",
        "links.csv",
        "verdicts.csv",
    ]
    notes = (folder / "tables" / "README.txt").read_text("utf-8-sig")
    assert "架空のまちです" in notes, "a CSV has no room for what must be said of it"
    assert "列の名前は英語" in notes
    assert "for programs" in notes
    assert "0 から 1" in notes


def test_the_first_sheet_tells_what_each_answers_and_leads_there(folder):
    book = openpyxl.load_workbook(folder / "tables.xlsx")
    sheet = book["目次"]
    head, first, *_ = cells(folder / "tables.xlsx", "目次")
    assert head == ["シート", "行数", "分かること", "CSV（機械で読むもの）"]
    assert (first[0], first[1], first[3]) == (VERDICTS, 1, "tables/verdicts.csv")
    named = [row[0].value for row in sheet.iter_rows(min_row=2)]
    assert named == [VERDICTS, LINKS, ACCESS, "この表について", "列の説明"]
    assert [row[0].hyperlink.location for row in sheet.iter_rows(min_row=2)] == [f"'{x}'!A1" for x in named]
    assert cells(folder / "tables.xlsx", "この表について")[0][0] == "架空のまちです"


def test_every_table_has_its_place_its_answer_and_a_name_in_english():
    about = contents.document("sheets.toml")
    known = tables.contracts()
    assert sorted(about["order"]["tables"]) == sorted(known) == sorted(about["answers"])
    assert set(about["tabs"]) <= set(known)
    names = [contents.tab(promise, "en") for promise in known.values()]
    own = [Text(**about["words"][key]).en for key in ("contents", "notes", "dictionary")]
    assert len({name.casefold() for name in (*names, *own)}) == len(names) + len(own)
    assert max(map(len, names)) <= contents.LONGEST_TAB - len("_10")
    assert not set("[]:*?/\\'") & set("".join(names))


def test_sheets_are_printed_across_with_their_heading_and_thousands_apart(folder):
    sheet = openpyxl.load_workbook(folder / "tables.xlsx")[LINKS]
    assert (sheet.page_setup.orientation, sheet.print_title_rows) == ("landscape", "$1:$1")
    assert sheet.page_setup.fitToHeight == 0, "as many pages as it takes, each as wide as the table"
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    head = {cell.value: cell.column_letter for cell in sheet[1]}
    shapes = sheet.column_dimensions
    assert shapes[head["所要時間 [分]"]].number_format == "#,##0.0"
    assert shapes[head["延長 [m]"]].number_format == "#,##0"


def test_the_last_sheet_tells_titles_units_and_rounding(folder):
    said = cells(folder / "tables.xlsx", "列の説明")
    row = next(row for row in said if row[:2] == ["links", "minutes"])
    assert row[2:6] == ["所要時間", "Travel time", "分", "小数第1位まで（四捨五入）"]
    assert next(row for row in said if row[:2] == ["links", "hub"])[6] == "●"


def test_headings_have_units_and_figures_are_rounded_half_up(folder):
    head, *body = cells(folder / "tables.xlsx", LINKS)
    assert head[3] == "所要時間 [分]"
    assert sorted(row[3] for row in body if row[3] is not None) == [5.3]
    assert [row[3] for row in body].count(None) == 1


def test_the_workbook_says_values_as_they_are_called_and_the_csv_keeps_them(folder):
    head, row = cells(folder / "tables.xlsx", VERDICTS)
    assert row[head.index("判定")] == "建てられる"
    names, values = read_csv(folder / "tables" / "verdicts.csv")
    assert values[names.index("verdict")] == "by_right"


def test_long_texts_are_wrapped_and_every_sheet_can_be_filtered(tmp_path):
    frame = trial_map.frames(str)["verdicts"].assign(reason_ja="この敷地は商業地域にある。" * 9)
    write_tables(tmp_path, {"verdicts": frame})
    sheet = openpyxl.load_workbook(tmp_path / "tables.xlsx")[VERDICTS]
    head = [cell.value for cell in sheet[1]]
    place = head.index("理由") + 1
    assert sheet.cell(2, place).alignment.wrap_text
    assert not sheet.cell(2, head.index("名称") + 1).alignment.wrap_text
    assert sheet.column_dimensions[sheet.cell(1, place).column_letter].width <= written.WIDEST + 1
    assert sheet.auto_filter.ref == f"A1:{sheet.cell(2, len(head)).coordinate}"


@pytest.mark.parametrize(
    ("language", "heading"), [("ja", "子育て施設 1番目 [分]"), ("en", "Childcare, nearest 1 [min]")]
)
def test_the_headings_of_a_wide_sheet_are_words(tmp_path, language, heading):
    labels = {
        "access": {
            "to": {"childcare": Text(ja="子育て施設", en="Childcare")},
            "measure": {"nearest_1": Text(ja="1番目 [分]", en="nearest 1 [min]")},
        }
    }
    access = trial_map.frames(str)["access"].assign(to="childcare")
    write_tables(tmp_path, {"access": access}, language=language, labels=labels)
    tab = ACCESS if language == "ja" else "Accessibility"
    assert cells(tmp_path / "tables.xlsx", tab)[0][2] == heading


def test_csv_begins_with_a_mark_and_has_the_names_of_the_contract(folder):
    raw = (folder / "tables" / "links.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    assert b"\r\n" in raw
    assert read_csv(folder / "tables" / "links.csv")[0] == [
        column.name for column in tables.contract("links").columns
    ]


def test_english_is_english(tmp_path):
    write_tables(tmp_path, trial_map.frames(str), language="en")
    book = tmp_path / "tables.xlsx"
    assert openpyxl.load_workbook(book).sheetnames[:2] == ["Contents", "About"]
    assert cells(book, "Links to interchanges")[0][0] == "Hub"


def test_hostile_texts_are_neither_formula_nor_link(tmp_path):
    write_tables(tmp_path, hostile_tables())
    with zipfile.ZipFile(tmp_path / "tables.xlsx") as book:
        everything = "".join(book.read(name).decode("utf-8") for name in book.namelist())
        assert not [name for name in book.namelist() if "externalLink" in name or "vba" in name]
    assert "<f>" not in everything
    own = contents.document("sheets.toml")["words"]
    led = re.findall(r"<hyperlink ([^>]*)/>", everything)
    assert [re.fullmatch(r'ref="A\d+" location="([^"]*)" display="[^"]*"', one)[1] for one in led] == [
        f"'{name}'!A1" for name in (LINKS, own["notes"]["ja"], own["dictionary"]["ja"])
    ], "only the contents lead anywhere, and only to sheets"
    sheet = openpyxl.load_workbook(tmp_path / "tables.xlsx")[LINKS]
    held = {sheet.cell(row, 1).value for row in range(2, sheet.max_row + 1)}
    assert {sheet.cell(row, 1).data_type for row in range(2, sheet.max_row + 1)} == {"s"}
    printable = {text for text in HOSTILE if text.isprintable()}
    assert printable <= held
    assert all(sheet.cell(row, 1).hyperlink is None for row in range(2, sheet.max_row + 1))


def test_hostile_texts_of_a_csv_start_no_formula(tmp_path):
    write_tables(tmp_path, hostile_tables())
    first = [row[0] for row in read_csv(tmp_path / "tables" / "links.csv")[1:]]
    assert len(first) == len(HOSTILE)
    numbers = {"+1", "-1"}
    assert {text for text in first if text.startswith(csv_files.FORMULA_SIGNS)} == numbers
    assert {"'=1+1", "'@SUM(A1)", "'\ttab"} <= set(first)


def test_two_runs_give_the_same_bytes(folder, tmp_path):
    labels = {"verdicts": {"verdict": {"by_right": Text(ja="建てられる", en="By right")}}}
    paths = write_tables(
        tmp_path,
        trial_map.frames(str),
        notes=(Text(ja="架空のまちです", en="A made-up town"),),
        labels=labels,
    )
    for path in paths:
        assert path.read_bytes() == (folder / path.relative_to(tmp_path)).read_bytes(), path.name


def test_a_long_table_goes_on_in_a_further_sheet(tmp_path, monkeypatch):
    monkeypatch.setattr(written, "ROWS_IN_SHEET", 150)
    write_tables(tmp_path, {"access": trial_map.frames(str)["access"]})
    book = tmp_path / "tables.xlsx"
    assert openpyxl.load_workbook(book).sheetnames[2:-1] == [ACCESS, f"{ACCESS}_2", f"{ACCESS}_3"]
    assert [len(cells(book, name)) for name in (ACCESS, f"{ACCESS}_2", f"{ACCESS}_3")] == [151, 151, 101]
    assert cells(book, f"{ACCESS}_2")[1][1] == "00150"


def test_a_text_too_long_for_a_cell_is_cut_and_said_to_be(tmp_path):
    frame = trial_map.frames(str)["links"].assign(direction=["長" * 40_000, "復"])
    write_tables(tmp_path, {"links": frame})
    held = [row[2] for row in cells(tmp_path / "tables.xlsx", LINKS)[1:]]
    assert [len(text) for text in held] == [32_767, 1]
    assert held[0].endswith("…")
    assert len(read_csv(tmp_path / "tables" / "links.csv")[1][2]) == 40_000


def test_a_table_without_a_contract_is_refused(tmp_path):
    with pytest.raises(ConfigurationError) as refused:
        write_tables(tmp_path, {"mine": pd.DataFrame()})
    assert refused.value.problems[0].code == "maps.table_unknown"
    assert not (tmp_path / "tables.xlsx").exists()


def test_an_empty_table_has_its_headings(tmp_path):
    empty = tables.hold(pd.DataFrame(), "coverage")
    write_tables(tmp_path, {"coverage": empty})
    assert len(cells(tmp_path / "tables.xlsx", "時間圏内の割合")) == 1


def test_every_title_is_the_name_of_a_sheet():
    names = [promise.title.ja for promise in tables.contracts().values()]
    assert len(set(names)) == len(names)
    assert max(map(len, names)) <= contents.LONGEST_TAB - len("_10")
    assert not set("[]:*?/\\'") & set("".join(names))


def test_what_tells_the_row_stays_in_view(folder):
    book = openpyxl.load_workbook(folder / "tables.xlsx")
    assert book[VERDICTS].freeze_panes == "D2", "up to the name"
    assert book[LINKS].freeze_panes == "D2", "up to the key"
    assert book[ACCESS].freeze_panes == "C2"


def test_columns_too_wide_to_stay_move():
    promise = tables.contract("links")
    assert written._frozen(promise, [10.0] * 16) == 3
    assert written._frozen(promise, [48.0] * 16) == 2
    assert written._frozen(promise, [100.0] * 16) == 0


def test_shares_are_percent_in_the_workbook_and_numbers_in_the_csv(tmp_path):
    row = {"layer": "population", "to": "hub", "minutes": 10, "total": 200, "within": 25, "share": 0.125}
    rows = pd.DataFrame(
        [{**row, "unreached": 0, "not_assessed": 0, "within_less": 20, "within_more": 30, "unit": "people"}]
    )
    labels = {"coverage": {"unit": {"people": Text(ja="人", en="people")}}}
    write_tables(tmp_path, {"coverage": tables.hold(rows, "coverage")}, labels=labels)
    sheet = openpyxl.load_workbook(tmp_path / "tables.xlsx")["時間圏内の割合"]
    head = [cell.value for cell in sheet[1]]
    share = sheet.cell(2, head.index("割合") + 1)
    assert (share.value, sheet.column_dimensions[share.column_letter].number_format) == (0.125, "0.0 %")
    assert sheet.cell(2, head.index("数の単位") + 1).value == "人"
    names, values = read_csv(tmp_path / "tables" / "coverage.csv")
    assert (values[names.index("share")], values[names.index("unit")]) == ("0.1250", "people")
    about = cells(tmp_path / "tables.xlsx", "列の説明")
    row = next(row for row in about if row[:2] == ["coverage", "share"])
    assert row[4] == "%"
    assert "未評価を除いた" in row[7]


def test_the_workbook_takes_the_form_that_is_read_and_the_csv_the_other(tmp_path):
    frame = trial_map.frames(str)["verdicts"].assign(caution_ja="要確認：甲。要確認：乙。")
    lines = frame.assign(caution_ja="甲。\n乙。")
    write_tables(tmp_path, {"verdicts": frame}, reading={"verdicts": lines})
    sheet = openpyxl.load_workbook(tmp_path / "tables.xlsx")[VERDICTS]
    place = [cell.value for cell in sheet[1]].index("要確認") + 1
    assert sheet.cell(2, place).value == "甲。\n乙。"
    letter = sheet.cell(1, place).column_letter
    assert sheet.column_dimensions[letter].alignment.wrap_text
    names, values = read_csv(tmp_path / "tables" / "verdicts.csv")
    assert values[names.index("caution")] == "要確認：甲。要確認：乙。"


def test_every_note_of_a_column_is_of_a_column_there_is():
    for name, notes in written.document("sheets.toml")["notes"].items():
        assert set(notes) <= {column.name for column in tables.contract(name).columns}
