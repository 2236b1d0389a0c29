"""Is what came from the network what was asked for? Nothing that fails here is kept."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gisplan.core.errors import InputError, NetworkError, Problem
from gisplan.sources.door import HEAD, admit

PAGE = re.compile(rb"\s*(<!--.*?-->\s*)*<(!doctype\s+html|html|head|body)", re.IGNORECASE | re.DOTALL)
DRIVERS: Mapping[str, frozenset[str]] = {
    ".zip": frozenset({"zip", "gtfs"}),
    ".geojson": frozenset({"geojson"}),
    ".json": frozenset({"overpass"}),
    ".graphml": frozenset({"graphml"}),
    ".pbf": frozenset({"osm_pbf"}),
    ".tif": frozenset({"geotiff"}),
}
"""What a file of this ending must be by its content; others may be anything the door knows."""


def check_body(path: Path, *, name: str, place: str) -> None:
    """Refuse a file that is not what its name says.

    Parameters
    ----------
    path
        The file, before it takes its place.
    name
        The name it will have.
    place
        Where it came from, for messages.

    Raises
    ------
    NetworkError
        If it is a web page, damaged, of another kind, or an answer that was cut short.
    """
    with path.open("rb") as stream:
        head = stream.read(HEAD)
    if is_page(head):
        raise NetworkError(Problem(code="net.html_body", place=place))
    try:
        driver = admit(path, name=name).driver
    except InputError as error:
        first = error.problems[0]
        raise NetworkError(Problem(code="net.body", place=place, values={"detail": first.what})) from None
    wanted = DRIVERS.get(Path(name).suffix.lower())
    if wanted is not None and driver not in wanted:
        raise NetworkError(Problem(code="net.body", place=place, values={"detail": f"{name} ≠ {driver}"}))
    if driver == "overpass":
        check_remark(path.read_bytes(), place=place)


def is_page(head: bytes) -> bool:
    """Return whether bytes begin a web page."""
    return PAGE.match(head.removeprefix(b"\xef\xbb\xbf")) is not None


def check_remark(body: bytes, *, place: str) -> None:
    """Refuse an answer of Overpass that says it was cut short: it holds only what came before.

    Raises
    ------
    NetworkError
        If it carries a remark, or is no JSON.
    """
    remark = as_json(body, place=place).get("remark", "")
    if remark:
        raise NetworkError(Problem(code="net.remark", place=place, values={"remark": str(remark)[:200]}))


def as_json(body: bytes, *, place: str) -> Mapping[str, Any]:
    """Return an answer that is one JSON object.

    Raises
    ------
    NetworkError
        If it is anything else.
    """
    if is_page(body[:HEAD]):
        raise NetworkError(Problem(code="net.html_body", place=place))
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise NetworkError(Problem(code="net.body", place=place, values={"detail": "JSON"}))
    return found
