"""The rules a finished page keeps: nothing is loaded, and no script runs but those it was written with.

`protect` writes a content security policy with the hash of every script and style into the page;
`outside` lists every reference that would still load something, and a page with one is refused.

References
----------
W3C, Content Security Policy Level 3, §2.3 (hashes) and §3.3 (the meta element).
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from html.parser import HTMLParser

from gisplan.core.errors import ConfigurationError, Problem

DATA_BLOCK = "application/json"
META = '<meta charset="utf-8">'

_SCRIPT = re.compile(r"<script([^>]*)>(.*?)</script\s*>", re.DOTALL | re.IGNORECASE)
_STYLE = re.compile(r"<style[^>]*>(.*?)</style\s*>", re.DOTALL | re.IGNORECASE)
_IN_STYLE = re.compile(r"url\(\s*['\"]?(?!data:|#)([^'\")]+)|@import\s+([^;]+)", re.IGNORECASE)
_IN_SCRIPT = re.compile(r"(?:https?:|wss?:|(?<=['\"`]))//[\w.-]+\.[a-z]{2,}[^\s'\"`<>)]*", re.IGNORECASE)
_HARMLESS = ("http://www.w3.org/", "https://leafletjs.com")
"""Names of XML vocabularies and a link that a person may follow; neither is loaded."""

LOADING = frozenset(
    {
        "src",
        "srcset",
        "data",
        "poster",
        "action",
        "formaction",
        "background",
        "manifest",
        "ping",
        "cite",
    }
)
LINKING = frozenset({"a", "area"})
REFUSED = frozenset({"iframe", "frame", "object", "embed", "base", "applet", "portal"})


def protect(page: str, *, name: str = "map.html", pictures: Sequence[str] = ()) -> str:
    """Return the page with its content security policy as the first thing of its head.

    Parameters
    ----------
    page
        HTML with `<meta charset="utf-8">` in its head.
    name
        What messages call it.
    pictures
        Hosts (`https://…`) from which its scripts may load pictures; nothing else may come from anywhere.

    Raises
    ------
    ConfigurationError
        If anything in the page would load from outside.
    """
    found = outside(page, pictures=pictures)
    if found:
        raise ConfigurationError(Problem(code="maps.outside_address", place=name, values={"found": found}))
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy(page, pictures=pictures)}">'
    return page.replace(META, f"{META}\n{meta}", 1)


def policy(page: str, *, pictures: Sequence[str] = ()) -> str:
    """Return the policy of a page: hashes of its own scripts and styles, and no network but for named pictures."""
    scripts = [code for attributes, code in _SCRIPT.findall(page) if DATA_BLOCK not in attributes]
    rules = {
        "default-src": "'none'",
        "script-src": _hashes(scripts),
        "style-src": _hashes(_STYLE.findall(page)),
        "img-src": " ".join(["data:", "blob:", *pictures]),
        "font-src": "data:",
        "connect-src": "'none'",
        "form-action": "'none'",
        "base-uri": "'none'",
    }
    return "; ".join(f"{rule} {value}" for rule, value in rules.items())


def _hashes(texts: list[str]) -> str:
    digests = [
        base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii") for text in texts
    ]
    return " ".join(f"'sha256-{digest}'" for digest in dict.fromkeys(digests)) or "'none'"


def outside(page: str, *, pictures: Sequence[str] = ()) -> list[str]:
    """Return every reference of a page that would load from outside, run by itself, or post somewhere.

    An address below one of the hosts of `pictures` is none in a script; the policy lets nothing of it be but a picture.
    """
    scan = _Scan(pictures)
    scan.feed(page)
    scan.close()
    return list(dict.fromkeys(scan.found))


class _Scan(HTMLParser):
    """Reads a page as a browser does and notes what would load or run."""

    def __init__(self, pictures: Sequence[str] = ()) -> None:
        super().__init__(convert_charrefs=True)
        self._harmless = (*_HARMLESS, *(f"{host}/" for host in pictures))
        self.found: list[str] = []
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at the attributes of an element."""
        values = {name: value or "" for name, value in attrs}
        self._inside = ""
        if tag in REFUSED or (tag == "meta" and values.get("http-equiv", "").lower() == "refresh"):
            self.found.append(f"<{tag}>")
        if tag == "script" and values.get("type", "") != DATA_BLOCK:
            self._inside = "script"
        if tag == "style":
            self._inside = "style"
        for name, value in values.items():
            self._attribute(tag, name, value.strip())

    def _attribute(self, tag: str, name: str, value: str) -> None:
        loads = name in LOADING or (name in {"href", "xlink:href"} and tag not in LINKING)
        if loads and value and not value.startswith(("data:", "#")):
            self.found.append(f"<{tag} {name}> {value[:80]}")
        if name.startswith("on") or (name == "href" and value.lower().startswith("javascript:")):
            self.found.append(f"<{tag} {name}>")
        if name == "style":
            self._style(value)

    def handle_data(self, data: str) -> None:
        """Look at the text of a script or style element."""
        if self._inside == "style":
            self._style(data)
        elif self._inside == "script":
            self.found += [hit for hit in _IN_SCRIPT.findall(data) if not hit.startswith(self._harmless)]

    def handle_endtag(self, tag: str) -> None:
        """Leave a script or style element."""
        if tag == self._inside:
            self._inside = ""

    def _style(self, text: str) -> None:
        self.found += [(first or second).strip()[:80] for first, second in _IN_STYLE.findall(text)]
