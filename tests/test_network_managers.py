"""Who manages a road, read from what files write; what no pattern knows is unknown, never guessed."""

import numpy as np
import pandas as pd
import pytest
from village_roads import ROADS, roads

from gisplan.network.managers import MANAGERS, manager_code, managers, tolls


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("国土交通省", "minister"),
        ("国土交通大臣", "minister"),
        ("国", "minister"),
        ("中部地方整備局 静岡国道事務所", "minister"),
        ("静岡県", "prefecture"),
        ("東京都", "prefecture"),
        ("京都府", "prefecture"),
        ("北海道", "prefecture"),
        ("静岡県島田土木事務所", "prefecture"),
        ("都道府県", "prefecture"),
        ("焼津市", "municipality"),
        ("京都市土木事務所", ""),
        ("京都市", "municipality"),
        ("府中市", "municipality"),
        ("竹富町", "municipality"),
        ("指定市", "municipality"),
        ("中日本高速道路株式会社", "expressway_company"),
        ("静岡県道路公社", "expressway_company"),
        ("ＮＥＸＣＯ中日本", "expressway_company"),
        ("その他", "other"),
        ("焼津土地改良区", "other"),
        ("", ""),
        ("不明", ""),
        ("?", ""),
        *((code, code) for code in MANAGERS),
    ],
)
def test_words_are_read(word, code):
    assert manager_code(word) == code


def test_a_table_without_the_columns_is_unknown():
    table = roads(ROADS).drop(columns="manager")
    assert list(managers(table)) == ["", "", ""]
    assert np.isnan(tolls(table)).all()
    given = table.assign(manager=[None, "焼津市", "国"], toll=pd.array([True, False, None], dtype="boolean"))
    assert list(managers(given)) == ["", "municipality", "minister"]
    assert tolls(given).tolist()[:2] == [1.0, 0.0]
    assert np.isnan(tolls(given)[2])
