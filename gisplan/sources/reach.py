"""Files at places that the reading libraries do not reach: they are read from a copy."""

from __future__ import annotations

import dataclasses
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gisplan.core.errors import InputError, Problem
from gisplan.sources.raw import File

LONGEST_PATH = 480
"""Bytes of a path that SQLite opens, less a few for what it writes beside a file."""


@contextmanager
def within_reach(file: File) -> Iterator[File]:
    """Yield a file at a place that every library reaches: itself, or a copy with its companions.

    Parameters
    ----------
    file
        A file that passed the door.

    Raises
    ------
    InputError
        If it cannot be copied.
    """
    if not out_of_reach(file.path):
        yield file
        return
    with tempfile.TemporaryDirectory(prefix="gisplan-") as folder:
        try:
            for part in file.path.parent.iterdir():
                if part.stem == file.path.stem and part.is_file():
                    shutil.copyfile(part, Path(folder) / f"copy{part.suffix}")
        except OSError as error:
            detail = {"detail": error.strerror or type(error).__name__}
            raise InputError(Problem(code="file.corrupt", place=file.name, values=detail)) from None
        yield dataclasses.replace(file, path=Path(folder) / f"copy{file.path.suffix}")


def out_of_reach(path: Path) -> bool:
    """Return whether a library would not open a path: pyogrio looks for an archive before a `!`."""
    return "!" in str(path) or len(os.fsencode(path)) > LONGEST_PATH
