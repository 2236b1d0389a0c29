"""`[[source.releases]]` of a layer file: the editions of a dataset, checked and made a `Release`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pydantic import Field as Option

from gisplan.core.document import Document, Key, Strict
from gisplan.core.errors import Problem
from gisplan.core.words import Provider, Release, Text

if TYPE_CHECKING:
    from gisplan.layers.spec import FieldModel, LayerModel, SourceModel


class TextModel(Strict):
    """A text in both languages."""

    ja: str = Option(min_length=1)
    en: str = Option(min_length=1)


class ReleaseModel(Strict):
    """`[[source.releases]]`; what it does not say of licence, credit and terms holds as `[source]` says it."""

    release: str = Option(min_length=1)
    url: str = Option(min_length=1)
    provider: Provider = "file"
    terms: str = ""
    licence: str = ""
    credit: TextModel | None = None
    commercial: bool | None = None
    redistribute: bool | None = None
    share_alike: bool | None = None
    save: str = Option(default="", pattern=r"^[^/\\:]*$")
    member: str = ""
    unpack: bool = False
    zoom: int = Option(default=0, ge=0, le=18)
    tiles: list[str] = []
    prefectures: list[str] = []
    where: str = ""
    encoding: str = ""
    marks: list[str] = []
    prefix: str = ""
    columns: dict[str, str | list[str]] = {}
    codes: dict[str, dict[str, str]] = {}
    sha256: dict[str, str] = {}


def release_of(model: ReleaseModel, source: SourceModel) -> Release:
    """Return a release with what its dataset says where it is silent."""
    credit = model.credit or source.credit
    return Release(
        release=model.release,
        url=model.url,
        provider=model.provider,
        terms=model.terms,
        licence=model.licence or source.licence,
        credit=Text(ja=credit.ja, en=credit.en),
        commercial=source.commercial if model.commercial is None else model.commercial,
        redistribute=source.redistribute if model.redistribute is None else model.redistribute,
        share_alike=source.share_alike if model.share_alike is None else model.share_alike,
        save=model.save,
        member=model.member,
        unpack=model.unpack,
        zoom=model.zoom,
        tiles=tuple(model.tiles),
        prefectures=tuple(model.prefectures),
        where=model.where,
        encoding=model.encoding,
        marks=tuple(model.marks),
        prefix=model.prefix,
        columns={
            name: (value,) if isinstance(value, str) else tuple(value)
            for name, value in model.columns.items()
        },
        codes=model.codes,
        sha256=model.sha256,
    )


def doubtful_releases(document: Document, model: LayerModel) -> Iterator[Problem]:
    """Yield what is wrong with the releases of a layer file."""
    seen: set[str] = set()
    for position, row in enumerate(model.source.releases):
        path: tuple[Key, ...] = ("source", "releases", position)
        if row.release in seen:
            place = document.place((*path, "release"))
            yield Problem(code="spec.release_twice", place=place, values={"release": row.release})
        seen.add(row.release)
        if urlsplit(row.url).scheme != "https":
            place = document.place((*path, "url"))
            yield Problem(code="spec.release_url", place=place, values={"url": row.url})
        for key, named in (("columns", row.columns), ("codes", row.codes)):
            for name in named:
                if name not in model.fields:
                    values = {"field": name, "known": sorted(model.fields)}
                    yield Problem(
                        code="spec.release_field", place=document.place((*path, key, name)), values=values
                    )
        for name, words in row.codes.items():
            yield from _unknown_codes(document, (*path, "codes", name), words, model.fields.get(name))


def _unknown_codes(
    document: Document, path: tuple[Key, ...], words: dict[str, str], field: FieldModel | None
) -> Iterator[Problem]:
    """Yield the codes of a release that are none of the field's values."""
    for word, value in words.items():
        if field is not None and field.codes and value and value not in field.codes:
            values = {"field": path[-1], "value": value, "known": sorted(field.codes)}
            yield Problem(code="spec.value", place=document.place((*path, word)), values=values)
