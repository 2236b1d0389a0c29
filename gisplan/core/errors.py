"""Errors that reach a user: code, what, where and how to mend it, in Japanese and English.

A doubt about data or law is no error but a row of the findings table (`gisplan.core.tables`).
"""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gisplan.core.messages import message
from gisplan.core.visible import visible
from gisplan.core.words import Language, Text


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
        """Return every problem in one language."""
        return "\n".join(problem.say(language) for problem in self.problems)


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
