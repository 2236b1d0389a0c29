"""The layers of a plan by timetable: minutes to the nearest destination of each layer, and how one gets there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gisplan.access.nearest import Served
from gisplan.access.timed_words import say, service, validity, weekday
from gisplan.access.transit import Riding, Transit, ride_to
from gisplan.core.tables import Doubt, contract, hold
from gisplan.core.words import Atlas, Text
from gisplan.layers.timetables import LAYER, options_of, window_said
from gisplan.network import Ways

if TYPE_CHECKING:
    from numpy.typing import NDArray

TABLE = "transit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ridden:
    """Origins of one layer with their minutes by timetable: `ids` [o], and the layer of each destination [f]."""

    layer: str
    ids: NDArray[np.object_]
    transit: Transit
    layer_of: NDArray[np.object_]


def riding_of(atlas: Atlas, ways: Ways, served: Served) -> tuple[Riding | None, list[Doubt]]:
    """Return the timetables of a plan by transit ready for origins, None for one that goes otherwise, and doubts.

    Parameters
    ----------
    atlas
        Layers and timetables of the plan.
    ways
        The network on foot.
    served
        All destinations on it.
    """
    plan = atlas.plan
    if plan.access.mode != "transit":
        return None, []
    options = options_of(plan)
    riding = ride_to(ways, served, atlas.timetables, options=options, crs=plan.crs)
    start, end = window_said(options)
    day = options.day or plan.date
    values: dict[str, Any] = {
        "day": day.isoformat(),
        "weekday_ja": weekday(day).ja,
        "weekday_en": weekday(day).en,
        "start": start,
        "end": end,
        "percentiles": [str(percent) for percent in options.percentiles],
        "first": options.percentiles[0],
        "walk": f"{ways.straight:g}",
        "access": f"{options.walk_minutes:g}",
        "transfer": f"{options.transfer_minutes:g}",
        "change": f"{options.change_minutes:g}",
        "boardings": options.boardings,
        "longest": f"{options.longest_minutes:g}",
        "feeds": [validity(timetable) for timetable in atlas.timetables],
    }
    doubts = [Doubt(code="transit.used", layer=LAYER, values=values)]
    doubts += _stop_doubts(riding, limit_m=ways.limit_m)
    if plan.site is not None or plan.districts:
        doubts.append(Doubt(code="transit.others_on_foot", layer=LAYER))
    return riding, doubts


def _stop_doubts(riding: Riding, *, limit_m: float) -> list[Doubt]:
    """Return how many stops with trips are of no use: of unknown place, or far from every road."""
    used, doubts = int(riding.used.sum()), []
    off, nowhere = (
        int((riding.used & ~riding.on_road & which).sum()) for which in (riding.placed, ~riding.placed)
    )
    if nowhere:
        doubts.append(
            Doubt(code="transit.stops_unplaced", layer=LAYER, values={"used": used, "count": nowhere})
        )
    if off:
        values = {"used": used, "count": off, "limit": f"{limit_m:g}"}
        doubts.append(Doubt(code="transit.stops_off_road", layer=LAYER, values=values))
    return doubts


def transit_table(atlas: Atlas, parts: list[Ridden]) -> pd.DataFrame:
    """Return the table `transit`: the nearest destination of each layer at each percentile.

    Parameters
    ----------
    atlas
        Layers of the plan.
    parts
        The origins, a layer each.
    """
    said = service(atlas.plan)
    frames = [
        _rows(atlas, part, to, place).assign(service_ja=said.ja, service_en=said.en)
        for part in parts
        for to in atlas.plan.access.destinations
        for place in range(len(part.transit.percentiles))
    ]
    empty = pd.DataFrame(columns=list(contract(TABLE).names))
    return hold(pd.concat(frames, ignore_index=True) if frames else empty, TABLE)


def none_in_window(atlas: Atlas, parts: list[Ridden]) -> list[Doubt]:
    """Return a doubt where no origin of a plan can catch any trip at all.

    Parameters
    ----------
    atlas
        Layers of the plan.
    parts
        The origins, a layer each.
    """
    if not parts or any(part.transit.served.any() for part in parts):
        return []
    start, end = window_said(options_of(atlas.plan))
    return [Doubt(code="transit.none_in_window", layer=LAYER, values={"start": start, "end": end})]


def _rows(atlas: Atlas, part: Ridden, to: str, place: int) -> pd.DataFrame:
    """Return the rows of one origin layer, one destination and one percentile."""
    found, count = part.transit, len(part.ids)
    there = np.flatnonzero(part.layer_of == to)
    minutes, walk = np.full((2, count), np.nan)
    rides = np.full(count, -1, dtype=np.int64)
    if len(there):
        every = found.minutes[place][:, there]
        nearest = np.argmin(np.where(np.isnan(every), np.inf, every), axis=1)
        here = np.arange(count)
        minutes, walk = every[here, nearest], found.walk[:, there].min(axis=1)
        rides = found.boardings[place][here, there[nearest]].astype(np.int64)
    reasons = _reasons(atlas, found, there, place, minutes=minutes, rides=rides)
    reached = np.isfinite(minutes)
    return pd.DataFrame(
        {
            "layer": part.layer,
            "id": part.ids,
            "to": to,
            "percentile": found.percentiles[place],
            "minutes": np.where(reached, minutes, np.nan),
            "walk_minutes": np.where(np.isfinite(walk), walk, np.nan),
            "boardings": pd.array(np.where(reached, rides, -1), dtype="Int64"),
            "reason_ja": [text.ja for text in reasons],
            "reason_en": [text.en for text in reasons],
        }
    ).assign(boardings=lambda rows: rows["boardings"].where(reached, pd.NA))


def _reasons(
    atlas: Atlas,
    found: Transit,
    there: NDArray[np.int64],
    place: int,
    *,
    minutes: NDArray[np.float64],
    rides: NDArray[np.int64],
) -> list[Text]:
    """Return how each origin gets to the nearest destination, or why it does not [o]."""
    options = options_of(atlas.plan)
    start, end = window_said(options)
    walk = f"{options.walk_minutes:g}"
    limits = {"boardings": options.boardings, "longest": f"{options.longest_minutes:g}"}
    connected = say("not_connected", **limits, percentile=found.percentiles[place])
    no_stop, no_stop_there = say("no_stop", walk=walk), say("no_stop_there", walk=walk)
    no_trip = say("no_trip", start=start, end=end)
    off_road = say("not_assessed", limit=f"{atlas.plan.access.snap_m:g}")
    stop_there = bool(found.stop_near[there].any())
    texts = []
    for origin, ridden in enumerate(rides):
        lost = (
            no_stop
            if not found.near_stop[origin]
            else no_trip
            if not found.served[origin]
            else None
            if stop_there
            else no_stop_there
        )
        if not len(there):
            texts.append(say("missing"))
        elif np.isnan(minutes[origin]):
            texts.append(off_road)
        elif np.isinf(minutes[origin]):
            texts.append(say("unreached", why=lost or connected))
        elif ridden:
            texts.append(say("ride_one") if ridden == 1 else say("ride", rides=ridden))
        else:
            texts.append(say("walk_faster") if lost is None else say("walk", why=lost))
    return texts
