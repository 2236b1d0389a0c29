"""Chinese and Korean text is refused where its bytes read as Japanese; Japanese text never is."""

import contextlib

import pytest
from small_files import refused

from gisplan.sources.encoding import detect
from gisplan.sources.script import is_foreign

CHINESE = "编号,名称,地址\n1,中华人民共和国国务院办公厅,北京市西城区府右街二号\n2,上海市人民政府,上海市黄浦区人民大道\n"
TAIWANESE = "編號,名稱,地址\n1,臺北市政府,臺北市信義區市府路一號\n2,國立故宮博物院,臺北市士林區至善路二段\n"
KOREAN = "번호,명칭,주소\n1,서울특별시청,서울특별시 중구 세종대로 백십\n2,부산광역시청,부산광역시 연제구 중앙대로\n"
JAPANESE = (
    "番号,名称,所在地\n1,焼津市役所,静岡県焼津市本町二丁目\n2,榛原郡吉田町,檜垣薔薇園\n",
    "ﾊﾞﾝｺﾞｳ,ﾒｲｼｮｳ\n1,ﾔｲﾂﾞｴｷﾏｴｼｮｳﾃﾝｶﾞｲ\n2,ｺｳﾐﾝｶﾝﾎﾝｶﾝ\n3,ｶﾌﾞｼｷｶﾞｲｼｬ ﾏﾙﾔﾏ\n",
    "番号,名称\n1,カフェ・ドゥ・パリ、さくら保育園と、みなと\n2,①②③㈱丸山髙田﨑\n",
)


@pytest.mark.parametrize(
    ("text", "codec", "found"),
    [(CHINESE, "gb18030", "gb18030"), (TAIWANESE, "big5", "big5"), (KOREAN, "euc_kr", "cp949")],
)
def test_text_of_another_language_is_refused_not_misread(text, codec, found):
    with refused("enc.foreign", place="a.csv") as problems:
        detect(text.encode(codec), place="a.csv")
    assert f'encoding = "{found}"' in problems[0].cure.ja


def written():
    """Return the Japanese texts as each codec writes them, where it has all their signs."""
    for text in JAPANESE:
        for codec in ("utf-8", "cp932", "euc_jp", "iso2022_jp_ext"):
            with contextlib.suppress(UnicodeEncodeError):
                yield text, text.encode(codec)


@pytest.mark.parametrize(("text", "data"), list(written()))
def test_japanese_is_read_as_it_was_written(text, data):
    assert data.decode(detect(data, place="a.csv").name) == text


def test_a_short_text_tells_nothing():
    assert is_foreign("北京市".encode("gb18030"), "euc_jp") is None


def test_only_the_beginning_of_a_large_list_is_looked_at():
    data = (JAPANESE[0] * 2_000).encode("cp932")
    assert len(data) > 1 << 16
    assert is_foreign(data, "cp932") is None
