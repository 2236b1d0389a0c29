"""Lines of notes end where a reader expects it, in Japanese and in English."""

from itertools import pairwise

import pytest

from gisplan.maps.breaks import NO_END, NO_START, broken, columns_of

NOTE = (
    "速度：幅員5.5m未満の市町村道 15 km/h / は、道路種別ごとの設定速度（「道路交通センサス」令和3年度）による。"
    "所要時間は8時から9時まで、30分以内の人口は1,234人です。第8条のとおり、データのない区間の延長を除きます。"
)
ENGLISH = (
    "On roads below 5.5 m a speed of 15 km/h / 20 km/h is taken; within 30 min there are 1,234 people. "
    "Shares are of the total less those not assessed."
)


@pytest.mark.parametrize("text", [NOTE, ENGLISH])
@pytest.mark.parametrize("columns", range(24, 121, 4))
def test_every_line_fits_and_nothing_is_lost(text, columns):
    lines = list(broken(text, columns=columns))
    assert max(map(columns_of, lines)) <= columns
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    for line in lines[1:]:
        assert line[0] not in NO_START, line
    for line in lines[:-1]:
        assert line[-1] not in NO_END, line


@pytest.mark.parametrize("columns", range(24, 121, 4))
def test_no_line_begins_with_a_particle_or_parts_a_figure_from_its_unit(columns):
    lines = list(broken(NOTE, columns=columns))
    for before, line in pairwise(lines):
        assert line[0] not in "はのをにがでとまごい", line
        assert not (
            before[-1].isdigit() and line.startswith(("km/h", "m", "分", "時", "人", "条", "年度"))
        ), line
        assert not (before[-1] == "第" and line[0].isdigit()), line
    for line in list(broken(ENGLISH, columns=columns))[1:]:
        assert not line.startswith(("km/h", "m ", "min", "people", "/")), line


def test_a_katakana_word_stays_whole():
    assert list(broken("延長はデータのない区間", columns=12)) == ["延長は", "データのない", "区間"]


def test_english_breaks_between_words_alone():
    words = set(ENGLISH.split())
    for line in broken(ENGLISH, columns=30):
        assert set(line.split()) <= words, line


def test_an_endless_word_is_cut_where_the_line_is_full():
    assert list(broken("x" * 25, columns=10)) == ["x" * 10, "x" * 10, "x" * 5]
