"""Files that were dropped on the page: each drop in a folder of its own, until it is put among the plan's data."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from gisplan.core.disk import disk_error, free_bytes, no_space, whole
from gisplan.core.errors import ConfigurationError, InputError, Problem
from gisplan.plan.serving.naming import base_name, numbered

RECEIVED, DATA = "received", "data"
"""Folders beside plan.toml: what was dropped, and what the plan reads."""

LARGEST = 2 * 1024**3
"""Bytes of one file."""

MOST_FILES = 200
"""Files of one drop: a shapefile has five, a set of tables some dozens."""

SPARE = 64 * 1024**2
"""Bytes that stay free on the disk."""

CHUNK = 1024**2
DIGITS = 4

ASIDE = frozenset({".dbf", ".shx", ".prj", ".cpg", ".sbn", ".sbx", ".qix", ".qpj"})
"""Endings of the companions of a shapefile; they are read with it."""


class Stream(Protocol):
    """Where the bytes of a file come from."""

    def read(self, most: int, /) -> bytes:
        """Return the next bytes, at most so many, none at the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A file that waits, its companions, and the bytes of them all."""

    drop: str
    name: str
    companions: tuple[str, ...]
    size: int


class Holding:
    """The folder of files that wait beside a plan."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()

    @property
    def folder(self) -> Path:
        """Where files wait."""
        return self._folder / RECEIVED

    def begin(self) -> str:
        """Return the number of a new drop: an empty folder that nobody has used.

        Raises
        ------
        ConfigurationError
            If the folder of received files is a link: it must not lead elsewhere.
        DiskError
            If it cannot be made.
        """
        with self._lock:
            self._refuse_link()
            try:
                self.folder.mkdir(parents=True, exist_ok=True)
                last = max((int(name) for name in self._numbers()), default=0)
                drop = f"{last + 1:0{DIGITS}}"
                (self.folder / drop).mkdir()
            except OSError as error:
                raise disk_error(error, place=RECEIVED, folder=self._folder) from None
        return drop

    def receive(self, drop: str, name: str, *, stream: Stream, length: int) -> str:
        """Keep a file of a drop, whole or not at all, and return the name it has.

        Parameters
        ----------
        drop
            The number of the drop.
        name
            The name that the browser told.
        stream, length
            Where the bytes come from, and how many.

        Raises
        ------
        InputError
            If the name is no plain one, the drop holds it already, or the file is too large or cut off.
        DiskError
            If there is no room for it.
        """
        folder, plain = self._of(drop), base_name(name)
        if length > LARGEST:
            raise InputError(Problem(code="file.too_large", place=plain, values={"size": length}))
        free = free_bytes(folder)
        if free < length + SPARE:
            raise no_space(plain, needed=length + SPARE, free=free)
        there = {path.name.casefold() for path in folder.iterdir()}
        if plain.casefold() in there:
            raise InputError(Problem(code="serve.held_already", place=plain))
        if len(there) >= MOST_FILES:
            raise InputError(Problem(code="serve.many_files", place=plain, values={"most": MOST_FILES}))
        try:
            with whole(folder / plain) as part, part.open("wb") as file:
                _copy(stream, file, length=length, name=plain)
        except OSError as error:
            raise disk_error(error, place=plain, folder=folder, needed=length) from None
        return plain

    def waiting(self) -> tuple[Held, ...]:
        """Return every file that waits, the newest drop first; companions stand with their shapefile."""
        found: list[Held] = []
        for drop in sorted(self._numbers(), reverse=True):
            sizes: dict[str, int] = {}
            with suppress(OSError):  # it may be moved or thrown away at this moment
                for path in sorted((self.folder / drop).iterdir()):
                    if path.is_file() and not path.is_symlink() and not path.name.startswith("."):
                        sizes[path.name] = path.stat().st_size
            found += _together(drop, sizes)
        return tuple(found)

    def path(self, drop: str, name: str) -> Path:
        """Return the place of a file that waits.

        Raises
        ------
        InputError
            If there is none of this name.
        """
        path = self._of(drop) / base_name(name)
        if path.is_symlink() or not path.is_file():
            raise InputError(Problem(code="serve.not_held", place=name[:80]))
        return path

    def discard(self, drop: str, name: str) -> None:
        """Delete a file that waits, with its companions; the others of its drop stay.

        Raises
        ------
        InputError
            If there is none of this name.
        DiskError
            If it cannot be deleted, as one that is open in another program.
        """
        main = self.path(drop, name)
        try:
            for one in self._together_with(drop, main.name):
                main.with_name(one).unlink()
        except OSError as error:
            raise disk_error(error, place=main.name, folder=main.parent) from None
        with suppress(OSError):  # other files of the drop may still wait there
            main.parent.rmdir()

    def move_in(self, drop: str, name: str) -> Mapping[Path, Path]:
        """Move a file that waits, with its companions, into the plan's data; nothing there is overwritten.

        Return the old and the new place of each, the file itself first.

        Raises
        ------
        InputError
            If there is none of this name.
        DiskError
            If it cannot be moved; nothing is then moved.
        """
        main = self.path(drop, name)
        names = self._together_with(drop, main.name)
        data = self._folder / DATA
        moved: dict[Path, Path] = {}
        try:
            data.mkdir(exist_ok=True)
            taken = {path.name.casefold() for path in data.iterdir()}
            number = next(
                n
                for n in range(1, len(taken) + 2)
                if not any(numbered(one, n).casefold() in taken for one in names)
            )
            for one in names:
                source, target = main.with_name(one), data / numbered(one, number)
                _move(source, target)
                moved[source] = target
        except OSError as error:
            put_back(moved)
            raise disk_error(error, place=main.name, folder=data) from None
        with suppress(OSError):  # companions of another file of the drop may still wait there
            main.parent.rmdir()
        return moved

    def _together_with(self, drop: str, name: str) -> tuple[str, ...]:
        """Return a file that waits and its companions; a companion is one by itself."""
        held = (one for one in self.waiting() if (one.drop, one.name) == (drop, name))
        return (name, *next((one.companions for one in held), ()))

    def _numbers(self) -> Iterable[str]:
        if not self.folder.is_dir() or self.folder.is_symlink():
            return []
        return [
            path.name
            for path in self.folder.iterdir()
            if path.name.isascii() and path.name.isdigit() and path.is_dir() and not path.is_symlink()
        ]

    def _of(self, drop: str) -> Path:
        if drop not in self._numbers():
            raise InputError(Problem(code="serve.not_held", place=drop[:DIGITS]))
        return self.folder / drop

    def _refuse_link(self) -> None:
        if self.folder.is_symlink() or (self.folder.exists() and not self.folder.is_dir()):
            raise ConfigurationError(Problem(code="serve.no_folder", place=RECEIVED))


def put_back(moved: Mapping[Path, Path]) -> None:
    """Undo a move of files; what is gone or in the way stays as it is.

    Parameters
    ----------
    moved
        Old and new places.
    """
    for source, target in moved.items():
        with suppress(OSError):
            source.parent.mkdir(parents=True, exist_ok=True)
            _move(target, source)


def _move(source: Path, target: Path) -> None:
    """Move a file to a place where nothing is."""
    try:
        os.link(source, target)  # fails where something is; a rename would take its place
    except FileExistsError:
        raise
    except OSError:  # a disk without links
        if target.exists():
            raise FileExistsError(target.name) from None
        source.rename(target)
    else:
        source.unlink()


def _copy(stream: Stream, file: IO[bytes], *, length: int, name: str) -> None:
    left = length
    while left:
        data = stream.read(min(CHUNK, left))
        if not data:
            raise InputError(Problem(code="serve.cut_off", place=name))
        file.write(data)
        left -= len(data)


def _together(drop: str, sizes: Mapping[str, int]) -> list[Held]:
    """Return the files of a drop, the companions of a shapefile with it; those without one by themselves."""
    stems = {name[:-4].casefold(): name for name in sizes if name.casefold().endswith(".shp")}
    aside: dict[str, list[str]] = {}
    for name in sizes:
        stem, dot, ending = name.rpartition(".")
        if f"{dot}{ending}".lower() in ASIDE and stem.casefold() in stems:
            aside.setdefault(stems[stem.casefold()], []).append(name)
        elif name.casefold().endswith(".shp.xml") and name[:-8].casefold() in stems:
            aside.setdefault(stems[name[:-8].casefold()], []).append(name)
    companions = {name for names in aside.values() for name in names}
    return [
        Held(
            drop=drop, name=name, companions=tuple(aside.get(name, ())),
            size=size + sum(sizes[one] for one in aside.get(name, ())),
        )
        for name, size in sizes.items()
        if name not in companions
    ]  # fmt: skip
