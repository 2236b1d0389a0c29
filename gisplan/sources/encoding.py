"""The encoding of Japanese text by a strict rule, never by a guess of frequencies.

BOM → ASCII (with escapes: ISO-2022-JP) → UTF-8 → CP932 or EUC-JP, whichever reads with fewer half-width kana →
refuse. On short municipal names the rule is right where detectors of letter frequency fail.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gisplan.core.errors import InputError, Problem
from gisplan.core.tables import Doubt
from gisplan.sources.script import is_foreign

BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
LONGEST_CHARACTER = 4
NO_CHARACTERS = "\x80\xa0\uf8f0\uf8f1\uf8f2\uf8f3"
"""What Python's cp932 makes of bytes that stand for no character of it."""

ESCAPES = (b"\x1b$@", b"\x1b$B", b"\x1b$(", b"\x1b(I", b"\x1b(J")
"""By these ISO-2022-JP changes its set of characters; no other text in seven bits holds them."""

JIS = ("iso2022_jp", "iso2022_jp_3", "iso2022_jp_ext")
CONTINUED, LEAD_OF_TWO, LEAD_OF_THREE = 0x80, 0xC2, 0xE0
"""How the bytes of UTF-8 begin: those that follow, and those that begin a character of two or three bytes."""

PART = 2**18
"""Bytes that are looked at together: what fits into the cache of a processor."""

SURE = 2
"""So many three-byte characters of UTF-8 in a line are no chance of another encoding."""

WINDOWS_EUC = "euc_jis_2004"
"""Python's codec for EUC-JP as Windows writes it (CP51932), with ① and ㈱; its rows of IBM are told apart below."""

EUC_OF_WINDOWS = re.compile(rb"(?:[\x00-\x7f]|[\xa1-\xa8\xad\xb0-\xf4][\xa1-\xfe]|\x8e[\xa1-\xdf])*+")
OTHER_NAMES: Mapping[str, str] = {"cp51932": "euc_jp", "eucjp-win": "euc_jp", "eucjp-ms": "euc_jp"}
ONLY_KANA = re.compile(b"[\x00-\x7f\xa1-\xdf]*+")
"""Bytes that CP932 reads as half-width kana and nothing else; a few pairs of them are kanji of EUC-JP as well."""

PARTED = re.compile(r'[^,\t;|\r\n"]*[^\x00-\x7f][^,\t;|\r\n"]*')
EXAMPLES = 3

KANA_OF_EUC = re.compile(b"\x8e[\xa1-\xdf]")
KANA_AT_LEAST = 5
UTF8_LINE = re.compile(
    rb"^[\x00-\x09\x0b-\x7f]*(?:[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}).*", re.MULTILINE
)
"""A line whose first sign beyond ASCII may be one of UTF-8."""

WITHOUT_NOTE = frozenset({"utf-8", "ascii"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoding:
    """A codec's name and how it was found; `either` are words as this and as another codec would read them."""

    name: str
    how: str
    either: tuple[str, ...] = ()

    @property
    def doubts(self) -> tuple[Doubt, ...]:
        """Return that the encoding was found by rule, where it is not the plain one."""
        if self.name in WITHOUT_NOTE or self.how == "plan.toml":
            return ()
        doubt = Doubt(code="enc.detected", layer="", values={"encoding": self.name, "how": self.how})
        if not self.either:
            return (doubt,)
        other = "cp932" if self.name == "euc_jp" else "euc_jp"
        values = {"encoding": self.name, "other": other, "examples": list(self.either)}
        return (doubt, Doubt(code="enc.either", layer="", values=values))


def as_named(name: str, *, place: str) -> Encoding:
    """Return the encoding that plan.toml names.

    Raises
    ------
    InputError
        If there is none of this name.
    """
    try:
        codec = codecs.lookup(OTHER_NAMES.get(name.casefold(), name)).name
    except LookupError:
        raise InputError(Problem(code="enc.named", place=place, values={"encoding": name})) from None
    # Who says Shift_JIS in Japan means Windows' form of it, which has ① and 髙.
    return Encoding(name="cp932" if codec == "shift_jis" else codec, how="plan.toml")


def detect(data: bytes, *, place: str) -> Encoding:
    """Return the encoding of a text file's bytes.

    Raises
    ------
    InputError
        If no encoding reads the whole, naming the first line that breaks the one of the rest; if the text is
        Chinese or Korean; or if there are bytes of no text.
    """
    for bom, name in BOMS:
        if data.startswith(bom):
            return Encoding(name=name, how="BOM")
    if (nothing := data.find(b"\x00")) >= 0:
        line = 1 + data.count(b"\n", 0, nothing)
        raise InputError(Problem(code="enc.nul", place=f"{place}:{line}", values={"line": line}))
    found = _strict([data], cut=False)
    # A wrong reading without an error is worse than none.
    name = "" if found is None else "euc_jp" if found.name == WINDOWS_EUC else found.name
    foreign = is_foreign(data, "" if found is None else found.name)
    if foreign is not None:
        raise InputError(Problem(code="enc.foreign", place=place, values={"encoding": foreign}))
    line = _first_bad_line(data) if found is None else _line_of_another(data, name)
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
        return _escaped(values) or Encoding(name="ascii", how="ASCII")
    if all(_decodes(value, "utf-8", cut=cut) for value in values):
        return Encoding(name="utf-8", how="strict")
    fits = [name for name in ("cp932", "euc_jp") if all(_decodes(value, name, cut=cut) for value in values)]
    if "euc_jp" not in fits and not cut and all(map(is_euc_of_windows, values)):
        fits.append(WINDOWS_EUC)
    if len(fits) > 1 and _is_kana_of_euc(values):
        return Encoding(name="euc_jp", how="strict")
    if len(fits) > 1:
        fits.sort(key=lambda name: (_half_width_kana(values, name), name))
        if all(ONLY_KANA.fullmatch(value) for value in values):
            return Encoding(name=fits[0], how="strict", either=_readings(values, fits))
    return Encoding(name=fits[0], how="strict") if fits else None


def is_euc_of_windows(value: bytes) -> bool:
    """Return whether bytes are EUC-JP with the signs of NEC (①, ㈱), and none of those that Python's codec misreads."""
    return EUC_OF_WINDOWS.fullmatch(value) is not None and _decodes(value, WINDOWS_EUC, cut=False)


def _readings(values: list[bytes], names: list[str]) -> tuple[str, ...]:
    """Return some words as two codecs read them."""
    words = [
        [word for value in values for word in PARTED.findall(value.decode(name, "replace"))] for name in names
    ]
    pairs = dict.fromkeys(f"{one} / {other}" for one, other in zip(*words, strict=False))
    return tuple(pairs)[:EXAMPLES]


def _escaped(values: list[bytes]) -> Encoding | None:
    """Return the form of ISO-2022-JP that reads text in seven bits with escapes, None where there are none."""
    if not any(escape in value for value in values for escape in ESCAPES):
        return None
    names = (name for name in JIS if all(_decodes(value, name, cut=False) for value in values))
    name = next(names, None)
    return None if name is None else Encoding(name=name, how="escapes")


def _decodes(value: bytes, name: str, *, cut: bool) -> bool:
    try:
        text = value.decode(name)
    except UnicodeDecodeError as error:
        return cut and error.end >= len(value) and len(value) - error.start < LONGEST_CHARACTER
    return name != "cp932" or not any(sign in text for sign in NO_CHARACTERS)


def _is_kana_of_euc(values: list[bytes]) -> bool:
    """Return whether nearly all beyond ASCII are half-width kana of EUC-JP, which CP932 takes for rare kanji."""
    data = b"".join(values)
    pairs = len(KANA_OF_EUC.findall(data))
    return pairs >= KANA_AT_LEAST and KANA_OF_EUC.sub(b"", data).isascii()


def _half_width_kana(values: list[bytes], name: str) -> float:
    text = "".join(value.decode(name, "ignore") for value in values)
    signs = np.frombuffer(text.encode("utf-16-le", "surrogatepass"), dtype="<u2")
    wide = int(np.count_nonzero(signs > ord("\x7f")))
    kana = int(np.count_nonzero((signs >= ord("\uff61")) & (signs <= ord("\uff9f"))))
    return kana / max(1, wide)


def _line_of_another(data: bytes, name: str) -> int:
    """Return the line that stands out where some lines are plainly UTF-8 and others are not, 0 where none does.

    UTF-8 lines of a CP932 file decode as CP932 more often than not, into other characters.
    """
    if name not in {"cp932", "euc_jp"} or not _may_hold_utf8(data):
        return 0
    if not any(_is_plainly_utf8(found[0]) for found in UTF8_LINE.finditer(data)):
        return 0
    lines = data.split(b"\n")
    plainly = [number for number, line in enumerate(lines, start=1) if _is_plainly_utf8(line)]
    others = set(plainly)
    otherwise = [
        number for number, line in enumerate(lines, start=1) if number not in others and not line.isascii()
    ]
    return min(plainly, otherwise, key=len)[0]


def _may_hold_utf8(data: bytes) -> bool:
    """Return whether a sign beyond ASCII, after one of ASCII, may be one of UTF-8; a fifth of the time of a search."""
    framed = np.frombuffer(b"\n" + data + b"\n\n", dtype="uint8")
    return any(_begins_utf8(framed[begin : begin + PART + 3]) for begin in range(0, len(data), PART))


def _begins_utf8(signs: NDArray[np.uint8]) -> bool:
    before, first = signs[:-3] < 0x80, signs[1:-2]  # noqa: PLR2004 (the end of ASCII)
    second, third = (signs[begin : begin + len(first)] & 0xC0 == CONTINUED for begin in (2, 3))
    two, three = (first >= LEAD_OF_TWO) & (first < LEAD_OF_THREE), first & 0xF0 == LEAD_OF_THREE
    return bool((before & second & (two | (three & third))).any())


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
