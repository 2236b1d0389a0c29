"""A layer written into plan.toml: lines are added at its end, and every byte that stood there stays."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gisplan.core.disk import write_whole
from gisplan.core.document import parsed
from gisplan.core.errors import ConfigurationError, GisplanError, InputError, Problem
from gisplan.core.words import LayerEntry, Spec
from gisplan.plan.ledger import quoted
from gisplan.plan.read import plan_of

BACKUPS = "plan-backups"
"""Folder beside plan.toml that keeps what stood there before each change made on the page."""

DIGITS = 4
PATH = re.compile(r"""^(\s*path\s*=\s*)(?:"(?:[^"\\]|\\.)*"|'[^']*')""")
"""A line of plan.toml that names one path."""

BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change of plan.toml that can be undone: its text before and after, and files that were moved for it."""

    about: str
    before: bytes
    after: bytes
    moved: Mapping[Path, Path] = field(default_factory=dict)


def lines_of(entry: LayerEntry) -> str:
    """Return the table of a layer as plan.toml holds it.

    Parameters
    ----------
    entry
        The layer's entry; what it leaves empty is not written.
    """
    return "\n".join(_lines(entry)) + "\n"


def _lines(entry: LayerEntry) -> Iterator[str]:
    yield f"[layers.{entry.layer}]"
    yield f"path = {quoted(entry.path[0])}"
    for key in ("release", "table", "encoding", "crs", "axes", "credit", "licence"):
        if told := getattr(entry, key):
            yield f"{key} = {quoted(told)}"
    if entry.columns:
        pairs = ", ".join(f"{name} = {quoted(column)}" for name, column in entry.columns.items())
        yield f"columns = {{ {pairs} }}"


def path_line(path: str) -> str:
    """Return the line of plan.toml that names the file of a layer."""
    return f"path = {quoted(path)}\n"


def replaceable(entries: Sequence[LayerEntry]) -> bool:
    """Return whether a layer is read from one path that another file can take the place of."""
    return len(entries) == 1 and not entries[0].several and len(entries[0].path) == 1


def fingerprint(data: bytes) -> str:
    """Return by what a text of plan.toml is known again."""
    return hashlib.sha256(data).hexdigest()


def mistakes_of(text: str, plan: Path, catalogue: Mapping[str, Spec]) -> tuple[Problem, ...]:
    """Return what is wrong with a text of plan.toml, each with its line and cure; nothing where it is right.

    Parameters
    ----------
    text
        The text.
    plan
        The file that it is, or will be.
    catalogue
        The layers there are.
    """
    try:
        plan_of(parsed(text.removeprefix("\ufeff"), called=plan.name), path=plan, catalogue=catalogue)
    except GisplanError as error:
        return error.problems
    return ()


def with_entry(before: bytes, entry: LayerEntry, *, plan: Path, catalogue: Mapping[str, Spec]) -> bytes:
    """Return plan.toml with a layer more.

    Parameters
    ----------
    before
        What stands there.
    entry
        The layer's entry.
    plan
        The file.
    catalogue
        The layers there are.

    Raises
    ------
    ConfigurationError
        If the plan has the layer already, or the lines would be a mistake.
    """
    text = _decoded(before, plan)
    held = parsed(text.removeprefix("\ufeff"), called=plan.name)
    layers = held.data.get("layers")
    if isinstance(layers, Mapping) and entry.layer in layers:
        place = held.place(("layers", entry.layer))
        raise ConfigurationError(
            Problem(code="serve.layer_there", place=place, values={"layer": entry.layer})
        )
    known = {_known(problem) for problem in mistakes_of(text, plan, catalogue)}
    newline = "\r\n" if "\r\n" in text else "\n"
    gap = "" if not text else newline if text.endswith("\n") else newline * 2
    after = text + gap + lines_of(entry).replace("\n", newline)
    fresh = [one for one in mistakes_of(after, plan, catalogue) if _known(one) not in known]
    if fresh:
        raise ConfigurationError(fresh)
    return after.encode()


def with_path(
    before: bytes, entry: LayerEntry, path: str, *, plan: Path, catalogue: Mapping[str, Spec]
) -> bytes:
    """Return plan.toml with another path for a layer that it has; nothing else changes.

    Parameters
    ----------
    before
        What stands there.
    entry
        The layer's entry as it stands there.
    path
        The new path.
    plan
        The file.
    catalogue
        The layers there are.

    Raises
    ------
    ConfigurationError
        If its path is written in a way that only a person should change.
    """
    text = _decoded(before, plan)
    held = parsed(text.removeprefix("\ufeff"), called=plan.name)
    number = held.line(("layers", entry.layer, "path"))
    lines = text.split("\n")
    line, count = PATH.subn(lambda found: f"{found[1]}{quoted(path)}", lines[number - 1], count=1)
    after = "\n".join([*lines[: number - 1], line, *lines[number:]])
    if count != 1 or mistakes_of(after, plan, catalogue):
        place = held.place(("layers", entry.layer))
        raise ConfigurationError(
            Problem(code="serve.layer_there", place=place, values={"layer": entry.layer})
        )
    return after.encode()


def _known(problem: Problem) -> tuple[str, str]:
    """Return by what a mistake is known again: lines were added below it, so that its place stays."""
    return problem.code, problem.place


def as_saved(text: str, before: bytes) -> bytes:
    """Return a text of a browser as bytes with the line ends and the mark at the beginning that the file has.

    Parameters
    ----------
    text
        What the page sent.
    before
        What the file holds.
    """
    plain = text.removeprefix("\ufeff").replace("\r\n", "\n")
    if b"\r\n" in before:
        plain = plain.replace("\n", "\r\n")
    return (BOM if before.startswith(BOM) else b"") + plain.encode()


def _decoded(data: bytes, plan: Path) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise ConfigurationError(Problem(code="config.not_utf8", place=plan.name)) from None


def put(change: Change, plan: Path) -> None:
    """Write a change, after what stood there was kept beside it.

    Parameters
    ----------
    change
        The change.
    plan
        The file.

    Raises
    ------
    InputError
        If somebody else has changed the file meanwhile.
    DiskError
        If it cannot be written; the old one is then as it was.
    """
    _unchanged(plan, change.before)
    folder = plan.parent / BACKUPS
    numbers = [int(path.stem[-DIGITS:]) for path in folder.glob(f"plan-{'[0-9]' * DIGITS}.toml")]
    write_whole(folder / f"plan-{max(numbers, default=0) + 1:0{DIGITS}}.toml", change.before)
    write_whole(plan, change.after)


def take_back(change: Change, plan: Path) -> None:
    """Bring back what stood in plan.toml before a change.

    Parameters
    ----------
    change
        The change.
    plan
        The file.

    Raises
    ------
    InputError
        If the file was changed again since.
    DiskError
        If it cannot be written.
    """
    _unchanged(plan, change.after)
    write_whole(plan, change.before)


def _unchanged(plan: Path, expected: bytes) -> None:
    if not plan.is_file() or plan.read_bytes() != expected:
        raise InputError(Problem(code="serve.changed_since", place=plan.name))
