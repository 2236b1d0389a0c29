"""The hubs of a plan on the roads of its scenarios: today's choice there, and what would be best there."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pandas as pd

from gisplan.core.tables import Doubt, findings
from gisplan.core.words import Text
from gisplan.siting.asked.question import SITING
from gisplan.siting.case import answered
from gisplan.siting.defence.changes import Choice, changes_table
from gisplan.siting.defence.rerouted import on_roads, scene_of
from gisplan.siting.solver.words import Limits, NoChoice
from gisplan.siting.worth import TIE, loss, worth

if TYPE_CHECKING:
    from gisplan.core.words import Atlas
    from gisplan.network import Connected
    from gisplan.siting.hubs import Sited
    from gisplan.siting.scenarios.simulate import Simulated
    from gisplan.siting.solver.words import Answer

TODAY = Text(ja="今日", en="today")
SECONDS = 10.0
"""Seconds that the search of each scenario may take at most."""


def under_scenarios(
    atlas: Atlas, network: Connected, sited: Sited, simulated: Simulated
) -> tuple[pd.DataFrame | None, pd.DataFrame]:
    """Return the table `siting_changes` of the scenarios of a plan, None where nothing can be set beside today.

    Demand and candidates are those of today, and so are the hubs that stand: a scenario changes the roads alone. One
    on whose roads no choice was found is left out, and the findings beside the table say so.

    Parameters
    ----------
    atlas
        Layers of the plan.
    network
        Its network as it is today.
    sited
        Its hubs.
    simulated
        Its scenarios.
    """
    if sited.case is None or sited.answer is None or atlas.plan.site is None or network.ways is None:
        return None, findings(())
    minutes = atlas.plan.site.minutes
    scene = scene_of(sited.case, atlas, network.ways)
    limits = Limits(seconds=min(SECONDS, atlas.plan.site.seconds))
    others, doubts = [], []
    for found in simulated.compared:
        if found.after.ways is None:
            continue
        case = on_roads(scene, found.after.ways)
        try:
            best = answered(case, limits)
        except NoChoice:
            doubts.append(
                Doubt(code="site.scenario_untold", layer=SITING, values={"scenario": found.scenario})
            )
            continue
        own = worth(case, sited.answer.chosen)
        best = _kept(sited.answer, best, own=own, worse=loss(case.model, best=best.objective, other=own))
        others.append(Choice(label=found.scenario, case=case, answer=best, minutes=minutes))
    first = Choice(label=TODAY.of(atlas.plan.language), case=sited.case, answer=sited.answer, minutes=minutes)
    return changes_table(first, others) if others else None, findings(doubts)


def _kept(today: Answer, best: Answer, *, own: float, worse: float) -> Answer:
    """Return today's hubs where they are as good as the best: nothing then moves but by chance."""
    same = worse <= TIE and len(today.chosen) == len(best.chosen)
    return dataclasses.replace(best, chosen=today.chosen, objective=own) if same else best
