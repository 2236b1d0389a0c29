"""Who may see what: rows that must not leave the office are held back before anything is written."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from gisplan.core.words import Audience, Layer
from gisplan.plan.results import Results

HOUSES = "vacant_house"
HOUSE_COUNTS = ("within", "unreached", "not_assessed")
SMALLEST_COUNT = 10
"""Fewer houses than this are not counted outside the office."""

BY_SUBJECT = ("verdicts", "access")
"""Tables with a row per house."""

EMPTY = "data.not_assessed"
RANKS: Mapping[Audience, int] = {"public": 0, "partner": 1, "internal": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """Layers and tables an audience may have, and how many houses were held back."""

    layers: Mapping[str, Layer]
    tables: Mapping[str, pd.DataFrame]
    nearest: pd.DataFrame | None
    held_back: int


def release(results: Results, *, audience: Audience) -> Released:
    """Return what an audience may have.

    Outside the office a vacant house appears only where its owner consented, or where a bank lists it publicly
    and nothing is said of consent: a written no always counts. Columns for insiders are dropped, not hidden.

    Parameters
    ----------
    results
        The results of a plan.
    audience
        Who will get the files.

    References
    ----------
    空家等対策の推進に関する特別措置法 第12条; 個人情報の保護に関する法律 第69条.
    """
    nearest = None if results.measured is None else results.measured.nearest
    layers, tables = dict(results.atlas.layers), dict(results.tables)
    if audience == "internal":
        return Released(layers=layers, tables=tables, nearest=nearest, held_back=0)
    secret = {name: _secret(layer, audience) for name, layer in layers.items()}
    layers = {name: _for_outsiders(layer, secret[name]) for name, layer in layers.items()}
    tables |= _unnamed(results, tables, {name for name, fields in secret.items() if "name" in fields})
    tables["findings"] = _findings_for_outsiders(results, tables["findings"], secret)
    if HOUSES not in layers:
        return Released(layers=layers, tables=tables, nearest=nearest, held_back=0)
    houses = layers[HOUSES].table
    listed = houses["consent"].isna() & (houses["source"] == "bank")
    open_house = houses["consent"].fillna(False).astype(bool) | listed
    kept = gpd.GeoDataFrame(houses[open_house].reset_index(drop=True), crs=houses.crs)
    layers[HOUSES] = dataclasses.replace(layers[HOUSES], table=kept)
    known = set(kept["id"])
    found = tables["findings"]
    unseen = (found["layer"] == HOUSES) & found["subject"].isin(set(houses["id"]) - known)
    tables["findings"] = found[~unseen].reset_index(drop=True)
    tables |= {name: _without(tables[name], known) for name in BY_SUBJECT if name in tables}
    tables |= _without_small_counts(tables)
    return Released(
        layers=layers,
        tables=tables,
        nearest=None if nearest is None else _without(nearest, known),
        held_back=int((~open_house).sum()),
    )


def _without_small_counts(tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Return the tables that count houses, without counts from which a single house could be told.

    Counts by zone of an area are left out altogether: a small one could be found by subtraction.
    """
    found = {}
    if "provision" in tables:
        found["provision"] = tables["provision"].assign(
            vacant_houses=pd.array([pd.NA] * len(tables["provision"]), dtype="Int64")
        )
    if "coverage" in tables:
        coverage = tables["coverage"]
        of_houses = coverage["layer"] == HOUSES
        counts = coverage[list(HOUSE_COUNTS)]
        small = counts.gt(0) & counts.lt(SMALLEST_COUNT)
        rows = of_houses & small.any(axis=1)
        # One small count is given away by the others of its row, so the whole row goes.
        found["coverage"] = coverage.assign(
            **{name: coverage[name].mask(rows) for name in (*HOUSE_COUNTS, "share")}
        )
    return found


def _secret(layer: Layer, audience: Audience) -> tuple[str, ...]:
    """Return the fields of a layer that an audience must not see."""
    return tuple(name for name, field in layer.spec.fields.items() if RANKS[field.audience] > RANKS[audience])


def _for_outsiders(layer: Layer, secret: tuple[str, ...]) -> Layer:
    # `name` is a column every layer has; where it is secret it is emptied.
    table = layer.table.drop(columns=[name for name in secret if name != "name"], errors="ignore")
    if "name" in secret:
        table = table.assign(name="")
    return dataclasses.replace(layer, table=table)


def _unnamed(
    results: Results, tables: Mapping[str, pd.DataFrame], layers: set[str]
) -> dict[str, pd.DataFrame]:
    """Return the tables that say the names of features, without those of some layers."""
    found = {}
    if "verdicts" in tables:
        verdicts = tables["verdicts"]
        found["verdicts"] = verdicts.assign(name=verdicts["name"].mask(verdicts["layer"].isin(layers), ""))
    site = results.atlas.plan.site
    if "siting" in tables and site is not None and site.candidates in layers:
        found["siting"] = tables["siting"].assign(name="")
    return found


def _findings_for_outsiders(
    results: Results, findings: pd.DataFrame, secret: Mapping[str, tuple[str, ...]]
) -> pd.DataFrame:
    """Return findings without what was said on reading houses or secret fields: such doubts quote the cells."""
    key = ["code", "layer", "subject"]
    read = pd.MultiIndex.from_frame(findings[key]).isin(pd.MultiIndex.from_frame(results.atlas.findings[key]))
    private = [
        layer == HOUSES or subject in secret.get(layer, ())
        for layer, subject in zip(findings["layer"], findings["subject"], strict=True)
    ]
    return findings[~(read & private & (findings["code"] != EMPTY))].reset_index(drop=True)


def _without(table: pd.DataFrame, known: set[str]) -> pd.DataFrame:
    return table[(table["layer"] != HOUSES) | table["id"].isin(known)].reset_index(drop=True)
