"""The proposed districts as a layer of the map and the GeoPackage, and the surface they were grown on as a GeoTIFF."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np

from gisplan.core.tables import contract
from gisplan.core.words import Style, Text
from gisplan.maps.style import group_title
from gisplan.maps.words import Look, MapLayer
from gisplan.plan.captions import caption
from gisplan.plan.drawn import titles_of
from gisplan.plan.release import Released
from gisplan.plan.results import Results
from gisplan.plan.told_districts import closed_criteria
from gisplan.siting.districts import Suited
from gisplan.sources.geotiff import Raster, write_geotiff

SURFACE = "suitability.tif"
NODATA = -9999.0
OUTSIDE, ASSESSED, FORBIDDEN, NOT_ASSESSED = 0.0, 1.0, 2.0, 3.0
"""What the band `state` says of a cell."""

ROOM = 3.0
"""How many times as wide as its name a district is where it is named: they are many, and proposals only."""

PROPOSED = "proposed_district"
TABLE = "proposed_districts"
SHOWN = (
    "rank", "area_ha", "suitability_mean", "compactness", "people", "vacant_houses", "hubs", "hub_minutes",
    "interchange_minutes", "forbidden_share", "core_share",
)  # fmt: skip


def proposed_districts(results: Results, released: Released) -> list[MapLayer]:
    """Return the proposed districts that the audience may see as a layer."""
    if results.proposed is None or TABLE not in released.tables:
        return []
    outlines, figures = results.proposed.outlines, released.tables[TABLE]
    if figures.empty:
        return []
    own = outlines[outlines["rank"].isin(figures["rank"])].sort_values("rank").reset_index(drop=True)
    digits = {column.name: column.digits for column in contract(TABLE).columns if column.digits is not None}
    told = figures.sort_values("rank").reset_index(drop=True).round(digits)
    table = gpd.GeoDataFrame(
        told.assign(id=own["id"], name=told["name_ja"]), geometry=own.geometry.to_numpy(), crs=outlines.crs
    )
    names = {ja: Text(ja=ja, en=en) for ja, en in zip(told["name_ja"], told["name_en"], strict=True)}
    titles = titles_of(TABLE)
    return [
        MapLayer(
            name=PROPOSED,
            title=caption("proposed_layer"),
            kind="polygon",
            table=table,
            style=Style(colour="#6a1b9a", width=2.5, opacity=0.12, order=34),
            credit=_credit(results),
            group=group_title("plan"),
            popup=tuple((column, titles[column]) for column in SHOWN),
            labels={"name": names},
            visible=True,
            look=Look(label=True, room=ROOM, dash=(8, 4)),
            optional=SHOWN[1:],
            percent=("forbidden_share", "core_share"),
        )
    ]


def _credit(results: Results) -> Text:
    """Return what the districts were proposed from: the sources of the criteria."""
    rows = () if results.proposed is None else results.proposed.sources
    told = list(dict.fromkeys((one.ja, one.en) for one in rows))
    ja, en = "；".join(ja for ja, _ in told), "; ".join(en for _, en in told)
    return Text(ja=caption("proposed_credit", sources=ja).ja, en=caption("proposed_credit", sources=en).en)


def write_surface(folder: Path, results: Results) -> None:
    """Write how suitable the ground is as `suitability.tif`, where there is anything to write that may be told.

    Its bands are the suitability (no data where forbidden or not assessed), the state of each cell, and the score of
    each criterion. Outside the office it is not written where a criterion is about houses: it would show them.

    Parameters
    ----------
    folder
        The new output folder.
    results
        What was computed.
    """
    from gisplan.plan.withheld import secret_fields

    suited, plan = results.suited, results.atlas.plan
    if suited is None:
        return
    secret = {name: secret_fields(layer.spec, plan.audience) for name, layer in results.atlas.layers.items()}
    if plan.audience != "internal" and closed_criteria(plan, secret):
        return
    write_geotiff(folder / SURFACE, _raster(suited, crs=plan.crs, title=plan.title))


def _raster(suited: Suited, *, crs: int, title: str) -> Raster:
    cells = suited.cells
    state = np.where(np.isnan(suited.worth), NOT_ASSESSED, ASSESSED)
    state = np.where(suited.forbidden, FORBIDDEN, state)
    scores = {
        f"score {one.criterion.name}": cells.laid_out(np.nan_to_num(one.score, nan=NODATA), empty=NODATA)
        for one in suited.judged
    }
    rows = suited.table.set_index("criterion")
    told = {
        f"score {one.criterion.name}": {
            key: str(rows.loc[one.criterion.name, column])
            for key, column in (
                ("kind", "kind"), ("layer", "layer"), ("scale", "scale"), ("forbidden_if", "forbidden_if"),
                ("source", "source_ja"),
            )
        }
        | {"weight": f"{one.weight:.6g}"}
        for one in suited.judged
    }  # fmt: skip
    return Raster(
        west=cells.west,
        north=cells.north,
        side=cells.side,
        crs=crs,
        nodata=NODATA,
        bands={
            "suitability": cells.laid_out(np.nan_to_num(suited.value, nan=NODATA), empty=NODATA),
            "state": cells.laid_out(state, empty=OUTSIDE),
            **scores,
        },
        tags={
            "title": title,
            "state": "0 outside, 1 assessed, 2 forbidden, 3 not assessed",
            "criteria": "; ".join(f"{one.criterion.name}={one.weight:.4g}" for one in suited.judged),
        },
        band_tags=told,
    )
