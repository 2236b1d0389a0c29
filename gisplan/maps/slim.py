"""Our own scripts and style sheets as a page carries them: without comments and spaces, and with nothing else changed.

A page of a few layers is mostly code, and goes by mail. Names stay as they are, so that a fault can be read.
"""

from __future__ import annotations

import re
from functools import lru_cache

from gisplan.maps import assets

_TOKEN = re.compile(
    r"""(?P<comment>/\*.*?\*/|//[^\n]*)
      | (?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`)
      | (?P<pattern>/(?![*/ ])(?:[^/\\\n\[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/[a-z]*)
      | (?P<word>[\w$#]+)
      | (?P<space>\s+)
      | (?P<sign>.)""",
    re.DOTALL | re.VERBOSE,
)
"""Parts of a script. A template that holds another one is not read: our scripts have none (`script` refuses them)."""

_BEFORE_PATTERN = frozenset("(,=:[!&|?{};\n")
"""After these, and at the beginning, a slash begins a regular expression; elsewhere it divides."""

_NO_END_AFTER = frozenset("{(,;[=+-*&|?:<>!.")
_NO_END_BEFORE = frozenset(")],;.?:&|}=<>*")
"""A line that ends after, or goes on before, one of these ends no statement: our statements end in semicolons."""

_IN_STYLE = re.compile(r"""/\*.*?\*/|("[^"\n]*"|'[^'\n]*')""", re.DOTALL)


@lru_cache(maxsize=64)
def script(name: str) -> str:
    """Return one of our scripts.

    Raises
    ------
    ValueError
        If it holds a template within a template, which would not be read right.
    """
    return slim_script(assets.own(name))


def slim_script(code: str) -> str:
    """Return a script without comments, and without spaces that part no words.

    Raises
    ------
    ValueError
        If it holds a template within a template, which would not be read right.
    """
    made: list[str] = []
    at = 0
    while at < len(code):
        found = _TOKEN.match(code, at)
        assert found is not None  # noqa: S101 (the last group takes any sign)
        kind, text = found.lastgroup, found[0]
        if kind == "pattern" and not _may_be_pattern(made):
            kind, text = "sign", "/"
        at += len(text)
        if text.startswith("`") and text.count("${") != text.count("}"):
            raise ValueError(text)
        if kind == "comment":
            text, kind = ("\n" if "\n" in text else " "), "space"
        _put(made, text, kind or "")
    return "".join(made).strip()


def _may_be_pattern(made: list[str]) -> bool:
    before = next((text for text in reversed(made) if text != " "), "\n")
    return before[-1] in _BEFORE_PATTERN or before == "return"


def _put(made: list[str], text: str, kind: str) -> None:
    last = made[-1] if made else "\n"
    if kind == "space":
        if last in {" ", "\n"}:
            if "\n" in text and last == " ":
                made[-1] = "\n"
        elif "\n" in text and last[-1] not in _NO_END_AFTER:
            made.append("\n")
        elif last[-1].isalnum() or last[-1] in "_$)]\"'`+-/}":
            made.append(" ")
        return
    needless = not _parted(made[-2][-1], text[0]) if last == " " else text[0] in _NO_END_BEFORE
    if made and last in {" ", "\n"} and needless:
        made.pop()
    made.append(text)


def _parted(before: str, after: str) -> bool:
    """Whether two signs need a space between them."""
    word = re.compile(r"[\w$#]")
    return bool(word.match(before) and word.match(after)) or (before == after and after in "+-/")


@lru_cache(maxsize=16)
def sheet(name: str) -> str:
    """Return one of our style sheets, without comments and without spaces that part nothing."""
    return slim_sheet(assets.own(name))


def slim_sheet(style: str) -> str:
    """Return a style sheet without comments, and without spaces that part nothing."""
    parts = _IN_STYLE.split(style)
    # Every second part is a text in quotes, or None where a comment stood.
    parts[::2] = [_squeezed(part) for part in parts[::2]]
    return "".join(part or "" for part in parts).strip()


def _squeezed(style: str) -> str:
    plain = re.sub(r" ?([{};,]) ?", r"\1", re.sub(r"\s+", " ", style))
    return re.sub(r"([\w-]): ", r"\1:", plain).replace(";}", "}")
