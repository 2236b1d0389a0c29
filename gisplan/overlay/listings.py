"""The same house in several lists: found by its address or by its place, and put together as one.

Lists of different offices write an address in different ways and place a point by different means, so that
neither alone finds every double listing; where they leave it open, nothing is put together.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
import weakref
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gisplan.overlay.guard import metric

DISTANCE_M = 5.0
"""Points of two lists within this distance [m] are one house, where no third one makes that doubtful."""

FAR_M = 100.0
"""Equal addresses farther apart than this [m] may be one lot number given twice, or one point set wrong."""

COLUMNS = ("id", "other", "sources", "distance_m", "by")

KANJI = "〇一二三四五六七八九"
NUMERAL = re.compile(r"[〇一二三四五六七八九十百]+(?=丁目|番地|番|号)")
DASHES = re.compile(r"[‐‑‒–—―−－ｰ]|(?<=\d)[ーのノ](?=\d)")
DASH_SIGNS = "‐‑‒–—―−－ｰーのノ"
MARK = re.compile(r"[番号](?=[\d\-]|$)", re.MULTILINE)
MARKS = ("丁目", "番地の", "番地")
PREFECTURE = re.compile(r"^(?:北海道|東京都|京都府|大阪府|[^市区町村郡\n]{2,3}県)", re.MULTILINE)
NO_LOT = -1
DIGIT = re.compile(r"\d")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listings:
    """Double listings of the records of houses.

    `pairs` are those that are sure, one row a pair with `id` before `other`, and `possible` those that only the
    office can tell; both have `id`, `other`, `sources`, `distance_m` and `by` (address, place or both). `house`
    is the house of every record, named by the lowest id of its records, by record id.
    """

    pairs: pd.DataFrame
    possible: pd.DataFrame
    house: pd.Series[str]


def normal_address(text: str) -> str:
    """Return an address in one spelling, "" where it names no lot.

    Width, spaces, prefecture, kanji numerals, dashes and the words 丁目, 番地, 番 and 号 make no difference.
    """
    return normal_addresses([text])[0]


def normal_addresses(texts: Iterable[str]) -> list[str]:
    """Return many addresses in one spelling each; see `normal_address`.

    All are searched as one text, a line each: a search for every one of 200,000 takes ten times as long.
    """
    spaceless = ["".join(text.split()) for text in texts]
    if not spaceless:
        return []
    narrow = unicodedata.normalize("NFKC", "\n".join(spaceless))
    narrow = PREFECTURE.sub("", narrow.replace(" ", ""))  # NFKC makes spaces of some signs
    if any(sign in narrow for sign in DASH_SIGNS):  # most lists have few of them, and a look is cheap
        narrow = DASHES.sub("-", narrow)
    narrow = NUMERAL.sub(lambda found: str(_number(found[0])), narrow)
    marked = MARK.sub("-", narrow)
    for mark in MARKS:
        marked = marked.replace(mark, "-")
    while "--" in marked:
        marked = marked.replace("--", "-")
    lots = zip(narrow.split("\n"), (line.strip("-") for line in marked.split("\n")), strict=True)
    return ["" if line.endswith("丁目") or not _has_digit(lot) else lot for line, lot in lots]


def _has_digit(lot: str) -> bool:
    """Return whether a lot has a number: nearly all end with it, and to look there is quicker than to search."""
    return lot[-1:].isdecimal() or DIGIT.search(lot) is not None


def _number(kanji: str) -> int:
    """Return a number up to 999 written in kanji, place by place (二三) or with tens and hundreds (二十三)."""
    if not set(kanji) & {"十", "百"}:
        return int("".join(str(KANJI.index(sign)) for sign in kanji))
    total = digit = 0
    for sign in kanji:
        if sign in KANJI:
            digit = KANJI.index(sign)
        else:
            total += max(digit, 1) * (100 if sign == "百" else 10)
            digit = 0
    return total + digit


def listed_once(houses: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    """Return which record stands for its house [n]: of those that are surely one house, that of the lowest id.

    Parameters
    ----------
    houses
        Points with `id`, `source` and, where known, `address` [n, m].

    Raises
    ------
    InputError
        If the CRS is not metric.
    """
    metric(houses, place="overlay.listings")
    return _listed_once(_Asked(digest=_digest(houses), houses=weakref.ref(houses))).copy()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """Houses by the digest of what counts of them; those who remember it keep none of them alive."""

    digest: bytes
    houses: Callable[[], gpd.GeoDataFrame | None] = field(compare=False)


def _digest(houses: gpd.GeoDataFrame) -> bytes:
    named = [houses[name].tolist() for name in ("id", "source", "address") if name in houses]
    points = shapely.to_wkb(houses.geometry.to_numpy()).tolist()
    return hashlib.sha256(repr((named, points)).encode("utf-8", "surrogatepass")).digest()


@lru_cache(maxsize=4)
def _listed_once(asked: _Asked) -> NDArray[np.bool_]:
    """Return `listed_once` of houses: every scenario asks it of those of today several times."""
    houses = asked.houses()
    if houses is None:
        raise LookupError("houses")
    own = houses["id"].to_numpy(object)
    found = _listings(houses, distance_m=DISTANCE_M, far_m=FAR_M).house
    return np.asarray(found.loc[own].to_numpy(object) == own, dtype=bool)


def double_listings(
    houses: gpd.GeoDataFrame, *, distance_m: float = DISTANCE_M, far_m: float = FAR_M
) -> Listings:
    """Return which records of houses are listings of one house.

    Sure are equal addresses within `far_m`, and points of two different named sources within `distance_m`
    where each is the only one of its source that near the other. Possible only are equal addresses farther
    apart, other points of two sources that near, and records of one source at exactly one point: a terrace or
    an apartment house looks just like that.

    Parameters
    ----------
    houses
        Points with `id`, `source` and, where known, `address` [n, m].
    distance_m, far_m
        Limits, inclusive [m].

    Raises
    ------
    InputError
        If the table has no CRS in metres.
    """
    metric(houses, place="overlay.listings")
    return _listings(houses, distance_m=distance_m, far_m=far_m)


def _listings(houses: gpd.GeoDataFrame, *, distance_m: float, far_m: float) -> Listings:
    records = _records(houses)
    found = _candidates(records, distance_m=distance_m, far_m=far_m)
    one, two = (records.iloc[found[side]].reset_index(drop=True) for side in ("left", "right"))
    metres = shapely.distance(one["point"].to_numpy(), two["point"].to_numpy())
    alike = ((one["address"] == two["address"]) & (one["address"] != NO_LOT) & (metres <= far_m)).to_numpy()
    close = ((one["source"] != two["source"]) & (metres <= distance_m)).to_numpy()
    frame = pd.DataFrame(
        {
            "id": one["id"],
            "other": two["id"],
            "sources": _both(one["source"], two["source"]),
            "distance_m": metres,
            "by": np.where(alike & close, "both", np.where(alike, "address", "place")),
        },
        columns=list(COLUMNS),
    )
    sure = alike | (close & _alone(found, close, one=one, two=two))
    ids = records["id"].to_numpy(object)
    root = _roots(len(ids), found["left"].to_numpy()[sure], found["right"].to_numpy()[sure])
    house = pd.Series(ids[root], index=ids, dtype="object")
    possible = pd.concat([frame[~sure], _far_apart(records, house)], ignore_index=True)
    return Listings(pairs=_sorted(frame[sure]), possible=_sorted(possible), house=house)


def _records(houses: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the records in the order of their ids, with numbers for what they may share.

    `address` is that of their address in one spelling, NO_LOT where it names none, `spot` that of one point in one
    source, and `place` that of one point with one address.
    """
    ordered = houses.sort_values("id", kind="stable", ignore_index=True)
    point = ordered.geometry.to_numpy()
    texts = ordered["address"].to_list() if "address" in ordered else [""] * len(ordered)
    address, spelt = pd.factorize(np.array(normal_addresses(texts), dtype=object))
    address[np.isin(address, np.flatnonzero(spelt == ""))] = NO_LOT
    records = pd.DataFrame(
        {
            "id": ordered["id"].astype(object),
            "source": ordered["source"].astype(object),
            "address": address,
            "point": point,
            "x": shapely.get_x(point),
            "y": shapely.get_y(point),
        }
    )
    return records.assign(
        spot=records.groupby(["x", "y", "source"], sort=False).ngroup(),
        place=records.groupby(["x", "y", "address"], sort=False).ngroup(),
    )


def _candidates(records: pd.DataFrame, *, distance_m: float, far_m: float) -> pd.DataFrame:
    """Return pairs of rows, the lower one as `left`, that may be one house.

    Records of one point are tied to the first of them only: a list that sets thousands of records to the town
    hall would else have millions of pairs.
    """
    first = records.drop_duplicates("spot")
    points = first["point"].to_numpy()
    left, right = shapely.STRtree(points).query(points, predicate="dwithin", distance=distance_m)
    source, row = first["source"].to_numpy(object), first.index.to_numpy()
    apart = source[left] != source[right]
    named = records[records["address"] != NO_LOT]
    lots = named.drop_duplicates("place")
    few = lots[lots.duplicated("address", keep=False)].reset_index()[["index", "address", "x", "y"]]
    same = few.merge(few, on="address", suffixes=("", "_two"))
    near = np.hypot(same["x"] - same["x_two"], same["y"] - same["y_two"]) <= far_m
    stars = [
        (rows["index"].groupby(rows[key]).transform("min"), rows["index"])
        for key, whole in (("spot", records), ("place", named))
        for rows in [whole[whole.duplicated(key, keep=False)].reset_index()]
    ]
    one = [row[left[apart]], same.loc[near, "index"], *(lead for lead, _ in stars)]
    two = [row[right[apart]], same.loc[near, "index_two"], *(other for _, other in stars)]
    pairs = pd.DataFrame({"left": np.concatenate(one), "right": np.concatenate(two)}, dtype="int64")
    pairs = pairs[pairs["left"] < pairs["right"]].drop_duplicates()
    return pairs.sort_values(["left", "right"], ignore_index=True)


def _alone(
    found: pd.DataFrame, close: NDArray[np.bool_], *, one: pd.DataFrame, two: pd.DataFrame
) -> NDArray[np.bool_]:
    """Return the pairs of which each end is a record alone at its point and near one record of that source."""
    ends = [
        pd.DataFrame({"row": found[near], "source": far["source"]})[close]
        for near, far in (("left", two), ("right", one))
    ]
    known = pd.concat(ends).value_counts().to_dict()
    crowded = {
        end for side in (one, two) for end in side.loc[(one["spot"] == two["spot"]).to_numpy(), "spot"]
    }
    alone = [
        known.get((left, there), 0) == 1 and known.get((right, here), 0) == 1 and not {a, b} & crowded
        for left, right, here, there, a, b in zip(
            found["left"], found["right"], one["source"], two["source"], one["spot"], two["spot"], strict=True
        )
    ]
    named = (one["source"] != "") & (two["source"] != "")
    return np.array(alone, dtype=bool) & named.to_numpy()


def _far_apart(records: pd.DataFrame, house: pd.Series[str]) -> pd.DataFrame:
    """Return a row for every house that has the address of another one, far away."""
    first = records.assign(house=house.to_numpy())
    first = first[(first["address"] != NO_LOT) & first.duplicated("address", keep=False)]
    first = first.drop_duplicates(["address", "house"])
    other = first[first.duplicated("address")]
    lead = first.drop_duplicates("address").set_index("address").loc[other["address"]]
    return pd.DataFrame(
        {
            "id": lead["id"].to_numpy(object),
            "other": other["id"].to_numpy(object),
            "sources": _both(lead["source"], other["source"]),
            "distance_m": shapely.distance(lead["point"].to_numpy(), other["point"].to_numpy()),
            "by": "address",
        },
        columns=list(COLUMNS),
    )


def _both(one: pd.Series[str], two: pd.Series[str]) -> NDArray[np.object_]:
    """Return two sources as one text, in the order of the alphabet."""
    return np.array(["・".join(sorted(pair)) for pair in zip(one, two, strict=True)], dtype=object)


def _roots(count: int, left: NDArray[np.int64], right: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return for every row the lowest row that is tied to it."""
    tied: dict[int, int] = {}

    def find(row: int) -> int:
        while (lower := tied.get(row, row)) != row:
            tied[row] = row = tied.get(lower, lower)
        return row

    for one, two in zip(left.tolist(), right.tolist(), strict=True):
        low, high = sorted((find(one), find(two)))
        tied[high] = low
    root = np.arange(count, dtype=np.int64)
    root[list(tied)] = [find(row) for row in list(tied)]
    return root


def _sorted(pairs: pd.DataFrame) -> pd.DataFrame:
    return pairs.sort_values(["id", "other"], kind="stable", ignore_index=True)
