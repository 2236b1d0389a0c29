"""One subject's verdict told step by step: which question was asked, what was found, by which article."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import geopandas as gpd

from gisplan.core.document import hint
from gisplan.core.errors import InputError, Problem
from gisplan.core.words import Atlas, Text
from gisplan.law.check import nesting_of
from gisplan.law.facts import Step
from gisplan.law.gather import AcrossEdge
from gisplan.law.judgement import HOUSES, LAYERS, Judged, articles_of, caution_of, judgement, reason_of
from gisplan.law.land import read_land
from gisplan.law.phrases import verdicts
from gisplan.law.rule import read_rule

NEAR, EXAMPLES = 5, 10
"""How many names a message offers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """A subject with its verdict, the steps to it, and what the table says of it."""

    layer: str
    id: str
    name: str
    verdict: str
    title: Text
    shares: Text
    steps: tuple[Step, ...]
    reason: Text
    articles: tuple[str, ...]
    caution: Text
    relief: Text


def explain(atlas: Atlas, subject: str, *, across_edge: AcrossEdge | None = None) -> tuple[Explained, ...]:
    """Return the verdict on a hub, site or vacant house, step by step.

    Parameters
    ----------
    atlas
        The layers of the plan.
    subject
        Its id, `layer:id` where several layers have it, its name, or its building; every subject that goes by it is
        told.
    across_edge
        What a lot across the edge of a promotion area is, as in `check`.

    Raises
    ------
    InputError
        If no hub, site or house goes by that id or name; near ones are named.
    """
    rule = read_rule("coworking")
    land = read_land(atlas, rule=rule)
    asked = _only(atlas, subject)
    found = judgement(asked, land, rule=rule, houses=True, across_edge=across_edge)
    wanted = _wanted(atlas, subject)
    chosen = [one for one in found.judged if (one.layer, one.site.id) in wanted]
    table = nesting_of(atlas, land).table
    doubtful = set(table.loc[table["verdict"] != "inside", "promotion_area"])
    return tuple(_explained(one, doubtful=doubtful) for one in chosen)


def _wanted(atlas: Atlas, subject: str) -> set[tuple[str, str]]:
    """Return layer and id of everything that goes by an id, a name or a building."""
    return {
        (layer, key)
        for layer, table in _tables(atlas)
        for key, *called in _called(table)
        if subject in {key, f"{layer}:{key}", *called} - {""}
    }


def _tables(atlas: Atlas) -> Iterable[tuple[str, gpd.GeoDataFrame]]:
    for layer in (*LAYERS, HOUSES):
        table = atlas.table(layer)
        if table is not None:
            yield layer, table


def _called(table: gpd.GeoDataFrame) -> Iterable[tuple[str, ...]]:
    """Yield id, name and building of every row."""
    columns = [table[name] for name in ("id", "name", "building") if name in table]
    yield from zip(*(column.astype("object").where(column.notna(), "") for column in columns), strict=True)


def _only(atlas: Atlas, subject: str) -> Atlas:
    """Return the atlas without the houses where the subject is none: its building may have rows in any other layer."""
    holding = {layer for layer, _ in _wanted(atlas, subject)}
    if not holding:
        raise InputError(_nobody(atlas, subject))
    kept = {name: held for name, held in atlas.layers.items() if name in holding or name != HOUSES}
    return replace(atlas, layers=kept)


def _nobody(atlas: Atlas, subject: str) -> Problem:
    """Return the problem that nothing goes by a name: those that hold it come first, then those spelled like it."""
    known = [text for _, table in _tables(atlas) for row in _called(table) for text in row if text]
    holding = [text for text in dict.fromkeys(known) if subject in text][:NEAR]
    near = Text(ja=f"近い名前：{'、'.join(holding)}。", en=f" Did you mean: {', '.join(holding)}?")
    values = {
        "name": subject,
        "near": near if holding else hint(subject, dict.fromkeys(known)),
        "known": list(dict.fromkeys(known))[:EXAMPLES],
    }
    return Problem(code="law.no_subject", place=atlas.plan.file, values=values)


def _explained(one: Judged, *, doubtful: set[str]) -> Explained:
    return Explained(
        layer=one.layer,
        id=one.site.id,
        name=one.site.name,
        verdict=one.answer.verdict,
        title=verdicts()[one.answer.verdict],
        shares=one.site.shares,
        steps=one.answer.steps,
        reason=reason_of(one),
        articles=articles_of(one),
        caution=caution_of(one, doubtful=doubtful),
        relief=one.relief.text,
    )
