"""Zip archives at the door: their table of contents is looked through before anything is unpacked."""

from __future__ import annotations

import re
import struct
import zipfile
from pathlib import Path, PurePosixPath

from gisplan.core.errors import InputError, Problem

LARGEST_RATIO = 200
LARGEST_UNPACKED = 4 * 1024**3
RATIO_COUNTS_FROM = 1024**2
LARGEST_CONTENTS = 32 * 1024**2
MOST_MEMBERS = 50_000
END_SIZE, COMMENT_SIZE = 22, 65_535
SHOWN = 5
UTF8_FLAG = 0x800
IN_ZIP64 = (0xFFFF, 0xFFFFFFFF)
"""What the end of an archive says where the larger form says it instead: count of members, bytes of their table."""

OFFICE = frozenset({"word/document.xml", "ppt/presentation.xml", "mimetype"})
"""Members by which documents are known that are no workbook of Excel."""

FILE_TYPE, SYMBOLIC_LINK = 0o170000, 0o120000
"""Bits of a Unix mode, as zip keeps it."""


def kind_of_zip(path: Path, name: str) -> str:
    """Return what a zip archive is, after its members were found harmless: excel, gtfs or zip.

    Parameters
    ----------
    path
        The archive.
    name
        What messages call it.

    Raises
    ------
    InputError
        If it is cut, would unpack to an abnormal size, or holds links, names that point outside, no name or one twice.
    """
    _sane_contents(path, name)
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, UnicodeError, OSError, ValueError, struct.error):
        raise InputError(Problem(code="file.truncated", place=name, values={"detail": "ZIP"})) from None
    for member in members:
        _harmless(member, name)
    _refuse_twice(members, name)
    total = sum(member.file_size for member in members)
    if total > LARGEST_UNPACKED:
        raise InputError(Problem(code="sec.zip_bomb", place=name, values={"size": total}))
    names = {member.filename for member in members}
    if "[Content_Types].xml" in names and any(member.startswith("xl/") for member in names):
        return "excel"
    if names & OFFICE:
        raise InputError(Problem(code="file.office", place=name))
    if any(PurePosixPath(member).name == "stops.txt" for member in names):
        return "gtfs"
    return "zip"


def _sane_contents(path: Path, name: str) -> None:
    """Refuse an archive whose table of contents alone would fill the memory, or is not there."""
    size = path.stat().st_size
    with path.open("rb") as stream:
        stream.seek(max(0, size - END_SIZE - COMMENT_SIZE))
        tail = stream.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < END_SIZE:
        raise InputError(Problem(code="file.truncated", place=name, values={"detail": "ZIP"}))
    members, contents = struct.unpack("<HI", tail[at + 10 : at + 16])
    many, large = MOST_MEMBERS < members < IN_ZIP64[0], LARGEST_CONTENTS < contents < IN_ZIP64[1]
    if many or large or _members_of_zip64(tail) > MOST_MEMBERS:
        raise InputError(Problem(code="sec.zip_bomb", place=name, values={"size": contents}))


def _members_of_zip64(tail: bytes) -> int:
    """Return how many members the larger form of an archive says it has, 0 where it is not of that form."""
    at = tail.rfind(b"PK\x06\x06")
    return struct.unpack("<Q", tail[at + 32 : at + 40])[0] if at >= 0 and len(tail) >= at + 40 else 0


def _harmless(member: zipfile.ZipInfo, name: str) -> None:
    if not member.filename:  # zipfile itself stumbles over it
        raise InputError(Problem(code="file.corrupt", place=name, values={"detail": "ZIP"}))
    path = PurePosixPath(member.filename.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or re.match(r"^[A-Za-z]:", member.filename):
        raise InputError(Problem(code="sec.zip_path", place=name, values={"member": member.filename}))
    if (member.external_attr >> 16) & FILE_TYPE == SYMBOLIC_LINK:
        raise InputError(Problem(code="sec.zip_link", place=name, values={"member": member.filename}))
    ratio = member.file_size / max(1, member.compress_size)
    if member.file_size > RATIO_COUNTS_FROM and ratio > LARGEST_RATIO:
        raise InputError(Problem(code="sec.zip_bomb", place=name, values={"size": member.file_size}))


def _refuse_twice(members: list[zipfile.ZipInfo], name: str) -> None:
    """Refuse an archive with two files of one name: the later would hide the first without a word."""
    found: dict[str, list[str]] = {}
    for member in members:
        if not member.is_dir():
            # Windows holds names that differ in capital letters alone for one.
            found.setdefault(member_name(member).casefold(), []).append(member_name(member))
    twice = sorted({text for names in found.values() if len(names) > 1 for text in names})
    if twice:
        raise InputError(Problem(code="sec.zip_twice", place=name, values={"members": twice[:SHOWN]}))


def member_name(member: zipfile.ZipInfo) -> str:
    """Return a member's name; without the UTF-8 flag zipfile decodes its CP932 or UTF-8 bytes as CP437."""
    encoding = names_encoding(member)
    if not encoding:
        return member.filename
    return member.orig_filename.encode("cp437").decode(encoding).replace("\\", "/")


def names_encoding(member: zipfile.ZipInfo) -> str:
    """Return the encoding of a member's name where the archive does not say it, "" where it does or none reads it."""
    original = member.orig_filename
    if member.flag_bits & UTF8_FLAG or original.isascii():
        return ""
    for encoding in ("utf-8", "cp932"):
        try:
            original.encode("cp437").decode(encoding)
        except UnicodeError:
            continue
        return encoding
    return ""
