"""Runs are killed at any moment; the outputs stand as they were or as they shall be, and never between."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

Bytes = Mapping[str, bytes]

KINDS = ("whole", "timed", "fuse")
"""A run of its own; the writing alone, killed by the clock; the writing alone, killed at a call of the system."""

SHARES = (1, 5, 4)
RESUME_EVERY = 10
ANEW_EVERY = 40
"""After so many kills the outputs are taken away, for a first run to be killed."""

DEMO = Path(__file__).resolve().parents[2] / "layers" / "demo"
LANGUAGES = ("ja", "en")
NOTES = ("notes.txt", b"of the user\n")
HIDDEN = (".out.", ".gisplan-")


@dataclass(slots=True)
class Tally:
    """What was found, by kind of kill."""

    found: dict[str, Counter[str]] = field(default_factory=lambda: {kind: Counter() for kind in KINDS})
    damage: list[str] = field(default_factory=list)

    @property
    def kills(self) -> int:
        """Return how many runs were killed."""
        return sum(count[state] for count in self.found.values() for state in ("old", "new", "aside", "none"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Where the trials take place, what whole outputs look like in each language, and how long a run takes."""

    plan: Path
    out: Path
    whole: Mapping[str, Bytes]
    seconds: dict[str, float]
    calls: int
    only: tuple[str, ...] = ()

    def command(self, language: str, out: Path) -> list[str]:
        """Return the command of a run of its own."""
        words = ("--language", language, "--force", "--quiet", *_told(self.only))
        return [sys.executable, "-m", "gisplan", "run", str(self.plan), "--out", str(out), *words]


def _told(only: Sequence[str]) -> tuple[str, ...]:
    """Return the words of a command that ask for some outputs alone."""
    return tuple(word for output in only for word in ("--only", output))


def campaign(
    *,
    plan: Path | None,
    times: int,
    seed: int,
    only: Sequence[str] = (),
    tell: Callable[[int], None] | None = None,
) -> Tally:
    """Kill so many runs of a plan and return what was found.

    Parameters
    ----------
    plan
        A plan.toml, whose folder is copied; a small part of the demo town where None.
    times
        How many runs are killed.
    seed
        Of the order, the moments and the languages.
    only
        The outputs that are written; all where there are none.
    tell
        Called with the number of kills after each trial.
    """
    lot, tally = random.Random(seed), Tally()  # noqa: S311 (a seed that anyone can repeat)
    with tempfile.TemporaryDirectory() as at, writer_of(plan, Path(at), only=tuple(only)) as (ground, writer):
        _resume(ground, writer, LANGUAGES[0], Tally())
        while tally.kills < times:
            if tally.kills % ANEW_EVERY == ANEW_EVERY - 1:
                _clear(ground.out)
            _trial(ground, writer, lot, tally)
            if tell is not None:
                tell(tally.kills)
            if tally.damage and len(tally.damage) > times // 10:
                break
    return tally


def _trial(ground: Ground, writer: Writer | None, lot: random.Random, tally: Tally) -> None:
    """Start a run, kill it, look at what stands, and now and then let a run finish."""
    kind = "whole" if writer is None else lot.choices(KINDS, SHARES)[0]
    before, moment = _standing(ground), lot.random()
    # The other language than what stands: only then do old and new differ in every file.
    others = [name for name in LANGUAGES if before is None or not _same(before, ground.whole[name])]
    language = lot.choice(others)
    if kind == "whole":
        killed = _kill_whole(ground, language, moment)
    else:
        fuse = 1 + int(moment * ground.calls) if kind == "fuse" else None
        delay = None if fuse else moment * _writing(writer).seconds * 1.05
        killed = _writing(writer).write(
            ground.out, language, fuse=fuse, after=lot.random() < 1 / 2, delay=delay
        )
    state = _state(ground, before, language)
    tally.found[kind][state if killed else "ended"] += 1
    if state == "damaged" or (not killed and state != "new"):
        tally.damage.append(f"{kind} {language} at {moment:.4f}: {state}, killed: {killed}")
        _clear(ground.out)
    if tally.kills % RESUME_EVERY == 0 or not tally.kills:
        tally.found[kind]["resumed"] += 1
        if not _resume(ground, writer, lot.choice(LANGUAGES), tally):
            tally.damage.append(f"{kind} {language} at {moment:.4f}: a resumed run gave other bytes")
            _clear(ground.out)


def _writing(writer: Writer | None) -> Writer:
    if writer is None:
        raise ValueError("this system cannot fork")
    return writer


def _same(found: Bytes, whole: Bytes) -> bool:
    return all(found.get(name) == data for name, data in whole.items())


def _standing(ground: Ground) -> Bytes | None:
    """Return the outputs before a run: those set aside by a kill count, for the next run brings them back."""
    aside = ground.out.with_name(".out.gisplan-old")
    return everything(ground.out) if ground.out.exists() else everything(aside) if aside.exists() else None


def _state(ground: Ground, before: Bytes | None, language: str) -> str:
    """Return what stands after a kill: the old outputs, the new ones, none yet, the old set aside, or damage."""
    notes = {} if before is None else {NOTES[0]: before[NOTES[0]]} if NOTES[0] in before else {}
    new = {**ground.whole[language], **notes}
    if not ground.out.exists():
        aside = ground.out.with_name(".out.gisplan-old")
        if before is None:
            return "none"
        return "aside" if aside.exists() and everything(aside) == before else "damaged"
    now = everything(ground.out)
    if now == new:
        return "new"
    return "old" if before is not None and now == before else "damaged"


def _resume(ground: Ground, writer: Writer | None, language: str, tally: Tally) -> bool:
    """Let a run finish; return whether it gave the bytes it must, kept the notes and cleared what was left."""
    before = _standing(ground)
    if writer is None or tally.kills % (5 * RESUME_EVERY) == 0:
        subprocess.run(ground.command(language, ground.out), stdout=subprocess.DEVNULL, check=True)
    else:
        writer.write(ground.out, language)
    right = _state(ground, before, language) == "new"
    left = [path for path in ground.out.parent.iterdir() if path.name.startswith(HIDDEN)]
    (ground.out / NOTES[0]).write_bytes(NOTES[1])
    return right and not left


def _kill_whole(ground: Ground, language: str, moment: float) -> bool:
    """Kill a run in a process group of its own; return whether it was still at work."""
    with subprocess.Popen(
        ground.command(language, ground.out),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        began = time.monotonic()
        try:
            process.wait(moment * ground.seconds["whole"] * 1.05)
            ground.seconds["whole"] = time.monotonic() - began
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            return process.returncode != 0
    return False


def _clear(out: Path) -> None:
    for path in (out, *out.parent.glob(".out.*")):
        shutil.rmtree(path, ignore_errors=True)
        path.unlink(missing_ok=True)


def everything(folder: Path) -> Bytes:
    """Return every file below a folder with its bytes."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


class Writer:
    """A warm process whose children write, see `campaigns.writer`."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.seconds = 0.0
        """How long the last one took that came to its end: a machine is not always as fast."""
        self._heard()

    def write(
        self,
        out: Path,
        language: str,
        *,
        fuse: int | None = None,
        after: bool = False,
        delay: float | None = None,
        count: Path | None = None,
    ) -> bool:  # fmt: skip
        """Write once and return whether it was killed; without a fuse or a delay nobody kills it.

        Parameters
        ----------
        out, language
            What is written, and where.
        fuse, after
            The call of the system at which the child kills itself, before it or after it.
        delay
            Seconds until it is killed.
        count
            Where the number of its calls is written down.

        Raises
        ------
        RuntimeError
            If the child failed by itself.
        """
        told = {"fuse": fuse, "after": after, "delay": delay, "count": str(count or "")}
        self._say({"out": str(out), "language": language, **told})
        heard = self._heard()
        code = heard["code"]
        if code not in {0, -signal.SIGKILL}:
            raise RuntimeError(f"a run ended with {code}")
        if not code:
            self.seconds = heard["seconds"]
        return bool(code)

    def _say(self, asked: dict[str, Any]) -> None:
        stream = self._process.stdin
        if stream is not None:
            stream.write(json.dumps(asked) + "\n")
            stream.flush()

    def _heard(self) -> dict[str, Any]:
        stream = self._process.stdout
        line = stream.readline() if stream is not None else ""
        if not line:
            raise RuntimeError("the writer has ended")
        heard: dict[str, Any] = json.loads(line)
        return heard


@contextmanager
def writer_of(
    plan: Path | None, folder: Path, *, only: tuple[str, ...]
) -> Iterator[tuple[Ground, Writer | None]]:
    """Yield a copy of a plan with what its whole outputs are, and a warm process that writes them."""
    own, out = _copied(plan, folder / "plan"), folder / "out"
    empty = Ground(plan=own, out=out, whole={}, seconds={}, calls=0, only=only)
    began = time.monotonic()
    for language in LANGUAGES:
        subprocess.run(empty.command(language, folder / language), stdout=subprocess.DEVNULL, check=True)
    seconds = {"whole": (time.monotonic() - began) / len(LANGUAGES)}
    whole = {language: everything(folder / language) for language in LANGUAGES}
    if not hasattr(os, "fork"):
        yield replace(empty, whole=whole, seconds=seconds), None
        return
    command = [sys.executable, "-m", "campaigns.writer", str(own), *only]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[1]
    ) as process:
        try:
            writer = Writer(process)
            count = folder / "count"
            for _ in range(2):  # the first one makes what the second finds in the old outputs
                writer.write(out, LANGUAGES[0], count=count)
            calls = int(count.read_text("utf-8"))
            yield replace(empty, whole=whole, seconds=seconds, calls=calls), writer
        finally:
            process.kill()


def _copied(plan: Path | None, place: Path) -> Path:
    source = DEMO if plan is None else plan.parent
    shutil.copytree(source, place, ignore=shutil.ignore_patterns("out*"))
    if plan is None:
        shutil.copyfile(Path(__file__).with_name("town.toml"), place / "plan.toml")
    return place / ("plan.toml" if plan is None else plan.name)


def shown(tally: Tally) -> str:
    """Return what was found as a table."""
    heads = ("old", "new", "aside", "none", "damaged", "ended", "resumed")
    rows: list[tuple[str, ...]] = [("kind", "kills", *heads)]
    for kind, found in tally.found.items():
        kills = sum(found[state] for state in ("old", "new", "aside", "none", "damaged"))
        rows.append((kind, str(kills), *(str(found[head]) for head in heads)))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    return "\n".join([*lines, *tally.damage])
