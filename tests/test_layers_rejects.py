"""A refused row is quoted whole, whether the list or the layer refused it, with reason and cure in both languages."""
# ruff: noqa: PD011 (the values of a doubt are no data frame)

import json

import numpy as np
import pandas as pd

from gisplan.layers.catalogue import packaged_folder, read_catalogue
from gisplan.layers.rejects import refusals, rejects_of
from gisplan.sources.raw import File, Raw, Refused

SHOP = read_catalogue(packaged_folder())["shop"]


def raw(name="a.csv"):
    table = pd.DataFrame({"番号": ["1", "2"], "緯度": ["34.8", "x"], "空": [None, 3.0]}, dtype=object)
    return Raw(
        file=File(path=None, name=name, driver="csv", sha256="", size=1), table=table, geometry=None,
        rows=np.array([2, 5]), mended=np.zeros(2, dtype=bool),
    )  # fmt: skip


def test_rows_of_the_list_and_of_the_layer_are_quoted_whole():
    refused = [
        (0, Refused(row=5, column="緯度", value="x", code="coord.missing")),
        (0, Refused(row=7, column="", value="多", code="tab.ragged", cells=("9", "34", "", "多"))),
        (1, Refused(row=2, column="緯度", value="34.8", code="coord.missing")),
    ]
    rows = rejects_of(SHOP, [raw(), raw("b.csv")], refused)
    assert [json.loads(row["record"]) for row in rows] == [
        [["番号", "2"], ["緯度", "x"], ["空", "3"]],
        [["番号", "9"], ["緯度", "34"], ["空", ""], ["column 4", "多"]],
        [["番号", "1"], ["緯度", "34.8"], ["空", ""]],
    ]
    assert [(row["file"], row["row"]) for row in rows] == [("a.csv", 5), ("a.csv", 7), ("b.csv", 2)]
    assert "x" in rows[0]["reason_ja"]
    assert rows[0]["reason_en"] != rows[0]["reason_ja"]
    assert [(doubt.subject, doubt.values) for doubt in refusals(SHOP, rows)] == [
        ("a.csv", {"rows": 2}),
        ("b.csv", {"rows": 1}),
    ]


def test_nothing_refused_is_nothing_told():
    assert rejects_of(SHOP, [raw()], []) == ()
    assert refusals(SHOP, ()) == ()
