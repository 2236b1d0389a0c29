"""Latitudes and longitudes in every way people write them; what cannot be told is no number."""

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from gisplan.layers.angles import read_angles, unpacked

LATITUDE = 36 + 6 / 60 + 52 / 3600


def one(text, **options):
    values, mended, sexagesimal = read_angles([text], **options)
    return values[0], bool(mended[0]), bool(sexagesimal[0])


@pytest.mark.parametrize("text", [
    "36度6分52秒", "36度06分52.0秒", "３６度６分５２秒", "北緯36度6分52秒", "36°6'52\"", "36°06'52\"N",
    "N36°06'52.0″", "36°06′52″",
    "36-06-52", "36:06:52", "36 06 52", "36.06.52", "36.06.52.0", "36°06’52”", "36°6'52''",
    "36º6'52\"", "36度 6分 52秒",
    "N 36 6 52", "北緯：36度6分52秒",
])  # fmt: skip
def test_degrees_minutes_and_seconds(text):
    value, mended, sexagesimal = one(text)
    assert value == pytest.approx(LATITUDE, abs=1e-9)
    assert (mended, sexagesimal) == (True, True)


@pytest.mark.parametrize(
    ("text", "value"), [("36度6.5分", 36 + 6.5 / 60), ("36°06.500'N", 36 + 6.5 / 60), ("36度30分", 36.5)]
)
def test_degrees_and_minutes(text, value):
    assert one(text) == (pytest.approx(value), True, True)


@pytest.mark.parametrize(
    "text", ["36.1145度", "36.1145°", "北緯36.1145", "N36.1145", "36.1145N", "３６．１１４５", "36.1145° N"]
)
def test_decimal_degrees_with_words(text):
    assert one(text) == (pytest.approx(36.1145), True, False)


@pytest.mark.parametrize(
    ("text", "value"),
    [("36.1145", 36.1145), (" 36.1145 ", 36.1145), ("-16000.5", -16000.5), ("3.61e1", 36.1)],
)
def test_plain_numbers_are_as_they_stand(text, value):
    assert one(text) == (value, False, False)


@pytest.mark.parametrize("text", [
    "", "不明", "-", "36度60分0秒", "36度6分60秒", "36度6.5分30秒", "約36.1", "36,1145", "36_1", "東経",
    "36度6分52秒くらい", "1/2",
])  # fmt: skip
def test_what_is_none_is_no_number(text):
    value, mended, sexagesimal = one(text)
    assert np.isnan(value)
    assert (mended, sexagesimal) == (False, False)


def test_south_and_west_are_negative():
    assert one("南緯36度6分52秒")[0] == pytest.approx(-LATITUDE)
    assert one("W139.5")[0] == -139.5


def test_figures_in_one_are_parted_only_when_asked():
    assert one("360652.2")[0] == 360652.2
    assert one("360652.2", packed=True) == (pytest.approx(36 + 6 / 60 + 52.2 / 3600), True, True)
    assert one("1375712.2", packed=True)[0] == pytest.approx(137 + 57 / 60 + 12.2 / 3600)
    assert np.isnan(one("366052.2", packed=True)[0])
    assert one("36.1145", packed=True) == (36.1145, False, False)


@given(st.integers(20, 153), st.integers(0, 59), st.integers(0, 5_999))
@settings(max_examples=150, deadline=None)
def test_every_angle_reads_back(degrees, minutes, hundredths):
    seconds = hundredths / 100
    value = degrees + minutes / 60 + seconds / 3600
    for text in (
        f"{degrees}度{minutes}分{seconds}秒",
        f"{degrees}°{minutes:02d}'{seconds:05.2f}\"",
        f"{degrees}-{minutes}-{seconds}",
    ):
        assert one(text)[0] == pytest.approx(value, abs=1e-9)
    figure = degrees * 10_000 + minutes * 100 + seconds
    assert unpacked(np.array([figure]))[0] == pytest.approx(value, abs=1e-7)
