"""A choice of hubs as layers of the map: hubs, who is served by which, what stands already, candidates of a grid."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gisplan.core.words import Kind, Style, Text
from gisplan.maps.style import group_title
from gisplan.maps.words import Labels, Look, MapLayer
from gisplan.plan.captions import caption
from gisplan.plan.drawn import titles_of

HUB_COLOURS = (
    "#0072b2", "#009e73", "#5c2d91", "#e377c2", "#56b4e9", "#d55e00", "#004d40", "#e69f00", "#7b3f00", "#f0e442",
)  # fmt: skip
"""By rank; people with any colour vision tell them, and those of the roles, apart (CIEDE2000 of 5 or more).

From the eleventh hub on they come again: in smaller marks and thinner lines, and every hub bears its rank.
"""

ROLE_COLOURS: Mapping[str, str] = {
    "standing": "#000000",
    "competing": "#bcaaa4",
    "beyond": "#9aa0a6",
    "nobody": "#5f6368",
    "not_assessed": "#d5dadd",
}
"""What serves a demand that no chosen hub serves, or why nothing does: apart from the hues of hubs."""

AGAIN = 0.65
"""How much smaller marks and lines are where colours come again."""

STATE_COLOURS: Mapping[str, str] = {
    "possible": "#2e7d32", "not_chosen": "#81c784", "standing": "#000000", "avoided": "#ef6c00",
    "unlawful": "#6d4c41", "forbidden": "#ad1457", "cannot_tell": "#9e9e9e", "off_road": "#78909c",
    "reaches_nobody": "#b0bec5",
}  # fmt: skip

LINES = "siting_line"
MOST_LINES = 20_000
"""A page holds no more lines, about 0.6 MB; more are in the GeoPackage alone."""

HUB_POPUP = ("verdict", "permit", "demand_served", "share", "mean_minutes", "longest_minutes")
FIGURES = ("demand_served", "mean_minutes", "longest_minutes")
DEFENCE = ("stability", "near_ties_ja")
LOOK_UNDER = 79
"""Just under the houses, so that their marks stand in a disc of the hub's colour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """Who is served by what, of one layer of demand.

    `table` has `id`, `place` (the rank of a chosen hub as text, or a key of `ROLE_COLOURS`), `hub` (what serves it, ""
    where nothing does), `minutes` and `weight` (NaN where not told), the shape that is drawn as its geometry, and the
    two ends of a line, `point` and `to` (None where there is no line).
    """

    layer: str
    title: Text
    kind: Kind
    table: gpd.GeoDataFrame
    visible: bool = True


def hub_layer(hubs: gpd.GeoDataFrame, *, verdicts: Mapping[str, Text]) -> MapLayer:
    """Return the chosen hubs as stars with their rank.

    Parameters
    ----------
    hubs
        The table `siting` with points, and with `stability`, `near_ties_ja` and `near_ties_en` of each hub as the
        table `siting_council` has them, missing where not told.
    verdicts
        What verdicts are called.
    """
    titles = titles_of("siting")
    ranks = hubs["rank"].astype("int64").astype(str)
    names = hubs["name"].where(hubs["name"].fillna("") != "", hubs["id"])
    table = hubs.assign(
        rank=ranks,
        name=ranks + " " + names,
        **{name: hubs[name].astype("float64").round(1) for name in FIGURES},
        share=hubs["share"].astype("float64").round(4),
    )
    shown = ("id", "name", "rank", *HUB_POPUP, *DEFENCE)
    defended = titles_of("siting_council")
    popup = [(name, titles[name]) for name in HUB_POPUP]
    popup += [(name, defended[name.removesuffix("_ja")]) for name in DEFENCE]
    return MapLayer(
        name="siting_hub",
        title=caption("siting_hub"),
        kind="point",
        table=gpd.GeoDataFrame(table[[*shown, "geometry"]], crs=hubs.crs),
        style=Style(colour=HUB_COLOURS[0], radius=10.5, order=97, by="rank", colours=colours_of(ranks)),
        credit=caption("siting_credit"),
        group=group_title("siting"),
        popup=tuple(popup),
        labels={
            "verdict": verdicts,
            "rank": _called(table),
            "permit": _permits(),
            "near_ties_ja": _said(hubs, "near_ties"),
        },
        look=Look(symbol="chosen", label=True, text_by="rank", texts={rank: rank for rank in ranks}),
        optional=("share", *FIGURES, *DEFENCE),
        percent=("share", "stability"),
    )


def _permits() -> Mapping[str, Text]:
    return {answer: caption(f"siting_permit_{answer}") for answer in ("true", "false")}


def colours_of(ranks: Iterable[str]) -> Mapping[str, str]:
    """Return the colour of each rank."""
    return {rank: HUB_COLOURS[(int(rank) - 1) % len(HUB_COLOURS)] for rank in ranks}


def _called(hubs: pd.DataFrame) -> Mapping[str, Text]:
    """Return what the ranks are called: rank and name."""
    return {rank: Text(ja=name, en=name) for rank, name in zip(hubs["rank"], hubs["name"], strict=True)}


def _style(hubs: MapLayer, **more: Any) -> Style:
    return Style(
        colour=ROLE_COLOURS["nobody"],
        by="place",
        colours={**hubs.style.colours, **ROLE_COLOURS},
        **more,
    )


def _again(hubs: MapLayer) -> Mapping[str, float]:
    return {rank: AGAIN for rank in hubs.style.colours if int(rank) > len(HUB_COLOURS)}


def _places(hubs: MapLayer, minutes: float) -> Labels:
    limit = f"{minutes:g}"
    roles = {role: caption(f"siting_role_{role}", minutes=limit) for role in ROLE_COLOURS}
    return {"place": {**hubs.labels["rank"], **roles}}


def served_layer(service: Service, hubs: MapLayer, *, minutes: float) -> MapLayer:
    """Return the demand of one layer in the colours of the hubs that serve it.

    Parameters
    ----------
    service
        Who is served by what.
    hubs
        The layer of the chosen hubs.
    minutes
        How far a hub covers, for what is said of those beyond.
    """
    own = service.table
    table = own[["id", "place", "hub", "minutes", "weight", "geometry"]].assign(
        name="",
        minutes=own["minutes"].astype("float64").round(1),
        weight=own["weight"].astype("float64").round(2),
    )
    weighed = bool((table["weight"].notna() & (table["weight"] != 1.0)).any())
    area = service.kind == "polygon"
    return MapLayer(
        name=f"siting_served_{service.layer}",
        title=_put("siting_served", title=service.title),
        kind=service.kind,
        table=gpd.GeoDataFrame(table, crs=own.crs),
        style=_style(
            hubs, width=0.6, radius=6.2, opacity=0.65 if area else 0.85, order=13 if area else LOOK_UNDER
        ),
        credit=caption("siting_credit"),
        group=group_title("siting"),
        popup=(
            ("place", caption("siting_place")),
            ("hub", caption("siting_by")),
            ("minutes", caption("siting_minutes")),
            *((("weight", caption("siting_weight")),) if weighed else ()),
        ),
        labels=_places(hubs, minutes),
        # Points lie on those of the demand itself, which stay to be seen as what they are.
        visible=service.visible and area,
        look=Look(radii=_again(hubs)),
        optional=("hub", "minutes", "weight"),
    )


def line_layer(services: Iterable[Service], hubs: MapLayer, *, minutes: float) -> MapLayer | None:
    """Return straight lines from demand to what serves it, one feature a hub, None where there is no line.

    Parameters
    ----------
    services
        Who is served by what.
    hubs
        The layer of the chosen hubs.
    minutes
        How far a hub covers, for what is said of those beyond.
    """
    rows = pd.concat([pd.DataFrame(one.table) for one in services], ignore_index=True)
    rows = rows[rows["to"].notna()] if len(rows) else rows
    if rows.empty:
        return None
    order = [place for place in (*hubs.style.colours, *ROLE_COLOURS) if (rows["place"] == place).any()]
    found = [_star(place, rows[rows["place"] == place]) for place in order]
    return MapLayer(
        name=LINES,
        title=caption("siting_line"),
        kind="line",
        table=gpd.GeoDataFrame(found, geometry="geometry", crs=hubs.table.crs),
        style=_style(hubs, width=0.5, opacity=0.6, order=LOOK_UNDER - 1),
        credit=caption("siting_line_credit"),
        group=group_title("siting"),
        popup=(
            ("place", caption("siting_place")),
            ("lines", caption("siting_lines")),
            ("minutes", caption("siting_line_minutes")),
        ),
        labels=_places(hubs, minutes),
        visible=False,  # they hide what lies under them: they are shown when they are asked for
        look=Look(widths=_again(hubs), listed=False),
    )


def _star(place: str, rows: pd.DataFrame) -> dict[str, Any]:
    ends = np.stack([shapely.get_coordinates(list(rows[name])) for name in ("point", "to")], axis=1)
    return {
        "id": place,
        "name": "",
        "place": place,
        "lines": len(rows),
        "minutes": round(float(rows["minutes"].astype("float64").mean()), 1),
        "geometry": shapely.MultiLineString(list(ends)),
    }


def for_page(layers: Iterable[MapLayer]) -> tuple[tuple[MapLayer, ...], tuple[Text, ...]]:
    """Return layers without lines that are too many for a page, and what is to be said of it.

    Parameters
    ----------
    layers
        All layers of the map.
    """
    found = tuple(layers)
    many = [layer for layer in found if layer.name == LINES and _lines(layer) > MOST_LINES]
    return tuple(layer for layer in found if layer not in many), tuple(
        caption("siting_lines_left_out", count=f"{_lines(layer):,}") for layer in many
    )


def _lines(layer: MapLayer) -> int:
    return int(shapely.get_num_geometries(layer.table.geometry.to_numpy()).sum())


def place_layer(places: gpd.GeoDataFrame, *, role: Literal["standing", "competing"]) -> MapLayer:
    """Return places that serve demand whatever is chosen: hubs that stand as squares, those of others as triangles.

    Parameters
    ----------
    places
        Points with `id` and `name`.
    role
        Whose they are.
    """
    return MapLayer(
        name=f"siting_{role}",
        title=caption(f"siting_{role}"),
        kind="point",
        table=gpd.GeoDataFrame(places[["id", "name", "geometry"]].reset_index(drop=True), crs=places.crs),
        style=Style(colour=ROLE_COLOURS[role], radius=7.0, order=94),
        credit=caption("siting_credit"),
        group=group_title("siting"),
        look=Look(symbol="square" if role == "standing" else "triangle"),
    )


def candidate_layer(points: gpd.GeoDataFrame, *, states: Mapping[str, Text]) -> MapLayer:
    """Return candidates that no layer of the plan has, by what has become of them.

    Parameters
    ----------
    points
        Points with the columns of the table `siting_sites`; the chosen ones are left to the layer of hubs.
    states
        What the states are called.
    """
    rest = points[points["state"] != "chosen"].reset_index(drop=True)
    return MapLayer(
        name="siting_candidate",
        title=caption("siting_candidate"),
        kind="point",
        table=gpd.GeoDataFrame(rest[[*STATE_COLUMNS, "name", "geometry"]], crs=points.crs),
        style=Style(colour="#2e7d32", radius=3.0, opacity=0.8, order=77, by="state", colours=STATE_COLOURS),
        credit=caption("siting_credit"),
        group=group_title("siting"),
        popup=_state_popup(""),
        labels=_state_labels(rest, states, prefix=""),
        look=Look(),
        optional=OPTIONAL,
    )


STATE_COLUMNS = ("id", "state", "reason_ja", "verdict", "hazard_ja", "slope_deg", "penalty")
OPTIONAL = ("hazard_ja", "slope_deg", "penalty")


def with_states(layer: MapLayer, sites: pd.DataFrame, *, states: Mapping[str, Text]) -> MapLayer:
    """Return a layer of candidates whose popup says first what has become of each, and why.

    Parameters
    ----------
    layer
        The layer.
    sites
        The table `siting_sites`.
    states
        What the states are called.
    """
    own = sites[sites["layer"] == layer.name].set_index("id")
    joined = [name for name in STATE_COLUMNS if name not in {"id", "verdict"}]
    table = layer.table.join(own[joined].add_prefix("siting_"), on="id")
    said = [(name, title) for name, title in _state_popup("siting_") if name != "siting_verdict"]
    return dataclasses.replace(
        layer,
        table=table,
        popup=(*layer.popup, *said),
        labels={**layer.labels, **_state_labels(own, states, prefix="siting_")},
        optional=(*layer.optional, *(f"siting_{name}" for name in OPTIONAL)),
    )


def _state_popup(prefix: str) -> tuple[tuple[str, Text], ...]:
    titles = titles_of("siting_sites")
    names = ("state", "reason_ja", "verdict", "hazard_ja", "slope_deg", "penalty")
    return tuple((f"{prefix}{name}", titles[name.removesuffix("_ja")]) for name in names)


def _state_labels(sites: pd.DataFrame, states: Mapping[str, Text], *, prefix: str) -> Labels:
    """Return what states and reasons are called; a reason is its Japanese text, called by both languages."""
    labels: dict[str, Mapping[str, Text]] = {f"{prefix}state": states}
    labels |= {f"{prefix}{name}_ja": _said(sites, name) for name in ("reason", "hazard")}
    return labels


def _said(rows: pd.DataFrame, name: str) -> Mapping[str, Text]:
    """Return the words of a column in both languages by those in Japanese, which are its values."""
    pairs = rows[[f"{name}_ja", f"{name}_en"]].fillna("").drop_duplicates()
    return {ja: Text(ja=ja, en=en) for ja, en in pairs.itertuples(index=False) if ja}


def _put(key: str, **values: Text) -> Text:
    """Return a text with texts put in, each in its language."""
    return Text(
        ja=caption(key, **{name: text.ja for name, text in values.items()}).ja,
        en=caption(key, **{name: text.en for name, text in values.items()}).en,
    )
