"""Ground six cells square, 100 m each, whose every figure can be worked out by hand."""

import datetime as dt
from pathlib import Path
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gisplan.core.suitability import Criterion, SuitabilityOptions
from gisplan.core.words import Atlas, Layer, Plan
from gisplan.layers.catalogue import packaged_folder, read_catalogue
from gisplan.overlay.cells import cover
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


def grid_units(suited) -> Units:
    """Return the cells of the town as units."""
    return _of_cells(suited, np.ones(len(suited.worth), bool))
