"""Zip archives: their members unpacked into a folder of our own, with Japanese names read right."""

from __future__ import annotations

import dataclasses
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from gisplan.core.errors import InputError, Problem
from gisplan.sources.door import admit
from gisplan.sources.raw import File

READ = (".shp", ".gpkg", ".geojson", ".json", ".csv", ".tsv", ".xlsx", ".xls")
UTF8_FLAG = 0x800


@contextmanager
def unpacked(file: File, *, table: str = "") -> Iterator[File]:
    """Yield the one readable member of an archive, for as long as the block lasts.

    Parameters
    ----------
    file
        An archive that passed the door.
    table
        Name or stem of the member, where the archive holds several.

    Raises
    ------
    InputError
        If it holds no readable member, or several and none is named.
    """
    with tempfile.TemporaryDirectory(prefix="gisplan-") as folder, zipfile.ZipFile(file.path) as archive:
        chosen = _choose(file, archive, table)
        inside = _extract(archive, chosen, Path(folder), file)
        member = admit(inside, name=f"{file.name}/{_name(chosen)}")
        # The archive itself is what a stranger must have again, so its fingerprint is the one that counts.
        yield dataclasses.replace(member, sha256=file.sha256, size=file.size)


def _name(member: zipfile.ZipInfo) -> str:
    """Return a member's name; without the UTF-8 flag zipfile decodes CP932 bytes as CP437."""
    if member.flag_bits & UTF8_FLAG:
        return member.filename
    original = getattr(member, "orig_filename", member.filename)
    try:
        return (
            original.encode("cp437").decode("cp932").replace("\\", "/")
            if not original.isascii()
            else original
        )
    except UnicodeError:
        return member.filename


def _choose(file: File, archive: zipfile.ZipFile, table: str) -> zipfile.ZipInfo:
    members = [member for member in archive.infolist() if PurePosixPath(_name(member)).suffix.lower() in READ]
    named = (
        [member for member in members if table in {_name(member), PurePosixPath(_name(member)).stem}]
        if table
        else members
    )
    if len(named) == 1:
        return named[0]
    names = sorted(_name(member) for member in members)
    if table and not named:
        raise InputError(
            Problem(code="file.table", place=file.name, values={"wanted": table, "tables": names})
        )
    code = "file.tables" if names else "file.archive_empty"
    raise InputError(Problem(code=code, place=file.name, values={"tables": names}))


def _extract(archive: zipfile.ZipFile, chosen: zipfile.ZipInfo, folder: Path, file: File) -> Path:
    """Write a member and the companions that share its stem; return the member's path."""
    wanted = PurePosixPath(_name(chosen))
    for member in archive.infolist():
        inner = PurePosixPath(_name(member))
        if member.is_dir() or inner.parent != wanted.parent or inner.stem != wanted.stem:
            continue
        try:
            data = archive.read(member)
        except (zipfile.BadZipFile, RuntimeError, OSError) as error:
            code = "file.encrypted" if "encrypted" in str(error) else "file.truncated"
            raise InputError(Problem(code=code, place=file.name, values={"detail": _name(member)})) from None
        (folder / f"{wanted.stem}{inner.suffix.lower()}").write_bytes(data)
    return folder / f"{wanted.stem}{wanted.suffix.lower()}"


@contextmanager
def stops_of(file: File) -> Iterator[File]:
    """Yield `stops.txt` of a GTFS archive as a CSV file."""
    with tempfile.TemporaryDirectory(prefix="gisplan-") as folder, zipfile.ZipFile(file.path) as archive:
        member = min(
            (name for name in archive.namelist() if PurePosixPath(name).name == "stops.txt"), key=len
        )
        path = Path(folder) / "stops.txt"
        path.write_bytes(archive.read(member))
        inner = admit(path, name=f"{file.name}/{member}")
        yield dataclasses.replace(inner, sha256=file.sha256, size=file.size)
