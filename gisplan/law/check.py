"""The check of a plan: verdicts on hubs and sites, the ground of the special provision, and the nesting."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import chain

import geopandas as gpd
import pandas as pd

from gisplan.core import tables
from gisplan.core.tables import Doubt
from gisplan.core.words import Atlas
from gisplan.law.gather import AcrossEdge
from gisplan.law.houses import KINDS, SURVEY, Houses, count_houses
from gisplan.law.judgement import HOUSES, LAYERS, Judged, Judgement, judgement, verdict_rows
from gisplan.law.land import Land, read_land
from gisplan.law.lots import ratio_table
from gisplan.law.nesting import Nesting, nest, without_hub
from gisplan.law.phrases import layer_missing
from gisplan.law.procedures import procedures
from gisplan.law.programmes import programmes
from gisplan.law.provision import provision, provision_doubts
from gisplan.law.rule import Rule, read_rule
from gisplan.law.sites import Site, missing_layer
from gisplan.law.uses import uses
from gisplan.law.utilization import area_doubts
from gisplan.law.versions import compare_all


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What the law says of a plan: tables by contract, and the ground that versions of areas added and removed.

    `house_counts` and `double_listings` are None where there are no vacant houses to count; `changes` is None where
    there are no areas with versions.
    """

    verdicts: pd.DataFrame
    ratios: pd.DataFrame
    provision: pd.DataFrame
    nesting: pd.DataFrame
    versions: pd.DataFrame
    house_counts: pd.DataFrame | None
    double_listings: pd.DataFrame | None
    procedures: pd.DataFrame
    programmes: pd.DataFrame
    findings: pd.DataFrame
    changes: gpd.GeoDataFrame | None = None

    @property
    def tables(self) -> Mapping[str, pd.DataFrame]:
        """Every table but the findings, by the name of its contract, in the order of the output."""
        names = (
            "verdicts", "ratios", "provision", "nesting", "versions", "procedures", "programmes", "house_counts",
            "double_listings",
        )  # fmt: skip
        held = {name: getattr(self, name) for name in names}
        return {name: table for name, table in held.items() if table is not None}


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
    land = read_land(atlas, rule=rule)
    nesting = nesting_of(atlas, land)
    found = judgement(atlas, land, rule=rule, houses=houses, across_edge=across_edge)
    doubtful = set(nesting.table.loc[nesting.table["verdict"] != "inside", "promotion_area"])
    verdicts = tables.hold(pd.DataFrame(verdict_rows(found.judged, doubtful=doubtful)), "verdicts")
    compared, counted = compare_all(atlas), _houses(atlas)
    listed = procedures(
        atlas,
        verdicts=verdicts,
        nesting=nesting.table,
        promotion=land.promotion,
        control=land.control,
        control_unknown=land.control_unknown,
    )
    fitting = programmes(atlas, promotion=land.promotion)
    parts = (nesting, compared, counted, listed, fitting)
    covered = provision(
        land.promotion, land.zones, atlas.table(HOUSES), rule=rule, day=day, nesting=nesting.table
    )
    astray = provision_doubts(covered, nesting.table, rule=read_rule("nesting"), day=day)
    sites = _doubts(found.judged, found.apart, rule=rule, day=day)
    own = (*land.doubts, *astray, *sites, *_relief_doubts(atlas))
    return Checked(
        verdicts=verdicts,
        ratios=_ratios(found),
        provision=covered,
        nesting=nesting.table,
        versions=compared.table,
        house_counts=None if atlas.table(HOUSES) is None else counted.counts,
        double_listings=None if atlas.table(HOUSES) is None else counted.double_listings,
        procedures=listed.table,
        programmes=fitting.table,
        findings=tables.findings((*own, *chain.from_iterable(part.doubts for part in parts))),
        changes=compared.changes,
    )


def _houses(atlas: Atlas) -> Houses:
    """Return the vacant houses by area and source, and the double listings."""
    return count_houses(
        atlas.table(HOUSES),
        {kind: atlas.table(kind) for kind in KINDS},
        atlas.table(SURVEY),
        rule=read_rule("houses"),
        day=atlas.plan.date,
    )


def _relief_doubts(atlas: Atlas) -> tuple[Doubt, ...]:
    """Return what is open in the utilization areas of the Act on vacant houses."""
    return area_doubts(
        atlas.table("vacant_house_utilization_area"),
        atlas.table("promotion_area"),
        rule=read_rule("utilization"),
        day=atlas.plan.date,
    )


def _ratios(found: Judgement) -> pd.DataFrame:
    """Return the table `ratios` of hubs and sites."""
    held = [
        ratio_table(ground.rows, layer=layer)
        for layer, ground in found.grounds.items()
        if ground.rows is not None
    ]
    return tables.join(held, "ratios")


def nesting_of(atlas: Atlas, land: Land) -> Nesting:
    """Return the nesting of the promotion areas, with the doubts about districts and hubs.

    Parameters
    ----------
    atlas
        The layers of the plan.
    land
        The ground of the plan.
    """
    rule, day, tolerance = read_rule("nesting"), atlas.plan.date, atlas.plan.check.tolerance_m
    districts = atlas.table("priority_district")
    hubless = without_hub(districts, atlas.table("hub"), tolerance=tolerance, rule=rule, day=day)
    if land.promotion is None:
        return Nesting(table=tables.hold(pd.DataFrame(), "nesting"), doubts=hubless)
    nested = nest(
        land.promotion.table,
        districts,
        tolerance=tolerance,
        rule=rule,
        day=day,
        municipality=atlas.table("municipality"),
        codes=atlas.plan.municipality,
    )
    return Nesting(table=nested.table, doubts=(*nested.doubts, *hubless))


def _doubts(judged: tuple[Judged, ...], apart: Mapping[str, float], *, rule: Rule, day: date) -> list[Doubt]:
    """Return what the sites themselves leave open."""
    found = [] if judged else [Doubt(code="law.no_sites", layer="site")]
    if not rule.holds(day):
        since = {"day": day, "since": rule.in_force}
        found.append(Doubt(code="law.not_in_force", layer="promotion_area", values=since))
    found += _needed(one.site for one in judged)
    found += [
        Doubt(
            code="law.building_apart",
            layer="site",
            subject=name,
            values={"subject": name, "metres": f"{far:,.0f}"},
        )
        for name, far in sorted(apart.items())
    ]
    for layer in dict.fromkeys(one.layer for one in judged):
        found += _layer_doubts(layer, [one.site for one in judged if one.layer == layer])
    return found


def _layer_doubts(layer: str, group: list[Site]) -> list[Doubt]:
    """Return what the sites of one layer leave open."""
    found = []
    inferred = sum(site.inferred for site in group)
    if inferred:
        found.append(Doubt(code="law.division_inferred", layer=layer, values={"count": inferred}))
    assumed = [site for site in group if site.assumed_use]
    if assumed and layer in LAYERS:
        use = assumed[0].facts.use
        named = {"count": len(assumed), "use": uses()[use].title if use in uses() else use}
        found.append(Doubt(code="law.use_assumed", layer=layer, values=named))
    for code, nothing in (
        ("law.floor_area_zero", [site.id for site in group if site.no_area]),
        ("law.storey_zero", [site.id for site in group if site.no_storey]),
    ):
        if nothing:
            few: dict[str, object] = {"count": len(nothing), "ids": nothing[:5]}
            found.append(Doubt(code=code, layer=layer, values=few))
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
