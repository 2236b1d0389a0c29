"""The vacant houses whose place is held back: which they are, and what may be told of their number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gisplan.core import tables
from gisplan.core.crs import JGD2011_DEGREES
from gisplan.core.options import ReleaseOptions
from gisplan.core.tables import Doubt
from gisplan.overlay.guard import same_crs
from gisplan.overlay.listings import Listings
from gisplan.plan.suppress import told

MESH = "mesh"
REST = "rest"
"""What the one row of everything that is not told by area is counted by."""

MESH_250_M = 5
"""Level of the quarter mesh of 250 m in jismesh."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Houses held back: how many, the table `held_back`, the areas shown with their counts, and the doubts.

    `cells` has `id`, `name`, `houses` and the polygons of the areas that are shown.
    """

    count: int
    table: pd.DataFrame
    cells: gpd.GeoDataFrame
    doubts: tuple[Doubt, ...]


def may_be_shown(houses: gpd.GeoDataFrame, found: Listings) -> pd.Series[bool]:
    """Return which records of houses may leave the office with their place.

    Those with a consent, and those that a bank lists publicly and whose consent is not known; but a written no
    in any record of a house keeps all its records inside.

    Parameters
    ----------
    houses
        Records with `id`, `source` and `consent` [n].
    found
        The double listings of these records.
    """
    consent = houses["consent"].astype("boolean")
    house = found.house.loc[houses["id"]].to_numpy(object)
    refused = set(house[(~consent.fillna(True)).to_numpy(bool)])
    agreed = consent.fillna(houses["source"] == "bank").to_numpy(bool)
    return pd.Series(agreed & ~pd.Index(house).isin(refused), index=houses.index)


def hold_back(
    houses: gpd.GeoDataFrame,
    shown: pd.Series[bool],
    found: Listings,
    *,
    neighbourhoods: gpd.GeoDataFrame | None,
    options: ReleaseOptions,
) -> Held:
    """Return what may be told of the houses that are held back.

    A house counts once however often it is listed, where its record of the lowest id lies; one of which a
    record is shown is not held back. Only houses held back are counted: those shown are known to a point, and a
    count with them would give the others away.

    Parameters
    ----------
    houses
        Records of houses as points [n, m].
    shown
        Which records are shown [n].
    found
        The double listings of these records.
    neighbourhoods
        Polygons with `id` and `name`, or None where they are not known [m].
    options
        By which areas they are counted, and the smallest count that is told.
    """
    house = found.house.loc[houses["id"]].to_numpy(object)
    open_houses = set(house[shown.to_numpy(bool)])
    first = houses["id"].to_numpy(object) == house
    held = houses[first & ~pd.Index(house).isin(open_houses)]
    doubts = []
    if options.houses_by == MESH:
        areas = _cells(held)
    elif neighbourhoods is None:
        areas = pd.Series(dtype="object")
        doubts.append(Doubt(code="release.no_neighbourhood", layer="neighbourhood"))
    else:
        areas = _neighbourhoods(held, neighbourhoods)
    counts = {str(area): int(count) for area, count in areas.value_counts().items()}
    answer = told(counts, smallest=options.smallest_count)
    if len(held) and not answer.shown and len(areas):
        values = {"count": len(held), "smallest": options.smallest_count}
        doubts.append(Doubt(code="release.nothing_told", layer="vacant_house", values=values))
    return Held(
        count=len(held),
        table=_table(answer.shown, by=options.houses_by, rest=len(held) - sum(answer.shown.values())),
        cells=_drawn(answer.shown, neighbourhoods, by=options.houses_by, crs=houses.crs),
        doubts=tuple(doubts),
    )


def _cells(houses: gpd.GeoDataFrame) -> pd.Series[str]:
    """Return the code of the 250 m mesh cell of every house."""
    import jismesh.utils as mesh

    points = houses.geometry.to_crs(JGD2011_DEGREES)
    # jismesh fails on an array of one with numpy 2, so two places of its own go along.
    latitude, longitude = np.append(points.y, [35.0, 35.0]), np.append(points.x, [139.0, 139.0])
    codes = mesh.to_meshcode(latitude, longitude, MESH_250_M)[:-2]
    return pd.Series([str(code) for code in codes], index=houses.index, dtype="object")


def _neighbourhoods(houses: gpd.GeoDataFrame, areas: gpd.GeoDataFrame) -> pd.Series[str]:
    """Return the neighbourhood of every house, the first by name where several claim it, "" outside all."""
    same_crs(houses, areas, place="release.houses")
    grounds = _grounds(areas)
    found = pd.Series("", index=houses.index, dtype="object")
    points = houses.geometry.to_numpy()
    for label in sorted(grounds, reverse=True):
        found[shapely.intersects(grounds[label], points)] = label
    return found


def _grounds(areas: gpd.GeoDataFrame) -> Mapping[str, shapely.Geometry]:
    """Return the ground of every neighbourhood; rows of one name are parts of one, as in the other areas."""
    name = areas["name"].astype("object")
    labels = name.where(name.astype(bool), areas["id"])
    return {
        str(label): shapely.union_all(rows.to_numpy())
        for label, rows in areas.geometry.groupby(labels.to_numpy(), sort=True)
    }


def _table(shown: Mapping[str, int], *, by: str, rest: int) -> pd.DataFrame:
    """Return the table `held_back`; its last row holds everything that is not told by area."""
    named = by != MESH
    rows = [
        {"by": by, "area": area, "name": area if named else "", "houses": count, "suppressed": False}
        for area, count in shown.items()
    ]
    rows.append({"by": REST, "area": "", "name": "", "houses": rest, "suppressed": rest > 0})
    return tables.hold(pd.DataFrame(rows), "held_back")


def _drawn(
    shown: Mapping[str, int], neighbourhoods: gpd.GeoDataFrame | None, *, by: str, crs: object
) -> gpd.GeoDataFrame:
    """Return the polygons of the areas that are shown; what lies outside every neighbourhood has none."""
    names = sorted(area for area in shown if area)
    if by == MESH:
        from gisplan.layers.places import mesh_cells

        boxes, _ = mesh_cells(pd.Series(names, dtype="object"))
        shapes = gpd.GeoSeries(list(boxes), crs=JGD2011_DEGREES).to_crs(crs).to_list()
    else:
        grounds = {} if neighbourhoods is None else _grounds(neighbourhoods)
        shapes = [grounds[name] for name in names]
    table = {"id": names, "name": ["" if by == MESH else name for name in names]}
    counted = {**table, "houses": pd.array([shown[name] for name in names], dtype="Int64")}
    return gpd.GeoDataFrame(counted, geometry=shapes, crs=crs)
