"""Zip archives: their members unpacked into a folder of our own, with Japanese names read right."""

from __future__ import annotations

import dataclasses
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from gisplan.core.errors import InputError, Problem
from gisplan.sources.door import admit
from gisplan.sources.raw import File

READ = (".shp", ".gpkg", ".geojson", ".json", ".csv", ".tsv", ".xlsx", ".xls")
ARCHIVE = ".zip"
UTF8_FLAG = 0x800
SHOWN = 20


@contextmanager
def unpacked(file: File, *, table: str = "") -> Iterator[File]:
    """Yield the one readable member of an archive, for as long as the block lasts.

    Parameters
    ----------
    file
        An archive that passed the door.
    table
        Name, stem or pattern (`*_22212.geojson`) of the member, where the archive holds several; for one in an
        archive inside the archive, both: `P11-22_22*.zip/*.geojson`.

    Raises
    ------
    InputError
        If it holds no readable member, or several and none is named.
    """
    with tempfile.TemporaryDirectory(prefix="gisplan-") as folder, zipfile.ZipFile(file.path) as archive:
        outer, nested, rest = table.partition(f"{ARCHIVE}/")
        chosen = _choose(file, archive, outer + nested.rstrip("/"))
        inside = _extract(archive, chosen, Path(folder), file)
        member = admit(inside, name=f"{file.name}/{_name(chosen)}")
        if nested:
            with unpacked(member, table=rest) as inner:
                yield dataclasses.replace(inner, sha256=file.sha256, size=file.size)
            return
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
    """Return whether a member may be read."""
    return PurePosixPath(_name(member)).suffix.lower() in READ and not _is_shadow(member)


def _is_shadow(member: zipfile.ZipInfo) -> bool:
    """Return whether a member is one of those that a Mac adds for every file of its archives."""
    path = PurePosixPath(_name(member))
    return path.name.startswith("._") or "__MACOSX" in path.parts


def members_named(archive: zipfile.ZipFile, table: str) -> list[zipfile.ZipInfo]:
    """Return the members of a name, stem or pattern; a pattern without a folder is one of the file's name alone.

    Of several patterns, with | between them, the first that fits any member counts.
    """
    if "|" in table:
        tries = (members_named(archive, part) for part in table.split("|"))
        return next((found for found in tries if found), [])
    members = [member for member in archive.infolist() if not (member.is_dir() or _is_shadow(member))]
    if any(sign in table for sign in "*?["):
        whole = "/" in table
        return [
            member
            for member in members
            if fnmatchcase(_name(member) if whole else PurePosixPath(_name(member)).name, table)
        ]
    return [
        member
        for member in members
        if (_is_data(member) and table in {_name(member), PurePosixPath(_name(member)).stem})
        or (table.endswith(ARCHIVE) and table in {_name(member), PurePosixPath(_name(member)).name})
    ]


def _choose(file: File, archive: zipfile.ZipFile, table: str) -> zipfile.ZipInfo:
    members = [member for member in archive.infolist() if _is_data(member)]
    named = members_named(archive, table) if table else members
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


def unpack_all(file: File, table: str, folder: Path) -> None:
    """Write all members of a pattern into a new folder, by their names without the folders of the archive.

    Parameters
    ----------
    file
        An archive that passed the door.
    table
        The pattern of the members.
    folder
        The folder to make.

    Raises
    ------
    InputError
        If there is no such member, two have one name, or one is damaged.
    """
    with zipfile.ZipFile(file.path) as archive:
        chosen = members_named(archive, table)
        names = [PurePosixPath(_name(member)).name for member in chosen]
        if not names or len(set(names)) < len(names):
            held = sorted(_name(member) for member in archive.infolist())[:SHOWN]
            values = {"wanted": table, "tables": held}
            raise InputError(Problem(code="file.table", place=file.name, values=values))
        folder.mkdir(parents=True)
        for member, name in zip(chosen, names, strict=True):
            (folder / name).write_bytes(_data(archive, member, file))


@contextmanager
def stops_of(file: File) -> Iterator[File]:
    """Yield `stops.txt` of a GTFS archive as a CSV file.

    Raises
    ------
    InputError
        If it cannot be unpacked.
    """
    with tempfile.TemporaryDirectory(prefix="gisplan-") as folder, zipfile.ZipFile(file.path) as archive:
        named = [
            member for member in archive.infolist() if PurePosixPath(member.filename).name == "stops.txt"
        ]
        member = min(named, key=lambda member: (len(member.filename), member.filename))
        path = Path(folder) / "stops.txt"
        path.write_bytes(_data(archive, member, file))
        inner = admit(path, name=f"{file.name}/{_name(member)}")
        yield dataclasses.replace(inner, sha256=file.sha256, size=file.size)
