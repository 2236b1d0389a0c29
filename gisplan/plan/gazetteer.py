"""What the names in a district stand for: rows of the plan's layers, found however a name is spelt."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from gisplan.core.document import near
from gisplan.core.words import Atlas, Spec, Text
from gisplan.layers.codes import decode, plain
from gisplan.plan.district_entries import may_be_named
from gisplan.plan.wording import kanji_number

NEIGHBOURHOOD = "neighbourhood"
MUNICIPALITY = "municipality"
DIVISION = "area_division"
CONTROL, PROMOTED = "市街化調整区域", "市街化区域"
FIRST = (NEIGHBOURHOOD, "priority_district", MUNICIPALITY, "district_plan")
"""Where a name is looked for first; then in the other polygon layers, by name."""

VALUES: Mapping[str, str] = {"zone": "zone", DIVISION: "division"}
"""Layers whose rows go by a value and not by a name."""

WHOLE = frozenset(f"{place}{word}" for place in ("市", "町", "村", "区") for word in ("全域", "域", "内全域"))
KIND = re.compile(r"(?:自治会|町内会|行政区|自治区|地区|地域|区域)$")
OF_PLACE = re.compile(r"(?:駅|インターチェンジ|インター|ic|バス停|停留所)$")
KANJI = "[々一-龠]"
SHORTEST = 2
"""Letters that a beginning must have to stand for the names that begin with it."""

HUB = "hub"
EVERY_HUB = frozenset(
    {"拠点", "拠点施設", "特定居住拠点施設", "各拠点", "各拠点施設", "すべての拠点", "全拠点"}
)
"""Words that stand for all hubs of the plan, where no place is called so."""

How = Literal["exact", "alike", "beginning", "several", "all"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Rows of a layer that a name stands for: their positions, what they are called, how they were found.

    `rest` says that the layer draws only the other value, and what is meant is the rest of the municipality.
    """

    layer: str
    rows: tuple[int, ...]
    names: tuple[Text, ...]
    how: How = "exact"
    rest: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """A name is understood, but the plan lacks the layer it needs."""

    layer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shelf:
    """The names of one layer by their rows: as the layer writes them, and as keys to find them by."""

    layer: str
    names: tuple[str, ...]
    keys: tuple[str, ...]
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gazetteer:
    """All names of a plan's layers: `areas` for words, `places` for distances, `towns` the municipalities' keys."""

    atlas: Atlas
    areas: tuple[_Shelf, ...]
    places: tuple[_Shelf, ...]
    towns: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Every name of an area that words may use, in order, to find the near ones of a misspelt name."""
        named = [name for shelf in self.areas for name in shelf.names if name]
        valued = [value for layer in VALUES for value in _values(self.atlas, layer)]
        return tuple(dict.fromkeys([*named, *valued]))

    @property
    def place_names(self) -> tuple[str, ...]:
        """Every name and id of a place that a distance may be measured from."""
        return tuple(
            dict.fromkeys(name for shelf in self.places for name in (*shelf.names, *shelf.ids) if name)
        )

    def known(self, text: str) -> bool:
        """Return whether a text is a name as a whole."""
        return self._special(text) is not None or self._by_name((text,), ("exact",)) is not None

    def area(self, names: tuple[str, ...]) -> Found | Absent | None:
        """Return what words stand for; an exact name of any layer comes before one that is only alike.

        Parameters
        ----------
        names
            The spellings to look for, in order.
        """
        absent: Absent | None = None
        for name in names:
            special = self._special(name)
            found = special if isinstance(special, Found) else self._by_name((name,), ("exact",))
            if found is not None:
                return found
            absent = absent or (special if isinstance(special, Absent) else None)
        named = None if absent else self._by_name(names, ("alike", "beginning"))
        drawn = self.atlas.table(NEIGHBOURHOOD) is not None
        return named or absent or (None if drawn else Absent(layer=NEIGHBOURHOOD))

    def place(self, names: tuple[str, ...]) -> Found | None:
        """Return the points that a distance is measured from: a hub first, then other places; by name or id.

        「拠点」 is every hub, unless a place is called so.
        """
        for wanted in map(key, names):
            for shelf in self.places:
                rows = [row for row, held in enumerate(shelf.ids) if key(held) == wanted]
                rows = rows or _alike(shelf, wanted, "exact")
                rows = rows or _alike(shelf, OF_PLACE.sub("", wanted), "exact")
                if rows:
                    return _found(shelf, rows, "exact" if len(rows) == 1 else "several")
        hubs = self.hubs
        if hubs is not None and EVERY_HUB & set(names):
            return _found(hubs, range(len(hubs.ids)), "all")
        return None

    @property
    def hubs(self) -> _Shelf | None:
        """The hubs of the plan, None where it has none."""
        return next((shelf for shelf in self.places if shelf.layer == HUB), None)

    def called_hubs(self, *, most: int) -> tuple[str, ...]:
        """Return names and ids of at most so many hubs, to be told to who names a place that is not there."""
        hubs = self.hubs
        if hubs is None:
            return ()
        called = [
            f"{name}（{held}）" if name and name != held else held
            for name, held in zip(hubs.names, hubs.ids, strict=True)
        ]
        return (*called[:most], *(("…",) if len(called) > most else ()))

    def row(self, layer: str, name: str) -> Found | None:
        """Return the rows of one layer by value, id or name.

        Parameters
        ----------
        layer
            A layer that the plan has.
        name
            As a table of plan.toml writes it.
        """
        if layer in VALUES:
            value = _value(self.atlas, layer, name)
            return self._valued(layer, value) if value else None
        table = self.atlas.layers[layer].table
        shelf = _shelf(layer, self.atlas)
        ids = [row for row, held in enumerate(table["id"]) if held == name]
        if ids:
            return _found(shelf, ids, "exact")
        return _matched((shelf,), (name,), ("exact", "alike", "beginning"), towns=self.towns)

    def called(self, layer: str) -> tuple[str, ...]:
        """Return the names of one layer's rows, their ids and its values, to find the near ones of a misspelt name."""
        if layer in VALUES:
            return _values(self.atlas, layer)
        shelf = _shelf(layer, self.atlas)
        return tuple(dict.fromkeys(name for name in (*shelf.names, *shelf.ids) if name))

    def _special(self, name: str) -> Found | Absent | None:
        """Return what fixed words stand for: the municipality, a value of the zoning, all of a layer."""
        bare = re.sub("(?:全域|一円)$", "", name)
        if name in WHOLE or not bare:
            return self._all(MUNICIPALITY)
        for layer in VALUES:
            if bare in {plain(value) for value in _values(self.atlas, layer)}:
                missing = self.atlas.table(layer) is None
                return (
                    Absent(layer=layer) if missing else self._valued(layer, _value(self.atlas, layer, bare))
                )
        titled = {key(spec.title.ja): layer for layer, spec in self.atlas.catalogue.items() if _drawn(spec)}
        layer_of = titled.get(key(bare)) or titled.get(key(bare.removeprefix("特定居住")))
        return self._all(layer_of) if layer_of else None

    def _all(self, layer: str) -> Found | Absent:
        table = self.atlas.table(layer)
        if table is None:
            return Absent(layer=layer)
        title = self.atlas.layers[layer].spec.title
        whole = Text(ja=f"{title.ja}の全域", en=f"all of {title.en}")
        return Found(layer=layer, rows=tuple(range(len(table))), names=(whole,))

    def _valued(self, layer: str, value: str) -> Found:
        table = self.atlas.layers[layer].table
        held = [plain(text) for text in table[VALUES[layer]]]
        rows = tuple(row for row, text in enumerate(held) if text == plain(value))
        spec = self.atlas.catalogue.get(layer)
        field = None if spec is None else spec.fields.get(VALUES[layer])
        label = (
            Text(ja=value, en=value) if field is None else field.labels.get(value, Text(ja=value, en=value))
        )
        rest = layer == DIVISION and value == CONTROL and set(held) == {PROMOTED}
        return Found(layer=layer, rows=rows, names=(label,), rest=rest)

    def _by_name(self, names: Iterable[str], ways: tuple[How, ...]) -> Found | None:
        return _matched(self.areas, names, ways, towns=self.towns)


def gazetteer(atlas: Atlas) -> Gazetteer:
    """Return the names of a plan's layers.

    Parameters
    ----------
    atlas
        The layers of the plan; vacant houses are never named.
    """
    specs = {name: layer.spec for name, layer in atlas.layers.items() if may_be_named(layer.spec)}
    named = {name: _shelf(name, atlas) for name in specs if atlas.table(name) is not None}
    areas = [name for name in named if specs[name].kind == "polygon" and name not in VALUES]
    places = [name for name in named if specs[name].kind == "point"]
    towns = named[MUNICIPALITY].keys if MUNICIPALITY in named else ()
    return Gazetteer(
        atlas=atlas,
        areas=tuple(named[name] for name in sorted(areas, key=lambda name: (_rank(name), name))),
        places=tuple(named[name] for name in sorted(places, key=lambda name: (name != "hub", name))),
        towns=tuple(sorted(set(towns) - {""})),
    )


def near_names(word: str, known: Iterable[str], *, most: int) -> tuple[str, ...]:
    """Return at most so many names that a misspelt one may have meant, the nearest first.

    What kind of area a name says at its end (地区, 区域, 自治会) does not count: 磯部地区 is near to 磯辺.

    Parameters
    ----------
    word
        The name as plan.toml writes it.
    known
        The names there are.
    most
        How many are returned.
    """
    names = tuple(dict.fromkeys(known))
    stems: dict[str, list[str]] = {}
    for name in names:
        stems.setdefault(KIND.sub("", key(name)), []).append(name)
    stem = KIND.sub("", key(word))
    alike = [name for found in near(stem, stems, most=most) for name in stems[found]]
    return tuple(alike[:most]) or near(word, names, most=most)


@lru_cache(maxsize=65536)
def key(name: str) -> str:
    """Return a name without the differences of spelling: 一丁目 = 1丁目 = １丁目, ヶ = ケ = が, without 大字 and 字."""
    text = re.sub("^(?:大字|字)", "", plain(name))
    numbers = "[一二三四五六七八九十]+"
    text = re.sub(rf"(?<=第){numbers}|{numbers}(?=丁目)", lambda found: str(kanji_number(found[0])), text)
    text = re.sub(rf"(?<={KANJI})[ヶケヵガが](?={KANJI})", "ケ", text)
    return re.sub(rf"(?<={KANJI})[ノの](?={KANJI})", "の", text).casefold()


def _rank(layer: str) -> int:
    return FIRST.index(layer) if layer in FIRST else len(FIRST)


def _drawn(spec: Spec) -> bool:
    return spec.kind == "polygon" and may_be_named(spec)


def _shelf(layer: str, atlas: Atlas) -> _Shelf:
    table = atlas.layers[layer].table
    names = tuple(str(name) for name in table["name"])
    return _Shelf(
        layer=layer, names=names, keys=tuple(key(name) for name in names), ids=tuple(map(str, table["id"]))
    )


def _values(atlas: Atlas, layer: str) -> tuple[str, ...]:
    """Return the canonical values of a layer, those of its rows where no catalogue tells them."""
    spec = atlas.catalogue.get(layer)
    field = None if spec is None else spec.fields.get(VALUES[layer])
    if field is not None:
        return tuple(dict.fromkeys(field.codes.values()))
    table = atlas.table(layer)
    return () if table is None else tuple(sorted({value for value in table[VALUES[layer]] if value}))


def _value(atlas: Atlas, layer: str, text: str) -> str:
    """Return the canonical value of a text, "" where it is none."""
    spec = atlas.catalogue.get(layer)
    field = None if spec is None else spec.fields.get(VALUES[layer])
    if field is not None:
        return decode([text], field)[text] or ""
    return next((value for value in _values(atlas, layer) if plain(value) == plain(text)), "")


def _found(shelf: _Shelf, rows: Iterable[int], how: How) -> Found:
    rows = tuple(rows)
    called = dict.fromkeys(shelf.names[row] or shelf.ids[row] for row in rows)
    names = tuple(Text(ja=name, en=name) for name in called)
    return Found(layer=shelf.layer, rows=rows, names=names, how=how)


def _matched(
    shelves: Iterable[_Shelf], names: Iterable[str], ways: Iterable[How], *, towns: tuple[str, ...]
) -> Found | None:
    """Return the first match: exact names before alike ones, spellings in order, shelves in order."""
    wanted, held = tuple(_keys(names, towns)), tuple(shelves)
    for how in ways:
        for name in wanted:
            for shelf in held:
                rows = _alike(shelf, name, how)
                if rows:
                    return _found(shelf, rows, how)
    return None


def _keys(names: Iterable[str], towns: Iterable[str]) -> Iterator[str]:
    """Yield the keys of names, also without the municipality that may stand before them."""
    for name in names:
        whole = key(name)
        yield whole
        yield from (rest for town in towns if (rest := whole.removeprefix(town)) and rest != whole)


def _alike(shelf: _Shelf, wanted: str, how: How) -> list[int]:
    if how == "exact":
        return [row for row, held in enumerate(shelf.keys) if held == wanted]
    stem = KIND.sub("", wanted)
    if len(stem) < SHORTEST:
        return []
    if how == "alike":
        return [row for row, held in enumerate(shelf.keys) if KIND.sub("", held) == stem]
    # 本町1 is no beginning of 本町10丁目.
    begins = re.compile(re.escape(stem) + (r"(?!\d)" if stem[-1].isdigit() else ""))
    return [row for row, held in enumerate(shelf.keys) if begins.match(held)]
