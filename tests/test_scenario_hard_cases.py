"""Scenarios that a hostile reader would write: roads that stand twice, bridges, hubs in the wild, other modes."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
import shapely
from test_siting_losses import said
from test_siting_scenario import DRAWN, OPTIONS, drawn, form, gains, links, road, run, world
from village_buses import BY_TRANSIT, LINE, held
from village_buses import HOUSES as BUS_HOUSES
from village_roads import ROADS, codes, places, roads

from gisplan.core.options import OwnSpeeds
from gisplan.core.scenario import PlaceChange, RoadChange, Scenario
from gisplan.layers.catalogue import packaged_folder, read_catalogue
from gisplan.siting.scenarios.forms import forms, mean
from gisplan.siting.scenarios.overlaps import on_roads

SECOND = "scenario[1].road[2]"


def hub(name, at):
    return PlaceChange(layer="hub", name=name, at=at, key="scenario[1].hub[1]", line=1)


def twins(**second):
    """Return the village with its national road a second time."""
    return roads([*ROADS, ROADS[0] | {"id": "r1b"} | second])


# ---- a road that stands twice in the data ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("road_class", "minutes"), [("national", 7.0), ("municipal", 9.25), ("expressway", 12.5)]
)
def test_closing_one_of_two_leaves_the_other_and_says_so(road_class, minutes):
    # The other carries whoever it may: 1 + 1,750 m at 35 or 20 km/h + 3 min; no expressway joins a street.
    network = twins(road_class=road_class)
    found = run(world(road("close", id=("r1",)), road=network))
    assert links(found).loc["南の家", "minutes_after"] == pytest.approx(minutes)
    (reason,) = said(found, "scenario.double_close")
    assert "3.5 km" in reason
    assert "r1b" in reason
    both = run(world(road("close", id=("r1", "r1b")), road=network))
    assert links(both).loc["南の家", "minutes_after"] == pytest.approx(12.5)
    assert "scenario.double_close" not in codes(both.findings)


def test_improving_the_lower_of_two_has_no_effect_and_says_why():
    found = run(world(road(id=("r1b",), speed_kmh=60.0), road=twins(road_class="municipal")))
    assert links(found).loc["南の家", "state"] == "same"
    assert "r1" in said(found, "scenario.double_improve")[0]


def test_roads_that_only_cross_or_meet_are_no_doubles():
    assert not codes(run(world(road("close", id=("r2",)))).findings) & {"scenario.double_close"}


def test_a_road_that_only_touches_the_strip_of_another_has_no_metres_on_it():
    lines = np.array([shapely.LineString([(0, 2), (0, 50)]), shapely.LineString([(0, 1), (100, 1)])])
    beside = np.array([shapely.LineString([(-50, 0), (200, 0)])])
    assert on_roads(lines, beside).tolist() == [0.0, 100.0]


@pytest.mark.parametrize("frontage", [True, False])
def test_a_new_road_on_a_closed_one_carries_traffic(frontage):
    closed = RoadChange(deed="close", key=SECOND, line=11, id=("r1",))
    line = drawn(shapely.LineString([(0, 0), (3500, 0)]))
    found = run(world(road("open", file=DRAWN, speed_kmh=60.0, frontage=frontage), closed, rows=line))
    assert links(found).loc["南の家", "minutes_after"] == pytest.approx(1 + 1.75 + 3)
    # Without frontage who stands on the closed road stays there, cut off.
    assert gains(found)["lost"] == (0 if frontage else 2)


def test_an_id_is_the_whole_road_though_an_area_cut_it_before():
    inside = drawn(shapely.box(1700, -500, 1800, -400))
    faster = RoadChange(deed="improve", key=SECOND, line=11, id=("r2",), speed_kmh=60.0)
    found = run(world(road(file=DRAWN, width_m=6.0), faster, rows=inside))
    assert links(found).loc["南の家", "minutes_after"] == pytest.approx(1 + 3 + 1)


# ---- new roads ---------------------------------------------------------------------------------------------


def test_a_new_road_that_crosses_without_a_vertex_is_said_and_a_bridge_is_none():
    lines = drawn(
        shapely.LineString([(1000, -800), (1000, 900)]), shapely.LineString([(1000, -800), (1750, -1000)])
    )
    change = road("open", file=DRAWN, speed_kmh=60.0)
    found = run(world(change, rows=lines))
    assert links(found).loc["南の家", "state"] == "better"
    assert "1か所" in said(found, "scenario.crossings")[0]
    bridge = run(world(change, rows=lines.assign(level=pd.array([1, 1], dtype="Int64"))))
    assert links(bridge).loc["南の家", "state"] == "same"
    assert "scenario.crossings" not in codes(bridge.findings)
    meant = drawn(shapely.LineString([(1000, -800), (1000, 0), (1000, 900)]))
    assert "scenario.crossings" not in codes(run(world(change, rows=meant)).findings)


def test_a_road_closed_in_winter_opens_in_a_plan_for_winter():
    winter = dataclasses.replace(OPTIONS, season="winter")
    network = roads(ROADS).assign(winter_closed=[False, True, False])
    found = run(world(road("open", id=("r2",), frontage=True), road=network, access=winter))
    assert np.isfinite(links(found).loc["南の家", "minutes_after"])
    assert "scenario.all_open_already" not in codes(found.findings)


def test_speeds_before_and_after_are_those_of_the_kind_of_area():
    own = OwnSpeeds(
        kmh={"national": {"densely_inhabited": 20.0, "urban": 35.0, "mountain": 50.0}}, source="調査"
    )
    network = roads(ROADS).assign(area_kind=["densely_inhabited", "", ""])
    found = run(
        world(
            road(id=("r1",), speed_kmh=30.0),
            road=network,
            access=dataclasses.replace(OPTIONS, own_speeds=own),
        )
    )
    assert found.roads[["kmh_before", "kmh_after"]].to_numpy().tolist() == [[20.0, 30.0]]
    assert "scenario.slower" not in codes(found.findings)
    assert links(found).loc["南の家", "state"] == "better"


# ---- hubs that are added -----------------------------------------------------------------------------------


def test_a_hub_of_a_name_that_stands_already_takes_no_row_from_the_other():
    table = form(run(world(hub("交流館", (3000.0, 0.0)))))
    rows = table[table.index.str.startswith("link_state_minutes/交流館")]
    assert rows.index.tolist() == [
        "link_state_minutes/交流館 (h1)", "link_state_minutes/交流館 (scenario[1].hub[1])",
    ]  # fmt: skip
    assert rows["state"].tolist() == ["same", "new"]


def test_a_hub_without_a_road_or_without_a_way_says_why_it_has_no_time():
    wild = run(world(hub("山奥", (3000.0, 4000.0))))
    assert links(wild).loc["山奥", "state"] == "new_not_assessed"
    assert "500 m" in said(wild, "scenario.place_off_road")[0]
    island = roads([*ROADS, {"id": "r9", "line": [(8900, 0), (9100, 0)]}])
    alone = run(world(hub("離れ", (9000.0, 0.0)), road=island))
    assert links(alone).loc["離れ", "state"] == "new_unreached"
    assert form(alone).loc["ic_minutes/離れ", "state"] == "new_unreached"
    assert "ICへ・ICから" in said(alone, "scenario.hub_unreached")[0]
    assert form(alone).loc["ic_unreached/hub", ["before", "after"]].tolist() == [0, 1]


def test_a_service_and_an_interchange_off_the_road_are_said():
    change = {"key": "scenario[1].place[1]", "line": 1, "at": (3000.0, 4000.0)}
    for layer in ("medical", "interchange"):
        found = run(world(PlaceChange(layer=layer, name="遠い", **change)))
        assert "遠い" in said(found, "scenario.place_off_road")[0]


def test_a_hub_outside_the_priority_district_is_said():
    district = drawn(shapely.box(-100, -1100, 2000, 1100))
    outside = run(world(hub("東の端", (3000.0, 0.0)), priority_district=district))
    assert "東の端" in said(outside, "scenario.hub_outside")[0]
    assert "重点地区" in said(outside, "scenario.hub_outside")[0]
    inside = run(world(hub("中", (500.0, 0.0)), priority_district=district))
    assert "scenario.hub_outside" not in codes(inside.findings)


# ---- modes -------------------------------------------------------------------------------------------------


def test_forms_on_driving_are_not_made_of_minutes_on_foot():
    cells = places([{"id": "c1", "at": (500, 0), "people": 100.0, "people_65": 10.0}])
    access = dataclasses.replace(OPTIONS, origins=("population",), mode="walk")
    area = drawn(shapely.box(0, -100, 1000, 100)).assign(version="", published_on=None)
    layers = {"population": cells, "promotion_area": area}
    walked = run(world(road("close", id=("r2",)), access=access, **layers))
    driven = run(world(road("close", id=("r2",)), access=dataclasses.replace(access, mode="car"), **layers))
    forms_of = ("people_ic", "area_ic_minutes")
    assert form(driven).index.str.startswith(forms_of).any()
    assert not form(walked).index.str.startswith(forms_of).any()
    assert "scenario.by_car_only" in codes(walked.findings)
    assert "scenario.by_car_only" not in codes(driven.findings)


def test_by_transit_the_timetable_stays_and_that_is_said():
    hubs = places([{"id": "e", "name": "東", "at": (3420, 0)}])
    options = dataclasses.replace(BY_TRANSIT, destinations=("hub",))
    made = held(LINE, options=options, hub=hubs, vacant_house=places(BUS_HOUSES))
    faster = Scenario(name="試案", roads=(road(id=("r1",), speed_kmh=60.0),))
    plan = dataclasses.replace(made.plan, scenarios=(faster,))
    found = run(dataclasses.replace(made, plan=plan, catalogue=read_catalogue(packaged_folder())))
    assert gains(found, to="hub")["same"] == 2
    assert links(found).loc["東", "state"] == "better"
    assert "scenario.timetable" in codes(found.findings)


# ---- rounding ----------------------------------------------------------------------------------------------


def test_the_last_trace_of_a_sum_turns_no_half_down():
    assert forms()["ic_minutes"].value(6.049999999999637) == 6.1
    assert mean([7.799999999999637, 12.5], digits=1) == 10.2
    # 9.25 minutes: the sentence says what the form prints.
    found = run(world(road("close", id=("r1",)), road=twins(road_class="municipal")))
    assert form(found).loc["ic_minutes/南の家", "after"] == 9.3
    assert "9.3分" in next(text for text in said(found, "scenario.hub_worse") if "南の家" in text)
