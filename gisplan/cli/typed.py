"""What was typed, where the commands cannot tell: the language asked for, and how a mistyped command is answered."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from gisplan.core.errors import InputError, Problem
from gisplan.core.words import Language


def language_of(arguments: Sequence[str]) -> Language:
    """Return the language asked for, before the arguments are understood: their mistakes are said in it, too."""
    values = [value for flag, value in pairwise([*arguments, ""]) if flag == "--language"]
    values += [part.partition("=")[2] for part in arguments if part.startswith("--language=")]
    return "en" if values[-1:] == ["en"] else "ja"


def usage_problem(error: Exception) -> InputError | None:
    """Return what typer says of a mistyped command, as an error of ours; None for any other error."""
    # typer carries its own copy of click, or an old one imports click: the class has several homes.
    if not any(kind.__name__ == "UsageError" for kind in type(error).__mro__):
        return None
    said: Any = error
    command = said.ctx.command_path if said.ctx is not None else "gisplan"
    values = {"detail": said.format_message(), "command": command}
    return InputError(Problem(code="cli.usage", place=command, values=values))
