"""The lines of plan.toml for a layer that is fetched: the same whether `init` writes them or `fetch` shows them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from gisplan.core.words import Release, Spec
from gisplan.plan.ledger import Row, quoted
from gisplan.sources.addresses import Place, fixed

FOLDER = "data"
"""Where fetched files go, beside plan.toml."""


def file_pattern(release: Release, place: Place) -> str:
    """Return the name of a release's file, with * where there are several."""
    name = release.save or urlsplit(release.url).path.rpartition("/")[2]
    return re.sub(r"\{\w+\}", "*", fixed(name, place))


def entry_path(release: Release, place: Place, *, folder: str = FOLDER) -> str:
    """Return the path that plan.toml gives for a release's files.

    Parameters
    ----------
    release
        The release.
    place
        The municipality.
    folder
        Where the files are, as plan.toml writes it.
    """
    name = file_pattern(release, place)
    if release.unpack:
        ending = PurePosixPath(release.member).suffix
        return f"{folder}/{name.removesuffix('.zip')}/*{ending}"
    return f"{folder}/{name}"


def entry_lines(
    spec: Spec, release: Release, place: Place, *, folder: str = FOLDER, rows: Sequence[Row] = ()
) -> str:
    """Return the table of a fetched layer as plan.toml holds it.

    Parameters
    ----------
    spec, release
        The layer and its edition.
    place
        The municipality.
    folder
        Where the files are, as plan.toml writes it.
    rows
        The files that were fetched; their own credits and licences are written where they differ.
    """
    lines = list(_lines(spec, release, place, folder))
    for key, said in (("credit", release.credit.ja), ("licence", release.licence)):
        own = list(dict.fromkeys(getattr(row, key) for row in rows))
        if own and own != [said]:
            lines.append(f"{key} = {quoted('；'.join(own))}")
    return "\n".join(lines) + "\n"


def _lines(spec: Spec, release: Release, place: Place, folder: str) -> Iterator[str]:
    yield f"[layers.{spec.name}]"
    yield f"path = {quoted(entry_path(release, place, folder=folder))}"
    yield f"release = {quoted(release.release)}"
    if release.member and not release.unpack:
        yield f"table = {quoted(fixed(release.member, place))}"
    if release.where:
        yield f"where = {quoted(release.where)}"
    if release.encoding:
        yield f"encoding = {quoted(release.encoding)}"


def terms_lines(release: Release) -> str:
    """Return what is to be known before a release is used, as comments in both languages.

    Parameters
    ----------
    release
        The release.
    """
    barred = [
        word
        for word, allowed in (
            ("再配布不可・要確認 / not to be passed on", release.redistribute),
            ("商用不可・要確認 / not for commercial use", release.commercial),
            ("継承 / share-alike", not release.share_alike),
        )
        if not allowed
    ]
    return (
        f"# 公開資料 / published: {release.release}  {fixed_url(release)}\n"
        f"# 利用条件 / licence: {'、'.join([release.licence, *barred])}  {release.terms}\n"
        f"# 出典 / credit: {release.credit.ja}\n"
    )


def fixed_url(release: Release) -> str:
    """Return the address of a release up to what is asked of it."""
    return release.url.partition("?")[0]


def default_release(spec: Spec, place: Place) -> Release | None:
    """Return the first release of a layer that covers a prefecture, None where there is none."""
    return next(
        (
            release
            for release in spec.source.releases
            if not release.prefectures or place.prefecture in release.prefectures
        ),
        None,
    )
