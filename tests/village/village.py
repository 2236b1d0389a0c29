"""A tiny made-up village on plane zone VIII whose every figure can be checked by hand.

Thirteen use zones stand side by side as strips of 100 m by 300 m (3 ha each), from x = 0 in the order of
the law (建築基準法48条), so strip n (from 0) is x = 100 n … 100 n + 100, y = 0 … 300. North of them:

    y = 300 … 400   市街化調整区域 (the zones below are 市街化区域)
    y = 400 … 500   inside the city planning area, non-divided white land
    y = 500 … 600   outside the city planning area, inside the municipality

Promotion area 「東区域」 is y = 0 … 100 over every strip, with requirements, consent and publication;
「西区域」 is y = 100 … 200 and has no use-exception requirements. Both lie in 「重点地区」, y = 0 … 250.
So each area holds 1 ha of every zone, 13 ha in all, 4 ha of them in the four zones that the Act covers.
"""

import datetime as dt
from dataclasses import replace
from functools import cache
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely

from gisplan.core import tables
from gisplan.core.options import CheckOptions
from gisplan.core.words import Atlas, Layer, Plan, Source, Spec, Style, Text

CRS = 6676
DAY = dt.date(2026, 11, 1)
ZONES = (
    "第一種低層住居専用地域",
    "第二種低層住居専用地域",
    "第一種中高層住居専用地域",
    "第二種中高層住居専用地域",
    "第一種住居地域",
    "第二種住居地域",
    "準住居地域",
    "田園住居地域",
    "近隣商業地域",
    "商業地域",
    "準工業地域",
    "工業地域",
    "工業専用地域",
)
WIDTH = 100 * len(ZONES)
DTYPES = {"use_exception": "boolean", "consent": "boolean", "storey": "Int64", "floor_area": "float64"}


def frame(rows, **defaults):
    """Return rows (dicts with `geometry`) as a table as it is after reading: `id`, `name`, sorted by id."""
    full = [{"id": f"{number:03d}", "name": ""} | defaults | row for number, row in enumerate(rows, start=1)]
    table = gpd.GeoDataFrame(pd.DataFrame(full, dtype=object), geometry="geometry", crs=CRS)
    typed = table.astype({name: dtype for name, dtype in DTYPES.items() if name in table})
    return typed.sort_values("id", ignore_index=True)


def layer(name, table):
    """Return a layer of the plan around a table."""
    text = Text(ja=name, en=name)
    spec = Spec(
        name=name,
        group="",
        kind="polygon",
        title=text,
        about=text,
        article="",
        accepts=(),
        source=Source(credit=text, licence=""),
        fields={},
        style=Style(),
    )
    return Layer(spec=spec, table=table, readings=())


def box(west, south, east, north):
    """Return a rectangle."""
    return shapely.box(west, south, east, north)


def strip(number, south=0, north=300):
    """Return the strip of zone `number` (from 0)."""
    return box(100 * number, south, 100 * number + 100, north)


def zones():
    """Return the thirteen strips."""
    return frame([{"zone": name, "geometry": strip(n), "year": 2019} for n, name in enumerate(ZONES)])


def areas(**changes):
    """Return the two promotion areas; `changes` go into the first one, 東区域."""
    dates = {"published_on": dt.date(2026, 6, 30), "consented_on": dt.date(2026, 6, 1), "version": "1"}
    first = {"name": "東区域", "use_exception": True, "geometry": box(0, 0, WIDTH, 100)} | dates | changes
    second = {"name": "西区域", "use_exception": False, "geometry": box(0, 100, WIDTH, 200)}
    return frame([first, dates | {"consented_on": None} | second])


def tables_of_village():
    """Return every table of the village, by layer, for the caller to change."""
    return {name: table.copy() for name, table in _made_once().items()}


@cache
def _made_once():
    return {
        "zone": zones(),
        "area_division": frame(
            [
                {"division": "市街化区域", "geometry": box(0, 0, WIDTH, 300)},
                {"division": "市街化調整区域", "geometry": box(0, 300, WIDTH, 400)},
            ]
        ),
        "city_planning_area": frame(
            [
                {"kind": "線引き都市計画区域", "geometry": box(0, 0, WIDTH, 400)},
                {"kind": "非線引き都市計画区域", "geometry": box(0, 400, WIDTH, 500)},
            ]
        ),
        "municipality": frame([{"code": "22999", "name": "村", "geometry": box(0, 0, WIDTH, 600)}]),
        "promotion_area": areas(),
        "priority_district": frame(
            [
                {
                    "name": "重点地区",
                    "version": "1",
                    "published_on": dt.date(2026, 3, 31),
                    "geometry": box(0, 0, WIDTH, 250),
                }
            ]
        ),
        "hub": frame([{"name": "拠点", "use": "office_coworking", "geometry": shapely.Point(950, 50)}]),
        "district_plan": frame([{"name": "駅前地区", "geometry": box(900, 0, 1000, 60)}]),
    }


def houses(*places, source="ledger", **facts):
    """Return vacant houses at points, as a ledger lists them."""
    rows = [{"geometry": shapely.Point(place)} for place in places]
    return frame(rows, source=source, **{"consent": pd.NA, "address": ""} | facts)


def lot(x, y, *, side=10.0, **facts):
    """Return the row of a square lot with its corner at (x, y)."""
    return {"use": "office_coworking", "geometry": box(x, y, x + side, y + side)} | facts


def atlas(*, day=DAY, use="office_coworking", tolerance=1.0, without=(), **changes):
    """Return the village as an atlas; `changes` are tables by layer, `without` names layers left out."""
    held = {**tables_of_village(), **changes}
    plan = Plan(
        title="村",
        municipality=("22999",),
        date=day,
        crs=CRS,
        folder=Path(),
        file="plan.toml",
        layers=(),
        check=CheckOptions(use=use, tolerance_m=tolerance),
    )
    layers = {name: layer(name, table) for name, table in held.items() if name not in without}
    return Atlas(
        plan=plan,
        layers=layers,
        catalogue={name: found.spec for name, found in layers.items()},
        findings=tables.findings(()),
        rejects=tables.hold(pd.DataFrame(), "rejects"),
    )


def shuffled(built, *, seed):
    """Return the atlas with the rows of every layer in another order."""
    mixed = {
        name: replace(found, table=found.table.sample(frac=1, random_state=seed, ignore_index=True))
        for name, found in built.layers.items()
    }
    return replace(built, layers=mixed)
