"""Placemarks of KML become rows, with all that is written at them; nothing that they point at is opened."""
# ruff: noqa: E501 (XML reads better in whole lines)

import zipfile

import geopandas as gpd
import pyogrio
import pytest
import shapely
from gml_files import kml, read
from hypothesis import given
from hypothesis import strategies as st
from small_files import refused

from gisplan.sources.door import admit
from gisplan.sources.kml import positions_of
from gisplan.sources.raw import Wanted
from gisplan.sources.read import parse

POINT = "<Point><coordinates>138.1,35.2</coordinates></Point>"


def mark(inner=POINT, *, name="甲"):
    return f"<Placemark><name>{name}</name>{inner}</Placemark>"


def ring(text):
    return f"<LinearRing><coordinates>{text}</coordinates></LinearRing>"


SQUARE = "138,35 138.4,35 138.4,35.4 138,35.4 138,35"
HOLE = "138.1,35.1 138.2,35.1 138.2,35.2 138.1,35.1"
POLYGON = f"<Polygon><outerBoundaryIs>{ring(SQUARE)}</outerBoundaryIs><innerBoundaryIs>{ring(HOLE)}</innerBoundaryIs></Polygon>"
AREA = shapely.Polygon(
    [(138, 35), (138.4, 35), (138.4, 35.4), (138, 35.4)], [[(138.1, 35.1), (138.2, 35.1), (138.2, 35.2)]]
)


@pytest.mark.parametrize(
    "space",
    ["http://www.opengis.net/kml/2.2", "http://earth.google.com/kml/2.1", "http://earth.google.com/kml/2.0"],
)
@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (POINT, shapely.Point(138.1, 35.2)),
        ("<LineString><coordinates>138,35 139,36,0</coordinates></LineString>", shapely.LineString([(138, 35), (139, 36)])),
        (POLYGON, AREA),
        (f"<MultiGeometry>{POLYGON}{POLYGON}</MultiGeometry>", shapely.MultiPolygon([AREA, AREA])),
        (f"<MultiGeometry><MultiGeometry>{POINT}</MultiGeometry>{POINT}</MultiGeometry>", shapely.MultiPoint([(138.1, 35.2)] * 2)),
        (f"<MultiGeometry>{POINT}{POLYGON}</MultiGeometry>", shapely.GeometryCollection([shapely.Point(138.1, 35.2), AREA])),
        ("", None),
    ],
)  # fmt: skip
def test_every_geometry_is_read(tmp_path, text, wanted, space):
    raw = read(tmp_path / "a.kml", kml(mark(text), space=space))
    assert raw.crs == 4326
    assert raw.geometry[0] == wanted
    assert (raw.doubts, raw.refused) == ((), ())


def test_all_that_is_written_at_a_placemark_is_a_column(tmp_path):
    inner = (
        '<description><![CDATA[<b>HTML</b><br>{{7*7}}]]></description><TimeStamp><when>2026-04-01</when></TimeStamp>'
        '<styleUrl>#s</styleUrl><Style><LineStyle><color>ff0000ff</color></LineStyle></Style>'
        '<ExtendedData><Data name="種別"><displayName>x</displayName><value>避難所</value></Data><Data name="name"><value>乙</value>'
        '</Data><SchemaData schemaUrl="#t"><SimpleData name="人数">12</SimpleData></SchemaData></ExtendedData>' + POINT
    )  # fmt: skip
    raw = read(tmp_path / "a.kml", kml(mark(inner).replace("<Placemark>", '<Placemark id="p1">')))
    assert raw.table.iloc[0].to_dict() == {
        "kml_id": "p1", "name": "甲", "description": "<b>HTML</b><br>{{7*7}}", "when": "2026-04-01", "種別": "避難所",
        "data.name": "乙", "人数": "12",
    }  # fmt: skip


def test_a_span_of_time_has_two_ends(tmp_path):
    span = "<TimeSpan><begin>2026</begin><end>2027</end></TimeSpan>"
    row = read(tmp_path / "a.kml", kml(mark(span + POINT))).table.iloc[0]
    assert (row["begin"], row["end"]) == ("2026", "2027")


def folders(*, name_first=True):
    name = "<name>{}</name>"
    inner = f"<Folder>{name.format('北') if name_first else ''}{mark(name='一')}{'' if name_first else name.format('北')}</Folder>"
    return f"<Folder>{name.format('避難所')}{inner}<Document>{name.format('南')}{mark(name='二')}</Document>{mark(name='三')}</Folder>{mark(name='四')}"


@pytest.mark.parametrize("name_first", [True, False])
def test_folders_are_a_column_with_their_whole_path(tmp_path, name_first):
    raw = read(tmp_path / "a.kml", kml(folders(name_first=name_first)))
    assert dict(zip(raw.table["name"], raw.table["folder"], strict=True)) == {
        "一": "避難所/北", "二": "避難所/南", "三": "避難所", "四": "",
    }  # fmt: skip
    assert raw.rows.tolist() == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("table", "names"),
    [("北", ["一"]), ("避難所/南", ["二"]), ("避難所", ["一", "二", "三"]), ("南", ["二"])],
)
def test_one_folder_can_be_named(tmp_path, table, names):
    assert read(tmp_path / "a.kml", kml(folders()), table=table).table["name"].tolist() == names


def test_a_folder_that_is_not_there_is_told_with_those_that_are(tmp_path):
    with refused("file.table", place="a.kml") as problems:
        read(tmp_path / "a.kml", kml(folders()), table="避")
    assert problems[0].values["tables"] == ["避難所", "避難所/北", "避難所/南"]


def test_links_tracks_and_pictures_are_left_and_told(tmp_path):
    other = (
        "<NetworkLink><Link><href>http://127.0.0.1:9/x.kml</href></Link></NetworkLink>"
        "<GroundOverlay><Icon><href>http://127.0.0.1:9/x.png</href></Icon></GroundOverlay>"
        + mark("<gx:Track><when>2026</when><gx:coord>138 35 0</gx:coord></gx:Track>") + mark()
    )  # fmt: skip
    raw = read(tmp_path / "a.kml", kml(other))
    told = {doubt.code: dict(doubt.values) for doubt in raw.doubts}
    assert told == {
        "sec.network": {"root": "NetworkLink × 1"},
        "kml.ignored": {"kinds": ["GroundOverlay (1)", "Track (1)"]},
    }
    assert [one is None for one in raw.geometry] == [True, False]


def test_heights_other_than_nought_are_a_column(tmp_path):
    points = [mark(f"<Point><coordinates>138,35,{height}</coordinates></Point>") for height in ("0", "12.5")]
    raw = read(tmp_path / "a.kml", kml("".join(points)))
    assert raw.table["z"].isna().tolist() == [True, False]
    assert raw.table["z"].iloc[1] == 12.5
    assert not shapely.has_z(raw.geometry).any()
    assert [(doubt.code, doubt.values["rows"]) for doubt in raw.doubts] == [("geom.z", 1)]
    assert "z" not in read(tmp_path / "b.kml", kml(points[0])).table


@pytest.mark.parametrize(
    "text", ["138", "138,35,1,2", "a,b", "nan,35", "1e999,35", "138,35 139,36", "", "138,,35"]
)
def test_a_point_that_cannot_be_read_refuses_its_row(tmp_path, text):
    raw = read(
        tmp_path / "a.kml", kml(mark() + mark(f"<Point><coordinates>{text}</coordinates></Point>") + mark())
    )
    assert raw.rows.tolist() == [1, 3]
    assert [(row.row, row.code) for row in raw.refused] == [(2, "geom.unread")]


def test_a_ring_that_is_not_closed_is_closed_and_counted(tmp_path):
    raw = read(tmp_path / "a.kml", kml(mark(POLYGON.replace(" 138,35<", "<"))))
    assert raw.mended.tolist() == [True]
    assert raw.geometry[0] == AREA


@pytest.mark.parametrize("text", ["138,35,1 139,36,2", "138, 35, 1\n\t139 ,36,2 ", "138,35,1 139,36"])
def test_positions_are_read_in_every_spacing(text):
    assert positions_of(text)[:, :2].tolist() == [[138, 35], [139, 36]]


@given(st.lists(st.tuples(st.floats(-180, 180), st.floats(-90, 90))))
def test_positions_come_back_as_they_were_written(points):
    assert positions_of(" ".join(f"{x!r},{y!r}" for x, y in points)).tolist() == [
        list(point) for point in points
    ]


@pytest.mark.parametrize("driver", ["KML", "LIBKML"])
@pytest.mark.parametrize(
    "shape",
    [shapely.Point(138, 35), shapely.LineString([(138, 35), (139, 36)]), AREA, shapely.MultiPolygon([AREA])],
)
def test_what_gdal_writes_is_read_as_gdal_reads_it(tmp_path, driver, shape):
    if driver not in pyogrio.list_drivers(write=True):
        pytest.skip(f"this GDAL does not write {driver}")
    path = tmp_path / "a.kml"
    gpd.GeoDataFrame({"Name": ["甲"], "n": [3]}, geometry=[shape], crs=4326).to_file(
        path, driver=driver, engine="pyogrio"
    )
    raw = parse(admit(path, name="a.kml"), Wanted())
    oracle = pyogrio.read_dataframe(path)
    assert shapely.equals(shapely.force_2d(oracle.geometry.to_numpy()), raw.geometry).all()
    assert raw.table["name"].tolist() == oracle["Name"].tolist()
    assert raw.table["n"].tolist() == ["3"]


@pytest.mark.real
def test_the_flood_areas_of_echizen_are_those_of_its_shapefile_and_keep_all_holes(real_data, tmp_path):
    """The file has several rings in one innerBoundaryIs; who made the shapefile from it lost 133 of 163 holes."""
    with zipfile.ZipFile(real_data / "sabae/echizen.zip") as archive:
        archive.extractall(tmp_path)
    folder = tmp_path / "echizen"
    flood = parse(admit(folder / "flood_assumed_area.kml", name="a.kml"), Wanted())
    shape = pyogrio.read_dataframe(folder / "flood_assumed_area.shp").set_index("SAFIELD001")
    assert sorted(flood.table["SAFIELD001"]) == sorted(shape.index)
    theirs = shape.geometry.loc[flood.table["SAFIELD001"]].to_numpy()
    for one, other in zip(flood.geometry, theirs, strict=True):
        assert without_holes(one).area == pytest.approx(without_holes(other).area, rel=1e-5)
    holes = shapely.get_num_interior_rings(shapely.get_parts(flood.geometry)).sum()
    assert holes == (folder / "flood_assumed_area.kml").read_text().count("<LinearRing>") - 573 == 163


def without_holes(areas):
    return shapely.union_all([shapely.Polygon(part.exterior) for part in shapely.get_parts(areas)])


@pytest.mark.real
def test_the_refuges_of_echizen_are_those_of_its_shapefile(real_data, tmp_path):
    with zipfile.ZipFile(real_data / "sabae/echizen.zip") as archive:
        archive.extractall(tmp_path)
    folder = tmp_path / "echizen"
    raw = parse(admit(folder / "refuge.kml", name="b.kml"), Wanted())
    shape = pyogrio.read_dataframe(folder / "refuge_first.shp", encoding="cp932")
    assert len(raw.table) == 413
    assert (raw.geometry == shapely.force_2d(shape.geometry.to_numpy())).all()
    assert raw.table["z"].tolist() == shapely.get_z(shape.geometry.to_numpy()).tolist()
    assert raw.table["SAFIELD004"].tolist() == shape["SAFIELD004"].fillna("").tolist()


@pytest.mark.real
def test_the_corpus_of_kml_ends_as_it_should(real_data):
    folder = real_data.parent / "corpus/bad"
    for name in ("kml_laughs.kml", "kml_xxe.kml"):
        with refused("sec.doctype", place=name):
            admit(folder / name, name=name)
    raw = parse(admit(folder / "kml_networklink.kml", name="a.kml"), Wanted())
    assert raw.table["name"].tolist() == ["p"]
    assert [doubt.code for doubt in raw.doubts] == ["sec.network"]


def test_data_of_one_name_twice_are_told(tmp_path):
    data = "".join(f'<Data name="階"><value>{text}</value></Data>' for text in ("2", "3"))
    text = kml(mark(POINT + f"<ExtendedData>{data}</ExtendedData>") + mark())
    raw = read(tmp_path / "a.kml", text)
    assert list(raw.table["階"]) == ["3", ""]
    [doubt] = raw.doubts
    assert (doubt.code, dict(doubt.values)) == ("kml.dup_data", {"count": 1, "keys": ["階"]})
