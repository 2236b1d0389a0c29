"""Who is served by which hub: by layer of demand and neighbourhood for a table, demand by demand for a map."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gisplan.access.coverage import within
from gisplan.core.tables import contract, hold
from gisplan.siting.defence.allocation import COMPETING, NOBODY, STANDING

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gisplan.siting.case import Case
    from gisplan.siting.defence.allocation import Allocation

KINDS: Mapping[int, str] = {STANDING: "standing", COMPETING: "competing", NOBODY: "nobody"}
"""What serves demand that no chosen hub serves; a chosen one is `chosen`."""

EVERYWHERE = ""
"""The area of rows on all of a layer."""


def served_by(case: Case, found: Allocation) -> pd.DataFrame:
    """Return who serves each demand, for a map: one row an entry.

    The columns are `layer` and `id` of the demand, `kind` of what serves it, its id `hub` (that of a chosen hub alone)
    and `name`, the part `share` [0–1] of the demand, its own `weight` with its `unit`, and `minutes`, NaN where nobody
    serves it.

    Parameters
    ----------
    case
        The question.
    found
        Who serves whom.
    """
    chosen = found.hub >= 0
    site = np.where(chosen, found.hub, 0)
    stands, rivals = case.standing[found.demand], case.competing[found.demand]
    other = np.select([found.hub == STANDING, found.hub == COMPETING], [stands, rivals], default="")
    share = found.weight / case.reach.weight[found.demand]
    kind = np.array(["chosen" if hub >= 0 else KINDS[hub] for hub in found.hub.tolist()], dtype=object)
    return pd.DataFrame(
        {
            "layer": case.demands.layer[found.demand],
            "id": case.demands.id[found.demand],
            "kind": kind,
            "hub": np.where(chosen, case.candidates.id[site], ""),
            "name": np.where(chosen, case.candidates.label[site], other),
            "share": share,
            "weight": share * case.demands.weight[found.demand],
            "unit": case.demands.unit[found.demand],
            "minutes": np.where(np.isfinite(found.minutes), found.minutes, np.nan),
        }
    )


def served_table(
    case: Case, found: Allocation, *, minutes: float, areas: NDArray[np.object_] | None = None
) -> pd.DataFrame:
    """Return the table `siting_served`: one row for each layer of demand, area and hub.

    Parameters
    ----------
    case
        The question.
    found
        Who serves whom.
    minutes
        How far a hub covers.
    areas
        The neighbourhood of each demand, "" for none [i]; None where the plan has no neighbourhoods.
    """
    each = served_by(case, found).assign(area=EVERYWHERE)
    if areas is not None:
        own = each.assign(area=areas[found.demand])
        each = pd.concat([each, own[own["area"] != EVERYWHERE]], ignore_index=True)
    rows = [row for (layer, area), part in each.groupby(["layer", "area"], sort=True)
            for row in _rows(str(layer), str(area), part, minutes=minutes)]  # fmt: skip
    frame = pd.DataFrame(rows).assign(order=np.arange(1, len(rows) + 1)) if rows else pd.DataFrame()
    return hold(frame.reindex(columns=list(contract("siting_served").names)), "siting_served")


def _rows(layer: str, area: str, part: pd.DataFrame, *, minutes: float) -> Iterator[dict[str, Any]]:
    """Yield a row for each hub that serves some of a layer in an area, those that serve most first."""
    total = float(part["weight"].sum())
    by: list[tuple[Any, pd.DataFrame]] = list(part.groupby(["kind", "hub", "name"], sort=True))
    rank = {"chosen": 0, "standing": 1, "competing": 2, "nobody": 3}
    by.sort(key=lambda one: (rank[one[0][0]], -float(one[1]["weight"].sum()), one[0]))
    for (kind, hub, name), group in by:
        weight, way = group["weight"].to_numpy("float64"), group["minutes"].to_numpy("float64")
        amount, known = float(weight.sum()), not np.isnan(way).any()
        near = float(weight[within(way, minutes)].sum()) if kind in {"chosen", "standing"} else np.nan
        yield {
            "layer": layer,
            "area": area,
            "kind": kind,
            "id": hub,
            "name": name,
            "demand": amount,
            "share": amount / total if total > 0.0 else np.nan,
            "mean_minutes": float(weight @ way) / amount if known and amount > 0.0 else np.nan,
            "longest_minutes": float(way.max()) if known else np.nan,
            "minutes": minutes,
            "within": near,
            "within_share": near / amount if amount > 0.0 else np.nan,
            "unit": part["unit"].iloc[0],
        }
