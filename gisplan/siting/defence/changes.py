"""Two choices of hubs side by side: which hubs both have, and what each is worth in the case of the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from gisplan.core.options import GRID
from gisplan.core.tables import contract, hold
from gisplan.siting.defence.allocation import Outcome, allocated, outcome
from gisplan.siting.phrases import NOTHING, say
from gisplan.siting.solver.words import NoChoice
from gisplan.siting.worth import worth

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gisplan.core.words import Text
    from gisplan.siting.case import Case
    from gisplan.siting.solver.words import Answer

Key = tuple[str | float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A choice with the case that it answers; a hub covers within `minutes`."""

    label: str
    case: Case
    answer: Answer
    minutes: float


def changes_table(first: Choice, others: Sequence[Choice]) -> pd.DataFrame:
    """Return the table `siting_changes`: each other choice beside the first, hub by hub and figure by figure.

    Parameters
    ----------
    first
        What the others are set beside.
    others
        The others.
    """
    rows = [
        {"first": first.label, "other": other.label, **row}
        for other in others
        for row in (*_hubs(first, other), *_own(first, other), *_crossed(first, other))
    ]
    frame = pd.DataFrame(rows).assign(order=np.arange(1, len(rows) + 1)) if rows else pd.DataFrame()
    return hold(frame.reindex(columns=list(contract("siting_changes").names)), "siting_changes")


def _hubs(first: Choice, other: Choice) -> Iterator[dict[str, Any]]:
    one, two = _named(first), _named(other)
    for key in sorted({*one, *two}):
        state = "both" if key in one and key in two else "only_first" if key in one else "only_other"
        yield {"what": "hub", "id": key[0], "name": one.get(key) or two.get(key, ""), "state": state}


def _named(choice: Choice) -> dict[Key, str]:
    key, name = _keys(choice.case), choice.case.candidates.name
    return {key[site]: str(name[site]) for site in choice.answer.chosen.tolist()}


def _keys(case: Case) -> list[Key]:
    """Return by what each candidate is known in another plan: its id, of a point of a grid its place, too [j].

    The ids of a grid number its rows and columns, so that those of another area or spacing name other places.
    """
    held = case.candidates
    if held.layer != GRID:
        return [(str(one),) for one in held.id]
    x, y = shapely.get_coordinates(held.point).T.round(3).tolist()
    return [(str(one), *place) for one, *place in zip(held.id, x, y, strict=True)]


def _own(first: Choice, other: Choice) -> Iterator[dict[str, Any]]:
    """Yield what each choice is worth in its own case."""
    same = first.case.model == other.case.model
    pair = [_outcome(one.case, one.answer.chosen, one.minutes) for one in (first, other)]
    objectives = (first.answer.objective, other.answer.objective)
    yield _figure("objective", objectives, note=NOTHING if same else say("changes_models"))
    yield from _outcomes(pair, (first, other))


def _outcomes(pair: Sequence[Outcome], two: tuple[Choice, Choice]) -> Iterator[dict[str, Any]]:
    """Yield share and means of two choices; shares within unlike minutes are not set beside each other."""
    alike = two[0].minutes == two[1].minutes
    shares = (100.0 * pair[0].share, 100.0 * pair[1].share)
    yield _figure("share", shares, unit="percent", note=NOTHING if alike else say("changes_minutes"))
    yield _figure("mean_minutes", (pair[0].mean, pair[1].mean), unit="min")
    yield _figure("longest_minutes", (pair[0].longest, pair[1].longest), unit="min")


def _crossed(first: Choice, other: Choice) -> Iterator[dict[str, Any]]:
    """Yield what both choices are worth in the case of either, or why that cannot be told."""
    for case_of, code in ((other, "in_other"), (first, "in_first")):
        chosen = [_sites(case_of.case, choice) for choice in (first, other)]
        why = _incomparable(first, other, chosen)
        if why is not None:
            yield _figure(f"objective_{code}", (np.nan, np.nan), note=why)
            continue
        found = [worth(case_of.case, sites) for sites in chosen if sites is not None]
        broken = any(np.isnan(one) for one in found)
        yield _figure(
            f"objective_{code}", (found[0], found[1]), note=say("changes_rules") if broken else NOTHING
        )
        pair = [_outcome(case_of.case, sites, case_of.minutes).mean for sites in chosen if sites is not None]
        yield _figure(f"mean_minutes_{code}", (pair[0], pair[1]), unit="min")


def _incomparable(first: Choice, other: Choice, chosen: Sequence[NDArray[np.int64] | None]) -> Text | None:
    """Return why the choices cannot be set beside each other in one case, None where they can."""
    one, two = first.case.demands, other.case.demands
    same = (
        np.array_equal(one.layer, two.layer)
        and np.array_equal(one.id, two.id)
        and np.array_equal(one.weight, two.weight)
    )
    if not same:
        return say("changes_demand")
    return say("changes_candidates") if any(sites is None for sites in chosen) else None


def _sites(case: Case, choice: Choice) -> NDArray[np.int64] | None:
    """Return the hubs of a choice as candidates of a case, None where one of them is none."""
    place = {one: at for at, one in enumerate(_keys(case))}
    keys = _keys(choice.case)
    wanted = [keys[site] for site in choice.answer.chosen.tolist()]
    if not all(one in place for one in wanted):
        return None
    return np.array(sorted(place[one] for one in wanted), dtype=np.int64)


def _outcome(case: Case, chosen: NDArray[np.int64], minutes: float) -> Outcome:
    try:
        return outcome(case, allocated(case, chosen), minutes=minutes)
    except NoChoice:
        return Outcome(share=np.nan, nobody=np.nan, mean=np.nan, longest=np.nan)


def _figure(
    what: str, values: tuple[float, float], *, unit: str = "", note: Text = NOTHING
) -> dict[str, Any]:
    first, other = values
    # Where something stands against setting them side by side, their difference means nothing.
    apart = np.nan if note.ja else other - first
    return {
        "what": what, "id": "", "name": "", "state": "", "value_first": first, "value_other": other,
        "difference": apart, "unit": unit, "note_ja": note.ja, "note_en": note.en,
    }  # fmt: skip
