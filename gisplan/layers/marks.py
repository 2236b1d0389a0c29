"""Signs of footnotes beside a figure: superscripts and circled digits, which NFKC would make digits of it."""

from __future__ import annotations

import unicodedata
from functools import cache

SIGNS = frozenset({"<super>", "<sub>", "<circle>", "<fraction>"})
UNITS = frozenset("mMｍＭ")
"""Metres may be squared."""


def is_marked(text: str) -> bool:
    """Return whether digits of a text are no plain digits: 100①, 120², ½; m² is a unit."""
    if text.isascii():
        return False
    before = ("", *text)
    return any(_is_sign(sign) and previous not in UNITS for sign, previous in zip(text, before, strict=False))


@cache
def _is_sign(sign: str) -> bool:
    return unicodedata.category(sign) == "No" or (
        unicodedata.decomposition(sign).partition(" ")[0] in SIGNS
        and any(map(str.isdigit, unicodedata.normalize("NFKC", sign)))
    )
