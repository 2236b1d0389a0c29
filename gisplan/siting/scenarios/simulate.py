"""Scenarios: the plan's roads and places changed, everything computed again by the same code, and set beside today."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from gisplan.access import Isochrone, Measured, isochrones, measure
from gisplan.access.origins import layer_titles
from gisplan.core.errors import ConfigurationError, Problem
from gisplan.core.scenario import Scenario
from gisplan.core.tables import Doubt, contract, findings, hold, join
from gisplan.core.words import Atlas, Text
from gisplan.network import Connected, Speeds, connect, plan_speeds
from gisplan.network.speeds import Going
from gisplan.siting.scenarios.altered import Altered, altered
from gisplan.siting.scenarios.areas import in_force
from gisplan.siting.scenarios.gains import area_gains, gains, link_changes
from gisplan.siting.scenarios.indicators import Compared, indicators
from gisplan.siting.scenarios.losses import off_road, said_of, unfronted
from gisplan.siting.scenarios.standards import standards_of
from gisplan.siting.scenarios.trips import PROMOTION, trips_of

if TYPE_CHECKING:
    from collections.abc import Callable

TABLES = ("scenarios", "gains", "area_gains", "link_changes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    """All scenarios of a plan beside today.

    `compared` holds each scenario with its trips, `tables` the tables of all by the name of their contract, `roads`
    the roads that change, in all scenarios together, with `scenario`, `id`, `name`, `called`, `change`, `length_m` and
    class and speed before and after.
    """

    compared: tuple[Compared, ...]
    tables: Mapping[str, pd.DataFrame]
    roads: gpd.GeoDataFrame
    findings: pd.DataFrame

    def with_houses(self, ids: Collection[str]) -> Mapping[str, pd.DataFrame]:
        """Return the tables with their figures on vacant houses made from some houses alone, each counted once."""
        return _tables([found.with_houses(ids) for found in self.compared], self.roads)

    @property
    def isochrones(self) -> tuple[Isochrone, ...]:
        """The isochrones of all scenarios, each with the name of its own."""
        return tuple(one for found in self.compared for one in found.isochrones)


def _tables(compared: Sequence[Compared], roads: gpd.GeoDataFrame) -> dict[str, pd.DataFrame]:
    parts: dict[str, list[pd.DataFrame]] = {name: [] for name in TABLES}
    for found in compared:
        mine = gpd.GeoDataFrame(roads[roads["scenario"] == found.scenario], crs=roads.crs)
        parts["scenarios"].append(indicators(found))
        parts["gains"].append(gains(found.scenario, found.trips))
        parts["area_gains"].append(area_gains(found.scenario, found.trips))
        parts["link_changes"].append(
            link_changes(found.scenario, found.before, found.after, roads=mine, hubs=found.hubs)
        )
    return {name: _joined(frames, name) for name, frames in parts.items()}


def _joined(frames: Sequence[pd.DataFrame], name: str) -> pd.DataFrame:
    given = [frame for frame in frames if len(frame)]
    empty = pd.DataFrame(columns=list(contract(name).names))
    return hold(pd.concat(given, ignore_index=True) if given else empty, name)


def simulate(
    atlas: Atlas,
    connected: Connected,
    measured: Measured,
    *,
    progress: Callable[[str], None] = lambda _step: None,
) -> Simulated:
    """Return every scenario of a plan beside today.

    Opening or speeding up roads makes no trip longer, closing them makes none shorter, for whoever stands on a road
    today stays on it. Each scenario is set against today, not against another one.

    Parameters
    ----------
    atlas
        Layers of the plan.
    connected, measured
        Its network, links and times as they are today.
    progress
        Called with the name of each scenario before it is computed.

    Raises
    ------
    ConfigurationError
        With every road that a scenario names and the plan does not have.
    """
    worlds = _altered(atlas, connected.speeds)
    compared: list[Compared] = []
    doubts = _beforehand(atlas, connected)
    for scenario, world in zip(atlas.plan.scenarios, worlds, strict=True):
        if connected.ways is None:
            continue
        progress(f"scenario {scenario.name}")
        found = _beside(atlas, scenario, world, connected, measured)
        compared.append(found)
        doubts += [*world.doubts, *_apart(scenario, world, found.after), *said_of(found, roads=world.roads)]
        doubts += unfronted(world.atlas, scenario.name, today=connected, after=found.after)
        doubts += off_road(world.atlas, scenario, after=found.after)
    roads = _roads([world.roads for world in worlds], atlas.plan.crs)
    return Simulated(
        compared=tuple(compared),
        tables=_tables(compared, roads),
        roads=roads,
        findings=join([findings(doubts)], "findings"),
    )


def _beside(
    atlas: Atlas, scenario: Scenario, world: Altered, connected: Connected, measured: Measured
) -> Compared:
    """Return a scenario, with its network, links and times computed anew, beside today."""
    hubs, after = atlas.table("hub"), connect(world.atlas)
    anew = measure(world.atlas, after)
    drawn = isochrones(world.atlas, after).layers
    return Compared(
        scenario=scenario.name,
        before=connected,
        after=after,
        trips=trips_of(atlas, measured, anew),
        thresholds=atlas.plan.access.minutes,
        titles=layer_titles(atlas.catalogue),
        basis=_basis(atlas, connected, mode=connected.mode),
        links_basis=_basis(atlas, connected, mode="car"),
        standards=(standards_of(measured), standards_of(anew)),
        standards_basis=_standards_basis(atlas, connected),
        isochrones=tuple(dataclasses.replace(one, scenario=scenario.name) for one in drawn),
        hubs=frozenset() if hubs is None else frozenset(hubs["id"].astype(str)),
    )


def _beforehand(atlas: Atlas, connected: Connected) -> list[Doubt]:
    """Return what is to be said of all scenarios of a plan alike."""
    if connected.ways is None:
        return [Doubt(code="scenario.no_network", layer="road")]
    return [*_left_out(atlas), *_not_by_car(atlas)]


def foretold(atlas: Atlas) -> pd.DataFrame:
    """Return what each scenario of a plan does, as findings, before anything is measured.

    Parameters
    ----------
    atlas
        Layers of the plan.

    Raises
    ------
    ConfigurationError
        With every road that a scenario names and the plan does not have.
    """
    speeds = plan_speeds(atlas.plan.access, file=atlas.plan.file)
    doubts = [doubt for world in _altered(atlas, speeds) for doubt in world.doubts]
    if atlas.table("road") is None:
        doubts.append(Doubt(code="scenario.no_network", layer="road"))
    return findings(doubts)


def _left_out(atlas: Atlas) -> list[Doubt]:
    """Return a doubt that names the promotion areas without figures: their version is not in force."""
    areas = in_force(atlas.table(PROMOTION), day=atlas.plan.date).left_out
    if not areas:
        return []
    values = {"areas": list(areas), "day": atlas.plan.date.isoformat()}
    return [Doubt(code="scenario.areas_left_out", layer=PROMOTION, values=values)]


def _not_by_car(atlas: Atlas) -> list[Doubt]:
    """Return what a plan that does not go by car lacks: forms on driving, and timetables that follow the roads."""
    mode, doubts = atlas.plan.access.mode, []
    if mode != "car" and "interchange" in atlas.plan.access.destinations:
        doubts.append(Doubt(code="scenario.by_car_only", layer="interchange"))
    if mode == "transit":
        doubts += [
            Doubt(
                code="scenario.timetable",
                layer="gtfs",
                subject=scenario.name,
                values={"scenario": scenario.name},
            )
            for scenario in atlas.plan.scenarios
            if scenario.roads
        ]
    return doubts


def _altered(atlas: Atlas, speeds: Speeds) -> tuple[Altered, ...]:
    """Return the world of each scenario, or say all that is wrong with any of them."""
    problems: list[Problem] = []
    worlds: list[Altered] = []
    for scenario in atlas.plan.scenarios:
        try:
            worlds.append(altered(atlas, scenario, speeds=speeds))
        except ConfigurationError as error:
            problems += error.problems
    if problems:
        raise ConfigurationError(problems)
    return tuple(worlds)


def _roads(parts: Sequence[gpd.GeoDataFrame], crs: int) -> gpd.GeoDataFrame:
    given = [part for part in parts if len(part)]
    if not given:
        return parts[0] if parts else gpd.GeoDataFrame({"scenario": []}, geometry=[], crs=crs)
    return gpd.GeoDataFrame(pd.concat(given, ignore_index=True), crs=crs)


def _apart(scenario: Scenario, world: Altered, after: Connected) -> list[Doubt]:
    """Return a doubt on opened roads that no road of today meets."""
    opened = set(world.roads.loc[world.roads["change"] == "open", "id"])
    roads, network = world.atlas.table("road"), after.network
    if not opened or roads is None or network is None:
        return []
    new = roads["id"].isin(opened).to_numpy()[network.road]
    component = network.component[network.tail]
    alone = new & ~np.isin(component, component[~new])
    metres = float(network.length[alone].sum())
    if metres < 1.0:
        return []
    values = {"scenario": scenario.name, "km": f"{metres / 1000:.1f}"}
    return [Doubt(code="scenario.apart", layer="road", subject=scenario.name, values=values)]


def _basis(atlas: Atlas, connected: Connected, *, mode: Going) -> Text:
    """Return what figures rest on: mode, speeds with their source, and the day."""
    told, day = connected.speeds.told(mode), atlas.plan.date.isoformat()
    return Text(ja=f"{told.ja}。基準日 {day}", en=f"{told.en}; as of {day}")


def _standards_basis(atlas: Atlas, connected: Connected) -> dict[str, Text]:
    """Return what yardsticks rest on: those in a straight line on the day alone."""
    day = atlas.plan.date.isoformat()
    straight = Text(ja=f"直線距離。基準日 {day}", en=f"straight lines; as of {day}")
    going: tuple[Going, ...] = ("walk", "car")
    return {"straight": straight, **{mode: _basis(atlas, connected, mode=mode) for mode in going}}
