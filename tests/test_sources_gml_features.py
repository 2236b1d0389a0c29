"""Names of columns are as short as they are clear, and each value has one."""
# ruff: noqa: E501 (XML reads better in whole lines)

import pytest
from gml_files import city
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from gisplan.sources.gml_features import feature_of, is_named, kind_name, names_of, refers

GML = "{http://www.opengis.net/gml}"


def first(text):
    """Return the first feature of a city model."""
    return etree.fromstring(text.encode())[1][0]


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        ([("{a}use",), ("{a}name",)], ["use", "name"]),
        ([("{a}x", "{a}X", "{a}rank")], ["rank"]),
        ([("{a}x", "{a}X", "{a}rank"), ("{a}y", "{a}Y", "{a}rank")], ["x.X.rank", "y.Y.rank"]),
        ([("{a}x", "{a}X", "{a}rank"), ("{a}rank",)], ["x.X.rank", "rank"]),
        ([(f"{GML}name",), ("{a}name",)], ["gml.name", "name"]),
        ([("{a}name",), ("{b}name",), ("{c}name",)], ["name", "gml.name", "name (2)"]),
    ],
)
def test_a_value_is_named_by_what_is_clear(paths, names):
    assert list(names_of(paths).values()) == names


PARTS = st.sampled_from(["{a}a", "{b}a", "{a}b", f"{GML}a", "{a}a.b"])


@given(st.lists(st.lists(PARTS, min_size=1, max_size=3).map(tuple), unique=True))
def test_every_value_has_a_name_of_its_own(paths):
    named = names_of(paths)
    assert list(named) == paths
    assert len(set(named.values())) == len(paths)


def test_a_kind_is_named_with_or_without_its_prefix():
    one = first(city('<urf:UseDistrict gml:id="a"/>'))
    assert kind_name(one) == "UseDistrict"
    assert [is_named(one, name) for name in ("UseDistrict", "urf:UseDistrict", "uro:UseDistrict", "Use")] == [
        True, True, False, False,
    ]  # fmt: skip


def test_a_feature_knows_whether_it_refers_to_others():
    assert refers(first(city('<urf:A><urf:b><urf:c xlink:href="#d"/></urf:b></urf:A>')))
    assert not refers(first(city("<urf:A><urf:b/></urf:A>")))


def test_code_lists_units_and_envelopes_are_no_values():
    text = city(
        '<urf:A gml:id="a"><gml:boundedBy><gml:Envelope srsName="x"><gml:lowerCorner>1 2</gml:lowerCorner></gml:Envelope>'
        '</gml:boundedBy><urf:b codeSpace="../c.xml"> 3 </urf:b><urf:d uom="m">4</urf:d></urf:A>'
    )
    found = feature_of(first(text), shared={}, kind=None)
    urf = "{https://www.geospatial.jp/iur/urf/3.1}"
    assert found.attributes == {("gml_id",): "a", (f"{urf}b",): "3", (f"{urf}d",): "4"}
    assert (found.choice, found.system) == (None, "x")
