"""The one way to the terminal, on which no sign of a text has an effect of its own."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from gisplan.core.visible import visible

if TYPE_CHECKING:
    from rich.text import Text


def put(text: str, *, error: bool = False) -> None:
    """Print lines.

    Parameters
    ----------
    text
        The lines.
    error
        Whether they go to stderr.
    """
    shown = "\n".join(map(visible, text.split("\n")))
    print(shown, file=sys.stderr if error else sys.stdout)


def put_lines(lines: Iterable[str]) -> None:
    """Print each text as one line: a line break in a name begins none."""
    for line in lines:
        put(visible(line))


def cell(text: str) -> Text:
    """Return the cell of a table; what looks like markup stays text."""
    from rich.text import Text

    return Text(visible(text))


def speak_utf8() -> None:
    """Let Japanese through where a Windows console or a pipe has a narrower encoding."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None and (stream.encoding or "").lower() not in {"utf-8", "utf8"}:
            reconfigure(encoding="utf-8" if not stream.isatty() else None, errors="replace")
