"""One thread that does one piece of work at a time; what is asked meanwhile is done once more afterwards."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Kind = Literal["check", "run"]
Progress = Callable[[str], None]


class StoppedError(Exception):
    """Somebody stopped a piece of work on its way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """The piece of work at hand, the step it is at, and what comes next, None for nothing."""

    kind: Kind
    step: str
    queued: Kind | None


class Worker:
    """Does checks and runs in a thread of its own, one after the other."""

    def __init__(
        self, do: Callable[[Kind, Progress], None], *, told: Callable[[], None] = lambda: None
    ) -> None:
        self._do, self._told = do, told
        self._change = threading.Condition()
        self._next: Kind | None = None
        self._busy: Kind | None = None
        self._step = ""
        self._stopping = self._over = False
        self._thread = threading.Thread(target=self._go, name="gisplan-work", daemon=True)

    def start(self) -> None:
        """Begin to wait for work."""
        self._thread.start()

    @property
    def job(self) -> Job | None:
        """What is being done; None while nothing is."""
        with self._change:
            kind = self._busy or self._next
            if kind is None:
                return None
            return Job(kind=kind, step=self._step, queued=self._next if self._busy else None)

    def ask(self, kind: Kind) -> None:
        """Ask for a piece of work; however often, at most one waits, and a run stands for a check, too."""
        with self._change:
            if not self._over:
                self._next = "run" if "run" in {kind, self._next} else kind
                self._change.notify_all()
        self._told()

    def stop(self) -> None:
        """Stop what is being done at its next step, and forget what waits."""
        with self._change:
            self._next = None
            self._stopping = self._busy is not None
        self._told()

    def end(self, seconds: float) -> None:
        """Stop for good, and wait so long for what is being done to clear up behind itself."""
        with self._change:
            self._over = True
            self._change.notify_all()
        self.stop()
        if self._thread.is_alive():
            self._thread.join(seconds)

    def wait(self, seconds: float) -> bool:
        """Wait until nothing is left to do, at most so long; return whether that is so."""
        with self._change:
            return self._change.wait_for(lambda: self._busy is None and self._next is None, seconds)

    def _go(self) -> None:
        while (kind := self._take()) is not None:
            self._told()
            try:
                self._do(kind, self._progress)
            finally:
                with self._change:
                    self._busy, self._step, self._stopping = None, "", False
                    self._change.notify_all()
                self._told()

    def _take(self) -> Kind | None:
        with self._change:
            self._change.wait_for(lambda: self._over or self._next is not None)
            if self._over:
                return None
            self._busy, self._next = self._next, None
            return self._busy

    def _progress(self, step: str) -> None:
        with self._change:
            self._step = step
            stopping = self._stopping
        self._told()
        if stopping:
            raise StoppedError
