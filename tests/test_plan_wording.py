"""The form of words for districts: lists, what is said once, brackets, distances; two readings are refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gisplan.plan.gazetteer import key
from gisplan.plan.wording import kanji_number, not_drawn, read_words

NAMES = frozenset({"中央・汐見台重点地区", "本町(北)", "宮内の里"})


def read(text):
    return read_words(text, NAMES.__contains__)


def texts(text):
    return [phrase.text for phrase in read(text)]


def spelt(text):
    return [phrase.names for phrase in read(text)]


@pytest.mark.parametrize(
    "text",
    [
        "本町、港町,緑町",
        "本町・港町／緑町",
        "本町；港町 及び 緑町",
        "本町並びに港町および緑町。",
        "本町\n港町\n\n緑町\n",
        "本町　、港町､緑町",
    ],
)
def test_every_separator_splits(text):
    assert texts(text) == ["本町", "港町", "緑町"]


def test_a_name_with_a_separator_in_it_stays_whole():
    assert texts("中央・汐見台重点地区") == ["中央・汐見台重点地区"]
    assert texts("川西・中央・汐見台重点地区・奥中") == ["川西", "中央・汐見台重点地区", "奥中"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ちの・玉川・宮川地区", [("ちの", "ちの地区"), ("玉川", "玉川地区"), ("宮川地区", "宮川")]),
        ("東・西自治会、本町", [("東", "東自治会"), ("西自治会", "西"), ("本町",)]),
        ("市街化区域全域", [("市街化区域全域", "市街化区域")]),
        ("本町の全域", [("本町の全域", "本町")]),
        ("第１種住居・第2種住居地域", [("第一種住居", "第一種住居地域"), ("第二種住居地域", "第二種住居")]),
    ],
)
def test_what_a_list_says_once_counts_for_each(text, expected):
    assert spelt(text) == expected


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("本町一丁目・二丁目", ["本町1丁目", "本町2丁目"]),
        ("本町一・二丁目", ["本町1丁目", "本町2丁目"]),
        ("本町１～３丁目", ["本町1丁目", "本町2丁目", "本町3丁目"]),
        ("本町一丁目から三丁目まで、港町", ["本町1丁目", "本町2丁目", "本町3丁目", "港町"]),
        ("焼津第1・第2・第三自治会", ["焼津第1自治会", "焼津第2自治会", "焼津第3自治会"]),
    ],
)
def test_numbers_take_the_name_before_them(text, wanted):
    found = spelt(text)
    assert len(found) == len(wanted)
    for names, name in zip(found, wanted, strict=True):
        assert key(name) in {key(spelling) for spelling in names}


@pytest.mark.parametrize(
    "text",
    [
        "市街化区域全域（工業専用地域及び工業地域を除く）",
        "市街化区域全域（工業専用地域及び工業地域を除く。）",
        "市街化区域全域のうち、工業専用地域及び工業地域を除く区域",
        "市街化区域全域から工業専用地域及び工業地域を除いた区域",
        "市街化区域全域。ただし、工業専用地域及び工業地域を除く。",
    ],
)
def test_what_is_taken_away(text):
    (found,) = read(text)
    assert [phrase.text for phrase in found.without] == ["工業専用地域", "工業地域"]
    assert [phrase.text for phrase in found.of] in ([], ["市街化区域全域"])
    assert found.fault == ""


@pytest.mark.parametrize(
    "text",
    ["本町、港町（工業地域を除く）", "本町、港町（工業地域を除く。）", "本町、港町。ただし工業地域を除く"],
)
def test_a_bracket_at_the_end_of_a_list_and_a_proviso_bound_the_whole_list(text):
    (whole,) = read(text)
    assert [phrase.text for phrase in whole.of] == ["本町", "港町"]
    assert [phrase.text for phrase in whole.without] == ["工業地域"]
    assert whole.listed == ("（" in text)


def test_a_bracket_inside_a_list_or_beside_another_belongs_to_the_item_before_it():
    first, second = read("本町（工業地域を除く）、港町")
    assert ([phrase.text for phrase in first.without], second.without) == (["工業地域"], ())
    first, second = read("本町（工業地域を除く）、港町（商業地域を除く）")
    assert [item.without[0].text for item in (first, second)] == ["工業地域", "商業地域"]
    assert not first.listed


def test_a_bracket_after_a_range_of_blocks_bounds_all_of_them():
    (whole,) = read("本町1～3丁目（工業地域を除く）")
    assert [phrase.text for phrase in whole.of] == ["本町1丁目", "本町2丁目", "本町3丁目"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("西浜と磯辺", ["西浜", "磯辺"]),
        ("西浜と磯辺地区、本町", ["西浜", "磯辺地区", "本町"]),
        ("西浜と磯辺とさとやま", ["西浜", "磯辺", "さとやま"]),
        ("さとやまと西浜", ["さとやま", "西浜"]),
        ("さとやま", ["さとやま"]),
        ("西浜と知らない町", ["西浜と知らない町"]),
    ],
)
def test_and_splits_what_it_joins_of_known_names_alone(text, wanted):
    found = read_words(text, {"西浜", "磯辺", "さとやま"}.__contains__)
    assert [phrase.text for phrase in found] == wanted


def test_and_may_stand_in_a_bracket():
    (found,) = read_words("市街化区域（西浜と磯辺を除く）", {"市街化区域", "西浜", "磯辺"}.__contains__)
    assert [phrase.text for phrase in found.without] == ["西浜", "磯辺"]


def test_what_is_cut_to():
    for text in ("本町のうち用途地域", "本町内の用途地域", "本町（用途地域に限る。）"):
        (found,) = read(text)
        assert [phrase.text for phrase in found.only] == ["用途地域"]


@pytest.mark.parametrize(
    "text",
    [
        "本町、工業専用地域を除く市街化区域",
        "工業地域及び工業専用地域を除く市街化区域",
        "本町、市街化区域のうち工業専用地域を除く区域",
        "本町、港町のうち用途地域",
        "本町を除く",
        "本町（仮）",
        "本町（（工業地域を除く）を除く）",
        "H-1から直線で10分",
        "H-1から徒歩800m",
    ],
)
def test_words_that_could_be_read_in_two_ways_are_not_read(text):
    assert "not_read" in {phrase.fault for phrase in read(text)}


@pytest.mark.parametrize(
    ("text", "name", "radius", "minutes", "travel"),
    [
        ("H-1から800m", "H-1", 800, None, ""),
        ("本町交流館から半径1.5km以内", "本町交流館", 1500, None, ""),
        ("焼津駅を中心とする半径１，２００メートルの円", "焼津駅", 1200, None, ""),
        ("H-1から10分", "H-1", None, 10, ""),
        ("H-1から車で10分圏内", "H-1", None, 10, "car"),
        ("H-1まで徒歩１５分以内", "H-1", None, 15, "walk"),
    ],
)
def test_distances(text, name, radius, minutes, travel):
    (found,) = read(text)
    assert (found.names, found.radius_m, found.minutes, found.travel) == ((name,), radius, minutes, travel)


def test_names_may_hold_brackets_and_words_of_the_grammar():
    assert texts("本町（北）、宮内の里") == ["本町(北)", "宮内の里"]


@pytest.mark.parametrize(
    "text", ["3番地", "本町一丁目の一部", "国道沿い", "駅周辺", "本町の北側", "国道以北"]
)
def test_ground_that_no_layer_draws_is_known_as_such(text):
    assert not_drawn(text)
    assert not not_drawn("本町一丁目")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("本町一丁目", "本町１丁目"),
        ("本町 1丁目", "本町1丁目"),
        ("大字 川西", "川西"),
        ("字川西", "川西"),
        ("三ケ名", "三ヶ名"),
        ("霞が関", "霞ヶ関"),
        ("第一自治会", "第1自治会"),
        ("井ノ頭", "井の頭"),
        ("ＡＢＣ町", "abc町"),
    ],
)
def test_spellings_of_one_name_share_a_key(one, other):
    assert key(one) == key(other)


@pytest.mark.parametrize(("one", "other"), [("本町一丁目", "本町二丁目"), ("つつじが丘", "つつじ丘")])
def test_different_names_have_different_keys(one, other):
    assert key(one) != key(other)


def test_numbers_in_kanji():
    found = [kanji_number(text) for text in ("一", "十", "十二", "二十", "二十三", "9")]
    assert found == [1, 10, 12, 20, 23, 9]


@given(st.text(alphabet="本町港()（）、・及び除くをのうちから第一12丁目m分ただし。\n", max_size=30))
def test_no_words_break_the_reader(text):
    for phrase in read(text):
        assert phrase.fault or phrase.names or phrase.of
