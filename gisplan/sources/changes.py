"""transfers.txt as arrays: what a change takes between two stops, and which is not possible."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gisplan.core.tables import Doubt
from gisplan.core.timetable import NOT_POSSIBLE

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

IMPOSSIBLE, AT_LEAST = "3", "2"
"""Kinds of changes (`transfer_type`): not possible; the time that it takes at least is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """Changes from a stop to a stop, by their places in the list [c], and what they take [s], -1 not possible."""

    start: NDArray[np.int32]
    end: NDArray[np.int32]
    seconds: NDArray[np.int32]
    doubts: tuple[Doubt, ...] = ()


def changes_of(table: pd.DataFrame | None, stops: pd.DataFrame, *, feed: str) -> Changes:
    """Return the changes that a feed speaks of; of a station they hold for all its stops.

    Changes of single lines or trips are left out: they would hold for others, too.

    Parameters
    ----------
    table
        transfers.txt, every cell as text; None where there is none.
    stops
        The stops: `stop` and `parent`.
    feed
        Name of the feed in messages.
    """
    columns = ["from_stop_id", "to_stop_id"]
    if table is None or not set(columns) <= set(table.columns):
        return Changes(start=_numbers([]), end=_numbers([]), seconds=_numbers([]))
    members = _members(stops)
    kinds = table["transfer_type"] if "transfer_type" in table else [""] * len(table)
    least = table["min_transfer_time"] if "min_transfer_time" in table else [""] * len(table)
    narrow = _narrow(table)
    found: dict[tuple[int, int], int] = {}
    odd = 0
    rows = zip(*(table[name] for name in columns), kinds, least, narrow, strict=True)
    for start, end, kind, takes, single in rows:
        timed = kind.strip() == AT_LEAST and takes.strip().isdecimal()
        if single or not (timed or kind.strip() == IMPOSSIBLE):
            continue
        one, two = members.get(start.strip(), ()), members.get(end.strip(), ())
        odd += not (one and two)
        seconds = int(takes) if timed else NOT_POSSIBLE
        found |= {(here, there): seconds for here in one for there in two}
    doubts = (
        (Doubt(code="timetable.changes", layer="gtfs", subject=feed, values={"count": odd}),) if odd else ()
    )
    pairs = sorted(found)
    return Changes(
        start=_numbers([start for start, _ in pairs]),
        end=_numbers([end for _, end in pairs]),
        seconds=_numbers([found[pair] for pair in pairs]),
        doubts=doubts,
    )


def _numbers(values: list[int]) -> NDArray[np.int32]:
    return np.array(values, dtype=np.int32)


def _members(stops: pd.DataFrame) -> dict[str, tuple[int, ...]]:
    """Return the stops that an id stands for: itself, or the stops of a station."""
    found: dict[str, tuple[int, ...]] = {}
    for place, (stop, parent) in enumerate(stops[["stop", "parent"]].itertuples(index=False)):
        found[stop] = (*found.get(stop, ()), place)
        if parent:
            found[parent] = (*found.get(parent, ()), place)
    return found


def _narrow(table: pd.DataFrame) -> NDArray[np.bool_]:
    """Return which rows speak of single lines or trips alone."""
    narrow = np.zeros(len(table), dtype=bool)
    for name in ("from_route_id", "to_route_id", "from_trip_id", "to_trip_id"):
        if name in table:
            narrow |= (table[name].str.strip() != "").to_numpy(bool)
    return narrow
