"""Texts of others made safe to show: none moves a cursor, sets a colour, hides or turns round what is beside it."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode's kinds of signs that have no shape but an effect: controls, formats, half pairs, line separators."""

BASIC = 0xFFFF
"""The last sign that a JSON escape of four digits reaches."""


class _OneLine(dict[int, str]):
    """What each sign is shown as: one without a shape of its own by its escape."""

    def __missing__(self, code: int) -> str:
        sign = chr(code)
        shown = sign.encode("unicode_escape").decode() if _invisible(sign) else sign
        return self.setdefault(code, shown)


class _InJson(dict[int, str]):
    """The same for JSON, whose own line breaks stay; inside its texts none is left."""

    def __missing__(self, code: int) -> str:
        sign = chr(code)
        shown = _json_escape(code) if sign != "\n" and _invisible(sign) else sign
        return self.setdefault(code, shown)


def _invisible(sign: str) -> bool:
    return unicodedata.category(sign) in INVISIBLE


def _json_escape(code: int) -> str:
    if code <= BASIC:
        return f"\\u{code:04x}"
    high, low = divmod(code - 0x10000, 0x400)
    return f"\\u{0xD800 + high:04x}\\u{0xDC00 + low:04x}"


def visible(text: str, *, most: int | None = None) -> str:
    r"""Return a text as one line that can be shown in a terminal: ESC stands there as `\x1b`.

    Parameters
    ----------
    text
        Any text, e.g. a name out of a file.
    most
        Signs that are shown at most; None shows all.
    """
    cut = text if most is None or len(text) <= most else f"{text[: most - 1]}…"
    return cut if cut.isprintable() else cut.translate(_OneLine())


def json_text(value: Any) -> str:
    """Return a value as JSON for people and programs; what has no shape but an effect is escaped."""
    text = json.dumps(value, ensure_ascii=False, indent=1, default=str)
    return text.translate(_InJson())
