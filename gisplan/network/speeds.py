"""Speeds per road class and kind of area, read from the dated table `speeds.toml`."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from gisplan.core.errors import ConfigurationError, Problem
from gisplan.core.options import AccessOptions
from gisplan.core.units import metres_per_minute
from gisplan.core.words import Language, Text

if TYPE_CHECKING:
    from numpy.typing import NDArray

Area = Literal["densely_inhabited", "urban", "mountain"]
AREAS: tuple[Area, ...] = get_args(Area)
Time = Literal["unspecified", "day", "congested", "winter"]
Going = Literal["car", "walk", "bicycle", "transit"]
"""How people set out; `Mode` of `build` is how one goes along roads."""

CLASSES = ("expressway", "national", "prefectural", "municipal", "other")
"""Road classes in the order of `Network.classes`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Speeds:
    """A set of speeds [km/h] with its source; `walk` and `bicycle` are in metres per minute.

    `published_on` and `in_force` are None where the publication names no day, `year` where it names none; `time` is
    what the speeds are for. `assumed` lists the classes whose speed has no source, `borrowed` those whose speed is
    that of another set, with its name.
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
    year: int | None = None
    time: Time = "unspecified"
    borrowed: Mapping[str, str] = field(default_factory=dict)
    bicycle: float = 0.0
    bicycle_source: Text = field(default_factory=lambda: Text(ja="", en=""))

    def of(self, road_class: str, *, area: Area = "urban") -> float:
        """Return the speed of a road class [km/h]."""
        return self.kmh[road_class][area]

    def by_class(self, *, area: Area = "urban") -> NDArray[np.float64]:
        """Return the speeds of all classes, in the order of `Network.classes` [metres per minute]."""
        return np.array([metres_per_minute(self.of(name, area=area)) for name in CLASSES])

    def table(self) -> NDArray[np.float64]:
        """Return the speeds by class and kind of area, in the order of `CLASSES` and `AREAS` [metres per minute]."""
        return np.column_stack([self.by_class(area=area) for area in AREAS])

    def steady(self, mode: Literal["walk", "bicycle"]) -> float:
        """Return the speed of a mode that goes equally fast on every road [metres per minute]."""
        return self.walk if mode == "walk" else self.bicycle

    def straight(self, mode: Literal["car", "walk", "bicycle"]) -> float:
        """Return the speed of the straight leg between a point and the road [metres per minute].

        By car it is the speed of class `other` (a yard, a lane that is on no map); on foot the walking speed, and
        with a bicycle too, which is pushed there.
        """
        return metres_per_minute(self.of("other")) if mode == "car" else self.walk

    @property
    def text(self) -> Text:
        """All speeds as one short line, an assumed one with a star, one of another set with a dagger."""
        return Text(ja=self.say("ja"), en=self.say("en"))

    def say(self, language: Language) -> str:
        """Return all speeds as one short line: * assumed, † of another set; three figures are those of `AREAS`."""
        parts = (f"{self.class_titles[name].of(language)} {self._figures(name)}" for name in CLASSES)
        return ("、" if language == "ja" else ", ").join(parts) + " km/h"

    def _figures(self, name: str) -> str:
        figures = [f"{self.of(name, area=area):g}" for area in AREAS]
        mark = "†" if name in self.borrowed else ""
        return (
            (figures[0] if len(set(figures)) == 1 else "/".join(figures))
            + mark
            + "*" * (name in self.assumed)
        )

    def told(self, mode: Going) -> Text:
        """Return how one goes and how fast, with the source; by transit it is the walk to the stop."""
        if mode == "car":
            how = Text(ja=f"自動車（{self.text.ja}）", en=f"by car ({self.text.en})")
            return _sourced(how, self.basis)
        if mode == "bicycle":
            kmh = f"{self.bicycle / metres_per_minute(1.0):g} km/h"
            return _sourced(Text(ja=f"自転車（{kmh}）", en=f"by bicycle ({kmh})"), self.bicycle_source)
        walk = Text(ja=f"徒歩（{self.walk:g} m/分）", en=f"on foot ({self.walk:g} m/min)")
        if mode == "transit":
            walk = Text(ja=f"公共交通の時刻表と{walk.ja}", en=f"by public transport and {walk.en}")
        return _sourced(walk, self.walk_source)

    @property
    def basis(self) -> Text:
        """What the speeds are, by whom and of when, and which classes another set gave."""
        return Text(ja=self._basis("ja"), en=self._basis("en"))

    def _basis(self, language: Language) -> str:
        day = self.published_on or self.in_force or self.year
        dated = ("（年の記載なし）" if language == "ja" else " (no year given)") if day is None else ""
        if day is not None:
            dated = f"（{day}）" if language == "ja" else f" ({day})"
        sets = "、".join(sorted(set(self.borrowed.values())))
        other = f"。†は速度表「{sets}」の値" if language == "ja" else f"; † is of the set “{sets}”"
        return self.source.of(language) + dated + (other if sets else "")


def _sourced(how: Text, source: Text) -> Text:
    return Text(ja=f"{how.ja}。出典：{source.ja}", en=f"{how.en}. Source: {source.en}")


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
    kmh, assumed, borrowed = dict(row["kmh"]), tuple(row["assumed"]), row.get("borrowed", {})
    for name_of_class, other in borrowed.items():
        kmh[name_of_class] = table["sets"][other]["kmh"][name_of_class]
        assumed += (name_of_class,) * (name_of_class in table["sets"][other]["assumed"])
    return Speeds(
        name=key,
        title=Text(**row["title"]),
        source=Text(**row["source"]),
        kmh=kmh,
        assumed=assumed,
        class_titles={key: Text(**title) for key, title in table["classes"].items()},
        walk=float(table["walk"]["metres_per_minute"]),
        walk_source=Text(**table["walk"]["source"]),
        walk_in_force=table["walk"]["in_force"],
        slowest=float(table["limits"]["slowest_kmh"]),
        fastest=float(table["limits"]["fastest_kmh"]),
        published_on=row.get("published_on"),
        in_force=row.get("in_force"),
        year=row.get("year"),
        time=row.get("time", "unspecified"),
        borrowed=borrowed,
        bicycle=metres_per_minute(float(table["bicycle"]["kmh"])),
        bicycle_source=Text(**table["bicycle"]["source"]),
    )


OWN = "speeds_kmh"
"""The name of a set that a plan writes itself, as `[access.speeds_kmh]`."""


def plan_speeds(options: AccessOptions, *, file: str = "plan.toml") -> Speeds:
    """Return the speeds of a plan: the set it names, with the figures that it writes itself.

    A class it does not write keeps the speed of the named set; a figure without a source is assumed.

    Parameters
    ----------
    options
        `[access]` of the plan.
    file
        The plan's file, for messages.

    Raises
    ------
    ConfigurationError
        If `[access] speeds` names no set of speeds.
    """
    named = speeds(options.speeds, place=f"{file} access.speeds")
    if options.own_speeds is None:
        return named
    own = options.own_speeds
    kmh = {name: own.kmh.get(name, figures) for name, figures in named.kmh.items()}
    kept = [name for name in CLASSES if name not in own.kmh]
    words = _table()["own"]
    told = Text(ja=own.source, en=own.source) if own.source else Text(**words["no_source"])
    return replace(
        named,
        name=OWN,
        title=Text(**words["title"]),
        source=told,
        kmh=kmh,
        assumed=tuple(
            name for name in CLASSES if (name in named.assumed if name in kept else not own.source)
        ),
        borrowed={name: named.borrowed.get(name, named.name) for name in kept},
        published_on=None,
        in_force=None,
        year=own.year,
        time=own.time,
    )
