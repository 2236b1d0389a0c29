"""The siting in the forms of the programmes: within minutes of a hub, and mean time, before and after the choice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gisplan.access.coverage import within
from gisplan.core.tables import contract, hold
from gisplan.core.words import Text
from gisplan.siting.amounts import layer_unit
from gisplan.siting.defence.allocation import Allocation, allocated
from gisplan.siting.phrases import NOTHING, say, together
from gisplan.siting.scenarios.forms import forms
from gisplan.siting.scenarios.rows import row_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gisplan.siting.case import Case

MINUTES = (10.0, 15.0, 30.0)
"""Minutes within which the forms count people and houses."""


def forms_table(case: Case, found: Allocation, *, titles: Mapping[str, Text]) -> pd.DataFrame:
    """Return the table `siting_forms`: for each layer of demand how many are near a hub, before and after.

    Before are the hubs that stand already, alone; where the plan names none, before is not assessed, and not nobody.
    The minutes are those of the way.

    Parameters
    ----------
    case
        The question.
    found
        Who serves whom with the hubs chosen.
    titles
        What layers are called.
    """
    before = allocated(case, np.array([], dtype=np.int64))
    known = bool((case.standing != "").any())
    rows = []
    for layer in sorted(set(case.demands.layer)):
        here = case.demands.layer == layer
        sides = (before if known else None, found)
        title = titles.get(layer, Text(ja=layer, en=layer))
        rows += [*_within(case, sides, here, layer=layer, title=title)]
        rows.append(_mean(case, sides, here, layer=layer, title=title))
    frame = pd.DataFrame(rows).assign(order=np.arange(1, len(rows) + 1)) if rows else pd.DataFrame()
    return hold(frame.reindex(columns=list(contract("siting_forms").names)), "siting_forms")


Sides = tuple[Allocation | None, Allocation]


def _within(
    case: Case, sides: Sides, here: NDArray[np.bool_], *, layer: str, title: Text
) -> Iterator[dict[str, Any]]:
    form, unit = forms()["hub_within"], layer_unit(case, layer)
    for threshold in MINUTES:
        far = threshold > case.cutoff
        values = [
            np.nan if side is None or far else form.value(_amount(case, side, here, threshold))
            for side in sides
        ]
        note = together(
            [
                say("forms_cutoff", cutoff=f"{case.cutoff:g}") if far else NOTHING,
                say("forms_no_standing") if sides[0] is None and not far else NOTHING,
                say("forms_split") if case.rules.capacity is not None else NOTHING,
            ]
        )
        called = {"layer": title, "minutes": f"{threshold:g}"}
        yield _row(form.code, values, [layer, f"{threshold:g}"], called, layer=layer, note=note) | {
            "unit": unit
        }


def _amount(case: Case, side: Allocation, here: NDArray[np.bool_], threshold: float) -> float:
    near = side.ours & within(side.minutes, threshold) & here[side.demand]
    return float(_own(case, side)[near].sum())


def _own(case: Case, side: Allocation) -> NDArray[np.float64]:
    """Return how much of its own weight each entry is [k]."""
    return np.asarray(
        side.weight / case.reach.weight[side.demand] * case.demands.weight[side.demand], np.float64
    )


def _mean(case: Case, sides: Sides, here: NDArray[np.bool_], *, layer: str, title: Text) -> dict[str, Any]:
    """Return the mean time of those who reach a hub before and after; where nobody did, after stands alone."""
    form = forms()["hub_mean_minutes"]
    ours = [np.zeros(len(here), bool) if side is None else _whole(case, side) for side in sides]
    both = here & ours[1] & (ours[0] if ours[0].any() else True)
    values = [np.nan if side is None else form.value(_average(case, side, both)) for side in sides]
    note = say("forms_no_standing") if sides[0] is None else NOTHING
    return _row(form.code, values, [layer], {"layer": title}, layer=layer, note=note)


def _whole(case: Case, side: Allocation) -> NDArray[np.bool_]:
    """Return which demand is served wholly by hubs of the plan [i]."""
    part = np.bincount(
        side.demand, weights=np.where(side.ours, side.weight, 0.0), minlength=case.reach.demands
    )
    return np.asarray(part >= case.reach.weight * (1.0 - 1e-9), bool)


def _average(case: Case, side: Allocation, those: NDArray[np.bool_]) -> float:
    mine = those[side.demand] & side.ours
    weight = _own(case, side)[mine]
    return float(weight @ side.minutes[mine] / weight.sum()) if weight.sum() > 0.0 else np.nan


def _row(
    code: str, values: list[float], parts: list[str], called: Mapping[str, Any], *, layer: str, note: Text
) -> dict[str, Any]:
    before, after = values
    return row_of(
        forms()[code],
        before,
        after,
        parts=parts,
        called=called,
        layer=layer,
        note_ja=note.ja,
        note_en=note.en,
    )
