"""The rules of a question: how many in each municipality or district, what hubs cost and how much they serve."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from gisplan.core.errors import ConfigurationError, InputError, Problem
from gisplan.core.options import MostOptions
from gisplan.overlay.locate import locate
from gisplan.siting.asked.question import Asked, label, nearest_words, sample
from gisplan.siting.solver.words import Group, Rules

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gisplan.core.words import Atlas
    from gisplan.siting.asked.pool import Pool

POLYGON = "polygon"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A rule on numbers: what each candidate counts to [n], "" for nothing, and how many may be chosen of each."""

    group: NDArray[np.object_]
    most: int


def counted(pool: Pool, atlas: Atlas, asked: Asked) -> tuple[tuple[Counted, ...], list[Problem]]:
    """Return what each candidate counts to under each rule on numbers, and what is wrong with these.

    Parameters
    ----------
    pool
        The candidates [n].
    atlas
        The layers of the plan.
    asked
        The question.
    """
    found: list[Counted] = []
    problems: list[Problem] = []
    for number, rule in enumerate(asked.options.most, start=1):
        group = _groups(pool, atlas, rule)
        if group is None:
            columns = {str(name) for name in pool.table.columns if name != pool.table.geometry.name}
            areas = {name for name, layer in atlas.layers.items() if layer.spec.kind == POLYGON}
            known = sorted(columns | areas)
            near = nearest_words(rule.by, known)
            key = f"most[{number}].by"
            problems.append(
                asked.entry("site.most_by", key, line=rule.line, name=rule.by, near=near, known=known)
            )
            continue
        known = sorted(set(group) - {""})
        problems += [
            asked.entry(
                "site.most_only", f"most[{number}].only", line=rule.line, name=name, by=rule.by,
                near=nearest_words(name, known), known=known or "—",
            )
            for name in rule.only
            if name not in known
        ]  # fmt: skip
        if rule.only:
            group = np.where(np.isin(group, rule.only), group, "")
        found.append(Counted(group=group, most=rule.most))
    return tuple(found), problems


def _groups(pool: Pool, atlas: Atlas, rule: MostOptions) -> NDArray[np.object_] | None:
    """Return the value of a column or the name of the area of each candidate [n], None where there is neither."""
    if rule.by in pool.table and rule.by != pool.table.geometry.name:
        values = pool.table[rule.by]
        return np.array(["" if pd.isna(value) else str(value) for value in values], dtype=object)
    areas = atlas.table(rule.by)
    if areas is None or atlas.layers[rule.by].spec.kind != POLYGON:
        return None
    points = gpd.GeoDataFrame({"id": np.arange(len(pool.point))}, geometry=pool.point, crs=pool.table.crs)
    area = locate(points, areas).sort_values("point")["area"]
    names = dict(zip(areas["id"], label(areas), strict=True)) | {"": ""}
    return np.array([str(names[one]) for one in area], dtype=object)


def counted_to(counts: tuple[Counted, ...], pool: Pool) -> NDArray[np.object_]:
    """Return what each candidate counts to under all rules on numbers, as one text [n].

    Parameters
    ----------
    counts
        The rules.
    pool
        The candidates.
    """
    found = np.full(len(pool.table), "", dtype=object)
    for place in range(len(found)):
        found[place] = "、".join(dict.fromkeys(one.group[place] for one in counts if one.group[place]))
    return found


def rules_of(pool: Pool, candidate: NDArray[np.int64], counts: tuple[Counted, ...], asked: Asked) -> Rules:
    """Return the rules of the candidates that are left.

    Parameters
    ----------
    pool
        All candidates.
    candidate
        The places of those that are left [j].
    counts
        The rules on numbers.
    asked
        The question.

    Raises
    ------
    ConfigurationError
        If a column of costs or capacities is not there.
    InputError
        If one of their cells is missing or negative.
    """
    options = asked.options
    share = (1.0 if options.model == "set-cover" else 0.0) if options.share is None else options.share
    cost = _figures(pool, candidate, asked, key="cost", column=options.cost)
    capacity = _figures(pool, candidate, asked, key="capacity", column=options.capacity)
    return Rules(
        p=options.p,
        forced=pool.forced[candidate],
        minutes=options.minutes if options.timed else np.inf,
        share=share,
        groups=tuple(
            Group(member=one.group[candidate] == name, most=one.most)
            for one in counts
            for name in sorted(set(one.group[candidate]) - {""})
        ),
        cost=cost,
        budget=options.budget,
        capacity=capacity,
    )


def _figures(
    pool: Pool, candidate: NDArray[np.int64], asked: Asked, *, key: str, column: str
) -> NDArray[np.float64] | None:
    """Return the figures of a column of the candidates that are left [j], None where none is asked for."""
    if not column:
        return None
    if column not in pool.table or not pd.api.types.is_numeric_dtype(pool.table[column]):
        known = sorted(
            str(name)
            for name in pool.table.columns
            if name != pool.table.geometry.name and pd.api.types.is_numeric_dtype(pool.table[name])
        )
        raise ConfigurationError(
            asked.problem("site.no_column", key, name=column, layer=pool.layer, known=known or "—")
        )
    values = pool.table[column].to_numpy("float64", na_value=np.nan)[candidate]
    odd = ~(values >= 0.0) | np.isinf(values)
    if odd.any():
        values_ = {"column": column, "count": int(odd.sum()), "sample": sample(pool.label[candidate][odd])}
        raise InputError(asked.problem("site.column_odd", key, **values_))
    return np.asarray(values)
