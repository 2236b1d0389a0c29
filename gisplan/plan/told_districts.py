"""What an audience may know of suitable ground and of the districts proposed on it.

Vacant houses that are held back must not be found out from a surface of their density, nor from a mean of it over
ground of which the other figures are known.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import pandas as pd

from gisplan.core.suitability import Criterion
from gisplan.core.words import Plan
from gisplan.plan.withheld import HOUSES

FIGURED: tuple[str, ...] = ("proposed_districts", "districts_compared")
SUITED: tuple[str, ...] = ("suitability_mean", "suitability_sum", "worth")
"""Columns that are sums over all criteria."""

MEASURED: tuple[str, ...] = ("least", "mean", "most")
QUOTING: tuple[str, ...] = ("propose.drawn_better",)
"""Findings that quote a mean of the suitability."""

NAMES = ("name_ja", "name_en", "beside_ja", "beside_en")
PLACES = "neighbourhood"


def closed_criteria(plan: Plan, secret: Mapping[str, Sequence[str]]) -> frozenset[str]:
    """Return the criteria whose values those outside the office must not know, by name.

    Parameters
    ----------
    plan
        The plan.
    secret
        The columns of each layer that the audience must not see.
    """
    return frozenset(
        one.name
        for one in _criteria(plan)
        if one.of == HOUSES or {one.amount, one.by} & set(secret.get(one.of, ()))
    )


def districts_told(
    tables: Mapping[str, pd.DataFrame],
    plan: Plan,
    *,
    secret: Mapping[str, Sequence[str]],
    nameless: Collection[str],
) -> dict[str, pd.DataFrame]:
    """Return the tables on suitable ground and districts as those outside the office may have them.

    A proposed district with fewer vacant houses than may be counted is left out where they are a criterion: its
    outline would tell where they stand.

    Parameters
    ----------
    tables
        Tables by name, among them those on districts and the findings.
    plan
        The plan.
    secret
        The columns of each layer that the audience must not see.
    nameless
        The layers whose names are among them.
    """
    closed = closed_criteria(plan, secret)
    found = {}
    few = _too_few(tables, plan) if any(one.of == HOUSES for one in _criteria(plan)) else frozenset()
    if "suitability" in tables:
        rows = tables["suitability"]
        hidden = rows["criterion"].isin(closed) | ((rows["kind"] == "suitability") & bool(closed))
        found["suitability"] = rows.assign(**{name: rows[name].mask(hidden) for name in MEASURED})
    for name in FIGURED:
        if name in tables:
            rows = _without(tables[name], few).assign(vacant_houses=np.nan)
            blank = [column for column in SUITED if closed and column in rows]
            found[name] = _unnamed(rows.assign(**dict.fromkeys(blank, np.nan)), nameless)
    if "district_stability" in tables:
        found["district_stability"] = _unnamed(_without(tables["district_stability"], few), nameless)
    if closed and "findings" in tables:
        rows = tables["findings"]
        found["findings"] = rows[~rows["code"].isin(QUOTING)].reset_index(drop=True)
    return found


def _criteria(plan: Plan) -> Sequence[Criterion]:
    return () if plan.suitability is None else plan.suitability.criteria


def _too_few(tables: Mapping[str, pd.DataFrame], plan: Plan) -> frozenset[int]:
    """Return the ranks of the districts with fewer houses than may be counted."""
    if "proposed_districts" not in tables:
        return frozenset()
    rows = tables["proposed_districts"]
    few = rows["vacant_houses"].fillna(0.0) < plan.release.smallest_count
    return frozenset(int(rank) for rank in rows.loc[few, "rank"])


def _without(rows: pd.DataFrame, ranks: frozenset[int]) -> pd.DataFrame:
    out = rows["rank"].isin(ranks).fillna(value=False).astype(bool)
    return rows[~out].reset_index(drop=True)


def _unnamed(rows: pd.DataFrame, nameless: Collection[str]) -> pd.DataFrame:
    """Return rows without the names of layers whose names are secret; proposed ones are called after neighbourhoods."""
    if PLACES not in nameless:
        return rows
    own = rows["rank"].notna()
    columns = [name for name in NAMES if name in rows]
    return rows.assign(**{name: rows[name].mask(own | name.startswith("beside"), "") for name in columns})
