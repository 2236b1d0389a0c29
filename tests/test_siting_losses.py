"""Losses, roads that are open already, and who is not assessed: never counted as nobody, never averaged away."""

import dataclasses

import numpy as np
import pytest
import shapely
from test_siting_scenario import DRAWN, drawn, form, links, road, run, world
from village_roads import HUBS, INTERCHANGES, ROADS, codes, places, roads

from gisplan.access import measure
from gisplan.core.errors import ConfigurationError
from gisplan.core.options import AccessOptions
from gisplan.core.scenario import PlaceChange
from gisplan.network import connect
from gisplan.siting.scenarios.means import Pair, compared, note

CELLS = places(
    [{"id": f"c{n}", "at": at, "people": 100.0, "people_65": 10.0}
     for n, at in enumerate([(500, 30), (3000, 30), (1750, -900), (0, 5000)], start=1)]
)  # fmt: skip
PEOPLE = AccessOptions(origins=("population",), destinations=("interchange",), minutes=(5.0, 10.0))
FAR = [{"id": "h3", "name": "奥の家", "at": (1750, -3000)}]
LANE = [{"id": "r4", "name": "市道D", "line": [(1750, -1000), (1750, -3000)]}]


def people(*changes, **layers):
    return world(*changes, access=PEOPLE, population=CELLS, **layers)


def said(found, code):
    table = found.findings
    return table[table["code"] == code]["reason_ja"].tolist()


# ---- shares and numbers of those who are assessed ----------------------------------------------------------


def test_before_is_what_coverage_says_and_no_share_is_above_a_hundred():
    # Four cells of 100 people; the one in the hills stands on no road and is in no share.
    made = people(road(id=("r1",), speed_kmh=60.0))
    connected = connect(made)
    today = measure(made, connected).coverage.set_index(["layer", "minutes"]).loc["population"]
    table = form(run(made))
    for minutes in (5, 10):
        own = table.loc[f"within/population/interchange/{minutes}"]
        assert own["before"] == today.loc[minutes, "within"]
        share = table.loc[f"share/population/interchange/{minutes}"]
        assert share["before"] == pytest.approx(100 * today.loc[minutes, "share"], abs=0.05)
    shares = table[table["unit"] == "percent"]
    assert shares[["before", "after"]].max(axis=None) <= 100.0
    assert table.loc["within/population/interchange/10", "unit"] == "people"


def test_who_drops_out_is_in_neither_number_and_is_named():
    # As an expressway the national road has no frontage: those along it stand on no road any more.
    found = run(people(road(id=("r1",), road_class="expressway"), road=roads([*ROADS[1:], ROADS[0]])))
    table = form(found)
    shares = table[table["unit"] == "percent"]
    assert shares[["before", "after"]].max(axis=None) <= 100.0
    band = found.tables["gains"].set_index("band")
    assert band.loc["not_assessed", "people"] > 100
    assert np.isnan(band.loc["not_assessed", "share"])
    assert band["share"].sum() == pytest.approx(1.0)
    assert any("未評価になる" in reason for reason in said(found, "scenario.fell_out"))


# ---- roads that are open already ---------------------------------------------------------------------------


def test_who_lives_along_an_open_road_stays_when_it_is_opened_again():
    found = run(people(road("open", id=("r1",))))
    band = found.tables["gains"].set_index("band")["people"]
    assert (band["same"], band["not_assessed"]) == (300, 100)
    assert links(found)["state"].tolist() == ["same", "same"]
    assert "すべて今も通れる" in said(found, "scenario.all_open_already")[0]


def test_a_road_open_in_part_takes_no_frontage_from_the_part_in_use():
    lane = {"id": "k2", "name": "都計道路C", "line": [(3000, 500), (3000, 0)], "passage": "closed"}
    part = {"id": "k1", "name": "都計道路C", "line": [(1750, 500), (3000, 500)], "passage": "all"}
    rows = [{"passage": "all"} | row for row in ROADS]
    beside = places([{"id": "c9", "at": (2400, 520), "people": 77.0, "people_65": 7.0}])
    made = world(
        road("open", name=("都計道路C",)), access=PEOPLE, population=beside, road=roads([*rows, part, lane])
    )
    found = run(made)
    assert found.tables["gains"].set_index("band").loc[["worse", "lost", "not_assessed"], "people"].sum() == 0
    assert "2本のうち1本、1.2 km" in said(found, "scenario.open_already")[0]


# ---- not assessed is neither nobody nor unreached ----------------------------------------------------------


def test_interchanges_that_no_car_can_use_leave_everybody_not_assessed():
    junction = places([INTERCHANGES[1]])
    found = run(people(road("close", id=("r1",)), interchange=junction))
    band = found.tables["gains"].set_index("band")["people"]
    assert band["not_assessed"] == 400
    row = form(found).loc["people_ic/10"]
    assert row[["before", "after"]].isna().all()
    assert row["state"] == "not_assessed"


def test_a_first_clinic_has_a_number_after_and_none_before():
    access = dataclasses.replace(PEOPLE, destinations=("medical",))
    clinic = PlaceChange(layer="medical", name="診療所", at=(500.0, 0.0), key="k", line=1)
    found = run(world(clinic, access=access, population=CELLS))
    row = form(found).loc["within/population/medical/10"]
    assert np.isnan(row["before"])
    assert (row["after"], row["state"]) == (300, "not_assessed")
    assert "整備前には道路の上に一つもない" in said(found, "scenario.one_side")[0]


def test_a_hub_off_the_road_is_not_assessed_and_the_new_road_to_its_door_is_hinted_at():
    hubs = places([*HUBS, {"id": "h4", "name": "山の家", "at": (3000, 3000)}])
    rows = drawn(shapely.LineString([(3500, 0), (3500, 3000), (3000, 2990)]), road_class=["municipal"])
    found = run(world(road("open", file=DRAWN), rows=rows, hub=hubs))
    assert links(found).loc["山の家", "state"] == "not_assessed"
    table = form(found)
    assert table.loc["ic_minutes/山の家", "state"] == "not_assessed"
    assert table.loc["ic_minutes_mean/hub", "before"] == 6.8  # (6.5 + 7.0) / 2 = 6.75
    assert "3拠点中1が未評価" in table.loc["ic_minutes_mean/hub", "note_ja"]
    assert any("拠点" in reason for reason in said(found, "scenario.frontage"))
    joined = run(world(road("open", file=DRAWN, frontage=True), rows=rows, hub=hubs))
    assert links(joined).loc["山の家", "minutes_after"] > 10.0
    assert not said(joined, "scenario.frontage")


# ---- people by neighbourhood and by raster -----------------------------------------------------------------


def test_neighbourhoods_count_people_and_not_places():
    areas = drawn(shapely.box(900, 0, 1100, 200), shapely.box(1650, -1000, 1850, -800)).assign(
        people=[6000.0, 2000.0], people_65=[600.0, 200.0]
    )
    access = dataclasses.replace(PEOPLE, origins=("neighbourhood",))
    found = run(world(road(id=("r1",), speed_kmh=60.0), access=access, neighbourhood=areas))
    band = found.tables["gains"]
    assert (band["people"].sum(), band["people_65"].sum()) == (8000, 800)
    assert band["places"].isna().all()
    table = form(found)
    assert table.loc["within/neighbourhood/interchange/10", ["before", "unit"]].tolist() == [8000, "people"]
    assert table.loc["people_ic/10", "before"] == 0.8
    assert found.tables["area_gains"]["total"].tolist() == [6000, 2000]


# ---- a hub that is cut off ---------------------------------------------------------------------------------


def test_the_mean_of_the_grant_does_not_hide_a_hub_that_is_cut_off():
    # The far hub loses its lane, the national road gets faster: without the far hub the mean would look better.
    network, hubs = roads([*ROADS, *LANE]), places([*HUBS, *FAR])
    found = run(world(road("close", id=("r4",)), road(id=("r1",), speed_kmh=60.0), road=network, hub=hubs))
    row = form(found).loc["ic_minutes_mean/hub"]
    assert row["before"] == 8.8  # (6.5 + 7.0 + 13.0) / 3 = 8.83
    assert row[["after", "difference", "rate"]].isna().all()
    assert row["state"] == "partial"
    assert row["note_ja"] == "3拠点中1が途絶。平均に含まない。"
    assert form(found).loc["ic_unreached/hub", ["before", "after"]].tolist() == [0, 1]
    assert "「奥の家」は、ICへ・ICからの道路が途絶します（今は13.0分）" in said(found, "scenario.hub_lost")[0]


def test_every_hub_that_is_farther_is_named():
    found = run(world(road(id=("r2",), speed_kmh=10.0)))
    reasons = said(found, "scenario.hub_worse")
    assert len(reasons) == 2
    assert "南の家" in reasons[1]


def test_a_mean_of_people_tells_how_many_are_cut_off():
    found = run(people(road("close", id=("r2",))))
    row = form(found).loc["mean_minutes/population/interchange"]
    assert (row["difference"], row["state"]) == (0, "partial")
    assert row["note_ja"] == "400人中100が途絶、100が未評価。平均に含まない。"
    everyone = run(people(road("close", id=("r1", "r2", "r3"))))
    assert form(everyone).loc["mean_minutes/population/interchange", "state"] == "lost"


def test_an_added_hub_is_new_in_every_row():
    change = PlaceChange(layer="hub", name="新拠点", at=(3000.0, 0.0), key="k", line=1)
    found = run(world(change))
    rows = form(found)
    assert set(rows[rows.index.str.endswith("/新拠点")]["state"]) == {"new"}
    assert rows.loc["ic_minutes_mean/hub", ["before", "after"]].tolist() == [6.8, 6.8]


def test_the_mean_before_is_that_of_all_reached_today_whatever_the_scenario():
    pair = [Pair(before=6.0, after=5.0, state="better"), Pair(before=8.0, after=np.inf, state="lost")]
    fresh = Pair(before=np.inf, after=3.0, state="newly_reached")
    kept, became, text = compared([*pair, fresh], unit="hubs")
    assert [one.before for one in kept] == [6.0, 8.0]
    assert became == "partial"
    assert text.ja == "3拠点中1が途絶、1が新たに到達。平均に含まない。"
    assert text.en == "Of 3 hubs: 1 cut off, 1 newly reached; not in the mean."
    assert compared([fresh], unit="hubs")[1] == "newly_reached"
    assert compared(pair[1:], unit="hubs")[1] == "lost"
    assert note({"better": 3.0}, "people").ja == ""
    assert "一部途絶のほか" in note({"partial": 1.0}, "areas").ja


# ---- changes without effect --------------------------------------------------------------------------------


def test_a_wider_road_changes_the_time_by_state_so_something_is_gained():
    found = run(world(road(id=("r2",), width_m=8.0)))
    assert form(found).loc["link_state_minutes/南の家", "difference"] < 0
    assert "scenario.no_gain" not in codes(found.findings)


def test_a_ferry_has_no_speed():
    boat = {"id": "f1", "name": "航路", "line": [(3500, 0), (9000, 0)], "ferry": True}
    sea = roads([*({"ferry": False} | row for row in ROADS), boat])
    with pytest.raises(ConfigurationError) as caught:
        run(world(road(id=("f1",), speed_kmh=30.0), road=sea))
    problem = caught.value.problems[0]
    assert problem.code == "scenario.ferry_speed"
    assert problem.place.endswith("scenario[1].road[1].speed_kmh")
    with pytest.raises(ConfigurationError):
        run(
            world(
                road("open", file=DRAWN, speed_kmh=30.0, minutes=5.0),
                rows=drawn(shapely.LineString(boat["line"])),
            )
        )
    mixed = run(world(road(id=("r1", "f1"), speed_kmh=60.0), road=sea))
    assert "1本は航路" in said(mixed, "scenario.ferries_kept")[0]
