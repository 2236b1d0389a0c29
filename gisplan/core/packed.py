"""Zip archives of which equal content gives equal bytes: no clock, no user, no system in them."""

from __future__ import annotations

import shutil
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

MOMENT = (2000, 1, 1, 0, 0, 0)
"""Written as the date of every member: a clock would make two archives differ."""

PLAIN_FILE = 0o644 << 16
UNIX = 3
CHUNK = 1024**2
MOST_PACKED = 50
"""By how much a large member is packed at most: what unpacks to more is taken for a bomb by careful readers."""

COUNTS_FROM = 1024**2
"""Bytes from which on careful readers look at that."""


def write_archive(path: Path, members: Iterable[tuple[str, bytes | Path]]) -> None:
    """Write a zip archive, over what stands there.

    Parameters
    ----------
    path
        The archive.
    members
        Name and content of each member, in their order; of a file its path.
    """
    with zipfile.ZipFile(path, "w", allowZip64=True) as archive:
        for name, content in members:
            member = zipfile.ZipInfo(name, MOMENT)
            # Else the system on which it was written would stand in it.
            member.create_system, member.external_attr = UNIX, PLAIN_FILE
            member.compress_type = zipfile.ZIP_DEFLATED
            if isinstance(content, bytes):
                archive.writestr(member, content)
                continue
            member.file_size = content.stat().st_size
            with content.open("rb") as source:
                if _packs_too_well(source):
                    member.compress_type = zipfile.ZIP_STORED
                source.seek(0)
                with archive.open(member, "w") as target:
                    shutil.copyfileobj(source, target, CHUNK)


def _packs_too_well(source: BinaryIO) -> bool:
    """Return whether a file would be packed by more than a careful reader believes."""
    packer, read, packed = zlib.compressobj(1), 0, 0
    while chunk := source.read(CHUNK):
        read += len(chunk)
        packed += len(packer.compress(chunk))
    packed += len(packer.flush())
    return read > COUNTS_FROM and read > MOST_PACKED * packed
