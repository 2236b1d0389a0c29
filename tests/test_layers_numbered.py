"""Codes that a spreadsheet took for numbers come back where no digit is lost, and are told where one is."""

import pandas as pd
import pytest

from gisplan.layers.numbered import as_codes, ids_of


def series(*cells):
    return pd.Series(list(cells), dtype=object)


@pytest.mark.parametrize(("cell", "text", "cut"), [
    ("5238224522", "5238224522", False), ("5238224522.0", "5238224522", False), (5238224522.0, "5238224522", False),
    ("５２３８２２４５２２", "5238224522", False), ("5.238224522E+09", "5238224522", False),
    ("5.238224522e9", "5238224522", False), ("5.23823E+09", "5.23823E+09", True), ("5E+09", "5E+09", True),
    ("5.2382245225E+09", "5.2382245225E+09", True), ("", "", False), (None, "", False), ("A-1", "A-1", False),
])  # fmt: skip
def test_codes(cell, text, cut):
    found = as_codes(series(cell))
    assert (found.texts[0], bool(found.cut[0])) == (text, cut)


def test_ids_lose_their_point_only_where_all_have_it():
    assert ids_of(series("1.0", "2.0", "", "30.0")).texts.tolist() == ["1", "2", "", "30"]
    assert ids_of(series("1.0", "2.0", "")).mended.tolist() == [True, True, False]
    mixed = ids_of(series("1.0", "1.1"))
    assert mixed.texts.tolist() == ["1.0", "1.1"]
    assert not mixed.mended.any()


def test_ids_in_exponents_have_lost_digits():
    assert ids_of(series("1.23457E+12", "1E5", "12E+3")).cut.tolist() == [True, False, False]
    assert ids_of(series("12-1E", "3E")).cut.tolist() == [False, False]
