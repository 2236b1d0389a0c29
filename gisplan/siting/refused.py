"""Why no choice keeps the rules of `[site]`, as the problem that a user can mend."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from gisplan.core.errors import ConfigurationError, GisplanError, InputError
from gisplan.core.words import Text
from gisplan.siting.asked.question import Asked
from gisplan.siting.worth import enough_minutes

if TYPE_CHECKING:
    from gisplan.siting.case import Case
    from gisplan.siting.solver.words import NoChoice


def refusal(refused: NoChoice, asked: Asked, case: Case) -> GisplanError:
    """Return the error that says which rule cannot be kept, and what would do.

    Parameters
    ----------
    refused
        What the solver says.
    asked
        The question.
    case
        What was solved.
    """
    return REFUSALS.get(refused.why, _impossible)(refused.least, asked, case)


def _minutes(least: float, asked: Asked, case: Case) -> GisplanError:
    """Say that no choice covers enough in time, and the smallest threshold that works."""
    if least >= case.penalty:
        # What reaches no hub only counts so many minutes: with them nobody is served who was not before.
        return _unreached(least, asked, case)
    values = {"minutes": f"{case.rules.minutes:g}", "share": _percent(case.rules.share), "p": _p(asked)}
    return ConfigurationError(
        asked.problem("site.no_cover", "minutes", **values, least=enough_minutes(least))
    )


def _unreached(_least: float, asked: Asked, case: Case) -> GisplanError:
    """Say that no minutes are enough, and how much of the demand reaches all candidates together."""
    near = (np.diff(case.reach.start) > 0) | (case.standing != "")
    most = float(case.reach.weight[near].sum()) / float(case.reach.weight.sum())
    values = {
        "share": _percent(case.rules.share),
        "most": _percent(np.floor(most * 1000.0) / 1000.0),
        "p": _p(asked),
    }
    return InputError(asked.problem("site.no_share", "share", **values))


def _groups(_least: float, asked: Asked, _case: Case) -> GisplanError:
    """Say which rules on numbers are too tight."""
    rules = [
        Text(ja=f"{rule.by} ごとに{rule.most}か所まで", en=f"at most {rule.most} by {rule.by}")
        for rule in asked.options.most
    ]
    p = "—" if asked.options.p is None else str(asked.options.p)
    return ConfigurationError(asked.problem("site.groups_tight", "most", p=p, groups=rules))


def _budget(least: float, asked: Asked, case: Case) -> GisplanError:
    """Say that the budget is too small, and the least that would do."""
    budget = _sum(case.rules.budget or 0.0)
    known = _sum(least) if np.isfinite(least) else "—"
    return ConfigurationError(asked.problem("site.budget_small", "budget", budget=budget, least=known))


def _sum(cost: float) -> str:
    """Return a cost as it is written: whole where it is whole, else rounded up, so that it is enough."""
    return f"{cost:,.0f}" if cost == round(cost) else f"{np.ceil(cost * 100.0) / 100.0:,.2f}"


def _capacity(_least: float, asked: Asked, case: Case) -> GisplanError:
    """Say how much the largest hubs can serve beside those that are forced, and how much demand there is."""
    rules = case.rules
    held = np.zeros(case.reach.candidates) if rules.capacity is None else rules.capacity
    free = np.sort(held[~rules.forced])[::-1]
    more = len(free) if rules.p is None else rules.p - int(rules.forced.sum())
    values = {
        "most": f"{held[rules.forced].sum() + free[:more].sum():,.0f}",
        "total": f"{case.reach.weight.sum():,.0f}",
    }
    return ConfigurationError(asked.problem("site.capacity_small", "capacity", **values))


def _ended(_least: float, asked: Asked, _case: Case) -> GisplanError:
    """Say that the search ended before it found anything."""
    seconds = f"{asked.options.seconds:g}"
    return ConfigurationError(asked.problem("site.nothing_found", "seconds", seconds=seconds))


def _impossible(_least: float, asked: Asked, case: Case) -> GisplanError:
    return ConfigurationError(asked.problem("site.impossible", "p", p=_p(asked), count=case.reach.candidates))


def _p(asked: Asked) -> Text:
    p = asked.options.p
    return Text(ja="制限なし", en="no limit") if p is None else Text(ja=str(p), en=str(p))


def _percent(share: float) -> str:
    return f"{100.0 * share:g}"


REFUSALS: Mapping[str, Callable[[float, Asked, Case], GisplanError]] = {
    "minutes": _minutes,
    "unreached": _unreached,
    "groups": _groups,
    "budget": _budget,
    "capacity": _capacity,
    "time": _ended,
    "interrupted": _ended,
}
