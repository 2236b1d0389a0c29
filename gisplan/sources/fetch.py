"""One published file into its place, through pooch: whole, of the right kind, with its checksum, or not at all."""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from gisplan.core.disk import disk_error
from gisplan.core.errors import NetworkError, Problem
from gisplan.sources.bodies import check_body
from gisplan.sources.hosts import Network
from gisplan.sources.transport import Tell, download, silent

STAGING = ".fetching"
"""Folder beside the files where parts of them wait until they are whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A file to be fetched: its address, the name it is kept under, and its sha256 where it is known."""

    url: str
    name: str
    sha256: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A file that was put into its place."""

    path: Path
    sha256: str
    size: int


def retrieve(address: Address, folder: Path, network: Network, *, tell: Tell = silent) -> Kept:
    """Fetch a file and put it into a folder; what stood there before stays until the new one is whole and checked.

    Parameters
    ----------
    address
        What to fetch, and the name it gets.
    folder
        Where it is put.
    network
        The hosts that may be asked, and how patiently.
    tell
        Called with the progress.

    Raises
    ------
    NetworkError
        If it cannot be got, is not what it should be, or has another checksum.
    DiskError
        If it cannot be written.
    """
    return placed(
        address.name, folder, partial(_through_pooch, address, network=network, tell=tell), place=address.url
    )


def _through_pooch(address: Address, staged: Path, *, network: Network, tell: Tell) -> None:
    import pooch

    # pooch would print what it does.
    pooch.get_logger().setLevel(logging.WARNING)
    part = staged.with_name(f"{staged.name}.part")

    def bring(url: str, output_file: str, _pooch: object) -> None:
        download(url, part, network, tell=tell)
        part.replace(output_file)

    try:
        pooch.retrieve(
            address.url, known_hash=address.sha256 or None, fname=staged.name, path=staged.parent, downloader=bring
        )  # fmt: skip
    except ValueError:
        raise NetworkError(Problem(code="net.checksum", place=address.url)) from None


def placed(name: str, folder: Path, fill: Callable[[Path], None], *, place: str) -> Kept:
    """Put a file into a folder once `fill` has written it elsewhere and it was checked.

    Parameters
    ----------
    name
        The name it gets.
    folder
        Where it is put.
    fill
        Writes it to the path it is given.
    place
        Where it comes from, for messages.

    Raises
    ------
    NetworkError
        If it is not what its name says.
    DiskError
        If it cannot be written.
    """
    staging = folder / STAGING
    staged = staging / name
    try:
        staging.mkdir(parents=True, exist_ok=True)
        for left in staging.iterdir():  # by a run that was killed; parts are gone on with
            if ".part" not in left.name:
                left.unlink()
        fill(staged)
        check_body(staged, name=name, place=place)
        with staged.open("rb+") as stream:
            sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
            os.fsync(stream.fileno())
        size = staged.stat().st_size
        staged.replace(folder / name)
    except OSError as error:
        raise disk_error(error, place=folder.name, folder=folder) from None
    finally:
        _clear(staged)
    return Kept(path=folder / name, sha256=sha256, size=size)


def _clear(staged: Path) -> None:
    """Take away what did not become a file in its place, and the folder of parts where none is left."""
    with suppress(OSError):
        staged.unlink(missing_ok=True)
        staged.parent.rmdir()
