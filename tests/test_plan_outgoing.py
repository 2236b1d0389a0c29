"""A text that is too long for a page or a cell is cut there, said to be, and whole where there is room."""

import csv
import sqlite3
import sys

import openpyxl
import pytest
from village import on_disk

from gisplan.maps import encode
from gisplan.plan.run import Request, run

LONG = 15_000_000
"""B122: one text of 15 MB."""


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """Return outputs of a village in which two names are long."""
    folder = tmp_path_factory.mktemp("long")
    left_out = dict.fromkeys(("site", "vacant_house", "road"))
    tail = '[access]\nfrom = ["hub"]\n'
    plan = on_disk.build(folder, municipality='path = "data/town.gpkg"', tail=tail, **left_out)
    town = on_disk.tables()["municipality"].assign(name="長" * (LONG // 3))
    on_disk.write(folder / "data" / "town.gpkg", town)
    hubs = on_disk.tables()["hub"].assign(名称=["K" * encode.LONGEST_TEXT, "=長" + "𠮷" * 40_000])
    on_disk.write(folder / on_disk.PATHS["hub"], hubs)
    outcome = run(Request(plan=plan, out=folder / "out"))
    return folder / "out", outcome


def test_the_page_holds_the_beginning_and_says_that_it_was_cut(ran):
    out, _ = ran
    page = (out / "map.html").read_text("utf-8")
    assert len(page) < 3_000_000
    assert "長" * 9_000 in page
    assert "長" * 10_000 not in page
    assert "K" * encode.LONGEST_TEXT in page, "a text of just the most signs is whole"
    assert encode.short("K" * 10_001) == "K" * 9_999 + "…"


def test_the_geopackage_and_the_csv_hold_it_whole(ran):
    out, _ = ran
    with sqlite3.connect(out / "layers.gpkg") as file:
        (name,) = file.execute("select name from municipality").fetchone()
        names = {len(text) for (text,) in file.execute("select name from hub")}
    file.close()
    assert len(name.encode()) == LONG
    assert names == {encode.LONGEST_TEXT, 40_002}
    csv.field_size_limit(sys.maxsize)
    with (out / "tables" / "verdicts.csv").open(encoding="utf-8-sig", newline="") as rows:
        held = {row["id"]: row["name"] for row in csv.DictReader(rows)}
    assert held["K2"] == "'=長" + "𠮷" * 40_000


def test_a_cell_of_the_workbook_holds_what_excel_takes(ran):
    out, _ = ran
    sheet = openpyxl.load_workbook(out / "tables.xlsx")["用途の判定"]
    column = [cell.value for cell in sheet[1]].index("名称") + 1
    longest = max((sheet.cell(row, column).value or "" for row in range(2, sheet.max_row + 1)), key=len)
    assert longest.startswith("=長𠮷")
    assert longest.endswith("…")
    assert len(longest.encode("utf-16-le")) // 2 in {32_766, 32_767}


def test_both_are_found_and_told(ran):
    _, outcome = ran
    found = outcome.released.tables["findings"].set_index("code")
    long = found.loc[["size.text"]].set_index("layer")
    assert set(long.index) == {"municipality", "hub"}
    assert "1 行" in long.loc["hub", "reason_ja"], "10,000 signs are none too many"
    assert "40,002" in long.loc["hub", "reason_ja"]
    assert "5,000,000" in long.loc["municipality", "reason_en"]
    assert "verdicts" in found.loc["out.formula", "reason_ja"]
    assert max(len(text) for text in found["reason_ja"]) < 5_000


def test_a_run_without_csv_files_says_nothing_of_formulas(ran):
    out, _ = ran
    request = Request(plan=out.parent / "plan.toml", out=None, parts=("check",), outputs=())
    assert "out.formula" not in set(run(request).released.tables["findings"]["code"])
