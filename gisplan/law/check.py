"""The check of a plan: verdicts on hubs and sites, the ground of the special provision, and the nesting."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import chain
from typing import cast

import numpy as np
import pandas as pd

from gisplan.core import tables
from gisplan.core.tables import Doubt
from gisplan.core.words import Atlas, Text
from gisplan.law.coworking import judge
from gisplan.law.facts import Answer
from gisplan.law.gather import AcrossEdge
from gisplan.law.grounds import grounds_of
from gisplan.law.land import Land, read_land
from gisplan.law.nesting import Nesting, beyond_municipality, nest, without_hub
from gisplan.law.phrases import layer_missing, say, together
from gisplan.law.provision import provision
from gisplan.law.rule import Rule, read_rule
from gisplan.law.sites import Site, missing_layer, sites
from gisplan.law.uses import uses

LAYERS = ("hub", "site")
"""Layers whose rows get a verdict; vacant houses only where asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """The tables `verdicts`, `provision`, `nesting` and `findings`."""

    verdicts: pd.DataFrame
    provision: pd.DataFrame
    nesting: pd.DataFrame
    findings: pd.DataFrame


def check(atlas: Atlas, *, houses: bool = False, across_edge: AcrossEdge | None = None) -> Checked:
    """Return where the coworking provision applies, and why.

    Parameters
    ----------
    atlas
        The layers of the plan.
    houses
        Judge the vacant houses too.
    across_edge
        What a lot across the edge of a promotion area is: "cannot_tell", or "majority" for inside where more
        than half of it is; the option of `coworking.toml` where not given.

    Returns
    -------
    Checked
        Tables by contract, the same for every order of the rows of the input.

    Raises
    ------
    InputError
        If two layers do not share one projected CRS.

    References
    ----------
    広域的地域活性化のための基盤整備に関する法律 5条, 22条, 24条, 26条;
    建築基準法 48条, 91条; 都市計画法 29条, 34条, 43条.
    """
    rule, day = read_rule("coworking"), atlas.plan.date
    edge = across_edge or atlas.plan.check.across_edge or cast("AcrossEdge", rule.options["across_edge"])
    land = read_land(atlas, rule=rule)
    nesting = _nesting(atlas, land)
    kinds = (*LAYERS, "vacant_house") if houses else LAYERS
    tabled = {name: table for name in kinds if (table := atlas.table(name)) is not None}
    grounds = {
        name: grounds_of(table, land, options=atlas.plan.check, across_edge=edge)
        for name, table in tabled.items()
    }
    judged = {name: sites(table, grounds[name], layer=name) for name, table in tabled.items()}
    doubtful = set(nesting.table.loc[nesting.table["verdict"] != "inside", "promotion_area"])
    rows = [
        _row(name, site, judge(site.facts, rule=rule, day=day), doubtful=doubtful)
        for name, found in judged.items()
        for site in found
    ]
    doubts = chain(land.doubts, nesting.doubts, _doubts(judged, rule=rule, day=day))
    return Checked(
        verdicts=tables.hold(pd.DataFrame(rows), "verdicts"),
        provision=provision(land.promotion, land.zones, atlas.table("vacant_house"), rule=rule, day=day),
        nesting=nesting.table,
        findings=tables.findings(doubts),
    )


def _nesting(atlas: Atlas, land: Land) -> Nesting:
    """Return the nesting of the promotion areas, with the doubts about districts and hubs."""
    rule, day, tolerance = read_rule("nesting"), atlas.plan.date, atlas.plan.check.tolerance_m
    districts = atlas.table("priority_district")
    hubless = without_hub(districts, atlas.table("hub"), tolerance=tolerance, rule=rule, day=day)
    if land.promotion is None:
        return Nesting(table=tables.hold(pd.DataFrame(), "nesting"), doubts=hubless)
    areas = land.promotion.table
    nested = nest(areas, districts, tolerance=tolerance, rule=rule, day=day)
    beyond = beyond_municipality(areas, land.municipality, tolerance=tolerance)
    return Nesting(table=nested.table, doubts=(*nested.doubts, *hubless, *beyond))


def _row(layer: str, site: Site, answer: Answer, *, doubtful: set[str]) -> dict[str, object]:
    """Return a row of the table `verdicts`."""
    facts = site.facts
    areas = [area.name for area in facts.areas or () if area.inside is not False]
    majority = site.lead and 0 < site.zone_share < 1
    reason = together((*site.lead, *((say("control_inferred"),) if site.inferred else ()), *answer.reason))
    caution = together((*answer.caution, *_cautions(site, areas, doubtful=doubtful)))
    articles = (*answer.articles, *(("建築基準法91条",) if majority else ()))
    return {
        "layer": layer,
        "id": site.id,
        "name": site.name,
        "zone": facts.zone or "",
        "zone_share": site.zone_share,
        "area_division": facts.division or "",
        "promotion_area": "、".join(areas),
        "use": facts.use,
        "work": facts.work,
        "floor_area": np.nan if facts.floor_area is None else facts.floor_area,
        "storey": pd.NA if facts.storey is None else facts.storey,
        "verdict": answer.verdict,
        "max_floor_area": np.nan if answer.max_floor_area is None else answer.max_floor_area,
        "max_storey": pd.NA if answer.max_storey is None else answer.max_storey,
        "floor_area_ratio": site.ratios.floor_area_ratio,
        "building_coverage": site.ratios.building_coverage,
        "shares_ja": site.shares.ja,
        "shares_en": site.shares.en,
        "relief_ja": "",
        "relief_en": "",
        "reason_ja": reason.ja,
        "reason_en": reason.en,
        "articles": "; ".join(dict.fromkeys(articles)),
        "caution_ja": caution.ja,
        "caution_en": caution.en,
    }


def _cautions(site: Site, areas: Iterable[str], *, doubtful: set[str]) -> tuple[Text, ...]:
    use = uses().get(site.facts.use)
    assumed = (say("confirm_use_assumed", use=use.title),) if site.assumed_use and use else ()
    nesting = tuple(say("confirm_nesting", area=area) for area in areas if area in doubtful)
    return (*assumed, *site.caution, *nesting, say("confirm_other_rules"), say("confirm_building"))


def _doubts(judged: Mapping[str, tuple[Site, ...]], *, rule: Rule, day: date) -> list[Doubt]:
    """Return what the sites themselves leave open."""
    found = [] if judged else [Doubt(code="law.no_sites", layer="site")]
    if not rule.holds(day):
        since = {"day": day, "since": rule.in_force}
        found.append(Doubt(code="law.not_in_force", layer="promotion_area", values=since))
    found += _needed(site for group in judged.values() for site in group)
    for layer, group in judged.items():
        inferred = sum(site.inferred for site in group)
        if inferred:
            found.append(Doubt(code="law.division_inferred", layer=layer, values={"count": inferred}))
        assumed = [site for site in group if site.assumed_use]
        if assumed and layer in LAYERS:
            use = assumed[0].facts.use
            named = {"count": len(assumed), "use": uses()[use].title if use in uses() else use}
            found.append(Doubt(code="law.use_assumed", layer=layer, values=named))
        found += [
            Doubt(code="law.use_unknown", layer=layer, subject=site.id, values={"use": site.facts.use})
            for site in group
            if site.facts.use not in uses()
        ]
    return found


def _needed(found: Iterable[Site]) -> list[Doubt]:
    """Return a doubt for every layer for want of which land without a zone could not be judged."""
    lacking = {site.facts.division_missing for site in found if site.facts.zone == ""}
    return [
        layer_missing(name) for name in ("area_division", "municipality") if missing_layer(name) in lacking
    ]
