"""What the getters of all providers take and give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from gisplan.core.errors import NetworkError, Problem
from gisplan.core.tables import Doubt
from gisplan.core.words import Release
from gisplan.sources.addresses import Place
from gisplan.sources.fetch import Address, Kept, retrieve
from gisplan.sources.hosts import Network
from gisplan.sources.transport import Tell, silent


@dataclass(frozen=True, slots=True, kw_only=True)
class Got:
    """One file that was got: where from, and its own credit and licence where the release leaves them to it."""

    kept: Kept
    url: str
    pinned: bool = False
    credit: str = ""
    licence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A release to be got for a municipality, the folder it goes into, and by which network and key.

    `held` are the files that are there already and need not be fetched, by name; `own` the names of files of the
    user, which nothing may take the place of.
    """

    release: Release
    place: Place
    folder: Path
    network: Network
    tell: Tell = silent
    key: str = field(default="", repr=False)
    held: Mapping[str, Got] = field(default_factory=dict)
    own: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """All files of a release, and the doubts met; doubts name no layer yet."""

    files: tuple[Got, ...]
    doubts: tuple[Doubt, ...] = ()


def bring(address: Address, job: Job) -> Got:
    """Return one file of a job, fetched as it is; one that is held already is not fetched again.

    Parameters
    ----------
    address
        The file.
    job
        Where it goes, and by which network.

    Raises
    ------
    NetworkError
        If a file of the user stands in its place.
    """
    if address.name in job.held:
        return job.held[address.name]
    if address.name in job.own:
        raise NetworkError(own_file(job.folder, address.name))
    kept = retrieve(
        address, job.folder, job.network, tell=lambda amount: job.tell(f"{address.name} {amount}")
    )
    return Got(kept=kept, url=address.url, pinned=bool(address.sha256))


def own_file(folder: Path, name: str) -> Problem:
    """Return the problem that a file of the user stands in a place."""
    return Problem(code="fetch.own_file", place=name, values={"path": f"{folder.name}/{name}"})


def called(got: Got, *, url: str) -> Got:
    """Return a file with the address that a person would open for it."""
    return replace(got, url=url)
