"""From the layers of a plan to its network, the links of interchanges and hubs, and what to say of them."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gisplan.core.options import AccessOptions
from gisplan.core.tables import Doubt, contract, findings, hold
from gisplan.core.units import metres_per_minute
from gisplan.core.words import Atlas, Network, Text
from gisplan.network.build import LAYER, Mode, Rows, build, read_rows
from gisplan.network.link import KEY, Linked, hub_places, interchange_places, links, snappable, usable
from gisplan.network.speeds import CLASSES, Speeds, speeds

if TYPE_CHECKING:
    from numpy.typing import NDArray

HAZARDS = ("flood", "inland_flood", "landslide", "tsunami")
ON_LINE_M = 30.0
"""A road that passes this close to several interchanges is taken to be the expressway itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """The network of one mode, the edges a building may stand on [m], and the speed off the road [m/min]."""

    network: Network
    snappable: NDArray[np.bool_]
    ramp: NDArray[np.bool_]
    straight: float
    limit_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    """The network of a plan and its links.

    `ways` is None where the plan has no roads; by transit it is the network on foot. `links` is the table,
    `routes` the lines with the same key (and `hub_id`, `interchange_id`, `minutes`); both are by car whatever the
    mode. `used` lists the speeds that were used, with metres of road and where each is from. `used_interchanges` are
    the ids of the interchanges near enough to a road to be linked, in order: the others are of no matter to the plan.
    """

    ways: Ways | None
    mode: Mode | Literal["transit"]
    speeds: Speeds
    links: pd.DataFrame
    routes: gpd.GeoDataFrame
    used: pd.DataFrame
    findings: pd.DataFrame
    used_interchanges: tuple[str, ...] = ()

    @property
    def network(self) -> Network | None:
        """The network of the plan's mode, or None where the plan has no roads."""
        return None if self.ways is None else self.ways.network


def connect(atlas: Atlas) -> Connected:
    """Return the network of the plan's roads and the links between its interchanges and hubs.

    Parameters
    ----------
    atlas
        Layers in the plan's CRS; `road`, `hub`, `interchange` and the hazard layers are used. Where one is
        missing, what depends on it is not assessed, and a finding says so.

    Raises
    ------
    ConfigurationError
        If `[access] speeds` names no set of speeds.
    """
    options, roads = atlas.plan.access, atlas.table(LAYER)
    table = speeds(options.speeds, place=f"{atlas.plan.file} access.speeds")
    if roads is None:
        return _without(atlas, table, (Doubt(code="net.missing", layer=LAYER),))
    car = build(roads, speeds=table, mode="car", join_m=options.join_m, ferry=options.ferry)
    if not len(car.network.tail):
        return _without(atlas, table, (*car.doubts, Doubt(code="net.missing", layer=LAYER)))
    rows = read_rows(roads, speeds=table, mode="car", ferry=options.ferry)
    linked = _links(atlas, car.network, rows, table)
    ways = _ways(roads, car.network, rows, table=table, options=options)
    used = _used(car.network, rows, table)
    doubts = (
        *car.doubts,
        *linked.doubts,
        *_speed_doubts(table, used),
        *_express_doubts(atlas, roads, rows, table),
    )
    return Connected(
        ways=ways,
        mode=options.mode,
        speeds=table,
        links=linked.table,
        routes=linked.routes.set_crs(atlas.plan.crs, allow_override=True),
        used=used,
        findings=findings(doubts),
        used_interchanges=linked.used_interchanges,
    )


def ways_of(atlas: Atlas) -> Ways | None:
    """Return the network of the plan's mode alone, None where the plan has no roads.

    Parameters
    ----------
    atlas
        Layers in the plan's CRS, of which `road` is used.

    Raises
    ------
    ConfigurationError
        If `[access] speeds` names no set of speeds.
    """
    options, roads = atlas.plan.access, atlas.table(LAYER)
    table = speeds(options.speeds, place=f"{atlas.plan.file} access.speeds")
    if roads is None:
        return None
    network = build(roads, speeds=table, mode="car", join_m=options.join_m, ferry=options.ferry).network
    if not len(network.tail):
        return None
    rows = read_rows(roads, speeds=table, mode="car", ferry=options.ferry)
    return _ways(roads, network, rows, table=table, options=options)


def _ways(
    roads: gpd.GeoDataFrame, car: Network, rows: Rows, *, table: Speeds, options: AccessOptions
) -> Ways:
    """Return the network of the plan's mode from the one by car and the cleaned rows of its road table."""
    network = car
    if options.mode != "car":  # who rides walks to the stop
        network = build(roads, speeds=table, mode="walk", join_m=options.join_m, ferry=options.ferry).network
    return Ways(
        network=network,
        snappable=snappable(network, rows),
        ramp=rows.ramp[network.road],
        straight=table.straight("car" if options.mode == "car" else "walk"),
        limit_m=options.snap_m,
    )


def _without(atlas: Atlas, table: Speeds, doubts: tuple[Doubt, ...]) -> Connected:
    empty = _no_links(atlas.plan.crs, doubts)
    used = pd.DataFrame(columns=["road_class", "kmh", "from", "length_m", "assumed"])
    return Connected(
        ways=None,
        mode=atlas.plan.access.mode,
        speeds=table,
        links=empty.table,
        routes=empty.routes,
        used=used,
        findings=findings(doubts),
    )


def _no_links(crs: int, doubts: tuple[Doubt, ...]) -> Linked:
    columns = [*KEY, "hub_id", "interchange_id", "minutes"]
    routes = gpd.GeoDataFrame(pd.DataFrame(columns=columns), geometry=gpd.GeoSeries([], crs=crs))
    table = hold(pd.DataFrame(columns=list(contract("links").names)), "links")
    return Linked(table=table, routes=routes, doubts=doubts)


def _links(atlas: Atlas, network: Network, rows: Rows, table: Speeds) -> Linked:
    hubs, interchanges = atlas.table("hub"), atlas.table("interchange")
    named = {"hub": hubs, "interchange": interchanges}
    missing = tuple(Doubt(code="net.missing", layer=name) for name, found in named.items() if found is None)
    if hubs is None or interchanges is None:
        return _no_links(atlas.plan.crs, missing)
    open_ones = usable(interchanges)
    limit, straight = atlas.plan.access.snap_m, table.straight("car")
    given = {name: atlas.table(name) for name in HAZARDS}
    areas = [found.geometry.to_numpy() for found in given.values() if found is not None]
    linked = links(
        network,
        rows,
        hubs=hub_places(network, hubs, rows=rows, limit_m=limit, straight=straight),
        interchanges=interchange_places(network, open_ones, rows=rows, limit_m=limit, straight=straight),
        hazards=np.concatenate(areas) if areas else None,
    )
    absent = [name for name, found in given.items() if found is None]
    doubts = list(linked.doubts)
    if absent:
        code = "net.hazard_some" if areas else "net.hazard_none"
        doubts.append(Doubt(code=code, layer=LAYER, values={"missing": _titles(atlas, absent)}))
    unknown = int(open_ones["open"].isna().sum())
    if unknown:
        doubts.append(Doubt(code="net.open_unknown", layer="interchange", values={"count": unknown}))
    return dataclasses.replace(linked, doubts=tuple(doubts))


def _titles(atlas: Atlas, layers: list[str]) -> list[Text]:
    """Return the titles of some layers, the name of one that the catalogue does not have."""
    specs = {name: atlas.catalogue.get(name) for name in layers}
    return [Text(ja=name, en=name) if spec is None else spec.title for name, spec in specs.items()]


def _used(network: Network, rows: Rows, table: Speeds) -> pd.DataFrame:
    """Return the speeds used: road class, km/h, from the class or the road itself, metres of road."""
    kmh = 1.0 / (rows.pace[network.road] * metres_per_minute(1.0))
    frame = pd.DataFrame(
        {
            "road_class": np.array(CLASSES, dtype=object)[network.road_class],
            "code": network.road_class,
            "kmh": np.round(kmh, 3),
            "from": np.where(rows.own[network.road], "road", "class"),
            "length_m": network.length,
        }
    )
    key = ["code", "road_class", "from", "kmh"]
    grouped: pd.DataFrame = frame.groupby(key, sort=True)[["length_m"]].sum().reset_index()
    grouped["assumed"] = (grouped["from"] == "class") & grouped["road_class"].isin(table.assumed)
    return grouped[["road_class", "kmh", "from", "length_m", "assumed"]]


def _speed_doubts(table: Speeds, used: pd.DataFrame) -> list[Doubt]:
    own = float(used.loc[used["from"] == "road", "length_m"].sum())
    values = {
        "name": table.name,
        "speeds": table.text,
        "share": 100.0 * own / max(float(used["length_m"].sum()), 1.0),
    }
    return [Doubt(code="net.speeds_used", layer=LAYER, data_year=_year(table), values=values)]


def _year(table: Speeds) -> str:
    return str(table.published_on.year) if table.published_on else ""


def _express_doubts(atlas: Atlas, roads: gpd.GeoDataFrame, rows: Rows, table: Speeds) -> list[Doubt]:
    """Return a doubt for each road that runs through several interchanges but is not called an expressway."""
    joints = atlas.table("interchange")
    if joints is None:
        return []
    plain = np.flatnonzero((rows.road_class != CLASSES.index("expressway")) & ~rows.ramp)
    tree = shapely.STRtree(roads.geometry.to_numpy()[plain])
    _, road = tree.query(joints.geometry.to_numpy(), predicate="dwithin", distance=ON_LINE_M)
    count = np.bincount(road, minlength=len(plain))
    doubts = []
    for here in np.flatnonzero(count > 1):
        row = plain[here]
        title = table.class_titles[CLASSES[rows.road_class[row]]]
        values = {"road_class": title, "count": int(count[here])}
        doubts.append(
            Doubt(code="net.maybe_expressway", layer=LAYER, subject=str(roads["id"].iloc[row]), values=values)
        )
    return doubts
