"""The tables of a choice: the hubs, and every candidate with why it is in or out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gisplan.access.coverage import within
from gisplan.core.options import COVERING
from gisplan.core.tables import contract, hold
from gisplan.core.words import Text
from gisplan.siting.amounts import whole_unit
from gisplan.siting.asked.judged import permits
from gisplan.siting.solver.shares import served
from gisplan.siting.words import reasons

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from gisplan.siting.asked.pool import Pool
    from gisplan.siting.case import Case
    from gisplan.siting.solver.words import Answer


def no_siting() -> pd.DataFrame:
    """Return the table `siting` of a plan that asks for no hubs."""
    return hold(pd.DataFrame(columns=list(contract("siting").names)), "siting")


def no_sites() -> pd.DataFrame:
    """Return the table `siting_sites` of a plan that asks for no hubs."""
    return hold(pd.DataFrame(columns=list(contract("siting_sites").names)), "siting_sites")


def siting_table(answer: Answer, case: Case) -> pd.DataFrame:
    """Return one row a hub: the demand it serves (of a coverage within its minutes) and how long it travels.

    What hazard or slope adds is in the objective, but no travel time.

    Parameters
    ----------
    answer
        What was found.
    case
        What was solved.
    """
    hub, weight, minutes = _services(answer, case)
    count = len(answer.chosen)
    total = np.bincount(hub, weights=weight, minlength=count)
    spent = np.bincount(hub, weights=weight * minutes, minlength=count)
    longest = np.full(count, -np.inf)
    np.maximum.at(longest, hub, minutes)
    order = np.lexsort((case.candidates.id[answer.chosen].astype(str), -total))
    with np.errstate(invalid="ignore"):
        mean = spent / total
    chosen = answer.chosen[order]
    verdict = case.candidates.verdict[chosen]
    frame = pd.DataFrame(
        {
            "rank": np.arange(1, count + 1),
            "id": case.candidates.id[chosen],
            "name": case.candidates.name[chosen],
            "verdict": verdict,
            "permit": permits(verdict),
            "demand_served": total[order],
            "unit": whole_unit(case),
            "share": total[order] / case.reach.weight.sum(),
            "mean_minutes": mean[order],
            "longest_minutes": np.where(np.isfinite(longest), longest, np.nan)[order],
            "cost": np.nan if case.rules.cost is None else case.rules.cost[chosen],
            "model": case.model,
            "minutes": case.rules.minutes if np.isfinite(case.rules.minutes) else np.nan,
            "objective": answer.objective,
            "bound": answer.bound,
            "gap": answer.gap,
            "proven": answer.proven,
            "ended": answer.ended,
        }
    )
    return hold(frame, "siting")


def _services(
    answer: Answer, case: Case
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Return which chosen hub serves how much weight in how many minutes of travel [s].

    Where hubs have a capacity the demand is split among them.
    """
    reach, place = case.reach, np.full(case.reach.candidates, -1, np.int64)
    place[answer.chosen] = np.arange(len(answer.chosen))
    if case.rules.capacity is None:
        found = served(reach, answer.chosen)
        hit = found.candidate >= 0
        hub, weight, minutes = place[found.candidate[hit]], reach.weight[hit], found.minutes[hit]
    else:
        from gisplan.siting.solver.split import split

        parts = split(case.model, reach, answer.chosen, rules=case.rules)
        hub, weight, minutes = place[parts.candidate], parts.weight, parts.minutes
    if case.model in COVERING:
        near = within(minutes, case.rules.minutes)
        hub, weight, minutes = hub[near], weight[near], minutes[near]
    return hub, weight, minutes - case.candidates.penalty[answer.chosen][hub]


def sites_table(pool: Pool, case: Case, answer: Answer) -> pd.DataFrame:
    """Return one row a candidate, with its state and the reason.

    Parameters
    ----------
    pool
        All candidates.
    case
        What was solved.
    answer
        What was found.
    """
    chosen = set(case.candidates.id[answer.chosen])
    state = np.where(pool.table["id"].isin(chosen), "chosen", pool.state)
    reasons = [
        _reason(one, hazard, penalty)
        for one, hazard, penalty in zip(state, pool.hazard, pool.penalty, strict=True)
    ]
    hazards = [_joined(hazard) for hazard in pool.hazard]
    frame = pd.DataFrame(
        {
            "layer": pool.layer,
            "id": pool.table["id"].to_numpy(object),
            "name": pool.table["name"].to_numpy(object) if "name" in pool.table else "",
            "state": state,
            "reason_ja": [text.ja for text in reasons],
            "reason_en": [text.en for text in reasons],
            "verdict": pool.verdict,
            "permit": permits(pool.verdict),
            "slope_deg": pool.slope,
            "hazard_ja": [text.ja for text in hazards],
            "hazard_en": [text.en for text in hazards],
            "penalty": pool.penalty,
            "counted_to": pool.group,
        }
    )
    return hold(frame, "siting_sites")


def _reason(state: str, hazard: Sequence[Text], penalty: float) -> Text:
    """Return why a candidate is in its state."""
    said = reasons()[state]
    if state == "avoided":
        where = _joined(hazard)
        return Text(ja=said.ja.format(hazard=where.ja), en=said.en.format(hazard=where.en))
    if penalty > 0.0 and state in {"possible", "chosen"}:
        late = reasons()["set_back"]
        return Text(
            ja=said.ja + late.ja.format(minutes=f"{penalty:g}"),
            en=said.en + " " + late.en.format(minutes=f"{penalty:g}"),
        )
    return said


def _joined(texts: Sequence[Text]) -> Text:
    once = tuple(dict.fromkeys(texts))
    return Text(ja="、".join(text.ja for text in once), en="; ".join(text.en for text in once))
