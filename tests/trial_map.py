"""A made-up village as map layers and tables: every kind of geometry, mark and value, in any texts."""

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gisplan.core import tables
from gisplan.core.words import Style, Text
from gisplan.maps import compose
from gisplan.maps.words import Fact, MapLayer, Page

CRS = 6676
HOSTILE = tuple(json.loads(Path(__file__).with_name("hostile.json").read_text("utf-8")))
ZONES = {"第一種低層住居専用地域": "#2e9e5b", "商業地域": "#e5484d"}
CREDIT = Text(ja="試験のための架空のデータ", en="Made-up data for tests")


def both(ja, en=None):
    return Text(ja=ja, en=en if en is not None else ja)


def table(rows, **columns):
    return gpd.GeoDataFrame(
        {"id": [f"{n:05d}" for n in range(len(rows))], **columns}, geometry=list(rows), crs=CRS
    )


def layer(name, title, kind, rows, style, group="計画", **more):
    return MapLayer(
        name=name, title=title, kind=kind, table=rows, style=style, credit=CREDIT, group=both(group), **more
    )


def areas(say):
    land = table([shapely.box(0, 0, 4000, 3000)], name=[say("架空村")])
    hole = shapely.Polygon(
        [(200, 200), (1800, 200), (1800, 1800), (200, 1800)],
        [[(800, 800), (1000, 800), (1000, 1000), (800, 1000)]],
    )
    zones = table(
        [hole, shapely.MultiPolygon([shapely.box(2000, 200, 2600, 900), shapely.box(2700, 200, 3000, 900)])],
        name=["", ""],
        zone=list(ZONES),
        floor_area_ratio=[80.0, np.nan],
        remark=[say("備考"), say("備考二")],
    )
    labels = {"zone": {zone: both(say(zone), say(f"Zone {n}")) for n, zone in enumerate(ZONES)}}
    popup = (
        ("zone", both(say("用途地域"), say("Use zone"))),
        ("floor_area_ratio", both("容積率 [%]", "FAR [%]")),
    )
    return (
        layer(
            "municipality",
            both("行政区域", "Municipality"),
            "polygon",
            land,
            Style(order=2, colour="#455a64"),
            "基図",
        ),
        layer(
            "zone",
            both(say("用途地域"), say("Use zones")),
            "polygon",
            zones,
            Style(order=10, by="zone", colours=ZONES, opacity=0.55),
            "都市計画",
            labels=labels,
            popup=(*popup, ("remark", both("備考", "Remark"))),
        ),
        layer(
            "promotion_area",
            both("特定居住促進区域", "Promotion area"),
            "polygon",
            table([shapely.box(300, 300, 2500, 1700)], name=[say("東区域")]),
            Style(order=30, colour="#c2185b", width=3, opacity=0.06),
        ),
    )


def points(say, houses):
    rng = np.random.default_rng(7)
    spots = shapely.points(rng.uniform(100, 3900, houses), rng.uniform(100, 2900, houses))
    house = table(
        list(spots),
        name=[""] * houses,
        source=list(np.array(["survey", "ledger", "bank", ""], object)[rng.integers(0, 4, houses)]),
        consent=pd.array([None, True, False, True] * (houses // 4), dtype="boolean"),
        built_year=pd.array([1981, None] * (houses // 2), dtype="Int64"),
    )
    hub = table(
        [shapely.Point(1500, 1500), shapely.Point(3200, 2400)],
        name=[say("中央会館"), say("港会館")],
        floor_area=[120.5, 12_000.0],
    )
    gate = table(
        [shapely.Point(3800, 1500)],
        name=[say("架空IC")],
        kind=["smart"],
        open=pd.array([True], dtype="boolean"),
    )
    source = {
        "survey": both("実態調査", "Survey"),
        "ledger": both("台帳", "Ledger"),
        "bank": both("空き家バンク", "Bank"),
    }
    colours = {"survey": "#a1887f", "ledger": "#6d4c41", "bank": "#ef6c00"}
    return (
        layer(
            "hub",
            both("拠点施設", "Hubs"),
            "point",
            hub,
            Style(order=95, colour="#d32f2f", radius=9),
            popup=(("name", both("名称", "Name")), ("floor_area", both("床面積 [m²]", "Floor area [m²]"))),
        ),
        layer(
            "vacant_house",
            both("空家等", "Vacant houses"),
            "point",
            house,
            Style(order=80, by="source", colours=colours, radius=3.2),
            "住まい",
            labels={"source": source},
            popup=(
                ("source", both("出典", "Source")),
                ("consent", both("公開同意", "Consent")),
                ("built_year", both("建築年", "Built")),
            ),
        ),
        layer(
            "interchange",
            both("インターチェンジ", "Interchanges"),
            "point",
            gate,
            Style(order=96, by="kind", colours={"smart": "#43a047"}, radius=8),
            "道路",
            labels={"kind": {"smart": both("スマートIC", "Smart")}},
            popup=(("kind", both("種別", "Kind")),),
        ),
    )


def lines(say):
    roads = table(
        [
            shapely.LineString([(0, 100), (3900, 100)]),
            shapely.MultiLineString([[(0, 2000), (900, 2000)], [(950, 2000), (2000, 2100)]]),
        ],
        name=[say("国道1号"), say("村道")],
        road_class=["national", "municipal"],
    )
    lot = table(
        [shapely.box(3300, 300, 3330, 330), shapely.Point(3400, 400)], name=[say("敷地一"), say("敷地二")]
    )
    nothing = table([], name=[])
    return (
        layer("site", both("候補敷地", "Sites"), "polygon", lot, Style(order=85, colour="#37474f")),
        layer(
            "road",
            both("道路", "Roads"),
            "line",
            roads,
            Style(order=40, by="road_class", colours={"national": "#c62828", "municipal": "#9aa5ab"}),
            "道路",
            popup=(("road_class", both("種別", "Class")),),
        ),
        layer(
            "bus_stop",
            both("バス停", "Bus stops"),
            "point",
            nothing,
            Style(order=60),
            "公共交通",
            visible=False,
        ),
    )


def frames(say, rows=400):
    """Return a short table and a long one, with the given texts."""
    links = pd.DataFrame(
        {
            "hub": [say("中央会館"), "港会館"],
            "interchange": [say("架空IC"), "架空IC"],
            "direction": [say("往"), "復"],
            "minutes": [5.25, np.nan],
        }
    ).reindex(columns=list(tables.contract("links").names))
    access = pd.DataFrame(
        {
            "layer": say("vacant_house"),
            "id": [f"{n:05d}" for n in range(rows)],
            "to": say("hub"),
            "measure": "nearest_1",
            "value": [n / 10 for n in range(rows)],
            "unit": say("min"),
            "state": "",
        }
    )
    verdicts = pd.DataFrame(
        {
            "layer": ["hub"],
            "id": [say("1")],
            "name": [say("中央会館")],
            "verdict": ["by_right"],
            "reason_ja": [say("理由")],
            "reason_en": [say("reason")],
        }
    ).reindex(columns=list(tables.contract("verdicts").names))
    return {
        name: tables.hold(frame, name)
        for name, frame in {"verdicts": verdicts, "links": links, "access": access}.items()
    }


def page(say=str, *, houses=40, language="ja", made_up=True):
    """Return the page of the village; `say` turns every text of it into another, e.g. a hostile one."""
    labels = {"verdict": {"by_right": both(say("建てられる"), say("By right"))}}
    return Page(
        title=both(say("架空村 特定居住促進計画"), say("Made-up village plan")),
        subtitle=both(say("試験"), say("Trial")),
        layers=(*points(say, houses), *lines(say), *areas(say)),
        sheets=tuple(compose.sheet(frame, name, labels=labels) for name, frame in frames(say).items()),
        facts=(Fact(title=both(say("空家等"), say("Houses")), value=both(say("40 戸"), say("40"))),),
        notes=(both(say("注意書き"), say("A note")),),
        credits=(both(say("追加の出典"), say("More sources")),),
        made_up=made_up,
        language=language,
    )
