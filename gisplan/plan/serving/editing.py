"""plan.toml changed from the page: a layer added, the text edited, a change undone, a plan begun."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd

from gisplan.core.errors import ConfigurationError, GisplanError, InputError, Problem
from gisplan.core.words import LayerEntry, Spec
from gisplan.layers.catalogue import find_spec, read_catalogue
from gisplan.layers.municipalities import read_codes
from gisplan.plan.init import copy_demo
from gisplan.plan.init import init as begin_plan
from gisplan.plan.read import read_plan
from gisplan.plan.serving.entries import (
    Change,
    as_saved,
    fingerprint,
    mistakes_of,
    put,
    replaceable,
    take_back,
    with_entry,
    with_path,
)
from gisplan.plan.serving.holding import DATA, Holding, put_back

MOST = 50
"""Changes that can be undone."""


class Editor:
    """The plan.toml of a folder, and the changes that were made to it from the page."""

    def __init__(self, plan: Path, *, layers: Path | None, holding: Holding) -> None:
        self._plan, self._layers, self._holding = plan, layers, holding
        self._lock = threading.Lock()
        self._changes: tuple[Change, ...] = ()

    @property
    def last(self) -> str:
        """What the last change that can be undone was about, empty where there is none."""
        return self._changes[-1].about if self._changes else ""

    def text(self) -> tuple[str, str]:
        """Return the text of plan.toml, and by what it is known again; both empty where there is none.

        Raises
        ------
        ConfigurationError
            If it is not UTF-8.
        """
        if not self._plan.is_file():
            return "", ""
        data = self._plan.read_bytes()
        try:
            return data.decode("utf-8-sig"), fingerprint(data)
        except UnicodeDecodeError:
            raise ConfigurationError(Problem(code="config.not_utf8", place=self._plan.name)) from None

    def mistakes(self, text: str) -> tuple[Problem, ...]:
        """Return what would be wrong with a text as plan.toml."""
        return mistakes_of(text, self._plan, self._catalogue())

    def rewrite(self, text: str, *, known: str) -> None:
        """Put a text into plan.toml, if it is right and nobody else has changed the file.

        Parameters
        ----------
        text
            The new text.
        known
            By what the text that was edited is known again.

        Raises
        ------
        ConfigurationError
            With every mistake of the text.
        InputError
            If the file was changed meanwhile.
        """
        if problems := self.mistakes(text):
            raise ConfigurationError(problems)
        with self._lock:
            before = self._plan.read_bytes() if self._plan.is_file() else b""
            if not before or fingerprint(before) != known:
                raise InputError(Problem(code="serve.changed_since", place=self._plan.name))
            self._put(Change(about=self._plan.name, before=before, after=as_saved(text, before)))

    def add(self, entry: LayerEntry, *, drop: str, name: str) -> None:
        """Move a file that waits into the plan's data, and name it in plan.toml.

        Where the plan reads the layer from one path already, the file takes the place of that one.

        Parameters
        ----------
        entry
            How the file is read; its path is put in.
        drop, name
            The file.

        Raises
        ------
        ConfigurationError
            If there is no plan or no such layer, or the plan has it already.
        """
        catalogue = self._catalogue()
        find_spec(catalogue, entry.layer, place=self._plan.name)
        with self._lock:
            if not self._plan.is_file():
                raise ConfigurationError(Problem(code="config.no_plan", place=self._plan.parent.name))
            before = self._plan.read_bytes()
            # Tried before anything is moved: a plan that has the layer already leaves the file where it is.
            self._after(before, entry, catalogue)
            moved = self._holding.move_in(drop, name)
            target = next(iter(moved.values()))
            try:
                after = self._after(before, replace(entry, path=(f"{DATA}/{target.name}",)), catalogue)
                about = f"[layers.{entry.layer}] {DATA}/{target.name}"
                self._put(Change(about=about, before=before, after=after, moved=moved))
            except GisplanError:
                put_back(moved)
                raise

    def _after(self, before: bytes, entry: LayerEntry, catalogue: Mapping[str, Spec]) -> bytes:
        """Return plan.toml with a layer more, or with another file for one that it reads from one path."""
        with suppress(GisplanError):  # a plan with mistakes can still be given its layers
            old = [
                one for one in read_plan(self._plan, catalogue=catalogue).layers if one.layer == entry.layer
            ]
            if replaceable(old):
                return with_path(before, old[0], entry.path[0], plan=self._plan, catalogue=catalogue)
        return with_entry(before, entry, plan=self._plan, catalogue=catalogue)

    def undo(self) -> None:
        """Take back the last change, and move its files back to where they waited.

        Raises
        ------
        InputError
            If there is none, or plan.toml was changed since.
        """
        with self._lock:
            if not self._changes:
                raise InputError(Problem(code="serve.nothing_to_undo", place=self._plan.name))
            change = self._changes[-1]
            take_back(change, self._plan)
            put_back(change.moved)
            self._changes = self._changes[:-1]

    def begin(self, municipality: str, *, day: date) -> None:
        """Begin a plan in the folder: for a municipality, or a copy of the made-up town where none is named.

        Parameters
        ----------
        municipality
            Its code, with or without the sixth digit.
        day
            The day on which the law is applied.
        """
        with self._lock:
            if municipality:
                code = whole_code(municipality)
                begin_plan(self._plan.parent, municipality=code, day=day, catalogue=self._catalogue())
            else:
                copy_demo(self._plan.parent)

    def _put(self, change: Change) -> None:
        put(change, self._plan)
        self._changes = (*self._changes, change)[-MOST:]

    def _catalogue(self) -> Mapping[str, Spec]:
        return read_catalogue(self._layers)


def whole_code(told: str) -> str:
    """Return a municipality's code of five digits from one that a person typed; one that is none stays as it is.

    Parameters
    ----------
    told
        Five digits, six with the check digit, or without the leading zero, in any width.
    """
    code = read_codes(pd.Series([told.strip()])).column.iloc[0]
    return str(code) or told.strip()
