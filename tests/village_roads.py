"""A village whose every minute can be worked out by hand, and an atlas around it.

    (0,1000)───── prefectural ─────(1750,1000)
        │                               │ municipal
   prefectural                       H1 ┤ (1850,700), 100 m off the road
        │                               │
      (0,0)═══════ national ═══════(1750,0)═══════════════(3500,0)
        ┆ 250 m                         │ municipal
     IC (0,-250)                   (1750,-1000) H2

Speeds: national 35 km/h = 583⅓ m/min, prefectural 30 = 500, municipal 20 = 333⅓, off the road 15 = 250.
The national road crosses the municipal one without a shared vertex.
"""

import datetime as dt
from pathlib import Path
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gisplan.core.options import AccessOptions
from gisplan.core.words import Atlas, Layer, Plan

CRS = 6676
ROADS = [
    {"id": "r1", "road_class": "national", "line": [(0, 0), (3500, 0)], "width_m": 7.0},
    {"id": "r2", "road_class": "municipal", "line": [(1750, -1000), (1750, 1000)], "width_m": 4.0},
    {"id": "r3", "road_class": "prefectural", "line": [(0, 0), (0, 1000), (1750, 1000)]},
]
INTERCHANGES = [
    {"id": "i1", "name": "村", "kind": "full", "open": True, "at": (0, -250)},
    {"id": "i2", "name": "村JCT", "kind": "junction", "open": True, "at": (100, 10)},
    {"id": "i3", "name": "旧村", "kind": "full", "open": False, "at": (200, 10)},
    {"id": "i4", "name": "遠い", "kind": "smart", "open": True, "at": (90_000, 0)},
]
# Sites at both ends of the national road, in its middle and at the southern end; houses at the first three.
SITES = [
    {"id": "s1", "name": "西", "at": (0, 0)},
    {"id": "s2", "name": "中央", "at": (1750, 0)},
    {"id": "s3", "name": "東", "at": (3500, 0)},
    {"id": "s4", "name": "南", "at": (1750, -1000)},
]
SITE_VERDICTS = pd.DataFrame(
    {
        "layer": "site",
        "id": ["s1", "s2", "s3", "s4"],
        "verdict": ["by_right", "special_provision_permit", "by_right_within_limits", "ordinary_permit"],
    }
)
HOUSES = [
    {"id": "v1", "at": (0, 0)},
    {"id": "v2", "at": (1750, 0)},
    {"id": "v3", "at": (3500, 0)},
    {"id": "v4", "at": (3500, 0)},
]
HUBS = [
    {"id": "h1", "name": "交流館", "at": (1850, 700)},
    {"id": "h2", "name": "南の家", "at": (1750, -1000)},
]


def roads(rows):
    """Return a road layer; a row gives `id` and `line`, and what differs from the usual."""
    usual = {"name": "", "road_class": "municipal", "width_m": np.nan, "speed_kmh": np.nan, "manager": ""}
    table = pd.DataFrame([usual | {"oneway": pd.NA, "level": pd.NA, "ramp": pd.NA} | row for row in rows])
    lines = [
        row["line"] if isinstance(row["line"], shapely.Geometry) else shapely.LineString(row["line"])
        for row in rows
    ]
    types = {"oneway": "Int64", "level": "Int64", "ramp": "boolean", "width_m": float, "speed_kmh": float}
    table = table.drop(columns="line").astype(types)
    return gpd.GeoDataFrame(table, geometry=lines, crs=CRS)


def places(rows):
    """Return a point layer; a row gives `id`, `at` and any other column."""
    table = pd.DataFrame([{"name": "", "source": "ledger"} | row for row in rows]).drop(columns="at")
    if "open" in table:
        table["open"] = table["open"].astype("boolean")
    return gpd.GeoDataFrame(table, geometry=[shapely.Point(row["at"]) for row in rows], crs=CRS)


def atlas(layers, *, access=None, site=None, file="plan.toml", catalogue=None):
    """Return an atlas of some tables; the plan's options are the usual ones where left out."""
    plan = Plan(
        title="村",
        municipality=("22212",),
        date=dt.date(2026, 11, 1),
        crs=CRS,
        folder=Path(),
        file=file,
        layers=(),
        access=access or AccessOptions(),
        site=site,
    )
    held = {
        name: Layer(spec=SimpleNamespace(name=name, kind=kind(table)), table=table, readings=())
        for name, table in layers.items()
    }
    none = pd.DataFrame()
    return Atlas(plan=plan, layers=held, catalogue=catalogue or {}, findings=none, rejects=none)


def kind(table):
    """Return what a layer of these shapes would be in the catalogue."""
    return {"Point": "point", "LineString": "line"}.get(table.geom_type.iloc[0], "polygon")


def village(**more):
    """Return the layers of the village, with more or other ones."""
    usual = {"road": roads(ROADS), "interchange": places(INTERCHANGES), "hub": places(HUBS)}
    return usual | more


def codes(table):
    """Return the codes of a findings table."""
    return set(table["code"])
