"""Good small files of every format that is read, for `scripts/fuzz.py` to spoil."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

ROWS = 5
WEST, SOUTH = 138.30, 34.85
LIST = "番号,名称,緯度,経度,公開日\n" + "".join(
    f"{i},区域{i},{SOUTH + i / 100},{WEST + i / 100},令和7年4月{i + 1}日\n" for i in range(ROWS)
)
CORNERS = ((0, 0), (10, 0), (10, 5), (0, 5))


def areas(crs: int = 6668) -> gpd.GeoDataFrame:
    """Return a few areas with Japanese text."""
    boxes = [shapely.box(WEST + i / 100, SOUTH, WEST + i / 100 + 0.005, SOUTH + 0.005) for i in range(ROWS)]
    return gpd.GeoDataFrame(
        {"名称": [f"区域{i}" for i in range(ROWS)], "数": range(ROWS)}, geometry=boxes, crs=crs
    )


def _by_gdal(path: Path) -> None:
    areas().to_file(path)


def _shapefile(path: Path) -> None:
    areas().to_file(path, encoding="cp932")


def _parquet(path: Path) -> None:
    areas().to_parquet(path)


def _csv(path: Path) -> None:
    path.write_bytes(LIST.encode("cp932"))


def _xlsx(path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    for row in LIST.splitlines():
        book.active.append(row.split(","))
    book.save(path)


def _xls(path: Path) -> None:
    import xlwt

    book = xlwt.Workbook()
    sheet = book.add_sheet("一覧")
    for number, row in enumerate(LIST.splitlines()):
        for position, cell in enumerate(row.split(",")):
            sheet.write(number, position, cell)
    book.save(str(path))


def _tif(path: Path) -> None:
    import rasterio
    from rasterio.transform import from_origin

    profile = {
        "driver": "GTiff",
        "dtype": "float32",
        "count": 1,
        "width": 30,
        "height": 20,
        "crs": "EPSG:6676",
    }
    with rasterio.open(path, "w", **profile, transform=from_origin(0, 0, 10, 10), nodata=-9999) as target:
        target.write(np.arange(600, dtype="float32").reshape(20, 30), 1)


def _zip(path: Path) -> None:
    inner = path.with_name("inner.shp")
    _shapefile(inner)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in sorted(path.parent.glob("inner.*")):
            archive.write(part, f"図/{part.name}")


def _kml(path: Path) -> None:
    marks = "".join(
        f"<Placemark><name>拠点{i}</name><ExtendedData><Data name='用途'><value>office</value></Data></ExtendedData>"
        f"<Point><coordinates>{WEST + i / 100},{SOUTH},0</coordinates></Point></Placemark>"
        for i in range(ROWS)
    )
    text = f"<?xml version='1.0' encoding='UTF-8'?><kml xmlns='http://www.opengis.net/kml/2.2'><Document><Folder>{marks}</Folder></Document></kml>"
    path.write_text(text, "utf-8")


def _gml(path: Path) -> None:
    members = "".join(
        f"<gml:featureMember><a:area><a:name>区域{i}</a:name><a:geometry>"
        "<gml:Polygon srsName='urn:ogc:def:crs:EPSG::6668'>"
        f"<gml:exterior><gml:LinearRing><gml:posList>{_ring(i)}</gml:posList></gml:LinearRing></gml:exterior>"
        "</gml:Polygon></a:geometry></a:area></gml:featureMember>"
        for i in range(ROWS)
    )
    space = "xmlns:gml='http://www.opengis.net/gml' xmlns:a='http://example.org/a'"
    path.write_text(f"<gml:FeatureCollection {space}>{members}</gml:FeatureCollection>", "utf-8")


def _ring(position: int) -> str:
    west = WEST + position / 100
    corners = ((SOUTH, west), (SOUTH + 0.005, west), (SOUTH + 0.005, west + 0.005), (SOUTH, west))
    return " ".join(f"{north} {east}" for north, east in corners)


def _dxf(path: Path) -> None:
    pairs: list[tuple[int, object]] = [(0, "SECTION"), (2, "HEADER"), (9, "$DWGCODEPAGE"), (3, "ANSI_932")]
    pairs += [(0, "ENDSEC"), (0, "SECTION"), (2, "ENTITIES")]
    for position in range(ROWS):
        pairs += [(0, "LWPOLYLINE"), (8, "区域"), (100, "AcDbPolyline"), (90, len(CORNERS)), (70, 1)]
        pairs += [pair for x, y in CORNERS for pair in ((10, x + position * 20), (20, y))]
    pairs += [
        (0, "TEXT"),
        (8, "注記"),
        (10, 1.0),
        (20, 1.0),
        (40, 2.5),
        (1, "区域表示"),
        (0, "ENDSEC"),
        (0, "EOF"),
    ]
    path.write_bytes("".join(f"{code:>3}\n{value}\n" for code, value in pairs).encode("cp932"))


def _osm(path: Path) -> None:
    """Write a few streets in the form that the file's ending names."""
    import osmium

    with osmium.SimpleWriter(str(path)) as writer:
        for number in range(1, 9):
            place = (WEST + number / 1000, SOUTH + (number % 3) / 1000)
            writer.add_node(osmium.osm.mutable.Node(id=number, location=place, tags={}))
        for number, nodes in enumerate(([1, 2, 3], [3, 4, 5, 6], [6, 7, 8]), start=1):
            tags = {"highway": "residential", "name": f"通り{number}", "maxspeed": "30"}
            writer.add_way(osmium.osm.mutable.Way(id=number, nodes=nodes, tags=tags))


def _overpass(path: Path) -> None:
    nodes = [{"type": "node", "id": i, "lat": SOUTH + i / 1000, "lon": WEST} for i in range(1, 7)]
    ways = [
        {"type": "way", "id": i, "nodes": [i, i + 1], "tags": {"highway": "primary"}} for i in range(1, 6)
    ]
    content = {"version": 0.6, "generator": "Overpass API", "osm3s": {}, "elements": [*nodes, *ways]}
    path.write_text(json.dumps(content), "utf-8")


def _graphml(path: Path) -> None:
    import networkx as nx
    import osmnx

    graph = nx.MultiDiGraph(crs="epsg:4326", created_with="OSMnx")
    for number in range(4):
        graph.add_node(number, x=WEST + number / 1000, y=SOUTH)
    for number in range(3):
        graph.add_edge(
            number, number + 1, osmid=number, highway="residential", oneway=False, reversed=False, length=90.0
        )
    osmnx.save_graphml(graph, path)


def _gtfs(path: Path) -> None:
    stops = "".join(f"S{i},停{i},{SOUTH},{WEST}\n" for i in range(ROWS))
    tables = {
        "stops.txt": f"stop_id,stop_name,stop_lat,stop_lon\n{stops}",
        "calendar.txt": "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
        "A,1,1,1,1,1,0,0,20260401,20270331\n",
        "trips.txt": "route_id,service_id,trip_id\nR,A,T\n",
        "stop_times.txt": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\nT,25:00:00,25:00:00,S1,1\n",
        "agency.txt": "agency_id,agency_name\n1,交通\n",
    }  # fmt: skip
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in tables.items():
            archive.writestr(name, text)


SEEDS: Mapping[str, Callable[[Path], None]] = {
    "a.csv": _csv, "a.xlsx": _xlsx, "a.xls": _xls, "a.geojson": _by_gdal, "a.gpkg": _by_gdal, "a.fgb": _by_gdal,
    "a.parquet": _parquet, "a.shp": _shapefile, "a.zip": _zip, "a.tif": _tif, "a.kml": _kml, "a.gml": _gml,
    "a.dxf": _dxf, "a.osm.pbf": _osm, "a.osm": _osm, "a.json": _overpass, "a.graphml": _graphml, "gtfs.zip": _gtfs,
}  # fmt: skip
"""Every format by the name of its file."""


def make(folder: Path) -> None:
    """Write a good file of every format into a folder."""
    for name, write in SEEDS.items():
        write(folder / name)
