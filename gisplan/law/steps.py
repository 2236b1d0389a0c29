"""The steps of `procedures.toml`, and the words in which their triggers and evidence speak."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import Any

import pandas as pd

from gisplan.core.words import Article, Atlas, Text
from gisplan.law.facts import Standing
from gisplan.law.logic import Truth

AREA_OF: Mapping[str, str] = {
    "promotion_area": "promotion_area",
    "use_exception": "promotion_area",
    "control_ground": "promotion_area",
    "utilization_area": "vacant_house_utilization_area",
    "utilization_use": "vacant_house_utilization_area",
    "utilization_road": "vacant_house_utilization_area",
}
"""Layers whose areas each have a row of their own, by the trigger of the step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Procedure:
    """A step: what triggers it, what shows that it is done, its sentences, and its articles.

    `only` names for an article the verdict under which it is cited, by the place of the article; `do_for` is what
    to do under one verdict. `by` are days of the area that the day of the step, called `day`, may not follow.
    """

    id: str
    order: int
    trigger: str
    evidence: str
    title: Text
    who: Text
    why: Text
    do: Text
    articles: tuple[Article, ...]
    only: Mapping[int, str]
    unneeded: Text | None = None
    obtain: Text | None = None
    do_for: Mapping[str, Text] = field(default_factory=dict)
    day: Text | None = None
    by: tuple[str, ...] = ()
    mark: bool = False
    optional: bool = False
    before: bool = False

    def holds(self, day: date) -> bool:
        """Return whether the step is law on a day: its first article is in force."""
        return self.articles[0].in_force <= day

    @property
    def area_layer(self) -> str:
        """The layer whose areas each have a row of this step, empty where the step is of the plan or of a site."""
        return AREA_OF.get(self.trigger, "")

    def cited(self, *, day: date, verdict: str = "") -> tuple[Article, ...]:
        """Return the articles in force on a day, those for one verdict only under it."""
        return tuple(
            article
            for place, article in enumerate(self.articles)
            if article.in_force <= day and self.only.get(place, verdict) == verdict
        )

    def cite(self, *, day: date, verdict: str = "") -> tuple[str, ...]:
        """Return the cited articles as a reader knows them: law and article."""
        return tuple(f"{article.law}{article.article}" for article in self.cited(day=day, verdict=verdict))


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """All that triggers and evidence may look at; None where a layer is missing.

    `standings` are the promotion areas, `control` is the urbanization control area in each [m²], `control_unknown` are
    those of which it cannot be told.
    """

    atlas: Atlas
    verdicts: pd.DataFrame
    nesting: pd.DataFrame
    standings: tuple[Standing, ...] | None
    control: Mapping[str, float] | None
    control_unknown: frozenset[str] = frozenset()

    @property
    def day(self) -> date:
        """The day on which the law is applied."""
        return self.atlas.plan.date

    def fact(self, name: str) -> Truth:
        """Return a fact that plan.toml says, None where it does not."""
        return self.atlas.plan.facts.get(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """One subject of a step: whether it is needed there, and the words that its sentences name.

    `because` and `obtain` stand in place of the sentences of the step where a subject has its own.
    """

    subject: str
    needed: Truth
    words: Mapping[str, Text | str] = field(default_factory=dict)
    verdict: str = ""
    published_on: date | None = None
    because: Text | None = None
    obtain: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Whether a step is done, and when; `note` says what was seen, `missing` what would tell."""

    done: Truth = None
    on: date | None = None
    note: Text | None = None
    missing: Text | None = None


@lru_cache(maxsize=1)
def _body() -> Mapping[str, Any]:
    return tomllib.loads(files("gisplan.law").joinpath("procedures.toml").read_text("utf-8"))


@lru_cache(maxsize=1)
def steps() -> tuple[Procedure, ...]:
    """Return every step, in order."""
    return tuple(sorted((_procedure(row) for row in _body()["step"]), key=lambda step: step.order))


def _procedure(row: Mapping[str, Any]) -> Procedure:
    own = {key: value for key, value in row.items() if key not in {"articles", "do_for", "by"}}
    texts: dict[str, Any] = {key: Text(**value) for key, value in own.items() if isinstance(value, dict)}
    plain = {key: value for key, value in own.items() if key not in texts}
    do_for = {verdict: Text(**text) for verdict, text in row.get("do_for", {}).items()}
    articles = [{key: value for key, value in one.items() if key != "verdict"} for one in row["articles"]]
    only = {place: one["verdict"] for place, one in enumerate(row["articles"]) if "verdict" in one}
    return Procedure(
        articles=tuple(Article(**one) for one in articles),
        only=only,
        do_for=do_for,
        by=tuple(row.get("by", ())),
        **texts,
        **plain,
    )


@lru_cache(maxsize=1)
def known_steps() -> Mapping[str, Text]:
    """Return the steps that a user may mark under `[procedures]` of plan.toml, with their titles."""
    return {step.id: step.title for step in steps() if step.mark}


@lru_cache(maxsize=1)
def other_steps() -> Mapping[str, Text]:
    """Return the steps that the layers and the verdicts tell alone, which a user cannot mark, with their titles."""
    return {step.id: step.title for step in steps() if not step.mark}


@lru_cache(maxsize=1)
def area_steps() -> Mapping[str, str]:
    """Return the steps that a user may mark for one area, with the layer of the area."""
    return {step.id: step.area_layer for step in steps() if step.mark and step.area_layer}


@lru_cache(maxsize=1)
def state_labels() -> Mapping[str, Text]:
    """Return what the states of a step are called."""
    return _texts("states")


@lru_cache(maxsize=1)
def step_facts() -> Mapping[str, Text]:
    """Return the facts of `[facts]` of plan.toml that steps ask for."""
    return _texts("facts")


def _texts(part: str) -> Mapping[str, Text]:
    return {key: Text(**row) for key, row in _body()[part].items()}
