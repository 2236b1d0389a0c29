"""Districts on the screen: proposed ones and drawn ones in the same figures, and nothing that is not known."""

from types import SimpleNamespace

import numpy as np
import pandas as pd

from gisplan.cli.proposed import MOST, district_lines

ROW = {
    "layer": "proposed", "name_ja": "西浜ほか", "name_en": "西浜 and others", "rank": 1, "area_ha": 350.54,
    "suitability_mean": 0.753, "people": 5841.0, "vacant_houses": 363.0, "hubs": 1.0, "interchange_minutes": 5.4,
    "beside_ja": "沿岸地区", "beside_en": "沿岸地区", "overlap": 0.228,
}  # fmt: skip
DRAWN = ROW | {
    "layer": "priority_district", "name_ja": "沿岸地区", "name_en": "沿岸地区", "rank": pd.NA, "beside_ja": "",
    "beside_en": "", "overlap": 0.0, "people": np.nan, "vacant_houses": np.nan, "suitability_mean": np.nan,
}  # fmt: skip


def said(rows, language):
    tables = {} if rows is None else {"districts_compared": pd.DataFrame(rows)}
    return list(district_lines(SimpleNamespace(released=SimpleNamespace(tables=tables)), language))


def test_proposed_districts_stand_first_and_drawn_ones_beside_them():
    assert said([DRAWN, ROW], "ja") == [
        "提案する地区（適性は0から1の平均点。決定ではありません）",
        (
            "  1  西浜ほか　350.5 ha、適性 0.75、人口 5,841人、空家等 363戸、拠点 1か所、ICまで 5.4分"
            "（「沿岸地区」と合わせた面積の23%が共通）"
        ),
        "図面の地区を同じものさしで",
        "  沿岸地区　350.5 ha、拠点 1か所、ICまで 5.4分",
    ]
    english = said([DRAWN, ROW], "en")
    assert english[1].endswith("(of its ground and that of “沿岸地区” together, 23% is common)")
    assert english[3] == "  沿岸地区: 350.5 ha, hubs 1, to an interchange 5.4 min"


def test_nothing_is_said_where_none_were_asked_for_and_none_is_no_silence():
    assert said(None, "ja") == []
    assert list(district_lines(SimpleNamespace(released=None), "en")) == []
    assert said([DRAWN], "en")[1] == "  No ground fits what was asked for"


def test_many_drawn_districts_are_counted():
    assert said([ROW, *[DRAWN] * (MOST + 2)], "en")[-1] == "  … (2 more in districts_compared)"
