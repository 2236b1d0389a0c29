"""From the layers of a plan to its network, the links of interchanges and hubs, and what to say of them."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gisplan.core.options import AccessOptions
from gisplan.core.tables import Doubt, contract, findings, hold, join
from gisplan.core.units import metres_per_minute
from gisplan.core.words import Atlas, Network, Text
from gisplan.network import store
from gisplan.network.best import Best
from gisplan.network.build import LAYER, Built, Mode, Rows, read_rows
from gisplan.network.ferries import crossings
from gisplan.network.link import KEY, Linked, Surroundings, links, usable
from gisplan.network.places import hub_places, interchange_places
from gisplan.network.plan_roads import legal_roads
from gisplan.network.ramps import Ramps, ramps_of, snappable
from gisplan.network.report import Report, no_report, report
from gisplan.network.speeds import CLASSES, Speeds, plan_speeds
from gisplan.network.store import kept_build

if TYPE_CHECKING:
    from numpy.typing import NDArray

HAZARDS = ("flood", "inland_flood", "landslide", "tsunami")
ON_LINE_M = 30.0
"""A road that passes this close to several interchanges is taken to be the expressway itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """The network of one mode, the edges a building may stand on [m], its ramps, and the speed off the road [m/min]."""

    network: Network
    snappable: NDArray[np.bool_]
    ramps: Ramps
    straight: float
    limit_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    """The network of a plan and its links.

    `ways` is None where the plan has no roads; by transit it is the network on foot. `links` is the table,
    `routes` the lines with the same key (and `hub_id`, `interchange_id`, `minutes`); both are by car whatever the
    mode. `used` lists the speeds that were used, with metres of road and where each is from. `used_interchanges` are
    the ids of the interchanges near enough to a road to be linked, in order: the others are of no matter to the
    plan. `best` is what is told of the best full and smart interchange of each hub, None where the plan has no
    links. `report` is the table `network`: what the roads are made of, by mode.
    """

    ways: Ways | None
    mode: Mode | Literal["transit"]
    speeds: Speeds
    links: pd.DataFrame
    routes: gpd.GeoDataFrame
    used: pd.DataFrame
    findings: pd.DataFrame
    used_interchanges: tuple[str, ...] = ()
    report: pd.DataFrame = field(default_factory=no_report)
    best: Best | None = None

    @property
    def network(self) -> Network | None:
        """The network of the plan's mode, or None where the plan has no roads."""
        return None if self.ways is None else self.ways.network

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """The tables by the name of their contract, in the order of the output."""
        best = {} if self.best is None else {"best_links": self.best.table, "cuts": self.best.cuts}
        return {"links": self.links, **best, "network": self.report}


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
    options, told = atlas.plan.access, legal_roads(atlas)
    table = plan_speeds(options, file=atlas.plan.file)
    if told is None:
        return _without(atlas, table, (Doubt(code="net.missing", layer=LAYER),))
    made = _made(told.table, table, options=options, mode="car")
    car, rows = made.built, made.rows
    if not len(car.network.tail):
        return _without(atlas, table, (*told.doubts, *car.doubts, Doubt(code="net.missing", layer=LAYER)))
    linked = _links(atlas, told.table, car.network, rows, table)
    other = _other(made, told.table, table, options)
    used = _used(car.network, rows, table)
    reports = [_report(atlas, told.table, one) for one in dict.fromkeys((made, other))]
    said = {doubt.code for doubt in car.doubts}
    doubts = (
        *told.doubts,
        *car.doubts,
        *(doubt for doubt in other.built.doubts if doubt.code not in said),
        *linked.doubts,
        *_speed_doubts(table, used, options),
        *_express_doubts(atlas, told.table, rows, table),
        *(doubt for one in reports for doubt in one.doubts),
    )
    return Connected(
        ways=_ways(other, car=made, table=table, options=options),
        mode=options.mode,
        speeds=table,
        links=linked.table,
        routes=linked.routes.set_crs(atlas.plan.crs, allow_override=True),
        used=used,
        findings=findings(doubts),
        used_interchanges=linked.used_interchanges,
        report=join([one.table for one in reports], "network"),
        best=linked.best,
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
    options, told = atlas.plan.access, legal_roads(atlas)
    table = plan_speeds(options, file=atlas.plan.file)
    if told is None:
        return None
    made = _made(told.table, table, options=options, mode="car")
    if not len(made.built.network.tail):
        return None
    other = _other(made, told.table, table, options)
    return _ways(other, car=made, table=table, options=options)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Made:
    """The network of one mode, and the cleaned rows of its road table."""

    mode: Mode
    built: Built
    rows: Rows


def _made(roads: gpd.GeoDataFrame, table: Speeds, *, options: AccessOptions, mode: Mode) -> _Made:
    """Return the network of one mode, from disk where the same roads were made into it before."""
    season, ferry = options.season, options.ferry
    built = kept_build(
        roads,
        speeds=table,
        mode=mode,
        join_m=options.join_m,
        ferry=ferry,
        season=season,
        folder=store.cache_folder(),
    )
    rows = read_rows(roads, speeds=table, mode=mode, ferry=ferry, season=season)
    return _Made(mode=mode, built=built, rows=rows)


def _other(car: _Made, roads: gpd.GeoDataFrame, table: Speeds, options: AccessOptions) -> _Made:
    """Return the network of the plan's mode."""
    if options.road_mode == "car":
        return car
    return _made(roads, table, options=options, mode=options.road_mode)


def _ways(made: _Made, *, car: _Made, table: Speeds, options: AccessOptions) -> Ways:
    """Return the network of the plan's mode; where a building may stand is told by the rows by car."""
    network = made.built.network
    return Ways(
        network=network,
        snappable=snappable(network, car.rows),
        ramps=ramps_of(network, car.rows),
        straight=table.straight(made.mode),
        limit_m=options.snap_m,
    )


def _report(atlas: Atlas, roads: gpd.GeoDataFrame, made: _Made) -> Report:
    network, options = made.built.network, atlas.plan.access
    return report(
        atlas,
        mode=made.mode,
        network=network,
        rows=made.rows,
        roads=roads,
        allowed=snappable(network, made.rows),
        layers=("hub", "interchange", *options.origins, *options.destinations),
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


def _links(atlas: Atlas, roads: gpd.GeoDataFrame, network: Network, rows: Rows, table: Speeds) -> Linked:
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
        around=Surroundings(
            roads=roads,
            hazards=np.concatenate(areas) if areas else None,
            ferries=crossings(roads, network, rows, limit_m=limit),
        ),
        nearest=atlas.plan.access.interchanges,
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


def _speed_doubts(table: Speeds, used: pd.DataFrame, options: AccessOptions) -> list[Doubt]:
    own = float(used.loc[used["from"] == "road", "length_m"].sum())
    values = {
        "name": table.name,
        "speeds": table.text,
        "basis": table.basis,
        "share": 100.0 * own / max(float(used["length_m"].sum()), 1.0),
    }
    doubts = [Doubt(code="net.speeds_used", layer=LAYER, data_year=_year(table), values=values)]
    if options.mode != "car":
        doubts.append(Doubt(code="net.mode", layer=LAYER, values={"told": table.told(options.mode)}))
    if options.mode == "bicycle":
        values = {"kmh": f"{table.bicycle / metres_per_minute(1.0):g}", "source": table.bicycle_source}
        doubts.append(Doubt(code="net.bicycle_speed", layer=LAYER, values=values))
    return doubts


def _year(table: Speeds) -> str:
    return str(table.published_on.year if table.published_on else table.year or "")


def _where(atlas: Atlas, road: str, name: str) -> Text:
    """Return the name of a road and its file and row in brackets, as far as they are known."""
    layer = atlas.layers.get(LAYER)
    place = layer.places.place(road) if layer is not None and layer.places is not None else ""
    told = [part for part in (name, place) if part]
    return Text(ja=f"（{'、'.join(told)}）", en=f" ({', '.join(told)})") if told else Text(ja="", en="")


def _express_doubts(atlas: Atlas, roads: gpd.GeoDataFrame, rows: Rows, table: Speeds) -> list[Doubt]:
    """Return a doubt for each road that runs through several interchanges but is not called an expressway."""
    joints = atlas.table("interchange")
    if joints is None:
        return []
    plain = np.flatnonzero((rows.road_class != CLASSES.index("expressway")) & ~rows.ramp & ~rows.mainline)
    tree = shapely.STRtree(roads.geometry.to_numpy()[plain])
    _, road = tree.query(joints.geometry.to_numpy(), predicate="dwithin", distance=ON_LINE_M)
    count = np.bincount(road, minlength=len(plain))
    doubts = []
    for here in np.flatnonzero(count > 1):
        row = plain[here]
        title = table.class_titles[CLASSES[rows.road_class[row]]]
        road, name = (str(roads[column].iloc[row]) for column in ("id", "name"))
        values = {"road_class": title, "count": int(count[here]), "where": _where(atlas, road, name)}
        doubts.append(Doubt(code="net.maybe_expressway", layer=LAYER, subject=road, values=values))
    return doubts
