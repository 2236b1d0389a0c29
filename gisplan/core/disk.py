"""Files that are whole or not there: written beside their place, synced, then put there by one rename."""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path, PureWindowsPath

from gisplan.core.errors import DiskError, Problem
from gisplan.core.words import Text

PART = ".gisplan-part"
"""In the name of a file that is being filled; no user's file is called so."""

FORGOTTEN_SECONDS = 86_400
"""A file that has been filled for a day belongs to a run that was killed."""

LONGEST_NAME = 200
"""Bytes of a name up to which more may be added to it: file systems hold 255."""

LONGEST_WINDOWS_PATH = 180
"""Signs of a folder's path up to which its files stay below the 260 that Windows takes in its plain form."""

FULL = frozenset({errno.ENOSPC, errno.EDQUOT})

NO_ROOM = FULL | {errno.EFBIG, errno.EROFS}
"""What a disk says that takes no more: the fault of no file that is read."""

DETAILS: Mapping[int, Text] = {
    errno.EACCES: Text(ja="書き込みの許可がありません", en="permission denied"),
    errno.EPERM: Text(ja="操作が許可されていません", en="operation not permitted"),
    errno.EROFS: Text(ja="読み取り専用の場所です", en="the place is read-only"),
    errno.ENAMETOOLONG: Text(ja="名前またはパスが長すぎます", en="the name or path is too long"),
    errno.ENOTDIR: Text(ja="途中の名前がフォルダではなくファイルです", en="a part of the path is a file"),
    errno.ENOENT: Text(ja="場所がありません", en="there is no such place"),
    errno.EIO: Text(ja="ディスクの読み書きに失敗しました", en="the disk failed to read or write"),
}


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Yield an empty file beside a path; it takes the path's place, synced, when the block ends well.

    Whatever fails or is killed, what stood there stays. Its folder is made where it is not there.

    Parameters
    ----------
    path
        The file to write; the one to fill has the same ending.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    _forget_parts(path.parent)
    part = path.with_name(f".{secrets.token_hex(8)}{PART}{path.suffix}")
    # Made here and not by tempfile, whose files only their owner may read.
    os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    try:
        yield part
        sync(part)
        part.replace(path)
        sync_folder(path.parent)
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def write_whole(path: Path, data: bytes) -> None:
    """Write a file for a user, whole or not at all.

    Raises
    ------
    DiskError
        If there is no room or no permission; what stood there is untouched.
    """
    try:
        with whole(path) as part:
            part.write_bytes(data)
    except OSError as error:
        raise disk_error(error, place=path.name, folder=path.parent, needed=len(data)) from None


def sync(path: Path) -> None:
    """Bring a file to the disk."""
    with path.open("rb+") as stream:
        os.fsync(stream.fileno())


def sync_folder(path: Path) -> None:
    """Bring the names in a folder to the disk, where the system can do so."""
    if os.name == "nt":
        return
    with suppress(OSError):
        number = os.open(path, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


def _forget_parts(folder: Path) -> None:
    """Clear files that a killed run left half filled."""
    for path in folder.glob(f".*{PART}*"):
        with suppress(OSError):
            if time.time() - path.stat().st_mtime > FORGOTTEN_SECONDS:
                path.unlink()


def hidden(path: Path, ending: str) -> Path:
    """Return a hidden sibling of a path, called after it; a long name is told by its hash."""
    name = path.name
    if len(name.encode("utf-8", "surrogatepass")) > LONGEST_NAME:
        name = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return path.with_name(f".{name}{ending}")


def reachable(path: Path) -> Path:
    """Return an absolute path in the form in which this system reaches it, however long it is."""
    return Path(extended(str(path))) if os.name == "nt" else path


def extended(path: str) -> str:
    r"""Return an absolute Windows path in the form that may be longer than 260 signs, where that is needed.

    `C:\a` becomes `\\?\C:\a` and `\\server\share\a` becomes `\\?\UNC\server\share\a`. Short paths stay.
    """
    plain = str(PureWindowsPath(path))
    if len(plain) <= LONGEST_WINDOWS_PATH or plain.startswith("\\\\?\\"):
        return plain
    return f"\\\\?\\UNC\\{plain[2:]}" if plain.startswith("\\\\") else f"\\\\?\\{plain}"


def free_bytes(path: Path) -> int:
    """Return the free space [bytes] where a path lies or would lie."""
    import shutil

    there = next(parent for parent in (path, *path.resolve().parents) if parent.is_dir())
    return shutil.disk_usage(there).free


def size_of(folder: Path) -> int:
    """Return the size [bytes] of the files below a folder, 0 where it is not there."""
    total = 0
    for path in folder.rglob("*"):
        with suppress(OSError):
            total += path.stat().st_size if path.is_file() else 0
    return total


def disk_error(error: OSError, *, place: str, folder: Path, needed: int = 0) -> DiskError:
    """Return what a user is told of a failing of the disk.

    Parameters
    ----------
    error
        What the system said.
    place
        What the message names.
    folder
        Where it was to be written.
    needed
        Bytes that are needed at least, for a full disk.
    """
    if error.errno in FULL:
        return no_space(place, needed=needed, free=free_bytes(folder))
    detail = DETAILS.get(error.errno or 0, error.strerror or type(error).__name__)
    return DiskError(Problem(code="out.not_writable", place=place, values={"detail": detail}))


def no_space(place: str, *, needed: int, free: int) -> DiskError:
    """Return what a user is told of too little room, both figures in bytes."""
    values = {"needed": f"{max(needed, free + 1):,}", "free": f"{free:,}"}
    return DiskError(Problem(code="out.disk_full", place=place, values=values))
