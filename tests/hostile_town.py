"""A made-up town in which every text of every layer, and of plan.toml, is hostile.

Each layer has a row for each hostile text, or, where rows are set against each other, some rows that hold several;
from one text field to the next they move on by a few rows. So every text stands in every field. Squares, their
centres and a road from one to the next bear them.
"""

import csv
import json
import unicodedata
import zipfile

import geopandas as gpd
import pandas as pd
import shapely
from trial_map import HOSTILE

from gisplan.layers.catalogue import packaged_folder, read_catalogue

CRS = 6676
CATALOGUE = read_catalogue(packaged_folder())
WITHOUT = ("elevation", "population_raster")
"""A layer without a text: a grid."""

CANARY = "GISPLAN_RAN"
SIDE, ACROSS, STEP = 60, 12, 7
TEXTS = HOSTILE
FEW = {"promotion_area", "priority_district", "vacant_house_utilization_area", "hub", "interchange"}
"""Layers with fewer rows: the law sets each against each."""

FEWER = 12
VALUES = {
    "municipality": {"code": "22999"},
    "flood": {"depth_rank": "2"},
    "inland_flood": {"depth_rank": "2"},
    "tsunami": {"depth_rank": "2"},
    "housing_survey": {"vacant_dwellings": 5, "year": 2023},
    "vacant_house": {"source": "調査", "consent": "○", "site_area": 100, "built_year": 1980},
    "population": {"people": 12, "people_65": 4},
    "hub": {"use": "コワーキング", "floor_area": 200, "storey": 1},
    "site": {"use": "コワーキング", "floor_area": 200, "storey": 1},
    "promotion_area": {"published_on": "2026-06-30", "consented_on": "2026-06-01", "use_exception": "有"},
    "priority_district": {"published_on": "2026-06-30"},
    "interchange": {"kind": "full", "open": "true"},
    "road": {"road_class": "municipal", "width_m": 4},
    "road_project": {"road_class": "municipal"},
    "area_division": {"division": "市街化区域"},
    "zone": {"zone": "第一種住居地域", "floor_area_ratio": 200, "building_coverage": 60},
}


def square(number, size=SIDE - 10):
    """Return the square of a row."""
    row, column = divmod(number, ACROSS)
    west, south = column * SIDE, row * SIDE
    return shapely.box(west, south, west + size, south + size)


def texts_of(layer):
    """Return what the rows of a layer say: where they are few, each begins with one that Excel would run."""
    if layer not in FEW:
        return TEXTS
    ordered = sorted(
        TEXTS, key=lambda text: not text.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝"))
    )
    return tuple(" ".join(ordered[start::FEWER]) for start in range(FEWER))


def shapes(kind, count):
    """Return shapes side by side."""
    if kind == "polygon":
        return [square(number) for number in range(count)]
    centres = [shapely.centroid(square(number)) for number in range(count + 1)]
    if kind == "point":
        return centres[:-1]
    return [shapely.LineString(centres[number : number + 2]) for number in range(count)]


def rows(spec):
    """Return the table of a layer: hostile in every text field, right in every other that it needs."""
    fields = [name for name, field in spec.fields.items() if field.type == "text" and name != "code"]
    texts = texts_of(spec.name)
    table = pd.DataFrame(
        {
            name: [texts[(row + STEP * place) % len(texts)] for row in range(len(texts))]
            for place, name in enumerate(fields)
        }
    )
    table["id"] = ids(table["id"])
    table = table.assign(**VALUES.get(spec.name, {}))
    return table.assign(**{TEXTS[0]: TEXTS[1]})  # a column that nobody asked for


def ids(texts):
    """Return ids that stay different where an id is read without blanks and without its wide letters."""
    plain = [unicodedata.normalize("NFKC", text).strip() for text in texts]
    return [
        text if other == text else f"{text}{number}"
        for number, (text, other) in enumerate(zip(texts, plain, strict=True))
    ]


def write(folder, spec):
    """Write a layer and return the name of its file."""
    table = rows(spec)
    if spec.kind == "table":
        table.to_csv(folder / f"{spec.name}.csv", index=False, quoting=csv.QUOTE_ALL)
        return f"{spec.name}.csv"
    drawn = gpd.GeoDataFrame(table, geometry=shapes(spec.kind, len(table)), crs=CRS)
    if spec.name == "municipality":
        drawn.loc[0, "geometry"] = shapely.box(-500, -500, 2000, 2000)
    if spec.name in {"vacant_house", "medical"}:
        places = drawn.geometry.to_crs(6668)
        listed = table.assign(経度=places.x.astype(str), 緯度=places.y)
        if spec.name == "medical":  # rows that are refused, and quoted where they are sent back
            bad = [{"id": f"bad{n}", "経度": TEXTS[12 * n], "緯度": "35", "name": TEXTS[n]} for n in range(8)]
            listed = pd.concat([listed, pd.DataFrame(bad)])
        listed.to_csv(folder / f"{spec.name}.csv", index=False, quoting=csv.QUOTE_ALL)
        return f"{spec.name}.csv"
    if spec.name == "gtfs":
        return feed(folder, spec, drawn)
    name = f"=1+1 [red]&{{{{7*7}}}} {spec.name}.geojson"
    (folder / name).write_text(drawn.to_crs(6668).to_json(drop_id=True), "utf-8")
    return name


def feed(folder, spec, stops):
    """Write stops as a GTFS feed whose other tables are as hostile, and return its name."""
    places = stops.geometry.to_crs(6668)
    named = {name: field.column[-1] for name, field in spec.fields.items()}
    listed = pd.DataFrame(stops.drop(columns="geometry")).rename(columns=named)
    first = listed["stop_id"].iloc[0]
    tables = {
        "stops": listed.assign(stop_lat=places.y, stop_lon=places.x),
        "trips": pd.DataFrame({"route_id": TEXTS, "service_id": TEXTS, "trip_id": TEXTS}),
        "stop_times": pd.DataFrame({"trip_id": TEXTS, "stop_id": first, "stop_sequence": 1}),
        "calendar_dates": pd.DataFrame({"service_id": TEXTS, "date": "20261101", "exception_type": 1}),
    }
    with zipfile.ZipFile(folder / "feed.zip", "w") as archive:
        for name, table in tables.items():
            archive.writestr(f"{name}.txt", table.to_csv(index=False, quoting=csv.QUOTE_ALL))
    return "feed.zip"


def toml(text):
    """Return a text as a string of TOML."""
    escaped = json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
    return "".join(sign if sign >= " " else f"\\u{ord(sign):04x}" for sign in escaped)


def build(folder, *, audience="internal", layers=None):
    """Write the town into a folder and return the path of its plan.toml."""
    folder.mkdir(parents=True, exist_ok=True)
    every = " ".join(TEXTS)
    lines = [
        "[plan]", f"title = {toml(every)}", 'municipality = ["22999"]', "date = 2026-11-01",
        f'audience = "{audience}"',
    ]  # fmt: skip
    for name, spec in CATALOGUE.items():
        if name in WITHOUT or (layers is not None and name not in layers):
            continue
        lines += [f"[layers.{name}]", f"path = {toml(write(folder, spec))}", f"credit = {toml(every)}"]
        lines += [f"licence = {toml(every)}"]
    lines += ["[access]", 'from = ["vacant_house"]', 'to = ["hub", "medical", "interchange"]']
    lines += ["[site]", "p = 1"]
    lines += ["[print]", 'figures = ["map_houses"]', 'formats = ["svg", "pdf"]']  # one shows what all would
    path = folder / "plan.toml"
    path.write_text("\n".join(lines), "utf-8")
    return path
