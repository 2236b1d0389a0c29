"""The words of an audit bundle: the README in it, in both languages, and why inputs are left out."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

from gisplan.core.visible import visible
from gisplan.core.words import Language, Plan, Text

LANGUAGES: tuple[Language, ...] = ("ja", "en")


@lru_cache(maxsize=1)
def _words() -> Mapping[str, Any]:
    return tomllib.loads(files("gisplan.plan.handover").joinpath("bundle.toml").read_text("utf-8"))


def reason(key: str) -> Text:
    """Return why an input is not in a bundle; a reason that is not known stands as it is."""
    row = _words()["reasons"].get(key)
    return Text(ja=visible(key), en=visible(key)) if row is None else Text(**row)


def readme(plan: Plan, told: Mapping[str, Any], about: Mapping[str, Any]) -> bytes:
    """Return the README of a bundle as lines that every editor of Windows shows.

    Parameters
    ----------
    plan
        The plan.
    told
        The manifest of what was published.
    about
        What the bundle says of itself.
    """
    values = {
        "title": visible(plan.title),
        "audience": plan.audience,
        "date": plan.date.isoformat(),
        "gisplan": told["gisplan"],
        "python": about["python"],
    }
    lines = [line for language in LANGUAGES for line in (*_lines(plan, about, values, language), "")]
    return b"\xef\xbb\xbf" + "".join(f"{line}\r\n" for line in lines).encode("utf-8", "replace")


def _lines(
    plan: Plan, about: Mapping[str, Any], values: Mapping[str, str], language: Language
) -> Iterator[str]:
    words = _words()
    for row in words["readme"]:
        yield row[language].format(**values)
    if plan.made_up:
        yield words["made_up"][0][language]
    if plan.audience != "internal":
        yield words["without_plan"][0][language]
    elif about["left_out"]:
        yield ""
        yield words["left_out"][0][language]
        for name, key in about["left_out"].items():
            yield f"  {visible(name)}: {reason(key).of(language)}"
