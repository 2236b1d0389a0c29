"""GML and KML that the tests of reading write by hand, in every form in which Japan's files have them."""
# ruff: noqa: E501 (XML reads better in whole lines)

from pathlib import Path

from gisplan.sources.door import admit
from gisplan.sources.raw import Wanted
from gisplan.sources.read import parse

SPACES = (
    'xmlns:gml="http://www.opengis.net/gml/3.2" xmlns:xlink="http://www.w3.org/1999/xlink" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
)
KSJ = f'{SPACES} xmlns:ksj="http://nlftp.mlit.go.jp/ksj/schemas/ksj-app"'
CITY = (
    'xmlns:gml="http://www.opengis.net/gml" xmlns:core="http://www.opengis.net/citygml/2.0" '
    'xmlns:bldg="http://www.opengis.net/citygml/building/2.0" xmlns:gen="http://www.opengis.net/citygml/generics/2.0" '
    'xmlns:urf="https://www.geospatial.jp/iur/urf/3.1" xmlns:uro="https://www.geospatial.jp/iur/uro/3.1" '
    'xmlns:wtr="http://www.opengis.net/citygml/waterbody/2.0" xmlns:xlink="http://www.w3.org/1999/xlink"'
)
URN = "urn:ogc:def:crs:EPSG::6668"


def read(path, text, *, encoding="utf-8", **wanted):
    """Write a file and read it through the door."""
    path = Path(path)
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return parse(admit(path, name=path.name), Wanted(**wanted))


def ksj(body, *, system="JGD2011 / (B, L)"):
    """Return a file of 国土数値情報."""
    envelope = (
        f'<gml:EnvelopeWithTimePeriod srsName="{system}" frame="GC / JST"><gml:lowerCorner>20.0 123.0'
        "</gml:lowerCorner><gml:upperCorner>46.0 154.0</gml:upperCorner></gml:EnvelopeWithTimePeriod>"
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<ksj:Dataset gml:id="D" {KSJ} '
        'xsi:schemaLocation="http://nlftp.mlit.go.jp/ksj/schemas/ksj-app KsjAppSchema.xsd">'
        f"<gml:description>国土数値情報</gml:description><gml:boundedBy>{envelope if system else ''}</gml:boundedBy>"
        f"{body}</ksj:Dataset>"
    )


def curve(key, *positions):
    """Return a curve as 国土数値情報 declares it."""
    return (
        f'<gml:Curve gml:id="{key}"><gml:segments><gml:LineStringSegment><gml:posList>\n{" ".join(positions)}\n'
        "</gml:posList></gml:LineStringSegment></gml:segments></gml:Curve>"
    )


def collection(*features, extra=""):
    """Return a collection of features as GIS programs write it."""
    members = "".join(f"<gml:featureMember>{feature}</gml:featureMember>" for feature in features)
    return f'<ogr:FeatureCollection xmlns:ogr="http://ogr.maptools.org/" {SPACES}>{extra}{members}</ogr:FeatureCollection>'


def feature(geometry, *, key="a.1", attributes="<ogr:name>甲</ogr:name>", kind="area"):
    """Return one feature of such a collection."""
    return f'<ogr:{kind} gml:id="{key}"><ogr:geometryProperty>{geometry}</ogr:geometryProperty>{attributes}</ogr:{kind}>'


def city(*members, system="http://www.opengis.net/def/crs/EPSG/0/6697"):
    """Return a city model as PLATEAU publishes it."""
    envelope = (
        f'<gml:boundedBy><gml:Envelope srsName="{system}" srsDimension="3"><gml:lowerCorner>35 138 0</gml:lowerCorner>'
        "<gml:upperCorner>36 139 50</gml:upperCorner></gml:Envelope></gml:boundedBy>"
    )
    inner = "".join(f"<core:cityObjectMember>{member}</core:cityObjectMember>" for member in members)
    return f'<?xml version="1.0" encoding="UTF-8"?><core:CityModel {CITY}>{envelope}{inner}</core:CityModel>'


def ring(*positions):
    """Return a linear ring of three-dimensional positions."""
    return f"<gml:LinearRing><gml:posList>{' '.join(positions)}</gml:posList></gml:LinearRing>"


def face(*positions):
    """Return a polygon of one ring as a member of a surface."""
    return f"<gml:surfaceMember><gml:Polygon><gml:exterior>{ring(*positions)}</gml:exterior></gml:Polygon></gml:surfaceMember>"


def kml(body, *, space="http://www.opengis.net/kml/2.2"):
    """Return a KML document."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><kml xmlns="{space}" '
        f'xmlns:gx="http://www.google.com/kml/ext/2.2"><Document><name>file.kml</name>{body}</Document></kml>'
    )
