"""Canonical spellings: 「第一種」=「第１種」=「第1種」, 住居専用 = 住専, full-width = half-width."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping

from gisplan.core.words import Field, Text

KANJI_NUMBER: Mapping[str, str] = {"1": "一", "2": "二"}
NUMBERED_KIND = re.compile(r"第([12])種")


def plain(text: str) -> str:
    """Return a spelling without the differences that carry no meaning."""
    if text.isascii():
        return "".join(text.split())
    narrow = "".join(unicodedata.normalize("NFKC", text).split())
    if "第" in narrow:
        narrow = NUMBERED_KIND.sub(lambda found: f"第{KANJI_NUMBER[found[1]]}種", narrow)
    return narrow.replace("〜", "~")


def spellings(field: Field) -> Mapping[str, str]:
    """Return every spelling of a code field, made plain, with its canonical value."""
    return {plain(spelling): value for spelling, value in field.codes.items()}


def decode(values: Iterable[str], field: Field) -> Mapping[str, str | None]:
    """Return for each different text its canonical value: "" for unknown, None for a text that is no code.

    What `known_codes` prints is understood as well: a label in either language, in any case, with or without its code.
    A spelling of the layer file goes before a word for unknown, and that before a label.
    """
    unknown = dict.fromkeys([*(plain(text) for text in field.unknown), ""], "")
    known = {**unknown, **spellings(field)}
    called = _called(field)
    return {value: known.get(plain(value), called.get(plain(value).casefold())) for value in values}


def _called(field: Field) -> Mapping[str, str]:
    """Return every label of a field in both languages, made plain and of one case, with its canonical value.

    A label that two values share tells neither.
    """
    found: dict[str, set[str]] = {}
    shown = zip(dict.fromkeys(field.codes.values()), known_codes(field), strict=True)
    for code, text in shown:
        label = field.labels.get(code, text)
        for name in (label.ja, label.en, text.ja, text.en):
            found.setdefault(plain(name).casefold(), set()).add(code)
    return {name: codes.pop() for name, codes in found.items() if len(codes) == 1}


def known_codes(field: Field) -> list[Text]:
    """Return the values of a field as a person knows them: the label, and the code where it says something else."""
    return [
        Text(ja=f"{label.ja}（{code}）", en=f"{label.en} ({code})")
        if (label := field.labels.get(code)) is not None and label.ja != code
        else Text(ja=code, en=code)
        for code in dict.fromkeys(field.codes.values())
    ]


def names_of(field: Field) -> list[str]:
    """Return every text that stands for a value of a field: spellings, and labels in both languages."""
    labels = (name for label in field.labels.values() for name in (label.ja, label.en))
    return list(dict.fromkeys([*field.codes, *labels]))


def decode_scheme(values: Iterable[str], scheme: Mapping[str, str]) -> Mapping[str, str]:
    """Return for each numeric code its canonical value, "" where the scheme has none."""
    return {value: scheme.get(re.sub(r"\.0$", "", plain(value)).lstrip("0"), "") for value in values}


def from_patterns(text: str, field: Field) -> tuple[str, ...]:
    """Return every value whose pattern a text matches, the highest first, as the layer file orders them."""
    told = plain(text)
    return tuple(dict.fromkeys(row.value for row in field.patterns if re.search(row.match, told)))
