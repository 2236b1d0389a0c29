"""Who may see what: what must not leave the office is held back before anything is written.

Outside the office nothing is told of a house that is held back but the number of them all and the counts of
`plan.held`, which subtraction does not undo. Every other figure on houses is made from the houses shown alone,
or left out; so no file can be set against another to find one.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from gisplan.core.options import AccessOptions, SiteOptions
from gisplan.core.tables import findings, hold, join
from gisplan.core.words import AUDIENCES, Audience, Layer
from gisplan.overlay.listings import listed_once
from gisplan.plan.held import Held, hold_back, may_be_shown
from gisplan.plan.release_siting import DEFENCE, closed_finding, defence_told, sites_told, siting_told
from gisplan.plan.results import Results
from gisplan.plan.told_districts import districts_told
from gisplan.plan.withheld import HOUSES, secret_fields

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gisplan.access import Isochrone
    from gisplan.access.inside import Inside
    from gisplan.access.standing import Standing

TOLD: tuple[str, ...] = (
    "findings",
    "verdicts",
    "provision",
    "ratios",
    "nesting",
    "versions",
    "districts",
    "held_back",
    "procedures",
    "programmes",
    "links",
    "network",
    "best_links",
    "cuts",
    "road_sections",
    "access",
    "coverage",
    "curves",
    "equity",
    "bands",
    "yardsticks",
    "spheres",
    "place_reach",
    "outer",
    "transit",
    "stop_service",
    "demand",
    "siting",
    "siting_sites",
    *DEFENCE,
    "suitability",
    "proposed_districts",
    "districts_compared",
    "district_stability",
    "terrain",
    "scenarios",
    "gains",
    "area_gains",
    "link_changes",
    "compare",
)
"""Tables that may leave the office; a table that is not named stays inside."""

PLAINLY_TOLD = frozenset(TOLD) - frozenset(DEFENCE)
"""Tables that are told but for the rows and names of houses held back; the others have rules of their own."""

OF_ROADS: tuple[str, ...] = ("best_links", "cuts", "road_sections")
"""Tables that quote roads: they stay inside where the catalogue keeps a column of the roads inside."""

KEPT: tuple[str, ...] = ("house_counts", "double_listings", "rejects")
"""Tables of the office: they count or name houses that are held back, or quote rows as they stand."""

PLAIN: tuple[str, ...] = (
    "data.not_assessed",
    "access.missing_from",
    "access.missing_to",
    "house.missing",
    "house.areas_missing",
    "law.layer_missing",
    "layer.credit_published",
)
"""Findings on houses that neither count nor quote: that something is missing or empty, and the credit."""

QUOTING: tuple[str, ...] = ("layer.where", "layer.where_none", "layer.recoded")
"""Findings that quote what plan.toml says of a layer's cells."""

NAMING: Mapping[str, str] = {"network": "subject", "demand": "layer"}
"""Tables whose rows on houses stay in the office, with the column that tells them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """Layers and tables an audience may have, and how many houses were held back.

    `cells` are the areas in which houses held back are counted, with `id`, `name` and `houses`; None where
    there is nothing to draw. `uncounted` are the layers of which no number of rows is told. `isochrones`, those of
    scenarios too, count the houses shown alone.
    """

    layers: Mapping[str, Layer]
    tables: Mapping[str, pd.DataFrame]
    nearest: pd.DataFrame | None
    held_back: int
    cells: gpd.GeoDataFrame | None = None
    uncounted: frozenset[str] = frozenset()
    isochrones: tuple[Isochrone, ...] = ()


def release(results: Results, *, audience: Audience) -> Released:
    """Return what an audience may have.

    Outside the office a vacant house appears only where its owner consented, or where a bank lists it publicly
    and nothing is said of consent: a written no, in any list, always counts. Columns for insiders are dropped,
    not hidden. Houses held back are counted by 250 m mesh or neighbourhood, as the plan asks, never by both.
    `coverage` counts the houses shown; what only all houses together would give is blank.

    Parameters
    ----------
    results
        The results of a plan.
    audience
        Who will get the files.

    Raises
    ------
    ValueError
        If the results were computed for a wider circle: the relief told of a lot depends on who may know that its
        house is vacant.

    References
    ----------
    空家等対策の推進に関する特別措置法 第12条; 個人情報の保護に関する法律 第69条.
    """
    computed_for = results.atlas.plan.audience
    if AUDIENCES.index(audience) < AUDIENCES.index(computed_for):
        raise ValueError(f"results for {computed_for} cannot be released to {audience}")
    nearest = None if results.measured is None else results.measured.nearest
    layers, every = dict(results.atlas.layers), dict(results.tables)
    if audience == "internal":
        return Released(layers=layers, tables=every, nearest=nearest, held_back=0, isochrones=results.drawn)
    secret = {name: secret_fields(layer.spec, audience) for name, layer in layers.items()}
    layers = {name: _for_outsiders(layer, secret[name]) for name, layer in layers.items()}
    houses = results.atlas.table(HOUSES)
    held, kept = (None, set()) if houses is None else _held(results, houses, layers)
    if houses is not None:
        own = layers[HOUSES].table
        shown = gpd.GeoDataFrame(own[own["id"].isin(kept)].reset_index(drop=True), crs=own.crs)
        layers[HOUSES] = dataclasses.replace(layers[HOUSES], table=shown)
    nameless = {name for name, fields in secret.items() if "name" in fields}
    told = {name: _public(every[name], kept, nameless) for name in every if name in PLAINLY_TOLD}
    if "access" in told:
        told["access"] = _without_secret_supply(told["access"], results.atlas.plan.access, secret)
    if secret.get("road"):
        told = {name: table for name, table in told.items() if name not in OF_ROADS}
    told |= _without_counts(results, told, kept, secret)
    told |= defence_told(every, results.atlas.plan.site, secret=secret, roads=not secret.get("road"))
    told["findings"] = _findings(results, told["findings"], secret, kept)
    told |= districts_told(told, results.atlas.plan, secret=secret, nameless=nameless)
    drawn = tuple(_isochrones(results.drawn, nameless, kept, _once(results, kept)))
    told |= {"place_reach": _reached(drawn)} if "place_reach" in told else {}
    if held is not None:
        told["held_back"] = held.table
        told["findings"] = join([told["findings"], findings(held.doubts)], "findings")
    return Released(
        layers=layers,
        tables=told,
        nearest=None if nearest is None else _public(nearest, kept, nameless),
        held_back=0 if held is None else held.count,
        cells=None if held is None or held.cells.empty else held.cells,
        uncounted=frozenset({HOUSES}),
        isochrones=drawn,
    )


def _held(results: Results, houses: gpd.GeoDataFrame, layers: Mapping[str, Layer]) -> tuple[Held, set[str]]:
    """Return what is told of the houses held back, and the ids of the records that are shown."""
    from gisplan.law.houses import listings_of
    from gisplan.law.rule import read_rule

    plan = results.atlas.plan
    found = listings_of(houses, rule=read_rule("houses"), day=plan.date)
    shown = may_be_shown(houses, found)
    areas = layers.get("neighbourhood")
    neighbourhoods = areas.table if areas is not None and areas.assessed else None
    held = hold_back(houses, shown, found, neighbourhoods=neighbourhoods, options=plan.release)
    return held, set(houses.loc[shown, "id"])


def _public(table: pd.DataFrame, kept: set[str], nameless: set[str]) -> pd.DataFrame:
    """Return a table without the rows of houses held back, without ways to houses, and without secret names.

    Minutes to the nearest house and houses within a time tell where houses are that are not shown.
    """
    found = table.drop(columns=f"to_{HOUSES}", errors="ignore")
    if {"layer", "id"} <= set(found):
        found = found[(found["layer"] != HOUSES) | found["id"].isin(kept)]
    if "to" in found:
        found = found[found["to"] != HOUSES]
    # Where a row is about an area, the name is that of the area, not of what sets out there.
    if {"layer", "name"} <= set(found) and "area" not in found:
        found = found.assign(name=found["name"].mask(found["layer"].isin(nameless), ""))
    return found.reset_index(drop=True)


def _without_secret_supply(
    table: pd.DataFrame, options: AccessOptions, secret: Mapping[str, Sequence[str]]
) -> pd.DataFrame:
    """Return the table `access` without the measures that sum up a column which the audience must not see."""
    from gisplan.access.scores import names_of, settled

    closed = {
        (one.to, name)
        for one in options.measures
        if one.supply in secret.get(one.to, ())
        for name in names_of(settled(one))
    }
    if not closed:
        return table
    pairs = pd.MultiIndex.from_frame(table[["to", "measure"]])
    return table[~pairs.isin(pd.MultiIndex.from_tuples(sorted(closed)))].reset_index(drop=True)


def _without_counts(
    results: Results,
    tables: Mapping[str, pd.DataFrame],
    kept: set[str],
    secret: Mapping[str, Sequence[str]],
) -> dict[str, pd.DataFrame]:
    """Return the tables that count houses, with figures on the houses shown or with none."""
    found = {}
    if "provision" in tables:
        found["provision"] = tables["provision"].assign(
            vacant_houses=pd.array([pd.NA] * len(tables["provision"]), dtype="Int64")
        )
    for name, column in NAMING.items():
        if name in tables:
            found[name] = tables[name][tables[name][column] != HOUSES].reset_index(drop=True)
    if "coverage" in tables and results.measured is not None:
        once = _once(results, kept)
        found |= _summed(tables, results.measured.nearest, once)
        if "yardsticks" in tables:
            found["yardsticks"] = _yardsticks(results.measured.stands, once)
    site = results.atlas.plan.site
    if "siting" in tables and site is not None:
        found["siting"] = _siting(tables["siting"], site, kept, secret)
        found["siting_sites"] = sites_told(tables["siting_sites"], site, secret)
    if results.simulated is not None:
        nameless = {name for name, fields in secret.items() if "name" in fields}
        remade = results.simulated.with_houses(_once(results, kept))
        found |= {name: _public(table, kept, nameless) for name, table in remade.items() if name in tables}
    return found


def _siting(
    table: pd.DataFrame, site: SiteOptions, kept: set[str], secret: Mapping[str, Sequence[str]]
) -> pd.DataFrame:
    """Return the table of the sites chosen without names and figures that speak of houses held back."""
    if site.candidates == HOUSES:
        table = table.assign(
            **{name: table[name].where(table["id"].isin(kept), "") for name in ("id", "name")}
        )
    return siting_told(table, site, secret)


def shown_once(results: Results, released: Released) -> set[str]:
    """Return the ids of the records of houses that stand for the houses an audience sees, one a house.

    Parameters
    ----------
    results
        The results of a plan.
    released
        What the audience may have of them.
    """
    layer = released.layers.get(HOUSES)
    return set() if layer is None else _once(results, set(layer.table["id"]))


def _once(results: Results, kept: set[str]) -> set[str]:
    """Return the records that stand for the houses shown, one a house."""
    houses = results.atlas.table(HOUSES)
    if houses is None:
        return set()
    shown = gpd.GeoDataFrame(houses[houses["id"].isin(kept)], crs=houses.crs)
    return set(shown.loc[listed_once(shown), "id"])


def _summed(
    tables: Mapping[str, pd.DataFrame], nearest: pd.DataFrame, once: set[str]
) -> dict[str, pd.DataFrame]:
    """Return the tables that sum over origins with the rows on houses made anew from those shown, each counted once."""
    from gisplan.access.summed import SUMMED, summed

    counted = tables["coverage"]
    own = nearest[(nearest["layer"] == HOUSES) & nearest["id"].isin(once)]
    parts = {name: [tables[name][tables[name]["layer"] != HOUSES]] for name in SUMMED}
    for to, group in counted[counted["layer"] == HOUSES].groupby("to", sort=True):
        known = bool(group["within"].notna().any())
        minutes = _minutes(own, str(to)) if known else None
        thresholds = tuple(float(value) for value in group["minutes"])
        rows = summed(minutes, np.ones(len(own)), layer=HOUSES, to=str(to), thresholds=thresholds)
        for name in SUMMED:
            parts[name].append(rows[name])
    return {name: hold(pd.concat(frames, ignore_index=True), name) for name, frames in parts.items()}


def _yardsticks(stands: Sequence[Standing], once: set[str]) -> pd.DataFrame:
    """Return the table `yardsticks` with the rows on houses made anew from those shown, each counted once."""
    from gisplan.access.standing import yardstick_table

    return yardstick_table(one.only(once) if one.origin == HOUSES else one for one in stands)


def _minutes(nearest: pd.DataFrame, to: str) -> NDArray[np.float64]:
    """Return the minutes to a destination [n]: infinite where none is reached, NaN for a house on no road."""
    minutes = nearest[f"to_{to}"].to_numpy("float64")
    on_road = nearest["snap_m"].notna().to_numpy(bool)
    return np.where(np.isnan(minutes) & on_road, np.inf, minutes)


def _isochrones(
    drawn: Sequence[Isochrone], nameless: set[str], kept: set[str], once: set[str]
) -> Iterator[Isochrone]:
    """Yield isochrones without those around houses and without secret names, counting only the houses shown."""
    for layer in drawn:
        if layer.layer == HOUSES:
            continue
        counted = tuple(_shown(own, kept, once) if own.layer == HOUSES else own for own in layer.inside)
        label = layer.id if layer.layer in nameless else layer.label
        yield dataclasses.replace(layer, label=label, inside=counted)


def _shown(houses: Inside, kept: set[str], once: set[str]) -> Inside:
    """Return how soon the houses shown are reached; further lines of a house that several lists name count nothing."""
    shown = np.array([key in kept for key in houses.id], bool)
    return houses.only(shown, np.array([key in once for key in houses.id[shown]], "float64"))


def _reached(drawn: Sequence[Isochrone]) -> pd.DataFrame:
    """Return the table `place_reach` of the isochrones that are told."""
    from gisplan.access import place_reach

    return place_reach(drawn)


def _for_outsiders(layer: Layer, secret: Sequence[str]) -> Layer:
    # `name` is a column every layer has; where it is secret it is emptied.
    table = layer.table.drop(columns=[name for name in secret if name != "name"], errors="ignore")
    if "name" in secret:
        table = table.assign(name="")
    return dataclasses.replace(layer, table=table)


def _findings(
    results: Results, rows: pd.DataFrame, secret: Mapping[str, Sequence[str]], kept: set[str]
) -> pd.DataFrame:
    """Return the findings that neither quote secret cells nor speak of houses held back.

    What was said on reading houses or secret fields quotes cells; what was computed of the houses counts all of
    them, or names one.
    """
    key = ["code", "layer", "subject"]
    read = pd.MultiIndex.from_frame(rows[key]).isin(pd.MultiIndex.from_frame(results.atlas.findings[key]))
    site = results.atlas.plan.site
    keep = []
    for place, (code, layer, subject) in enumerate(zip(*(rows[name] for name in key), strict=True)):
        of_shown = subject in kept and not code.startswith("house.") and not read[place]
        closed = secret.get(layer, ())
        quotes = read[place] and (subject in closed or (bool(closed) and code in QUOTING))
        private = HOUSES in {layer, subject} and not of_shown
        keep.append(code in PLAIN or not (quotes or private or closed_finding(code, layer, site, secret)))
    return rows[np.array(keep, dtype=bool)].reset_index(drop=True)
