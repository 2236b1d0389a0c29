"""What the law says of candidates that the check of the plan did not judge: houses, points of a grid, any places."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gisplan.core.words import Atlas, Layer
from gisplan.law.judgement import HOUSES, LAYERS, judgement
from gisplan.law.land import read_land
from gisplan.law.rule import read_rule

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray
    from pandas.api.extensions import ExtensionArray

LAWFUL = ("by_right", "by_right_within_limits", "special_provision_permit")
"""Verdicts under which a hub can be opened; the last needs a permit."""

WITH_PERMIT = ("special_provision_permit", "ordinary_permit", "urbanization_control_area")
"""Verdicts under which it can be opened with a permit alone."""

OUTSIDE = "outside_city_planning_area"
"""The verdict on ground where no zoning forbids a use; other laws may, so it is kept and its verdict is told."""

UNTOLD = ("", "cannot_tell")
"""Verdicts that leave it open."""

LOTS = "site"


def may_be_hub(verdict: NDArray[np.object_], *, other_permits: bool) -> NDArray[np.bool_]:
    """Return which verdicts leave a candidate in [n].

    Parameters
    ----------
    verdict
        The verdicts [n].
    other_permits
        Keep those, too, that only a permit apart from the special provision would allow: what the zone forbids, and
        ground in an urbanization control area.
    """
    kept = (*LAWFUL, OUTSIDE, *WITH_PERMIT) if other_permits else (*LAWFUL, OUTSIDE)
    return np.isin(verdict, kept)


def permits(verdict: NDArray[np.object_]) -> ExtensionArray:
    """Return whether a hub needs a permit, unknown where the verdict leaves open what the law says [n]."""
    found = pd.array(np.isin(verdict, WITH_PERMIT), dtype="boolean")
    found[~np.isin(verdict, (*LAWFUL, *WITH_PERMIT))] = pd.NA
    return found


def verdicts_of(
    atlas: Atlas, table: gpd.GeoDataFrame, *, layer: str, known: pd.DataFrame
) -> NDArray[np.object_]:
    """Return the verdict on each candidate, "" where there is none [n].

    Parameters
    ----------
    atlas
        The layers of the plan.
    table
        The candidates [n, m].
    layer
        Their layer.
    known
        The table `verdicts` of the plan; a layer that it judges is not judged again.
    """
    mine = known[known["layer"] == layer]
    if layer in LAYERS or len(mine):
        verdict = table["id"].map(dict(zip(mine["id"], mine["verdict"], strict=True)))
    else:
        verdict = table["id"].map(_judged(atlas, table, layer=layer))
    return np.asarray(verdict.astype(object).fillna(""), dtype=object)


def _judged(atlas: Atlas, table: gpd.GeoDataFrame, *, layer: str) -> dict[str, str]:
    """Return the verdict on each row by its id, for the use that `[check]` names where it names none.

    A vacant house is judged as a building that changes its use, anything else as a lot.
    """
    houses = layer == HOUSES
    own = HOUSES if houses else LOTS
    rule = read_rule("coworking")
    spec = atlas.catalogue[own] if own in atlas.catalogue else atlas.layers[own].spec
    others = {name: one for name, one in atlas.layers.items() if name not in {*LAYERS, HOUSES}}
    alone = dataclasses.replace(atlas, layers={**others, own: Layer(spec=spec, table=table, readings=())})
    found = judgement(alone, read_land(alone, rule=rule), rule=rule, houses=houses, across_edge=None)
    return {one.site.id: one.answer.verdict for one in found.judged}
