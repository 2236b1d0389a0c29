"""Loops compiled by numba, kept on disk under the text they were compiled from."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

Function = TypeVar("Function", bound=Callable[..., Any])


def compiler(folder: Path, pattern: str) -> Callable[[Function], Function]:
    """Return a decorator: a function compiled when it is first called, kept on disk where a folder can be written.

    Parameters
    ----------
    folder, pattern
        The modules that belong together. Numba itself looks at one file only, and would go on with what was
        compiled from another's old figures.
    """

    def compiled(function: Function) -> Function:
        import numba

        settings: Any = numba.config
        before = settings.CACHE_DIR
        settings.CACHE_DIR = str(_code_folder(before, folder, pattern))
        try:
            return cast("Function", numba.njit(cache=True, nogil=True)(function))
        except RuntimeError:  # no folder for the compiled code
            return cast("Function", numba.njit(nogil=True)(function))
        finally:
            settings.CACHE_DIR = before

    return compiled


@cache
def _code_folder(named: str, folder: Path, pattern: str) -> Path:
    """Return a folder that belongs to the text of some modules."""
    from platformdirs import user_cache_path

    text = b"".join(path.read_bytes() for path in sorted(folder.glob(pattern)))
    place = Path(named) if named else user_cache_path("gisplan", appauthor=False) / "compiled"
    return place / hashlib.sha256(text).hexdigest()[:16]
