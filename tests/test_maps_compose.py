"""A layer of the atlas becomes a layer of a map, with the columns its reader may see."""

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from gisplan.core.words import Field, Layer, Source, Spec, Style, Text
from gisplan.maps import compose


def both(text):
    return Text(ja=text, en=text)


FIELDS = {
    "name": Field(name="name", title=both("名称"), type="text"),
    "site_area": Field(name="site_area", title=both("敷地面積"), type="number", unit="m²"),
    "consent": Field(name="consent", title=both("同意"), type="boolean", audience="partner"),
    "owner": Field(name="owner", title=both("所有者"), type="text", audience="internal"),
    "empty": Field(name="empty", title=both("空"), type="text"),
    "absent": Field(name="absent", title=both("なし"), type="text"),
}
SPEC = Spec(
    name="vacant_house",
    group="homes",
    kind="point",
    title=both("空家等"),
    about=both(""),
    article="",
    accepts=("point",),
    source=Source(credit=both("市"), licence="CC BY 4.0"),
    fields=FIELDS,
    style=Style(visible=False),
)


@pytest.fixture
def layer():
    table = gpd.GeoDataFrame(
        {
            "id": ["1"],
            "name": ["家"],
            "site_area": [200.0],
            "consent": pd.array([True], "boolean"),
            "owner": ["山田"],
            "empty": [""],
        },
        geometry=[shapely.Point(0, 0)],
        crs=6676,
    )
    return Layer(spec=SPEC, table=table, readings=())


@pytest.mark.parametrize(
    ("audience", "columns"),
    [
        ("public", ["name", "site_area"]),
        ("partner", ["name", "site_area", "consent"]),
        ("internal", ["name", "site_area", "consent", "owner"]),
    ],
)
def test_the_audience_decides_the_columns(layer, audience, columns):
    assert [name for name, _ in compose.map_layer(layer, audience=audience).popup] == columns


def test_titles_units_credit_and_group_come_along(layer):
    made = compose.map_layer(layer)
    assert dict(made.popup)["site_area"].ja == "敷地面積 [m²]"
    assert made.credit.ja == "市"
    assert made.licence == "CC BY 4.0"
    assert made.group.ja == "住まい"
    assert not made.visible
