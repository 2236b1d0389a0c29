"""What stops a whole layer, and the file at fault."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gisplan.core.errors import InputError, Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """A problem that stops a layer, and the file at fault; its name is empty where no one file is."""

    file: str
    problem: Problem


def stops_of(error: InputError, files: Sequence[str]) -> tuple[Stop, ...]:
    """Return the problems of an error, each with the file that its place names.

    Parameters
    ----------
    error
        What was raised while some files were read.
    files
        Their names; where there is one only, it is at fault whatever the place says.
    """
    return tuple(Stop(file=_file_at(problem.place, files), problem=problem) for problem in error.problems)


def _file_at(place: str, files: Sequence[str]) -> str:
    if len(set(files)) == 1:
        return files[0]
    named = [file for file in files if place == file or place.startswith((f"{file}:", f"{file}/"))]
    return max(named, key=len, default="")
