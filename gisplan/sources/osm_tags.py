"""Tags of OpenStreetMap as columns: the same street gives the same columns, whatever file it is read from.

The class of OpenStreetMap is not the legal class of a road; the layer file says what stands for what.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from typing import Any

import pandas as pd

from gisplan.core.errors import InputError, Problem
from gisplan.core.tables import Doubt
from gisplan.core.words import Text
from gisplan.sources.osm_seasons import closes_in
from gisplan.sources.raw import File, Wanted

Tags = Mapping[str, str]
DRIVERS = ("osm_pbf", "osm_xml", "overpass", "graphml")
"""Kinds of file that hold data of OpenStreetMap and nothing else."""

CREDIT = "© OpenStreetMap contributors"
LICENCE = "ODbL 1.0"

ROAD_TAGS = ("highway", "ref", "official_name", "width", "lanes", "bridge", "tunnel", "access", "surface")
"""Tags of a line that are columns as they stand."""

NAMES = ("name", "name:ja")
"""Tags with the name of a feature, the first that has one counts."""

AS_THEY_STAND = frozenset({*NAMES, "ref", "official_name", "width", "lanes", "surface"})
"""Tags from which nothing else is concluded."""

READ_TAGS = (
    *NAMES, *ROAD_TAGS, "route", "oneway", "junction", "layer", "area", "duration", "maxspeed",
    "maxspeed:forward", "maxspeed:backward", "motorcar", "motor_vehicle", "vehicle", "foot", "bicycle", "motorroad",
    "oneway:bicycle", "cycleway", "cycleway:both", "cycleway:left", "cycleway:right", "toll", "toll:motorcar",
    "barrier", "winter_road", "seasonal", "access:conditional", "vehicle:conditional", "motor_vehicle:conditional",
    "motorcar:conditional",
)  # fmt: skip
EXAMPLES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """What is looked for: tags (`key` or `key=value`), whether as lines, and all tags that become columns."""

    tags: tuple[str, ...]
    pairs: frozenset[tuple[str, str]]
    keys: frozenset[str]
    lines: bool
    points: bool
    kept: frozenset[str]
    columns: tuple[str, ...]

    def fits(self, tags: Tags) -> bool:
        """Return whether one of the tags is there."""
        return not self.keys.isdisjoint(tags) or any(
            part == value
            for key, value in self.pairs
            if key in tags
            for part in (tags[key], *tags[key].split(";"))
        )

    @property
    def apart(self) -> frozenset[str]:
        """The keys whose values tell nearly every feature from the next, and decide nothing."""
        return self.kept.intersection(NAMES).difference(self.all_keys)

    @property
    def all_keys(self) -> tuple[str, ...]:
        """The keys of the tags."""
        return tuple(sorted(self.keys | {key for key, _ in self.pairs}))


def sought(wanted: Wanted, *, file: File) -> Sought:
    """Return what to look for in a file of OpenStreetMap.

    Raises
    ------
    InputError
        If the layer names no tags.
    """
    if not wanted.osm:
        raise InputError(Problem(code="osm.no_tags", place=file.name))
    split = [tag.partition("=") for tag in wanted.osm]
    foreign = _meaning().foreign
    own = tuple(dict.fromkeys(key for key, _, _ in split))
    asked = tuple(name for name in dict.fromkeys(wanted.known) if name not in foreign and name not in own)
    return Sought(
        tags=wanted.osm,
        pairs=frozenset((key, value) for key, sign, value in split if sign),
        keys=frozenset(key for key, sign, _ in split if not sign),
        lines=wanted.kind == "line",
        points=wanted.kind != "polygon",
        kept=frozenset({*READ_TAGS, *own, *asked}),
        columns=(*own, *asked),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The columns of some features, and the doubts about what their tags mean."""

    table: pd.DataFrame
    doubts: tuple[Doubt, ...]


def columns_of(tags: Sequence[Tags], *, lines: bool, asked: Iterable[str] = ()) -> Columns:
    """Return the columns of some features.

    Parameters
    ----------
    tags
        The tags of each feature [n].
    lines
        Whether they are lines, i.e. roads.
    asked
        Further tags that become columns where a feature has them.
    """
    columns: dict[str, Any] = {"name": [row.get("name") or row.get("name:ja", "") for row in tags]}
    doubts: tuple[Doubt, ...] = ()
    if lines:
        streets = _streets(tags)
        columns |= _road_columns(tags, streets)
        doubts = _street_doubts(tags, streets)
    for tag in asked:
        if tag not in columns and any(tag in row for row in tags):
            columns[tag] = [row.get(tag, "") for row in tags]
    return Columns(table=pd.DataFrame(columns, index=range(len(tags)), dtype=object), doubts=doubts)


def road_columns(tags: Sequence[Tags]) -> dict[str, list[str]]:
    """Return the columns of some roads but their names [n each]."""
    return _road_columns(tags, _streets(tags))


def _road_columns(tags: Sequence[Tags], streets: Sequence[_Street]) -> dict[str, list[str]]:
    columns = {tag: [row.get(tag, "") for row in tags] for tag in ROAD_TAGS}
    columns["highway"] = [row.get("highway") or row.get("route", "") for row in tags]
    return columns | {key: [row.columns[key] for row in streets] for key in STREET_COLUMNS}


STREET_COLUMNS = (
    "maxspeed", "layer", "oneway", "ramp", "passage", "ferry", "minutes", "toll", "winter_closed", "bicycle",
    "bicycle_both_ways",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class _Street:
    """The columns of one road that need thought, what was concluded without a tag, and what means nothing."""

    columns: Mapping[str, str]
    implied: tuple[str, ...] = ()
    odd: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Meaning:
    """The table `osm_tags.toml`."""

    highway: Mapping[str, frozenset[str]]
    access: Mapping[str, tuple[str, ...]]
    oneway: Mapping[str, frozenset[str]]
    layer: Mapping[str, Any]
    bicycle: Mapping[str, tuple[str, ...]]
    winter: Mapping[str, Any]
    foreign: frozenset[str]
    access_keys: frozenset[str]
    """All keys that say who has access: a road with none of them is closed to nobody."""


@lru_cache(maxsize=1)
def _meaning() -> _Meaning:
    table = tomllib.loads(files("gisplan.sources").joinpath("osm_tags.toml").read_text("utf-8"))
    return _Meaning(
        highway={name: frozenset(values) for name, values in table["highway"].items()},
        access={name: tuple(values) for name, values in table["access"].items()},
        oneway={name: frozenset(values) for name, values in table["oneway"].items()},
        layer=table["layer"],
        bicycle={name: tuple(values) for name, values in table["bicycle"].items()},
        winter=table["winter"],
        foreign=frozenset(table["columns"]["foreign"]),
        access_keys=frozenset(
            [*table["access"]["car"], *table["access"]["foot"], *table["bicycle"]["access"]]
        ),
    )


def _streets(tags: Sequence[Tags]) -> list[_Street]:
    """Return the columns of each road; roads that differ by nothing that counts for them are thought out once."""
    known: dict[tuple[tuple[str, str], ...], _Street] = {}
    found = []
    for row in tags:
        key = tuple([pair for pair in row.items() if pair[0] not in AS_THEY_STAND])
        street = known.get(key)
        if street is None:
            street = known[key] = _street(row)
        found.append(street)
    return found


def _street(tags: Tags) -> _Street:
    ferry = tags.get("route") == "ferry"
    oneway, implied, odd = _oneway(tags)
    layer = tags.get("layer", "")
    if not layer and (layer := _storey(tags)):
        implied = (*implied, "layer")
    both = [tags[key] for key in ("maxspeed:forward", "maxspeed:backward") if key in tags]
    minutes = minutes_of(tags.get("duration", "")) if ferry else ""
    if ferry and not minutes and "duration" in tags:
        odd = {**odd, "duration": tags["duration"]}
    return _Street(
        columns={
            "maxspeed": tags.get("maxspeed") or ";".join(both),
            "layer": layer,
            "oneway": oneway,
            "ramp": _word(tags.get("highway") in _meaning().highway["ramp"]),
            "passage": passage(tags),
            "ferry": _word(ferry),
            "minutes": minutes,
            "toll": _toll(tags),
            "winter_closed": "true" if winter_closed(tags) else "",
            "bicycle": _word(bicycle(tags)),
            "bicycle_both_ways": "true" if _bicycle_both_ways(tags) else "",
        },
        implied=implied,
        odd=odd,
    )


def _word(holds: bool) -> str:
    return "true" if holds else "false"


def passage(tags: Tags) -> str:
    """Return who may use a road: `all`, `car`, `foot` or `closed`."""
    meaning = _meaning()
    highway, access = tags.get("highway", ""), meaning.access
    if highway in meaning.highway["closed"]:
        return "closed"
    car = not _is_closed(tags, access["car"])
    if highway in meaning.highway["foot"]:
        car = any(tags.get(key) in access["open"] for key in access["car_only"])
    foot = not _is_closed(tags, access["foot"])
    if highway in meaning.highway["car"]:
        foot = tags.get("foot") in access["open"]
    if car:
        return "all" if foot else "car"
    return "foot" if foot else "closed"


def bicycle(tags: Tags) -> bool:
    """Return whether a bicycle may be ridden on a road; where it must be pushed it may not."""
    meaning, highway = _meaning(), tags.get("highway", "")
    if highway in meaning.highway["closed"] or highway in meaning.bicycle["never"]:
        return False
    if own := tags.get("bicycle", ""):
        return own not in meaning.bicycle["closed"]
    if highway in meaning.highway["car"] or tags.get("motorroad") == "yes":
        return False
    if highway in meaning.highway["foot"]:
        return highway in meaning.bicycle["ways"]
    return not _is_closed(tags, meaning.bicycle["access"])


def _bicycle_both_ways(tags: Tags) -> bool:
    """Return whether bicycles are excepted from a one-way sign (自転車を除く)."""
    words = _meaning().bicycle
    if "oneway:bicycle" not in tags and tags.keys().isdisjoint(words["lanes"]):
        return False
    lanes = (tags.get(key, "") for key in words["lanes"])
    return tags.get("oneway:bicycle") in words["both"] or any(lane.startswith("opposite") for lane in lanes)


def _toll(tags: Tags) -> str:
    """Return whether cars pay, "" where nothing is said."""
    if tags.get("barrier") == "toll_booth" or "yes" in {tags.get("toll"), tags.get("toll:motorcar")}:
        return "true"
    return "false" if tags.get("toll") == "no" else ""


def winter_closed(tags: Tags) -> bool:
    """Return whether cars may not use a road in winter, by a tag of its own, its seasons or a condition."""
    winter = _meaning().winter
    if tags.get("winter_road") == "no" or tags.get("seasonal", "") in winter["open_seasons"]:
        return True
    return not tags.keys().isdisjoint(winter["keys"]) and any(
        closes_in(tags[key], winter, closed=_meaning().access["closed"])
        for key in winter["keys"]
        if key in tags
    )


def _is_closed(tags: Tags, keys: Sequence[str]) -> bool:
    """Return whether the most special of some access tags closes a road."""
    meaning = _meaning()
    if meaning.access_keys.isdisjoint(tags):
        return False
    value = next((tags[key] for key in keys if tags.get(key)), "")
    closed = meaning.access["closed"]
    return bool(value) and all(part.strip() in closed for part in value.split(";"))


def _oneway(tags: Tags) -> tuple[str, tuple[str, ...], Mapping[str, str]]:
    """Return the direction, what was concluded without a tag, and a value that says nothing."""
    meaning, value = _meaning().oneway, tags.get("oneway", "")
    for sign, name in (("1", "along"), ("-1", "against"), ("0", "both")):
        if value in meaning[name]:
            return sign, (), {}
    implied = (
        tags.get("junction") in meaning["junctions"] or tags.get("highway") in meaning["highways"]
    ) and not value
    if implied:
        return "1", ("oneway",), {}
    return ("", (), {"oneway": value}) if value else ("0", (), {})


def _storey(tags: Tags) -> str:
    """Return the layer of a bridge or tunnel that has no tag for it."""
    layer = _meaning().layer
    if tags.get("bridge", "") not in layer["no_bridge"]:
        return str(layer["bridge"])
    return str(layer["tunnel"]) if tags.get("tunnel", "") not in layer["no_tunnel"] else ""


CLOCK = re.compile(r"(\d{1,3}):([0-5]\d)(?::([0-5]\d))?")
PERIOD = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")
BARE = re.compile(r"(\d+(?:\.\d+)?)\s*(?:min|minutes|分)?")


def minutes_of(duration: str) -> str:
    """Return a duration in minutes (`00:25`, `PT25M`, `25`), "" where it cannot be read or is 0."""
    text = duration.strip()
    if found := CLOCK.fullmatch(text):
        total = int(found[1]) * 60 + int(found[2]) + int(found[3] or 0) / 60
    elif found := PERIOD.fullmatch(text):
        days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
        total = days * 1440 + hours * 60 + minutes + seconds / 60
    elif found := BARE.fullmatch(text):
        total = float(found[1])
    else:
        total = 0.0
    return f"{total:.10g}" if total > 0 else ""


def _street_doubts(tags: Sequence[Tags], streets: Sequence[_Street]) -> tuple[Doubt, ...]:
    doubts = []
    closed = {name: [row for row, street in zip(tags, streets, strict=True) if street.columns["passage"] == name]
              for name in ("foot", "closed")}  # fmt: skip
    if any(closed.values()):
        why = Counter(row.get("highway", "—") for rows in closed.values() for row in rows)
        values = {"foot": len(closed["foot"]), "closed": len(closed["closed"]), "kinds": _counted(why)}
        doubts.append(Doubt(code="osm.passage", layer="", values=values))
    implied = Counter(what for street in streets for what in street.implied)
    if implied:
        values = {"oneway": implied["oneway"], "layers": implied["layer"]}
        doubts.append(Doubt(code="osm.implied", layer="", values=values))
    odd = Counter(f"{tag}={text}" for street in streets for tag, text in street.odd.items())
    if odd:
        doubts.append(
            Doubt(code="osm.odd", layer="", values={"rows": sum(odd.values()), "values": _counted(odd)})
        )
    return tuple(doubts)


def _counted(counts: Counter[str]) -> list[str]:
    """Return the most frequent values with their counts, equals in the order of their names."""
    order: Callable[[tuple[str, int]], tuple[int, str]] = lambda pair: (-pair[1], pair[0])  # noqa: E731 (typed)
    found = sorted(counts.items(), key=order)
    more = ["…"] if len(found) > EXAMPLES else []
    return [f"{text} {count}" for text, count in found[:EXAMPLES]] + more


def credit() -> Text:
    """Return the credit that the licence of OpenStreetMap asks for."""
    return Text(ja=CREDIT, en=CREDIT)
