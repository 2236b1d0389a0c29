"""What leaves the office of minutes by transit, and where the timetables they rest on are named."""

import dataclasses

import numpy as np
import pytest
import shapely
from small_timetable import DAY
from village_buses import BY_TRANSIT, HOUSES, LINE, WINDOW, held
from village_roads import CRS, places

from gisplan.core.tables import findings
from gisplan.plan.manifest import transit_told
from gisplan.plan.reading import speed_notes
from gisplan.plan.results import compute


@pytest.fixture(scope="module")
def results():
    """Return the results of the village by transit, with an area of demand transport around two houses."""
    hubs = places([{"id": "e", "at": (3420, 0)}])
    area = places([{"id": "d", "name": "浜", "at": (0, 0)}])
    area = area.set_geometry([shapely.box(-500, -950, 1800, 500)], crs=CRS)
    options = dataclasses.replace(BY_TRANSIT, destinations=("hub",))
    atlas = held(LINE, options=options, hub=hubs, vacant_house=places(HOUSES), demand_area=area)
    atlas = dataclasses.replace(atlas, findings=findings(()))
    return compute(atlas, parts=("access",), progress=lambda _step: None)


def test_the_tables_stand_among_the_results(results):
    assert {"transit", "stop_service", "demand", "access", "coverage"} <= set(results.tables)
    minutes = results.measured.nearest.set_index("id")["to_hub"]
    assert minutes["v1"] == 16.0
    rows = results.tables["transit"].set_index(["id", "percentile"])["minutes"]
    assert all(np.array_equal(rows[house, 50], minutes[house], equal_nan=True) for house in minutes.index)


def test_notes_name_what_the_minutes_rest_on(results):
    cars, walks, timetables = speed_notes(results)
    assert "自動車" in cars.ja
    assert "徒歩" in walks.ja
    assert "2026-11-04（水）" in timetables.ja
    assert "2026-11-04 (Wednesday)" in timetables.en
    assert len(speed_notes(dataclasses.replace(results, findings=findings(())))) == 2


def test_the_manifest_tells_day_weekday_and_window():
    plan = held(LINE).plan
    told = transit_told(plan)
    assert (told["day"], told["weekday"], told["window"]) == (
        DAY.isoformat(),
        "Wednesday",
        ["07:50", "08:10"],
    )
    assert told["percentiles"] == WINDOW.percentiles
    by_car = dataclasses.replace(plan, transit=None, access=dataclasses.replace(plan.access, mode="car"))
    assert transit_told(by_car) is None


def test_without_a_timetable_nothing_is_claimed():
    car = held(options=dataclasses.replace(BY_TRANSIT, mode="car"), transit=None, vacant_house=places(HOUSES))
    car = dataclasses.replace(car, findings=findings(()))
    found = compute(car, parts=("access",), progress=lambda _step: None)
    assert not {"transit", "stop_service", "demand"} & set(found.tables)
    assert np.isfinite(found.measured.nearest["to_hub"]).any()
