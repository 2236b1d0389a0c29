"""What the cells of the tables on links say, in both languages."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib.resources import files

from gisplan.core.words import Language, Text


@lru_cache(maxsize=1)
def _phrases() -> Mapping[str, Text]:
    text = files("gisplan.network").joinpath("phrases.toml").read_text("utf-8")
    return {key: Text(**row) for key, row in tomllib.loads(text).items()}


def say(key: str, **values: object) -> Text:
    """Return a phrase with its values put in; a value that is a `Text` is put in by language."""
    phrase = _phrases()[key]
    return Text(ja=phrase.ja.format(**_in(values, "ja")), en=phrase.en.format(**_in(values, "en")))


def _in(values: Mapping[str, object], language: Language) -> dict[str, object]:
    return {key: value.of(language) if isinstance(value, Text) else value for key, value in values.items()}


def listed(texts: Iterable[Text]) -> Text:
    """Return several phrases as one list."""
    words = tuple(dict.fromkeys(texts))
    return Text(ja="、".join(word.ja for word in words), en="; ".join(word.en for word in words))
