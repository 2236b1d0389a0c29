"""Where hubs should stand: the best choice among lawful candidates, with objective, bound and proof."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gisplan.access import serve
from gisplan.access.places import may_be_chosen, may_be_served, unfit
from gisplan.core.errors import ConfigurationError, InputError, Problem
from gisplan.core.interrupts import first_interrupt
from gisplan.core.options import COVERING, GRID
from gisplan.core.tables import Doubt, findings
from gisplan.core.words import Atlas, Plan
from gisplan.siting.asked.avoided import avoided
from gisplan.siting.asked.candidates import candidates_of, enough, left_out, pool_of, wishes
from gisplan.siting.asked.demand import Homes, homes_of, wanted_of
from gisplan.siting.asked.existing import Serving, places_of, serving
from gisplan.siting.asked.pool import Pool
from gisplan.siting.asked.question import Asked
from gisplan.siting.asked.reached import Reached, automatic_cutoff, kept, reached
from gisplan.siting.asked.rules import Counted, counted, counted_to, rules_of
from gisplan.siting.case import Case, Demands, answered
from gisplan.siting.hub_rows import no_sites, no_siting, sites_table, siting_table
from gisplan.siting.refused import refusal
from gisplan.siting.said import answer_doubts, demand_doubts, reach_doubts
from gisplan.siting.solver.words import Answer, Limits, NoChoice

if TYPE_CHECKING:
    import pandas as pd

    from gisplan.network import Connected

PENALTY = 2.0
"""A demand that reaches none of the chosen hubs counts as this many times the longest known minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sited:
    """The best choice: the table `siting`, one row a chosen hub, and `siting_sites`, one row a candidate.

    `case` is what was solved and `answer` what came of it; both are None where the plan asks for none.
    """

    siting: pd.DataFrame
    sites: pd.DataFrame
    case: Case | None
    answer: Answer | None
    findings: pd.DataFrame

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """The tables by the name of their contract, in the order of the output."""
        return {"siting": self.siting, "siting_sites": self.sites}


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A case with the candidates it was made from, and what is to be said of both."""

    asked: Asked
    pool: Pool
    case: Case
    doubts: tuple[Doubt, ...]


def _silent(_step: str) -> None:
    """Tell nobody."""


def site(
    atlas: Atlas,
    network: Connected,
    verdicts: pd.DataFrame,
    *,
    progress: Callable[[str], None] = _silent,
) -> Sited:
    """Return the best hubs among the lawful candidates.

    Minutes run from the demand to the hub. Demand off the road is not assessed, demand that reaches no candidate
    is left out; both are reported. The first Ctrl-C during the search keeps the best choice found so far.

    Parameters
    ----------
    atlas
        Layers of the plan; without `[site]` in the plan the tables are empty.
    network
        The plan's connected network.
    verdicts
        The table `verdicts`; a candidate without a verdict is not lawful.
    progress
        Told `solving` and the gap so far while the search goes on.

    Raises
    ------
    ConfigurationError
        If `[site]` names what is not there or does not fit, forces what may not be chosen, asks for more hubs than
        there are candidates, or sets rules that no choice keeps.
    InputError
        If no demand counts, or none reaches a candidate.
    """
    if atlas.plan.site is None:
        return Sited(siting=no_siting(), sites=no_sites(), case=None, answer=None, findings=findings(()))
    asked = question(atlas, network, verdicts)
    case = asked.case
    options = asked.asked.options

    def told(gap: float) -> None:
        progress(f"solving {gap:.2%}")

    progress("solving")
    try:
        with first_interrupt() as interrupted:
            limits = Limits(seconds=options.seconds, stopped=interrupted, told=told)
            answer = answered(case, limits)
    except NoChoice as refused:
        raise refusal(refused, asked.asked, case) from None
    doubts = [*asked.doubts, *answer_doubts(answer, case, asked.asked)]
    return Sited(
        siting=siting_table(answer, case),
        sites=sites_table(asked.pool, case, answer),
        case=case,
        answer=answer,
        findings=findings(doubts),
    )


def question(atlas: Atlas, network: Connected, verdicts: pd.DataFrame) -> Question:
    """Return what `[site]` of a plan asks, ready to be solved.

    Parameters
    ----------
    atlas
        Layers of a plan with `[site]`.
    network
        The plan's connected network.
    verdicts
        The table `verdicts`.

    Raises
    ------
    ConfigurationError, InputError
        As `site` does.
    """
    options = atlas.plan.site
    if options is None:
        raise ValueError("the plan has no [site]")
    asked = Asked(options=options, plan=atlas.plan)
    _layers(atlas, asked)
    ways = network.ways
    if ways is None:
        raise ConfigurationError(_no_road(atlas.plan))
    pool, doubts, problems = pool_of(atlas, verdicts, asked)
    served = serve(ways, pool.point)
    pool = pool.marked("off_road", ~served.found).marked("forbidden", pool.forbidden)
    pool, more, wrong = avoided(pool, atlas, asked)
    counts, odd = counted(pool, atlas, asked)
    problems += [*wrong, *odd, *wishes(pool, asked)]
    if problems:
        raise ConfigurationError(problems)
    enough(pool, asked)
    homes, said = homes_of(atlas, asked)
    homes = homes.side_by_side()
    stands, astray = serving(places_of(atlas, asked), homes.point, ways, asked)
    usable = pool.possible[served.found]
    on = np.flatnonzero(pool.possible)
    cutoff = options.cutoff or automatic_cutoff(
        ways, served, homes.point, usable=usable, penalty=pool.penalty[on]
    )
    if options.timed:
        cutoff = max(cutoff, options.minutes)  # or what is covered would not be known
    found = reached(
        ways, served, homes.point, usable=usable, penalty=pool.penalty[on], limit=stands.limit, cutoff=cutoff
    )
    whole = _case(pool, homes, stands, found, asked, counts=counts, cutoff=cutoff)
    return dataclasses.replace(
        whole, doubts=(*doubts, *more, *said, *astray, *left_out(whole.pool, asked), *whole.doubts)
    )


def _case(
    pool: Pool,
    homes: Homes,
    stands: Serving,
    found: Reached,
    asked: Asked,
    *,
    counts: tuple[Counted, ...],
    cutoff: float,
) -> Question:
    """Return the case of what is left: candidates whom somebody reaches, demand that reaches or is served."""
    on = np.flatnonzero(pool.possible)
    reaches = (np.diff(found.reach.start) > 0) | np.isfinite(stands.limit)
    doubts = [*demand_doubts(homes, found.on_road, reaches, asked), *reach_doubts(cutoff, asked)]
    if not found.met.any():
        raise InputError(asked.problem("site.no_demand", "demand", limit=asked.limit))
    left = found.met | pool.forced[on]
    nobody = np.zeros(len(pool.table), bool)
    nobody[on[~left]] = True
    pool = dataclasses.replace(pool.marked("reaches_nobody", nobody), group=counted_to(counts, pool))
    enough(pool, asked)
    homes, stands = homes.only(reaches), stands.only(reaches)
    rules = rules_of(pool, on[left], counts, asked)
    penalty = _penalty(found.longest, rules.minutes, asked)
    beyond = np.where(np.isfinite(stands.beyond), stands.beyond, penalty)
    case = Case(
        model=asked.options.model,
        candidates=candidates_of(pool, on[left]),
        demands=Demands(
            layer=homes.layer, id=homes.id, weight=homes.weight, unit=homes.unit, point=homes.point
        ),
        reach=kept(found, demands=reaches, candidates=left, weight=homes.scaled(), beyond=beyond),
        rules=rules,
        standing=stands.standing,
        competing=stands.competing,
        penalty=penalty,
        cutoff=cutoff,
    )
    return Question(asked=asked, pool=pool, case=case, doubts=tuple(doubts))


def _penalty(longest: float, minutes: float, asked: Asked) -> float:
    """Return the minutes of a demand that reaches no chosen hub: infinite where only who is reached in time counts."""
    if asked.options.model in COVERING:
        return np.inf
    usual = PENALTY * max(longest, 1.0)
    # What reaches no hub must never count as served within the minutes of a service threshold.
    return max(usual, PENALTY * minutes) if np.isfinite(minutes) else usual


def _no_road(plan: Plan) -> Problem:
    """Return the problem of a plan without roads: the line of its empty layer, or where it should stand."""
    line = next((entry.line for entry in plan.layers if entry.layer == "road" and entry.line), 0)
    return Problem(
        code="site.no_road", place=f"{plan.file}:{line} layers.road" if line else f"{plan.file} layers"
    )


def _layers(atlas: Atlas, asked: Asked) -> None:
    """Refuse layers of candidates and demand that are not there or hold no places."""
    options = asked.options
    named = [] if options.candidates == GRID else [("candidates", options.candidates, may_be_chosen, 0)]
    for one in wanted_of(asked):
        key = f"{one.key}layer" if one.key else "demand"
        named.append((key, one.layer, may_be_served, one.line))
    problems = [
        problem for key, name, fit, _ in named for problem in unfit(atlas, f"site.{key}", [name], fit)
    ]
    problems += [
        asked.entry("site.no_layer", key, line=line, key=key, name=name)
        for key, name, _, line in named
        if atlas.table(name) is None
    ]
    if problems:
        raise ConfigurationError(problems)
