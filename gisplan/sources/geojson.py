"""GeoJSON read strictly first: what GDAL takes in silence, or refuses without saying where, is named here."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from gisplan.core.errors import InputError, Problem
from gisplan.core.tables import Doubt
from gisplan.sources.door import GEOJSON_TYPE, GEOJSON_TYPES
from gisplan.sources.encoding import Encoding, detect
from gisplan.sources.features import Features, features_of, without_refused
from gisplan.sources.raw import File

DEEPEST = 32
"""So many brackets in each other hold any feature with room to spare."""

MOST = 20
STRICT_BYTES = 32 * 1024**2
"""Larger files are only read by GDAL: a strict reading takes a second for so many bytes."""

ENDLESS = re.compile(rb"\d[eE]\+?\d{3}")
"""A number that no computer holds begins so, e.g. 1e400."""

STRING = re.compile(rb'"(?:[^"\\]|\\.)*"')
OPENING, CLOSING = (91, 123), (93, 125)
"""The brackets, as bytes."""

RECORD = "\x1e"
"""The sign before each feature of a GeoJSON text sequence."""

BLANKS = "\ufeff \t\r\n"
MEMBERS = ("type", "crs", "id", "properties", "geometry", "features", "geometries", "coordinates")
"""What GDAL is given of a file whose other members hide these from it."""

LOOKED_AT = 4096
"""So far into a file GDAL surely looks for what it is."""

CRS_MEMBER = re.compile(rb'"crs"\s*:\s*(\{[^{}]*(?:\{[^{}]*\}[^{}]*)?\})')
SHOWN = 80

UTF8 = frozenset({"utf-8", "utf-8-sig", "ascii"})


@dataclass(slots=True)
class _Seen:
    """What the strict reading met: keys that stand twice in one object, and signs that are no numbers."""

    doubled: list[str] = field(default_factory=list)
    wrong: int = 0

    def pairs(self, items: list[tuple[str, Any]]) -> dict[str, Any]:
        """Return an object, and note its keys that stand twice."""
        found = dict(items)
        if len(found) < len(items):
            names = [name for name, _ in items]
            self.doubled += sorted({name for name in names if names.count(name) > 1})
        return found

    def constant(self, _text: str) -> None:
        """Note a NaN or an Infinity."""
        self.wrong += 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What the strict reading of a file knows: its encoding, the CRS it states, its features, what is doubtful.

    `stated` is the name of the CRS, None where the file states none. `features` is None for a file too large to
    be read strictly.
    """

    encoding: Encoding
    stated: str | None = None
    features: Features | None = None
    content: Mapping[str, Any] = field(default_factory=dict)
    doubts: tuple[Doubt, ...] = ()


def look_through(file: File) -> Looked:
    """Return what a strict reading of a GeoJSON file knows of it.

    Parameters
    ----------
    file
        A file of driver geojson.

    Raises
    ------
    InputError
        If it is cut, nested beyond measure, or holds coordinates that are no numbers, with the feature's number.
    """
    data = file.path.read_bytes()
    found = detect(data, place=file.name)
    if len(data) > STRICT_BYTES:
        return Looked(encoding=found, stated=_stated_in(data, found.name))
    _not_too_deep(data, file)
    text = data.decode(found.name, "replace")
    seen = _Seen()
    try:
        content = json.loads(text, object_pairs_hook=seen.pairs, parse_constant=seen.constant)
    except json.JSONDecodeError as error:
        raise InputError(_cut_or_broken(error, text, file)) from None
    except RecursionError:
        raise InputError(Problem(code="sec.depth", place=file.name)) from None
    if not _is_geojson(content):
        raise InputError(Problem(code="file.not_geojson", place=file.name))
    if seen.wrong or ENDLESS.search(data):
        _refuse_wrong(text, content, file)
    return Looked(
        encoding=found,
        stated=_stated(content.get("crs")),
        features=features_of(content, text),
        content=content,
        doubts=_doubled(seen),
    )


def _is_geojson(content: Any) -> bool:
    kind = content.get("type") if isinstance(content, dict) else None
    if kind == "FeatureCollection":
        return isinstance(content.get("features"), list)
    return re.fullmatch(GEOJSON_TYPES, str(kind)) is not None


def _stated(member: Any) -> str | None:
    """Return what a file says of its system, which the standard has given up and many programs still write."""
    if member is None:
        return None
    within = member.get("properties") if isinstance(member, dict) else None
    within = within if isinstance(within, dict) else {}
    if isinstance(within.get("name"), str) and within["name"]:
        return str(within["name"])
    if isinstance(within.get("code"), int):
        return f"EPSG:{within['code']}"
    return json.dumps(member, ensure_ascii=False)[:SHOWN]


def _stated_in(data: bytes, encoding: str) -> str | None:
    """Return the same of a file too large to be parsed: from the first object called crs."""
    found = CRS_MEMBER.search(data)
    if found is None:
        return None
    try:
        return _stated(json.loads(found[1].decode(encoding, "replace")))
    except json.JSONDecodeError:
        return found[1][:SHOWN].decode(encoding, "replace")


def _doubled(seen: _Seen) -> tuple[Doubt, ...]:
    if not seen.doubled:
        return ()
    values = {"count": len(seen.doubled), "keys": sorted(set(seen.doubled))[:5]}
    return (Doubt(code="json.dup_key", layer="", values=values),)


def as_utf8(file: File, looked: Looked, folder: Path) -> Path:
    """Return the path of a GeoJSON file in UTF-8 that holds nothing but features: its own, or that of a copy.

    Parameters
    ----------
    file
        A file of driver geojson.
    looked
        What is known of it.
    folder
        Where the copy goes.
    """
    copy = folder / "copy.geojson"
    content = looked.content
    if looked.features is not None and looked.features.refused and "features" in content:
        content = without_refused(content, looked.features)
    if content is not looked.content or (content and _late(file)):
        body = {name: content[name] for name in MEMBERS if name in content}
        copy.write_text(json.dumps(body), "utf-8")
        return copy
    if looked.encoding.name in UTF8:
        return file.path
    copy.write_text(file.path.read_bytes().decode(looked.encoding.name, "replace"), "utf-8", newline="")
    return copy


def _late(file: File) -> bool:
    """Return whether the type of a file stands so far from its beginning that GDAL does not see it."""
    with file.path.open("rb") as stream:
        return GEOJSON_TYPE.search(stream.read(LOOKED_AT)) is None


def _not_too_deep(data: bytes, file: File) -> None:
    """Refuse brackets nested beyond measure before any parser follows them."""
    signs = np.frombuffer(STRING.sub(b"", data), dtype="u1")
    steps = np.isin(signs, OPENING).astype("int32") - np.isin(signs, CLOSING)
    if len(steps) and np.cumsum(steps).max() > DEEPEST:
        raise InputError(Problem(code="sec.depth", place=file.name))


def _cut_or_broken(error: json.JSONDecodeError, text: str, file: File) -> Problem:
    """Return what stopped the strict reading: an end that came too early, or a sign that does not belong there."""
    rest = text[error.pos :].strip()  # a blank of Python is the sign of a record, too
    if text.lstrip(BLANKS).startswith(RECORD) or (error.msg == "Extra data" and rest.startswith("{")):
        return Problem(code="file.json_lines", place=file.name)
    code = "file.truncated" if not rest or error.msg.startswith("Unterminated") else "file.corrupt"
    return Problem(
        code=code,
        place=f"{file.name}:{error.lineno}",
        values={"detail": f"JSON {error.lineno}:{error.colno}"},
    )


def _refuse_wrong(text: str, content: Any, file: File) -> None:
    """Refuse a file with signs that are no numbers in its coordinates, naming each feature, counted from one."""
    several = isinstance(content, dict) and isinstance(content.get("features"), list)
    marked = json.loads(text, parse_constant=lambda _text: _Wrong(), parse_float=_float)
    features = marked["features"] if several else [marked]
    places = [
        number for number, part in enumerate(features, start=1)
        if isinstance(part, dict) and any(_wrongs(part.get("geometry", part)))
    ]  # fmt: skip
    if places:
        raise InputError(
            [
                Problem(
                    code="geom.nan",
                    place=f"{file.name}:{number}",
                    values={"value": f"{number}: NaN, Infinity"},
                )
                for number in places[:MOST]
            ]
        )


def _float(text: str) -> float | _Wrong:
    number = float(text)
    return number if math.isfinite(number) else _Wrong()


class _Wrong:
    """The place of a sign that is no number."""


def _wrongs(part: Any) -> Iterator[bool]:
    if isinstance(part, _Wrong):
        yield True
    inner = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    for value in inner:
        yield from _wrongs(value)
