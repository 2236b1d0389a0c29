"""Archives and folders: the one dataset that is meant, out of many members, with Japanese names read right."""

from __future__ import annotations

import dataclasses
import re
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Literal

from gisplan.core.disk import NO_ROOM, disk_error
from gisplan.core.errors import InputError, Problem
from gisplan.core.tables import Doubt
from gisplan.sources.door import admit
from gisplan.sources.raw import File, Wanted
from gisplan.sources.zips import member_name, names_encoding

FEATURES = (
    ".geojson", ".gpkg", ".fgb", ".parquet", ".geoparquet", ".shp", ".json", ".csv", ".tsv", ".xlsx", ".xls", ".gml",
    ".kml", ".kmz", ".dxf", ".pbf", ".osm", ".graphml", ".xml",
)  # fmt: skip
"""Endings of what can be read, the surest first: one dataset often comes in several forms."""

RASTERS = (".tif", ".tiff")
NESTED, LIST = ".zip", ".txt"
BESIDE = frozenset({".xml", ".json"})
"""Endings that descriptions of data have as well: they are looked at only where nothing else is."""

DESCRIPTIONS = re.compile(r"(?i)^(KS-META|\._)")
FORM = re.compile(r"(?i)^(utf-?8|shift[-_]?jis|sjis|cp932)$|形式|geojson|shape|gml")
"""Folders that hold the same datasets in another encoding or form."""

DEEPEST = 2
"""An archive in an archive is opened; one in that one, too; no further."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """An archive or a folder, by its name in messages, and what is asked of it."""

    name: str
    wanted: Wanted
    depth: int = 0


@contextmanager
def unpacked(file: File, wanted: Wanted, *, depth: int = 0) -> Iterator[tuple[File, tuple[Doubt, ...]]]:
    """Yield the one readable member of an archive, for as long as the block lasts, and what is to be told of it.

    Parameters
    ----------
    file
        An archive that passed the door.
    wanted
        What is asked of it; `table` is the name, stem or a pattern (`*22212*`) of the member, where it holds several.
    depth
        How many archives this one lies in.

    Raises
    ------
    InputError
        If it holds no readable member, or several and none is named.
    """
    case = Case(name=file.name, wanted=wanted, depth=depth)
    with (
        tempfile.TemporaryDirectory(prefix="gisplan-", ignore_cleanup_errors=True) as folder,
        zipfile.ZipFile(file.path) as archive,
    ):
        members = {member_name(member): member for member in archive.infolist()}
        chosen = choose(members, case)
        inside = _extract(archive, members, chosen, Path(folder), file)
        member = admit(inside, name=f"{file.name}/{chosen}")
        if member.driver == "zip":
            with unpacked(member, dataclasses.replace(wanted, table=""), depth=depth + 1) as (inner, doubts):
                yield dataclasses.replace(inner, sha256=file.sha256, size=file.size), doubts
            return
        # The archive itself is what a stranger must have again, so its fingerprint is the one that counts.
        yield dataclasses.replace(member, sha256=file.sha256, size=file.size), _told(members[chosen], chosen)


def _told(member: zipfile.ZipInfo, name: str) -> tuple[Doubt, ...]:
    """Return the doubt that tells of a name in an encoding that the archive does not state."""
    encoding = names_encoding(member)
    if not encoding:
        return ()
    return (Doubt(code="zip.names", layer="", values={"encoding": encoding, "member": name}),)


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
        members = {member_name(member): member for member in archive.infolist() if not member.is_dir()}
        chosen = sorted(name for name in members if _is_named(name, table))
        if not chosen or len({PurePosixPath(name).name for name in chosen}) < len(chosen):
            values = {"wanted": table, "tables": sorted(members)}
            raise InputError(Problem(code="file.table", place=file.name, values=values))
        folder.mkdir(parents=True)
        for name in chosen:
            _write(archive, members[name], folder / PurePosixPath(name).name, file)


@contextmanager
def in_folder(folder: Path, name: str, wanted: Wanted) -> Iterator[File]:
    """Yield the one dataset of a folder, e.g. of one that holds the parts of a shapefile.

    Parameters
    ----------
    folder
        The folder.
    name
        What messages call it.
    wanted
        What is asked of it; `table` names the file where the folder holds several.

    Raises
    ------
    InputError
        If it holds nothing that can be read, or several datasets and none is named.
    """
    names = sorted(path.name for path in folder.iterdir() if path.is_file())
    chosen = choose(names, Case(name=name, wanted=wanted))
    yield admit(folder / chosen, name=f"{name}/{chosen}")


def choose(names: Iterable[str], case: Case) -> str:
    """Return the name of the one dataset that is meant.

    Parameters
    ----------
    names
        The members of an archive or a folder.
    case
        The archive or folder.

    Raises
    ------
    InputError
        If nothing can be read, or several datasets are there and none is named.
    """
    found = [name for name in names if _is_data(name, case)]
    sure = [name for name in found if _ending(name) not in BESIDE]
    members = sorted(sure or found or _nested(names, case))
    if not members:
        raise InputError(Problem(code="file.archive_empty", place=case.name))
    table = case.wanted.table
    named = [name for name in members if not table or _is_named(name, table)]
    if table and not named:
        values = {"wanted": table, "tables": members}
        raise InputError(Problem(code="file.table", place=case.name, values=values))
    groups = {_dataset(name) for name in named}
    if len(groups) > 1:
        raise InputError(Problem(code="file.layer", place=case.name, values={"tables": members}))
    return min(named, key=_order)


def _ending(name: str) -> str:
    return PurePosixPath(name).suffix.lower()


def _is_data(name: str, case: Case) -> bool:
    """Return whether a member may be read; a Mac adds a shadow of every file to its archives."""
    path = PurePosixPath(name)
    endings = RASTERS if case.wanted.kind == "raster" else FEATURES
    # A list may be called .txt, as those of e-Stat are; so is every note that lies beside data.
    endings = (*endings, LIST) if case.wanted.table.endswith(LIST) else endings
    shadow = DESCRIPTIONS.match(path.name) is not None or "__MACOSX" in path.parts
    return path.suffix.lower() in endings and not shadow


def _nested(names: Iterable[str], case: Case) -> list[str]:
    return [name for name in names if _ending(name) == NESTED] if case.depth < DEEPEST else []


def _is_named(name: str, table: str) -> bool:
    path = PurePosixPath(name)
    return any(text == table or fnmatchcase(text, table) for text in (name, path.name, path.stem))


def _dataset(name: str) -> tuple[tuple[str, ...], str]:
    """Return what the forms of one dataset share: folder and stem, without folders that only name a form."""
    path = PurePosixPath(name)
    return tuple(part for part in path.parent.parts if not FORM.search(part)), path.stem


def _order(name: str) -> tuple[int, bool, str]:
    endings: Sequence[str] = (*FEATURES, *RASTERS, NESTED, LIST)
    return endings.index(_ending(name)), "utf" not in name.lower(), name


def _extract(
    archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo], chosen: str, folder: Path, file: File
) -> Path:
    """Write a member and the companions that share its stem; return the member's path."""
    wanted = PurePosixPath(chosen)
    for name, member in members.items():
        inner = PurePosixPath(name)
        companion = inner.parent == wanted.parent and inner.stem == wanted.stem and _ending(chosen) == ".shp"
        if name == chosen or companion:
            _write(archive, member, folder / f"member{inner.suffix.lower()}", file)
    return folder / f"member{wanted.suffix.lower()}"


def _write(archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path, file: File) -> None:
    """Write one member, no more of it than its head promises.

    Raises
    ------
    InputError
        If it is damaged, packed in a way that Python does not know, or locked by a password.
    DiskError
        If there is no room for it.
    """
    try:
        with archive.open(member) as source, path.open("wb") as target:
            shutil.copyfileobj(source, target, 1024**2)
    except NotImplementedError:
        code = "file.corrupt"  # a way of packing that no Python reads
    except (
        zipfile.BadZipFile,
        RuntimeError,
        OSError,
        zlib.error,
        EOFError,
        UnicodeError,
        ValueError,
    ) as error:
        if isinstance(error, OSError) and error.errno in NO_ROOM:
            raise disk_error(error, place=file.name, folder=path.parent, needed=member.file_size) from None
        code = "file.encrypted" if "encrypted" in str(error) else _damage(error)
    else:
        return
    raise InputError(Problem(code=code, place=file.name, values={"detail": member_name(member)}))


def _damage(error: Exception) -> Literal["file.corrupt", "file.truncated"]:
    """Return whether the bytes of a member are not the ones that were packed, or end too early."""
    changed = isinstance(error, zlib.error) or "CRC" in str(error)
    return "file.corrupt" if changed and "incomplete" not in str(error) else "file.truncated"


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
    with (
        tempfile.TemporaryDirectory(prefix="gisplan-", ignore_cleanup_errors=True) as folder,
        zipfile.ZipFile(file.path) as archive,
    ):
        members = {member_name(member): member for member in archive.infolist()}
        paths = [PurePosixPath(name) for name in members if PurePosixPath(name).name == beside]
        if not paths:
            values = {"wanted": beside, "tables": sorted(members)}
            raise InputError(Problem(code="file.table", place=file.name, values=values))
        home = min(paths, key=lambda path: (len(path.parts), str(path))).parent
        held: dict[str, File] = {}
        for name in names:
            member = members.get(str(home / name))
            if member is None or not member.file_size:
                continue
            path = Path(folder) / name
            _write(archive, member, path, file)
            inner = admit(path, name=f"{file.name}/{home / name}")
            held[name] = dataclasses.replace(inner, sha256=file.sha256, size=file.size)
        yield held
