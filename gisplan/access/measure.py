"""Minutes, coverage and every other measure from the origin layers of a plan to the destinations it names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gisplan.access.asked import Asked, ready
from gisplan.access.by_transit import Ridden, none_in_window, transit_table
from gisplan.access.nearest import Matrix, matrix, ranked
from gisplan.access.opportunities import opportunities
from gisplan.access.origins import Origins, read_origins
from gisplan.access.outer import outer
from gisplan.access.places import amount, may_be_reached, may_set_out, unfit
from gisplan.access.scores import SHARED, UNITS, names_of
from gisplan.access.spheres import spheres
from gisplan.access.standing import Standing, stand, yardstick_table
from gisplan.access.summed import SUMMED, summed
from gisplan.access.targets import Targets, read_targets
from gisplan.access.transit import Transit, transit_minutes
from gisplan.core.errors import ConfigurationError, InputError
from gisplan.core.options import AccessOptions
from gisplan.core.tables import Doubt, contract, findings, hold
from gisplan.core.words import Atlas, Text
from gisplan.layers.timetables import without_trips
from gisplan.network import Connected, Ways

if TYPE_CHECKING:
    from numpy.typing import NDArray

NEAREST = 3
"""How many nearest destinations are reported: the second and third tell how much one depends on the first."""

BLOCK = 20_000_000
"""Minutes held at once [origins times destinations]: the origins of a layer are taken in blocks of so many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The tables of this floor, and minutes to the nearest destination as one row an origin.

    `nearest` has the columns `layer`, `id`, `snap_m` and `to_<destination>` [min], NaN where unreached or not
    assessed; an origin whose `snap_m` is NaN stands on no road. `stands` are the origins behind `yardsticks`;
    `transit` is the table of that name, None where the plan goes otherwise.
    """

    access: pd.DataFrame
    coverage: pd.DataFrame
    curves: pd.DataFrame
    equity: pd.DataFrame
    bands: pd.DataFrame
    yardsticks: pd.DataFrame
    spheres: pd.DataFrame
    outer: pd.DataFrame
    nearest: pd.DataFrame
    findings: pd.DataFrame
    stands: tuple[Standing, ...] = ()
    transit: pd.DataFrame | None = None

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """The tables by the name of their contract, in the order of the output; of some only such as have rows."""
        found = {name: getattr(self, name) for name in ("access", *SUMMED)}
        more = {name: getattr(self, name) for name in ("yardsticks", "spheres", "outer")}
        timed = {} if self.transit is None else {"transit": self.transit}
        return found | timed | {name: table for name, table in more.items() if len(table)}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reached:
    """What one origin layer reaches of one destination layer: `amounts` of each measure by its name, each [o].

    `first` are the minutes to the nearest [o], None where there is no destination to reach.
    """

    to: str
    first: NDArray[np.float64] | None
    amounts: dict[str, NDArray[np.float64]]
    units: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    tables: dict[str, pd.DataFrame]
    nearest: pd.DataFrame
    doubts: tuple[Doubt, ...]
    ridden: Ridden | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Block:
    """The minutes of some origins of a layer, and all that is known of those by timetable."""

    found: Matrix
    transit: Transit | None = None


def measure(atlas: Atlas, network: Connected) -> Measured:
    """Return the minutes from each origin to its nearest destinations, who is within the thresholds, and what is asked.

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
        If `[access]` sets out from or goes to a layer that is no layer of places, or names a station or interchange
        that is not there.
    InputError
        If the plan goes by transit and has no feed, or no trip runs on the day of service.
    """
    options, ways = atlas.plan.access, network.ways
    problems = unfit(atlas, "access.from", options.origins, may_set_out)
    problems += unfit(atlas, "access.to", options.destinations, may_be_reached)
    if problems:
        raise ConfigurationError(problems)
    if network.mode == "transit" and (nowhere := without_trips(atlas.plan, atlas.timetables)) is not None:
        raise InputError(nowhere)
    targets = read_targets(atlas, ways)
    origins = {name: read_origins(atlas, name) for name in dict.fromkeys(_named(options))}
    blocks = partial(_blocks, ways, targets)
    asked, told = ready(
        atlas, targets, people=origins.get, blocks=lambda those: (one.found.minutes for one in blocks(those))
    )
    doubts, parts = [*targets.doubts, *told], []
    for name in options.origins:
        found = origins[name]
        if found is None:
            doubts.append(Doubt(code="access.missing_from", layer=name))
        else:
            parts.append(_origin(atlas, found, ways, targets, asked))
    doubts += [doubt for part in parts for doubt in part.doubts]
    there = {name: found for name in options.origins if (found := origins[name]) is not None}
    stands, left = stand(atlas, there, car=ways if network.mode == "car" else None)
    ridden = [part.ridden for part in parts if part.ridden is not None]
    # By transit the network is that on foot: what only roads are asked for is then not assessed.
    by_road = None if network.mode == "transit" else ways
    far, said = outer(atlas, ways=by_road)
    doubts += [*left, *said, *none_in_window(atlas, ridden)]
    return Measured(
        **{name: _held([part.tables[name] for part in parts], name) for name in ("access", *SUMMED)},
        yardsticks=yardstick_table(stands),
        spheres=spheres(atlas, there, ways=by_road),
        outer=far,
        nearest=_wide([part.nearest for part in parts], options),
        findings=findings(doubts),
        stands=stands,
        transit=transit_table(atlas, ridden) if network.mode == "transit" else None,
    )


def _named(options: AccessOptions) -> tuple[str, ...]:
    """Return the origin layers, and those whose people share what is asked for."""
    return (*options.origins, *(one.demand for one in options.measures if one.measure in SHARED))


def _minutes(ways: Ways, targets: Targets, points: NDArray[np.object_]) -> _Block:
    """Return the minutes of some origins to all destinations: the one place where they come from, whatever the mode."""
    if targets.served is None:
        none = np.full(len(points), np.nan)
        return _Block(found=Matrix(minutes=np.empty((len(points), 0)), snap_m=none))
    if targets.riding is None:
        return _Block(found=matrix(ways, targets.served, points))
    transit = transit_minutes(targets.riding, points)
    return _Block(found=transit.first, transit=transit)


def _blocks(ways: Ways | None, targets: Targets, origins: Origins) -> Iterator[_Block]:
    """Yield the minutes of the origins of a layer to all destinations, a block of origins at a time."""
    if ways is None:
        return
    # A timetable is searched backwards from every origin of a layer at once.
    rows = max(BLOCK // max(len(targets.layer), 1), 1) if targets.riding is None else len(origins.ids)
    for start in range(0, len(origins.ids), max(rows, 1)):
        yield _minutes(ways, targets, origins.points[start : start + rows])


def _held(frames: list[pd.DataFrame], name: str) -> pd.DataFrame:
    empty = pd.DataFrame(columns=list(contract(name).names))
    return hold(pd.concat(frames, ignore_index=True) if frames else empty, name)


def _wide(frames: list[pd.DataFrame], options: AccessOptions) -> pd.DataFrame:
    columns = ["layer", "id", "snap_m", *(f"to_{name}" for name in options.destinations)]
    if not frames:
        return pd.DataFrame(columns=columns)
    return pd.concat(frames, ignore_index=True)[columns].sort_values(["layer", "id"], ignore_index=True)


def _origin(
    atlas: Atlas, origins: Origins, ways: Ways | None, targets: Targets, asked: tuple[Asked, ...]
) -> _Part:
    """Return all rows of one origin layer."""
    options = atlas.plan.access
    reached, snap_m, ridden = _reached(options, origins, ways, targets, asked)
    doubts = list(origins.doubts)
    if ways is not None and targets.served is not None:
        doubts += _not_assessed(origins, snap_m, ways.limit_m)
    wide: dict[str, Any] = {"layer": origins.layer, "id": origins.ids, "snap_m": snap_m}
    parts: dict[str, list[pd.DataFrame]] = {name: [] for name in ("access", *SUMMED)}
    for one in reached:
        first = one.first
        wide[f"to_{one.to}"] = np.nan if first is None else np.where(np.isfinite(first), first, np.nan)
        parts["access"].append(_access(origins, one))
        for layer, weight in origins.counted:
            rows = summed(first, weight, layer=layer, to=one.to, thresholds=options.minutes)
            for name in SUMMED:
                parts[name].append(rows[name])
        lost = _unreached(origins, first, to=(one.to, _title(atlas, one.to)))
        doubts += lost if ridden is None else [replace(doubt, code="transit.unreached") for doubt in lost]
    return _Part(
        tables={name: pd.concat(frames, ignore_index=True) for name, frames in parts.items()},
        nearest=pd.DataFrame(wide, index=range(len(origins.ids))),
        doubts=tuple(doubts),
        ridden=ridden,
    )


def _reached(
    options: AccessOptions, origins: Origins, ways: Ways | None, targets: Targets, asked: tuple[Asked, ...]
) -> tuple[list[_Reached], NDArray[np.float64], Ridden | None]:
    """Return what a layer reaches of each destination, how far each origin is from its road [o, m], and its rides."""
    ridden = None
    snaps: list[NDArray[np.float64]] = []
    blocks: dict[str, list[dict[str, NDArray[np.float64]]]] = {to: [] for to in options.destinations}
    for block in _blocks(ways, targets, origins):
        found = block.found
        snaps.append(found.snap_m)
        if block.transit is not None:
            ridden = Ridden(
                layer=origins.layer, ids=origins.ids, transit=block.transit, layer_of=targets.layer
            )
        for to, values in blocks.items():
            there = found.minutes[:, targets.layer == to]
            values.append(_values(there, [one for one in asked if one.measure.to == to], options))
    count = len(origins.ids)
    nothing = np.full(count, np.nan)
    reached = []
    for to, values in blocks.items():
        units = _units(options, [one for one in asked if one.measure.to == to])
        together = {
            name: np.concatenate([part[name] for part in values]) if values else nothing for name in units
        }
        any_there = bool(values) and bool((targets.layer == to).any())
        first = together["nearest_1"] if any_there else None
        reached.append(_Reached(to=to, first=first, amounts=together, units=units))
    return reached, np.concatenate(snaps) if snaps else nothing, ridden


def _units(options: AccessOptions, asked: list[Asked]) -> dict[str, str]:
    """Return the names of all measures to one destination in their order, with their units."""
    units = {f"nearest_{k + 1}": "min" for k in range(NEAREST)}
    units |= {f"within_{threshold:g}": "count" for threshold in options.minutes}
    for one in asked:
        unit = "supply" if one.measure.measure == "cumulative" and one.measure.supply else None
        units |= dict.fromkeys(names_of(one.measure), unit or UNITS[one.measure.measure])
    return units


def _values(
    there: NDArray[np.float64], asked: list[Asked], options: AccessOptions
) -> dict[str, NDArray[np.float64]]:
    """Return every measure of some origins to the destinations of one layer, from their minutes [o, d]."""
    values: dict[str, NDArray[np.float64]] = {}
    if there.shape[1]:
        rank = ranked(there, count=NEAREST)
        values = {f"nearest_{k + 1}": rank[:, k] for k in range(NEAREST)}
        values |= {f"within_{at:g}": opportunities(there, at) for at in options.minutes}
    else:
        names = [name for name in _units(options, []) if name]
        values = {name: np.full(len(there), np.nan) for name in names}
    for one in asked:
        values |= one.values(there)
    return values


def _access(origins: Origins, reached: _Reached) -> pd.DataFrame:
    """Return the rows of the table `access` for one origin layer and one destination."""
    names, count = list(reached.amounts), len(origins.ids)
    together = np.concatenate([reached.amounts[name] for name in names])
    finite = np.isfinite(together)
    states = np.array(["", "unreached", "not_assessed"], dtype=object)
    return pd.DataFrame(
        {
            "layer": origins.layer,
            "id": np.tile(origins.ids, len(names)),
            "to": reached.to,
            "measure": np.repeat(np.array(names, dtype=object), count),
            "value": np.where(finite, together, np.nan),
            "unit": np.repeat(np.array([reached.units[name] for name in names], dtype=object), count),
            "state": states[np.where(finite, 0, np.where(np.isinf(together), 1, 2))],
        }
    )


def _not_assessed(origins: Origins, snap_m: NDArray[np.float64], limit_m: float) -> list[Doubt]:
    off, name = np.isnan(snap_m), origins.layer
    if not off.any():
        return []
    lost = amount(name, int(off.sum()), np.nansum(origins.weight[off]))
    return [Doubt(code="access.not_assessed", layer=name, values={"amount": lost, "limit": f"{limit_m:g}"})]


def _unreached(origins: Origins, first: NDArray[np.float64] | None, *, to: tuple[str, Text]) -> list[Doubt]:
    lost, name = np.zeros(0, bool) if first is None else np.isinf(first), origins.layer
    if not lost.any():
        return []
    key, title = to
    values = {"amount": amount(name, int(lost.sum()), np.nansum(origins.weight[lost])), "to": title}
    return [Doubt(code="access.unreached", layer=name, subject=key, values=values)]


def _title(atlas: Atlas, layer: str) -> Text:
    """Return a layer's title, its name where the catalogue has none."""
    spec = atlas.catalogue.get(layer)
    return Text(ja=layer, en=layer) if spec is None else spec.title
