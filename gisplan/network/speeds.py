"""Speeds per road class and kind of area, read from the dated table `speeds.toml`."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from gisplan.core.errors import ConfigurationError, Problem
from gisplan.core.units import metres_per_minute
from gisplan.core.words import Language, Text

if TYPE_CHECKING:
    from numpy.typing import NDArray

Area = Literal["densely_inhabited", "urban", "mountain"]
CLASSES = ("expressway", "national", "prefectural", "municipal", "other")
"""Road classes in the order of `Network.classes`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Speeds:
    """A set of speeds [km/h] with its source; `walk` is in metres per minute.

    `published_on` and `in_force` are None where the publication names no day; `assumed` lists the classes
    whose speed has no source.
    """

    name: str
    title: Text
    source: Text
    kmh: Mapping[str, Mapping[str, float]]
    assumed: tuple[str, ...]
    class_titles: Mapping[str, Text]
    walk: float
    walk_source: Text
    walk_in_force: date
    slowest: float
    fastest: float
    published_on: date | None = None
    in_force: date | None = None

    def of(self, road_class: str, *, area: Area = "urban") -> float:
        """Return the speed of a road class [km/h]."""
        return self.kmh[road_class][area]

    def by_class(self, *, area: Area = "urban") -> NDArray[np.float64]:
        """Return the speeds of all classes, in the order of `Network.classes` [metres per minute]."""
        return np.array([metres_per_minute(self.of(name, area=area)) for name in CLASSES])

    def straight(self, mode: Literal["car", "walk"]) -> float:
        """Return the speed of the straight leg between a point and the road [metres per minute].

        By car it is the speed of class `other` (a yard, a lane that is on no map); on foot the walking speed.
        """
        return self.walk if mode == "walk" else metres_per_minute(self.of("other"))

    @property
    def text(self) -> Text:
        """All speeds as one short line, an assumed one with a star."""
        return Text(ja=self.say("ja"), en=self.say("en"))

    def say(self, language: Language) -> str:
        """Return all speeds as one short line in one language, an assumed one with a star."""
        parts = (
            f"{self.class_titles[name].of(language)} {self.of(name):g}{'*' if name in self.assumed else ''}"
            for name in CLASSES
        )
        return ("、" if language == "ja" else ", ").join(parts) + " km/h"


@lru_cache(maxsize=1)
def _table() -> Mapping[str, Any]:
    return tomllib.loads(files("gisplan.network").joinpath("speeds.toml").read_text("utf-8"))


def speeds(name: str = "", *, place: str = "access.speeds") -> Speeds:
    """Return a set of speeds by name; an empty name is the default set.

    Parameters
    ----------
    name
        Name of the set.
    place
        Where the name stands, for the message.

    Raises
    ------
    ConfigurationError
        If no set has this name.

    References
    ----------
    不動産の表示に関する公正競争規約施行規則 (80 m per minute on foot).
    """
    table = _table()
    key = name or str(table["default"])
    if key not in table["sets"]:
        near = difflib.get_close_matches(key, table["sets"], n=1)
        values = {"name": key, "near": near or list(table["sets"])}
        raise ConfigurationError(Problem(code="net.speeds", place=place, values=values))
    row = table["sets"][key]
    return Speeds(
        name=key,
        title=Text(**row["title"]),
        source=Text(**row["source"]),
        kmh=row["kmh"],
        assumed=tuple(row["assumed"]),
        class_titles={key: Text(**title) for key, title in table["classes"].items()},
        walk=float(table["walk"]["metres_per_minute"]),
        walk_source=Text(**table["walk"]["source"]),
        walk_in_force=table["walk"]["in_force"],
        slowest=float(table["limits"]["slowest_kmh"]),
        fastest=float(table["limits"]["fastest_kmh"]),
        published_on=row.get("published_on"),
        in_force=row.get("in_force"),
    )
