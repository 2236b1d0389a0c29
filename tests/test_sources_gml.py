"""GML as Japan publishes it becomes rows: 国土数値情報, 基盤地図情報, PLATEAU, and what GIS programs write."""
# ruff: noqa: E501 (XML reads better in whole lines)

import itertools
import time

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import shapely
from gml_files import CITY, SPACES, URN, city, collection, curve, face, feature, ksj, read, ring
from hypothesis import given
from hypothesis import strategies as st
from small_files import refused

from gisplan.sources.door import admit
from gisplan.sources.raw import Wanted
from gisplan.sources.read import parse

# ---- 国土数値情報 --------------------------------------------------------------------------------------------

OUTER = ("35.0 138.0", "35.0 138.4", "35.4 138.4", "35.4 138.0", "35.0 138.0")
HOLE = ("35.1 138.1", "35.2 138.1", "35.2 138.2", "35.1 138.1")
AREA = shapely.Polygon(
    [(138.0, 35.0), (138.4, 35.0), (138.4, 35.4), (138.0, 35.4)],
    [[(138.1, 35.1), (138.1, 35.2), (138.2, 35.2)]],
)


def surface(key, *curves, holes=()):
    """Return a surface whose rings are declared elsewhere."""
    sides = [("exterior", curves), *(("interior", hole) for hole in holes)]
    inner = ""
    for side, names in sides:
        members = "".join(f'<gml:curveMember xlink:href="#{name}"/>' for name in names)
        inner += f"<gml:{side}><gml:Ring>{members}</gml:Ring></gml:{side}>"
    return (
        f'<gml:Surface gml:id="{key}"><gml:patches><gml:PolygonPatch>{inner}</gml:PolygonPatch></gml:patches>'
        "</gml:Surface>"
    )


def thing(key, target, *, name="F", attributes="<ksj:use codeSpace='Use.xml'>10</ksj:use>"):
    return f'<ksj:{name} gml:id="{key}"><ksj:are xlink:href="#{target}"/>{attributes}</ksj:{name}>'


def test_an_area_is_put_together_from_curves_declared_elsewhere(tmp_path):
    body = curve("c1", *OUTER) + curve("c2", *HOLE) + surface("s", "c1", holes=[["c2"]]) + thing("f", "s")
    raw = read(tmp_path / "a.gml", ksj(body))
    assert shapely.equals(raw.geometry[0], AREA)
    assert raw.crs == 6668
    assert raw.table.to_dict("records") == [{"gml_id": "f", "use": "10"}]
    assert [doubt.code for doubt in raw.doubts] == ["crs.axis_swap"]
    assert raw.rows.tolist() == [1]


def test_features_may_stand_before_what_they_refer_to(tmp_path):
    body = thing("f", "s") + surface("s", "c1") + curve("c1", *OUTER)
    raw = read(tmp_path / "a.gml", ksj(body))
    assert raw.geometry[0].equals(shapely.box(138.0, 35.0, 138.4, 35.4))


def test_a_ring_of_several_curves_some_of_them_backwards(tmp_path):
    back = '<gml:OrientableCurve gml:id="o" orientation="-"><gml:baseCurve xlink:href="#c2"/></gml:OrientableCurve>'
    body = (
        curve("c1", *OUTER[:3])
        + curve("c2", *OUTER[2:][::-1])
        + back
        + surface("s", "c1", "o")
        + thing("f", "s")
    )
    raw = read(tmp_path / "a.gml", ksj(body))
    assert raw.geometry[0].equals(shapely.box(138.0, 35.0, 138.4, 35.4))
    assert not raw.mended.any()


@pytest.mark.parametrize(
    ("declared", "wanted"),
    [
        ('<gml:Point gml:id="g"><gml:pos>35 138</gml:pos></gml:Point>', shapely.Point(138, 35)),
        (curve("g", "35 138", "36 139"), shapely.LineString([(138, 35), (139, 36)])),
        (
            ('<gml:MultiPoint gml:id="g"><gml:pointMember xlink:href="#p"/><gml:pointMembers><gml:Point><gml:pos>36 139'
            '</gml:pos></gml:Point></gml:pointMembers></gml:MultiPoint><gml:Point gml:id="p"><gml:pos>35 138</gml:pos>'
            "</gml:Point>"),
            shapely.MultiPoint([(138, 35), (139, 36)]),
        ),
        (
            '<gml:MultiSurface gml:id="g"><gml:surfaceMember xlink:href="#s"/></gml:MultiSurface>'
            + curve("c", *OUTER) + surface("s", "c"),
            shapely.MultiPolygon([shapely.box(138.0, 35.0, 138.4, 35.4)]),
        ),
        (
            '<gml:MultiCurve gml:id="g"><gml:curveMember xlink:href="#c"/></gml:MultiCurve>' + curve("c", "35 138", "36 139"),
            shapely.MultiLineString([[(138, 35), (139, 36)]]),
        ),
        (
            '<gml:CompositeCurve gml:id="g"><gml:curveMember xlink:href="#c"/><gml:curveMember xlink:href="#d"/>'
            "</gml:CompositeCurve>" + curve("c", "35 138", "36 139") + curve("d", "36 139", "36 140"),
            shapely.LineString([(138, 35), (139, 36), (140, 36)]),
        ),
    ],
)  # fmt: skip
def test_every_form_of_geometry_is_found_by_its_reference(tmp_path, declared, wanted):
    raw = read(tmp_path / "a.gml", ksj(declared + thing("f", "g")))
    assert shapely.equals(raw.geometry[0], wanted)
    assert raw.geometry[0].geom_type == wanted.geom_type


def test_a_reference_to_what_is_not_there_refuses_the_row_not_the_file(tmp_path):
    body = (
        curve("c1", *OUTER)
        + surface("s", "c1")
        + surface("t", "c9")
        + thing("f", "s")
        + thing("g", "t")
        + thing("h", "u")
    )
    raw = read(tmp_path / "a.gml", ksj(body))
    assert raw.table["gml_id"].tolist() == ["f"]
    assert [(row.row, row.code, row.value) for row in raw.refused] == [
        (2, "geom.reference", "#c9"),
        (3, "geom.reference", "#u"),
    ]


def test_references_in_a_circle_end(tmp_path):
    circle = '<gml:MultiSurface gml:id="a"><gml:surfaceMember xlink:href="#a"/></gml:MultiSurface>'
    raw = read(tmp_path / "a.gml", ksj(circle + thing("f", "a")))
    assert [row.code for row in raw.refused] == ["geom.unread"]


def test_references_that_unfold_without_end_are_refused(tmp_path):
    levels = [
        f'<gml:MultiSurface gml:id="a{i}">'
        + f'<gml:surfaceMember xlink:href="#a{i + 1}"/>' * 20
        + "</gml:MultiSurface>"
        for i in range(10)
    ]
    body = "".join(levels) + '<gml:MultiSurface gml:id="a10"/>' + thing("f", "a0")
    start = time.monotonic()
    with refused("sec.references", place="a.gml"):
        read(tmp_path / "a.gml", ksj(body))
    assert time.monotonic() - start < 10


def test_a_border_may_be_shared_by_many(tmp_path):
    """What keeps files from unfolding without end must not stop an honest one."""
    body = curve("c", *OUTER) + surface("s", "c") + "".join(thing(f"f{i}", "s") for i in range(200))
    assert len(read(tmp_path / "a.gml", ksj(body)).table) == 200


def test_references_to_other_features_are_text(tmp_path):
    body = curve("c", *OUTER) + thing("f", "c", attributes='<ksj:line xlink:href="#f9"/><ksj:empty/>')
    assert read(tmp_path / "a.gml", ksj(body)).table.iloc[0].to_dict() == {
        "gml_id": "f",
        "line": "f9",
        "empty": "",
    }


def test_several_kinds_are_asked_for_and_one_can_be_named(tmp_path):
    body = curve("c", "35 138", "36 139") + thing("f", "c", name="Line") + thing("g", "c", name="Station")
    with refused("file.layer", place="a.gml") as problems:
        read(tmp_path / "a.gml", ksj(body))
    assert problems[0].values["tables"] == ["Line", "Station"]
    for name in ("Station", "ksj:Station"):
        assert read(tmp_path / "a.gml", ksj(body), table=name).table["gml_id"].tolist() == ["g"]
    for name in ("Bus", "gml:Station"):
        with refused("file.table", place="a.gml"):
            read(tmp_path / "a.gml", ksj(body), table=name)


def test_a_file_without_features_has_no_rows(tmp_path):
    raw = read(tmp_path / "a.gml", ksj(""))
    assert (len(raw.table), raw.crs, raw.doubts) == (0, None, ())


def test_fundamental_map_data_are_read(tmp_path):
    text = (
        '<?xml version="1.0" encoding="Shift_JIS"?><Dataset gml:id="D" xmlns="http://fgd.gsi.go.jp/spec/2008/FGD_GMLSchema" '
        f"{SPACES}><gml:description>基盤地図情報</gml:description>"
        '<BldA gml:id="K1"><fid>1</fid><devDate gml:id="K1-1"><gml:timePosition>2026-01-01</gml:timePosition></devDate>'
        '<area><gml:Surface gml:id="K1-g" srsName="fguuid:jgd2011.bl"><gml:patches><gml:PolygonPatch><gml:exterior><gml:Ring>'
        "<gml:curveMember><gml:Curve><gml:segments><gml:LineStringSegment><gml:posList>"
        f"{' '.join(OUTER)}</gml:posList></gml:LineStringSegment></gml:segments></gml:Curve></gml:curveMember></gml:Ring>"
        "</gml:exterior></gml:PolygonPatch></gml:patches></gml:Surface></area><type>普通建物</type></BldA></Dataset>"
    )
    raw = read(tmp_path / "a.xml", text, encoding="cp932")
    assert raw.geometry[0].equals(shapely.box(138.0, 35.0, 138.4, 35.4))
    assert raw.table.iloc[0].to_dict() == {
        "gml_id": "K1",
        "fid": "1",
        "timePosition": "2026-01-01",
        "type": "普通建物",
    }
    assert (raw.crs, raw.encoding) == (6668, "cp932")


# ---- PLATEAU ---------------------------------------------------------------------------------------------------------

FLAT = ("35.0 138.0 0", "35.0 138.4 0", "35.4 138.4 0", "35.4 138.0 0", "35.0 138.0 0")
BOX = shapely.box(138.0, 35.0, 138.4, 35.4)


def body_of(low, high):
    """Return the faces of a box that stands on the square."""
    corners = [("35.0 138.0"), ("35.0 138.4"), ("35.4 138.4"), ("35.4 138.0")]
    floors = [face(*(f"{corner} {height}" for corner in [*corners, corners[0]])) for height in (low, high)]
    walls = [
        face(f"{a} {low}", f"{b} {low}", f"{b} {high}", f"{a} {high}", f"{a} {low}")
        for a, b in itertools.pairwise([*corners, corners[0]])
    ]
    return "".join(floors + walls)


def test_a_use_district_has_its_codes_as_text(tmp_path):
    district = (
        '<urf:UseDistrict gml:id="u1"><gml:name>甲</gml:name><urf:function codeSpace="../../codelists/a.xml">2</urf:function>'
        f'<urf:nominalArea uom="ha">112</urf:nominalArea><urf:lod1MultiSurface><gml:MultiSurface>{face(*FLAT)}</gml:MultiSurface>'
        "</urf:lod1MultiSurface><urf:floorAreaRate>2</urf:floorAreaRate></urf:UseDistrict>"
    )
    raw = read(tmp_path / "a.gml", city(district))
    assert raw.table.iloc[0].to_dict() == {
        "gml_id": "u1", "name": "甲", "function": "2", "nominalArea": "112", "floorAreaRate": "2",
    }  # fmt: skip
    assert raw.geometry[0].equals(BOX)
    assert (raw.crs, raw.doubts) == (6668, ())


def building(*levels, attributes=""):
    return f'<bldg:Building gml:id="b1">{"".join(levels)}{attributes}</bldg:Building>'


SOLID = (
    "<bldg:lod1Solid><gml:Solid><gml:exterior><gml:CompositeSurface>"
    f"{body_of(1, 9)}</gml:CompositeSurface></gml:exterior></gml:Solid></bldg:lod1Solid>"
)
ROOF = (
    "<bldg:lod0RoofEdge><gml:MultiSurface>"
    f"{face('34.9 137.9 9', '34.9 138.5 9', '35.5 138.5 9', '34.9 137.9 9')}</gml:MultiSurface></bldg:lod0RoofEdge>"
)
FOOT = f"<bldg:lod0FootPrint><gml:MultiSurface>{face(*FLAT)}</gml:MultiSurface></bldg:lod0FootPrint>"


@pytest.mark.parametrize("levels", list(itertools.permutations([SOLID, ROOF, FOOT])))
def test_of_several_levels_of_detail_the_footprint_is_taken(tmp_path, levels):
    raw = read(tmp_path / "a.gml", city(building(*levels)))
    assert raw.geometry[0].equals(BOX)
    assert [doubt.code for doubt in raw.doubts] == []


def test_a_body_stands_for_the_ground_it_covers(tmp_path):
    raw = read(tmp_path / "a.gml", city(building(SOLID)))
    assert raw.geometry[0].equals(BOX)
    assert [doubt.code for doubt in raw.doubts] == ["geom.z", "geom.lod"]


def test_geometry_of_inner_parts_counts_where_the_building_has_none(tmp_path):
    part = f"<bldg:consistsOfBuildingPart><bldg:BuildingPart><gml:name>x</gml:name>{FOOT}</bldg:BuildingPart></bldg:consistsOfBuildingPart>"
    raw = read(tmp_path / "a.gml", city(building(part)))
    assert raw.geometry[0].equals(BOX)
    assert list(raw.table.columns) == ["gml_id"]


def test_a_flooded_area_of_triangles_is_one_area(tmp_path):
    triangles = face("35 138 1", "35 138.4 1", "35.4 138.4 1", "35 138 1") + face(
        "35 138 1", "35.4 138.4 1", "35.4 138 1", "35 138 1"
    )
    water = (
        f'<wtr:WaterBody gml:id="w"><wtr:lod1MultiSurface><gml:MultiSurface>{triangles}</gml:MultiSurface></wtr:lod1MultiSurface>'
        "<uro:floodingRiskAttribute><uro:RiverFloodingRiskAttribute><uro:rank>2</uro:rank></uro:RiverFloodingRiskAttribute>"
        "</uro:floodingRiskAttribute></wtr:WaterBody>"
    )
    raw = read(tmp_path / "a.gml", city(water))
    assert raw.geometry[0].geom_type == "Polygon"
    assert raw.geometry[0].equals(BOX.intersection(BOX))
    assert raw.table["rank"].tolist() == ["2"]


def test_deeper_values_are_named_by_what_is_clear(tmp_path):
    risk = (
        "<uro:risk><uro:{0}><uro:rank>{1}</uro:rank><uro:depth uom='m'>1.5</uro:depth></uro:{0}></uro:risk>"
    )
    more = (
        "<bldg:usage>411</bldg:usage><bldg:usage>412</bldg:usage>"
        "<uro:detail><uro:Detail><uro:usage>9</uro:usage><uro:year>2020</uro:year></uro:Detail></uro:detail>"
        + risk.format("River", 1) + risk.format("Sea", 2)
        + '<gen:stringAttribute name="建物ID"><gen:value>x-1</gen:value></gen:stringAttribute>'
        '<gen:genericAttributeSet name="浸水"><gen:measureAttribute name="深さ"><gen:value uom="m">0.3</gen:value>'
        "</gen:measureAttribute></gen:genericAttributeSet>"
    )  # fmt: skip
    raw = read(tmp_path / "a.gml", city(building(FOOT, attributes=more)))
    assert raw.table.iloc[0].to_dict() == {
        "gml_id": "b1", "usage": "411;412", "detail.Detail.usage": "9", "year": "2020", "risk.River.rank": "1",
        "risk.River.depth": "1.5", "risk.Sea.rank": "2", "risk.Sea.depth": "1.5", "建物ID": "x-1", "深さ": "0.3",
    }  # fmt: skip


def test_city_objects_of_other_kinds_and_looks_are_no_rows(tmp_path):
    looks = f'<?xml version="1.0"?><core:CityModel {CITY} xmlns:app="http://www.opengis.net/citygml/appearance/2.0">'
    text = city(building(FOOT)).partition(">")[2].partition(">")[2]
    extra = "<app:appearanceMember><app:Appearance/></app:appearanceMember>"
    assert len(read(tmp_path / "a.gml", looks + extra + text).table) == 1


# ---- what GIS programs write, with GDAL as the oracle ----------------------------------------------------------------

SHAPES = {
    "Point": [shapely.Point(138.1, 35.2), shapely.Point(138.3, 35.1)],
    "LineString": [shapely.LineString([(138, 35), (138.5, 35.5), (139, 35)])],
    "Polygon": [AREA, BOX],
    "MultiPoint": [shapely.MultiPoint([(138, 35), (139, 36)])],
    "MultiLineString": [shapely.MultiLineString([[(138, 35), (139, 36)], [(138, 36), (139, 35)]])],
    "MultiPolygon": [shapely.MultiPolygon([AREA, shapely.box(139, 35, 139.5, 35.5)])],
}


@pytest.mark.parametrize("kind", SHAPES)
@pytest.mark.parametrize("form", ["GML2", "GML3", "GML3Deegree", "GML3.2"])
@pytest.mark.parametrize("epsg", [6668, 4326, 6676])
@pytest.mark.parametrize("long", ["YES", "NO"])
def test_what_gdal_writes_is_read_as_gdal_reads_it(tmp_path, kind, form, epsg, long):
    shapes = gpd.GeoDataFrame(
        {"name": ["甲"] * len(SHAPES[kind]), "n": range(len(SHAPES[kind]))}, geometry=SHAPES[kind], crs=6668
    )
    placed = shapes.to_crs(epsg)
    path = tmp_path / "a.gml"
    options = {"FORMAT": form, "GML3_LONGSRS": long} if form.startswith("GML3") else {"FORMAT": form}
    pyogrio.write_dataframe(placed, path, driver="GML", **options)
    raw = parse(admit(path, name="a.gml"), Wanted())
    oracle = pyogrio.read_dataframe(path)
    assert raw.crs == epsg
    assert shapely.equals_exact(raw.geometry, placed.geometry.to_numpy(), 1e-6).all()
    assert shapely.equals_exact(raw.geometry, oracle.geometry.to_numpy(), 0).all()
    assert raw.table["name"].tolist() == oracle["name"].tolist()
    assert raw.table["n"].astype(int).tolist() == oracle["n"].tolist()
    assert not raw.refused


@given(
    st.lists(
        st.tuples(st.floats(123, 150), st.floats(24, 44), st.floats(0.01, 1), st.integers(0, 3)),
        min_size=1,
        max_size=4,
    ),
    st.sampled_from(["north", "east"]),
    st.sampled_from([URN, "EPSG:6668", "JGD2011 / (B, L)"]),
)
def test_areas_with_holes_come_back_in_either_order_of_axes(tmp_path_factory, squares, order, system):
    def area(x, y, size, holes):
        inner = [
            shapely.box(x + size * (2 * i + 1) / 9, y + size / 9, x + size * (2 * i + 2) / 9, y + size / 2)
            for i in range(holes)
        ]
        return shapely.Polygon(
            shapely.box(x, y, x + size, y + size).exterior, [hole.exterior for hole in inner]
        )

    def written(ring):
        return " ".join(f"{y!r} {x!r}" if order == "north" else f"{x!r} {y!r}" for x, y in ring.coords)

    areas = [area(*square) for square in squares]
    features = []
    for number, one in enumerate(areas):
        inner = "".join(
            f"<gml:interior><gml:LinearRing><gml:posList>{written(hole)}</gml:posList></gml:LinearRing></gml:interior>"
            for hole in one.interiors
        )
        outer = f"<gml:exterior><gml:LinearRing><gml:posList>{written(one.exterior)}</gml:posList></gml:LinearRing></gml:exterior>"
        features.append(
            feature(f'<gml:Polygon srsName="{system}">{outer}{inner}</gml:Polygon>', key=f"a.{number}")
        )
    raw = read(tmp_path_factory.mktemp("gml") / "a.gml", collection(*features))
    assert shapely.equals_exact(raw.geometry, np.array(areas), 0).all()
    told = (order == "north" and system != URN) or (order == "east" and system != "EPSG:6668")
    assert ("crs.axis_swap" in [doubt.code for doubt in raw.doubts]) == told


def test_heights_of_points_are_a_column_and_others_are_told(tmp_path):
    point = f'<gml:Point srsName="{URN}" srsDimension="3"><gml:pos>35 138 12.5</gml:pos></gml:Point>'
    raw = read(tmp_path / "a.gml", collection(feature(point), feature(point.replace("12.5", "0"), key="a.2")))
    assert raw.table["z"].tolist() == [12.5, 0.0]
    assert raw.geometry[0].has_z is False
    assert [(doubt.code, doubt.values["rows"]) for doubt in raw.doubts] == [("geom.z", 1)]
    line = f'<gml:LineString srsName="{URN}" srsDimension="3"><gml:posList>35 138 1 36 139 2</gml:posList></gml:LineString>'
    raw = read(tmp_path / "b.gml", collection(feature(line)))
    assert "z" not in raw.table
    assert [doubt.code for doubt in raw.doubts] == ["geom.z"]


def test_a_column_that_is_called_as_the_height_or_the_geometry_stays(tmp_path):
    point = f'<gml:Point srsName="{URN}"><gml:pos>35 138 12.5</gml:pos></gml:Point>'
    raw = read(
        tmp_path / "a.gml",
        collection(feature(point, attributes="<ogr:z>a</ogr:z><ogr:geometry>b</ogr:geometry>")),
    )
    assert raw.table.iloc[0].to_dict() == {"gml_id": "a.1", "z": "a", "geometry_": "b", "z_": 12.5}
    assert {doubt.code for doubt in raw.doubts} == {"geom.z", "tab.reserved"}


def test_arcs_become_lines_and_this_is_told(tmp_path):
    arc = (
        '<gml:Curve srsName="urn:ogc:def:crs:EPSG::6676"><gml:segments><gml:Arc><gml:posList>0 0 100 100 0 200</gml:posList>'
        "</gml:Arc><gml:LineStringSegment><gml:posList>0 200 0 300</gml:posList></gml:LineStringSegment></gml:segments></gml:Curve>"
    )
    raw = read(tmp_path / "a.gml", collection(feature(arc)))
    assert raw.geometry[0].length == pytest.approx(100 * np.pi + 100, rel=1e-4)
    assert raw.geometry[0].coords[-1] == (300, 0)
    assert [doubt.code for doubt in raw.doubts] == ["geom.curve"]


def test_a_ring_that_is_not_closed_is_closed_and_counted(tmp_path):
    polygon = f'<gml:Polygon srsName="{URN}"><gml:exterior>{ring(*OUTER[:-1])}</gml:exterior></gml:Polygon>'
    raw = read(tmp_path / "a.gml", collection(feature(polygon)))
    assert raw.mended.tolist() == [True]
    assert raw.geometry[0].equals(BOX)


@pytest.mark.parametrize("text", ["35 138 35", "35 x 36 139", "nan nan 1 1", "1e999 138 35 139", "35 138"])
def test_a_geometry_that_cannot_be_read_refuses_its_row(tmp_path, text):
    bad = f'<gml:LineString srsName="{URN}"><gml:posList>{text}</gml:posList></gml:LineString>'
    good = bad.replace(text, "35 138 36 139")
    raw = read(
        tmp_path / "a.gml", collection(feature(good), feature(bad, key="a.2"), feature(good, key="a.3"))
    )
    assert raw.table["gml_id"].tolist() == ["a.1", "a.3"]
    assert raw.rows.tolist() == [1, 3]
    assert [(row.row, row.code) for row in raw.refused] == [(2, "geom.unread")]


def test_a_table_asks_for_no_geometry(tmp_path):
    bad = f'<gml:LineString srsName="{URN}"><gml:posList>x</gml:posList></gml:LineString>'
    raw = read(tmp_path / "a.gml", collection(feature(bad)), kind="table")
    assert len(raw.table) == 1
    assert raw.refused == ()


def test_two_coordinate_systems_in_one_file_are_refused(tmp_path):
    point = '<gml:Point srsName="{}"><gml:pos>35 138</gml:pos></gml:Point>'
    both = collection(
        feature(point.format(URN)), feature(point.format("urn:ogc:def:crs:EPSG::4612"), key="a.2")
    )
    with refused("crs.several", place="a.gml"):
        read(tmp_path / "a.gml", both)


def test_a_system_that_is_unknown_or_absent_is_asked_for(tmp_path):
    point = '<gml:Point srsName="local"><gml:pos>35 138</gml:pos></gml:Point>'
    raw = read(tmp_path / "a.gml", collection(feature(point)))
    assert (raw.crs, raw.crs_detail) == (None, "local")
    raw = read(tmp_path / "b.gml", collection(feature(point.replace(' srsName="local"', ""))))
    assert (raw.crs, raw.crs_detail) == (None, "")
    assert raw.geometry[0].coords[0] == (138, 35)


def test_the_system_of_an_envelope_holds_for_what_states_none(tmp_path):
    envelope = f'<gml:boundedBy><gml:Envelope srsName="{URN}"/></gml:boundedBy>'
    point = "<gml:Point><gml:pos>35 138</gml:pos></gml:Point>"
    assert read(tmp_path / "a.gml", collection(feature(point), extra=envelope)).crs == 6668
    inner = feature(point).replace("<ogr:geometryProperty>", f"{envelope}<ogr:geometryProperty>")
    assert read(tmp_path / "b.gml", collection(inner)).crs == 6668


def test_of_several_geometries_the_one_of_the_layer_is_taken(tmp_path):
    both = (
        f'<ogr:place><gml:Point srsName="{URN}"><gml:pos>35 138</gml:pos></gml:Point></ogr:place>'
        f'<ogr:ground><gml:Polygon srsName="{URN}"><gml:exterior>{ring(*OUTER)}</gml:exterior></gml:Polygon></ogr:ground>'
    )
    text = collection(f'<ogr:area gml:id="a">{both}</ogr:area>')
    for kind, name in (("point", "Point"), ("polygon", "Polygon"), (None, "Point")):
        raw = read(tmp_path / "a.gml", text, kind=kind)
        assert raw.geometry[0].geom_type == name
        assert [doubt.code for doubt in raw.doubts] == ["geom.several"]


def test_members_of_wfs_are_read(tmp_path):
    point = f'<gml:Point srsName="{URN}"><gml:pos>35 138</gml:pos></gml:Point>'
    for member in ("wfs:member", "gml:featureMembers"):
        text = (
            f'<wfs:FeatureCollection xmlns:wfs="http://www.opengis.net/wfs/2.0" xmlns:ogr="a" {SPACES}><{member}>'
            f"{feature(point)}</{member}></wfs:FeatureCollection>"
        )
        assert len(read(tmp_path / "a.gml", text).table) == 1


@pytest.mark.parametrize(
    "text",
    [
        "<gml:coordinates>138,35 139,36</gml:coordinates>",
        "<gml:coordinates>138, 35\n 139 ,36</gml:coordinates>",
        '<gml:coordinates decimal="." cs=" " ts=";">138 35;139 36</gml:coordinates>',
        '<gml:coordinates decimal="," cs=";" ts=" ">138,0;35,0 139,0;36,0</gml:coordinates>',
        "<gml:coord><gml:X>138</gml:X><gml:Y>35</gml:Y></gml:coord><gml:coord><gml:X>139</gml:X><gml:Y>36</gml:Y></gml:coord>",
        "<gml:pos>138 35</gml:pos><gml:pos>139 36</gml:pos>",
        "<gml:pointProperty><gml:Point><gml:pos>138 35</gml:pos></gml:Point></gml:pointProperty><gml:pos>139 36</gml:pos>",
    ],
)
def test_coordinates_are_read_in_every_spelling(tmp_path, text):
    line = f'<gml:LineString srsName="EPSG:4326">{text}</gml:LineString>'
    raw = read(tmp_path / "a.gml", collection(feature(line)))
    assert list(raw.geometry[0].coords) == [(138, 35), (139, 36)]


@pytest.mark.real
@pytest.mark.parametrize(
    ("name", "codes"),
    [("gml_axis_short", ["crs.axis_swap"]), ("gml_jgd_name", ["crs.axis_swap"]), ("gml_schema_ssrf", [])],
)
def test_the_corpus_is_read_with_its_axes_the_right_way_round(real_data, name, codes):
    path = real_data.parent / "corpus/bad" / f"{name}.gml"
    raw = parse(admit(path, name="a.gml"), Wanted())
    assert (raw.crs, list(raw.geometry[0].coords)) == (6668, [(137.9534, 36.1145)])
    assert [doubt.code for doubt in raw.doubts] == codes


@pytest.mark.real
def test_the_use_districts_of_takeo_are_read_and_lie_in_takeo(real_data):
    path = real_data / "plateau/takeo-shi/udx/urf/493060_urf_6668_op.gml"
    raw = parse(admit(path, name="takeo.gml"), Wanted(table="UseDistrict", kind="polygon"))
    assert (len(raw.table), raw.crs, raw.doubts, raw.refused) == (40, 6668, (), ())
    assert set(raw.table["function"]) <= {str(code) for code in range(1, 14)}
    assert raw.table["floorAreaRate"].astype(float).between(0.5, 13).all()
    hectares = gpd.GeoSeries(raw.geometry, crs=6668).to_crs(6670).area.sum() / 10_000
    assert hectares == pytest.approx(724.35, abs=0.01)
    west, south, east, north = shapely.total_bounds(raw.geometry)
    assert 129.9 < west < east < 130.1
    assert 33.1 < south < north < 33.3


@pytest.mark.real
def test_the_kinds_of_features_of_takeo_are_told(real_data):
    path = real_data / "plateau/takeo-shi/udx/urf/493060_urf_6668_op.gml"
    with refused("file.layer", place="takeo.gml") as problems:
        parse(admit(path, name="takeo.gml"), Wanted())
    assert len(problems[0].values["tables"]) == 7
    counts = {
        kind: len(parse(admit(path, name="a"), Wanted(table=kind)).table)
        for kind in problems[0].values["tables"]
    }
    assert sum(counts.values()) == path.read_text("utf-8").count("<core:cityObjectMember>") == 140
