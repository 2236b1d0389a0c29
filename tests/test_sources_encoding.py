"""The rule of encodings: right on every short Japanese name, and it refuses rather than guesses."""

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings
from small_files import refused

from gisplan.sources import encoding
from gisplan.sources.encoding import detect, detect_values

WORDS = (
    "焼津市 塩尻市 大門七番町 空き家 用途地域 名称 区域表示 第一種低層住居専用地域 商業 工業 近隣商業 準工業 "
    "東益津・豊田区域 小川区域 十能ソ 表 ソ 能 髙田 﨑 ①②③ ㈱丸山 ㌔ ～ － ‐ 一 二 三 有 無 ○ × 緯度 経度 "
    "公民館 図書館 浜当目 石津 和田 港 与惣次 さくら保育園 カフェ・ドゥ ＮＴＴ １丁目 国道１５０号 県道焼津森線 市道"
)
NAMES = WORDS.split()
CODECS = ("utf-8", "cp932", "euc_jp")


def encodable(text, codec):
    try:
        return text.encode(codec)
    except UnicodeEncodeError:
        return None


SHORT = [
    (name, codec)
    for name in NAMES
    for codec in CODECS
    if encodable(name, codec) is not None and not (codec == "euc_jp" and len(name) == 1)
]
"""A single kanji of EUC-JP may be a letter of UTF-8, which no rule can tell apart."""


@pytest.mark.parametrize(("name", "codec"), SHORT)
def test_a_short_name_is_read_as_it_was_written(name, codec):
    data = f"id,name\r\n1,{name}\r\n".encode(codec)
    found = detect(data, place="a.csv")
    assert data.decode(found.name) == f"id,name\r\n1,{name}\r\n"
    assert found.name in {codec, "utf-8"} or name.isascii()


def test_the_list_of_short_names_is_long_and_holds_every_codec():
    assert len(SHORT) > 120
    assert {codec for _, codec in SHORT} == set(CODECS)


@pytest.mark.parametrize(("bom", "codec", "name"), [
    (b"\xef\xbb\xbf", "utf-8", "utf-8-sig"),
    (b"\xff\xfe", "utf-16-le", "utf-16"),
    (b"\xfe\xff", "utf-16-be", "utf-16"),
])  # fmt: skip
def test_a_byte_order_mark_decides_and_is_no_part_of_the_text(bom, codec, name):
    data = bom + "名称,備考\n".encode(codec)
    found = detect(data, place="a.csv")
    assert (found.name, found.how) == (name, "BOM")
    assert data.decode(found.name) == "名称,備考\n"


def test_plain_ascii_is_ascii():
    assert detect(b"id,name\n1,a\n", place="a.csv").name == "ascii"


def test_half_width_kana_of_cp932_are_read_where_they_are_few():
    data = "名称,備考\n焼津駅前商店街,ｶﾌｪ\n".encode("cp932")
    assert detect(data, place="a.csv").name == "cp932"


@pytest.mark.parametrize(("main", "other"), [("cp932", "utf-8"), ("utf-8", "cp932")])
@pytest.mark.parametrize("line", [3, 7])
def test_two_encodings_in_one_file_are_refused_with_the_line(main, other, line):
    rows = ["番号,名称", *(f"{i},髙田の空き家第{i}号" for i in range(2, 11))]
    data = b"\n".join(
        row.encode(other if number == line else main) for number, row in enumerate(rows, start=1)
    )
    with refused("enc.mixed", place=f"a.csv:{line}") as problems:
        detect(data, place="a.csv")
    assert str(line) in problems[0].what.ja


@given(st.lists(st.sampled_from(b"\nab\x81\x90\xa0\xbf\xc2\xdf\xe3\xe4\xef\x80"), max_size=8).map(bytes))
@settings(max_examples=500, deadline=None)
def test_the_quick_look_for_utf8_misses_no_line_that_the_search_finds(data):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(encoding, "PART", 3)
        assert encoding._may_hold_utf8(data) or encoding.UTF8_LINE.search(data) is None


def test_a_single_strange_line_is_no_second_encoding():
    """Two rare names whose EUC-JP bytes are UTF-8 by chance."""
    data = "名称\n焼津市\n蘂取郡\n祗園橋\n".encode("euc_jp")
    assert detect(data, place="a.csv").name == "euc_jp"


def test_what_no_encoding_reads_is_refused():
    with refused("enc.mixed", place="a.csv:2"):
        detect(b"id\n\xff\xff\xfe\xa0\n", place="a.csv")


@given(st.lists(st.sampled_from(NAMES), min_size=1, max_size=6), st.sampled_from(["cp932", "utf-8"]))
@settings(max_examples=150, deadline=None)
def test_values_cut_by_a_fixed_width_are_still_read(names, codec):
    """A .dbf cuts a text at its width, which may be in the middle of a character."""
    values = [data[:7] for name in names if (data := encodable(name, codec)) is not None]
    found = detect_values(values, place="a.dbf")
    assert found.name in {codec, "utf-8", "ascii"}


def test_a_value_broken_in_the_middle_is_no_cut_value():
    with refused("enc.mixed", place="a.dbf"):
        detect_values(["区域".encode("cp932"), b"\xe5\x8c\xff\xff abc"], place="a.dbf")


@pytest.mark.parametrize(("codec", "how"), [("cp932", "strict"), ("euc_jp", "strict"), ("utf-8-sig", "BOM"),
                                            ("utf-16", "BOM"), ("iso2022_jp", "escapes")])  # fmt: skip
def test_an_encoding_that_is_not_the_plain_one_is_told(codec, how):
    data = "番号,名称\n1,焼津の空き家\n".encode(codec)
    found = detect(data, place="a.csv")
    [doubt] = found.doubts
    assert (found.name, doubt.code, doubt.values) == (codec, "enc.detected", {"encoding": codec, "how": how})
    assert data.decode(found.name) == "番号,名称\n1,焼津の空き家\n"


@pytest.mark.parametrize("text", ["id\n1\n", "番号\n1\n"])
def test_plain_utf8_needs_no_word(text):
    assert detect(text.encode(), place="a.csv").doubts == ()


def test_an_escape_alone_makes_no_japanese():
    assert detect(b"id\n\x1b[0m1\n", place="a.csv").name == "ascii"


def test_a_byte_that_is_no_text_is_refused_with_its_line():
    with refused("enc.nul", place="a.csv:3"):
        detect(b"id\n1\n2\x00\n", place="a.csv")


def windows_euc(text):
    """Return text as Windows writes EUC-JP (CP51932)."""
    return text.encode("euc_jis_2004")


@pytest.mark.parametrize("text", ["番号,名称\n1,㈱丸山 ①号\n", "名称,備考\n焼津市Ⅲ,№１ ㌔\n"])
def test_the_signs_of_nec_in_euc_jp_are_read(text):
    found = detect(windows_euc(text), place="a.csv")
    assert found.name == "euc_jis_2004"
    assert windows_euc(text).decode(found.name) == text


def test_the_kanji_of_ibm_in_euc_jp_are_refused_rather_than_misread():
    with refused("enc.mixed"):
        detect("名称\n焼津市役所本庁舎の東\n".encode("euc_jp") + b"\xf9\xd4\xfc\xe3\n", place="a.csv")


def test_kana_that_may_be_kanji_of_euc_jp_are_doubted_with_both_readings():
    found = detect("id,name\n1,ﾔﾏﾀﾞｿｳ\n2,ｶﾅ\n".encode("cp932"), place="a.csv")
    doubt = next(doubt for doubt in found.doubts if doubt.code == "enc.either")
    assert "ﾔﾏﾀﾞｿｳ" in doubt.values["examples"][0]
    assert {doubt.values["encoding"], doubt.values["other"]} == {"cp932", "euc_jp"}
    plain = detect("番号,名称\n1,焼津市役所の東の空き家\n".encode("euc_jp"), place="a.csv")
    assert "enc.either" not in {doubt.code for doubt in plain.doubts}
