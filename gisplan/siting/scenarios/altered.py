"""A scenario's world as a changed atlas: roads improved, opened and closed, places added; nothing is measured here.

Roads that are closed stay in the network with nobody passing, so that who stands on one is cut off and does not move
to another street. Roads that are opened carry traffic, but what stands today stays on the road it stands on: so
opening a road makes no trip longer, and closing one makes none shorter.
"""

from __future__ import annotations

import dataclasses
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gisplan.core.document import hint
from gisplan.core.errors import ConfigurationError, Problem
from gisplan.core.scenario import RoadChange, Scenario
from gisplan.core.tables import Doubt
from gisplan.core.words import Atlas, Text
from gisplan.network.noding import LEAST_JOIN_M
from gisplan.network.passage import Mode, is_ferry, is_shut, open_to
from gisplan.network.speeds import Speeds
from gisplan.siting.scenarios.added import typed_as, with_places
from gisplan.siting.scenarios.changed import changed, kmh, together
from gisplan.siting.scenarios.overlaps import LEAST_ON_ROAD_M, ON_ROAD_M, crossings, on_roads
from gisplan.siting.scenarios.stretches import along, opened, split, whole_ids

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROAD = "road"
MANY = 0.2
"""A choice of more than this share of all roads is said aloud: a name may stand for more than was meant."""

LEAST_MANY = 10
MOST_NAMED = 5
SEPARATORS = ",、，・;；／/\n"
DEEDS: Mapping[str, Text] = {
    "improve": Text(ja="改良", en="improved"),
    "open": Text(ja="開通", en="opened"),
    "close": Text(ja="通行止め", en="closed"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Altered:
    """The atlas of a scenario, the roads it changes as they were and will be, and what is to be said of them.

    `roads` has `scenario`, `id`, `name`, `called` (the name, or where the road stands in the data), `change`,
    `length_m`, and class and speed before and after.
    """

    atlas: Atlas
    roads: gpd.GeoDataFrame
    doubts: tuple[Doubt, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """One `[[scenario.road]]` on its way: where messages place it, and what it may look at."""

    atlas: Atlas
    scenario: Scenario
    change: RoadChange
    speeds: Speeds

    def problem(self, code: str, /, key: str = "", **values: Any) -> ConfigurationError:
        """Return a mistake of this table of plan.toml."""
        line = self.change.line_of(key)
        place = f"{self.atlas.plan.file}:{line} {self.change.key}{key and '.' + key}"
        return ConfigurationError(
            Problem(code=code, place=place, values={"scenario": self.scenario.name, **values})
        )

    def doubt(self, code: str, /, **values: Any) -> Doubt:
        """Return a doubt about this table; the scenario and the key keep it apart from the others."""
        told = {"scenario": self.scenario.name, "key": self.change.key, **values}
        return Doubt(code=code, layer=ROAD, subject=self.change.key, values=told)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Done:
    """The road table after one change, which rows it touched [n], and the doubts."""

    table: gpd.GeoDataFrame
    touched: NDArray[np.bool_]
    doubts: tuple[Doubt, ...]


def altered(atlas: Atlas, scenario: Scenario, *, speeds: Speeds) -> Altered:
    """Return the atlas as a scenario would have it; the given one is left as it is.

    Parameters
    ----------
    atlas
        The layers of the plan.
    scenario
        What changes.
    speeds
        The speeds by class, for the speeds before and after.

    Raises
    ------
    ConfigurationError
        With every road that a change names and no layer has, and every place that lies far from all roads.
    """
    table = atlas.table(ROAD)
    problems: list[Problem] = []
    doubts: list[Doubt] = []
    touched: list[gpd.GeoDataFrame] = []
    for change in scenario.roads:
        case = _Case(atlas=atlas, scenario=scenario, change=change, speeds=speeds)
        try:
            if table is None:
                raise case.problem("scenario.no_layer", layer=ROAD)
            done = _done(table, case)
        except ConfigurationError as error:
            problems += error.problems
            continue
        rows = gpd.GeoDataFrame(done.table[done.touched], crs=done.table.crs)
        touched.append(changed(_with_columns(table), rows, change, scenario=scenario.name, speeds=speeds))
        table = done.table
        doubts += done.doubts
    added = with_places(atlas, scenario)
    problems += added.problems
    if problems:
        raise ConfigurationError(problems)
    layers, access = dict(added.layers), atlas.plan.access
    if scenario.roads and table is not None:
        if any(change.minutes is not None for change in scenario.roads):
            table, access = _with_ferries(table, atlas, touched), dataclasses.replace(access, ferry=True)
        layers[ROAD] = dataclasses.replace(layers[ROAD], table=table)
    plan = dataclasses.replace(atlas.plan, access=access)
    return Altered(
        atlas=dataclasses.replace(atlas, layers=layers, plan=plan),
        roads=together(touched, atlas.plan.crs),
        doubts=(*doubts, *added.doubts),
    )


def _with_ferries(table: gpd.GeoDataFrame, atlas: Atlas, touched: list[gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    """Return the roads with the ferries that the plan uses and those of the scenario alone."""
    if atlas.plan.access.ferry:
        return table
    mine = {road for part in touched for road in part["id"]}
    boats = table["ferry"].fillna(value=False).to_numpy("bool") & ~table["id"].isin(mine).to_numpy()
    return gpd.GeoDataFrame(table[~boats].reset_index(drop=True), crs=table.crs)


def _done(table: gpd.GeoDataFrame, case: _Case) -> _Done:
    change = case.change
    table = _with_columns(table)
    if change.file is None and not change.layer:
        return _applied(table, _named(table, case, layer=ROAD), case)
    rows = _shapes(case)
    areas = rows[rows.geom_type.isin(["Polygon", "MultiPolygon"])]
    lines = rows[~rows.geom_type.isin(["Polygon", "MultiPolygon"])]
    if change.deed == "open":
        if len(areas):
            raise case.problem("scenario.areas_opened")
        return _open(table, lines, case)
    inside = (
        split(table, areas.geometry.to_numpy(), key=change.key)
        if len(areas)
        else (table, np.zeros(len(table), bool))
    )
    table, mask = inside
    if len(lines):
        table, near = split(table, along(lines.geometry.to_numpy()), key=change.key, along=True)
        mask = near | table["id"].isin(set(inside[0].loc[mask, "id"])).to_numpy()
    if not mask.any():
        raise case.problem("scenario.nothing_near")
    return _applied(table, mask, case, along_lines=len(lines) > 0)


def _with_columns(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the roads with the columns that only scenarios use."""
    usual = {"frontage": True, "shut": False}
    return table.assign(**{name: value for name, value in usual.items() if name not in table})


def _named(table: gpd.GeoDataFrame, case: _Case, *, layer: str) -> NDArray[np.bool_]:
    """Return the rows that `id` and `name` choose [n]; every name must choose one."""
    mask = np.zeros(len(table), bool)
    problems: list[Problem] = []
    # A stretch that an earlier change cut out of a road is still that road.
    ids = np.array(whole_ids(table["id"]), dtype=object)
    names = [_names(name) for name in table["name"].fillna("")]
    for key, wanted in (("id", case.change.id), ("name", case.change.name)):
        known = set(ids) if key == "id" else {part for parts in names for part in parts}
        for word in wanted:
            plain = _plain(word)
            found = ids == word if key == "id" else np.array([plain in parts for parts in names], dtype=bool)
            if not found.any():
                values = {"name": word, "layer": layer, "near": hint(plain, sorted(known))}
                problems += case.problem("scenario.no_road", key, **values).problems
            mask |= found
    if problems:
        raise ConfigurationError(problems)
    return mask


def _plain(name: str) -> str:
    return unicodedata.normalize("NFKC", str(name)).strip()


def _names(name: str) -> frozenset[str]:
    """Return a road's name and, where it carries several, each of them, in plain signs."""
    plain = _plain(name)
    for sign in SEPARATORS:
        plain = plain.replace(unicodedata.normalize("NFKC", sign), "\0")
    return frozenset(part.strip() for part in (*plain.split("\0"), _plain(name)) if part.strip())


def _shapes(case: _Case) -> gpd.GeoDataFrame:
    """Return the lines or areas that a change names: rows of its file, or of another layer."""
    change = case.change
    if change.file is not None:
        return case.atlas.scenario_rows[change.key]
    rows = case.atlas.table(change.layer)
    if rows is None:
        raise case.problem("scenario.no_layer", "layer", layer=change.layer)
    if change.id or change.name:
        mask = _named(rows, case, layer=change.layer)
        rows = gpd.GeoDataFrame(rows[mask].reset_index(drop=True), crs=rows.crs)
    return rows


def _applied(
    table: gpd.GeoDataFrame, mask: NDArray[np.bool_], case: _Case, *, along_lines: bool = False
) -> _Done:
    """Return the roads with the chosen ones closed, opened to cars, or changed."""
    change = case.change
    new: dict[str, Any] = dict(change.new)
    doubts = _boats(table, mask, case)
    made = table.copy()
    if change.deed == "close":
        new = {"shut": True}
    elif change.deed == "open":
        doubts += _open_already(table, mask, case)
        new |= {"passage": "all"} | ({"winter_closed": False} if "winter_closed" in made else {})
        # Who stands along a road that is open today goes on standing there.
        made.loc[mask & ~_passed(table, case), "frontage"] = change.frontage
    for name, value in new.items():
        if name not in made:
            made[name] = pd.NA
        made.loc[mask, name] = value
    before, after = (kmh(part[mask], case.speeds) for part in (table, made))
    slower = (after < before - 1e-9) & (change.deed == "improve")
    if slower.any():
        doubts.append(case.doubt("scenario.slower", km=_km(made[mask][slower])))
    doubts += _doubled(table, mask, case)
    counted = _counted(made, mask, case, along_lines=along_lines)
    return _Done(table=made, touched=mask, doubts=(*counted, *doubts))


def _boats(table: gpd.GeoDataFrame, mask: NDArray[np.bool_], case: _Case) -> list[Doubt]:
    """Return a doubt on ferries among roads that get a speed; refuse times of roads, and speeds of ferries alone."""
    boats = is_ferry(table)
    if case.change.minutes is not None and (mask & ~boats).any():
        raise case.problem("scenario.no_ferry", "minutes", count=int((mask & ~boats).sum()))
    if case.change.speed_kmh is None or not (mask & boats).any():
        return []
    count = int((mask & boats).sum())
    if not (mask & ~boats).any():
        raise case.problem("scenario.ferry_speed", "speed_kmh", count=count)
    return [case.doubt("scenario.ferries_kept", count=count)]


def _passed(table: gpd.GeoDataFrame, case: _Case) -> NDArray[np.bool_]:
    """Return which rows are open today, by car or as the plan travels [n]."""
    options = case.atlas.plan.access
    modes: tuple[Mode, ...] = ("car", "walk" if options.mode == "transit" else options.mode)
    each = [open_to(table, mode=mode, ferry=options.ferry, season=options.season) for mode in modes]
    found: NDArray[np.bool_] = (each[0] | each[1]) & ~is_shut(table)
    return found


def _open_already(table: gpd.GeoDataFrame, mask: NDArray[np.bool_], case: _Case) -> list[Doubt]:
    """Return a doubt on roads that are to be opened and are open today."""
    already = mask & _passed(table, case)
    if not already.any():
        return []
    told = {"count": int(already.sum()), "km": _km(table[already])}
    if (mask & ~already).any():
        return [case.doubt("scenario.open_already", all=int(mask.sum()), **told)]
    return [case.doubt("scenario.all_open_already", **told)]


def _doubled(table: gpd.GeoDataFrame, mask: NDArray[np.bool_], case: _Case) -> list[Doubt]:
    """Return a doubt on roads that stand twice in the data, of which only one is changed: the other stays as it is."""
    others = _passed(table, case) & ~mask & ~is_ferry(table)
    chosen = mask & ~is_ferry(table)
    if case.change.deed == "open" or not others.any() or not chosen.any():
        return []
    lines, roads = (shapely.force_2d(table.geometry.to_numpy()[which]) for which in (chosen, others))
    metres = float(on_roads(lines, roads).sum())
    if metres <= LEAST_ON_ROAD_M:
        return []
    near = np.unique(shapely.STRtree(lines).query(roads, predicate="dwithin", distance=ON_ROAD_M)[0])
    twins = table.loc[others, "id"].to_numpy(object)[near[on_roads(roads[near], lines) > 0.0]]
    values = {"km": f"{metres / 1000:.1f}", "ids": sorted(map(str, twins))[:MOST_NAMED]}
    return [case.doubt(f"scenario.double_{case.change.deed}", **values)]


def _open(table: gpd.GeoDataFrame, lines: gpd.GeoDataFrame, case: _Case) -> _Done:
    if case.change.minutes is not None and case.change.speed_kmh is not None:
        raise case.problem("scenario.ferry_speed", "speed_kmh", count=len(lines))
    new = opened(lines, case.change, like=table, join_m=case.atlas.plan.access.join_m)
    doubts = []
    unknown = new["speed_kmh"].isna() & (new["road_class"] == "")
    if unknown.any():
        doubts.append(case.doubt("scenario.class_assumed", count=int(unknown.sum())))
    new = new.assign(road_class=new["road_class"].where(new["road_class"] != "", "other"))
    covered = float(on_roads(new.geometry.to_numpy(), table.geometry.to_numpy()).sum())
    if covered > LEAST_ON_ROAD_M:
        doubts.append(case.doubt("scenario.on_road", km=f"{covered / 1000:.1f}"))
    passed = gpd.GeoDataFrame(table[_passed(table, case) & ~is_ferry(table)], crs=table.crs)
    count = 0 if case.change.minutes is not None else crossings(
        new, passed, reach=max(case.atlas.plan.access.join_m, LEAST_JOIN_M)
    )  # fmt: skip
    if count:
        doubts.append(case.doubt("scenario.crossings", count=count))
    made = gpd.GeoDataFrame(pd.concat([table, new], ignore_index=True), crs=table.crs)
    made = typed_as(made, table)
    touched = np.arange(len(made)) >= len(table)
    return _Done(table=made, touched=touched, doubts=(*_counted(made, touched, case), *doubts))


def _counted(
    table: gpd.GeoDataFrame, mask: NDArray[np.bool_], case: _Case, *, along_lines: bool = False
) -> list[Doubt]:
    """Return how many roads and kilometres a change takes, and aloud where that is a large part of all.

    Lines without `open` change the roads along them: who forgot it meant new roads, and is told aloud.
    """
    km, count = _km(table[mask]), int(mask.sum())
    if along_lines and case.change.deed == "improve":
        doubts = [case.doubt("scenario.lines", count=count, km=km)]
    else:
        doubts = [case.doubt("scenario.roads", count=count, km=km, deed=DEEDS[case.change.deed])]
    share = float(table[mask].length.sum()) / max(float(table.length.sum()), 1.0)
    if share > MANY and count >= LEAST_MANY and case.change.file is None and not case.change.layer:
        doubts.append(case.doubt("scenario.many", count=count, km=km, share=f"{100 * share:.0f}"))
    return doubts


def _km(rows: gpd.GeoDataFrame) -> str:
    return f"{float(rows.length.sum()) / 1000:.1f}"
