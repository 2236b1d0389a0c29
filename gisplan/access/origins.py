"""Whom a way is measured for: houses, cells of the population, neighbourhoods and cells of a raster, as points."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from gisplan.access.nearest import points_of
from gisplan.access.places import AREAS, HOUSES, PEOPLE_LAYERS, RASTER
from gisplan.core.tables import Doubt
from gisplan.core.words import Atlas, Spec, Text
from gisplan.layers.extent import project
from gisplan.overlay.listings import listed_once
from gisplan.overlay.zonal import read_cells

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

PEOPLE = "people"
OLDER = "people_65"
OF_OLDER = "_65"
"""The tables count the people of 65 and over of a layer as a layer of their own, called so at its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origins:
    """One origin layer: `ids`, `points` and what each counts for, `weight` [o].

    A weight that is suppressed is NaN: unknown, not nobody. `older` are the people of 65 and over [o], None where
    the layer tells nothing of them; `doubts` are those met on the way.
    """

    layer: str
    ids: NDArray[np.object_]
    points: NDArray[np.object_]
    weight: NDArray[np.float64]
    older: NDArray[np.float64] | None = None
    doubts: tuple[Doubt, ...] = ()

    @property
    def older_layer(self) -> str:
        """What the tables call the older people of this layer."""
        return f"{self.layer}{OF_OLDER}"

    @property
    def counted(self) -> tuple[tuple[str, NDArray[np.float64]], ...]:
        """Each name under which the tables count, with its weights: all, and the older people where known."""
        own = ((self.layer, self.weight),)
        return own if self.older is None else (*own, (self.older_layer, self.older))


def layer_titles(catalogue: Mapping[str, Spec]) -> dict[str, Text]:
    """Return what layers are called, those of the older people of a layer, too, which the tables count beside it.

    Parameters
    ----------
    catalogue
        The layers with their titles and those of their fields.
    """
    titles = {name: spec.title for name, spec in catalogue.items()}
    older = {
        f"{name}{OF_OLDER}": Text(
            ja=f"{titles[name].ja}・{field.title.ja}", en=f"{titles[name].en}: {field.title.en}"
        )
        for name, spec in catalogue.items()
        if (field := spec.fields.get(OLDER)) is not None
    }
    return {**titles, **older}


def read_origins(atlas: Atlas, layer: str) -> Origins | None:
    """Return one origin layer, None where the plan has none or it is empty.

    Population cells and neighbourhoods count as people and stand at a point inside them; of a raster each cell above
    nought stands at its middle. A house that several lists name counts once.

    Parameters
    ----------
    atlas
        Layers of the plan.
    layer
        Name of the layer.
    """
    if layer == RASTER:
        return _of_raster(atlas)
    table = atlas.table(layer)
    if table is None:
        return None
    ids, points = table["id"].to_numpy(object), points_of(table.geometry.to_numpy())
    if layer not in PEOPLE_LAYERS:
        weight = listed_once(table).astype("float64") if layer == HOUSES else np.ones(len(table))
        return Origins(layer=layer, ids=ids, points=points, weight=weight)
    people, older = _figures(table, PEOPLE), _figures(table, OLDER)
    doubts = [*_hidden(atlas, people, PEOPLE, layer)]
    if layer == AREAS:
        doubts.append(Doubt(code="access.by_point", layer=layer, values={"count": len(table)}))
    if np.isnan(older).all():
        doubts.append(Doubt(code="access.no_older", layer=f"{layer}_65"))
        return Origins(layer=layer, ids=ids, points=points, weight=people, doubts=tuple(doubts))
    doubts += _hidden(atlas, older, OLDER, f"{layer}_65")
    return Origins(layer=layer, ids=ids, points=points, weight=people, older=older, doubts=tuple(doubts))


def people_of(atlas: Atlas, origins: Mapping[str, Origins]) -> Origins | None:
    """Return where people live, by the finest layer that knows: of the origins, else of the plan.

    Parameters
    ----------
    atlas
        Layers of the plan.
    origins
        Origin layers by name that are read already.
    """
    own = next((origins[name] for name in PEOPLE_LAYERS if name in origins), None)
    if own is not None:
        return own
    found = (read_origins(atlas, name) for name in PEOPLE_LAYERS)
    return next((one for one in found if one is not None and not np.isnan(one.weight).all()), None)


def _figures(table: gpd.GeoDataFrame, column: str) -> NDArray[np.float64]:
    """Return a column of people [o], all unknown where the layer has none."""
    return table[column].to_numpy("float64") if column in table else np.full(len(table), np.nan)


def _of_raster(atlas: Atlas) -> Origins | None:
    """Return the cells of the population raster that lie in the municipality, where its area is known."""
    layer = atlas.layers.get(RASTER)
    if layer is None or layer.raster is None:
        return None
    cells = read_cells(layer.raster)
    middles: NDArray[np.object_] = np.asarray(shapely.points(cells.x, cells.y), dtype=object)
    points = project(middles, source=cells.crs, target=atlas.plan.crs)
    area = atlas.table("municipality")
    keep = np.ones(len(points), bool)
    if area is not None:
        ground = shapely.union_all(area.geometry.to_numpy())
        shapely.prepare(ground)
        keep = np.asarray(shapely.contains_xy(ground, shapely.get_x(points), shapely.get_y(points)))
    row, column = cells.row[keep].astype(str), cells.column[keep].astype(str)
    ids = np.char.add(np.char.add(np.char.zfill(row, 5), "-"), np.char.zfill(column, 5)).astype(object)
    return (
        Origins(layer=RASTER, ids=ids, points=points[keep], weight=cells.value[keep]) if keep.any() else None
    )


def _hidden(atlas: Atlas, values: NDArray[np.float64], column: str, layer: str) -> list[Doubt]:
    count = int(np.isnan(values).sum())
    if not count:
        return []
    spec = atlas.catalogue.get(layer.removesuffix("_65"))
    title = Text(ja=column, en=column) if spec is None else spec.fields[column].title
    return [Doubt(code="access.suppressed", layer=layer, values={"count": count, "field": title})]
