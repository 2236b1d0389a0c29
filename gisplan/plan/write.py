"""All outputs at once or none: a sibling folder is filled and synced, then takes the old one's place."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from glob import escape
from pathlib import Path

from gisplan.core.disk import FULL, disk_error, free_bytes, hidden, no_space, size_of, sync, sync_folder
from gisplan.core.errors import ConfigurationError, DiskError, Problem
from gisplan.core.lock import held
from gisplan.plan.in_use import companions, in_use
from gisplan.plan.manifest import NAME, read_manifest

LEAST_ROOM = 16 * 1024**2
"""Bytes that even the smallest run may need on its way."""

NEARLY_FULL = 1024**2
"""Bytes below which a library that failed to write without a reason failed for want of room."""

MOST_GUESSED = 256 * 1024**2
"""Bytes that are asked for at most where no earlier outputs tell how large these will be."""

RETIRED, FRESH = ".gisplan-old", ".gisplan-new"
"""Endings of the hidden siblings that hold the old and the new outputs; no user's folder is called so."""

PAUSES = (0.05, 0.1, 0.2, 0.4)
"""Seconds to wait for a virus scanner or an indexer that looks at a file just now."""

BUSY = frozenset({errno.EACCES, errno.EPERM, errno.EBUSY, errno.ETXTBSY})
"""What a rename says of a folder in which another program has a file open."""

WRITERS_ERRORS = frozenset(
    {
        ("xlsxwriter", "FileCreateError"),
        ("pyogrio", "DataSourceError"),
        ("pyogrio", "DataLayerError"),
        ("pyogrio", "FeatureError"),
    }
)
"""Package and name of the errors by which the writing libraries say that the disk failed them."""


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold an output folder for one run, after what a killed run left was put right.

    Parameters
    ----------
    folder
        The output folder.

    Raises
    ------
    ConfigurationError
        If another run holds it.
    DiskError
        If the place cannot be written.
    """
    with held(folder):
        try:
            restore(folder)
        except OSError as error:
            raise _held_up(folder, error) from error
        yield


@contextmanager
def replacing(
    folder: Path, *, needed: int = LEAST_ROOM, last: Callable[[], None] = lambda: None
) -> Iterator[Path]:
    """Yield a new folder that takes the place of an output folder when the block ends well.

    Parameters
    ----------
    folder
        The output folder, held by `locked`; its old content stays as it is until the very end.
    needed
        Bytes that must be free, see `room_needed`.
    last
        Called when the new folder is complete and on the disk; it takes the old one's place only if this ends well.

    Raises
    ------
    ConfigurationError
        If the folder holds files that no run of gisplan wrote.
    DiskError
        If there is no room or no permission, or a file is open elsewhere; the old outputs are untouched.
    """
    refuse_foreign(folder)
    refuse_hindered(folder, needed=needed)
    try:
        fresh = Path(tempfile.mkdtemp(prefix=hidden(folder, ".").name, suffix=FRESH, dir=folder.parent))
    except OSError as error:
        raise disk_error(error, place=folder.name, folder=folder.parent, needed=needed) from None
    try:
        yield fresh
        _sync(fresh)
        _carry_over(folder, fresh)
        last()
        _swap(folder, fresh)
    except OSError as error:
        raise _failed(folder, fresh, error, needed) from error
    except Exception as error:
        if (cause := _from_disk(error, folder)) is None:
            raise
        raise _failed(folder, fresh, cause, needed) from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def restore(folder: Path) -> None:
    """Bring back the old outputs where a run was killed between its two renames, and clear what it left."""
    retired = hidden(folder, RETIRED)
    if retired.is_dir() and folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()  # someone made it anew when it was missed
    if retired.is_dir() and not folder.exists():
        _rename(retired, folder)
    if read_manifest(folder) is not None:
        # Else the new outputs never took their place, and these are the only ones there are.
        shutil.rmtree(retired, ignore_errors=True)
    for path in folder.parent.glob(f"{escape(hidden(folder, '.').name)}*{FRESH}"):
        shutil.rmtree(path, ignore_errors=True)


def _swap(folder: Path, fresh: Path) -> None:
    retired = hidden(folder, RETIRED)
    fresh.chmod(0o755)  # mkdtemp makes folders that only their owner may open
    if not folder.exists():
        _rename(fresh, folder)
        sync_folder(folder.parent)
        return
    try:
        _rename(folder, retired)
    except OSError as error:
        raise _held_up(folder, error) from error
    try:
        _rename(fresh, folder)
    except OSError as error:
        _put_back(retired, folder)
        raise _held_up(folder, error) from error
    sync_folder(folder.parent)
    shutil.rmtree(retired, ignore_errors=True)


def _put_back(retired: Path, folder: Path) -> None:
    try:
        _rename(retired, folder)
    except OSError as error:
        values = {"aside": retired.name}
        raise DiskError(Problem(code="out.set_aside", place=folder.name, values=values)) from error


def _rename(source: Path, target: Path) -> None:
    """Rename a folder; where it is in use for a moment, try again for a moment."""
    for pause in PAUSES:
        try:
            source.rename(target)
        except OSError as error:
            if error.errno not in BUSY:
                raise
            time.sleep(pause)
        else:
            return
    source.rename(target)


def _held_up(folder: Path, error: OSError) -> DiskError:
    """Return what a user is told of a folder that could not be exchanged."""
    if error.errno == errno.EXDEV or os.path.ismount(folder):
        return DiskError(Problem(code="out.mount", place=folder.name))
    if error.errno in BUSY:
        return _in_use(folder, in_use(folder))
    return disk_error(error, place=folder.name, folder=folder.parent)


def _in_use(folder: Path, names: tuple[str, ...]) -> DiskError:
    values = {"files": names or ("?",)}
    return DiskError(Problem(code="out.locked", place=folder.name, values=values))


def refuse_foreign(folder: Path) -> None:
    """Refuse an output folder that gisplan did not make.

    Parameters
    ----------
    folder
        The output folder; it may be empty or not be there.

    Raises
    ------
    ConfigurationError
        If it is a file, or holds files but no manifest.
    """
    if folder.is_dir():
        foreign = [] if read_manifest(folder) is not None else sorted(path.name for path in folder.iterdir())
    else:
        foreign = [folder.name] if folder.exists() else []
    if foreign:
        raise ConfigurationError(
            Problem(code="out.not_ours", place=folder.name, values={"files": foreign[:5]})
        )


def refuse_hindered(folder: Path, *, needed: int = LEAST_ROOM) -> None:
    """Refuse a place where the outputs could not be put, before anything is computed for it.

    Parameters
    ----------
    folder
        The output folder, held by `locked`.
    needed
        Bytes that must be free.

    Raises
    ------
    DiskError
        If it is the top of a drive, there is too little room, or another program uses its files.
    """
    if folder.exists() and os.path.ismount(folder):
        raise DiskError(Problem(code="out.mount", place=folder.name))
    free = free_bytes(folder)
    if free < needed:
        raise no_space(folder.name, needed=needed, free=free)
    if names := in_use(folder):
        raise _in_use(folder, names)
    if os.name == "nt" and folder.is_dir():
        _refuse_immovable(folder)


def _refuse_immovable(folder: Path) -> None:
    """Rename a folder and back: Windows renames none in which a program has a file open, whichever it is."""
    retired = hidden(folder, RETIRED)
    try:
        _rename(folder, retired)
    except OSError as error:
        raise _held_up(folder, error) from error
    _put_back(retired, folder)


def room_needed(folder: Path, inputs: Iterable[Path]) -> int:
    """Return the bytes that the new outputs will need: as many as the old ones, else about what is read.

    Parameters
    ----------
    folder
        The output folder.
    inputs
        The files that the run reads.
    """
    old = size_of(folder)
    read = sum(path.stat().st_size for path in inputs if path.is_file())
    return LEAST_ROOM + (old or min(read, MOST_GUESSED))


def _carry_over(folder: Path, fresh: Path) -> None:
    """Copy what a user put beside our outputs, e.g. notes, into the new folder."""
    manifest = read_manifest(folder)
    if manifest is None:
        return
    # What QGIS or Excel keep beside a file while it is open belongs to the old one and would spoil the new.
    ours = {*manifest["outputs"], NAME}
    gone = ours | {other for name in ours for other in companions(name)}
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        real_folder = path.is_dir() and not path.is_symlink()
        if name in gone or real_folder or (fresh / name).exists():
            continue
        (fresh / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, fresh / name, follow_symlinks=False)


def _sync(folder: Path) -> None:
    """Bring every file to the disk; together, for a disk waits once for many as long as for one."""
    inside = [*folder.rglob("*")]
    with ThreadPoolExecutor(max_workers=16) as pool:
        list(pool.map(sync, (path for path in inside if path.is_file())))
    for path in (folder, *(path for path in inside if path.is_dir())):
        sync_folder(path)


def _failed(folder: Path, fresh: Path, error: OSError, needed: int) -> DiskError:
    """Return what a user is told of a disk that failed in the middle of writing."""
    if error.errno not in FULL:
        return disk_error(error, place=folder.name, folder=folder.parent)
    written = size_of(fresh)
    # What was written is cleared away, and so much was not enough.
    free = free_bytes(folder) + written
    return no_space(folder.name, needed=max(needed, written + LEAST_ROOM), free=free)


def _from_disk(error: BaseException, folder: Path) -> OSError | None:
    """Return the failing of the disk that a library wrapped in an error of its own, None where there is none."""
    kind = type(error)
    wrapped = (kind.__module__.partition(".")[0], kind.__name__) in WRITERS_ERRORS
    if not wrapped and not isinstance(error, sqlite3.OperationalError):
        return None
    causes = [cause for cause in (error.__cause__, *error.args) if isinstance(cause, OSError)]
    # Some say only that they failed; with hardly anything free, that is why.
    full = "full" in str(error) or "No space" in str(error) or free_bytes(folder) < NEARLY_FULL
    return causes[0] if causes else OSError(errno.ENOSPC if full else 0, str(error))
