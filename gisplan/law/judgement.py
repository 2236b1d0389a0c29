"""The sites of a plan with their verdicts, and the rows of the table `verdicts`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import cast

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gisplan.core.words import Atlas, Text
from gisplan.law.coworking import judge
from gisplan.law.facts import Answer
from gisplan.law.gather import AcrossEdge
from gisplan.law.grounds import Grounds, grounds_of
from gisplan.law.land import Land
from gisplan.law.logic import Truth
from gisplan.law.phrases import say, together
from gisplan.law.rule import Rule, read_rule
from gisplan.law.sites import Row, Site, buildings_of, rows_of, sites
from gisplan.law.uses import uses
from gisplan.law.utilization import Statement, place_of, relief_of, tells_vacancy

LAYERS = ("hub", "site")
"""Layers whose rows get a verdict; vacant houses only where asked for."""

HOUSES = "vacant_house"

WIDEST = 50.0
"""Parts of a building lie no farther apart than this [m]."""

RELIEVED: Mapping[Truth, str] = {True: "applies", False: "does_not_apply", None: "cannot_tell"}
"""Codes of whether relief can be asked for in a vacant house utilization area."""

UNTOUCHED = Statement(text=Text(ja="", en=""), caution=Text(ja="", en=""), articles=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A site with the answer on it, and what the Act on vacant houses says of it: another law, never merged."""

    layer: str
    site: Site
    answer: Answer
    relief: Statement = UNTOUCHED


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """All sites that were judged, in the order of layer and id, and where the sites of each layer lie.

    `apart` are the buildings whose parts lie too far apart to be one, by how many metres.
    """

    judged: tuple[Judged, ...]
    grounds: Mapping[str, Grounds]
    apart: Mapping[str, float]


def judgement(
    atlas: Atlas, land: Land, *, rule: Rule, houses: bool, across_edge: AcrossEdge | None
) -> Judgement:
    """Return the verdict on every hub and site, and on every vacant house where asked for.

    Parameters
    ----------
    atlas
        The layers of the plan.
    land
        The ground of the plan.
    rule
        `coworking.toml`.
    houses
        Judge the vacant houses too.
    across_edge
        What a lot across the edge of a promotion area is; the plan's or the rule's option where None.
    """
    edge = across_edge or atlas.plan.check.across_edge or cast("AcrossEdge", rule.options["across_edge"])
    kinds = (*LAYERS, HOUSES) if houses else LAYERS
    tabled = {name: table for name in kinds if (table := atlas.table(name)) is not None}
    grounds = {
        name: grounds_of(table, land, layer=name, options=atlas.plan.check, across_edge=edge)
        for name, table in tabled.items()
    }
    rows = {name: rows_of(table, options=atlas.plan.check, layer=name) for name, table in tabled.items()}
    buildings = buildings_of(row for own in rows.values() for row in own)
    judged = [
        one
        for name, table in tabled.items()
        for one in _judged(
            table, sites(rows[name], grounds[name], buildings=buildings), grounds[name], atlas, rule
        )
    ]
    return Judgement(judged=tuple(judged), grounds=grounds, apart=_apart(buildings, tabled))


def _apart(
    buildings: Mapping[str, tuple[Row, ...]], tabled: Mapping[str, gpd.GeoDataFrame]
) -> Mapping[str, float]:
    """Return the buildings whose parts lie farther apart than a building is wide, and how far [m]."""
    place = {
        (name, key): shape
        for name, table in tabled.items()
        for key, shape in zip(table["id"], table.geometry, strict=True)
    }
    found = {}
    for building, rows in buildings.items():
        first, *rest = (place[row.layer, row.id] for row in rows)
        far = max((float(shapely.distance(first, other)) for other in rest), default=0.0)
        if far > WIDEST:
            found[building] = far
    return found


def _judged(
    table: gpd.GeoDataFrame, found: tuple[Site, ...], grounds: Grounds, atlas: Atlas, rule: Rule
) -> Iterable[Judged]:
    """Yield the sites of one layer with their answers, and what the Act on vacant houses says of them."""
    day, layer = atlas.plan.date, grounds.layer
    answers = {site.id: judge(site.facts, rule=rule, day=day) for site in found}
    withheld = not tells_vacancy(atlas.layers[layer].spec, atlas.plan.audience)
    relieved = relief_of(
        table,
        grounds.land.utilization,
        places={site.id: place_of(site.facts, answers[site.id].verdict, withheld=withheld) for site in found},
        layer=layer,
        tolerance=atlas.plan.check.tolerance_m,
        rule=read_rule("utilization"),
        day=day,
    )
    for site in found:
        relief = relieved.get(site.id, UNTOUCHED)
        yield Judged(layer=layer, site=site, answer=answers[site.id], relief=relief)


def verdict_rows(judged: Iterable[Judged], *, doubtful: Collection[str]) -> list[dict[str, object]]:
    """Return the rows of the table `verdicts`.

    Parameters
    ----------
    judged
        The sites with their answers.
    doubtful
        Promotion areas that are not shown to lie inside their priority district.
    """
    return [_row(one, doubtful=doubtful) for one in judged]


def _row(one: Judged, *, doubtful: Collection[str]) -> dict[str, object]:
    facts, site, answer = one.site.facts, one.site, one.answer
    reason, caution = reason_of(one), caution_of(one, doubtful=doubtful)
    return {
        "layer": one.layer,
        "id": site.id,
        "name": site.name,
        "zone": facts.zone or "",
        "zone_share": site.zone_share,
        "area_division": facts.division or "",
        "promotion_area": "、".join(_areas(site)),
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
        "relief_ja": one.relief.text.ja,
        "relief_en": one.relief.text.en,
        "relief_verdict": RELIEVED[one.relief.holds] if one.relief.text.ja else "",
        "relief_articles": "; ".join(one.relief.articles),
        "reason_ja": reason.ja,
        "reason_en": reason.en,
        "articles": "; ".join(articles_of(one)),
        "caution_ja": caution.ja,
        "caution_en": caution.en,
    }


def _areas(site: Site) -> list[str]:
    return [area.name for area in site.facts.areas or () if area.inside is not False]


def reason_of(one: Judged) -> Text:
    """Return the reason of a verdict as one text."""
    inferred = (say("control_inferred"),) if one.site.inferred else ()
    return together((*one.site.lead, *inferred, *one.answer.reason))


def articles_of(one: Judged) -> tuple[str, ...]:
    """Return the articles of a verdict, each once."""
    majority = one.site.lead and 0 < one.site.zone_share < 1
    cited = (*one.answer.articles, *(("建築基準法91条",) if majority else ()))
    return tuple(dict.fromkeys(article for text in cited for article in text.split("; ")))


def caution_of(one: Judged, *, doubtful: Collection[str]) -> Text:
    """Return what is to be confirmed of a verdict as one text.

    Parameters
    ----------
    one
        The site with its answer.
    doubtful
        Promotion areas that are not shown to lie inside their priority district.
    """
    use = uses().get(one.site.facts.use)
    assumed = (say("confirm_use_assumed", use=use.title),) if one.site.assumed_use and use else ()
    nesting = tuple(say("confirm_nesting", area=area) for area in _areas(one.site) if area in doubtful)
    relief = (one.relief.caution,) if one.relief.caution.ja else ()
    own = (*one.answer.caution, *assumed, *one.site.caution, *relief, *nesting)
    return together((*own, say("confirm_other_rules"), say("confirm_building")))
