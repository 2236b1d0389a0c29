"""What the tables on a choice of hubs say in sentences, in both languages."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib.resources import files

from gisplan.core.words import Language, Text

NOTHING = Text(ja="", en="")


@lru_cache(maxsize=1)
def phrases() -> Mapping[str, Text]:
    """Return every phrase by its key."""
    text = files("gisplan.siting").joinpath("phrases.toml").read_text("utf-8")
    return {key: Text(**row) for key, row in tomllib.loads(text).items()}


def say(key: str, **values: object) -> Text:
    """Return a phrase with its values put in; a value that is a `Text` is put in by language."""
    phrase = phrases()[key]
    return Text(ja=phrase.ja.format(**_in(values, "ja")), en=phrase.en.format(**_in(values, "en")))


def _in(values: Mapping[str, object], language: Language) -> dict[str, object]:
    return {key: value.of(language) if isinstance(value, Text) else value for key, value in values.items()}


def together(texts: Iterable[Text]) -> Text:
    """Return several sentences as one text, empty ones left out."""
    said = [text for text in texts if text.ja or text.en]
    return Text(ja="".join(text.ja for text in said), en=" ".join(text.en for text in said))


def listed(names: Iterable[str]) -> Text:
    """Return several names as one list, a dash where there is none."""
    words = tuple(names)
    if not words:
        return Text(ja="なし", en="none")
    return Text(ja="、".join(words), en=", ".join(words))
