"""What leaves the office of the tables that defend a choice of hubs: none that speaks of houses held back."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from gisplan.plan.withheld import HOUSES

if TYPE_CHECKING:
    import pandas as pd

    from gisplan.core.options import SiteOptions

COUNCIL = "siting_council"
DEFENCE: tuple[str, ...] = (
    COUNCIL, "siting_curve", "siting_served", "siting_why", "siting_ties", "siting_stability", "siting_variants",
    "siting_changes", "siting_forms",
)  # fmt: skip
"""Tables that are told whole or not at all; that for the council is told without its figures."""

OF_ROADS = "siting_variants"
"""The table that quotes roads."""

WORDS = ("demand_ja", "demand_en", "near_ties_ja", "near_ties_en")
FIGURES = ("share", "mean_minutes", "longest_minutes", "within_share", "stability")


def closed_siting(site: SiteOptions, secret: Mapping[str, Sequence[str]]) -> bool:
    """Return whether figures or names of a siting speak of houses, or of candidates without a name for outsiders.

    Parameters
    ----------
    site
        What was asked for.
    secret
        The columns of each layer that the audience must not see.
    """
    return HOUSES in {site.candidates, *site.demands} or "name" in secret.get(site.candidates, ())


def defence_told(
    tables: Mapping[str, pd.DataFrame], site: SiteOptions | None, *, nameless: Collection[str], roads: bool
) -> dict[str, pd.DataFrame]:
    """Return the tables that defend a choice as outsiders may see them.

    Where the demand is vacant houses every figure is one of all houses: with the houses shown taken off, it speaks of
    those held back. Then the council's table alone is told, with the hubs and what law and maps say of them.

    Parameters
    ----------
    tables
        All tables of the results.
    site
        What was asked for.
    nameless
        Layers whose names are kept inside.
    roads
        Whether tables may quote roads.
    """
    if site is None or site.candidates == HOUSES:
        return {}
    mine = {name: tables[name] for name in DEFENCE if name in tables and (roads or name != OF_ROADS)}
    hidden = site.candidates in nameless
    if not hidden and HOUSES not in site.demands:
        return mine
    if COUNCIL not in mine:
        return {}
    council = mine[COUNCIL].assign(**dict.fromkeys(WORDS, ""), **dict.fromkeys(FIGURES, np.nan))
    return {COUNCIL: council.assign(name="") if hidden else council}
