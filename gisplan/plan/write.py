"""All outputs at once or none: a sibling folder is filled and synced, then takes the old one's place."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from glob import escape
from pathlib import Path

from filelock import FileLock, Timeout

from gisplan.core.errors import ConfigurationError, DiskError, Problem
from gisplan.plan.manifest import NAME, read_manifest

SPACE_NEEDED = 64 * 1024**2
RETIRED, FRESH = ".gisplan-old", ".gisplan-new"
"""Endings of the hidden siblings that hold the old and the new outputs; no user's folder is called so."""

WRITERS_ERRORS = frozenset(
    {("xlsxwriter", "FileCreateError"), ("pyogrio", "DataSourceError"), ("pyogrio", "FeatureError")}
)
"""Package and name of the errors by which the writing libraries say that the disk failed them."""


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold an output folder for one run, after what a killed run left was put right.

    Parents that had to be made for it are taken away again where nothing was written into them.

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
    path = folder.parent / f".{folder.name}.lock"
    made = [parent for parent in folder.parents if not parent.exists()]
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(path, timeout=0)
        lock.acquire()
    except Timeout:
        raise ConfigurationError(Problem(code="run.locked", place=folder.name)) from None
    except OSError as error:
        raise _disk_error(folder, error) from None
    try:
        restore(folder)
        yield
    finally:
        # Deleted while it is held: whoever waits for it sees that its file is gone and asks anew. Windows
        # deletes no open file; there the lock does so itself when it is released.
        with suppress(OSError):
            path.unlink()
        lock.release()
        with suppress(OSError):
            for parent in made:
                parent.rmdir()


@contextmanager
def replacing(folder: Path, *, last: Callable[[], None] = lambda: None) -> Iterator[Path]:
    """Yield a new folder that takes the place of an output folder when the block ends well.

    Parameters
    ----------
    folder
        The output folder, held by `locked`; its old content stays as it is until the very end.
    last
        Called when the new folder is complete and on the disk; it takes the old one's place only if this ends well.

    Raises
    ------
    ConfigurationError
        If the folder holds files that no run of gisplan wrote.
    DiskError
        If there is no room or no permission; the old outputs are untouched.
    """
    refuse_foreign(folder)
    _enough_space(folder)
    try:
        fresh = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=FRESH, dir=folder.parent))
    except OSError as error:
        raise _disk_error(folder, error) from None
    try:
        yield fresh
        _sync(fresh)
        _carry_over(folder, fresh)
        last()
        _swap(folder, fresh)
    except OSError as error:
        raise _disk_error(folder, error) from error
    except Exception as error:
        if (cause := _from_disk(error)) is None:
            raise
        raise _disk_error(folder, cause) from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def restore(folder: Path) -> None:
    """Bring back the old outputs where a run was killed between its two renames, and clear what it left."""
    retired = _retired(folder)
    if retired.is_dir() and not folder.exists():
        retired.rename(folder)
    for path in (retired, *folder.parent.glob(f".{escape(folder.name)}.*{FRESH}")):
        shutil.rmtree(path, ignore_errors=True)


def _retired(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}{RETIRED}")


def _swap(folder: Path, fresh: Path) -> None:
    retired = _retired(folder)
    fresh.chmod(0o755)  # mkdtemp makes folders that only their owner may open
    if folder.exists():
        folder.rename(retired)
        try:
            fresh.rename(folder)
        except OSError:
            retired.rename(folder)
            raise
        shutil.rmtree(retired, ignore_errors=True)
    else:
        fresh.rename(folder)


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


def _carry_over(folder: Path, fresh: Path) -> None:
    """Copy what a user put beside our outputs, e.g. notes, into the new folder."""
    manifest = read_manifest(folder)
    if manifest is None:
        return
    ours = {*manifest["outputs"], NAME}
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        real_folder = path.is_dir() and not path.is_symlink()
        if name in ours or real_folder or (fresh / name).exists():
            continue
        (fresh / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, fresh / name, follow_symlinks=False)


def _enough_space(folder: Path) -> None:
    free = shutil.disk_usage(_existing(folder)).free
    if free < SPACE_NEEDED:
        raise DiskError(
            Problem(code="out.no_space", place=folder.name, values={"needed": SPACE_NEEDED, "free": free})
        )


def _existing(folder: Path) -> Path:
    return next(parent for parent in (folder, *folder.resolve().parents) if parent.is_dir())


def _sync(folder: Path) -> None:
    """Bring every file to the disk; together, for a disk waits once for many as long as for one."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    with ThreadPoolExecutor(max_workers=16) as pool:
        list(pool.map(_sync_file, files))


def _sync_file(path: Path) -> None:
    with path.open("rb+") as stream:
        os.fsync(stream.fileno())


def _disk_error(folder: Path, error: OSError) -> DiskError:
    free = shutil.disk_usage(_existing(folder)).free
    if error.errno == errno.ENOSPC or free < SPACE_NEEDED:
        return DiskError(
            Problem(code="out.no_space", place=folder.name, values={"needed": SPACE_NEEDED, "free": free})
        )
    return DiskError(
        Problem(
            code="out.not_writable",
            place=folder.name,
            values={"detail": error.strerror or type(error).__name__},
        )
    )


def _from_disk(error: BaseException) -> OSError | None:
    """Return the failing of the disk that a library wrapped in an error of its own, None where there is none."""
    if isinstance(error, sqlite3.OperationalError):
        full = "full" in str(error)
        return OSError(errno.ENOSPC if full else errno.EIO, str(error))
    kind = type(error)
    if (kind.__module__.partition(".")[0], kind.__name__) in WRITERS_ERRORS:
        causes = [cause for cause in (error.__cause__, *error.args) if isinstance(cause, OSError)]
        return causes[0] if causes else OSError(errno.EIO, str(error))
    return None
