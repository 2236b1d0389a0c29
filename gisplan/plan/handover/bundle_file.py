"""A bundle as it is read: looked through before anything is unpacked, and every checksum made anew."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import zipfile
import zlib
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import IO, Any, Literal

from pydantic import BaseModel, ConfigDict

from gisplan.core.errors import InputError, Problem
from gisplan.core.options import CsvEncoding
from gisplan.core.words import Audience, Language
from gisplan.plan.handover.bundle import (
    ABOUT,
    CHECKSUMS,
    FORM,
    INPUTS,
    MANIFEST,
    PLAN,
    PUBLISHED,
)
from gisplan.sources.zips import kind_of_zip

CHUNK = 1024**2
LINE = re.compile(r"([0-9a-f]{64})  (.+)")
DAMAGED = (
    zipfile.BadZipFile, NotImplementedError, RuntimeError, zlib.error, EOFError, UnicodeError, OSError, ValueError,
)  # fmt: skip
TABLES = f"{PUBLISHED}tables/"


class _Model(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore")


class _Plan(_Model):
    file: str
    audience: Audience
    language: Language
    sha256: str


class _Output(_Model):
    csv_encoding: CsvEncoding


class _Parameters(_Model):
    output: _Output


class _Written(_Model):
    sha256: str


class _Manifest(_Model):
    gisplan: str
    code_sha256: str
    catalogue_sha256: str
    libraries: dict[str, str]
    plan: _Plan
    parameters: _Parameters
    parts: list[str]
    inputs: dict[str, str]
    outputs: dict[str, _Written]
    question: str = ""


class _About(_Model):
    form: Literal[1]
    python: str
    packages: dict[str, str]
    left_out: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleFile:
    """A bundle that was read: what it says of itself, the manifest, the tables as bytes, and what was changed in it.

    `tampered` are members whose content is not the one of their checksum, which have none, or which are gone.
    `plan` is None outside the office; `with_inputs` tells whether the files that the plan reads lie in it.
    """

    name: str
    about: Mapping[str, Any]
    manifest: Mapping[str, Any]
    encoding: CsvEncoding
    tables: Mapping[str, bytes]
    tampered: tuple[str, ...]
    plan: bytes | None
    with_inputs: bool


def read_bundle(path: Path) -> BundleFile:
    """Return what a bundle holds.

    Parameters
    ----------
    path
        The bundle.

    Raises
    ------
    InputError
        If it is no bundle, is damaged, or would unpack to an abnormal size or outside its folder.
    """
    if not path.is_file():
        raise InputError(Problem(code="file.missing", place=path.name))
    kind_of_zip(path, path.name)
    held: dict[str, bytes] = {}
    sums: dict[str, str] = {}
    with _opened(path) as archive:
        for member in archive.infolist():
            if member.is_dir():
                continue
            name = member.filename
            with archive.open(member) as source:
                if name.startswith(INPUTS):
                    sums[name] = _digest(source)
                else:
                    held[name] = source.read()
                    sums[name] = hashlib.sha256(held[name]).hexdigest()
    manifest, about, encoding = _said(held, path.name)
    return BundleFile(
        name=path.name,
        about=about,
        manifest=manifest,
        encoding=encoding,
        tables={
            name.removeprefix(TABLES).removesuffix(".csv"): content
            for name, content in held.items()
            if name.startswith(TABLES) and name.endswith(".csv")
        },
        tampered=tuple(_tampered(held, sums, manifest)),
        plan=held.get(PLAN),
        with_inputs=any(name.startswith(INPUTS) for name in sums),
    )


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """Yield an archive; whatever is wrong with its bytes is said as damage."""
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except DAMAGED as error:
        if isinstance(error, InputError):
            raise
        raise InputError(Problem(code="file.corrupt", place=path.name, values={"detail": "ZIP"})) from None


def _digest(source: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while chunk := source.read(CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


def _said(held: Mapping[str, bytes], place: str) -> tuple[Mapping[str, Any], Mapping[str, Any], CsvEncoding]:
    """Return the manifest and what the bundle says of itself, both in their form."""
    refused = InputError(Problem(code="bundle.none", place=place, values={"form": str(FORM)}))
    try:
        manifest, about = (json.loads(held[name]) for name in (MANIFEST, ABOUT))
        read = _Manifest.model_validate(manifest)
        _About.model_validate(about)
    except (KeyError, ValueError, RecursionError):  # pydantic's error is one of a value
        raise refused from None
    if PurePath(read.plan.file).name != read.plan.file:
        raise refused
    return manifest, about, read.parameters.output.csv_encoding


def _tampered(
    held: Mapping[str, bytes], sums: Mapping[str, str], manifest: Mapping[str, Any]
) -> Iterator[str]:
    """Yield the members that are not what the checksums, or the manifest for what was published, say."""
    lines = (LINE.fullmatch(line) for line in held.get(CHECKSUMS, b"").decode("utf-8", "replace").split("\n"))
    said = {found[2]: found[1] for found in lines if found}
    wrong = {name for name in {*said, *sums} - {CHECKSUMS} if said.get(name) != sums.get(name)}
    written = {f"{PUBLISHED}{name}": entry["sha256"] for name, entry in manifest["outputs"].items()}
    wrong |= {name for name in sums if name.startswith(PUBLISHED) and written.get(name) != sums[name]}
    if PLAN in sums and sums[PLAN] != manifest["plan"]["sha256"]:
        wrong.add(PLAN)
    yield from sorted(wrong)


def unpack_inputs(path: Path, folder: Path, *, without: Collection[str] = ()) -> None:
    """Write the inputs of a bundle into a folder, each at its place.

    Parameters
    ----------
    path
        A bundle that `read_bundle` has read.
    folder
        An empty folder.
    without
        Members that are left where they are.

    Raises
    ------
    InputError
        If a member is damaged, or its name is none that every system can hold.
    """
    with _opened(path) as archive:
        for member in archive.infolist():
            name = member.filename
            if not name.startswith(INPUTS) or member.is_dir() or name in without:
                continue
            place = folder / name.removeprefix(INPUTS)
            # A colon would write beside a file of Windows, not into it; the rest was looked at before.
            if ":" in name or not place.resolve().is_relative_to(folder.resolve()):
                raise InputError(Problem(code="sec.zip_path", place=path.name, values={"member": name}))
            place.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(member) as source, place.open("wb") as target:
                shutil.copyfileobj(source, target, CHUNK)
