"""The edition of a dataset that a file belongs to: its columns and codes stand for other things in other years.

Which edition it is, plan.toml says by `release`, or the name that the provider gave the file.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import PureWindowsPath
from typing import Any

import pandas as pd

from gisplan.core.document import hint
from gisplan.core.errors import ConfigurationError, Problem
from gisplan.core.tables import Doubt
from gisplan.core.words import Field, LayerEntry, Release, Source, Spec
from gisplan.layers.columns import column_named
from gisplan.layers.values import as_text
from gisplan.sources.raw import Raw

TOGETHER = "＋"
"""Between the names of columns that were put together; no file's column is called so."""

FIGURE = re.compile(r"[*\d.,-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """A file read as its edition: the layer with that edition's columns, the entry with its codes, the doubts."""

    spec: Spec
    entry: LayerEntry
    raw: Raw
    doubts: tuple[Doubt, ...] = ()


def named_release(spec: Spec, entry: LayerEntry, *, place: str) -> Release | None:
    """Return the release that plan.toml names, None where it names none.

    Raises
    ------
    ConfigurationError
        If the layer file knows no release of this name.
    """
    if not entry.release:
        return None
    known = {release.release: release for release in spec.source.releases}
    if entry.release not in known:
        values: dict[str, object] = {
            "layer": spec.name,
            "release": entry.release,
            "near": hint(entry.release, known),
            "known": list(known) or "—",
        }
        raise ConfigurationError(Problem(code="config.unknown_release", place=place, values=values))
    return known[entry.release]


def release_by_name(spec: Spec, names: Iterable[str]) -> Release | None:
    """Return the only release whose marks fit a file's name, or that of a file or folder around it."""
    # Windows' form knows both strokes between folders, in which plan.toml may be written.
    parts = {part for name in names for part in PureWindowsPath(name).parts}
    found = [
        release
        for release in spec.source.releases
        if any(fnmatchcase(part, mark) for part in parts for mark in release.marks)
    ]
    return found[0] if len(found) == 1 else None


def on_terms_of(source: Source, releases: Sequence[Release]) -> Source:
    """Return a source with the credit, licence and terms of the releases that are used."""
    if not releases:
        return source
    credits_ = list(dict.fromkeys((release.credit.ja, release.credit.en) for release in releases))
    return dataclasses.replace(
        source,
        credit=dataclasses.replace(
            source.credit,
            ja="；".join(ja for ja, _ in credits_),
            en="; ".join(en for _, en in credits_),
        ),
        licence="；".join(dict.fromkeys(release.licence for release in releases)),
        release="、".join(dict.fromkeys(release.release for release in releases)),
        url=releases[0].url,
        commercial=all(release.commercial for release in releases),
        redistribute=all(release.redistribute for release in releases),
        share_alike=any(release.share_alike for release in releases),
    )


def as_released(spec: Spec, entry: LayerEntry, raw: Raw, *, file: str, place: str) -> Released:
    """Return a file with its edition's columns and codes put in; a dataset whose edition is not known is doubted.

    The doubts are those of the file and these.

    Parameters
    ----------
    spec, entry
        The layer, and what plan.toml says of it.
    raw
        The file's rows.
    file, place
        The file's name in messages, and where plan.toml names it.

    Raises
    ------
    ConfigurationError
        If plan.toml names a release that the layer file does not know.
    """
    doubts = [dataclasses.replace(doubt, layer=spec.name, subject=file) for doubt in raw.doubts]
    release = named_release(spec, entry, place=place)
    if release is None:
        release = release_by_name(spec, (raw.file.name, file))
        if release is None:
            unknown = _unknown_edition(spec, entry, raw, file)
            return Released(spec=spec, entry=entry, raw=raw, doubts=(*doubts, *unknown))
        if release.columns or release.codes:
            values = {"release": release.release}
            doubts.append(Doubt(code="layer.release_by_name", layer=spec.name, subject=file, values=values))
    table, fields, missing = _with_columns(raw.table, spec, release)
    if missing:
        told: dict[str, object] = {
            "release": release.release,
            "columns": missing,
            "found": list(raw.table.columns)[:30],
        }
        doubts.append(Doubt(code="layer.release_columns", layer=spec.name, subject=file, values=told))
    codes = {
        name: {**release.codes.get(name, {}), **entry.codes.get(name, {})}
        for name in {*release.codes, *entry.codes}
    }
    return Released(
        spec=dataclasses.replace(spec, fields=fields),
        entry=dataclasses.replace(entry, codes=codes),
        raw=dataclasses.replace(raw, table=table),
        doubts=tuple(doubts),
    )


def known_columns(spec: Spec) -> tuple[str, ...]:
    """Return all names that a layer's columns go by in any release, by which a header row is found."""
    by_release = [
        column for release in spec.source.releases for group in release.columns.values() for column in group
    ]
    return tuple(dict.fromkeys([*by_release, *spec.aliases]))


def _unknown_edition(spec: Spec, entry: LayerEntry, raw: Raw, file: str) -> tuple[Doubt, ...]:
    """Return a doubt where columns of a dataset are there whose meaning hangs on the edition, and none is named."""
    columns = list(raw.table.columns)
    prefixes = tuple({release.prefix for release in spec.source.releases if release.prefix})
    known = {name for release in spec.source.releases for name in release.columns if release.prefix}
    lost = [
        name
        for name in known
        if column_named(columns, [entry.columns.get(name, ""), *spec.fields[name].column]) is None
    ]
    found = [column for column in columns if prefixes and column.startswith(prefixes)]
    if not (found and lost):
        return ()
    values = {"columns": found[:5], "known": [release.release for release in spec.source.releases]}
    return (Doubt(code="layer.release_unknown", layer=spec.name, subject=file, values=values),)


def _with_columns(
    table: pd.DataFrame, spec: Spec, release: Release
) -> tuple[pd.DataFrame, Mapping[str, Field], list[str]]:
    """Return the table, the fields and what is missing, by the columns of a release.

    Columns that together hold a field are put together; the fields look at the release's columns first; missing
    are those that the release names and the file does not have.
    """
    fields = dict(spec.fields)
    made: dict[str, Any] = {}
    missing = []
    for name, columns in release.columns.items():
        there = [column for column in columns if column in table.columns]
        if not there:
            missing.append("・".join(columns))
            continue
        source = there[0]
        if len(there) > 1:
            source = TOGETHER.join(there)
            made[source] = _joined(table, there)
        field = fields[name]
        fields[name] = dataclasses.replace(field, column=tuple(dict.fromkeys((name, source, *field.column))))
    return (table.assign(**made) if made else table), fields, missing


def _joined(table: pd.DataFrame, columns: Sequence[str]) -> pd.Series[Any]:
    parts = [as_text(table[column]) for column in columns]
    whole = parts[0]
    for part in parts[1:]:
        whole = whole + part
    return whole
