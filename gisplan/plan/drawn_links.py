"""Layers of the map on the links of hubs: the best routes, the second ones, and what a cut link costs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from gisplan.core.words import Style, Text
from gisplan.maps.style import group_title
from gisplan.maps.words import Labels, Look, MapLayer
from gisplan.plan.captions import caption
from gisplan.plan.drawn import titles_of
from gisplan.plan.labels import cut_bands, labels_of
from gisplan.plan.release import Released
from gisplan.plan.results import Results

if TYPE_CHECKING:
    from gisplan.network.best import Best

KIND_COLOURS: Mapping[str, str] = {"full": "#0d47a1", "smart": "#9c4dcc"}
BAND_COLOURS: Mapping[str, str] = {
    "cut_off": "#b71c1c",
    "over_10": "#e65100",
    "over_5": "#fb8c00",
    "over_1": "#fdd835",
    "under_1": "#7cb342",
}
BANDS: Mapping[str, float] = {"over_10": 10.0, "over_5": 5.0, "over_1": 1.0}
"""Minutes added from which a cut link belongs to a band, the gravest first."""

ROUTE_POPUP = ("hub", "interchange", "kind", "minutes")
CUT_POPUP = (
    "road", "road_class", "manager", "from_ja", "to_ja", "length_m", "hub", "interchange", "kind", "direction",
    "outcome", "added_minutes", "minutes", "in_hazard", "hazard_m",
)  # fmt: skip


def link_layers(results: Results, released: Released) -> list[MapLayer]:
    """Return the best and second routes to each hub, and the links whose cut costs time, as far as they are told.

    Parameters
    ----------
    results
        The results of a plan.
    released
        What the audience may have.
    """
    best = None if results.connected is None else results.connected.best
    if best is None or "best_links" not in released.tables or best.routes.empty:
        return []
    labels = labels_of(results.atlas.catalogue)
    inward = best.routes[(best.routes["direction"] == "to_hub") & ~best.routes.geometry.is_empty]
    layers = [_route_layer(inward[inward["rank"] == rank], rank, labels) for rank in (1, 2)]
    layers.append(_cut_layer(best, labels))
    return [layer for layer in layers if len(layer.table)]


def _route_layer(routes: gpd.GeoDataFrame, rank: int, labels: Mapping[str, Labels]) -> MapLayer:
    """Return the routes of one rank to each hub as a layer; the second ones are shown when they are asked for."""
    table = gpd.GeoDataFrame(
        {
            "id": (routes["hub_id"].astype(str) + " " + routes["kind"]).to_numpy(),
            "name": (routes["interchange"] + " → " + routes["hub"]).to_numpy(),
            **{name: routes[name].to_numpy() for name in ("hub", "interchange", "kind")},
            "minutes": np.round(routes["minutes"].to_numpy("float64"), 1),
        },
        geometry=routes.geometry.to_numpy(),
        crs=routes.crs,
    )
    titles, first = titles_of("best_links"), rank == 1
    return MapLayer(
        name="link" if first else "link_second",
        title=caption("link" if first else "link_second"),
        kind="line",
        table=table,
        style=Style(
            colour="#0d47a1",
            width=3.0 if first else 2.4,
            opacity=0.85,
            order=60 if first else 59,
            by="kind",
            colours=KIND_COLOURS,
        ),
        credit=caption("link_credit"),
        group=group_title("roads"),
        popup=tuple((name, titles[name]) for name in ROUTE_POPUP),
        labels={"kind": labels["best_links"]["kind"]},
        visible=first,
        look=Look() if first else Look(dash=(6, 4)),
    )


def _cut_layer(best: Best, labels: Mapping[str, Labels]) -> MapLayer:
    """Return the road links of the best routes by what their cut costs the hub that loses most.

    They lie as a broad band under the routes, so that both are seen.
    """
    table, said = _worst_cuts(best.cut_lines)
    titles = titles_of("cuts")
    return MapLayer(
        name="link_cut",
        title=caption("link_cut"),
        kind="line",
        table=table,
        style=Style(colour="#fb8c00", width=9.0, opacity=0.8, order=58, by="band", colours=BAND_COLOURS),
        credit=caption("link_credit"),
        group=group_title("roads"),
        popup=(
            ("band", caption("link_cut_band")),
            *((name, titles[name.removesuffix("_ja")]) for name in CUT_POPUP),
        ),
        labels={**labels["cuts"], **said, "band": cut_bands()},
        visible=False,
        look=Look(),
        optional=("minutes", "added_minutes", "in_hazard", "hazard_m"),
    )


def _worst_cuts(lines: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, Labels]:
    """Return each road link with the cut that costs most, and the words for its ends."""
    grave = lines.assign(_lost=np.where(lines["outcome"] == "cut_off", np.inf, lines["added_minutes"]))
    ordered = grave.sort_values(
        ["_lost", "hub", "kind", "direction"], ascending=[False, True, True, True], kind="stable"
    )
    worst = ordered.drop_duplicates("chain").sort_values("chain", ignore_index=True)
    table = gpd.GeoDataFrame(
        {
            "id": [f"{number:05d}" for number in range(1, len(worst) + 1)],
            "name": worst["road"].to_numpy(),
            "band": [band(lost) for lost in worst["_lost"]],
            **{
                name: worst[name].to_numpy() for name in CUT_POPUP if name not in {"minutes", "added_minutes"}
            },
            **{name: np.round(worst[name].to_numpy("float64"), 1) for name in ("minutes", "added_minutes")},
        },
        geometry=worst.geometry.to_numpy(),
        crs=lines.crs,
    )
    for name in ("length_m", "hazard_m"):
        table[name] = np.round(table[name].to_numpy("float64"))
    table["in_hazard"] = pd.array(table["in_hazard"], dtype="boolean")
    return table, {f"{end}_ja": _both(worst, end) for end in ("from", "to")}


def band(added: float) -> str:
    """Return the band of the minutes that a cut adds, infinite where it leaves no way."""
    if not np.isfinite(added):
        return "cut_off"
    return next((name for name, least in BANDS.items() if added >= least), "under_1")


def _both(rows: pd.DataFrame, end: str) -> Mapping[str, Text]:
    """Return the words for the ends of links in both languages, by those in Japanese."""
    pairs = zip(rows[f"{end}_ja"], rows[f"{end}_en"], strict=True)
    return {ja: Text(ja=ja, en=en) for ja, en in pairs}
