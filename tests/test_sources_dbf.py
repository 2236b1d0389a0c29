"""The bytes of a .dbf: what is no number is kept as text and told, deleted rows are counted."""

import struct

import pytest
import shapely
from small_files import refused, shapefile

from gisplan.sources.dbf import numbers_of
from gisplan.sources.read import read_file


def damaged(folder, *, cells=None, deleted=(), **columns):
    """Write a shapefile, then bytes over cells of its last column, and a mark of deletion before rows."""
    path = shapefile(folder, **columns)
    table = path.with_suffix(".dbf")
    data = bytearray(table.read_bytes())
    _, header, width = struct.unpack("<IHH", data[4:12])
    size = data[header - 1 - 32 + 16]
    for row, text in (cells or {}).items():
        end = header + (row + 1) * width
        data[end - size : end] = text.rjust(size, b" ")
    for row in deleted:
        data[header + row * width] = ord("*")
    table.write_bytes(data)
    return path


def read(path):
    return read_file(path, name=f"raw/{path.name}")


def told(raw):
    return {doubt.code: dict(doubt.values) for doubt in raw.doubts}


def test_what_is_no_number_stays_as_it_is_written_and_is_told(tmp_path):
    path = damaged(tmp_path, cells={0: b"4OO", 1: b"******"}, 容積率=[400, 200, 300])
    raw = read(path)
    assert list(raw.table["容積率"]) == ["4OO", "******", "300"]
    values = told(raw)["num.storage"]
    assert (values["columns"], values["count"], values["rows"]) == (["容積率"], 2, ["1", "2"])
    assert set(values["examples"]) == {"4OO", "******"}


def test_a_blank_and_a_number_in_any_form_are_no_faults(tmp_path):
    path = damaged(tmp_path, cells={0: b"", 1: b"-2.50", 2: b"+3e+2"}, r=[1.5, 2.5, 3.5])
    raw = read(path)
    assert "num.storage" not in told(raw)
    assert raw.table["r"].iloc[1:].tolist() == [-2.5, 300.0]


def test_a_number_with_an_exponent_beside_a_fault_is_written_plainly(tmp_path):
    raw = read(damaged(tmp_path, cells={0: b"x", 1: b"2.5e+02", 2: b""}, r=[1.5, 2.5, 3.5]))
    assert list(raw.table["r"].fillna("")) == ["x", "250", ""]


def test_deleted_rows_are_counted_and_the_others_keep_their_numbers(tmp_path):
    path = damaged(tmp_path, cells={2: b"x"}, deleted=[1], 容積率=[400, 200, 300])
    raw = read(path)
    assert raw.rows.tolist() == [1, 3]
    assert told(raw)["dbf.deleted"] == {"count": 1, "rows": ["2"]}
    assert list(raw.table["容積率"]) == ["400", "x"]
    assert told(raw)["num.storage"]["rows"] == ["3"]
    assert shapely.bounds(raw.geometry[1])[0] == pytest.approx(138.32)


def test_a_sound_table_has_nothing_to_tell(tmp_path):
    path = shapefile(tmp_path, 名称=["一", "二", "三"], 容積率=[400, 200, 300])
    found = numbers_of(path.with_suffix(".dbf"), encoding="cp932")
    assert (found.rows.tolist(), found.texts, found.doubts) == ([1, 2, 3], {}, ())


def test_a_shapefile_without_its_table_is_still_refused(tmp_path):
    path = shapefile(tmp_path)
    path.with_suffix(".dbf").unlink()
    with refused("file.dbf"):
        read(path)
