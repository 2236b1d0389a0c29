"""The lists that Japanese municipalities publish are read to their last row, with the right text."""

import csv

import pytest
from small_files import refused

from gisplan.layers.numbered import as_codes
from gisplan.layers.places import coordinate_columns
from gisplan.sources.raw import Wanted
from gisplan.sources.read import read_file

pytestmark = pytest.mark.real

KNOWN = (*coordinate_columns(), "名称", "住所", "ID", "NO", "市区町村コード", "避難先名称")
BROKEN = "list-of-public-facilities.csv"
"""As published, one quote of it is never closed."""


def read(path, *, known=KNOWN):
    return read_file(path, name=path.name, wanted=Wanted(known=known))


def listed(folder):
    """Return the lists of a folder of data, with their number of rows."""
    with (folder / "SOURCES.csv").open(encoding="utf-8-sig", newline="") as file:
        return [
            (folder / row["file"], int(row["features"]))
            for row in csv.DictReader(file)
            if row["file"].endswith(".csv") and "*" not in row["file"]
        ]


def places(raw):
    """Return the rows that hold both coordinates."""
    names = [name for name in raw.table if name in {"緯度", "経度", "lat", "lon"}]
    return int((raw.table[names] != "").all(axis=1).sum()) if len(names) == 2 else len(raw.table)


@pytest.mark.parametrize("folder", ["yaizu", "wakayama", "japan"])
def test_every_list_is_read_to_its_last_row(real_data, folder):
    lists = listed(real_data / folder)
    assert lists
    for path, count in lists:
        if path.name == BROKEN:
            continue
        raw = read(path)
        assert not raw.refused, path
        assert {len(raw.table), places(raw)} & {count}, path
        text = "".join(raw.table.astype(str).sum())
        assert "\ufffd" not in text
        assert not any("\ue000" <= sign <= "\uf8ff" for sign in text), path


def test_the_two_lists_in_windows_encoding_are_known_as_such(real_data):
    found = {path.name: read(path).encoding for path, _ in listed(real_data / "yaizu")}
    assert {name for name, codec in found.items() if codec == "cp932"} == {
        "yohairyosya.csv",
        "222127_nouen.csv",
    }


def test_a_broken_quote_is_told_with_its_line(real_data):
    path = real_data / "wakayama" / BROKEN
    with refused("tab.quote", place=f"{BROKEN}:1727"):
        read(path)
    lines = path.read_text("utf-8-sig").split("\n")
    assert '""◎一般駐車場' in lines[1726]


def test_every_list_of_columns_is_read(real_data):
    files = sorted((real_data / "yaizu" / "raw").rglob("attributes.csv"))
    assert len(files) > 100
    for path in files:
        raw = read(path, known=("original_name",))
        assert "original_name" in raw.table.columns, path
        assert {row.code for row in raw.refused} <= {"tab.header_again"}


def test_hexagons_of_another_country(real_data):
    raw = read(real_data / "poa" / "poa_hexgrid.csv")
    assert len(raw.table) == 1_227
    assert raw.doubts == ()


def test_codes_that_lost_their_zero_get_it_back(real_data):
    from gisplan.layers.municipalities import read_codes

    raw = read(real_data / "japan" / "vacancy" / "features_master__wide__v1.csv")
    found = read_codes(raw.table["市区町村コード"])
    assert not found.unread.any()
    assert found.column.str.fullmatch(r"\d{5}").all()
    assert (found.how == "code.leading_zero").any()
    assert found.column[as_codes(raw.table["市区町村コード"]).texts == "2201"].tolist() == ["02201"]
