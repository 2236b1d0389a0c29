"""Loops compiled by numba, kept on disk under the text they were compiled from."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

Function = TypeVar("Function", bound=Callable[..., Any])


LOCATOR = f"{__name__}.ByText"


class ByText:
    """Where numba keeps a compiled function: by the text, wherever on the computer the modules stand.

    Numba's own places belong to the path of a file, so that a second copy of gisplan, or one put anew, would
    compile everything again. Numba asks for these methods by name.

    Parameters
    ----------
    place
        The folder of the text.
    line
        The line at which the function begins.
    """

    def __init__(self, place: Path, line: int) -> None:
        self._place, self._line = place, line

    @classmethod
    def from_function(cls, py_func: Callable[..., Any], _py_file: str) -> ByText | None:
        """Return the place of a function; None where none can be written."""
        import numba

        settings: Any = numba.config
        place = cls(Path(settings.CACHE_DIR), py_func.__code__.co_firstlineno)
        try:
            place.ensure_cache_path()
        except OSError:
            return None
        return place

    def ensure_cache_path(self) -> None:
        """Make the folder, and make sure that it can be written."""
        self._place.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=self._place).close()

    def get_cache_path(self) -> str:
        """Return the folder."""
        return str(self._place)

    def get_source_stamp(self) -> str:
        """Return what changes with the text: the folder's own name does."""
        return self._place.name

    def get_disambiguator(self) -> str:
        """Return what tells functions of one name apart."""
        return str(self._line)


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
        # A numba before 0.62 knows of no locators and keeps the code below the same folder, by the path.
        before = settings.CACHE_DIR, getattr(settings, "CACHE_LOCATOR_CLASSES", "")
        place = _code_folder(before[0], folder, pattern)
        settings.CACHE_DIR, settings.CACHE_LOCATOR_CLASSES = str(place), LOCATOR
        try:
            return cast("Function", numba.njit(cache=True, nogil=True)(function))
        except RuntimeError:  # no folder for the compiled code
            return cast("Function", numba.njit(nogil=True)(function))
        finally:
            settings.CACHE_DIR, settings.CACHE_LOCATOR_CLASSES = before

    return compiled


@cache
def _code_folder(named: str, folder: Path, pattern: str) -> Path:
    """Return a folder that belongs to the text of some modules."""
    from platformdirs import user_cache_path

    modules = sorted(folder.glob(pattern))
    # Modules of one name and text are those of another copy of gisplan.
    text = b"".join(module.name.encode() + b"\0" + module.read_bytes() for module in modules)
    place = Path(named) if named else user_cache_path("gisplan", appauthor=False) / "compiled"
    return place / hashlib.sha256(text).hexdigest()[:16]
