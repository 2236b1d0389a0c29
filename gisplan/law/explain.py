"""One subject's verdict told step by step: which question was asked, what was found, by which article."""

from __future__ import annotations

from dataclasses import dataclass

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
        Its id, `layer:id` where several layers have it, or its name; every subject of that id or name is told.
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
    chosen = [one for one in found.judged if _is(one.layer, one.site.id, one.site.name, subject)]
    table = nesting_of(atlas, land).table
    doubtful = set(table.loc[table["verdict"] != "inside", "promotion_area"])
    return tuple(_explained(one, doubtful=doubtful) for one in chosen)


def _is(layer: str, key: str, name: str, subject: str) -> bool:
    return subject in {key, f"{layer}:{key}"} or (name != "" and subject == name)


def _only(atlas: Atlas, subject: str) -> Atlas:
    """Return the atlas with the layers that hold the subject, whole: its building may have other rows."""
    known: list[str] = []
    holding = set()
    for layer in (*LAYERS, HOUSES):
        table = atlas.table(layer)
        if table is None:
            continue
        for key, name in zip(table["id"], table["name"], strict=True):
            known += [key, *([name] if name else [])]
            if _is(layer, key, name, subject):
                holding.add(layer)
    if not holding:
        values = {"name": subject, "near": hint(subject, known), "known": sorted(set(known))[:10]}
        raise InputError(Problem(code="law.no_subject", place=atlas.plan.file, values=values))
    kept = {
        name: held for name, held in atlas.layers.items() if name in holding or name not in {*LAYERS, HOUSES}
    }
    return Atlas(
        plan=atlas.plan,
        layers=kept,
        catalogue=atlas.catalogue,
        findings=atlas.findings,
        rejects=atlas.rejects,
    )


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
