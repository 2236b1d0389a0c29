"""Living spheres and ways from far away: by hand on the village's roads, and what is said where they end."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from test_access_measure import mesh
from village_roads import HUBS, INTERCHANGES, atlas, codes, places, roads, village

from gisplan.access import measure
from gisplan.access import spheres as room
from gisplan.access.outer import minutes_from
from gisplan.access.spheres import minutes_to
from gisplan.core.errors import ConfigurationError
from gisplan.core.options import AccessOptions, OuterOptions
from gisplan.network import connect

CROWD = mesh([((750, -125), 60_000, 1), ((1625, -125), 50_000, 1), ((3000, -125), np.nan, 1)])
"""Their points are at x = 875, 1750 and 3125 of the national road."""


def measured(*, outer=(), **layers):
    options = AccessOptions(
        minutes=(5.0,), origins=("population",), destinations=("hub",), yardsticks=(), outer=outer
    )
    held = atlas(village(**layers), access=options)
    return measure(held, connect(held))


def test_a_hundred_thousand_are_reached_when_the_second_cell_arrives():
    table = measured(population=CROWD).spheres.set_index("id")
    # To h2, south of the crossing: 3.0 min from the crossing, 1.5 more from x = 875.
    assert table.loc["h2", "minutes"] == pytest.approx(4.5)
    assert table.loc["h2", "state"] == "reached"
    assert (table.loc["h2", "people"], table.loc["h2", "total"]) == (110_000, 110_000)


def test_what_is_not_reached_has_a_reason_and_no_minutes():
    few = measured(population=mesh([((750, -125), 900, 1)])).spheres.set_index("id")
    assert np.isnan(few.loc["h1", "minutes"])
    assert few.loc["h1", "state"] == "unreached"
    assert "データの人口" in few.loc["h1", "reason_ja"]
    far = places([*HUBS, {"id": "h3", "name": "山", "at": (0, 50_000)}])
    table = measured(population=CROWD, hub=far).spheres.set_index("id")
    assert table.loc["h3", "state"] == "not_assessed"
    assert np.isnan(table.loc["h3", "people"])
    away = mesh([((750, -125), 60_000, 1), ((0, 5000), 50_000, 1)])
    table = measured(population=away).spheres.set_index("id")
    assert (table.loc["h2", "state"], table.loc["h2", "not_assessed"]) == ("unreached", 50_000)
    assert "着ける人" in table.loc["h2", "reason_ja"]


def test_without_a_hub_the_middle_of_the_municipality_counts():
    town = places([{"id": "22999", "name": "村", "at": (0, 0)}])
    town = town.set_geometry([shapely.box(1500, -200, 2000, 200)], crs=town.crs)
    layers = village(population=CROWD, municipality=town)
    layers.pop("hub")
    options = AccessOptions(origins=("population",), destinations=("interchange",), yardsticks=())
    held = atlas(layers, access=options)
    table = measure(held, connect(held)).spheres
    assert list(table["layer"]) == ["municipality"]
    assert table["minutes"].iloc[0] == pytest.approx(1.5)


def test_without_people_there_is_no_table():
    assert "spheres" not in measured().tables


@given(st.integers(0, 2**32 - 1), st.floats(1, 3000))
@settings(max_examples=40, deadline=None, derandomize=True)
def test_minutes_to_a_number_are_those_of_plain_counting(seed, wanted):
    random = np.random.default_rng(seed)
    minutes = random.uniform(0, 60, (20, 3)).round(1)
    minutes[random.random((20, 3)) < 0.2] = np.inf
    minutes[0] = np.nan
    people = random.integers(0, 300, 20).astype(float)
    people[1] = np.nan
    found = minutes_to(minutes, people, wanted=wanted)
    for column in range(3):
        at = sorted(set(minutes[np.isfinite(minutes[:, column]), column]))
        enough = [m for m in at if np.nansum(people[minutes[:, column] <= m]) >= wanted]
        assert found[column] == (enough[0] if enough else np.inf)
    assert (minutes_to(minutes, people, wanted=wanted + 100) >= found).all()
    assert room.PEOPLE_WANTED == 100_000


TOKYO = (
    OuterOptions(name="東京", layer="interchange", place="村IC", minutes=100.0),
    OuterOptions(name="東京", layer="station", place="s1", minutes=97.0),
)
STATION = places([{"id": "s1", "name": "村駅", "at": (1750, 0)}])


def test_the_time_given_and_the_way_on_are_added_and_the_fastest_is_marked():
    found = measured(outer=TOKYO, interchange=places(INTERCHANGES), station=STATION)
    table = found.outer.set_index(["via", "hub_id"])
    # From the station on the crossing to h2: 1,000 m municipal = 3 min. From the interchange: 1 + 3 + 3.
    assert table.loc[("s1", "h2"), "minutes"] == pytest.approx(100.0)
    assert table.loc[("村IC", "h2"), "network_minutes"] == pytest.approx(7.0)
    assert table.loc[("村IC", "h2"), "minutes"] == pytest.approx(107.0)
    assert list(table["best"]) == [one == "s1" for one, _ in table.index]
    assert "access.outer_given" in codes(found.findings)


def test_from_the_station_the_one_way_counts_as_one_drives_away():
    one_way = [
        {"id": "r1", "road_class": "national", "line": [(0, 0), (1750, 0)], "oneway": 1},
        {"id": "r2", "road_class": "municipal", "line": [(1750, 0), (1750, 1000), (0, 1000), (0, 0)]},
    ]
    layers = {"road": roads(one_way), "hub": places(HUBS)}
    held = atlas(layers, access=AccessOptions(origins=("hub",), destinations=("hub",)))
    ways = connect(held).ways
    start, end = shapely.points([(0, 0)]), shapely.points([(1750, 0)])
    no = np.array([False])
    assert minutes_from(ways, start, end, by_ramp=no)[0, 0] == pytest.approx(1750 / (35000 / 60))
    assert minutes_from(ways, end, start, by_ramp=no)[0, 0] == pytest.approx(3750 / (20000 / 60))


def test_a_place_that_is_not_there_is_told_with_what_there_is():
    wrong = (OuterOptions(name="東京", layer="station", place="町駅", minutes=90.0, line=7),)
    with pytest.raises(ConfigurationError) as caught:
        measured(outer=wrong, station=STATION)
    problem = caught.value.problems[0]
    assert (problem.code, problem.place) == ("access.outer_missing", "plan.toml:7 access.outer")
    assert "村駅" in problem.cure.ja


def test_a_layer_that_is_missing_is_said_and_gives_no_rows():
    found = measured(outer=TOKYO[1:])
    assert "outer" not in found.tables
    assert "station" in set(found.findings.query("code == 'access.missing_to'")["layer"])
