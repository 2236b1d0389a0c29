"""Zip archives: their members unpacked into a folder of our own, with Japanese names read right."""

from __future__ import annotations

import dataclasses
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
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
    """Return a member's name; without the UTF-8 flag zipfile decodes its CP932 or UTF-8 bytes as CP437."""
    original = member.orig_filename
    if member.flag_bits & UTF8_FLAG or original.isascii():
        return member.filename
    for encoding in ("utf-8", "cp932"):
        try:
            return original.encode("cp437").decode(encoding).replace("\\", "/")
        except UnicodeError:
            continue
    return member.filename


def _data(archive: zipfile.ZipFile, member: zipfile.ZipInfo, file: File) -> bytes:
    try:
        return archive.read(member)
    except NotImplementedError:
        code = "file.damaged"  # a way of packing that no Python reads
    except (zipfile.BadZipFile, RuntimeError, OSError, zlib.error, EOFError, UnicodeError) as error:
        code = "file.encrypted" if "encrypted" in str(error) else "file.truncated"
    raise InputError(Problem(code=code, place=file.name, values={"detail": _name(member)}))


def _is_data(member: zipfile.ZipInfo) -> bool:
    """Return whether a member may be read; a Mac adds a shadow of every file to its archives."""
    path = PurePosixPath(_name(member))
    return path.suffix.lower() in READ and not path.name.startswith("._") and "__MACOSX" not in path.parts


def _choose(file: File, archive: zipfile.ZipFile, table: str) -> zipfile.ZipInfo:
    members = [member for member in archive.infolist() if _is_data(member)]
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
        if _name(member).endswith("/") or inner.parent != wanted.parent or inner.stem != wanted.stem:
            continue
        (folder / f"{wanted.stem}{inner.suffix.lower()}").write_bytes(_data(archive, member, file))
    return folder / f"{wanted.stem}{wanted.suffix.lower()}"


@contextmanager
def tables_of(file: File, names: Sequence[str], *, beside: str) -> Iterator[Mapping[str, File]]:
    """Yield some tables of an archive as files, those that are there, for as long as the block lasts.

    Parameters
    ----------
    file
        An archive that passed the door.
    names
        Names of the tables, e.g. `stops.txt`.
    beside
        The table in whose folder the others lie: archives often hold all in one folder.

    Raises
    ------
    InputError
        If one cannot be unpacked, or `beside` is not there.
    """
    with tempfile.TemporaryDirectory(prefix="gisplan-") as folder, zipfile.ZipFile(file.path) as archive:
        members = {_name(member): member for member in archive.infolist() if not _name(member).endswith("/")}
        paths = [PurePosixPath(name) for name in members if PurePosixPath(name).name == beside]
        if not paths:
            raise InputError(
                Problem(
                    code="file.table", place=file.name, values={"wanted": beside, "tables": sorted(members)}
                )
            )
        home = min(paths, key=lambda path: (len(path.parts), str(path))).parent
        held: dict[str, File] = {}
        for name in names:
            member = members.get(str(home / name))
            if member is None or not member.file_size:
                continue
            path = Path(folder) / name
            path.write_bytes(_data(archive, member, file))
            inner = admit(path, name=f"{file.name}/{home / name}")
            held[name] = dataclasses.replace(inner, sha256=file.sha256, size=file.size)
        yield held
