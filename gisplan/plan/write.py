"""All outputs at once or none: a sibling folder is filled and synced, then takes the old one's place."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from gisplan.core.errors import ConfigurationError, DiskError, Problem
from gisplan.plan.manifest import read_manifest

SPACE_NEEDED = 64 * 1024**2
PARTS_OF_OUT = frozenset({"check", "access", "map"})
"""Folders inside out/ that single commands write."""

RETIRED = ".old"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold an output folder for one run.

    Raises
    ------
    ConfigurationError
        If another run holds it.
    DiskError
        If the place cannot be written.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder.parent / f".{folder.name}.lock", timeout=0)
        lock.acquire()
    except Timeout:
        raise ConfigurationError(Problem(code="run.locked", place=folder.name)) from None
    except OSError as error:
        raise _disk_error(folder, error) from None
    try:
        yield
    finally:
        lock.release()
        Path(lock.lock_file).unlink(missing_ok=True)


@contextmanager
def replacing(folder: Path) -> Iterator[Path]:
    """Yield a new folder that takes the place of an output folder when the block ends well.

    Parameters
    ----------
    folder
        The output folder; its old content stays as it is until the very end.

    Raises
    ------
    ConfigurationError
        If the folder holds files that no run of gisplan wrote.
    DiskError
        If there is no room or no permission; the old outputs are untouched.
    """
    restore(folder)
    _refuse_foreign(folder)
    _enough_space(folder)
    try:
        fresh = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=".new", dir=folder.parent))
    except OSError as error:
        raise _disk_error(folder, error) from None
    try:
        yield fresh
        _sync(fresh)
        _carry_over(folder, fresh)
        _swap(folder, fresh)
    except OSError as error:
        raise _disk_error(folder, error) from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def restore(folder: Path) -> None:
    """Bring back the old outputs where a run was killed between its two renames."""
    retired = folder.with_name(folder.name + RETIRED)
    if not retired.is_dir():
        return
    if folder.exists():
        shutil.rmtree(retired, ignore_errors=True)
    else:
        retired.rename(folder)


def _swap(folder: Path, fresh: Path) -> None:
    retired = folder.with_name(folder.name + RETIRED)
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


def _refuse_foreign(folder: Path) -> None:
    if not folder.is_dir() or read_manifest(folder) is not None:
        return
    foreign = sorted(path.name for path in folder.iterdir() if path.name not in PARTS_OF_OUT)
    if foreign:
        raise ConfigurationError(
            Problem(code="out.not_ours", place=folder.name, values={"files": foreign[:5]})
        )


def _carry_over(folder: Path, fresh: Path) -> None:
    """Copy what a user put beside our outputs, e.g. notes, into the new folder."""
    manifest = read_manifest(folder) if folder.is_dir() else None
    ours = (
        set()
        if manifest is None
        else {name.split("/")[0] for name in manifest["outputs"]} | {"manifest.json"}
    )
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.name in ours or (fresh / path.name).exists():
            continue
        if path.is_dir():
            shutil.copytree(path, fresh / path.name)
        else:
            shutil.copy2(path, fresh / path.name)


def _enough_space(folder: Path) -> None:
    free = shutil.disk_usage(_existing(folder)).free
    if free < SPACE_NEEDED:
        raise DiskError(
            Problem(code="out.no_space", place=folder.name, values={"needed": SPACE_NEEDED, "free": free})
        )


def _existing(folder: Path) -> Path:
    return next(parent for parent in (folder, *folder.resolve().parents) if parent.is_dir())


def _sync(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb+") as stream:
                os.fsync(stream.fileno())


def _disk_error(folder: Path, error: OSError) -> DiskError:
    if error.errno == errno.ENOSPC:
        free = shutil.disk_usage(_existing(folder)).free
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
