"""The ground that words and tables of a district stand for: its shape, and how to tell what was taken."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from gisplan.access.reach import FILLED_M2, REACH_M, reach
from gisplan.core.document import near_text
from gisplan.core.errors import Problem
from gisplan.core.options import District, Ground
from gisplan.core.tables import Doubt
from gisplan.core.words import Atlas, Text
from gisplan.network import Ways
from gisplan.overlay.compose import united
from gisplan.plan.gazetteer import (
    DIVISION,
    EVERY_HUB,
    HUB,
    MUNICIPALITY,
    Absent,
    Found,
    Gazetteer,
    near_names,
)
from gisplan.plan.wording import AND, Phrase, not_drawn, read_words

NEAR = 5
"""How many near names are told of one that is not there."""

SHOWN = 12
"""How many names are told of one item; the number of the others is."""

HARDLY = 1.0
"""Ground below this is that of two borders drawn apart [m²]."""

PLANNING = "city_planning_area"
ROAD = "road"
BY: Mapping[str, Text] = {
    "car": Text(ja="自動車", en="by car"),
    "walk": Text(ja="徒歩", en="on foot"),
    "bicycle": Text(ja="自転車", en="by bicycle"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One item of a district: its area (None where it could not be made), and what it was taken for.

    `layers` are the layers it was made of; `found` are its rows where it is nothing but these.
    """

    area: shapely.Geometry | None
    told: Text
    found: Found | None = None
    layers: frozenset[str] = frozenset()
    doubts: tuple[Doubt, ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Who asks for a piece: the district, the names there are, and the network, built when first wanted.

    `failed` are the names of districts that could not be made: whoever names one is not told that it is unknown.
    """

    district: District
    gazetteer: Gazetteer
    ways: Callable[[], Ways | None]
    failed: frozenset[str] = frozenset()

    @property
    def atlas(self) -> Atlas:
        """The layers of the plan."""
        return self.gazetteer.atlas

    def place(self, line: int) -> str:
        """Return where plan.toml speaks of the district."""
        return f"{self.atlas.plan.file}:{line} [[district]] {self.district.name}"

    def doubt(self, code: str, **values: Any) -> Doubt:
        """Return a doubt about the district."""
        return Doubt(code=code, layer=self.district.layer, subject=self.district.name, values=values)

    def nothing(self, ground: Ground, code: str, **values: Any) -> Piece:
        """Return the piece that could not be made, with the problem."""
        problem = Problem(code=code, place=self.place(ground.line), values=values)
        return Piece(area=None, told=Text(ja="", en=""), problems=(problem,))

    def title(self, layer: str) -> Text:
        """Return a layer's title."""
        spec = self.atlas.catalogue.get(layer)
        return Text(ja=layer, en=layer) if spec is None else spec.title


def pieces(grounds: Sequence[Ground], asking: Asking) -> tuple[Piece, ...]:
    """Return the pieces of some words and tables.

    Parameters
    ----------
    grounds
        As plan.toml says them.
    asking
        The district and the plan.
    """
    found: list[Piece] = []
    for ground in grounds:
        if ground.words:
            phrases = read_words(ground.words, asking.gazetteer.known)
            found += [_phrase(phrase, ground, asking) for phrase in phrases]
        else:
            found += [_row(name, ground, asking) for name in ground.names]
    return tuple(found)


def together(found: Sequence[Piece], asking: Asking) -> Piece:
    """Return several pieces as one, its area the union of theirs."""
    areas = [piece.area for piece in found if piece.area is not None]
    return Piece(
        area=united(areas) if len(areas) == len(found) else None,
        told=joined(found, asking),
        layers=frozenset().union(*(piece.layers for piece in found)),
        doubts=tuple(doubt for piece in found for doubt in piece.doubts),
        problems=tuple(problem for piece in found for problem in piece.problems),
    )


def joined(found: Sequence[Piece], asking: Asking) -> Text:
    """Return what several pieces were taken for, the rows of one layer together, each text once."""
    plain: dict[str, Found] = {}
    told: dict[str | Text, Text] = {}
    for piece in found:
        if piece.found is None:
            told[piece.told] = piece.told
            continue
        layer = piece.found.layer
        plain[layer] = _more(plain[layer], piece.found) if layer in plain else piece.found
        told[layer] = _told(plain[layer], asking)
    texts = told.values()
    return Text(ja="＋".join(text.ja for text in texts), en=" + ".join(text.en for text in texts))


def _more(one: Found, other: Found) -> Found:
    rows, names = (*one.rows, *other.rows), (*one.names, *other.names)
    return dataclasses.replace(one, rows=tuple(dict.fromkeys(rows)), names=tuple(dict.fromkeys(names)))


def _phrase(phrase: Phrase, ground: Ground, asking: Asking) -> Piece:
    if phrase.fault:
        return asking.nothing(ground, f"district.{phrase.fault}", words=phrase.text)
    if phrase.of:
        first = together([_phrase(item, ground, asking) for item in phrase.of], asking)
    elif phrase.radius_m is not None or phrase.minutes is not None:
        first = _around(phrase, ground, asking)
    else:
        first = _area(phrase, ground, asking)
    return _bounded(first, phrase, asking, ground=ground)


def idle(taken: Sequence[Piece], area: shapely.Geometry, asking: Asking) -> tuple[Doubt, ...]:
    """Return a doubt for every piece that shall be taken away from an area and has no ground in it.

    Parameters
    ----------
    taken
        What is taken away; a piece without any ground is doubted as such elsewhere.
    area
        What it is taken away from.
    asking
        The district and the plan.
    """
    shapely.prepare(area)
    return tuple(
        asking.doubt("district.removes_nothing", taken=piece.told)
        for piece in taken
        if piece.area is not None
        and not shapely.is_empty(piece.area)
        and shapely.area(shapely.intersection(area, piece.area)) < HARDLY
    )


def _bounded(first: Piece, phrase: Phrase, asking: Asking, *, ground: Ground) -> Piece:
    """Return a piece cut to what its words bound it by, without what they take away."""
    if not phrase.only and not phrase.without:
        return first
    cut = shapely.intersection if phrase.only else shapely.difference
    others = [_phrase(item, ground, asking) for item in phrase.only or phrase.without]
    other = together(others, asking)
    whole = first.area is not None and other.area is not None
    if phrase.only:
        told = Text(
            ja=f"{first.told.ja}のうち（{other.told.ja}）", en=f"{first.told.en} within ({other.told.en})"
        )
    else:
        told = Text(
            ja=f"{first.told.ja}（{other.told.ja}を除く）", en=f"{first.told.en} (without {other.told.en})"
        )
    return Piece(
        area=cut(first.area, other.area) if whole else None,
        told=told,
        layers=first.layers | other.layers,
        doubts=(*first.doubts, *other.doubts, *_doubts_of(phrase, first, others, asking)),
        problems=(*first.problems, *other.problems),
    )


def _doubts_of(phrase: Phrase, first: Piece, others: Sequence[Piece], asking: Asking) -> tuple[Doubt, ...]:
    """Return what should be confirmed of a bracket: that it bounds a whole list, that it takes nothing away."""
    listed = (asking.doubt("district.whole_list", words=phrase.text),) if phrase.listed else ()
    nothing = () if phrase.only or first.area is None else idle(others, first.area, asking)
    return (*listed, *nothing)


def _area(phrase: Phrase, ground: Ground, asking: Asking) -> Piece:
    found = asking.gazetteer.area(phrase.names)
    if isinstance(found, Found):
        return _taken(found, phrase.text, ground, asking)
    if asking.failed & set(phrase.names):
        return Piece(area=None, told=Text(ja="", en=""))
    if not_drawn(phrase.text):
        return asking.nothing(ground, "district.not_drawn", words=phrase.text)
    if isinstance(found, Absent):
        return _absent(found.layer, phrase.text, ground, asking)
    if asking.gazetteer.place(phrase.names) is not None:
        return asking.nothing(ground, "district.no_distance", name=phrase.text)
    return _unknown(phrase, ground, asking)


def _unknown(phrase: Phrase, ground: Ground, asking: Asking) -> Piece:
    """Return that no area is called so, with the near names, those of each part where 「と」 may join them."""
    if AND in phrase.text:
        known = asking.gazetteer
        parts = [part for part in phrase.text.split(AND) if part]
        lacking = [part for part in parts if not isinstance(known.area((part,)), Found)] or parts
        each = [near_names(part, known.names, most=NEAR) for part in lacking]
        near = near_text(tuple(dict.fromkeys(name for names in each for name in names))[:NEAR])
        said = "".join(f"「{part}」" for part in lacking)
        return asking.nothing(ground, "district.joined", name=phrase.text, parts=said, near=near)
    near = near_text(near_names(phrase.text, asking.gazetteer.names, most=NEAR))
    return asking.nothing(ground, "district.unknown_name", name=phrase.text, near=near)


def _absent(layer: str, name: str, ground: Ground, asking: Asking) -> Piece:
    return asking.nothing(ground, "district.no_layer", name=name, title=asking.title(layer), layer=layer)


def _around(phrase: Phrase, ground: Ground, asking: Asking) -> Piece:
    mode = asking.atlas.plan.access.road_mode
    if phrase.travel and phrase.travel != mode:
        return asking.nothing(ground, "district.other_mode", words=phrase.text, mode=mode)
    found = asking.gazetteer.place(phrase.names)
    if found is None and phrase.radius_m is not None:
        area = asking.gazetteer.area(phrase.names)
        found = area if isinstance(area, Found) else None
    if found is None:
        return _no_place(phrase.names[0], ground, asking)
    around = Ground(radius_m=phrase.radius_m, minutes=phrase.minutes, line=ground.line)
    return _taken(found, phrase.names[0], around, asking)


def _no_place(name: str, ground: Ground, asking: Asking) -> Piece:
    """Return that there is no such place, with the near ones and the hubs there are."""
    hubs = asking.gazetteer.called_hubs(most=SHOWN)
    if not hubs and name in EVERY_HUB:
        return _absent(HUB, name, ground, asking)
    near = near_text(near_names(name, asking.gazetteer.place_names, most=NEAR))
    return asking.nothing(ground, "district.unknown_place", name=name, near=near, hubs="、".join(hubs) or "—")


def _row(name: str, ground: Ground, asking: Asking) -> Piece:
    layer = ground.layer
    if asking.atlas.table(layer) is None:
        return _absent(layer, name, ground, asking)
    found = asking.gazetteer.row(layer, name)
    if found is None:
        if name in asking.failed:
            return Piece(area=None, told=Text(ja="", en=""))
        known = asking.gazetteer.called(layer)
        near = near_text(near_names(name, known, most=NEAR))
        return asking.nothing(ground, "district.unknown_row", name=name, layer=asking.title(layer), near=near)
    return _taken(found, name, ground, asking)


def _taken(found: Found, name: str, ground: Ground, asking: Asking) -> Piece:
    """Return the piece of rows that were found, with what should be confirmed of them."""
    doubts = []
    told = _told(found, asking)
    if found.how not in {"exact", "all"}:
        code = "district.several" if found.how == "several" else "district.taken_as"
        doubts.append(asking.doubt(code, name=name, rows=told))
    if not found.rows and not found.rest:
        doubts.append(asking.doubt("district.no_rows", name=name, layer=asking.title(found.layer)))
    if found.rest:
        return _rest(name, ground, asking)
    shapes = asking.atlas.layers[found.layer].table.geometry.to_numpy()[list(found.rows)]
    layers = frozenset({found.layer})
    if ground.radius_m is not None:
        text = Text(
            ja=f"{told.ja}から直線距離{ground.radius_m:g} m",
            en=f"{ground.radius_m:g} m in a straight line around {told.en}",
        )
        circles = shapely.buffer(shapes, ground.radius_m, quad_segs=64)
        return Piece(area=united(circles), told=text, layers=layers, doubts=tuple(doubts))
    if ground.minutes is not None:
        return _by_road(shapes, told, ground, asking, doubts=tuple(doubts), layers=layers)
    return Piece(area=united(shapes), told=told, found=found, layers=layers, doubts=tuple(doubts))


def _told(found: Found, asking: Asking) -> Text:
    """Return what was found in words: the layer's title, the names, how many rows."""
    title, names, count = asking.title(found.layer), found.names[:SHOWN], len(found.rows)
    more = len(found.names) - len(names)
    ja = "、".join(name.ja for name in names) + (f" ほか{more}" if more else "")
    en = ", ".join(name.en for name in names) + (f" and {more} more" if more else "")
    every = Text(ja="すべての", en="every ") if found.how == "all" else Text(ja="", en="")
    return Text(
        ja=f"〔{every.ja}{title.ja}：{ja}（{count}件）〕", en=f"[{every.en}{title.en}: {en}; rows: {count}]"
    )


def _rest(name: str, ground: Ground, asking: Asking) -> Piece:
    """Return the municipality without its 市街化区域, where only that is drawn, inside the city planning area."""
    atlas = asking.atlas
    town, planning = atlas.table(MUNICIPALITY), atlas.table(PLANNING)
    if town is None:
        return _absent(MUNICIPALITY, name, ground, asking)
    area = united(town.geometry.to_numpy())
    if planning is not None:
        area = shapely.intersection(area, united(planning.geometry.to_numpy()))
    area = shapely.difference(area, united(atlas.layers[DIVISION].table.geometry.to_numpy()))
    told = Text(
        ja=f"〔{asking.title(DIVISION).ja}：{name}（市街化区域の外）〕",
        en=f"[{asking.title(DIVISION).en}: outside the urbanization promotion area]",
    )
    layers = frozenset({DIVISION, MUNICIPALITY}) | ({PLANNING} if planning is not None else set())
    doubt = asking.doubt("district.rest", name=name)
    return Piece(area=area, told=told, layers=layers, doubts=(doubt,))


def _by_road(
    shapes: Any,
    told: Text,
    ground: Ground,
    asking: Asking,
    *,
    doubts: tuple[Doubt, ...],
    layers: frozenset[str],
) -> Piece:
    """Return from where one of some places is reached by road in time."""
    ways, options = asking.ways(), asking.atlas.plan.access
    if ways is None:
        return _absent(ROAD, told.ja, ground, asking)
    minutes, width = ground.minutes or 0.0, ground.reach_m or REACH_M
    found = reach(ways, np.asarray(shapes, dtype=object), minutes=minutes, reach_m=width)
    if not found.found.all():
        return asking.nothing(ground, "district.off_road", name=told, limit=f"{options.snap_m:g}")
    by = BY[options.road_mode]
    text = Text(
        ja=f"{told.ja}へ{by.ja}で{minutes:g}分以内に着く道路の両側{width:g} m",
        en=f"{width:g} m beside the roads from which one comes to {told.en} {by.en} within {minutes:g} min",
    )
    said = asking.doubt("district.by_road", text=text, filled=f"{FILLED_M2:,.0f}")
    return Piece(area=found.area, told=text, layers=layers | {ROAD}, doubts=(*doubts, said))
