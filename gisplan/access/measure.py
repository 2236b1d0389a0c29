"""Minutes and coverage of every origin layer of a plan to every destination it names."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gisplan.access.by_transit import Ridden, none_in_window, riding_of, transit_table
from gisplan.access.coverage import coverage, opportunities
from gisplan.access.nearest import Matrix, Served, matrix, points_of, ranked, serve
from gisplan.access.places import CELLS, HOUSES, amount, may_be_reached, may_set_out, unfit
from gisplan.access.transit import Riding, Transit, transit_minutes
from gisplan.core.errors import ConfigurationError
from gisplan.core.options import AccessOptions
from gisplan.core.tables import Doubt, contract, findings, hold
from gisplan.core.words import Atlas, Text
from gisplan.network import Connected, Ways
from gisplan.network.link import usable
from gisplan.overlay.listings import listed_once

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

NEAREST = 3
"""How many nearest destinations are reported: the second and third tell how much one depends on the first."""

PEOPLE = "people"
OLDER = "people_65"
OLDER_LAYER = "population_65"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The tables `access` and `coverage`, and minutes to the nearest destination as one row an origin.

    `nearest` has the columns `layer`, `id`, `snap_m` and `to_<destination>` [min], NaN where unreached or not
    assessed; an origin whose `snap_m` is NaN stands on no road. `transit` is the table of that name, None where the
    plan goes otherwise.
    """

    access: pd.DataFrame
    coverage: pd.DataFrame
    nearest: pd.DataFrame
    findings: pd.DataFrame
    transit: pd.DataFrame | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Targets:
    """All destinations together: `layer` of each that stands on a road [f], and those layers with none.

    `riding` holds the timetables, None where the plan goes otherwise.
    """

    served: Served | None
    layer: NDArray[np.object_]
    doubts: tuple[Doubt, ...]
    riding: Riding | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pair:
    """One origin layer and one destination: all `minutes` [o, d] and the smallest `rank` [o, k].

    `rank` is None where there is no destination to reach.
    """

    layer: str
    to: str
    minutes: NDArray[np.float64]
    rank: NDArray[np.float64] | None

    @property
    def first(self) -> NDArray[np.float64] | None:
        """Minutes to the nearest [o]."""
        return None if self.rank is None else self.rank[:, 0]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    access: pd.DataFrame
    coverage: pd.DataFrame
    nearest: pd.DataFrame
    doubts: tuple[Doubt, ...]
    ridden: Ridden | None = None


def measure(atlas: Atlas, network: Connected) -> Measured:
    """Return the minutes from each origin to its nearest destinations, and who is within the thresholds.

    A destination layer that is missing or empty is not assessed: its values are NaN, its `not_assessed` is
    the total, and a finding says so. Population cells count as people and stand at a point inside them; a
    cell whose people are suppressed is in none of the figures, and a finding says so.

    Parameters
    ----------
    atlas
        Layers of the plan.
    network
        The plan's connected network; without roads nothing is assessed.

    Raises
    ------
    ConfigurationError
        If `[access]` sets out from or goes to a layer that is no layer of places.
    """
    options = atlas.plan.access
    problems = unfit(atlas, "access.from", options.origins, may_set_out)
    problems += unfit(atlas, "access.to", options.destinations, may_be_reached)
    if problems:
        raise ConfigurationError(problems)
    targets = _targets(atlas, network.ways)
    parts, doubts = [], list(targets.doubts)
    for name in options.origins:
        table = atlas.table(name)
        if table is None:
            doubts.append(Doubt(code="access.missing_from", layer=name))
        else:
            parts.append(_origin(atlas, table, name, network.ways, targets))
    doubts += [doubt for part in parts for doubt in part.doubts]
    ridden = [part.ridden for part in parts if part.ridden is not None]
    by_transit = options.mode == "transit"
    doubts += none_in_window(atlas, ridden)
    return Measured(
        access=_held([part.access for part in parts], "access"),
        coverage=_held([part.coverage for part in parts], "coverage"),
        nearest=_wide([part.nearest for part in parts], options),
        findings=findings(doubts),
        transit=transit_table(atlas, ridden) if by_transit else None,
    )


def _held(frames: list[pd.DataFrame], name: str) -> pd.DataFrame:
    empty = pd.DataFrame(columns=list(contract(name).names))
    return hold(pd.concat(frames, ignore_index=True) if frames else empty, name)


def _wide(frames: list[pd.DataFrame], options: AccessOptions) -> pd.DataFrame:
    columns = ["layer", "id", "snap_m", *(f"to_{name}" for name in options.destinations)]
    if not frames:
        return pd.DataFrame(columns=columns)
    return pd.concat(frames, ignore_index=True)[columns].sort_values(["layer", "id"], ignore_index=True)


def _targets(atlas: Atlas, ways: Ways | None) -> _Targets:
    """Return the destinations of every layer on the network, in one search."""
    doubts, points, layers = [], [], []
    for name in atlas.plan.access.destinations:
        table = atlas.table(name)
        if table is not None and name == "interchange":
            table = usable(table)
        if table is None or table.empty:
            doubts.append(Doubt(code="access.missing_to", layer=name))
            continue
        points.append(points_of(table.geometry.to_numpy()))
        layers.append(np.full(len(table), name, dtype=object))
    layer = np.concatenate(layers) if layers else np.empty(0, dtype=object)
    if ways is None or not layers:
        return _Targets(served=None, layer=layer[:0], doubts=tuple(doubts))
    served = serve(ways, np.concatenate(points), by_ramp=layer == "interchange")
    doubts += _off_road(layer, served.found, ways.limit_m)
    riding, more = riding_of(atlas, ways, served)
    return _Targets(served=served, layer=layer[served.found], doubts=(*doubts, *more), riding=riding)


def _minutes(
    ways: Ways, served: Served, riding: Riding | None, origins: NDArray[np.object_]
) -> tuple[Matrix, Transit | None]:
    """Return the minutes of the plan's mode from each origin, and all that is known of those by timetable."""
    if riding is None:
        return matrix(ways, served, origins), None
    found = transit_minutes(riding, origins)
    return found.first, found


def _off_road(layer: NDArray[np.object_], found: NDArray[np.bool_], limit_m: float) -> list[Doubt]:
    doubts = []
    for name in dict.fromkeys(layer):
        here = layer == name
        off = int((here & ~found).sum())
        if off:
            # Interchanges come from a file of the whole country: the far ones are no doubt about the data.
            code = "access.none_on_road" if off == here.sum() else "access.destination_off_road"
            if code == "access.destination_off_road" and name == "interchange":
                continue
            values = {"count": off, "limit": f"{limit_m:g}"}
            doubts.append(Doubt(code=code, layer=str(name), values=values))
    return doubts


def _origin(atlas: Atlas, table: gpd.GeoDataFrame, name: str, ways: Ways | None, targets: _Targets) -> _Part:
    """Return all rows of one origin layer."""
    options = atlas.plan.access
    weight, older, doubts = _weights(atlas, table, name)
    minutes, snap_m = np.empty((len(table), 0)), np.full(len(table), np.nan)
    ids, ridden = table["id"].to_numpy(object), None
    if ways is not None and targets.served is not None:
        points = points_of(table.geometry.to_numpy())
        found, transit = _minutes(ways, targets.served, targets.riding, points)
        minutes, snap_m = found.minutes, found.snap_m
        doubts += _not_assessed(weight, snap_m, name, ways.limit_m)
        if transit is not None:
            ridden = Ridden(layer=name, ids=ids, transit=transit, layer_of=targets.layer)
    wide: dict[str, Any] = {"layer": name, "id": ids, "snap_m": snap_m}
    access, covered = [], []
    for to in options.destinations:
        there = minutes[:, targets.layer == to]
        rank = ranked(there, count=NEAREST) if there.shape[1] else None
        first = None if rank is None else rank[:, 0]
        wide[f"to_{to}"] = np.nan if first is None else np.where(np.isfinite(first), first, np.nan)
        pair = _Pair(layer=name, to=to, minutes=there, rank=rank)
        access.append(_access(ids, pair, options.minutes))
        covered.append(coverage(first, weight, layer=name, to=to, thresholds=options.minutes))
        if older is not None:
            covered.append(coverage(first, older, layer=OLDER_LAYER, to=to, thresholds=options.minutes))
        lost = _unreached(first, weight, name, to=(to, _title(atlas, to)))
        doubts += lost if ridden is None else [replace(doubt, code="transit.unreached") for doubt in lost]
    return _Part(
        access=pd.concat(access, ignore_index=True),
        coverage=pd.concat(covered, ignore_index=True),
        nearest=pd.DataFrame(wide, index=range(len(table))),
        doubts=tuple(doubts),
        ridden=ridden,
    )


def _weights(
    atlas: Atlas, table: gpd.GeoDataFrame, name: str
) -> tuple[NDArray[np.float64], NDArray[np.float64] | None, list[Doubt]]:
    """Return what each origin counts for, people or one, and its older people where they are known at all.

    What is suppressed is NaN: unknown, not nobody. A house that several lists name counts once.
    """
    if name == HOUSES:
        return listed_once(table).astype("float64"), None, []
    if name != CELLS:
        return np.ones(len(table)), None, []
    people, older = (table[column].to_numpy("float64") for column in (PEOPLE, OLDER))
    doubts = _hidden(atlas, people, PEOPLE, name)
    if np.isnan(older).all():
        return people, None, [*doubts, Doubt(code="access.no_older", layer=OLDER_LAYER)]
    return people, older, doubts + _hidden(atlas, older, OLDER, OLDER_LAYER)


def _hidden(atlas: Atlas, values: NDArray[np.float64], column: str, layer: str) -> list[Doubt]:
    count = int(np.isnan(values).sum())
    if not count:
        return []
    spec = atlas.catalogue.get(CELLS)
    title = Text(ja=column, en=column) if spec is None else spec.fields[column].title
    return [Doubt(code="access.suppressed", layer=layer, values={"count": count, "field": title})]


def _access(ids: NDArray[np.object_], pair: _Pair, thresholds: tuple[float, ...]) -> pd.DataFrame:
    """Return the rows of the table `access` for one origin layer and one destination."""
    blank = np.full(len(ids), np.nan)
    rank = np.tile(blank[:, None], NEAREST) if pair.rank is None else pair.rank
    values = {f"nearest_{k + 1}": rank[:, k] for k in range(NEAREST)}
    values |= {
        f"within_{threshold:g}": blank if pair.rank is None else opportunities(pair.minutes, threshold)
        for threshold in thresholds
    }
    together = np.concatenate(list(values.values()))
    units = np.array(["min"] * NEAREST + ["count"] * len(thresholds), dtype=object)
    return pd.DataFrame(
        {
            "layer": pair.layer,
            "id": np.tile(ids, len(values)),
            "to": pair.to,
            "measure": np.repeat(np.array(list(values), dtype=object), len(ids)),
            "value": np.where(np.isfinite(together), together, np.nan),
            "unit": np.repeat(units, len(ids)),
        }
    )


def _not_assessed(
    weight: NDArray[np.float64], snap_m: NDArray[np.float64], name: str, limit_m: float
) -> list[Doubt]:
    off = np.isnan(snap_m)
    if not off.any():
        return []
    values = {"amount": amount(name, int(off.sum()), np.nansum(weight[off])), "limit": f"{limit_m:g}"}
    return [Doubt(code="access.not_assessed", layer=name, values=values)]


def _unreached(
    first: NDArray[np.float64] | None, weight: NDArray[np.float64], name: str, *, to: tuple[str, Text]
) -> list[Doubt]:
    lost = np.zeros(0, bool) if first is None else np.isinf(first)
    if not lost.any():
        return []
    key, title = to
    values = {"amount": amount(name, int(lost.sum()), np.nansum(weight[lost])), "to": title}
    return [Doubt(code="access.unreached", layer=name, subject=key, values=values)]


def _title(atlas: Atlas, layer: str) -> Text:
    """Return a layer's title, its name where the catalogue has none."""
    spec = atlas.catalogue.get(layer)
    return Text(ja=layer, en=layer) if spec is None else spec.title
