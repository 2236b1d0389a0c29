"""What a plan wants fetched: read from plan.toml and the catalogue, also as a list for someone without a network."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from gisplan.core.crs import zone_of
from gisplan.core.document import Document, read_document, validate
from gisplan.core.errors import ConfigurationError, GisplanError, Problem
from gisplan.core.words import LayerEntry, Release, Spec, Text
from gisplan.layers.catalogue import find_spec, read_catalogue
from gisplan.layers.released import named_release
from gisplan.plan.entry_lines import FOLDER, default_release, entry_path, file_pattern, fixed_url
from gisplan.plan.fetch_area import LAYER
from gisplan.plan.models import PlanFileModel
from gisplan.sources.addresses import Place, addresses, fixed, needs_area

BY_FILE = "file"
NO_NOTE = Text(ja="", en="")
AFTER_AREA = Text(
    ja="（市区町村の区域が分かると番号が決まります。municipality を先に置いてください）",
    en=" (its number is known once the municipality's area is there: put `municipality` first)",
)
ON_PAGE = Text(ja="（ページで {name} の zip を選ぶ）", en=" (choose the zip of {name} on the page)")
BY_INTERFACE = Text(
    ja="（APIから取得する版です。ネットワークにつながる gisplan で取得して、このファイルを写してください）",
    en=" (got through an interface: fetch it with a gisplan that has a network, and copy this file)",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A layer and the release to take; `entries` are those of plan.toml, none where it is not switched on."""

    spec: Spec
    release: Release
    entries: tuple[LayerEntry, ...] = ()

    def stands(self, lines: str) -> bool:
        """Return whether plan.toml has these lines' path and release switched on already."""
        tables = tomllib.loads(lines)["layers"][self.spec.name]
        wanted = [(row["path"], row["release"]) for row in (tables if isinstance(tables, list) else [tables])]
        there = [(path, entry.release) for entry in self.entries for path in entry.path]
        return set(wanted) <= set(there)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """All that is wanted: the choices, the layers that are the office's own, the folder, and who it is for.

    `boundary` is the choice by which the municipality's area is got; `municipality` are groups of entries that tell
    it, of which the first with a file counts.
    """

    municipalities: tuple[str, ...]
    folder: Path
    catalogue: Mapping[str, Spec]
    choices: tuple[Choice, ...]
    own: tuple[str, ...]
    boundary: Choice
    municipality: tuple[tuple[LayerEntry, ...], ...]
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ByHand:
    """A file to be got on another machine: the layers it is for, what to open, where to put it, and a note."""

    layers: tuple[str, ...]
    url: str
    path: Path
    note: Text = NO_NOTE


def read_wish(
    plan: Path,
    *,
    layers: Sequence[str],
    everything: bool,
    release: str,
    to: Path | None,
    catalogue: Path | None,
) -> Wish:
    """Return what a plan wants fetched.

    Parameters
    ----------
    plan
        plan.toml.
    layers
        Layers named on the command line; those switched on in plan.toml where none is named.
    everything
        Whether every layer that is published is wanted.
    release
        The release of the one layer that is named.
    to
        The folder; `data` beside plan.toml where None.
    catalogue
        The folder of layer files.

    Raises
    ------
    ConfigurationError
        If plan.toml is wrong, or names a layer or release that is not there.
    """
    known = read_catalogue(catalogue)
    document = read_document(plan)
    model = validate(PlanFileModel, document)
    for code in model.plan.municipality:
        _known_code(code, document)
    entries = _entries(document, model, known)
    place = Place(municipality=model.plan.municipality[0])
    names = list(layers) or (sorted(known) if everything else list(entries))
    choices: list[Choice] = []
    own: list[str] = []
    for name in names:
        spec = find_spec(known, name, place=f"gisplan fetch --layer {name}")
        on, named = entries.get(name, ()), release if name in layers else ""
        if on and not named and not all(entry.release for entry in on):
            own.append(name)
            continue
        chosen = _chosen(spec, on, named, place, document)
        choices += [Choice(spec=spec, release=row, entries=on) for row in chosen]
        if not chosen and name in layers:
            raise ConfigurationError(
                Problem(
                    code="fetch.no_release", place=f"gisplan fetch --layer {name}", values={"layer": name}
                )
            )
    folder = to or plan.resolve().parent / FOLDER
    boundary = _boundary(known, place)
    return Wish(
        municipalities=tuple(model.plan.municipality), folder=folder, catalogue=known, choices=tuple(choices),
        own=tuple(own), boundary=boundary, hosts=tuple(model.fetch.hosts),
        municipality=(entries.get(LAYER, ()), (_entry_of(boundary, place, folder),)),
    )  # fmt: skip


def _known_code(code: str, document: Document) -> None:
    try:
        zone_of(code)
    except GisplanError as error:
        place = document.place(("plan", "municipality"))
        raise ConfigurationError([replace(problem, place=place) for problem in error.problems]) from None


def _entries(
    document: Document, model: PlanFileModel, known: Mapping[str, Spec]
) -> dict[str, tuple[LayerEntry, ...]]:
    found: dict[str, tuple[LayerEntry, ...]] = {}
    for name, body in model.layers.items():
        line = document.line(("layers", name))
        find_spec(known, name, place=document.place(("layers", name)))
        found[name] = tuple(
            LayerEntry(
                layer=name, path=(row.path,) if isinstance(row.path, str) else tuple(row.path),
                columns=row.columns, fill=row.fill, codes=row.codes, where=row.where, table=row.table, crs=row.crs,
                encoding=row.encoding, credit=row.credit, licence=row.licence, release=row.release, line=line,
            )
            for row in (body if isinstance(body, list) else [body])
        )  # fmt: skip
    return found


def _chosen(
    spec: Spec, entries: Sequence[LayerEntry], named: str, place: Place, document: Document
) -> list[Release]:
    """Return the releases of a layer: that named on the command line, those of plan.toml, or the first there is."""
    if named:
        asked = [LayerEntry(layer=spec.name, path=(), release=named)]
        where = f"gisplan fetch --layer {spec.name} --release {named}"
    else:
        asked, where = list(entries), document.place(("layers", spec.name, "release"))
    found = [named_release(spec, entry, place=where) for entry in asked] or [default_release(spec, place)]
    return list({release.release: release for release in found if release is not None}.values())


def _boundary(known: Mapping[str, Spec], place: Place) -> Choice:
    """Return how the municipality's area is got.

    Raises
    ------
    ConfigurationError
        If the catalogue has no published layer of municipalities.
    """
    spec = find_spec(known, LAYER, place="gisplan fetch")
    release = default_release(spec, place)
    if release is None:
        raise ConfigurationError(Problem(code="fetch.no_release", place=spec.file, values={"layer": LAYER}))
    return Choice(spec=spec, release=release)


def _entry_of(choice: Choice, place: Place, folder: Path) -> LayerEntry:
    release = choice.release
    return LayerEntry(
        layer=choice.spec.name,
        path=(entry_path(release, place, folder=folder.resolve().as_posix()),),
        table=fixed(release.member, place),
        release=release.release,
    )


def by_hand(choice: Choice, places: Sequence[Place], folder: Path) -> Iterator[ByHand]:
    """Yield the files of a choice as a person gets them: what to open, and where to put it.

    Parameters
    ----------
    choice
        The layer and its release.
    places
        The municipalities.
    folder
        Where the files go.
    """
    release, layer = choice.release, choice.spec.name
    for place in places:
        path = folder / file_pattern(release, place)
        if release.provider == BY_FILE and not (needs_area(release) and place.area is None):
            for address in addresses(release, place):
                yield ByHand(layers=(layer,), url=address.url, path=folder / address.name)
        elif release.provider == BY_FILE:
            yield ByHand(layers=(layer,), url=fixed(release.url, place), path=path, note=AFTER_AREA)
        elif release.provider == "page":
            name = place.prefecture_name
            note = Text(ja=ON_PAGE.ja.format(name=name), en=ON_PAGE.en.format(name=name))
            yield ByHand(layers=(layer,), url=release.url, path=path, note=note)
        else:
            url = release.terms or fixed_url(release)
            yield ByHand(layers=(layer,), url=url, path=path, note=BY_INTERFACE)


def as_list(choices: Sequence[Choice], places: Sequence[Place], folder: Path) -> tuple[ByHand, ...]:
    """Return all files of some choices as a person gets them, each once.

    Parameters
    ----------
    choices
        The layers and their releases.
    places
        The municipalities.
    folder
        Where the files go.
    """
    found: dict[tuple[str, Path], ByHand] = {}
    for choice in choices:
        for row in by_hand(choice, places, folder):
            before = found.get((row.url, row.path))
            names = row.layers if before is None else tuple(dict.fromkeys((*before.layers, *row.layers)))
            found[row.url, row.path] = replace(row, layers=names)
    return tuple(found.values())
