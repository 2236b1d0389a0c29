"""The table `scenarios`: the grants' own indicators before and after, as their forms print them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gisplan.access.coverage import within
from gisplan.access.places import CELLS, HOUSES
from gisplan.core.tables import contract, half_up, hold
from gisplan.core.words import Text
from gisplan.network import Connected
from gisplan.siting.forms import Form, difference, forms, increase_rate, mean, reduction_rate, state_minutes
from gisplan.siting.gains import best, state
from gisplan.siting.trips import Trips

if TYPE_CHECKING:
    from numpy.typing import NDArray

INTERCHANGE = "interchange"
DIRECTION = "to_interchange"
"""The forms ask for the time from the hub to the interchange."""

TIMES = frozenset({"reduction", "mean"})
"""Forms of times, of which less is better."""

METRES = 1000.0
UNITS: Mapping[str, str] = {CELLS: "people", HOUSES: "houses"}
"""What origins are counted in; all others are places."""

Titles = Mapping[str, Text]
Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One scenario beside today: its links, its trips, and what its figures rest on.

    `thresholds` are the minutes of `[access]`, `titles` what layers are called, `basis` the speeds and the day of what
    sets out from homes and people, `links_basis` that of the links, which are by car.
    """

    scenario: str
    before: Connected
    after: Connected
    trips: tuple[Trips, ...]
    thresholds: tuple[float, ...]
    titles: Titles
    basis: Text
    links_basis: Text


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
        *_area_minutes(found),
        *_people(found),
        *_by_state(found),
        *_coverage(found),
        *_means(found),
    ]
    for order, row in enumerate(rows, start=1):
        basis = found.links_basis if row["layer"] == "hub" else found.basis
        row |= {"scenario": found.scenario, "order": order, "basis_ja": basis.ja, "basis_en": basis.en}
    return hold(pd.DataFrame(rows, columns=list(contract("scenarios").names)), "scenarios")


def _row(
    form: Form, before: float, after: float, *, parts: Sequence[str], called: Mapping[str, Any], **more: Any
) -> Row:
    """Return a row of two printed values; the key tells what it is about, part by part."""
    rate = {"reduction": reduction_rate, "increase": increase_rate}.get(form.rate)
    title = form.called(**called)
    return {
        "indicator": "/".join([form.code, *parts]),
        "title_ja": title.ja, "title_en": title.en,
        "before": before, "after": after, "difference": difference(before, after),
        "rate": np.nan if rate is None else rate(before, after),
        "unit": form.unit,
        "state": state(before, after) if form.rate in TIMES else _moved(before, after),
        "rounding_ja": form.rounding.ja, "rounding_en": form.rounding.en,
        "source_ja": form.source.ja, "source_en": form.source.en,
        "layer": "", "to": "",
        **more,
    }  # fmt: skip


def _moved(before: float, after: float) -> str:
    """Return what became of a number or share: no time, so more is no loss and fewer none either."""
    if np.isnan(before) or np.isnan(after):
        return "not_assessed"
    return "same" if before == after else "more" if after > before else "fewer"


def _hub_minutes(found: Compared) -> Iterable[Row]:
    """Yield the time of each hub to its nearest interchange, and the mean of the rates."""
    form = forms()["ic_minutes"]
    pairs = []
    old, new = (best(part, DIRECTION) for part in (found.before, found.after))
    for hub in sorted(set(old) | set(new)):
        raw = _minutes(old.get(hub)), _minutes(new.get(hub))
        pairs.append(raw)
        name = str((new.get(hub) or old[hub])["hub"])
        before, after = (form.value(value) for value in raw)
        row = _row(form, before, after, parts=[name], called={"subject": name}, layer="hub", to=INTERCHANGE)
        yield row | {"state": state(*raw, known=hub in old)}
    if pairs:
        yield from _mean_rates(pairs, "hub", found.titles.get("hub", Text(ja="拠点施設", en="hubs")))


def _mean_rates(pairs: Sequence[tuple[float, float]], layer: str, title: Text) -> Iterable[Row]:
    """Yield the mean of the minutes, with that of the rates as the form prints it, and before rounding.

    What is unreached is in neither.
    """
    known = [(before, after) for before, after in pairs if np.isfinite(before) and np.isfinite(after)]
    every = forms()
    value = every["ic_minutes"].value
    printed = [(value(before), value(after)) for before, after in known]
    rates = {
        "ic_minutes_mean": [reduction_rate(*pair) for pair in printed],
        "ic_minutes_mean_unrounded": [reduction_rate(*pair, digits=12) for pair in printed],
    }
    for code, values in rates.items():
        form = every[code]
        before, after = (mean([pair[side] for pair in known], digits=form.digits) for side in (0, 1))
        row = _row(form, before, after, parts=[layer], called={"subject": title}, layer=layer, to=INTERCHANGE)
        yield row | {"rate": mean(values, digits=form.digits)}


def _area_minutes(found: Compared) -> Iterable[Row]:
    """Yield the mean time of the origins of each promotion area to their nearest interchange."""
    form = forms()["area_ic_minutes"]
    for trips in found.trips:
        if INTERCHANGE not in trips.before:
            continue
        pairs = []
        for area in sorted(set(trips.promotion) - {""}):
            here = trips.promotion == area
            raw = _mean_minutes(trips, INTERCHANGE, here)
            pairs.append(raw)
            before, after = (form.value(value) for value in raw)
            name = f"{trips.promotion_names[area]}"
            subject = _both(name, found.titles.get(trips.layer, Text(ja=trips.layer, en=trips.layer)))
            parts = [trips.layer, str(area)]
            yield _row(
                form,
                before,
                after,
                parts=parts,
                called={"subject": subject},
                layer=trips.layer,
                to=INTERCHANGE,
            )
        if pairs:
            yield from (
                row | {"indicator": f"area_{row['indicator']}"}
                for row in _mean_rates(pairs, trips.layer, _areas(found.titles, trips.layer))
            )


def _both(name: str, layer: Text) -> Text:
    return Text(ja=f"{name}、{layer.ja}", en=f"{name}, {layer.en}")


def _areas(titles: Titles, layer: str) -> Text:
    own = titles.get(layer, Text(ja=layer, en=layer))
    return Text(ja=f"区域ごと、{own.ja}", en=f"areas, {own.en}")


def _people(found: Compared) -> Iterable[Row]:
    """Yield the people who reach an interchange within ten minutes, in units of 10,000."""
    form = forms()["people_ic"]
    for trips in found.trips:
        if trips.layer != CELLS or INTERCHANGE not in trips.before:
            continue
        before, after = (
            form.value(_inside(trips.weight, minutes[INTERCHANGE], form.minutes))
            for minutes in (trips.before, trips.after)
        )
        parts = [f"{form.minutes:g}"]
        called = {"minutes": f"{form.minutes:g}"}
        yield _row(form, before, after, parts=parts, called=called, layer=CELLS, to=INTERCHANGE)


def _by_state(found: Compared) -> Iterable[Row]:
    """Yield the time of each hub's quickest link by length and state of its roads."""
    form = forms()["link_state_minutes"]
    old, new = (_state_minutes(part) for part in (found.before, found.after))
    for hub in sorted(set(old) | set(new)):
        before, after = old.get(hub, np.nan), new.get(hub, np.nan)
        if np.isnan(before) and np.isnan(after):
            continue
        yield _row(form, before, after, parts=[hub], called={"subject": hub}, layer="hub", to=INTERCHANGE)


def _state_minutes(found: Connected) -> dict[str, float]:
    """Return the minutes by length and state of the quickest link of each hub, by its label."""
    links = found.links[(found.links["direction"] == DIRECTION) & found.links["minutes"].notna()]
    quickest = links.sort_values(["hub", "minutes", "interchange"], kind="stable").drop_duplicates("hub")
    return {
        str(row["hub"]): state_minutes(row["narrow_m"] / METRES, (row["length_m"] - row["narrow_m"]) / METRES)
        for row in quickest.to_dict("records")
    }


def _coverage(found: Compared) -> Iterable[Row]:
    """Yield how many, and which share, reach each destination within each threshold."""
    number, part = forms()["within"], forms()["share"]
    for trips, to, layer in _pairs(found):
        able = ~np.isnan(trips.weight) & ~np.isnan(trips.before[to]) & ~np.isnan(trips.after[to])
        total = float(trips.weight[able].sum())
        if not total > 0.0:
            continue
        for threshold in found.thresholds:
            raw = [_inside(trips.weight, minutes[to], threshold) for minutes in (trips.before, trips.after)]
            parts = [trips.layer, to, f"{threshold:g}"]
            goal = found.titles.get(to, Text(ja=to, en=to))
            called = {"layer": layer, "to": goal, "minutes": f"{threshold:g}"}
            told = {"layer": trips.layer, "to": to}
            before, after = (number.value(value) for value in raw)
            unit = UNITS.get(trips.layer, "places")
            yield _row(number, before, after, parts=parts, called=called, **told) | {"unit": unit}
            before, after = (part.value(100.0 * value / total) for value in raw)
            yield _row(part, before, after, parts=parts, called=called, **told)


def _means(found: Compared) -> Iterable[Row]:
    form = forms()["mean_minutes"]
    for trips, to, layer in _pairs(found):
        before, after = (
            form.value(value) for value in _mean_minutes(trips, to, np.ones(len(trips.id), bool))
        )
        if np.isnan(before):
            continue
        goal = found.titles.get(to, Text(ja=to, en=to))
        called = {"layer": layer, "to": goal}
        yield _row(form, before, after, parts=[trips.layer, to], called=called, layer=trips.layer, to=to)


def _pairs(found: Compared) -> Iterable[tuple[Trips, str, Text]]:
    """Yield every origin layer with each of its destinations, and what it is called."""
    for trips in found.trips:
        layer = found.titles.get(trips.layer, Text(ja=trips.layer, en=trips.layer))
        yield from ((trips, to, layer) for to in trips.before)


def _mean_minutes(trips: Trips, to: str, here: NDArray[np.bool_]) -> tuple[float, float]:
    """Return the mean minutes before and after of those origins that are reached both times, like with like."""
    both = here & np.isfinite(trips.before[to]) & np.isfinite(trips.after[to]) & ~np.isnan(trips.weight)
    weight = trips.weight[both]
    if not weight.sum() > 0.0:
        return np.nan, np.nan
    # Summed at full precision, and cut where two sums of equal times may differ.
    old, new = (
        half_up(float(np.average(part[to][both], weights=weight)), 9) for part in (trips.before, trips.after)
    )
    return old, new


def _inside(weight: NDArray[np.float64], minutes: NDArray[np.float64], threshold: float) -> float:
    return float(np.nansum(weight[within(minutes, threshold)]))


def _minutes(row: Mapping[str, Any] | None) -> float:
    return np.nan if row is None or row["minutes"] is None else float(row["minutes"])
