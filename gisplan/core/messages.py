"""The texts of all errors and findings, read from `texts/*.toml`, one file per floor."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, cast

from gisplan.core.words import Language, Severity, Text

CREDENTIALS = re.compile(r"(?<=postgres://).*@|(?<=postgresql://).*@|(?<=://)\S*@")
"""User and password of an address; one of a database may hold any sign, even a space."""
LONGEST_QUOTE = 1_000
"""Signs of a value that a message quotes; more than that nobody reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """The text of one code, with `{names}` for the values of a case."""

    code: str
    severity: Severity
    ja: str
    en: str
    do_ja: str
    do_en: str

    def what(self, values: Mapping[str, Any]) -> Text:
        """Return what is wrong, with the values put in."""
        return Text(ja=_fill(self.ja, values, "ja"), en=_fill(self.en, values, "en"))

    def cure(self, values: Mapping[str, Any]) -> Text:
        """Return what to do, with the values put in."""
        return Text(ja=_fill(self.do_ja, values, "ja"), en=_fill(self.do_en, values, "en"))


class _Values(dict[str, Any]):
    """Values of a message; a name without a value stays visible as `?name`."""

    def __missing__(self, key: str) -> str:
        return f"?{key}"


def _fill(text: str, values: Mapping[str, Any], language: Language) -> str:
    return text.format_map(_Values({key: _show(value, language) for key, value in values.items()}))


def _show(value: Any, language: Language) -> str:
    if isinstance(value, Text):
        return value.of(language)
    if isinstance(value, float):
        return f"{value:,.1f}"
    if isinstance(value, list | tuple):
        return ("、" if language == "ja" else ", ").join(_show(part, language) for part in value)
    text = without_credentials(str(value))
    return text if len(text) <= LONGEST_QUOTE else f"{text[: LONGEST_QUOTE - 1]}…"


def without_credentials(text: str) -> str:
    """Return a text without the user and password of an address in it: they stand in no message."""
    return CREDENTIALS.sub("", text) if "://" in text and "@" in text else text


@lru_cache(maxsize=1)
def messages() -> Mapping[str, Message]:
    """Return every message by code."""
    return {
        code: Message(code=code, **cast("dict[str, Any]", row))
        for file in sorted(files("gisplan.core").joinpath("texts").iterdir(), key=lambda file: file.name)
        for code, row in tomllib.loads(file.read_text("utf-8")).items()
    }


def message(code: str) -> Message:
    """Return the message of a code.

    Raises
    ------
    KeyError
        If no message has this code: every code that is used stands in `texts/`.
    """
    return messages()[code]
