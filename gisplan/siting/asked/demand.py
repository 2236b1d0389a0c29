"""For whom hubs are sited: houses, people or places of one or several layers, with what each counts for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from gisplan.access.nearest import points_of
from gisplan.access.places import HOUSES, PEOPLE_LAYERS, number
from gisplan.core.errors import ConfigurationError, InputError, Problem
from gisplan.core.tables import Doubt
from gisplan.overlay.listings import listed_once
from gisplan.siting.amounts import unit_of
from gisplan.siting.asked.question import Asked, sample

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gisplan.core.words import Atlas

PEOPLE = "people"
MANY = 10_000
"""Rows of demand that are searched in parts, each the sooner the closer together it lies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One layer of demand as plan.toml asks for it: its column of weights, its factor and where it is written."""

    layer: str
    weight: str
    factor: float
    key: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Homes:
    """Demand that counts for something [i]: which of `wanted` it is of, its id, point and own weight."""

    wanted: tuple[Wanted, ...]
    part: NDArray[np.int64]
    id: NDArray[np.object_]
    point: NDArray[np.object_]
    weight: NDArray[np.float64]

    @property
    def layer(self) -> NDArray[np.object_]:
        """The layer of each [i]."""
        names = np.array([one.layer for one in self.wanted], dtype=object)
        return np.asarray(names[self.part], dtype=object)

    @property
    def unit(self) -> NDArray[np.object_]:
        """What the weight of each is counted in [i]."""
        names = np.array([unit_of(one.layer, column_of(one)) for one in self.wanted], dtype=object)
        return np.asarray(names[self.part], dtype=object)

    def only(self, those: NDArray[np.bool_] | NDArray[np.int64]) -> Homes:
        """Return some of the demand, by a mask or by places in any order."""
        return Homes(
            wanted=self.wanted,
            part=self.part[those],
            id=self.id[those],
            point=self.point[those],
            weight=self.weight[those],
        )

    def side_by_side(self) -> Homes:
        """Return the demand in an order in which what lies together stands together, where there is much of it."""
        if len(self.id) <= MANY:
            return self
        order = np.argsort(gpd.GeoSeries(self.point).hilbert_distance().to_numpy(), kind="stable")
        return self.only(order)

    def scaled(self) -> NDArray[np.float64]:
        """Return the weights with which the layers are put together [i].

        Those of each layer are scaled so that their sum is its factor times the sum of the main demand; a demand of
        one layer keeps its own.
        """
        sums = np.bincount(self.part, weights=self.weight, minlength=len(self.wanted))
        main = sums[0] if sums[0] > 0.0 else 1.0
        if len(self.wanted) == 1:
            return self.weight
        with np.errstate(divide="ignore", invalid="ignore"):
            scale = np.where(sums > 0.0, np.array([one.factor for one in self.wanted]) * main / sums, 0.0)
        return np.asarray(self.weight * scale[self.part])


def wanted_of(asked: Asked) -> tuple[Wanted, ...]:
    """Return the layers of demand of a question, the main one first."""
    options = asked.options
    main = Wanted(layer=options.demand, weight=options.weight, factor=options.factor, key="", line=0)
    more = (
        Wanted(layer=one.layer, weight=one.weight, factor=one.factor, key=f"also[{place}].", line=one.line)
        for place, one in enumerate(options.also, start=1)
    )
    return (main, *more)


def homes_of(atlas: Atlas, asked: Asked) -> tuple[Homes, list[Doubt]]:
    """Return the demand that counts for something, and what is to be said of the rest.

    Parameters
    ----------
    atlas
        The layers of the plan.
    asked
        The question; its layers are there.

    Raises
    ------
    ConfigurationError
        If a column of weights is not there or holds no numbers.
    InputError
        If nothing counts for anything.
    """
    wanted = wanted_of(asked)
    problems: list[Problem] = []
    doubts: list[Doubt] = []
    parts: list[tuple[NDArray[np.object_], NDArray[np.object_], NDArray[np.float64]]] = []
    for one in wanted:
        table = atlas.table(one.layer)
        weight = None if table is None else _weight(table, one, asked, problems)
        if table is None or weight is None:
            continue
        if one.layer == HOUSES:
            # A house that several lists name is one house.
            once = listed_once(table)
            table, weight = table[once], weight[once]
        doubts += _odd(table, weight, one)
        counts = (weight > 0.0) & np.isfinite(weight)
        parts.append(
            (
                table["id"].to_numpy(object)[counts],
                points_of(table.geometry.to_numpy()[counts]),
                weight[counts],
            )
        )
    if problems:
        raise ConfigurationError(problems)
    if not any(len(ids) for ids, _, _ in parts):
        raise InputError(asked.problem("site.no_weight_left", "demand", layers=[one.layer for one in wanted]))
    homes = Homes(
        wanted=wanted,
        part=np.repeat(np.arange(len(parts)), [len(ids) for ids, _, _ in parts]),
        id=np.concatenate([ids for ids, _, _ in parts]),
        point=np.concatenate([points for _, points, _ in parts]),
        weight=np.concatenate([weight for _, _, weight in parts]),
    )
    return homes, doubts


def column_of(one: Wanted) -> str:
    """Return the column of weights: the one that is named, or the people of a layer of people; "" for one each."""
    return one.weight or (PEOPLE if one.layer in PEOPLE_LAYERS else "")


def _weight(
    table: gpd.GeoDataFrame, one: Wanted, asked: Asked, problems: list[Problem]
) -> NDArray[np.float64] | None:
    """Return what each row counts for [n], None where the column is none of numbers."""
    column = column_of(one)
    if not column:
        return np.ones(len(table))
    if column not in table.columns or not pd.api.types.is_numeric_dtype(table[column]):
        known = sorted(
            str(name)
            for name in table.columns
            if name != table.geometry.name and pd.api.types.is_numeric_dtype(table[name])
        )
        values: dict[str, Any] = {"name": column, "layer": one.layer, "known": known or "—"}
        problems.append(asked.entry("site.no_weight", f"{one.key}weight", line=one.line, **values))
        return None
    return np.array(table[column].to_numpy("float64", na_value=np.nan))


def _odd(table: gpd.GeoDataFrame, weight: NDArray[np.float64], one: Wanted) -> list[Doubt]:
    """Return the doubts on rows whose weight is missing, negative, infinite or 0: how many, and which."""
    column = column_of(one)
    if not column:
        return []
    cases = {
        "site.weight_missing": np.isnan(weight),
        "site.weight_odd": (weight < 0.0) | np.isinf(weight),
        "site.weight_zero": weight == 0.0,
    }
    return [
        Doubt(
            code=code,
            layer=one.layer,
            subject=column,
            values={
                "number": number(one.layer, int(those.sum())),
                "column": column,
                "sample": sample(table["id"].to_numpy(object)[those]),
            },
        )
        for code, those in cases.items()
        if those.any()
    ]
