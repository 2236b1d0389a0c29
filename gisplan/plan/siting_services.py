"""Who is served by which hub, as rows to draw: demand by demand, and houses held back by the areas that count them.

Such an area belongs to what is nearest to its middle: that is a fact of the map and tells nothing of the houses in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gisplan.access import matrix, serve
from gisplan.access.coverage import within
from gisplan.core.options import COVERING
from gisplan.plan.captions import caption
from gisplan.plan.drawn_siting import Service
from gisplan.plan.release import Released
from gisplan.plan.results import Results
from gisplan.plan.withheld import HOUSES, secret_fields
from gisplan.siting.asked.demand import column_of, homes_of, wanted_of
from gisplan.siting.defence.allocation import allocated
from gisplan.siting.defence.served import served_by

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gisplan.core.words import Atlas
    from gisplan.network import Ways
    from gisplan.siting.asked.question import Asked
    from gisplan.siting.case import Case

CELLS = "held_back_cells"
KEY = ("layer", "id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A choice of hubs as it may be drawn.

    `hubs` are rows of the table `siting` with points, `others` points with `id` and `name` of what stands already;
    both without what the audience may not see. `outside` tells that the drawing leaves the office.
    """

    case: Case
    chosen: NDArray[np.int64]
    asked: Asked
    hubs: gpd.GeoDataFrame
    others: Mapping[Literal["standing", "competing"], gpd.GeoDataFrame]
    outside: bool

    @property
    def places(self) -> pd.DataFrame:
        """What serves: `kind` and `hub` (the id of a chosen hub, the name of others), `place`, `title` and `to`."""
        ranks = self.hubs["rank"].astype("int64").astype(str)
        names = self.hubs["name"].where(self.hubs["name"].fillna("") != "", self.hubs["id"])
        own = {
            "kind": "chosen",
            "hub": self.hubs["id"],
            "place": ranks,
            "title": ranks + " " + names,
            "to": self.hubs.geometry,
        }
        rows = [pd.DataFrame(own)]
        rows += [
            pd.DataFrame(
                {"kind": kind, "hub": one["name"], "place": kind, "title": one["name"], "to": one.geometry}
            )
            for kind, one in self.others.items()
        ]
        return pd.concat(rows, ignore_index=True)

    def apart(self, place: NDArray[np.object_], minutes: NDArray[np.float64]) -> NDArray[np.object_]:
        """Return what serves each demand, of a coverage those beyond its minutes apart [i]."""
        if self.asked.options.model not in COVERING:
            return place
        ours = ~np.isin(place.astype(str), ["competing", "nobody", "not_assessed"])
        return np.where(ours & ~within(minutes, self.asked.options.minutes), "beyond", place)


def services_of(choice: Choice, results: Results, released: Released) -> Iterator[Service]:
    """Yield who is served by what, layer by layer; the first layer of demand is shown at first.

    Parameters
    ----------
    choice
        The choice as it may be drawn.
    results
        The results of a plan.
    released
        What the audience may have.
    """
    told, first = _told(choice, results.atlas), True
    for name in choice.asked.options.demands:
        layer = released.layers.get(name)
        own = told[told["layer"] == name].drop(columns="layer")
        if layer is None or layer.raster is not None or own.empty:
            continue
        table = layer.table[["id", "geometry"]].merge(own, on="id")
        if len(table):
            drawn = gpd.GeoDataFrame(table, crs=layer.table.crs)
            yield Service(
                layer=name, title=layer.spec.title, kind=layer.spec.kind, table=drawn, visible=first
            )
            first = False
        told = told[told["layer"] != name]
    ways = None if results.connected is None else results.connected.ways
    if HOUSES in choice.asked.options.demands and released.cells is not None and ways is not None:
        yield _cells(choice, released.cells, ways)


def _told(choice: Choice, atlas: Atlas) -> pd.DataFrame:
    """Return every demand that counts, with what serves it; one that is split belongs to what serves most of it."""
    homes, _ = homes_of(atlas, choice.asked)
    every = pd.DataFrame(
        {"layer": homes.layer, "id": homes.id, "weight": homes.weight, "point": homes.point}
    ).drop_duplicates(list(KEY))
    each = served_by(choice.case, allocated(choice.case, choice.chosen))
    main = each.sort_values("share", ascending=False, kind="stable").drop_duplicates(list(KEY))
    main = main.assign(hub=main["hub"].where(main["kind"] == "chosen", main["name"]))
    rows = every.merge(main[[*KEY, "kind", "hub", "minutes"]], on=list(KEY), how="left")
    # Of places of one name it is not known which one serves: there is no line.
    known = choice.places.drop_duplicates(["kind", "hub"], keep=False)
    rows = rows.merge(known, on=["kind", "hub"], how="left")
    minutes = rows["minutes"].to_numpy("float64")
    place = rows["place"].fillna(rows["kind"]).fillna("not_assessed").to_numpy(object)
    if choice.outside:
        rows["weight"] = rows["weight"].mask(rows["layer"].isin(_secret(choice, atlas)))
    return _ready(rows.assign(place=choice.apart(place, minutes)))


def _secret(choice: Choice, atlas: Atlas) -> set[str]:
    """Return the layers of demand whose weights the audience must not see."""
    audience = atlas.plan.audience
    return {
        one.layer
        for one in wanted_of(choice.asked)
        if column_of(one) in secret_fields(atlas.catalogue[one.layer], audience)
    }


def _ready(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows with the columns of a `Service`; there is no line to what is beyond."""
    to = rows["to"].astype(object).where(rows["to"].notna() & (rows["place"] != "beyond"), None)
    return rows.assign(hub=rows["title"].fillna(""), to=to).drop(columns=["kind", "title"])


def _cells(choice: Choice, cells: gpd.GeoDataFrame, ways: Ways) -> Service:
    """Return the areas in which houses held back are counted with what is nearest to their middle."""
    places = choice.places.iloc[::-1]  # of two that are as near the one that stands already serves
    served = serve(ways, places["to"].to_numpy(object))
    there = places[served.found].reset_index(drop=True)
    own = choice.case.candidates
    late = there["hub"].map(dict(zip(own.id, own.penalty, strict=True))).where(there["kind"] == "chosen", 0.0)
    middles = shapely.point_on_surface(cells.geometry.to_numpy())
    minutes = matrix(ways, served, middles).minutes
    on_road = ~np.isnan(minutes).all(axis=1)
    # What hazard adds to a hub weighs in the choice, but nobody is on the way for it.
    nearest = np.nan_to_num(minutes + late.to_numpy("float64"), nan=np.inf).argmin(axis=1)
    least = minutes[np.arange(len(middles)), nearest]
    reached = np.isfinite(least)
    best = there.reindex(np.where(reached, nearest, -1)).reset_index(drop=True)
    lost = np.where(on_road, "nobody", "not_assessed")
    rows = best.assign(
        id=cells["id"].to_numpy(),
        place=choice.apart(np.where(reached, best["place"], lost).astype(object), least),
        minutes=np.where(reached, least, np.nan),
        weight=cells["houses"].to_numpy("float64"),
        point=middles,
    )
    table = gpd.GeoDataFrame(_ready(rows), geometry=cells.geometry.to_numpy(), crs=cells.crs)
    return Service(layer=CELLS, title=caption("held_back_layer"), kind="polygon", table=table)
