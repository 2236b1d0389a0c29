"""The sitings of several plans side by side, as far as the audience may see them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from gisplan.plan.release_siting import closed_siting
from gisplan.plan.withheld import secret_fields
from gisplan.siting.defence.changes import Choice, changes_table

if TYPE_CHECKING:
    import pandas as pd

    from gisplan.plan.results import Results

CHANGES = "siting_changes"


def sitings_beside(plans: Iterable[tuple[str, Results]]) -> dict[str, pd.DataFrame]:
    """Return the table `siting_changes` by its name, nothing where fewer than two plans have hubs that may be told.

    Parameters
    ----------
    plans
        The label of each plan, and its results.
    """
    choices = [choice for label, results in plans if (choice := _choice(label, results)) is not None]
    return {CHANGES: changes_table(choices[0], choices[1:])} if len(choices) > 1 else {}


def _choice(label: str, results: Results) -> Choice | None:
    plan, sited = results.atlas.plan, results.sited
    if plan.site is None or sited is None or sited.case is None or sited.answer is None:
        return None
    secret = {name: secret_fields(layer.spec, plan.audience) for name, layer in results.atlas.layers.items()}
    if plan.audience != "internal" and closed_siting(plan.site, secret):
        return None
    return Choice(label=label, case=sited.case, answer=sited.answer, minutes=plan.site.minutes)
