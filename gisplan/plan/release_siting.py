"""What leaves the office of the tables that defend a choice of hubs: none that speaks of houses held back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from gisplan.access.origins import PEOPLE
from gisplan.access.places import AREAS
from gisplan.core.options import GRID
from gisplan.plan.withheld import HOUSES
from gisplan.siting.asked.existing import HUB

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

NAMING: tuple[str, ...] = (
    "site.unlawful", "site.cannot_tell", "site.off_road", "site.avoided", "site.avoided_none", "site.set_back",
    "site.avoid_untold", "site.reaches_nobody",
)  # fmt: skip
"""Findings that name candidates or say something of all of them; most stand at the layer of a hazard."""

WORDS = ("demand_ja", "demand_en", "near_ties_ja", "near_ties_en")
SERVED = "siting_served"
"""The table that names what stands, what competes and neighbourhoods."""

STANDING = "site.standing_off_road"
"""The finding that names places that stand already."""

SUMS: tuple[str, ...] = (
    "demand_served", "share", "mean_minutes", "longest_minutes", "objective", "bound", "gap",
)  # fmt: skip
FIGURES = ("share", "mean_minutes", "longest_minutes", "within_share", "stability")


def closed_figures(site: SiteOptions, secret: Mapping[str, Sequence[str]]) -> bool:
    """Return whether the figures of a siting are sums over houses held back or over a column kept inside.

    Parameters
    ----------
    site
        What was asked for.
    secret
        The columns of each layer that the audience must not see.
    """
    rooms = site.capacity in _own(site, secret)
    return HOUSES in {site.candidates, site.competing, *site.demands} or rooms or bool(_weighed(site, secret))


def closed_siting(site: SiteOptions, secret: Mapping[str, Sequence[str]]) -> bool:
    """Return whether figures or names of a siting speak of houses, or of what outsiders must not see.

    Parameters
    ----------
    site
        What was asked for.
    secret
        The columns of each layer that the audience must not see.
    """
    return closed_figures(site, secret) or "name" in _own(site, secret)


def _own(site: SiteOptions, secret: Mapping[str, Sequence[str]]) -> Sequence[str]:
    """Return the columns of the candidates that stay inside; points of a grid bear the names of neighbourhoods."""
    return secret.get(AREAS if site.candidates == GRID else site.candidates, ())


def _weighed(site: SiteOptions, secret: Mapping[str, Sequence[str]]) -> frozenset[str]:
    """Return the layers of demand whose weights the audience must not see."""
    wanted = [(site.demand, site.weight), *((one.layer, one.weight) for one in site.also)]
    return frozenset(layer for layer, weight in wanted if (weight or PEOPLE) in secret.get(layer, ()))


def closed_finding(
    code: str, layer: str, site: SiteOptions | None, secret: Mapping[str, Sequence[str]]
) -> bool:
    """Return whether a finding on a siting names candidates, or counts or names what outsiders must not see.

    Parameters
    ----------
    code, layer
        The finding.
    site
        What was asked for.
    secret
        The columns of each layer that the audience must not see.
    """
    if site is None or not code.startswith("site."):
        return False
    own = _own(site, secret)
    if code in NAMING and (site.candidates == HOUSES or "name" in own):
        return True
    if layer == "siting":
        return closed_siting(site, secret)
    return layer in _weighed(site, secret) or (code == STANDING and "name" in secret.get(layer, ()))


def siting_told(table: pd.DataFrame, site: SiteOptions, secret: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """Return the table `siting` without names, costs and figures that outsiders must not see.

    Parameters
    ----------
    table
        The table, of hubs that may be told.
    site
        What was asked for.
    secret
        The columns of each layer that the audience must not see.
    """
    own = _own(site, secret)
    if "name" in own:
        table = table.assign(name="")
    if site.cost in own:
        table = table.assign(cost=np.nan)
    # With what is shown taken off, sums over all houses speak of those held back.
    return table.assign(**dict.fromkeys(SUMS, np.nan)) if closed_figures(site, secret) else table


def sites_told(table: pd.DataFrame, site: SiteOptions, secret: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """Return the table of the candidates without what tells where houses held back are.

    That a candidate is reached by a house, or by none within a cutoff, does: who is not chosen is only told to be
    not chosen. Nor is told what a candidate counts to by a column that is kept inside.

    Parameters
    ----------
    table
        The table.
    site
        What was asked for.
    secret
        The columns of each layer that the audience must not see.
    """
    if any(one.by in _own(site, secret) for one in site.most):
        table = table.assign(counted_to="")
    if HOUSES not in site.demands:
        return table
    from gisplan.siting.words import NOT_CHOSEN, reasons

    silent = table["state"].isin(["possible", "reaches_nobody"])
    said = reasons()[NOT_CHOSEN]
    return table.assign(
        state=table["state"].mask(silent, NOT_CHOSEN),
        reason_ja=table["reason_ja"].mask(silent, said.ja),
        reason_en=table["reason_en"].mask(silent, said.en),
    )


def defence_told(
    tables: Mapping[str, pd.DataFrame],
    site: SiteOptions | None,
    *,
    secret: Mapping[str, Sequence[str]],
    roads: bool,
) -> dict[str, pd.DataFrame]:
    """Return the tables that defend a choice as outsiders may see them.

    Where the demand is vacant houses every figure is one of all houses: with the houses shown taken off, it speaks of
    those held back; so it is where they compete, and where a column of weights is kept inside. Then the council's
    table alone is told, with the hubs and what law and maps say of them.

    Parameters
    ----------
    tables
        All tables of the results.
    site
        What was asked for.
    secret
        The columns of each layer that the audience must not see.
    roads
        Whether tables may quote roads.
    """
    if site is None or site.candidates == HOUSES:
        return {}
    others = {layer for layer in (HUB, site.competing, AREAS) if "name" in secret.get(layer, ())}
    closed = {name for name, shut in ((OF_ROADS, not roads), (SERVED, bool(others))) if shut}
    mine = {name: tables[name] for name in DEFENCE if name in tables and name not in closed}
    if not closed_siting(site, secret):
        return mine
    if COUNCIL not in mine:
        return {}
    council = mine[COUNCIL].assign(**dict.fromkeys(WORDS, ""), **dict.fromkeys(FIGURES, np.nan))
    hidden = "name" in _own(site, secret)
    return {COUNCIL: council.assign(name="") if hidden else council}
