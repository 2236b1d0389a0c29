"""A lock between runs: one process at a time fills a folder, and whoever comes second is told who is at it."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from gisplan.core.disk import disk_error, hidden, write_whole
from gisplan.core.errors import ConfigurationError, GisplanError, Problem
from gisplan.core.words import Text

LOCK, HOLDER = ".lock", ".holder"
"""Endings of the hidden siblings of what is held: the lock, and who has it."""


@contextmanager
def held(target: Path) -> Iterator[None]:
    """Hold a file or folder for this process.

    The system gives the lock back when the process ends, however it ends: what a killed run leaves beside the
    target holds up nobody. Parents that had to be made are taken away again where nothing was put into them.

    Parameters
    ----------
    target
        What is held; it need not be there.

    Raises
    ------
    ConfigurationError
        If another process holds it; the message says which, on which computer, and since when.
    DiskError
        If the place cannot be written.
    """
    from filelock import FileLock, Timeout

    path, holder = hidden(target, LOCK), hidden(target, HOLDER)
    made = [parent for parent in target.parents if not parent.exists()]
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(path, timeout=0)
        lock.acquire()
    except Timeout:
        raise _refused(target, holder) from None
    except OSError as error:
        raise disk_error(error, place=target.name, folder=target.parent) from None
    try:
        with suppress(GisplanError):  # a lock whose holder nobody can read is a lock all the same
            write_whole(holder, _this_process())
        yield
    finally:
        # Deleted while it is held: whoever waits for it sees that its file is gone and asks anew. Windows
        # deletes no open file; there the lock does so itself when it is released.
        for one in (holder, path):
            with suppress(OSError):
                one.unlink(missing_ok=True)
        lock.release()
        with suppress(OSError):
            for parent in made:
                parent.rmdir()


def _this_process() -> bytes:
    since = datetime.now(tz=UTC).astimezone().isoformat(sep=" ", timespec="minutes")
    return json.dumps({"process": os.getpid(), "computer": platform.node(), "since": since}).encode()


def _refused(target: Path, holder: Path) -> ConfigurationError:
    values = {"holder": _told(holder)}
    return ConfigurationError(Problem(code="run.locked", place=target.name, values=values))


def _told(holder: Path) -> Text:
    """Return who holds a lock, as far as it can be read: it may be written or cleared at this moment."""
    try:
        said = json.loads(holder.read_text("utf-8"))
        process, computer, since = (str(said[key]) for key in ("process", "computer", "since"))
    except (OSError, ValueError, TypeError, KeyError):
        return Text(ja="使用者は読み取れません", en="it cannot be read by whom")
    return Text(
        ja=f"コンピュータ {computer} のプロセス {process}、{since} から",
        en=f"process {process} on the computer {computer}, since {since}",
    )
