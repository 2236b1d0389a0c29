"""A municipality ten kilometres square where Yaizu is, and plans over layers beside it."""

import datetime as dt

import geopandas as gpd
import numpy as np
import shapely

from gisplan.core.words import LayerEntry, Plan
from gisplan.layers.catalogue import packaged_folder, read_catalogue
from gisplan.layers.extent import MARGIN_M, Boundary
from gisplan.layers.load import load

CATALOGUE = read_catalogue(packaged_folder())
CRS = 6676
TOWN = shapely.box(-20_000, -120_000, -10_000, -110_000)


def boundary(town=TOWN):
    return Boundary(name="焼津市", area=shapely.buffer(town, MARGIN_M), outline=shapely.boundary(town))


def write(path, shapes, *, crs=CRS, stated="same", **columns):
    """Write shapes of zone VIII in a system; `stated` is what the file says of it, None for nothing."""
    columns = columns or {"名称": [""] * len(shapes)}
    frame = gpd.GeoDataFrame(columns, geometry=list(shapes), crs=CRS).to_crs(crs)
    if stated != "same":
        frame = frame.set_crs(stated, allow_override=True)
    frame.to_file(path, engine="pyogrio", **({"encoding": "cp932"} if path.suffix == ".shp" else {}))
    return path


def atlas(folder, *, code="22212", town=TOWN, **layers):
    """Read a plan over files of a folder: layer → the keys of its entry."""
    write(folder / "town.gpkg", [town], code=["222127"], name=["焼津市"])
    entries = {"municipality": {"path": "town.gpkg"}} | layers
    listed = [
        LayerEntry(layer=name, line=number, **(body | {"path": (body["path"],)}))
        for number, (name, body) in enumerate(entries.items(), start=5)
    ]
    plan = Plan(
        title="計画", municipality=(code,), date=dt.date(2026, 11, 1), crs=CRS, folder=folder, file="plan.toml",
        layers=tuple(listed),
    )  # fmt: skip
    return load(plan, catalogue=CATALOGUE, cache=folder / "cache")


def findings(found):
    return found.findings.set_index("code")


def points(count, *, seed=0, area=TOWN):
    """Return points all over an area."""
    west, south, east, north = area.bounds
    chance = np.random.default_rng(seed)
    return shapely.points(chance.uniform(west, east, count), chance.uniform(south, north, count))
