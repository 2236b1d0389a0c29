"""A provision as data: its articles and values, each with the day from which it is in force.

A change of the law is a new dated row, never an `if`: the law of an earlier day stays computable.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal

from gisplan.core.words import Article, Text

Confidence = Literal["verbatim", "reported", "inferred"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A figure or list of the law, from one day on."""

    name: str
    value: Any
    in_force: date
    article: str
    confidence: Confidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A provision: title, the day it came into force, articles by the part they play, values, options."""

    id: str
    title: Text
    in_force: date
    articles: Mapping[str, Article]
    values: tuple[Value, ...]
    options: Mapping[str, str]

    def holds(self, day: date) -> bool:
        """Return whether the provision is in force on a day."""
        return self.in_force <= day

    def value(self, name: str, *, day: date) -> Any:
        """Return a value as it stands on a day, or None where none was in force yet."""
        known = [value for value in self.values if value.name == name and value.in_force <= day]
        return max(known, key=lambda value: value.in_force).value if known else None

    def cite(self, *parts: str, day: date) -> tuple[str, ...]:
        """Return the articles that play these parts and are in force on a day."""
        found = (self.articles[part] for part in parts)
        return tuple(f"{article.law}{article.article}" for article in found if article.in_force <= day)

    def confidence(self, part: str) -> Confidence:
        """Return how sure the article that plays a part is."""
        return self.articles[part].confidence


@lru_cache(maxsize=8)
def read_rule(name: str) -> Rule:
    """Return the rule of `<name>.toml`."""
    body = tomllib.loads(files("gisplan.law").joinpath(f"{name}.toml").read_text("utf-8"))
    return Rule(
        id=body["id"],
        title=Text(**body["title"]),
        in_force=body["in_force"],
        articles={part: Article(**row) for part, row in body["articles"].items()},
        values=tuple(Value(**row) for row in body.get("value", ())),
        options=body.get("options", {}),
    )
