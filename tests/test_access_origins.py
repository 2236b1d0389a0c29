"""From whom ways are measured: neighbourhoods with people, cells of a raster, and measures that a plan asks for."""

import dataclasses
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import rasterio
import shapely
from rasterio.transform import from_origin
from test_access_measure import mesh, row, value
from village_roads import CRS, HUBS, atlas, codes, places, village

from gisplan.access import measure
from gisplan.access.origins import read_origins
from gisplan.access.scores import PEOPLE_PER_RATE, names_of, settled
from gisplan.core.options import AccessOptions, MeasureOptions
from gisplan.core.words import Layer
from gisplan.layers.catalogue import packaged_folder, read_catalogue
from gisplan.network import connect

CATALOGUE = read_catalogue(packaged_folder())
CELLS = mesh([((750, -125), 80, 30), ((1625, -125), 20, 10)])
"""Their points are at x = 875 and 1750: to h1 4 and 2.5 min, to h2 4.5 and 3 min."""


def measured(*measures, origins=("population",), hub=None, **layers):
    options = AccessOptions(
        minutes=(3.0,), origins=origins, destinations=("hub", "shop"), measures=measures, yardsticks=()
    )
    hubs = places(HUBS) if hub is None else hub
    held = atlas(village(hub=hubs, **layers), access=options, catalogue=CATALOGUE)
    return measure(held, connect(held))


def test_a_neighbourhood_stands_at_a_point_inside_it_with_its_people():
    areas = CELLS.assign(id=["一丁目", "二丁目"])
    found = measured(origins=("neighbourhood",), neighbourhood=areas)
    counted = row(found, "neighbourhood", "hub", 3.0)
    assert (counted["total"], counted["within"], counted["unit"]) == (100, 20, "people")
    assert row(found, "neighbourhood_65", "hub", 3.0)["within"] == 10
    assert "access.by_point" in codes(found.findings)


def test_neighbourhoods_without_figures_are_unknown_and_not_nobody():
    found = measured(origins=("neighbourhood",), neighbourhood=CELLS.drop(columns=["people", "people_65"]))
    assert np.isnan(row(found, "neighbourhood", "hub", 3.0)["total"])
    assert "access.suppressed" in codes(found.findings)


def raster(folder, cells, *, crs=CRS, west=750.0, north=125.0, size=250.0):
    path = folder / "people.tif"
    with rasterio.open(
        path, "w", driver="GTiff", dtype="float32", count=1, height=cells.shape[0], width=cells.shape[1],
        crs=f"EPSG:{crs}", transform=from_origin(west, north, size, size), nodata=-9999,
    ) as target:  # fmt: skip
        target.write(cells.astype("float32"), 1)
    return path


def with_raster(held, path):
    spec = SimpleNamespace(name="population_raster", kind="raster")
    layer = Layer(spec=spec, table=places(HUBS).iloc[:0], readings=(), raster=path)
    return dataclasses.replace(held, layers={**held.layers, "population_raster": layer})


def test_each_cell_of_a_raster_above_nought_is_an_origin_at_its_middle(tmp_path):
    path = raster(tmp_path, np.array([[80.0, 0.0, -9999.0, 0.5]]))
    options = AccessOptions(
        minutes=(3.0, 5.0), origins=("population_raster",), destinations=("hub",), yardsticks=()
    )
    held = with_raster(atlas(village(), access=options), path)
    found = read_origins(held, "population_raster")
    assert list(found.weight) == [80.0, 0.5]
    assert [(p.x, p.y) for p in found.points] == [(875, 0), (1625, 0)]
    assert list(found.ids) == ["00000-00000", "00000-00003"]
    counted = row(measure(held, connect(held)), "population_raster", "hub", 3.0)
    assert (counted["total"], counted["within"]) == (80.5, 0.5)


def test_cells_outside_the_municipality_do_not_count(tmp_path):
    path = raster(tmp_path, np.array([[80.0, 5.0]]))
    town = places([{"id": "22999", "at": (0, 0)}]).set_geometry([shapely.box(700, -300, 1000, 300)], crs=CRS)
    held = with_raster(atlas(village(municipality=town)), path)
    assert list(read_origins(held, "population_raster").weight) == [80.0]
    assert read_origins(atlas(village()), "population_raster") is None


def test_supply_by_a_column_counts_what_the_places_offer():
    hubs = places(HUBS).assign(floor_area=[200.0, np.nan])
    asked = MeasureOptions(measure="cumulative", to="hub", supply="floor_area", minutes=4.5)
    found = measured(asked, hub=hubs, population=CELLS)
    assert value(found, "m1", "hub", "cumulative_4.5_floor_area") == 200.0
    assert [value(found, "m0", "hub", f"cumulative_{at}_floor_area") for at in ("3.5", "4.5", "5.5")] == [
        0,
        200,
        200,
    ]
    said = found.findings.query("code == 'access.supply_unknown'").iloc[0]
    assert (said["layer"], "1か所" in said["reason_ja"]) == ("hub", True)
    units = found.access.query("measure == 'cumulative_4.5_floor_area'")["unit"]
    assert set(units) == {"supply"}


def test_the_catchment_of_the_village_by_hand():
    # Within 4 minutes: h1 from both cells (100 people), h2 from the crossing alone (20 people).
    asked = MeasureOptions(measure="2sfca", to="hub", minutes=4.0)
    house = places([{"id": "v", "at": (875, 0)}, {"id": "w", "at": (0, 5000)}])
    found = measured(asked, origins=("population", "vacant_house"), population=CELLS, vacant_house=house)
    per = PEOPLE_PER_RATE
    assert value(found, "m0", "hub", "2sfca_4") == pytest.approx(per / 100)
    assert value(found, "m1", "hub", "2sfca_4") == pytest.approx(per / 100 + per / 20)
    assert value(found, "v", "hub", "2sfca_4") == pytest.approx(per / 100), (
        "a house gets what a person there gets"
    )
    states = found.access.set_index(["id", "to", "measure"])["state"]
    assert np.isnan(value(found, "w", "hub", "2sfca_4"))
    assert states["w", "hub", "2sfca_4"] == "not_assessed"
    assert states["v", "hub", "2sfca_4"] == ""
    told = found.findings.query("code == 'access.used_2sfca'").iloc[0]
    assert "4分以内" in told["reason_ja"]
    assert "100,000" in told["reason_en"]


def test_every_measure_that_can_be_asked_for_has_values_and_says_what_they_are():
    kinds = ("cumulative", "gravity", "2sfca", "e2sfca", "3sfca")
    asked = tuple(MeasureOptions(measure=kind, to="hub") for kind in kinds)
    forms = tuple(MeasureOptions(measure="gravity", to="hub", form=form) for form in ("power", "exponential"))
    found = measured(*asked, *forms, population=CELLS)
    names = [name for one in (*asked, *forms) for name in names_of(settled(one))]
    assert len(set(names)) == len(names) == 9
    table = found.access.query("to == 'hub'").set_index(["measure", "id"])["value"]
    for name in names:
        assert np.isfinite(table[name]).all(), name
        assert (table[name] > 0).all(), name
    assert {f"access.used_{kind}" for kind in kinds} <= codes(found.findings)
    assert table["gravity_power_1", "m0"] == pytest.approx(1 / 4 + 1 / 4.5)


def test_without_people_or_places_a_measure_is_not_assessed_and_never_zero():
    asked = (MeasureOptions(measure="2sfca", to="hub"), MeasureOptions(measure="2sfca", to="shop"))
    house = places([{"id": "v", "at": (875, 0)}])
    found = measured(*asked, origins=("vacant_house",), vacant_house=house)
    assert found.access.query("measure == '2sfca_30'")["value"].isna().all()
    assert "access.demand_none" in codes(found.findings)
    nobody = measured(
        *asked, origins=("vacant_house",), vacant_house=house, population=mesh([((0, 9000), 5, 1)])
    )
    assert set(nobody.access.query("measure == '2sfca_30' and to == 'hub'")["value"]) == {0.0}
    assert "access.unserved" in codes(nobody.findings)


def test_a_column_of_supply_without_a_figure_leaves_the_measure_open():
    asked = MeasureOptions(measure="2sfca", to="hub", supply="floor_area")
    found = measured(asked, hub=places(HUBS).assign(floor_area=np.nan), population=CELLS)
    assert found.access.query("measure == '2sfca_30_floor_area'")["value"].isna().all()
    assert "access.supply_none" in codes(found.findings)


def test_blocks_of_origins_change_nothing(monkeypatch):
    asked = tuple(MeasureOptions(measure=kind, to="hub") for kind in ("2sfca", "3sfca", "gravity"))
    cells = mesh([((125.0 * k, -125), 10 + k, k) for k in range(20)])
    one = measured(*asked, population=cells).access
    monkeypatch.setattr(sys.modules["gisplan.access.measure"], "BLOCK", 7)
    two = measured(*asked, population=cells).access
    assert np.allclose(one["value"], two["value"], equal_nan=True, rtol=1e-12)
