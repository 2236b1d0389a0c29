"""Ground six cells square, 100 m each, whose every figure can be worked out by hand."""

import datetime as dt
from pathlib import Path
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gisplan.core.suitability import Criterion, ProposeOptions, SuitabilityOptions
from gisplan.core.words import Atlas, Layer, Plan
from gisplan.layers.catalogue import packaged_folder, read_catalogue
from gisplan.overlay.cells import cover
from gisplan.siting.districts import suitability
from gisplan.siting.districts.units import Units, _of_cells

CATALOGUE = read_catalogue(packaged_folder())
CRS = 6676
SIDE = 6
TOWN = shapely.box(0, 0, 600, 600)
CELLS = cover(TOWN, 100.0)
NO_ROADS = SimpleNamespace(ways=None, mode="car")


def table(shapes, **columns):
    """Return a layer's table of some shapes; ids are their numbers."""
    rows = {"id": [str(number) for number in range(1, len(shapes) + 1)], "name": ""} | columns
    return gpd.GeoDataFrame(pd.DataFrame(rows, index=range(len(shapes))), geometry=list(shapes), crs=CRS)


def square(row, column, *, rows=1, columns=1):
    """Return the ground of cells, counted from the north-west."""
    north, west = 600 - 100 * row, 100 * column
    return shapely.box(west, north - 100 * rows, west + 100 * columns, north)


def ground(
    criteria=(), *, propose=None, rasters=None, pairwise=(), cell_m=100.0, within="municipality", **tables
):
    """Return an atlas of the town over some tables."""
    plan = Plan(
        title="町",
        municipality=("22212",),
        date=dt.date(2026, 11, 1),
        crs=CRS,
        folder=Path(),
        file="plan.toml",
        layers=(),
        suitability=SuitabilityOptions(
            criteria=tuple(criteria), cell_m=cell_m, pairwise=tuple(pairwise), within=within
        ),
        propose=propose,
    )
    held = {"municipality": table([TOWN], name="町"), **tables}
    layers = {name: Layer(spec=CATALOGUE[name], table=own, readings=()) for name, own in held.items()}
    for name, path in (rasters or {}).items():
        layers[name] = Layer(spec=CATALOGUE[name], table=table([]), readings=(), raster=path)
    none = pd.DataFrame()
    return Atlas(plan=plan, layers=layers, catalogue=CATALOGUE, findings=none, rejects=none)


def criterion(name, kind, of, scale=((0.0, 0.0), (1.0, 1.0)), **more):
    return Criterion(name=name, kind=kind, of=of, scale=scale, **more)


def suited_by(values):
    """Return suitable ground whose cells are worth just these values, NaN for forbidden ones [6, 6]."""
    worth = np.asarray(values, float).ravel()
    return SimpleNamespace(
        cells=CELLS, worth=np.nan_to_num(worth), forbidden=np.isnan(worth), value=worth, minutes={}
    )  # fmt: skip


def suitability_of(atlas):
    """Return how suitable the ground of a town without roads is."""
    return suitability(atlas, NO_ROADS)


def grid_units(suited) -> Units:
    """Return the cells of the town as units."""
    return _of_cells(suited, np.ones(len(suited.worth), bool))


QUARTERS = [square(row, column, rows=3, columns=3) for row in (0, 3) for column in (0, 3)]
NAMES = ["北西", "北東", "南西", "南東"]


def options(count=1, least=1.0, most=9.0, **more):
    return ProposeOptions(count=count, area_ha=(float(least), float(most)), **({"of": "cell"} | more))


def town(*, propose=None, **more):
    """Return a town whose houses stand in the north-west, two a cell, in four neighbourhoods."""
    spots = [
        (50 + 100 * column + aside, 550 - 100 * row)
        for row in range(3)
        for column in range(3)
        for aside in (0, 20)
    ]
    houses = table(shapely.points([*spots, (450, 450)]), source="ledger", address="", consent=True, owner="")
    asked = [
        criterion("空家", "density", "vacant_house", ((0, 0), (2, 1)), weight=2.0),
        criterion("洪水", "hazard", "flood", ((0, 1), (1, 0)), exclude_above=0.99),
    ]
    layers = {
        "vacant_house": houses,
        "neighbourhood": table(
            QUARTERS, name=NAMES, people=[100.0, 50.0, 20.0, 10.0], people_65=[1.0, 1.0, 1.0, 1.0]
        ),
        "flood": table([square(3, 3, rows=3, columns=3)], depth_rank="5"),
        "hub": table([shapely.Point(150, 450)]),
    }
    return ground(asked, propose=propose or options(of="neighbourhood", least=9, most=18), **layers | more)
