"""The uses that a promotion plan names for the special provision, read from the words of its text (22条2項3号・4号)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from gisplan.core.document import hint
from gisplan.core.words import Spec, Text
from gisplan.law.uses import uses
from gisplan.layers.codes import plain

NO_CODES: Mapping[str, str] = MappingProxyType({})

BETWEEN = re.compile(r"[、,，;；/／\r\n]+")
"""What stands between two uses."""

WITHIN = re.compile(r"[・･]+")
"""What stands between two uses, but within the name of some, too: 店舗・飲食店."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """The uses of a text by key, None where it names none that is known, and the unknown words with near ones."""

    uses: frozenset[str] | None
    unknown: tuple[tuple[str, Text], ...] = ()


def use_codes(catalogue: Mapping[str, Spec]) -> Mapping[str, str]:
    """Return the spellings of uses and their keys, as the layer `site` has them; none without that layer."""
    site = catalogue.get("site")
    field = None if site is None else site.fields.get("use")
    return NO_CODES if field is None else field.codes


def named_uses(text: str | None, *, codes: Mapping[str, str]) -> Named:
    """Return the uses that a text names.

    Parameters
    ----------
    text
        Words such as 「コワーキング、交流施設」, divided by 、・,;／ or a new line; None where there is none.
    codes
        Spellings of uses and their keys; the keys and titles of `uses.toml` are known in any case.
    """
    titled = {use.title.ja: key for key, use in uses().items()} | {key: key for key in uses()}
    spelled = titled | dict(codes)
    known = {plain(spelling).casefold(): key for spelling, key in spelled.items()}
    words = tuple(_words(text or "", known=known))
    unknown = tuple(sorted({word for word in words if plain(word).casefold() not in known}))
    understood = frozenset(known[key] for word in words if (key := plain(word).casefold()) in known)
    return Named(
        uses=understood or None, unknown=tuple((word, hint(word, sorted(spelled))) for word in unknown)
    )


def _words(text: str, *, known: Mapping[str, str]) -> Iterator[str]:
    for part in BETWEEN.split(text):
        whole = plain(part).casefold() in known
        words = [part] if whole else WITHIN.split(part)
        yield from (word.strip() for word in words if plain(word))
