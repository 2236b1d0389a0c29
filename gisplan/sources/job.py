"""What the getters of all providers take and give."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from gisplan.core.tables import Doubt
from gisplan.core.words import Release
from gisplan.sources.addresses import Place
from gisplan.sources.fetch import Address, Kept, retrieve
from gisplan.sources.hosts import Network
from gisplan.sources.transport import Tell, silent


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A release to be got for a municipality, the folder it goes into, and by which network and key."""

    release: Release
    place: Place
    folder: Path
    network: Network
    tell: Tell = silent
    key: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Got:
    """One file that was got: where from, and its own credit and licence where the release leaves them to it."""

    kept: Kept
    url: str
    pinned: bool = False
    credit: str = ""
    licence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """All files of a release, and the doubts met; doubts name no layer yet."""

    files: tuple[Got, ...]
    doubts: tuple[Doubt, ...] = ()


def bring(address: Address, job: Job) -> Got:
    """Return one file of a job, fetched as it is.

    Parameters
    ----------
    address
        The file.
    job
        Where it goes, and by which network.
    """
    kept = retrieve(
        address, job.folder, job.network, tell=lambda amount: job.tell(f"{address.name} {amount}")
    )
    return Got(kept=kept, url=address.url, pinned=bool(address.sha256))


def called(got: Got, *, url: str) -> Got:
    """Return a file with the address that a person would open for it."""
    return replace(got, url=url)
