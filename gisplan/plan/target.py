"""The database that a run writes beside its folder."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from gisplan.core.errors import ConfigurationError, Problem
from gisplan.maps.database import (
    fill_schema,
    hold_schema,
    intact,
    read_schema,
    refuse_foreign,
    refuse_unwritable,
    spatial_schema,
    swap_schema,
)
from gisplan.maps.described import Described, described
from gisplan.maps.rows import LONGEST_NAME
from gisplan.plan.picture import layers_of
from gisplan.plan.release import Released
from gisplan.plan.results import Results
from gisplan.sources.address import Address, address_of
from gisplan.sources.database import Session, session, spoken

DEFAULT_SCHEMA = "gisplan"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A schema of a database, to be written by a run."""

    address: Address
    schema: str

    @property
    def name(self) -> str:
        """What a user is told of it: neither user nor password."""
        return f"{self.address.name}#{self.schema}"


def target_of(to: str, schema: str) -> Target:
    """Return what `--to` and `--schema` name.

    Raises
    ------
    ConfigurationError
        If the one is no address of a database, or the other no name for a schema of gisplan.
    """
    kept = schema.lower().startswith("pg_") or schema.lower() == "information_schema"
    if kept or not schema.strip() or "\0" in schema or len(schema.encode(errors="replace")) > LONGEST_NAME:
        raise ConfigurationError(Problem(code="db.schema", place="--schema", values={"name": schema}))
    return Target(address=address_of(to, place="--to"), schema=schema)


def stands(target: Target, asked: Mapping[str, Any]) -> bool:
    """Return whether a database already holds the answer to a question, row for row.

    Whatever would hinder the writing of it is told here, before minutes of computing.

    Parameters
    ----------
    target
        The schema.
    asked
        What the run is asked, as its audience is told.

    Raises
    ------
    GisplanError
        If the database cannot be reached or written, or holds foreign tables of our names.
    """
    with session(target.address, place=target.name, read_only=False) as opened:
        spatial_schema(opened)
        refuse_unwritable(opened, target.schema)
        content = read_schema(opened, target.schema)
        if content is None:
            refuse_foreign(opened, target.schema, ())
            return False
        plain = json.loads(json.dumps(asked, default=str))
        same = all(content["manifest"].get(key) == value for key, value in plain.items())
        return same and intact(opened, target.schema, content)


class Filling:
    """A transaction that fills a schema; without a target it does nothing."""

    def __init__(self, opened: Session | None, target: Target | None) -> None:
        self._opened = opened
        self._target = target
        self._filled: tuple[Described, ...] = ()

    def fill(self, results: Results, released: Released, told: Mapping[str, Any]) -> None:
        """Write what the audience may have: the layers and tables of the GeoPackage, with the manifest.

        Parameters
        ----------
        results, released
            What was computed, and what the audience may have of it.
        told
            The manifest.

        Raises
        ------
        GisplanError
            If the database fails or refuses.
        """
        if self._opened is None or self._target is None:
            return
        plan = results.atlas.plan
        # Fingerprints of files have no meaning in a database.
        manifest = {key: value for key, value in told.items() if key != "outputs"}
        # Said at once: further out a broken connection would look like a failing disk.
        with spoken(self._target.address, place=self._target.name):
            tables = described(
                layers_of(results, released),
                released.tables,
                crs=plan.crs,
                catalogue=results.atlas.catalogue,
                schema=spatial_schema(self._opened),
            )
            hold_schema(self._opened, self._target.schema)
            self._filled = fill_schema(self._opened, self._target.schema, tables, manifest=manifest)

    def commit(self) -> None:
        """Let what was filled take the old tables' place, and make it last.

        Raises
        ------
        GisplanError
            If the database fails or refuses; the old tables then stay.
        """
        if self._opened is None or self._target is None:
            return
        with spoken(self._target.address, place=self._target.name):
            swap_schema(self._opened, self._target.schema, self._filled)
            self._opened.commit()


@contextmanager
def filling(target: Target | None) -> Iterator[Filling]:
    """Yield what fills a schema; nothing of it stays unless it is committed within the block.

    Parameters
    ----------
    target
        The schema, None where no database is written.

    Raises
    ------
    GisplanError
        If the database cannot be reached, fails or refuses.
    """
    if target is None:
        yield Filling(None, None)
        return
    with session(target.address, place=target.name, read_only=False) as opened:
        yield Filling(opened, target)
