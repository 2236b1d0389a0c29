"""Published tables beside recomputed ones: what counts as equal, and how each difference is told."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gisplan.core.tables import contract, for_user, hold, wide
from gisplan.maps.csv_files import write_csv
from gisplan.plan.handover.cells import compare_tables


def provision(*rows):
    names = contract("provision").names
    frame = pd.DataFrame([dict.fromkeys(names) | row for row in rows], columns=list(names))
    return hold(frame, "provision")


EAST = {"promotion_area": "東区域"}
AREAS = [
    {**EAST, "zone": "商業地域", "area_ha": 2.675, "covered_ha": 1.0, "share": 0.4, "vacant_houses": 3},
    {**EAST, "zone": "工業地域", "area_ha": 4.0, "covered_ha": 0.0, "share": 0.0, "vacant_houses": 0},
]


@pytest.fixture
def written(tmp_path):
    def write(frame, encoding="utf-8"):
        shown = {"provision": for_user(frame, "provision", language="ja")}
        (path,) = write_csv(tmp_path, shown, {"provision": contract("provision")}, encoding=encoding)
        return path.read_bytes()

    return write


def compare(published, frame, encoding="utf-8"):
    found = compare_tables({"provision": published}, {"provision": frame}, language="ja", encoding=encoding)
    return found.differences


@pytest.mark.parametrize("encoding", ["utf-8", "cp932"])
def test_the_same_is_equal(written, encoding):
    frame = provision(*AREAS)
    assert compare(written(frame, encoding), frame, encoding) == ()
    assert wide(frame, contract("provision"))[0] is frame


def test_a_number_may_differ_within_its_rounding_and_no_further(written):
    frame = provision(*AREAS)
    digits = next(column.digits for column in contract("provision").columns if column.name == "area_ha")
    half = 0.5 * 10.0**-digits
    published = written(frame)
    shown = float(for_user(frame, "provision", language="ja")["area_ha"].max())
    for moved, equal in (
        (0.98 * half, True),
        (-0.98 * half, True),
        (1.02 * half, False),
        (-1.02 * half, False),
    ):
        other = frame.assign(area_ha=frame["area_ha"].where(frame["area_ha"] < 4, shown + moved))
        assert (compare(published, other) == ()) is equal, moved


def test_an_integer_and_a_text_must_be_the_same(written):
    published = written(provision(*AREAS))
    (one,) = compare(published, provision({**AREAS[0], "vacant_houses": 4}, AREAS[1]))
    assert (one.kind, one.table, one.column) == ("cell", "provision", "vacant_houses")
    assert one.key == ("東区域", "商業地域")
    assert (one.published, one.recomputed) == ("3", "4")


def test_what_is_not_assessed_is_not_zero(written):
    published = written(provision(*AREAS))
    (one,) = compare(published, provision(AREAS[0], {**AREAS[1], "covered_ha": np.nan}))
    assert (one.column, one.recomputed) == ("covered_ha", "")
    (one,) = compare(written(provision(AREAS[0], {**AREAS[1], "covered_ha": np.nan})), provision(*AREAS))
    assert (one.column, one.published) == ("covered_ha", "")


def test_rows_that_one_side_lacks_are_told(written):
    published = written(provision(*AREAS))
    (gone,) = compare(published, provision(AREAS[0]))
    assert (gone.kind, gone.key) == ("row_gone", ("東区域", "工業地域"))
    (new,) = compare(written(provision(AREAS[0])), provision(*AREAS))
    assert (new.kind, new.key) == ("row_new", ("東区域", "工業地域"))


def test_columns_and_tables_that_one_side_lacks_are_told(written):
    frame = provision(*AREAS)
    head, rest = written(frame).split(b"\r\n", 1)
    assert [one.kind for one in compare(head.replace(b"share", b"part") + b"\r\n" + rest, frame)] == [
        "column_gone", "column_new",
    ]  # fmt: skip
    found = compare_tables({"gone": b""}, {"provision": frame}, language="ja", encoding="utf-8")
    assert {(one.kind, one.table) for one in found.differences} == {
        ("table_gone", "gone"), ("table_new", "provision"),
    }  # fmt: skip


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe\x00", b'promotion_area,zone\r\n"x', b"zone\r\n", b"\x00,\x00\r\n,"]
)
def test_a_file_that_is_none_is_told_and_stops_nothing(content):
    assert compare(content, provision(*AREAS))


@given(st.floats(-1e6, 1e6), st.integers(0, 3))
def test_rounding_of_any_number_is_taken_for_it(value, digits):
    from gisplan.core.tables import half_up
    from gisplan.plan.handover.cells import _rounds_to

    assert _rounds_to(value, f"{half_up(value, digits):.{digits}f}", digits)
    assert not _rounds_to(value, f"{half_up(value, digits) + 2 * 10.0**-digits:.{digits}f}", digits)
