"""The encoding of Japanese text by a strict rule, never by a guess of frequencies.

BOM → ASCII → UTF-8 → CP932 or EUC-JP, whichever reads with fewer half-width kana → refuse. On short
municipal names the rule is right where detectors of letter frequency fail.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable
from dataclasses import dataclass

from gisplan.core.errors import InputError, Problem

BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
LONGEST_CHARACTER = 4
NO_CHARACTER = re.compile("[\x80\xa0\uf8f0-\uf8f3]")
"""What Python's cp932 makes of bytes that stand for no character of it."""

SURE = 2
"""So many three-byte characters of UTF-8 in a line are no chance of another encoding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoding:
    """A codec's name and how it was found."""

    name: str
    how: str


def as_named(name: str, *, place: str) -> Encoding:
    """Return the encoding that plan.toml names.

    Raises
    ------
    InputError
        If there is none of this name.
    """
    try:
        codec = codecs.lookup(name).name
    except LookupError:
        raise InputError(Problem(code="enc.named", place=place, values={"encoding": name})) from None
    # Who says Shift_JIS in Japan means Windows' form of it, which has ① and 髙.
    return Encoding(name="cp932" if codec == "shift_jis" else codec, how="plan.toml")


def detect(data: bytes, *, place: str) -> Encoding:
    """Return the encoding of a text file's bytes.

    Raises
    ------
    InputError
        If no encoding reads the whole, naming the first line that breaks the one of the rest.
    """
    for bom, name in BOMS:
        if data.startswith(bom):
            return Encoding(name=name, how="BOM")
    found = _strict([data], cut=False)
    line = _first_bad_line(data) if found is None else _line_of_another(data, found.name)
    if found is not None and line == 0:
        return found
    raise InputError(Problem(code="enc.mixed", place=f"{place}:{line}", values={"line": line}))


def detect_values(values: Iterable[bytes], *, place: str) -> Encoding:
    """Return the encoding of the text fields of a DBF; a value may be cut in the middle of a character.

    Raises
    ------
    InputError
        If no encoding reads all values.
    """
    found = _strict(list(values), cut=True)
    if found is not None:
        return found
    raise InputError(Problem(code="enc.mixed", place=place, values={"line": "—"}))


def _strict(values: list[bytes], *, cut: bool) -> Encoding | None:
    if all(value.isascii() for value in values):
        return Encoding(name="ascii", how="ASCII")
    if all(_decodes(value, "utf-8", cut=cut) for value in values):
        return Encoding(name="utf-8", how="strict")
    fits = [
        (_half_width_kana(values, name), name)
        for name in ("cp932", "euc_jp")
        if all(_decodes(value, name, cut=cut) for value in values)
    ]
    return Encoding(name=min(fits)[1], how="strict") if fits else None


def _decodes(value: bytes, name: str, *, cut: bool) -> bool:
    try:
        text = value.decode(name)
    except UnicodeDecodeError as error:
        return cut and error.end >= len(value) and len(value) - error.start < LONGEST_CHARACTER
    return name != "cp932" or NO_CHARACTER.search(text) is None


def _half_width_kana(values: list[bytes], name: str) -> float:
    text = "".join(value.decode(name, "ignore") for value in values)
    wide = sum(character > "\x7f" for character in text)
    return sum("\uff61" <= character <= "\uff9f" for character in text) / max(1, wide)


def _line_of_another(data: bytes, name: str) -> int:
    """Return the line that stands out where some lines are plainly UTF-8 and others are not, 0 where none does.

    UTF-8 lines of a CP932 file decode as CP932 more often than not, into other characters.
    """
    if name not in {"cp932", "euc_jp"}:
        return 0
    plainly: list[int] = []
    otherwise: list[int] = []
    for number, line in enumerate(data.split(b"\n"), start=1):
        if not line.isascii():
            (plainly if _is_plainly_utf8(line) else otherwise).append(number)
    if not plainly:
        return 0
    return min(plainly, otherwise, key=len)[0]


def _is_plainly_utf8(line: bytes) -> bool:
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    japanese = text.encode("cp932", "ignore").decode("cp932")
    return sum(character >= "\u0800" for character in japanese) >= SURE


def _first_bad_line(data: bytes) -> int:
    """Return the line that does not decode in the encoding which reads the most lines."""
    lines = data.split(b"\n")
    bad = {
        name: [number for number, line in enumerate(lines, start=1) if not _decodes(line, name, cut=False)]
        for name in ("utf-8", "cp932", "euc_jp")
    }
    fewest = min(bad.values(), key=len)
    return fewest[0] if fewest else 1
