"""Each geometry of GML becomes a flat shape, or says why not."""
# ruff: noqa: E501 (XML reads better in whole lines)

import pytest
import shapely
from lxml import etree

from gisplan.sources.drawing import UnreadableShapeError
from gisplan.sources.gml_geometry import (
    Drawer,
    MissingShapeError,
    TooManyReferencesError,
    is_geometry,
    kind_of,
)

SPACES = 'xmlns:gml="http://www.opengis.net/gml" xmlns:xlink="http://www.w3.org/1999/xlink"'


def element(text):
    """Return an element of GML; `g:` stands for its prefix."""
    text = text.replace("<g:", "<gml:").replace("</g:", "</gml:")
    name, rest = text[1:].split(" ", 1) if " " in text.split(">", 1)[0] else text[1:].split(">", 1)
    glue = " " if " " in text.split(">", 1)[0] else ">"
    return etree.fromstring(f"<{name} {SPACES}{glue}{rest}")


def draw(text, *, dimension=2, largest=10_000, outline=False, **shared):
    drawer = Drawer(shared={key: element(one) for key, one in shared.items()}, largest=largest)
    return drawer.draw(element(text), dimension=dimension, outline=outline)


RING = "<g:LinearRing><g:posList>{}</g:posList></g:LinearRing>"
SQUARE = RING.format("0 0 1 0 1 1 0 1 0 0")
POLYGON = f"<g:Polygon><g:exterior>{SQUARE}</g:exterior></g:Polygon>"
BOX = shapely.box(0, 0, 1, 1)
PATCHES = "".join(
    f"<g:PolygonPatch><g:exterior>{RING.format(text)}</g:exterior></g:PolygonPatch>"
    for text in ("0 0 1 0 1 1 0 1 0 0", "1 0 2 0 2 1 1 1 1 0")
)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("<g:Point><g:pos>1 2</g:pos></g:Point>", shapely.Point(1, 2)),
        ("<g:Point><g:coordinates>1,2</g:coordinates></g:Point>", shapely.Point(1, 2)),
        (POLYGON, BOX),
        (f"<g:Polygon><g:outerBoundaryIs>{SQUARE}</g:outerBoundaryIs></g:Polygon>", BOX),
        (f"<g:Surface><g:patches>{PATCHES}</g:patches></g:Surface>", shapely.box(0, 0, 2, 1)),
        (f"<g:PolyhedralSurface><g:polygonPatches>{PATCHES}</g:polygonPatches></g:PolyhedralSurface>", shapely.box(0, 0, 2, 1)),
        (
            ("<g:TriangulatedSurface><g:trianglePatches><g:Triangle><g:exterior>"
            f"{RING.format('0 0 1 0 1 1 0 0')}</g:exterior></g:Triangle></g:trianglePatches></g:TriangulatedSurface>"),
            shapely.Polygon([(0, 0), (1, 0), (1, 1)]),
        ),
        (f"<g:CompositeSurface><g:surfaceMember>{POLYGON}</g:surfaceMember></g:CompositeSurface>", BOX),
        (f'<g:OrientableSurface orientation="-"><g:baseSurface>{POLYGON}</g:baseSurface></g:OrientableSurface>', BOX),
        (f"<g:MultiSurface><g:surfaceMembers>{POLYGON}</g:surfaceMembers></g:MultiSurface>", shapely.MultiPolygon([BOX])),
        (f"<g:MultiPolygon><g:polygonMember>{POLYGON}</g:polygonMember></g:MultiPolygon>", shapely.MultiPolygon([BOX])),
        (
            ("<g:MultiLineString><g:lineStringMember><g:LineString><g:posList>0 0 1 1</g:posList></g:LineString>"
            "</g:lineStringMember></g:MultiLineString>"),
            shapely.MultiLineString([[(0, 0), (1, 1)]]),
        ),
        (
            (f"<g:MultiGeometry><g:geometryMember>{POLYGON}</g:geometryMember><g:geometryMember><g:Point><g:pos>5 5</g:pos>"
            "</g:Point></g:geometryMember></g:MultiGeometry>"),
            shapely.GeometryCollection([BOX, shapely.Point(5, 5)]),
        ),
        (
            ('<g:OrientableCurve orientation="-"><g:baseCurve><g:LineString><g:posList>0 0 1 1 2 0</g:posList></g:LineString>'
            "</g:baseCurve></g:OrientableCurve>"),
            shapely.LineString([(2, 0), (1, 1), (0, 0)]),
        ),
        (
            ("<g:Curve><g:segments><g:GeodesicString><g:posList>0 0 1 1</g:posList></g:GeodesicString><g:LineStringSegment>"
            "<g:pos>1 1</g:pos><g:pos>2 0</g:pos></g:LineStringSegment></g:segments></g:Curve>"),
            shapely.LineString([(0, 0), (1, 1), (2, 0)]),
        ),
        ("<g:MultiSurface><g:name>x</g:name></g:MultiSurface>", None),
    ],
)  # fmt: skip
def test_each_form_is_drawn(text, wanted):
    found = draw(text).geometry
    assert (found is None) == (wanted is None)
    if wanted is not None:
        assert found.geom_type == wanted.geom_type
        assert shapely.equals(found, wanted)


def test_the_dimension_is_stated_above_beside_or_by_the_position_itself():
    text = "0 0 9 1 0 9 1 1 9 0 0 9"
    for frame in (
        f'<g:LinearRing srsDimension="3"><g:posList>{text}</g:posList></g:LinearRing>',
        f'<g:LinearRing><g:posList srsDimension="3">{text}</g:posList></g:LinearRing>',
    ):
        shape = draw(frame)
        assert list(shape.geometry.coords) == [(0, 0), (1, 0), (1, 1), (0, 0)]
        assert shape.raised
    assert draw(f"<g:LinearRing><g:posList>{text}</g:posList></g:LinearRing>", dimension=3).raised
    assert draw("<g:Point><g:pos>1 2 3</g:pos></g:Point>").height == 3
    assert draw("<g:Point><g:pos>1 2</g:pos></g:Point>", dimension=3).height is None


def test_the_names_of_all_systems_inside_are_told():
    shape = draw(
        '<g:MultiPoint srsName="a"><g:pointMember><g:Point srsName="b"><g:pos>1 2</g:pos></g:Point></g:pointMember>'
        '<g:pointMember xlink:href="#p"/></g:MultiPoint>',
        p='<g:Point srsName="c"><g:pos>1 2</g:pos></g:Point>',
    )
    assert shape.systems == {"a", "b", "c"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<g:Point><g:pos>1</g:pos></g:Point>", "1"),
        ("<g:Point></g:Point>", "Point 0"),
        ("<g:Point><g:pos>1 2</g:pos><g:pos>1 2</g:pos></g:Point>", "Point 2"),
        ("<g:Point><g:pos>１ 2</g:pos></g:Point>", "１ 2"),
        ("<g:Point><g:pos>1_0 2</g:pos></g:Point>", "1_0 2"),
        ("<g:Polygon></g:Polygon>", "Polygon"),
        (f"<g:Polygon><g:exterior>{SQUARE}{SQUARE}</g:exterior></g:Polygon>", "Polygon"),
        ("<g:LineString><g:coordinates>1,2 3,4,5</g:coordinates></g:LineString>", "1,2 3,4,5"),
        ("<g:Curve><g:segments><g:BSpline><g:pos>1 2</g:pos></g:BSpline></g:segments></g:Curve>", "BSpline"),
        ("<g:MultiSurface><g:surfaceMember><g:Sphere/></g:surfaceMember></g:MultiSurface>", "Sphere"),
    ],
)
def test_what_cannot_be_read_is_quoted(text, said):
    with pytest.raises(UnreadableShapeError, match=said):
        draw(text)


@pytest.mark.parametrize("reference", ["#gone", "http://127.0.0.1:9/a.gml#a", "a.gml#a", ""])
def test_a_reference_leads_nowhere_but_into_the_file(reference):
    with pytest.raises(MissingShapeError):
        draw(
            f'<g:MultiPoint><g:pointMember xlink:href="{reference}"/></g:MultiPoint>',
            a="<g:Point><g:pos>1 2</g:pos></g:Point>",
        )


def test_what_a_file_may_unfold_to_is_counted():
    many = "<g:LineString><g:posList>" + "0 0 " * 100 + "</g:posList></g:LineString>"
    assert draw(many, largest=110).geometry is not None
    with pytest.raises(TooManyReferencesError):
        draw(many, largest=50)


def test_a_circle_of_points_ends():
    loop = '<g:LineString><g:pointProperty xlink:href="#p"/><g:pos>1 2</g:pos></g:LineString>'
    point = '<g:Point><g:pointProperty xlink:href="#p"/></g:Point>'
    with pytest.raises(UnreadableShapeError):
        draw(loop, p=point)


def test_geometries_are_told_from_other_elements():
    names = {
        "Point": "point",
        "Curve": "line",
        "MultiCurve": "line",
        "Surface": "polygon",
        "Solid": "polygon",
        "MultiPoint": "point",
    }
    for name, kind in names.items():
        one = element(f"<g:{name}></g:{name}>")
        assert is_geometry(one)
        assert kind_of(one) == kind
    assert not is_geometry(element("<g:Envelope></g:Envelope>"))
    assert not is_geometry(etree.fromstring('<Point xmlns="http://www.opengis.net/kml/2.2"/>'))
