"""Fetching what is published for a plan: which files, into which folder, on what terms, and what to write for them.

A layer of plan.toml with `release` is fetched; one without is a file of the office and left alone.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from gisplan.core.errors import ConfigurationError, NetworkError, Problem
from gisplan.core.tables import Doubt
from gisplan.core.words import Spec
from gisplan.layers.catalogue import packaged_folder, read_catalogue
from gisplan.layers.load import silent
from gisplan.plan.entry_lines import entry_lines
from gisplan.plan.fetch_area import LAYER, places_of
from gisplan.plan.fetch_files import Store, settled
from gisplan.plan.fetch_wanted import ByHand, Choice, Wish, as_list, read_wish
from gisplan.plan.ledger import Row
from gisplan.plan.write import locked
from gisplan.sources.addresses import Place, needs_area
from gisplan.sources.hosts import Network
from gisplan.sources.job import Job
from gisplan.sources.providers import get_release

CLOSED = "net.closed"
MANY_HOSTS = 2
"""So many hosts out of reach, and none that answers, are a closed network."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchRequest:
    """What is asked: the plan, the layers named, all of them, a release for one, the folder, and whether anew.

    `key` is that of 不動産情報ライブラリ; it is handed on to its server and written nowhere.
    """

    plan: Path
    day: dt.date
    layers: tuple[str, ...] = ()
    everything: bool = False
    release: str = ""
    to: Path | None = None
    catalogue: Path | None = None
    refresh: bool = False
    key: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """A layer that is there: its files, the lines of plan.toml for it, and whether they stand there already.

    `fresh` tells whether anything came over the network.
    """

    choice: Choice
    rows: tuple[Row, ...]
    lines: str
    switched_on: bool
    fresh: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What came of it: layers with their files, doubts, problems, the office's own layers, and what to do by hand.

    `all_listed` tells that the list holds all that is published, for no layer is switched on.
    """

    folder: Path
    layers: tuple[Layer, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    problems: tuple[Problem, ...] = ()
    own: tuple[str, ...] = ()
    by_hand: tuple[ByHand, ...] = ()
    all_listed: bool = False

    @property
    def exit_code(self) -> int:
        """0 where all was fetched, 4 where the network failed, 3 where something else is to be mended."""
        families = {problem.code.partition(".")[0] for problem in self.problems}
        return 4 if families & {"net", "sec"} else 3 if families else 0


def hosts_of(catalogue: Mapping[str, Spec]) -> frozenset[str]:
    """Return the hosts that the releases of a catalogue name."""
    urls = [release.url for spec in catalogue.values() for release in spec.source.releases]
    return frozenset(host for url in urls if (host := urlsplit(url).hostname))


def list_wanted(request: FetchRequest) -> Fetched:
    """Return what would be fetched and where a person would put it, without asking the network.

    Where plan.toml switches nothing on and no layer is named, it is all that can be fetched.

    Parameters
    ----------
    request
        What is asked.
    """
    wish = _read(request)
    all_listed = not wish.choices and not request.layers and not request.everything
    wish = _wish(dataclasses.replace(request, everything=True)) if all_listed else _some(wish, request)
    places, _ = _places(wish, request)
    by_hand = as_list(wish.choices, places, wish.folder)
    return Fetched(folder=wish.folder, own=wish.own, by_hand=by_hand, all_listed=all_listed)


def fetch(
    request: FetchRequest, *, network: Network | None = None, progress: Callable[[str], None] = silent
) -> Fetched:
    """Fetch what is published for a plan.

    What fails does not keep the rest from being fetched, unless there is no network at all. Files that are there and
    as they were fetched are not fetched again; a file that was not fetched is never overwritten.

    Parameters
    ----------
    request
        What is asked.
    network
        The hosts that may be asked; those of the catalogue that came with gisplan, and of `[fetch]`, where None.
    progress
        Called with each step.

    Raises
    ------
    ConfigurationError
        If plan.toml or a layer file is wrong, or there is nothing to fetch.
    DiskError
        If the folder cannot be written.
    """
    wish = _wish(request)
    allowed = hosts_of(read_catalogue(packaged_folder())) | {host.lower() for host in wish.hosts}
    network = network or Network(hosts=allowed)
    with locked(wish.folder):
        return _Run(request=request, wish=wish, network=network, progress=progress).all()


def _wish(request: FetchRequest) -> Wish:
    return _some(_read(request), request)


def _read(request: FetchRequest) -> Wish:
    return read_wish(
        request.plan, layers=request.layers, everything=request.everything, release=request.release,
        to=request.to, catalogue=request.catalogue,
    )  # fmt: skip


def _some(wish: Wish, request: FetchRequest) -> Wish:
    """Return a wish that wishes something.

    Raises
    ------
    ConfigurationError
        If there is nothing to fetch.
    """
    if not wish.choices:
        raise ConfigurationError(Problem(code="fetch.nothing", place=request.plan.name))
    return wish


def _places(wish: Wish, request: FetchRequest) -> tuple[tuple[Place, ...], tuple[Problem, ...]]:
    return places_of(
        wish.municipalities, wish.municipality, folder=request.plan.resolve().parent, catalogue=wish.catalogue
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _State:
    """What has come of a run so far: layers, doubts, problems, choices that were not got, and hosts out of reach."""

    layers: tuple[Layer, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    problems: tuple[Problem, ...] = ()
    missed: tuple[Choice, ...] = ()
    down: frozenset[str] = frozenset()

    @property
    def closed(self) -> bool:
        """Whether it must be taken that there is no network: several hosts are out of reach, none has answered."""
        return len(self.down) >= MANY_HOSTS and not any(layer.fresh for layer in self.layers)

    @property
    def renewed(self) -> frozenset[str]:
        """The files that this run has got."""
        return frozenset(row.file for layer in self.layers for row in layer.rows)

    def having(self, layer: Layer, doubts: Sequence[Doubt]) -> _State:
        """Return the state with a layer."""
        return dataclasses.replace(self, layers=(*self.layers, layer), doubts=(*self.doubts, *doubts))

    def without(self, choice: Choice, problems: Sequence[Problem]) -> _State:
        """Return the state with a choice that could not be got."""
        down = {_host(choice)} if any(problem.code == CLOSED for problem in problems) else set()
        network = not problems or any(problem.code.startswith(("net.", "sec.")) for problem in problems)
        return dataclasses.replace(
            self,
            problems=(*self.problems, *problems),
            missed=(*self.missed, choice) if network else self.missed,
            down=self.down | down,
        )


def _once(problems: Sequence[Problem]) -> tuple[Problem, ...]:
    """Return problems without those that say the same of the same place."""
    return tuple({(problem.code, problem.place): problem for problem in problems}.values())


def _host(choice: Choice) -> str:
    return urlsplit(choice.release.url).hostname or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """One run of fetching."""

    request: FetchRequest
    wish: Wish
    network: Network
    progress: Callable[[str], None]

    def all(self) -> Fetched:
        """Fetch the municipality first where others need its area, then the others."""
        places, wrong = _places(self.wish, self.request)
        state = _State(problems=wrong)
        for choice in self._ordered(places, sure=not wrong):
            if state.closed or _host(choice) in state.down:
                state = state.without(choice, ())
                continue
            self.progress(f"fetch {choice.spec.name}")
            try:
                layer, doubts = self._one(choice, places, state.renewed)
            except (NetworkError, ConfigurationError) as error:
                state = state.without(choice, error.problems)
                continue
            state = state.having(layer, doubts)
            if choice.spec.name == LAYER:
                places, wrong = _places(self.wish, self.request)
                state = dataclasses.replace(state, problems=(*state.problems, *wrong))
        return Fetched(
            folder=self.wish.folder, layers=state.layers, doubts=state.doubts, own=self.wish.own,
            problems=_once(state.problems), by_hand=as_list(state.missed, places, self.wish.folder),
        )  # fmt: skip

    def _ordered(self, places: Sequence[Place], *, sure: bool) -> list[Choice]:
        choices = list(self.wish.choices)
        unknown = sure and any(place.area is None for place in places)
        named = any(choice.spec.name == LAYER for choice in choices)
        if unknown and not named and any(needs_area(choice.release) for choice in choices):
            choices.append(self.wish.boundary)
        return sorted(choices, key=lambda choice: choice.spec.name != LAYER)

    def _one(
        self, choice: Choice, places: Sequence[Place], renewed: frozenset[str]
    ) -> tuple[Layer, list[Doubt]]:
        """Fetch one layer for every municipality, and record its files as they come."""
        rows: dict[str, Row] = {}
        doubts: list[Doubt] = []
        lines = []
        fresh = False
        for place in places:
            old = renewed | rows.keys() if self.request.refresh else None
            store = Store.of(choice, place, folder=self.wish.folder, day=self.request.day, usable=old)
            job = Job(
                release=choice.release, place=place, folder=self.wish.folder, network=self.network,
                tell=lambda step: self.progress(f"fetch {step}"), key=self.request.key,
                held=store.held, own=store.own,
            )  # fmt: skip
            whole = store.whole()
            brought = whole or get_release(job)
            fresh |= whole is None
            kept, more = settled(store, brought)
            rows |= {row.file: row for row in kept}
            doubts += [dataclasses.replace(doubt, layer=choice.spec.name) for doubt in more]
            shown = self._shown_folder()
            lines.append(entry_lines(choice.spec, choice.release, place, folder=shown, rows=kept))
        text = "\n".join(dict.fromkeys(lines))
        if len(set(lines)) > 1:
            text = text.replace(f"[layers.{choice.spec.name}]", f"[[layers.{choice.spec.name}]]")
        layer = Layer(
            choice=choice, rows=tuple(rows.values()), lines=text, switched_on=choice.stands(text), fresh=fresh
        )  # fmt: skip
        return layer, doubts

    def _shown_folder(self) -> str:
        """Return the folder of the files as plan.toml writes it."""
        root, folder = self.request.plan.resolve().parent, self.wish.folder.resolve()
        return folder.relative_to(root).as_posix() if folder.is_relative_to(root) else folder.as_posix()
