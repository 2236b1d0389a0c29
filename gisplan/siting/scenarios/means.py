"""Means before and after of like with like, and in words who is in neither: a loss is never averaged away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gisplan.access.coverage import COUNTED
from gisplan.core.words import Text
from gisplan.siting.scenarios.forms import cleared
from gisplan.siting.scenarios.gains import bands, state
from gisplan.siting.scenarios.trips import Trips

if TYPE_CHECKING:
    from numpy.typing import NDArray

NOTHING = Text(ja="", en="")
APART: Mapping[str, Text] = {
    "lost": Text(ja="途絶", en="cut off"),
    "partial": Text(ja="一部途絶", en="cut off in part"),
    "newly_reached": Text(ja="新たに到達", en="newly reached"),
    "new": Text(ja="追加", en="added"),
    "new_unreached": Text(ja="追加（未到達）", en="added and unreached"),
    "new_not_assessed": Text(ja="追加（未評価）", en="added and not assessed"),
    "unreached": Text(ja="未到達のまま", en="unreached as before"),
    "not_assessed": Text(ja="未評価", en="not assessed"),
}
"""States of those who are in no mean of before and after, or not wholly."""

UNITS: Mapping[str, Text] = {
    "people": Text(ja="人", en="people"),
    "houses": Text(ja="戸", en="houses"),
    "places": Text(ja="件", en="places"),
    "hubs": Text(ja="拠点", en="hubs"),
    "areas": Text(ja="区域", en="areas"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Minutes before and after of one hub or of all of an area, infinite unreached, NaN not assessed.

    `state` is what became of them, `note` who is not in the minutes.
    """

    before: float
    after: float
    state: str
    note: Text = NOTHING


def mean_minutes(trips: Trips, to: str, *, here: NDArray[np.bool_]) -> Pair:
    """Return the mean minutes of those origins that are reached before and after.

    Where none is, the mean stands on the side that has one.

    Parameters
    ----------
    trips
        Minutes before and after.
    to
        The destination.
    here
        Which origins are meant [n].
    """
    weight = np.where(here, np.nan_to_num(trips.weight), 0.0)
    band = bands(trips.before[to], trips.after[to])
    sums = {name: float(weight[band == name].sum()) for name in np.unique(band[weight > 0.0])}
    first, second = (_averaged(part[to], weight) for part in (trips.before, trips.after))
    both = np.isfinite(trips.before[to]) & np.isfinite(trips.after[to])
    if weight[both].sum() > 0.0:
        first, second = (
            _averaged(part[to], np.where(both, weight, 0.0)) for part in (trips.before, trips.after)
        )
    told = state(first, second)
    if "lost" in sums and told not in {"lost", "not_assessed"}:
        told = "partial"
    return Pair(before=first, after=second, state=told, note=note(sums, COUNTED.get(trips.layer, "places")))


def _averaged(minutes: NDArray[np.float64], weight: NDArray[np.float64]) -> float:
    """Return the mean of those reached, infinite where all that are assessed are unreached, NaN where none is."""
    reached, assessed = (np.where(known, weight, 0.0) for known in (np.isfinite(minutes), ~np.isnan(minutes)))
    if not reached.sum() > 0.0:
        return np.inf if assessed.sum() > 0.0 else np.nan
    return cleared(float(np.average(np.where(reached > 0.0, minutes, 0.0), weights=reached)))


def note(sums: Mapping[str, float], unit: str) -> Text:
    """Return in words how many of all are in no mean of before and after, nothing where all are.

    Parameters
    ----------
    sums
        How many there are by state; those that only some of the words name are in the mean.
    unit
        What is counted, of `UNITS`.
    """
    left = {name: sums[name] for name in APART if sums.get(name, 0.0) > 0.0}
    if not left:
        return NOTHING
    total, counted = sum(sums.values()), UNITS[unit]
    ja = "、".join(f"{count:,.0f}が{APART[name].ja}" for name, count in left.items())
    en = ", ".join(f"{count:,.0f} {APART[name].en}" for name, count in left.items())
    rest = " 一部途絶のほかは平均に含まない。" if "partial" in left else "平均に含まない。"
    more = "; only those cut off in part are in the mean" if "partial" in left else "; not in the mean"
    return Text(
        ja=f"{total:,.0f}{counted.ja}中{ja}。{rest.strip()}", en=f"Of {total:,.0f} {counted.en}: {en}{more}."
    )


def compared(pairs: Sequence[Pair], *, unit: str) -> tuple[list[Pair], str, Text]:
    """Return the pairs a mean of both sides is made of, what became of them together, and who is left out.

    Those are all that are reached today, so that the mean before is one and the same in every scenario; where one of
    them is cut off, or cannot be assessed, there is no mean after. Where none is reached today, they are those that
    newly are.

    Parameters
    ----------
    pairs
        Hubs or areas.
    unit
        What they are, of `UNITS`.
    """
    said = note(Counter(pair.state for pair in pairs), unit)
    today = [pair for pair in pairs if np.isfinite(pair.before)]
    if not today:
        fresh = [pair for pair in pairs if pair.state == "newly_reached"]
        every = {pair.state for pair in pairs}
        return fresh, "newly_reached" if fresh else every.pop() if len(every) == 1 else "not_assessed", said
    if all(np.isinf(pair.after) for pair in today):
        return today, "lost", said
    gone = any(pair.state in {"lost", "partial"} or not np.isfinite(pair.after) for pair in today)
    return today, "partial" if gone else "", said


def sides(pairs: Iterable[Pair]) -> tuple[list[float], list[float]]:
    """Return the minutes before and those after of some pairs, none on a side where one of them has no minutes."""
    both: tuple[list[float], list[float]] = ([pair.before for pair in pairs], [pair.after for pair in pairs])
    before, after = (side if np.isfinite(side).all() else [] for side in both)
    return before, after
