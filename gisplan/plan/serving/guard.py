"""Who may ask the server of a folder, and for what: this machine, this page, and files that a run wrote.

Any program of this machine, any page in its browser, and on a shared computer any other user can reach a port of
127.0.0.1. So every request has to carry a key that only the address opened by the command holds, the name of the
server has to be the one it is bound to, and what changes anything has to come from the page itself.

References
----------
RFC 9110, §7.2 (Host) and §7.4 (misdirected requests). RFC 6454 (Origin). W3C, Fetch Metadata Request Headers.
RFC 6265bis, §5.6.7 (SameSite).
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from urllib.parse import parse_qs, unquote

from gisplan.core.errors import InputError
from gisplan.plan.manifest import NAME, read_manifest
from gisplan.plan.serving.desk import FOLDERS
from gisplan.plan.serving.naming import base_name

HOST = "127.0.0.1"
ENCODED = re.compile(r"%(?:00|2f|5c|25)", re.IGNORECASE)
"""Signs that no address of ours hides: NUL, both strokes, and the percent sign itself."""

LONGEST = 2_000
"""Signs of an address."""

MEDIA: Mapping[str, str] = {
    ".csv": "text/csv; charset=utf-8",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".geojson": "application/geo+json",
    ".gpkg": "application/geopackage+sqlite3",
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".kml": "application/vnd.google-earth.kml+xml",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".tif": "image/tiff",
    ".txt": "text/plain; charset=utf-8",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".zip": "application/zip",
}
SHOWN = frozenset({".html", ".json", ".pdf", ".png", ".svg", ".txt"})
"""Endings of what a browser shows itself; the others are saved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """The secrets of one start: `door` opens the page and stands in a cookie, `hand` comes with every change."""

    door: str
    hand: str


def new_keys() -> Keys:
    """Return secrets that nobody can guess."""
    return Keys(door=secrets.token_urlsafe(32), hand=secrets.token_urlsafe(32))


def cookie_name(port: int) -> str:
    """Return the name of the cookie of a server; cookies of one machine are shared by all its ports."""
    return f"gisplan-{port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """A request as far as its head: method, path without what follows `?`, that as pairs, and its fields."""

    method: str
    path: str
    query: Mapping[str, str]
    fields: Mapping[str, list[str]]

    def one(self, name: str) -> str | None:
        """Return the only field of a name, None where there is none; several are no field of ours."""
        found = self.fields.get(name.lower(), [])
        return found[0] if len(found) == 1 else None if not found else ""


def read_target(method: str, target: str, fields: Mapping[str, list[str]]) -> Asking | None:
    """Return a request, None where its address is none of a server such as this.

    Parameters
    ----------
    method, target
        As the request line has them.
    fields
        The fields of the head by their names in small letters.
    """
    path, _, query = target.partition("?")
    plain = path.startswith("/") and not path.startswith("//") and "\\" not in path and path.isprintable()
    if not plain or len(target) > LONGEST or ENCODED.search(path):
        return None
    try:
        pairs = parse_qs(query, keep_blank_values=True, max_num_fields=10, errors="strict")
        whole = unquote(path, errors="strict")
    except ValueError:
        return None
    if not whole.isprintable():
        return None
    return Asking(
        method=method, path=whole, query={name: values[-1] for name, values in pairs.items()}, fields=fields
    )


def refused(asking: Asking, keys: Keys, *, port: int) -> HTTPStatus | None:
    """Return why a request is not answered, None where it is.

    Parameters
    ----------
    asking
        The request.
    keys
        The secrets of this start.
    port
        The port of this server.
    """
    hosts = {f"{name}:{port}" for name in (HOST, "localhost")}
    if asking.one("host") not in hosts:
        return HTTPStatus.MISDIRECTED_REQUEST  # a name of somebody else that was led to this machine
    if not _has_key(asking, keys, port):
        return HTTPStatus.FORBIDDEN
    if asking.method == "POST" and not _from_page(asking, keys):
        return HTTPStatus.FORBIDDEN
    return None


def _has_key(asking: Asking, keys: Keys, port: int) -> bool:
    told = asking.query.get("key", "") if asking.path == "/" else ""
    try:
        cookie = SimpleCookie(asking.one("cookie") or "").get(cookie_name(port))
    except CookieError:
        cookie = None
    held = "" if cookie is None else cookie.value
    return any(secrets.compare_digest(one.encode(), keys.door.encode()) for one in (told, held))


def _from_page(asking: Asking, keys: Keys) -> bool:
    """Return whether a request that changes something comes from our page and from nowhere else."""
    own = asking.one("origin") == f"http://{asking.one('host')}"
    near = asking.one("sec-fetch-site") in {None, "same-origin"}
    hand = asking.one("x-gisplan-key") or ""
    return own and near and secrets.compare_digest(hand.encode(), keys.hand.encode())


def output_of(folder: Path, path: str) -> Path | None:
    """Return the file of an address below /out/, None where there is none.

    Only what a manifest names is an output; what a user put beside it, and what a link leads to, is none.

    Parameters
    ----------
    folder
        The folder of the plan.
    path
        The address behind `/out/`: the folder of outputs, and the name of one.
    """
    held, _, name = path.partition("/")
    if held not in FOLDERS:
        return None
    root = folder / held
    manifest = read_manifest(root)
    if manifest is None or name not in {NAME, *manifest["outputs"]}:
        return None
    try:
        parts = [base_name(part) for part in name.split("/")]
        file = root.joinpath(*parts).resolve(strict=True)
    except (InputError, OSError):
        return None
    return file if file.is_file() and file.is_relative_to(root.resolve()) else None


def media_of(name: str) -> tuple[str, bool]:
    """Return the kind of a file for a browser, and whether it is to show or to save it.

    Parameters
    ----------
    name
        The file's name.
    """
    ending = Path(name).suffix.lower()
    return MEDIA.get(ending, "application/octet-stream"), ending in SHOWN
