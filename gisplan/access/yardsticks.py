"""The yardsticks of planners as data, read from `yardsticks.toml`: limit, way of measuring, source and caution."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal

from gisplan.core.words import Text

How = Literal["straight", "network"]

WAYS: Mapping[str, Text] = {
    "straight": Text(ja="直線（円）", en="straight line (circle)"),
    "network": Text(ja="道のり", en="along the road"),
}
"""What the ways of measuring are called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Yardstick:
    """How near a place must be: `near` are groups of layers with their limits, in metres or minutes.

    Circles and ways along the road are different measures: `how` names those that are taken, each for itself. Where
    `beyond` is true, the limit itself lies outside. Of those outside only such count around whom at least `crowd`
    people live within the limit. `void` says that outside is a 交通空白.
    """

    name: str
    title: Text
    near: tuple[Mapping[str, float], ...]
    how: tuple[How, ...]
    unit: Literal["m", "min"]
    source: Text
    confidence: Literal["verbatim", "reported", "inferred"]
    caution: Text
    older: bool = False
    beyond: bool = False
    crowd: float = 0.0
    void: bool = False
    published_on: date | None = None

    @property
    def layers(self) -> frozenset[str]:
        """All layers it measures to."""
        return frozenset(layer for group in self.near for layer in group)


@lru_cache(maxsize=1)
def read_yardsticks() -> Mapping[str, Yardstick]:
    """Return every yardstick by name, in the order of the file."""
    text = files("gisplan.access").joinpath("yardsticks.toml").read_text("utf-8")
    return {name: _yardstick(name, row) for name, row in tomllib.loads(text).items()}


def group_title(group: Iterable[str], titles: Mapping[str, Text]) -> Text:
    """Return what a group of layers that a yardstick measures to is called.

    Parameters
    ----------
    group
        Names of the layers.
    titles
        What layers are called; one without a title goes by its name.
    """
    found = [titles.get(name, Text(ja=name, en=name)) for name in group]
    return Text(ja="・".join(title.ja for title in found), en=", ".join(title.en for title in found))


def _yardstick(name: str, row: Mapping[str, Any]) -> Yardstick:
    return Yardstick(
        name=name,
        title=Text(**row["title"]),
        near=tuple({layer: float(limit) for layer, limit in group.items()} for group in row["near"]),
        how=tuple(row["how"]),
        unit=row["unit"],
        source=Text(**row["source"]),
        confidence=row["confidence"],
        caution=Text(**row["caution"]),
        older=row.get("people", "all") == "older",
        beyond=row.get("beyond", False),
        crowd=float(row.get("crowd", 0)),
        void=row.get("void", False),
        published_on=row.get("published_on"),
    )
