"""All measures over the streets of Kumamoto, beside plain counting and PySAL `access`."""

import json

import geopandas as gpd
import numpy as np
import pytest
import shapely
from test_access_catchment import peer
from village_roads import atlas, places, roads

from gisplan.access import matrix, measure, serve
from gisplan.access.catchment import ENHANCED
from gisplan.access.nearest import points_of
from gisplan.access.scores import PEOPLE_PER_RATE
from gisplan.core.options import AccessOptions, MeasureOptions
from gisplan.network import connect

pytestmark = [pytest.mark.real, pytest.mark.filterwarnings("ignore:The inplace keyword")]

CRS = 6670
CLASSES = {
    "motorway": "expressway",
    "trunk": "national",
    "primary": "prefectural",
    "secondary": "prefectural",
}
KINDS = ("cumulative", "gravity", "2sfca", "e2sfca", "3sfca")


def streets(folder):
    """Return the ways of the Overpass answer as a road layer in the plane of Kumamoto."""
    answer = json.loads((folder / "kumamoto" / "overpass_chuo_drive_20230105.json").read_text("utf-8"))
    node = {one["id"]: (one["lon"], one["lat"]) for one in answer["elements"] if one["type"] == "node"}
    ways = [one for one in answer["elements"] if one["type"] == "way"]
    lines = gpd.GeoSeries([shapely.LineString([node[k] for k in one["nodes"]]) for one in ways], crs=4326)
    table = roads(
        [
            {
                "id": str(one["id"]),
                "line": line,
                "road_class": CLASSES.get(one["tags"]["highway"].removesuffix("_link"), "municipal"),
                "oneway": 1 if one["tags"].get("oneway") == "yes" else 0,
            }
            for one, line in zip(ways, lines.to_crs(CRS), strict=True)
        ]
    )
    return table.set_crs(CRS, allow_override=True)


def town(folder, *, homes, clinics=300, shops=400):
    """Return an atlas of streets, so many homes with people, and places with what they offer, all made up."""
    random = np.random.default_rng(6)
    table = streets(folder)
    xy = shapely.get_coordinates(table.geometry.to_numpy())

    def spots(count):
        return xy[random.integers(0, len(xy), count)] + random.uniform(-40, 40, (count, 2))

    def layer(name, count):
        rows = [{"id": f"{name}{k:05d}", "at": at} for k, at in enumerate(spots(count))]
        return places(rows).set_crs(CRS, allow_override=True)

    people = random.integers(0, 400, homes).astype(float)
    people[random.random(homes) < 0.05] = np.nan
    layers = {
        "road": table,
        "population": layer("p", homes).assign(people=people, people_65=np.floor(people / 3)),
        "medical": layer("m", clinics).assign(beds=random.integers(1, 80, clinics).astype(float)),
        "shop": layer("s", shops),
        "bus_stop": layer("b", 250),
        "station": layer("t", 12),
        "hub": layer("h", 8),
    }
    measures = [MeasureOptions(measure=kind, to="medical", supply="beds") for kind in KINDS]
    measures += [MeasureOptions(measure="gravity", to="shop", form=form) for form in ("power", "exponential")]
    options = AccessOptions(
        origins=("population",), destinations=("hub", "medical", "shop"), measures=tuple(measures)
    )
    return atlas(layers, access=options)


@pytest.fixture(scope="module")
def whole(real_data):
    held = town(real_data, homes=1_500)
    network = connect(held)
    return held, network, measure(held, network)


def values(found, name, to="medical"):
    table = found.access[(found.access["to"] == to) & (found.access["measure"] == name)]
    return table.sort_values("id")["value"].to_numpy()


def test_the_measures_of_kumamoto_are_those_of_the_library(whole):
    weights = pytest.importorskip("access").weights
    held, network, found = whole
    homes, clinics = held.table("population"), held.table("medical")
    served = serve(network.ways, points_of(clinics.geometry.to_numpy()))
    minutes = matrix(network.ways, served, points_of(homes.geometry.to_numpy())).minutes
    people, beds = homes["people"].to_numpy(), clinics["beds"].to_numpy()[served.found]
    on_road = ~np.isnan(minutes).any(axis=1)
    known = on_road & ~np.isnan(people)
    assert known.sum() > 1_300
    reached = np.where(np.isinf(minutes), 1e6, minutes)[known]
    for name, form, weight in (
        ("2sfca_30_beds", "two_stage_fca", None),
        ("e2sfca_30_beds", "enhanced_two_stage_fca", weights.step_fn(dict(ENHANCED))),
    ):
        there = peer(reached, people[known], beds, form=form, weight=weight, limit=30) * PEOPLE_PER_RATE
        assert values(found, name)[known] == pytest.approx(there, rel=1e-9), name
    plain = [(row <= 30 + 1e-9) @ beds for row in minutes[on_road]]
    assert values(found, "cumulative_30_beds")[on_road] == pytest.approx(plain)
    # Beds are conserved: what all people get together is what the clinics that are reached have.
    got = np.nansum(values(found, "2sfca_30_beds") / PEOPLE_PER_RATE * people)
    serving = (minutes[known][people[known] > 0] <= 30).any(axis=0)
    assert got == pytest.approx(beds[serving].sum())


def test_the_tables_of_kumamoto_agree_with_one_another(whole):
    _, _, found = whole
    curves = found.curves.set_index(["layer", "to", "minutes"])
    for row in found.coverage.to_dict("records"):
        assert curves.loc[(row["layer"], row["to"], row["minutes"]), "within"] == row["within"]
    sums = found.bands.groupby(["layer", "to"])["amount"].sum()
    totals = found.equity.set_index(["layer", "to"])["total"]
    assert dict(sums) == pytest.approx(dict(totals))
    for _, pair in found.yardsticks.groupby(["yardstick", "to", "layer"]):
        both = pair.set_index("how")["within"]
        if {"straight", "network"} <= set(both.index):
            assert both["network"] <= both["straight"], (
                "no way along the road is shorter than the straight line"
            )
