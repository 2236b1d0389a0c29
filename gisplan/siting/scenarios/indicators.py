"""The table `scenarios`: the grants' own indicators before and after, as their forms print them."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gisplan.access.coverage import COUNTED, within
from gisplan.access.places import HOUSES, PEOPLE_LAYERS
from gisplan.core.tables import contract, hold
from gisplan.core.words import Text
from gisplan.network import Connected
from gisplan.siting.scenarios.forms import Form, forms, mean, reduction_rate, state_minutes
from gisplan.siting.scenarios.gains import best, minutes_of, state, told
from gisplan.siting.scenarios.means import Pair, compared, mean_minutes, sides
from gisplan.siting.scenarios.rows import Row, row_of
from gisplan.siting.scenarios.standards import Standards, standard_rows
from gisplan.siting.scenarios.trips import Trips

if TYPE_CHECKING:
    from gisplan.access import Isochrone

INTERCHANGE = "interchange"
DIRECTION = "to_interchange"
"""The forms ask for the time from the hub to the interchange."""

METRES = 1000.0
Titles = Mapping[str, Text]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One scenario beside today: its links, its trips, and what its figures rest on.

    `thresholds` are the minutes of `[access]`, `titles` what layers are called, `basis` the speeds and the day of what
    sets out from homes and people, `links_basis` that of the links, which are by car, `standards_basis` that of the
    yardsticks; `hubs` the ids of the hubs of today. `standards` are what was measured beside the trips, before and
    after, `isochrones` those of the scenario.
    """

    scenario: str
    before: Connected
    after: Connected
    trips: tuple[Trips, ...]
    thresholds: tuple[float, ...]
    titles: Titles
    basis: Text
    links_basis: Text
    standards: tuple[Standards, Standards]
    standards_basis: Mapping[str, Text]
    isochrones: tuple[Isochrone, ...] = ()
    hubs: frozenset[str] = frozenset()

    def with_houses(self, ids: Collection[str]) -> Compared:
        """Return the same with figures on some vacant houses alone, each counted once."""
        before, after = self.standards
        trips = tuple(own.only(ids) if own.layer == HOUSES else own for own in self.trips)
        return dataclasses.replace(
            self, trips=trips, standards=(before.with_houses(ids), after.with_houses(ids))
        )


def indicators(found: Compared) -> pd.DataFrame:
    """Return the rows of the table `scenarios` for one scenario.

    Values are rounded half up as the form of the indicator says; difference and rate are those of the rounded
    values, so that whoever has the form can work them out again. A mean of minutes is that of the unrounded ones, as
    everywhere else; only the mean of the rates is that of rounded rates, as the form asks.

    Parameters
    ----------
    found
        The scenario beside today.
    """
    rows = [
        *_hub_minutes(found),
        # The forms ask for the way by car.
        *(_area_minutes(found) if found.before.mode == "car" else ()),
        *(_people(found) if found.before.mode == "car" else ()),
        *_by_state(found),
        *_coverage(found),
        *_means(found),
        *standard_rows(*found.standards, titles=found.titles, bases=found.standards_basis),
    ]
    for order, row in enumerate(rows, start=1):
        basis = found.links_basis if row["layer"] == "hub" else found.basis
        row |= {"scenario": found.scenario, "order": order}
        # Yardsticks bring their own: some rest on no speed at all.
        row.setdefault("basis_ja", basis.ja)
        row.setdefault("basis_en", basis.en)
    return hold(pd.DataFrame(rows, columns=list(contract("scenarios").names)), "scenarios")


def _hub_pairs(found: Compared) -> dict[str, tuple[str, Pair]]:
    """Return the label of each hub and its quickest time to an interchange before and after, by its id.

    A label may change with a scenario: a hub of today bears its id beside its name once one of that name is added.
    """
    old, new = (best(part, DIRECTION) for part in (found.before, found.after))
    pairs = {}
    for hub in sorted(set(old) | set(new)):
        first, second = minutes_of(old.get(hub)), minutes_of(new.get(hub))
        name = str((new.get(hub) or old[hub])["hub"])
        became = state(first, second, known=hub in found.hubs)
        pairs[hub] = (name, Pair(before=first, after=second, state=became))
    return pairs


def _hub_minutes(found: Compared) -> Iterable[Row]:
    """Yield the time of each hub to its nearest interchange, the mean of the rates, and how many reach none."""
    form = forms()["ic_minutes"]
    named = _hub_pairs(found).values()
    for name, pair in named:
        before, after = (form.value(told(value)) for value in (pair.before, pair.after))
        row = row_of(form, before, after, parts=[name], called={"subject": name}, layer="hub", to=INTERCHANGE)
        yield row | {"state": pair.state}
    pairs = [pair for _, pair in named]
    if not pairs:
        return
    title = found.titles.get("hub", Text(ja="拠点施設", en="hubs"))
    yield from _mean_rates(pairs, "hub", title)
    number = forms()["ic_unreached"]
    before, after = (
        float(np.isinf([getattr(pair, side) for pair in pairs]).sum()) for side in ("before", "after")
    )
    called = {"subject": title}
    yield row_of(number, before, after, parts=["hub"], called=called, layer="hub", to=INTERCHANGE)


def _mean_rates(pairs: Sequence[Pair], layer: str, title: Text) -> Iterable[Row]:
    """Yield the mean of the minutes, with that of the rates as the form prints it, and before rounding.

    Who is cut off, and who is in no mean, is told in words.
    """
    kept, became, said = compared(pairs, unit="hubs" if layer == "hub" else "areas")
    every = forms()
    value = every["ic_minutes"].value
    before, after = sides(kept)
    both = list(zip(before, after, strict=True)) if before and after else []
    printed = [(value(first), value(second)) for first, second in both]
    rates = {
        "ic_minutes_mean": [reduction_rate(*pair) for pair in printed],
        "ic_minutes_mean_unrounded": [reduction_rate(*pair, digits=12) for pair in printed],
    }
    for code, values in rates.items():
        form = every[code]
        first, second = (mean(side, digits=form.digits) for side in (before, after))
        row = row_of(
            form, first, second, parts=[layer], called={"subject": title}, layer=layer, to=INTERCHANGE
        )
        more = {"rate": mean(values, digits=form.digits), "note_ja": said.ja, "note_en": said.en}
        yield row | more | ({"state": became} if became else {})


def _area_minutes(found: Compared) -> Iterable[Row]:
    """Yield the mean time of the origins of each promotion area to their nearest interchange."""
    form = forms()["area_ic_minutes"]
    for trips in found.trips:
        if INTERCHANGE not in trips.before:
            continue
        pairs = []
        layer = found.titles.get(trips.layer, Text(ja=trips.layer, en=trips.layer))
        for area in sorted(set(trips.promotion) - {""}):
            pair = mean_minutes(trips, INTERCHANGE, here=trips.promotion == area)
            pairs.append(pair)
            called = {"subject": _both(trips.promotion_names[area], layer)}
            yield _of_mean(form, pair, [trips.layer, str(area)], called, layer=trips.layer, to=INTERCHANGE)
        if pairs:
            yield from (
                row | {"indicator": f"area_{row['indicator']}"}
                for row in _mean_rates(pairs, trips.layer, _areas(found.titles, trips.layer))
            )


def _of_mean(form: Form, pair: Pair, parts: Sequence[str], called: Mapping[str, Any], **more: Any) -> Row:
    """Return a row of a mean of many, with who is not in it."""
    before, after = (form.value(told(value)) for value in (pair.before, pair.after))
    row = row_of(form, before, after, parts=parts, called=called, **more)
    # What is printed is compared as it is printed.
    became = {} if pair.state in {"same", "better", "worse"} else {"state": pair.state}
    return row | became | {"note_ja": pair.note.ja, "note_en": pair.note.en}


def _both(name: str, layer: Text) -> Text:
    return Text(ja=f"{name}、{layer.ja}", en=f"{name}, {layer.en}")


def _areas(titles: Titles, layer: str) -> Text:
    own = titles.get(layer, Text(ja=layer, en=layer))
    return Text(ja=f"区域ごと、{own.ja}", en=f"areas, {own.en}")


def _people(found: Compared) -> Iterable[Row]:
    """Yield the people who reach an interchange within ten minutes, in units of 10,000, by the finest layer."""
    form = forms()["people_ic"]
    by_layer = {trips.layer: trips for trips in found.trips if INTERCHANGE in trips.before}
    layer = next((name for name in PEOPLE_LAYERS if name in by_layer), None)
    if layer is None:
        return
    before, after = (form.value(value) for value in _within(by_layer[layer], INTERCHANGE, form.minutes)[0])
    parts = [f"{form.minutes:g}"]
    called = {"minutes": f"{form.minutes:g}"}
    yield row_of(form, before, after, parts=parts, called=called, layer=layer, to=INTERCHANGE)


def _by_state(found: Compared) -> Iterable[Row]:
    """Yield the time of each hub's quickest link by length and state of its roads."""
    form = forms()["link_state_minutes"]
    old, new = (_state_minutes(part) for part in (found.before, found.after))
    for hub, (name, pair) in _hub_pairs(found).items():
        before, after = old.get(hub, np.nan), new.get(hub, np.nan)
        if np.isnan(before) and np.isnan(after):
            continue
        row = row_of(form, before, after, parts=[name], called={"subject": name}, layer="hub", to=INTERCHANGE)
        # A time is missing because the link is, or because no width of it is known.
        yield row | ({"state": pair.state} if pair.state in {"new", "newly_reached", "lost"} else {})


def _state_minutes(found: Connected) -> dict[str, float]:
    """Return the minutes by length and state of the quickest link of each hub, by its id."""
    links = found.links[found.links["direction"] == DIRECTION].set_index(["hub", "interchange"])
    quickest = {hub: row for hub, row in best(found, DIRECTION).items() if np.isfinite(row["minutes"])}
    km = links[["narrow_m", "length_m"]].astype("float64") / METRES
    rows = {hub: km.loc[(row["hub"], row["interchange"])].tolist() for hub, row in quickest.items()}
    return {hub: state_minutes(narrow, length - narrow) for hub, (narrow, length) in rows.items()}


def _coverage(found: Compared) -> Iterable[Row]:
    """Yield how many, and which share, reach each destination within each threshold."""
    number, part = forms()["within"], forms()["share"]
    for trips, to, layer in _pairs(found):
        for threshold in found.thresholds:
            inside, assessed = _within(trips, to, threshold)
            if not any(amount > 0.0 for amount in assessed):
                continue
            parts = [trips.layer, to, f"{threshold:g}"]
            goal = found.titles.get(to, Text(ja=to, en=to))
            called = {"layer": layer, "to": goal, "minutes": f"{threshold:g}"}
            more = {"layer": trips.layer, "to": to}
            before, after = (number.value(value) for value in inside)
            unit = COUNTED.get(trips.layer, "places")
            yield row_of(number, before, after, parts=parts, called=called, **more) | {"unit": unit}
            before, after = (
                part.value(100.0 * value / total) for value, total in zip(inside, assessed, strict=True)
            )
            yield row_of(part, before, after, parts=parts, called=called, **more)


def _within(trips: Trips, to: str, threshold: float) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return before and after how many are within a time of those that are assessed, and how many these are.

    They are those assessed both times, like with like; where a side has nobody, the other stands alone.
    """
    known = ~np.isnan(trips.weight)
    each = [known & ~np.isnan(minutes[to]) for minutes in (trips.before, trips.after)]
    both = each[0] & each[1]
    able = [both, both] if both.any() else each
    inside, assessed = [], []
    for minutes, those in zip((trips.before, trips.after), able, strict=True):
        weight = trips.weight[those]
        assessed.append(float(weight.sum()) if weight.sum() > 0.0 else np.nan)
        inside.append(float(weight[within(minutes[to][those], threshold)].sum()) if those.any() else np.nan)
    return (inside[0], inside[1]), (assessed[0], assessed[1])


def _means(found: Compared) -> Iterable[Row]:
    form = forms()["mean_minutes"]
    every = {trips.layer: np.ones(len(trips.id), bool) for trips in found.trips}
    for trips, to, layer in _pairs(found):
        pair = mean_minutes(trips, to, here=every[trips.layer])
        if np.isnan(pair.before):
            continue
        called = {"layer": layer, "to": found.titles.get(to, Text(ja=to, en=to))}
        yield _of_mean(form, pair, [trips.layer, to], called, layer=trips.layer, to=to)


def _pairs(found: Compared) -> Iterable[tuple[Trips, str, Text]]:
    """Yield every origin layer with each of its destinations, and what it is called."""
    for trips in found.trips:
        layer = found.titles.get(trips.layer, Text(ja=trips.layer, en=trips.layer))
        yield from ((trips, to, layer) for to in trips.before)
