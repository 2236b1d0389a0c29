"""The folder of fetched files: which are there as they were fetched, which are the user's own, and their record."""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from gisplan.core.disk import disk_error
from gisplan.core.errors import GisplanError, InputError, NetworkError, Problem
from gisplan.core.tables import Doubt
from gisplan.core.words import Release
from gisplan.plan.entry_lines import file_pattern
from gisplan.plan.fetch_wanted import Choice
from gisplan.plan.ledger import How, Row, joined, read_ledger, write_ledger
from gisplan.sources.addresses import Place, addresses
from gisplan.sources.archive import unpack_all
from gisplan.sources.bodies import check_body
from gisplan.sources.door import admit
from gisplan.sources.fetch import STAGING, Address, Kept
from gisplan.sources.job import Brought, Got, own_file

SEVERAL = "gtfs_repository"
"""The provider whose files are known only from its list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """The files of a choice in the folder, as they are before anything is fetched.

    `held` may be used as they are, by name; `own` are files that were not fetched, or were changed since.
    """

    choice: Choice
    place: Place
    folder: Path
    day: dt.date
    ledger: Mapping[str, Row]
    held: Mapping[str, Got]
    own: frozenset[str]

    @classmethod
    def of(
        cls, choice: Choice, place: Place, *, folder: Path, day: dt.date, usable: frozenset[str] | None = None
    ) -> Store:
        """Look at the folder.

        Parameters
        ----------
        choice, place
            The layer with its release, and the municipality.
        folder
            The folder.
        day
            Today.
        usable
            The files that need not be fetched anew; all where None.
        """
        ledger = read_ledger(folder)
        pattern = file_pattern(choice.release, place)
        held: dict[str, Got] = {}
        own: set[str] = set()
        for path in sorted(folder.glob("*")) if folder.is_dir() else []:
            if not (path.is_file() and fnmatchcase(path.name, pattern)):
                continue
            row, kept = ledger.get(path.name), _kept(path)
            ours = row is not None and row.sha256 == kept.sha256 and row.how == "fetched"
            if not ours:
                own.add(path.name)
            if row is not None and row.sha256 != kept.sha256:
                continue  # changed since: neither used as fetched nor overwritten
            if usable is None or path.name in usable:
                held[path.name] = _got(path, kept, row, choice.release, place)
        return cls(
            choice=choice, place=place, folder=folder, day=day, ledger=ledger, held=held, own=frozenset(own)
        )

    def whole(self) -> Brought | None:
        """Return all files where none is left to fetch, None where some are.

        Raises
        ------
        NetworkError
            If a file of the user stands where one is to be put.
        """
        release = self.choice.release
        if release.provider == SEVERAL:
            return Brought(files=tuple(self.held.values())) if self.held else None
        wanted = [address.name for address in addresses(release, self.place)]
        barred = [name for name in wanted if name in self.own and name not in self.held]
        if barred:
            raise NetworkError([own_file(self.folder, name) for name in barred])
        if all(name in self.held for name in wanted):
            return Brought(files=tuple(self.held[name] for name in wanted))
        return None


def _kept(path: Path) -> Kept:
    with path.open("rb") as stream:
        return Kept(
            path=path, sha256=hashlib.file_digest(stream, "sha256").hexdigest(), size=path.stat().st_size
        )


def _got(path: Path, kept: Kept, row: Row | None, release: Release, place: Place) -> Got:
    """Return a file that is there as one that was got; one put there by hand has the address it should be from."""
    if row is not None:
        return Got(kept=kept, url=row.url, pinned=row.pinned, credit=row.credit, licence=row.licence)
    known = {} if release.provider == SEVERAL else {a.name: a for a in _addresses(release, place)}
    url = known[path.name].url if path.name in known else release.url
    pin = known[path.name].sha256 if path.name in known else ""
    if pin and pin != kept.sha256:
        raise NetworkError(Problem(code="net.checksum", place=path.name))
    check_body(path, name=path.name, place=path.name)
    return Got(kept=kept, url=url, pinned=bool(pin))


def _addresses(release: Release, place: Place) -> tuple[Address, ...]:
    try:
        return addresses(release, place)
    except GisplanError:
        return ()


def settled(store: Store, brought: Brought) -> tuple[tuple[Row, ...], tuple[Doubt, ...]]:
    """Record the files that were got, unpack those that are to be, and return their rows and the doubts.

    Parameters
    ----------
    store
        The folder as it was.
    brought
        What was got.

    Raises
    ------
    NetworkError
        If an archive does not hold what it should.
    DiskError
        If the record cannot be written.
    """
    release, layer = store.choice.release, store.choice.spec.name
    rows = []
    doubts = list(brought.doubts)
    for got in brought.files:
        row = _row(got, store)
        before = store.ledger.get(row.file)
        if before is not None:
            row = joined(before if row.file in store.held else row, (*before.layers, layer))
        rows.append(row)
        if release.unpack:
            doubts += _unpack(got, store)
    write_ledger(store.folder, {**store.ledger, **{row.file: row for row in rows}}.values())
    if not all(row.pinned for row in rows):
        doubts.append(Doubt(code="fetch.unpinned", layer="", subject="、".join(row.file for row in rows)))
    if not (release.redistribute and release.commercial):
        values = {"release": release.release, "licence": release.licence, "terms": release.terms or "—"}
        doubts.append(Doubt(code="fetch.terms", layer="", values=values))
    return tuple(rows), tuple(doubts)


def _row(got: Got, store: Store) -> Row:
    release = store.choice.release
    how: How = "by hand" if got.kept.path.name in store.own else "fetched"
    return Row(
        file=got.kept.path.name, layers=(store.choice.spec.name,), release=release.release, url=got.url,
        licence=got.licence or release.licence, credit=got.credit or release.credit.ja, terms=release.terms,
        commercial=release.commercial, redistribute=release.redistribute, sha256=got.kept.sha256,
        size=got.kept.size, pinned=got.pinned, fetched_on=store.day, how=how,
    )  # fmt: skip


def _unpack(got: Got, store: Store) -> tuple[Doubt, ...]:
    """Unpack an archive into a folder of its name, whole or not at all.

    What was unpacked there before stays beside it under another name; where the archive is as it was, nothing is done.
    """
    archive = got.kept.path
    folder = archive.with_suffix("")
    if folder.is_dir() and archive.name in store.held:
        return ()
    fresh = archive.parent / STAGING / folder.name
    doubts: tuple[Doubt, ...] = ()
    try:
        shutil.rmtree(fresh, ignore_errors=True)
        unpack_all(admit(archive, name=archive.name), store.choice.release.member, fresh)
        if folder.exists():
            aside = _free(folder, store.day)
            folder.rename(aside)
            doubts = (Doubt(code="fetch.set_aside", layer="", values={"old": aside.name}),)
        fresh.rename(folder)
        fresh.parent.rmdir()
    except InputError as error:
        values = {"detail": error.problems[0].what}
        raise NetworkError(Problem(code="net.body", place=archive.name, values=values)) from None
    except OSError as error:
        raise disk_error(error, place=archive.parent.name, folder=archive.parent) from None
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return doubts


def _free(folder: Path, day: dt.date) -> Path:
    """Return a name beside a folder that nothing has yet."""
    names = (f"{folder.name}.{day.isoformat()}" + ("" if n == 1 else f"-{n}") for n in itertools.count(1))
    return next(path for name in names if not (path := folder.with_name(name)).exists())
