"""The village of `trial_map` with a story: two hubs, isochrones of 5 and 10 minutes, a scenario, chapters."""

import dataclasses

import numpy as np
import shapely
import trial_map
from trial_map import both

from gisplan.core.words import Style
from gisplan.maps.story.words import Chapter, Dossier, Part, Reach, Story, Swipe
from gisplan.maps.words import Look

HUBS = {"中央会館": (1500, 1500), "港会館": (3200, 2400)}
MINUTES = (5.0, 10.0)
METRES = {5.0: 500.0, 10.0: 1200.0}
SCENARIO = "村道の改良"
COLOURS = {"5": "#08306b", "10": "#9ecae1"}


def _layer(name, title, rows, *, each=False, scenario=False, **more):
    return trial_map.layer(
        name,
        both(title),
        "polygon",
        rows,
        Style(order=12, opacity=0.0 if each else 0.65, by="minutes", colours=COLOURS, colour="#08306b"),
        "分析の結果",
        popup=(("minutes", both("時間", "Time")),),
        visible=False,
        look=Look(),
        **more,
    )


def _areas(wider=0.0):
    """Return the area of each hub and time, rings where a shorter one lies within, the longest first."""
    found = []
    for minutes in reversed(MINUTES):
        for at in HUBS.values():
            area = shapely.Point(at).buffer(METRES[minutes] + wider)
            found.append((minutes, area if minutes == 5.0 else area - shapely.Point(at).buffer(500 + wider)))
    return found


def united(name, title, wider=0.0):
    rows = [
        (minutes, shapely.union_all([area for own, area in _areas(wider) if own == minutes]))
        for minutes in reversed(MINUTES)
    ]
    table = trial_map.table(
        [area for _, area in rows], name=[""] * 2, minutes=[minutes for minutes, _ in rows]
    )
    return _layer(name, title, table)


def each(name, title, wider=0.0):
    rows = _areas(wider)
    table = trial_map.table(
        [area for _, area in rows], name=list(HUBS) * 2, minutes=[minutes for minutes, _ in rows]
    )
    return _layer(name, title, table, each=True)


def first_of(houses, wider=0.0):
    """Return for each hub the place of the first time within which a house is [hub][house]."""
    found = []
    for at in HUBS.values():
        away = shapely.distance(houses.geometry.to_numpy(), shapely.Point(at))
        found.append(np.searchsorted([METRES[minutes] + wider for minutes in MINUTES], away))
    return np.array(found)


def reach(say, houses, *, scenario="", prefix="", wider=0.0):
    first = first_of(houses, wider)
    counts = [[int((own <= at).sum()) for at in range(2)] for own in (first.min(axis=0), *first)]
    return Reach(
        layer="hub",
        title=both(say("拠点施設"), say("Hubs")),
        direction=both("まで", "to"),
        minutes=MINUTES,
        places=tuple(both(say(name)) for name in HUBS),
        at=(0, 1),
        scenario=scenario,
        united=f"{prefix}isochrone_hub",
        each=f"{prefix}isochrone_hub_each",
        united_minutes=(1, 0),
        each_minutes=(1, 1, 0, 0),
        each_places=(0, 1, 0, 1),
        within={} if scenario else {"vacant_house": tuple("".join(map(str, own)) for own in first)},
        counts=((both("空家等 {count}戸", "{count} houses"), tuple(tuple(row) for row in counts)),),
    )


def dossier(say, row, name):
    return Dossier(
        layer="hub",
        row=row,
        title=both(say(name)),
        parts=(
            Part(
                title=both("用途の判定", "Use"),
                answer=both(say("建築可能"), say("By right")),
                colour="#2e7d32",
                lines=((both("理由", "Reason"), both(say("商業地域にある"), say("in a zone"))),),
            ),
            Part(
                title=both("ICとの連絡", "Link"),
                head=(both("IC"), both("ICから", "From")),
                rows=((both(say("架空IC")), both("4.2分", "4.2 min")),),
                note=both(say("注")),
            ),
        ),
    )


def chapters(say):
    land = (138.5, 36.0, 138.55, 36.03)
    return (
        Chapter(
            title=both(say("はじめに"), say("First")),
            text=both(say("一つ目の文章"), say("One")),
            layers=("municipality", "hub"),
            box=land,
        ),
        Chapter(
            title=both(say("十分で"), say("Ten minutes")), text=both(say("二つ目"), say("Two")), minutes=10.0
        ),
        Chapter(
            title=both(say("くらべる"), say("Compare")),
            text=both(say("三つ目"), say("Three")),
            minutes=5.0,
            scenario=say(SCENARIO),
            centre=(35.0, 138.5, 13.0),
            note=both(say("図にない"), say("Not here")),
        ),
    )


def page(say=str, *, houses=40):
    """Return the page; `say` turns every text of it into another, e.g. a hostile one."""
    plain = trial_map.page(say, houses=houses)
    own = next(layer.table for layer in plain.layers if layer.name == "vacant_house")
    layers = (
        united("isochrone_hub", "到達圏"),
        each("isochrone_hub_each", "到達圏・地点ごと"),
        united("scenario_1_isochrone_hub", "改良後の到達圏", 300.0),
        each("scenario_1_isochrone_hub_each", "改良後・地点ごと", 300.0),
        trial_map.layer(
            "scenario_1",
            both("改良する道路"),
            "line",
            trial_map.table([shapely.LineString([(0, 100), (3900, 100)])], name=[""]),
            Style(order=62, colour="#e6007e", width=6),
            look=Look(),
        ),
    )
    names = [layer.name for layer in layers]
    story = Story(
        dossiers=tuple(dossier(say, row, name) for row, name in enumerate(HUBS)),
        reaches=(
            reach(say, own),
            reach(say, own, scenario=say(SCENARIO), prefix="scenario_1_", wider=300.0),
        ),
        swipes=(Swipe(name=say(SCENARIO), before=tuple(names[:2]), after=tuple(names[2:])),),
        chapters=chapters(say),
    )
    return dataclasses.replace(plain, layers=(*layers, *plain.layers), story=story)
