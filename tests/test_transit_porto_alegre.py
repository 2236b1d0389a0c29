"""Porto Alegre: jobs within reach by bus and train on a Monday afternoon, held against walking."""

import datetime as dt

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from gisplan.access import ride_to, serve, transit_minutes
from gisplan.core.options import TransitOptions
from gisplan.core.words import LayerEntry, Plan
from gisplan.layers.load import load
from gisplan.network import Ways, build, speeds
from gisplan.network.build import read_rows
from gisplan.network.ramps import ramps_of, snappable
from gisplan.sources.reader import Reader
from gisplan.sources.timetable import Asked

pytestmark = pytest.mark.real

CRS = 31982
DAY = dt.date(2019, 5, 13)
FEEDS = ("poa_eptc_gtfs.zip", "poa_trensurb_gtfs.zip")
EVERY_ORIGIN, EVERY_DESTINATION = 60, 5
"""One in so many hexagons sets out, or is a destination."""

OPTIONS = TransitOptions(window=(14 * 60, 16 * 60), percentiles=(50, 5, 25, 75, 95))


@pytest.fixture(scope="module")
def city(real_data):
    """Return the network on foot, the timetables, and the hexagons of the city with their points."""
    folder = real_data / "poa"
    plan = Plan(
        title="Porto Alegre", municipality=("22212",), date=DAY, crs=CRS, folder=folder, file="plan.toml",
        layers=(LayerEntry(layer="road", path=("poa_osm.pbf",)),),
    )  # fmt: skip
    with Reader() as reader:
        roads = load(plan, reader=reader).layers["road"].table
        asked = Asked(day=DAY, until=60 * (OPTIONS.window[1] + 120))
        timetables = [reader.timetable(folder / name, name=name, asked=asked).timetable for name in FEEDS]
    table = speeds()
    network = build(roads, speeds=table, mode="walk").network
    rows = read_rows(roads, speeds=table, mode="walk")
    ways = Ways(
        network=network, snappable=snappable(network, rows), ramps=ramps_of(network, rows),
        straight=table.walk, limit_m=500.0,
    )  # fmt: skip
    hexagons = pd.read_csv(folder / "poa_hexgrid.csv")
    points = gpd.GeoSeries.from_xy(hexagons["lon"], hexagons["lat"], crs=4326).to_crs(CRS)
    return ways, timetables, hexagons.fillna(0.0), points.to_numpy()


@pytest.fixture(scope="module")
def reached(city):
    """Return minutes from some hexagons to others, the jobs there, and the people of the origins on a road."""
    ways, timetables, hexagons, points = city
    served = serve(ways, points[::EVERY_DESTINATION])
    riding = ride_to(ways, served, timetables, options=OPTIONS, crs=CRS)
    found = transit_minutes(riding, points[::EVERY_ORIGIN])
    jobs = hexagons["jobs"].to_numpy("float64")[::EVERY_DESTINATION][served.found]
    people = hexagons["population"].to_numpy("float64")[::EVERY_ORIGIN] * ~np.isnan(found.snap_m)
    return found, jobs, people


def test_both_feeds_run_on_that_monday(city):
    _, timetables, _, _ = city
    assert [held.trips_on_day for held in timetables] == [2374, 529]
    assert [len(held.stop) for held in timetables] == [3986, 24]


def test_no_one_is_slower_by_transit_than_on_foot(reached):
    found, _, _ = reached
    known = ~np.isnan(found.snap_m)
    assert known.mean() > 0.95
    assert (found.minutes[:, known] <= found.walk[known] + 1e-9).all()


def test_percentiles_rise(reached):
    found, _, _ = reached
    order = np.argsort(found.percentiles)
    minutes = found.minutes[order][:, ~np.isnan(found.snap_m)]
    assert (minutes[1:] >= minutes[:-1]).all()


def test_far_more_jobs_lie_within_an_hour_by_transit(reached):
    found, jobs, people = reached

    def mean(minutes, within):
        return float(((minutes <= within) * jobs).sum(axis=1) @ people / people.sum())

    for within, least, most in ((30, 1.5, 5.0), (60, 1.5, 4.0)):
        by_transit, on_foot = mean(found.minutes[0], within), mean(found.walk, within)
        assert least < by_transit / on_foot < most
        assert by_transit < jobs.sum()


def test_trips_change_and_the_city_is_one(reached):
    found, _, _ = reached
    rides = found.boardings[0][~np.isnan(found.snap_m)]
    assert set(np.unique(rides)) >= {0, 1, 2}
    assert np.isfinite(found.minutes[0]).mean() > 0.9
