"""How evenly reach is spread: people by bands of minutes, their mean and quantiles, and the worst tenth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gisplan.access.coverage import COUNTED, Tally, tally, within

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

WORST = 0.1
"""The part of the people whose ways are longest."""

QUANTILES: Sequence[tuple[str, float]] = (
    ("p10", 0.1),
    ("p25", 0.25),
    ("median", 0.5),
    ("p75", 0.75),
    ("p90", 0.9),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Worst:
    """Those whose ways are longest: from how many `minutes` on, their `mean`, and how many of them reach nothing.

    `minutes` is infinite where all of them reach nothing, and `mean`, over those of them who arrive, is NaN then.
    """

    minutes: float
    mean: float
    unreached: float


def quantile(minutes: NDArray[np.float64], weight: NDArray[np.float64], share: float) -> float:
    """Return the minutes within which a share of the people are: the smallest that at least so many need at most.

    Parameters
    ----------
    minutes
        Minutes of each origin [o], infinite where unreached: these are the longest of all.
    weight
        People of each origin [o].
    share
        Between 0 and 1.
    """
    total = weight.sum()
    if not total > 0.0:
        return np.nan
    order = np.argsort(minutes, kind="stable")
    reached = np.cumsum(weight[order])
    # Sums of decimal people may fall short of the share by their rounding.
    place = np.searchsorted(reached, share * total * (1.0 - 1e-12), side="left")
    return float(minutes[order][min(int(place), len(order) - 1)])


def worst(minutes: NDArray[np.float64], weight: NDArray[np.float64], *, share: float = WORST) -> Worst:
    """Return what is known of the share of the people whose ways are longest.

    Who stands at the edge of the share counts with the part that belongs to it.

    Parameters
    ----------
    minutes
        Minutes of each origin [o], infinite where unreached.
    weight
        People of each origin [o].
    share
        Part of all people.
    """
    wanted = share * float(weight.sum())
    if not wanted > 0.0:
        return Worst(minutes=np.nan, mean=np.nan, unreached=np.nan)
    order = np.argsort(-minutes, kind="stable")
    long, people = minutes[order], weight[order]
    before = np.cumsum(people) - people
    taken = np.clip(wanted - before, 0.0, people)
    arrive = np.isfinite(long) & (taken > 0.0)
    mean = float((long[arrive] * taken[arrive]).sum() / taken[arrive].sum()) if arrive.any() else np.nan
    return Worst(
        minutes=float(long[taken > 0.0].min()), mean=mean, unreached=float(taken[np.isinf(long)].sum())
    )


def equity(
    nearest: NDArray[np.float64] | None, weight: NDArray[np.float64], *, layer: str, to: str
) -> pd.DataFrame:
    """Return the row of the table `equity` for one origin layer and one destination.

    Quantiles and the worst tenth are of all who are assessed, with the unreached as the farthest: where one falls
    among them there are no minutes, and the figure is NaN. The mean is of those who arrive. Who is not assessed, and
    origins whose people are unknown, are in neither and stand apart.

    Parameters
    ----------
    nearest
        Minutes to the nearest destination [o]: infinite unreached, NaN not assessed; None where there is none.
    weight
        People or houses of each origin [o], NaN where unknown.
    layer, to
        Names of the origin layer and the destination.
    """
    count = tally(nearest, weight)
    arrive = np.isfinite(count.minutes)
    people = count.weight[arrive]
    least = worst(count.minutes, count.weight)
    row = {
        "layer": layer,
        "to": to,
        "total": count.total,
        "mean": float((count.minutes[arrive] * people).sum() / people.sum()) if people.sum() > 0 else np.nan,
        **{name: _arriving(quantile(count.minutes, count.weight, share)) for name, share in QUANTILES},
        "worst_from": _arriving(least.minutes),
        "worst_mean": least.mean,
        "worst_unreached": least.unreached,
        "unreached": count.unreached,
        "unreached_share": count.unreached / count.assessed if count.assessed > 0.0 else np.nan,
        "not_assessed": count.not_assessed,
        "unknown": int(np.isnan(weight).sum()),
        "unit": COUNTED.get(layer, "places"),
    }
    return pd.DataFrame([row])


def _arriving(minutes: float) -> float:
    return minutes if np.isfinite(minutes) else np.nan


def bands(
    nearest: NDArray[np.float64] | None,
    weight: NDArray[np.float64],
    *,
    layer: str,
    to: str,
    edges: Sequence[float],
) -> pd.DataFrame:
    """Return the rows of the table `bands` for one origin layer and one destination.

    A band is more than its lower edge and at most its upper one; the last has no end. The unreached and those not
    assessed are bands of their own, so that all bands sum up to the total.

    Parameters
    ----------
    nearest
        Minutes to the nearest destination [o]: infinite unreached, NaN not assessed; None where there is none.
    weight
        People or houses of each origin [o], NaN where unknown.
    layer, to
        Names of the origin layer and the destination.
    edges
        Upper edges of the bands but the last, rising [min].
    """
    count = tally(nearest, weight)
    known = len(count.minutes) > 0
    inside = [float(count.weight[within(count.minutes, edge)].sum()) if known else np.nan for edge in edges]
    arrive = float(count.weight[np.isfinite(count.minutes)].sum()) if known else np.nan
    amounts = np.diff([0.0, *inside, arrive])
    rows = [
        {"state": "reached", "above": above, "up_to": up_to, "amount": amount}
        for above, up_to, amount in zip([0.0, *edges], [*edges, np.nan], amounts, strict=True)
    ]
    rows += [
        {"state": "unreached", "above": np.nan, "up_to": np.nan, "amount": count.unreached},
        {"state": "not_assessed", "above": np.nan, "up_to": np.nan, "amount": count.not_assessed},
    ]
    return pd.DataFrame(rows).assign(
        layer=layer,
        to=to,
        order=np.arange(1, len(rows) + 1),
        share=lambda table: _share(table, count),
        unit=COUNTED.get(layer, "places"),
    )


def _share(table: pd.DataFrame, count: Tally) -> NDArray[np.float64]:
    """Return the share of those assessed in each band; who is not assessed has none."""
    assessed = count.assessed if count.assessed > 0.0 else np.nan
    apart = (table["state"] == "not_assessed").to_numpy(bool)
    return np.where(apart, np.nan, table["amount"].to_numpy("float64") / assessed)
