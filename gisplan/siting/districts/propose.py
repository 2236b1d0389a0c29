"""Priority districts proposed on suitable ground, beside those that were drawn, judged by the same measures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gisplan.access.places import key_place
from gisplan.core.errors import ConfigurationError, InputError, Problem
from gisplan.core.suitability import ProposeOptions
from gisplan.core.tables import Doubt, findings, hold
from gisplan.core.words import Atlas, Text
from gisplan.overlay.cells import HECTARE
from gisplan.siting.districts.choose import Chosen, choose
from gisplan.siting.districts.compared import Drawn, compared_rows, drawn_doubts, drawn_of
from gisplan.siting.districts.figures import Scene, figures_of, name_of, scene_of
from gisplan.siting.districts.stability import Stability, stability
from gisplan.siting.districts.surface import Suited
from gisplan.siting.districts.units import Units, largest_patch, units_of

PROPOSED = "proposed_districts"
"""The layer name of what is told of proposed districts."""

CORE = 1.0 - 1e-9
"""A unit that is in a district in every variant is part of its stable core."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """Districts that were proposed: the tables `proposed_districts`, `districts_compared`, `district_stability`.

    `outlines` are the districts with `id` and the columns of `proposed_districts`. `sources` are those of the criteria.
    """

    proposed: pd.DataFrame
    compared: pd.DataFrame
    stability: pd.DataFrame
    outlines: gpd.GeoDataFrame
    sources: tuple[Text, ...]
    findings: pd.DataFrame

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """The tables by the name of their contract, in the order of the output."""
        return {
            PROPOSED: self.proposed,
            "districts_compared": self.compared,
            "district_stability": self.stability,
        }


def propose(atlas: Atlas, suited: Suited) -> Proposed | None:
    """Return the best districts of a plan, None where the plan asks for none.

    Parameters
    ----------
    atlas
        Layers of the plan.
    suited
        How suitable its ground is, as `suitability` tells.

    Raises
    ------
    ConfigurationError
        If the layer of the units, or the one that limits the districts, is missing.
    InputError
        If all the ground is forbidden or not assessed.
    """
    options = atlas.plan.propose
    if options is None:
        return None
    units = _units(atlas, suited, options)
    value = units.mean(suited.value)
    chosen = choose(units, value, options)
    firm = stability(units, suited, chosen, options)
    scene, drawn = scene_of(atlas, suited), drawn_of(atlas)
    same = [one for one in drawn if one.layer == options.layer]
    shapes = [units.ground(held, suited.cells) for held in chosen.holds]
    names = [name_of(shape, scene, rank=rank) for rank, shape in enumerate(shapes, 1)]
    rows = [
        {"rank": rank, **_named(name), **figures_of(shape, scene)}
        for rank, (name, shape) in enumerate(zip(names, shapes, strict=True), 1)
    ]
    table = _table(rows, units, chosen, firm)
    doubts = [
        *_shortfall(units, chosen, options),
        *_without_cells(units),
        *drawn_doubts(same, units, value, scene),
    ]
    return Proposed(
        proposed=table,
        compared=_compared(rows, shapes, drawn, scene, options),
        stability=_stability(names, firm),
        outlines=_outlines(table, shapes, crs=atlas.plan.crs),
        sources=suited.sources,
        findings=findings(doubts),
    )


def _units(atlas: Atlas, suited: Suited, options: ProposeOptions) -> Units:
    """Return the units of a plan, or say why it has none."""
    plan = atlas.plan
    if options.within and atlas.table(options.within) is None:
        values = {"name": options.within}
        raise ConfigurationError(
            Problem(code="suit.no_within", place=key_place(plan, "propose.within"), values=values)
        )
    units = units_of(atlas, suited, options)
    if units is None:
        values = {"of": options.of, "name": "population" if options.of == "mesh" else "neighbourhood"}
        raise ConfigurationError(
            Problem(code="propose.no_units", place=key_place(plan, "propose.of"), values=values)
        )
    if not units.allowed.any():
        unknown = np.isnan(suited.worth) & ~suited.forbidden
        values = {
            "count": f"{len(units.area):,}",
            "forbidden": f"{suited.forbidden.sum():,}",
            "unknown": f"{unknown.sum():,}",
            "cells": f"{len(suited.worth):,}",
        }
        raise InputError(Problem(code="propose.no_land", place=key_place(plan, "propose"), values=values))
    return units


def _named(name: Text) -> dict[str, str]:
    return {"name_ja": name.ja, "name_en": name.en}


def _table(rows: Sequence[Mapping[str, Any]], units: Units, chosen: Chosen, firm: Stability) -> pd.DataFrame:
    """Return the table of the proposed districts, with how firm their outline is."""
    own = chosen.holds @ units.area
    core = (chosen.holds & (firm.inside >= CORE)) @ units.area
    told = [
        {
            **row,
            "units": int(chosen.holds[place].sum()),
            "worth": float(chosen.worth[place]),
            "jaccard_mean": float(np.mean([one.jaccard[place] for one in firm.variants]))
            if firm.variants
            else np.nan,
            "core_share": float(core[place] / own[place]) if firm.variants else np.nan,
        }
        for place, row in enumerate(rows)
    ]
    return hold(pd.DataFrame(told), PROPOSED)


def _compared(
    rows: Sequence[Mapping[str, Any]],
    shapes: Sequence[shapely.Geometry],
    drawn: Sequence[Drawn],
    scene: Scene,
    options: ProposeOptions,
) -> pd.DataFrame:
    """Return drawn districts and proposed ones side by side, each with the one of the other kind it overlaps most."""
    own = [
        Drawn(layer="proposed", name=Text(ja=row["name_ja"], en=row["name_en"]), shape=shape)
        for row, shape in zip(rows, shapes, strict=True)
    ]
    return compared_rows(own, rows, drawn, scene, layer=options.layer)


def _stability(names: Sequence[Text], firm: Stability) -> pd.DataFrame:
    rows = [
        {
            "rank": rank,
            **_named(name),
            "criterion": variant.criterion,
            "change": variant.change,
            "jaccard": float(variant.jaccard[rank - 1]),
            "common_ha": float(variant.common_ha[rank - 1]),
        }
        for rank, name in enumerate(names, 1)
        for variant in firm.variants
    ]
    return hold(pd.DataFrame(rows), "district_stability")


def _outlines(table: pd.DataFrame, shapes: Sequence[shapely.Geometry], *, crs: int) -> gpd.GeoDataFrame:
    ids = [f"proposed-{rank}" for rank in table["rank"]]
    ground = np.array(shapes, dtype=object) if shapes else np.empty(0, dtype=object)
    return gpd.GeoDataFrame(table.assign(id=ids), geometry=ground, crs=crs)


def _shortfall(units: Units, chosen: Chosen, options: ProposeOptions) -> Iterable[Doubt]:
    """Yield why there are fewer districts than were asked for."""
    if len(chosen.worth) == options.count:
        return
    least, most = options.area_ha
    patch, smallest = largest_patch(units), float(units.area[units.allowed].min() / HECTARE)
    values = {
        "asked": options.count, "count": len(chosen.worth), "least": f"{least:g}", "most": f"{most:g}", "patch": patch,
        "smallest": smallest,
    }  # fmt: skip
    code = "propose.fewer"
    if not len(chosen.worth):
        code = "propose.patch" if patch < least else "propose.none"
    yield Doubt(code=code, layer=PROPOSED, values=values)


def _without_cells(units: Units) -> Iterable[Doubt]:
    """Yield how many units are too small to hold the middle of any cell: nothing is known of them."""
    held = np.bincount(units.cell[units.cell >= 0], minlength=len(units.area)) > 0
    near = ~held & (units.area < np.median(units.area))
    if units.kind != "cell" and near.any():
        label = np.where(units.name[near] != "", units.name[near], units.id[near])
        values = {"count": int(near.sum()), "sample": [str(word) for word in label[:5]]}
        yield Doubt(code="propose.no_cells", layer=PROPOSED, values=values)
