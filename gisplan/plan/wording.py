"""Districts as plans write them: 「ちの・玉川・宮川地区」, 「市街化区域全域（工業専用地域を除く）」.

Only the form of the words is read here; what they name is looked up by `gisplan.plan.gazetteer`. Words that could
be read in two ways are refused, never guessed.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from gisplan.layers.codes import plain

Known = Callable[[str], bool]
"""Tells whether a whole text is a name: 「中央・汐見台重点地区」 is then not split at its dot."""

SEPARATOR = re.compile(r"及び|および|並びに|ならびに|[、,・;/]")
ENDS = "、,・;/。"
SUFFIX = "自治会|町内会|行政区|自治区|地区|地域|区域|丁目|区"
"""What a list may say once, at its last name."""

NUMBER = "[0-9]+|[一二三四五六七八九十]+"
NUMBERED = re.compile(rf"第?(?:{NUMBER})(?:{SUFFIX})?")
RANGE = re.compile(rf"(.*?)({NUMBER})(?:丁目)?(?:~|から|ないし)\1?({NUMBER})丁目(?:まで)?")
KIND = re.compile(rf"第(?:{NUMBER})種(.+)")
KIND_ALONE = re.compile(rf"第(?:{NUMBER})種")
ALL_OF = re.compile(r"(?:の?全域|の?全部|一円|の(?:区域|範囲|各地区|各自治会|各町))$")
AREA = "(?:区域|地域|範囲|部分|もの)?"
PROVISO = re.compile(rf"(.+?)[。、,]?(?:ただし|但し)[、,]?(.+?)を除(?:く|いた){AREA}。?")
MINUS = (
    re.compile(rf"(.+)のうち[、,]?(.+)を除(?:く|いた){AREA}"),
    re.compile(rf"(.+?)から[、,]?(.+)を除(?:く|いた){AREA}"),
)
MINUS_FIRST = re.compile(r"(.+?)を除(?:く|いた)(.+)")
PART_OF = re.compile(r"(.+?)(?:のうち|内の)[、,]?(.+?)(?:の区域|に限る)?")
BOUNDED = re.compile(r"を除(?:く|いた)|のうち|内の|に限る")
BRACKET = re.compile(r"([^()]+)\(([^()]+)\)")
BRACKETS = re.compile(r"\([^()]*\)")
DISTANCE = re.compile(
    r"(.+?)(?:から|より|まで|の周辺|を中心とする|を中心に)の?"
    r"(半径|直線距離で?|直線で?|徒歩で?|自転車で?|自動車で?|車で?|道路で?)?"
    r"([0-9]+(?:\.[0-9]+)?)(km|キロメートル|キロ|m|メートル|分)(?:以内|圏内|圏|内|の円|の範囲|の区域)*"
)
METRES: Mapping[str, float] = {"m": 1, "メートル": 1, "km": 1000, "キロ": 1000, "キロメートル": 1000}
TRAVELS: Mapping[str, Literal["car", "walk", "bicycle"]] = {
    "徒歩": "walk",
    "自転車": "bicycle",
    "自動車": "car",
    "車": "car",
}
TRAILING = re.compile(rf"[^()]*\(([^()]+(?:を除(?:く|いた){AREA}|に限る)[。、]?)\)")
"""An item with a bracket that bounds it; at the end of a list it bounds the whole list."""

AND = "と"
"""Joins two names in speech; it splits only what it stands between two known names of."""

UNDRAWN = re.compile(r"番地|地番|街区|[0-9]番|[0-9]号|一部|[東西南北]側|以[東西南北]|沿い|沿線|付近|周辺")

Fault = Literal["", "not_drawn", "not_read"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """One item of the words: names to look for, or a list of items, with what bounds it.

    `names` are the spellings to look for, in order; `of` is a list in their place; `only` cuts to, `without` takes
    away; `listed` says that a bracket at the end of a list bounds all of it; `radius_m` or `minutes` take what lies
    around, `travel` is the way of travelling that the words name. `fault` tells why the words cannot be read.
    """

    text: str
    names: tuple[str, ...] = ()
    of: tuple[Phrase, ...] = ()
    only: tuple[Phrase, ...] = ()
    without: tuple[Phrase, ...] = ()
    listed: bool = False
    radius_m: float | None = None
    minutes: float | None = None
    travel: Literal["", "car", "walk", "bicycle"] = ""
    fault: Fault = ""


def read_words(text: str, known: Known) -> tuple[Phrase, ...]:
    """Return the items of a district in words, to be united.

    A bracket 「（Bを除く）」 at the end of a list bounds the whole list, where no other item has one of its own;
    elsewhere it bounds the item before it.

    Parameters
    ----------
    text
        The words as the plan writes them.
    known
        Whether a text, made plain, is a name as a whole.
    """
    lines = "、".join(part for part in text.split("\n") if part.strip())
    return _listed(re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", plain(lines)), known)


def not_drawn(text: str) -> bool:
    """Return whether words name ground that no layer draws, such as a lot number or one side of a street."""
    return UNDRAWN.search(text) is not None


def kanji_number(text: str) -> int:
    """Return a number up to 99 in digits or as 二十三."""
    if text.isascii():
        return int(text)
    digits = {sign: value for value, sign in enumerate("一二三四五六七八九", start=1)}
    tens, ten, ones = text.rpartition("十")
    return (digits.get(tens, 1) * 10 if ten else 0) + digits.get(ones, 0)


def _listed(text: str, known: Known) -> tuple[Phrase, ...]:
    text = text.strip(ENDS)
    if known(text):
        return (Phrase(text=text, names=(text,)),)
    if re.search(r"[()]", BRACKETS.sub("", text)):  # one bracket in another, or one that is never closed
        return (Phrase(text=text, fault="not_read"),)
    if proviso := PROVISO.fullmatch(text):
        first, away = (_listed(part, known) for part in proviso.groups())
        return (Phrase(text=text, of=first, without=away),)
    items = _items(text, known)
    if (inner := _of_the_list(items, known)) is not None:
        head = _listed(text.removesuffix(f"({inner})"), known)
        return (dataclasses.replace(_bracket(text, inner, head, known), listed=True),)
    items = _expanded(items)
    if any(BOUNDED.search(BRACKETS.sub("", item)) and not known(item) for item in items):
        return (_bounded(text, known),)
    return tuple(_item(item, names, known) for item, names in zip(items, _spellings(items), strict=True))


def _of_the_list(items: Sequence[str], known: Known) -> str | None:
    """Return what stands in a bracket that bounds a whole list, None where there is no such bracket."""
    if len(items) < 2 and not (items and RANGE.fullmatch(items[0].split("(")[0])):  # noqa: PLR2004 (a list)
        return None
    found = None if known(items[-1]) else TRAILING.fullmatch(items[-1])
    own = any("(" in item and not known(item) for item in items[:-1])
    return None if found is None or own else found[1]


def _bounded(text: str, known: Known) -> Phrase:
    """Return one area bounded by others; where several could be the one that is bounded, it is not read."""
    if found := next((match for form in MINUS if (match := form.fullmatch(text))), None):
        (area, away), alone = found.groups(), found[1]
    elif (found := MINUS_FIRST.fullmatch(text)) and not re.fullmatch(AREA, found[2]):
        (away, area), alone = found.groups(), found[1] + found[2]
    elif (found := PART_OF.fullmatch(text)) and "を除" not in text:
        if len(_items(found[1], known)) == 1:
            return Phrase(text=text, of=_listed(found[1], known), only=_listed(found[2], known))
        return Phrase(text=text, fault="not_read")
    else:
        return Phrase(text=text, fault="not_read")
    if len(_items(alone, known)) > 1:
        return Phrase(text=text, fault="not_read")
    return Phrase(text=text, of=_listed(area, known), without=_listed(away, known))


def _items(text: str, known: Known) -> list[str]:
    """Return the items between the separators outside brackets; a run that is a name as a whole stays one."""
    cuts = list(_cuts(text))
    starts, ends = [0, *(end for _, end in cuts)], [*(start for start, _ in cuts), len(text)]
    items, here = [], 0
    while here < len(starts):
        last = next((k for k in range(len(ends) - 1, here, -1) if known(text[starts[here] : ends[k]])), here)
        items.append(text[starts[here] : ends[last]])
        here = last + 1
    return [part for item in items if item for part in _apart(item, known)]


def _apart(item: str, known: Known) -> list[str]:
    """Return the names that an item joins by 「と」, the item alone where they are not all known."""
    bare = item.split("(", maxsplit=1)[0]
    parts = None if known(item) or known(bare) or AND not in bare else _names(bare, known)
    if not parts:
        return [item]
    return [*parts[:-1], parts[-1] + item[len(bare) :]]


def _names(text: str, known: Known) -> list[str] | None:
    """Return the known names that a text joins by 「と」, None where it is not made of such."""
    if _is_name(text, known):
        return [text]
    for cut in re.finditer(AND, text):
        rest = _names(text[cut.end() :], known) if _is_name(text[: cut.start()], known) else None
        if rest:
            return [text[: cut.start()], *rest]
    return None


def _is_name(text: str, known: Known) -> bool:
    """Return whether a text is a name, also with or without the kind of area that a list may say once."""
    stem = re.sub(rf"(?:{SUFFIX})$", "", ALL_OF.sub("", text))
    kinds = ("", *SUFFIX.split("|"))
    return bool(stem) and (known(text) or any(known(stem + kind) for kind in kinds))


def _cuts(text: str) -> Iterator[tuple[int, int]]:
    for found in SEPARATOR.finditer(text):
        before = text[: found.start()]
        if before.count("(") <= before.count(")"):
            yield found.span()


def _expanded(items: Iterable[str]) -> list[str]:
    """Return items with 本町1~3丁目 as 本町1丁目, 本町2丁目, 本町3丁目."""
    found: list[str] = []
    for item in items:
        span = RANGE.fullmatch(item)
        if span:
            first, last = kanji_number(span[2]), kanji_number(span[3])
            found += [f"{span[1]}{number}丁目" for number in range(first, last + 1)]
        else:
            found.append(item)
    return found


def _spellings(items: Sequence[str]) -> list[tuple[str, ...]]:
    """Return the spellings to look for of each item: as written, with what the list says once, without it."""
    found = []
    before = ""
    for position, item in enumerate(items):
        bare = item.split("(")[0]
        names = [bare, ALL_OF.sub("", bare)]
        own = re.search(rf"(?:{SUFFIX})$", bare)
        later = (re.search(rf"({SUFFIX})$", other.split("(")[0]) for other in items[position + 1 :])
        once = next((match[1] for match in later if match), "")
        kind = next((match[1] for other in items[position + 1 :] if (match := KIND.fullmatch(other))), "")
        if KIND_ALONE.fullmatch(bare) and kind:
            names.append(bare + kind)
        elif own is None and once:
            names.append(bare + once)
        elif own is not None:
            names.append(bare[: own.start()])
        if NUMBERED.fullmatch(bare) and before:
            names += [before + name for name in names]
        else:
            before = re.sub(rf"{NUMBERED.pattern}$", "", bare)
        found.append(tuple(dict.fromkeys(name for name in names if name)))
    return found


def _item(text: str, names: tuple[str, ...], known: Known) -> Phrase:
    if not known(text) and "(" in text:
        return _bracketed(text, names, known)
    around = None if known(text) else DISTANCE.fullmatch(text)
    if around is None:
        return Phrase(text=text, names=names)
    way, size, unit = re.sub("で$", "", around[2] or ""), float(around[3]), around[4]
    near = (around[1],)
    if unit == "分":
        crow = way in {"半径", "直線", "直線距離"}
        return Phrase(text=text, names=near, minutes=size, travel=TRAVELS.get(way, ""),
                      fault="not_read" if crow else "")  # fmt: skip
    by_road = way in {*TRAVELS, "道路"}  # metres along a road are neither a circle nor minutes
    return Phrase(text=text, names=near, radius_m=size * METRES[unit], fault="not_read" if by_road else "")


def _bracketed(text: str, names: tuple[str, ...], known: Known) -> Phrase:
    found = BRACKET.fullmatch(text)
    if found is None:
        return Phrase(text=text, fault="not_read")
    return _bracket(text, found[2], (_item(found[1], names, known),), known)


def _bracket(text: str, bracket: str, first: tuple[Phrase, ...], known: Known) -> Phrase:
    """Return items bounded by what a bracket behind them says."""
    inner = bracket.strip(ENDS)
    if away := re.fullmatch(rf"(.+)を除(?:く|いた){AREA}", inner):
        return Phrase(text=text, of=first, without=_listed(away[1], known))
    if bound := re.fullmatch(r"(.+)に限る", inner):
        return Phrase(text=text, of=first, only=_listed(bound[1], known))
    if re.fullmatch(r"全域|全部|以下.*という", inner):
        return first[0] if len(first) == 1 else Phrase(text=text, of=first)
    return Phrase(text=text, fault="not_drawn" if not_drawn(inner) else "not_read")
