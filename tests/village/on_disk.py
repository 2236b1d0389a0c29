"""The village of `village.py` as files and a plan.toml, with lots, roads, interchanges and vacant houses.

Houses H01 … H08 stand along the road; each carries secrets that name it, e.g. the owner 「秘密の所有者H02」.
Consent, or a bank's listing without a no, opens H01, H04 and H05; the other five must never leave the office.
"""

import json
import sys
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace

import geopandas as gpd
import pandas as pd
import shapely
from village import village

CRS = village.CRS
OPEN_HOUSES = ("H01", "H04", "H05")
HOUSES = tuple(f"H{number:02d}" for number in range(1, 9))
SECRETS = ("秘密の所有者", "秘密の電話", "秘密の備考", "秘密の住所", "秘密の物件名")
PATHS = {
    "municipality": "data/municipality.geojson",
    "zone": "data/zone.gpkg",
    "area_division": "data/area_division.gpkg",
    "city_planning_area": "data/city_planning_area.gpkg",
    "promotion_area": "data/promotion_area.gpkg",
    "priority_district": "data/priority_district.gpkg",
    "hub": "data/hub.csv",
    "site": "data/site.gpkg",
    "vacant_house": "data/vacant_house.csv",
    "road": "data/road.gpkg",
    "interchange": "data/interchange.gpkg",
    "medical": "data/medical.csv",
}
PLAN = """[plan]
title = "村の計画"
municipality = ["22999"]
date = 2026-11-01
"""
ACCESS = """[access]
from = ["vacant_house"]
to = ["interchange", "hub", "medical"]
"""


def degrees(x, y):
    """Return longitude and latitude of a place of the village."""
    moved = gpd.GeoSeries([shapely.Point(x, y)], crs=CRS).to_crs(6668).iloc[0]
    return round(moved.x, 8), round(moved.y, 8)


def listed(rows):
    """Return rows with `at` as a table with 経度 and 緯度."""
    full = []
    for row in rows:
        longitude, latitude = degrees(*row["at"])
        full.append(
            {key: value for key, value in row.items() if key != "at"} | {"経度": longitude, "緯度": latitude}
        )
    return pd.DataFrame(full)


def houses():
    """Return the eight houses; H03 has a year that cannot be read."""
    opened = {"H01": ("調査", "○"), "H04": ("空き家バンク", ""), "H05": ("台帳", "○")}
    opened["H06"] = ("空き家バンク", "×")  # a written no counts, listing or not
    return listed(
        {
            "管理番号": name,
            "出典": opened.get(name, ("調査", ""))[0],
            "公開同意": opened.get(name, ("調査", "×" if name == "H02" else ""))[1],
            "建築年": f"秘密の年{name}" if name == "H03" else 1970 + number,
            "敷地面積": 100 + number,
            "名称": f"秘密の物件名{name}",
            "所有者": f"秘密の所有者{name}",
            "電話番号": f"秘密の電話{name}",
            "備考": f"秘密の備考{name}",
            "住所": f"秘密の住所{name}",
            "at": (100 * number + 30, 140),
        }
        for number, name in enumerate(HOUSES, start=1)
    )


def tables():
    """Return every table of the village by layer, as its files hold it."""
    found = {
        name: table.drop(columns="year", errors="ignore")
        for name, table in village.tables_of_village().items()
    }
    found.pop("district_plan")
    found["hub"] = listed(
        [
            {
                "番号": "K1",
                "名称": "東の拠点",
                "用途": "コワーキング",
                "床面積": 200,
                "階": 1,
                "at": (950, 50),
            },
            {"番号": "K2", "名称": "西の拠点", "用途": "交流施設", "床面積": 300, "階": 1, "at": (250, 120)},
        ]
    )
    lots = [village.lot(100 * n + 40, 40, id=f"S{n + 1:02d}", name=f"敷地{n + 1}") for n in range(13)]
    found["site"] = gpd.GeoDataFrame(lots, geometry="geometry", crs=CRS)
    found["vacant_house"] = houses()
    found["road"] = gpd.GeoDataFrame(
        {
            "id": ["R1", "R2"],
            "name": ["県道村線", "村道1号"],
            "road_class": ["prefectural", "municipal"],
            "width_m": [7.0, 4.0],
        },
        geometry=[
            shapely.LineString([(-200, 150), (1500, 150)]),
            shapely.LineString([(650, -50), (650, 600)]),
        ],
        crs=CRS,
    )
    found["interchange"] = gpd.GeoDataFrame(
        {"id": ["I1"], "name": ["村IC"], "kind": ["full"], "open": [True]},
        geometry=[shapely.Point(1290, 160)],
        crs=CRS,
    )
    found["medical"] = listed([{"番号": "M1", "名称": "村の診療所", "種別": "診療所", "at": (660, 400)}])
    return found


def write(path, table):
    """Write one table as the ending of its path says."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".csv":
        table.to_csv(path, index=False, encoding="utf-8")
    elif path.suffix == ".geojson":
        path.write_text(table.to_crs(6668).to_json(drop_id=True), "utf-8")
    else:
        plain = table.assign(
            **{
                name: table[name].map(_plain)
                for name in table.columns.drop("geometry")
                if table[name].dtype == object
            }
        )
        path.unlink(missing_ok=True)
        plain.to_file(path, engine="pyogrio")


def _plain(value):
    return None if value is None else value if isinstance(value, str | int | float) else str(value)


def entries(**changes):
    """Return the body of each layer's table in plan.toml; a change of None leaves the layer out."""
    bodies = {name: f'path = "{path}"' for name, path in PATHS.items()} | changes
    return "".join(f"[layers.{name}]\n{body}\n\n" for name, body in bodies.items() if body is not None)


def build(folder, *, plan=PLAN, tail=ACCESS, **changes):
    """Write the village into a folder and return the path of its plan.toml; it asks for no maps unless it says so."""
    for place, held in _files().items():
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        (folder / place).write_bytes(held)
    path = folder / "plan.toml"
    text = f"{plan}\n{entries(**changes)}{tail}"
    path.write_text(text if "[print]" in text else f"{text}\n[print]\nfigures = []\n", "utf-8")
    return path


@cache
def _files():
    """Return the bytes of every file of the village: they are made once, and written wherever they are asked for."""
    with TemporaryDirectory() as made:
        for name, table in tables().items():
            write(Path(made) / PATHS[name], table)
        return everything(Path(made))


def everything(folder):
    """Return every file below a folder with its bytes."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


@contextmanager
def computed_once(folder):
    """Compute a plan that no test changes once for each question: what is told and written of it comes after that.

    Whether two runs compute the same is not to be tried here, nor what is told while they compute.
    """
    from gisplan.plan import run as runs

    kept, results, compute = {}, runs._results, runs.compute

    def once(work):
        replaced = runs.compute is not compute  # by a test of what computes
        if work.plan.folder != folder or replaced:
            return results(work)
        asked = replace(work.request, out=None, outputs=(), only=(), force=False, anew=False)
        question = repr((asked, work.plan))
        if question not in kept:
            kept[question] = results(work)
        return kept[question]

    runs._results = once
    try:
        yield
    finally:
        runs._results = results


def asked(capsys, command, *arguments, monkeypatch):
    """Run a command of gisplan in this process; return its exit code and what it said."""
    from gisplan.cli.entry import answer

    monkeypatch.setattr("sys.unraisablehook", sys.unraisablehook)  # the command sets its own; it is put back
    monkeypatch.setattr("sys.argv", ["gisplan", command, *map(str, arguments)])
    code = answer()
    said = capsys.readouterr()
    return SimpleNamespace(code=code, out=said.out, err=said.err, json=lambda: json.loads(said.out))
