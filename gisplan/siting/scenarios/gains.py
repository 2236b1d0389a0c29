"""Who gains from a scenario and who does not: people and houses by minutes gained, neighbourhoods, and hubs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from gisplan.access.coverage import COUNTED
from gisplan.core.tables import contract, half_up, hold
from gisplan.core.words import Text
from gisplan.network import Connected
from gisplan.siting.scenarios.forms import cleared, difference
from gisplan.siting.scenarios.trips import SAME_MIN, Trips

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

BANDS: tuple[str, ...] = (
    "gain_10", "gain_5", "gain_1", "gain_0", "same", "worse", "newly_reached", "lost", "unreached", "not_assessed",
)  # fmt: skip
"""Minutes gained, the most first: at least 10, 5, 1, less than 1, none, less than none; and what has no difference."""

STEPS: Mapping[str, float] = {"gain_10": 10.0, "gain_5": 5.0, "gain_1": 1.0, "gain_0": SAME_MIN}
WORSE = ("worse", "lost")
FEW = 5
"""So many roads of a link are named; of the others the number is told."""

LINK_M = 5.0
"""A route this near to a changed road runs on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Strips:
    """Narrow strips along the roads that are opened or improved, what they go by, and which have no name [n]."""

    names: NDArray[np.object_]
    nameless: NDArray[np.bool_]
    tree: shapely.STRtree


def bands(before: NDArray[np.float64], after: NDArray[np.float64]) -> NDArray[np.object_]:
    """Return the band of each origin [n], see `BANDS`.

    Parameters
    ----------
    before, after
        Minutes [n]: infinite where unreached, NaN where not assessed.
    """
    with np.errstate(invalid="ignore"):
        gained = before - after
    found = np.full(len(before), "same", dtype=object)
    for band, least in reversed(tuple(STEPS.items())):
        # A minute gained counts as one whatever the rounding of its sum.
        found[gained >= least - 1e-9] = band
    found[gained <= -SAME_MIN + 1e-9] = "worse"
    found[np.isinf(before) & np.isfinite(after)] = "newly_reached"
    found[np.isfinite(before) & np.isinf(after)] = "lost"
    found[np.isinf(before) & np.isinf(after)] = "unreached"
    found[np.isnan(before) | np.isnan(after)] = "not_assessed"
    return found


def gains(scenario: str, trips: Sequence[Trips]) -> pd.DataFrame:
    """Return the rows of the table `gains`: every band of every origin layer and destination, empty ones too.

    Shares are those of all that are assessed, as in every other table; those that are not have none.

    Parameters
    ----------
    scenario
        Its name.
    trips
        The minutes before and after.
    """
    rows: list[dict[str, Any]] = []
    for own in trips:
        known, counts = ~np.isnan(own.weight), COUNTED.get(own.layer, "places")
        for to in own.before:
            band = bands(own.before[to], own.after[to])
            total = float(own.weight[known & (band != "not_assessed")].sum())
            for place, name in enumerate(BANDS):
                here = band == name
                amount = float(own.weight[here & known].sum())
                rows.append(
                    {
                        "scenario": scenario,
                        "layer": own.layer,
                        "to": to,
                        "order": place + 1,
                        "band": name,
                        "people": amount if counts == "people" else np.nan,
                        "people_65": np.nan if own.older is None else float(np.nansum(own.older[here])),
                        "houses": amount if counts == "houses" else np.nan,
                        "places": amount if counts == "places" else np.nan,
                        "share": amount / total if total > 0.0 and name != "not_assessed" else np.nan,
                    }
                )
    return _frame(rows, "gains")


def area_gains(scenario: str, trips: Sequence[Trips]) -> pd.DataFrame:
    """Return the rows of the table `area_gains`: what each neighbourhood gains, the mean and the extremes.

    Parameters
    ----------
    scenario
        Its name.
    trips
        The minutes before and after.
    """
    rows: list[dict[str, Any]] = []
    for own in trips:
        for to in own.before:
            band = bands(own.before[to], own.after[to])
            both = np.isfinite(own.before[to]) & np.isfinite(own.after[to])
            for area in sorted(own.area_names):
                here = own.area == area
                weight = np.where(here, np.nan_to_num(own.weight), 0.0)
                if not weight.sum() > 0.0:
                    continue
                gained = np.where(both & here, own.before[to], 0.0) - np.where(
                    both & here, own.after[to], 0.0
                )
                counted = float(weight[both].sum())
                mean = float((weight * gained).sum()) / counted if counted > 0.0 else np.nan
                rows.append(
                    {
                        "scenario": scenario, "layer": own.layer, "to": to, "area": area,
                        "name": own.area_names[area],
                        "total": float(weight.sum()),
                        "mean_gain": 0.0 if abs(mean) < SAME_MIN else mean,
                        "gaining": _sum(weight, band, ("gain_10", "gain_5", "gain_1", "gain_0", "newly_reached")),
                        "unchanged": _sum(weight, band, ("same",)),
                        "worse": _sum(weight, band, WORSE),
                        "unreached": _sum(weight, band, ("unreached",)),
                        "not_assessed": _sum(weight, band, ("not_assessed",)),
                    }
                )  # fmt: skip
    return _frame(rows, "area_gains")


def _sum(weight: NDArray[np.float64], band: NDArray[np.object_], names: Sequence[str]) -> float:
    return float(weight[np.isin(band, names)].sum())


def link_changes(
    scenario: str, before: Connected, after: Connected, *, roads: gpd.GeoDataFrame, hubs: Collection[str]
) -> pd.DataFrame:
    """Return the rows of the table `link_changes`: each hub's quickest interchange before and after, and by which road.

    Parameters
    ----------
    scenario
        Its name.
    before, after
        The links of today and those of the scenario.
    roads
        The roads that it changes.
    hubs
        The ids of the hubs of today.
    """
    rows: list[dict[str, Any]] = []
    kept = roads[roads["change"] != "close"]
    runs = _Strips(
        names=kept["called"].to_numpy(object),
        nameless=(kept["name"] == "").to_numpy(bool),
        tree=shapely.STRtree(shapely.buffer(kept.geometry.to_numpy(), LINK_M)),
    )
    for direction in ("to_interchange", "to_hub"):
        old, new = (best(found, direction) for found in (before, after))
        for hub in sorted(set(old) | set(new)):
            was, will = old.get(hub), new.get(hub)
            first, second = minutes_of(was), minutes_of(will)
            route = will["geometry"] if will is not None and np.isfinite(second) else None
            on = _few(_on(route, runs))
            rows.append(
                {
                    "scenario": scenario, "hub": str((will or was or {}).get("hub", hub)), "direction": direction,
                    "interchange_before": str(was["interchange"]) if was is not None and np.isfinite(first) else "",
                    "interchange_after": "" if will is None or route is None else str(will["interchange"]),
                    "minutes_before": told(first), "minutes_after": told(second),
                    "difference": difference(*(half_up(cleared(told(one)), 1) for one in (first, second))),
                    "state": state(first, second, known=hub in hubs),
                    "roads_ja": on.ja, "roads_en": on.en,
                }
            )  # fmt: skip
    return _frame(rows, "link_changes")


def best(found: Connected, direction: str) -> dict[str, dict[str, Any]]:
    """Return the quickest link of each hub by its id; its minutes are infinite where nothing reaches it.

    A hub that stands on no road is not assessed: its minutes are NaN.

    Parameters
    ----------
    found
        The links.
    direction
        `to_hub` or `to_interchange`.
    """
    off_road = set(found.links.loc[found.links["snap_hub_m"].isna(), "hub"])
    routes = found.routes[found.routes["direction"] == direction]
    ordered = routes.sort_values(["hub_id", "minutes", "interchange_id"], na_position="last", kind="stable")
    kept = ordered.drop_duplicates("hub_id")
    minutes = kept["minutes"].astype("float64").fillna(np.inf).mask(kept["hub"].isin(off_road))
    rows = kept.assign(minutes=minutes).to_dict("records")
    return {str(row["hub_id"]): {str(key): value for key, value in row.items()} for row in rows}


def minutes_of(row: Mapping[str, Any] | None) -> float:
    """Return the minutes of a link that `best` found: infinite unreached, NaN where there is none to assess."""
    return np.nan if row is None else float(row["minutes"])


def told(minutes: float) -> float:
    """Return minutes as tables hold them: NaN where there are none, for whatever reason."""
    return minutes if np.isfinite(minutes) else np.nan


def state(before: float, after: float, *, known: bool = True) -> str:
    """Return what became of a time, as a word of the table; of what is new, why it has no time.

    Parameters
    ----------
    before, after
        Minutes: infinite where unreached, NaN where not assessed.
    known
        False for what is there after only.
    """
    if not known:
        return "new" if np.isfinite(after) else "new_unreached" if np.isinf(after) else "new_not_assessed"
    if np.isnan(before) or np.isnan(after):
        return "not_assessed"
    if np.isinf(before):
        return "unreached" if np.isinf(after) else "newly_reached"
    if np.isinf(after):
        return "lost"
    if abs(after - before) < SAME_MIN:
        return "same"
    return "better" if after < before else "worse"


def _on(route: Any, strips: _Strips) -> list[Text]:
    """Return what the changed roads go by that a route runs on, those with a name first."""
    if route is None or route.is_empty:
        return []
    near = np.sort(strips.tree.query(route, predicate="intersects"))
    metres = shapely.length(shapely.intersection(strips.tree.geometries[near], route))
    on = near[metres > 4 * LINK_M]
    counts = Counter(zip(strips.nameless[on].tolist(), map(str, strips.names[on]), strict=True))
    return [
        Text(ja=f"{name}（{count}本）", en=f"{name} ({count} lines)")
        if nameless and count > 1
        else Text(ja=name, en=name)
        for (nameless, name), count in sorted(counts.items())
    ]


def _few(roads: Sequence[Text]) -> Text:
    """Return some roads as words, of the others their number."""
    shown, rest = list(roads[:FEW]), len(roads) - FEW
    if rest > 0:
        shown.append(Text(ja=f"ほか {rest}", en=f"{rest} more"))
    return Text(ja="、".join(text.ja for text in shown), en=", ".join(text.en for text in shown))


def _frame(rows: list[dict[str, Any]], name: str) -> pd.DataFrame:
    return hold(pd.DataFrame(rows, columns=list(contract(name).names)), name)
