"""Errors that reach a user: code, what, where and how to mend it, in Japanese and English.

A doubt about data or law is no error but a row of the findings table (`gisplan.core.tables`).
"""

from __future__ import annotations

import traceback
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gisplan.core.messages import message
from gisplan.core.visible import visible
from gisplan.core.words import Language, Text

FIRST = 5
"""Places that are named where many have one message."""

MOST_ALIKE = 10
"""Different messages of one code that are said whole; the places of the others are named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong: the code of its message, the place, and the values the message names."""

    code: str
    place: str
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def what(self) -> Text:
        """What is wrong."""
        return message(self.code).what(self.values)

    @property
    def cure(self) -> Text:
        """What the user can do about it."""
        return message(self.code).cure(self.values)

    def say(self, language: Language) -> str:
        """Return the problem as lines for a person: code, place, what, cure."""
        what, cure = (visible(text.of(language)) for text in (self.what, self.cure))
        return f"[{self.code}] {visible(self.place)}\n  {what}\n  → {cure}"


class GisplanError(Exception):
    """Problems that stop a run; all problems of a file at once, not one per run."""

    exit_code = 70

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(f"{p.code} {p.place}: {p.what.en}" for p in self.problems))

    def say(self, language: Language) -> str:
        """Return every problem in one language; those of one cure are said together."""
        return "\n".join(_blocks(self.problems, language))


def _blocks(problems: Iterable[Problem], language: Language) -> Iterator[str]:
    """Yield the problems as blocks of lines: those of one code and cure in one, the many of one code by place alone."""
    groups: dict[tuple[str, str], list[Problem]] = {}
    for problem in problems:
        groups.setdefault((problem.code, problem.cure.of(language)), []).append(problem)
    told: Counter[str] = Counter()
    rest: dict[str, list[Problem]] = {}
    for (code, _), group in groups.items():
        told[code] += 1
        if told[code] > MOST_ALIKE:
            rest.setdefault(code, []).extend(group)
        else:
            yield group[0].say(language) if len(group) == 1 else _together(group, language)
    for code, group in rest.items():
        yield f"[{code}] {_more(group, language)}"


def _together(group: Sequence[Problem], language: Language) -> str:
    """Return problems of one cure as lines: code and number, what is wrong at which places, and the cure once."""
    ja, what = language == "ja", visible(group[0].what.of(language))
    cure = f"  → {visible(group[0].cure.of(language))}"
    counted = f"[{group[0].code}] {len(group)}{'か所' if ja else ' places'}"
    if len({problem.what.of(language) for problem in group}) == 1:
        return f"{counted}{'：' if ja else ': '}{places_of((p.place for p in group), language)}\n  {what}\n{cure}"
    lines = [
        f"  {visible(p.place)}{'：' if ja else ': '}{visible(p.what.of(language))}" for p in group[:FIRST]
    ]
    lines += [f"  {_more(group[FIRST:], language)}"] if len(group) > FIRST else []
    return "\n".join([counted, *lines, cure])


def _more(group: Sequence[Problem], language: Language) -> str:
    places = places_of((problem.place for problem in group), language)
    return f"ほか{len(group)}か所：{places}" if language == "ja" else f"{len(group)} more: {places}"


def places_of(places: Iterable[str], language: Language) -> str:
    """Return the first of some places and how many more there are, each once and made safe to show.

    Parameters
    ----------
    places
        The places.
    language
        The language of the reader.
    """
    named = [visible(place) for place in dict.fromkeys(places)]
    shown = ("、" if language == "ja" else ", ").join(named[:FIRST])
    more = len(named) - FIRST
    if more <= 0:
        return shown
    return f"{shown}、ほか{more}" if language == "ja" else f"{shown} and {more} more"


class InputError(GisplanError):
    """A file or its content is wrong."""

    exit_code = 2


class ConfigurationError(GisplanError):
    """A plan.toml or a layer file is wrong."""

    exit_code = 3


class NetworkError(GisplanError):
    """The network or a server failed."""

    exit_code = 4


class DiskError(GisplanError):
    """The outputs cannot be written."""

    exit_code = 74


def fault(error: BaseException) -> Problem:
    """Return an error that gisplan did not mean as the problem a user may pass on: its kind and the line, no value."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{Path(frame.filename).name}:{frame.lineno}"
    return Problem(code="bug", place=place, values={"kind": type(error).__name__})
