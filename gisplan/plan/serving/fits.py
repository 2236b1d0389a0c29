"""Which layer of the catalogue a file may be: by its columns, by what its rows are, and by its name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from gisplan.core.words import Field, Kind, Release, Spec
from gisplan.layers.columns import source_of
from gisplan.layers.places import coordinate_columns
from gisplan.layers.released import release_by_name
from gisplan.sources.header import folded_name

MOST = 4
"""Layers that are told."""

BY_RELEASE, BY_NAME, MISSING = 3.0, 1.0, -1.0
"""What it counts that the provider gave the file its name, that somebody named it after the layer, that a column
is missing; a column that no other layer knows counts 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """A layer that a file may be.

    `found` gives the file's column of each field, `missing` are required fields without one, `release` is the
    edition by which the provider named the file.
    """

    spec: Spec
    score: float
    found: Mapping[str, str]
    missing: tuple[str, ...]
    release: Release | None = None


def fits(
    columns: Sequence[str], kind: Kind | None, *, name: str, catalogue: Mapping[str, Spec]
) -> tuple[Fit, ...]:
    """Return the layers that a file may be, the likeliest first.

    Parameters
    ----------
    columns
        The file's own columns.
    kind
        What its rows are; None where that is not known.
    name
        The file's name.
    catalogue
        The layers there are.
    """
    able = [spec for spec in catalogue.values() if kind is None or _holds(spec, kind, columns)]
    found = {spec.name: _found(spec, columns) for spec in able}
    claims = Counter(column for held in found.values() for column in set(held.values()))
    tried = [_fit(spec, found[spec.name], claims, name) for spec in able]
    return tuple(
        sorted((fit for fit in tried if fit.score > 0), key=lambda fit: (-fit.score, fit.spec.name))
    )[:MOST]


def _holds(spec: Spec, kind: Kind, columns: Sequence[str]) -> bool:
    if kind in spec.accepts:
        return True
    if kind != "table":
        return False
    names = {folded_name(column) for column in columns}
    placed = any(folded_name(name) in names for name in coordinate_columns())
    meshed = spec.source.reader == "mesh" and source_of(columns, spec.fields["id"]) is not None
    return meshed or (placed and spec.kind == "point")


def _found(spec: Spec, columns: Sequence[str]) -> dict[str, str]:
    pairs = ((name, source_of(columns, field)) for name, field in spec.fields.items())
    return {name: column for name, column in pairs if column is not None}


def _fit(spec: Spec, found: Mapping[str, str], claims: Counter[str], name: str) -> Fit:
    release = release_by_name(spec, (name,))
    by_release = set() if release is None else set(release.columns)
    missing = tuple(
        key
        for key, field in spec.fields.items()
        if field.required and not field.default and key not in found and key not in by_release
        and not _otherwise(spec, field, found)
    )  # fmt: skip
    score = sum(1 / claims[column] for column in dict.fromkeys(found.values()))
    score += BY_RELEASE * (release is not None) + BY_NAME * _named(spec, name) + MISSING * len(missing)
    return Fit(spec=spec, score=score, found=found, missing=missing, release=release)


def _otherwise(spec: Spec, field: Field, found: Mapping[str, str]) -> bool:
    """Return whether a field can be told from others that are there."""
    others = {part for name in field.pattern_from for part in name.split("+")} | set(field.customs)
    return any(name in found for name in others if name in spec.fields)


def _named(spec: Spec, name: str) -> bool:
    """Return whether a file is called after a layer."""
    stem = folded_name(PurePath(name).stem)
    words: Iterable[str] = (spec.name, spec.title.ja)
    return any(folded_name(word) in stem for word in words)
