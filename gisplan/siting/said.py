"""What is to be said of demand that is left out, and of an answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from gisplan.access.places import number
from gisplan.core.options import COVERING
from gisplan.core.tables import Doubt
from gisplan.core.words import Text
from gisplan.siting.amounts import counted
from gisplan.siting.asked.question import SITING, Asked
from gisplan.siting.defence.allocation import NOBODY, allocated
from gisplan.siting.solver.shares import SLACK, served

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gisplan.siting.asked.demand import Homes
    from gisplan.siting.case import Case
    from gisplan.siting.solver.words import Answer


def demand_doubts(
    homes: Homes, on_road: NDArray[np.bool_], reaches: NDArray[np.bool_], asked: Asked
) -> list[Doubt]:
    """Return the doubts on demand that no candidate can serve, layer by layer.

    Parameters
    ----------
    homes
        The demand [i].
    on_road, reaches
        Which of it stands on a road, and reaches a candidate or what stands already [i].
    asked
        The question.
    """
    cases = {"site.not_assessed": ~on_road, "site.unreached": on_road & ~reaches}
    found = []
    for part, one in enumerate(homes.wanted):
        for code, those in cases.items():
            out = those & (homes.part == part)
            if out.any():
                said = _amount(one.layer, out, homes.weight, homes.unit)
                found.append(Doubt(code=code, layer=one.layer, values=said | {"limit": asked.limit}))
    return found


def _amount(
    layer: str, out: NDArray[np.bool_], weight: NDArray[np.float64], unit: NDArray[np.object_]
) -> dict[str, Any]:
    """Return how many rows of a layer are out, and what they count for where that is no number of rows."""
    count, what = int(out.sum()), str(unit[out][0])
    rows = counted(count, what) if what in {"houses", "places"} else number(layer, count)
    if what in {"houses", "places"}:
        return {"amount": rows, "number": rows}
    told = counted(float(weight[out].sum()), what)
    return {"amount": Text(ja=f"{rows.ja}（{told.ja}）", en=f"{rows.en} ({told.en})"), "number": rows}


def reach_doubts(cutoff: float, asked: Asked) -> list[Doubt]:
    """Return the doubt on pairs that were not looked at, where there are any.

    Parameters
    ----------
    cutoff
        Longest minutes that were looked at.
    asked
        The question.
    """
    if np.isinf(cutoff):
        return []
    code = "site.cutoff" if asked.options.cutoff else "site.cutoff_automatic"
    return [Doubt(code=code, layer=SITING, values={"minutes": f"{cutoff:g}"})]


def answer_doubts(answer: Answer, case: Case, asked: Asked) -> list[Doubt]:
    """Return the doubts on an answer: whom it leaves out, and whether it is proven.

    Parameters
    ----------
    answer
        What was found.
    case
        What was solved.
    asked
        The question.
    """
    reach = case.reach
    out = (served(reach, answer.chosen).candidate < 0) & (case.standing == "") & (case.competing == "")
    doubts = []
    for layer in dict.fromkeys(case.demands.layer):
        those = out & (case.demands.layer == layer)
        if those.any():
            # A coverage counts whom it reaches in time; only the others need minutes for those it does not.
            code = "site.beyond" if asked.options.model in COVERING else "site.left_out"
            said = _amount(layer, those, case.demands.weight, case.demands.unit)
            doubts.append(
                Doubt(
                    code=code,
                    layer=SITING,
                    subject=_subject(layer, asked),
                    values=said | {"penalty": case.penalty},
                )
            )
    doubts += [*_no_room(answer, case, out), *_none_needed(answer, case)]
    if answer.ended == "interrupted":
        doubts.append(Doubt(code="site.interrupted", layer=SITING, values=_gap(answer)))
    elif not answer.proven:
        doubts.append(Doubt(code="site.unproven", layer=SITING, values=_gap(answer)))
    return doubts


def _no_room(answer: Answer, case: Case, out: NDArray[np.bool_]) -> Iterator[Doubt]:
    """Yield how much of the demand reaches a chosen hub but finds no room; a coverage leaves out who is too far."""
    if case.rules.capacity is None or case.model in COVERING:
        return
    found = allocated(case, answer.chosen)
    lost = float(found.weight[(found.hub == NOBODY) & ~out[found.demand]].sum())
    share = lost / float(case.reach.weight.sum())
    if share > SLACK:
        yield Doubt(code="site.no_room", layer=SITING, values={"share": f"{100.0 * share:.1f}"})


def _none_needed(answer: Answer, case: Case) -> Iterator[Doubt]:
    """Yield that what stands already covers the share that is asked for."""
    if not len(answer.chosen):
        values = {"share": f"{100.0 * case.rules.share:g}", "minutes": f"{case.rules.minutes:g}"}
        yield Doubt(code="site.none_needed", layer=SITING, values=values)


def _subject(layer: str, asked: Asked) -> str:
    return layer if asked.options.also else ""


def _gap(answer: Answer) -> dict[str, Any]:
    """Return the gap for a message, and how long the search took."""
    gap = f"{100.0 * answer.gap:.2f}" if np.isfinite(answer.gap) else "—"
    return {"gap": gap}
