"""The answers of gisplan and of the peer on Yaizu, compared table by table.

Minutes are compared where both put a place on the same spot: the peer takes the nearest of nodes that stand
up to 50 m apart, gisplan the nearest point of a road, so only places equally far from it within 5 m count.
"""

from __future__ import annotations

import csv
import sqlite3
import unicodedata
from collections.abc import Hashable, Mapping
from contextlib import closing
from pathlib import Path

from bench_jobs.measure import Check

HECTARES = 0.01
MINUTES = 0.5
SAME_SPOT_M = 5.0
NEARLY_ALL = 0.99
EVEN = 0.0005
"""A lot halved between two zones within this share is left out: overlapping zones decide it."""

BOTH_WAYS = 2
SAME_OFFICE = {"by_right_within_limits": "by_right"}
"""The peer does not tell these apart."""

Table = list[dict[str, str]]
Figures = Mapping[Hashable, float]


def compare(ours: Path, theirs: Path) -> tuple[Check, ...]:
    """Return the comparisons of two output folders.

    Parameters
    ----------
    ours
        Folder that `gisplan run` wrote.
    theirs
        Folder that the peer wrote.
    """
    return (*_provision(ours, theirs), *_lots(ours, theirs), *_links(ours, theirs), _houses(ours, theirs))


def _table(folder: Path, name: str) -> Table:
    with (folder / "tables" / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _provision(ours: Path, theirs: Path) -> list[Check]:
    """Compare hectares, covered hectares and vacant houses of each promotion area and zone."""
    mine, other = _table(ours, "provision"), _table(theirs, "provision")
    found = []
    for what, column, within in (
        ("bench_area_ha", "area_ha", HECTARES),
        ("bench_covered_ha", "covered_ha", HECTARES),
        ("bench_vacant_houses", "vacant_houses", 0.0),
    ):
        one: Figures = {(row["promotion_area"], row["zone"]): float(row[column]) for row in mine}
        two: Figures = {(row["名称"], row["zone"]): float(row[column]) for row in other}
        found.append(_near(what, one, two, within=within))
    return found


def _lots(ours: Path, theirs: Path) -> list[Check]:
    """Compare the zone of each lot, and the verdict on an office where gisplan can tell it."""
    mine = {row["id"]: row for row in _table(ours, "verdicts") if row["layer"] == "site"}
    other = {row["地番"]: row for row in _table(theirs, "verdicts")}
    clear = [name for name, row in mine.items() if abs(float(row["zone_share"] or 0.0) - 0.5) > EVEN]
    told = [name for name in clear if mine[name]["verdict"] != "cannot_tell"]
    same_zone = [mine[name]["zone"] == other[name]["zone"] for name in clear]
    verdicts = {name: mine[name]["verdict"] for name in told}
    same_verdict = [SAME_OFFICE.get(said, said) == other[name]["verdict"] for name, said in verdicts.items()]
    return [
        _counted("bench_lot_zone", same_zone, of=len(mine)),
        _counted("bench_lot_verdict", same_verdict, of=len(mine)),
    ]


def _links(ours: Path, theirs: Path) -> list[Check]:
    """Compare which hubs both interchanges reach, and the minutes."""
    mine, other = _table(ours, "links"), _table(theirs, "links")
    minutes, their_minutes = _of_links(mine, "minutes"), _of_links(other, "minutes")
    reached, their_reached = _from_both(minutes), _from_both(their_minutes)
    snap, their_snap = _of_links(mine, "snap_hub_m"), _of_links(other, "snap_hub_m")
    spot = {key for key, metres in snap.items() if abs(metres - their_snap.get(key, -1e9)) <= SAME_SPOT_M}
    return [
        Check(
            what="bench_hubs",
            found=f"{len(reached & their_reached)}/{len(reached | their_reached)}",
            equal=bool(reached) and reached == their_reached,
        ),
        _near(
            "bench_link_minutes",
            {key: value for key, value in minutes.items() if key in spot},
            {key: value for key, value in their_minutes.items() if key in spot},
            within=MINUTES,
            of=len(minutes),
        ),
    ]


def _of_links(rows: Table, column: str) -> Figures:
    """Return a figure of each link that exists; gisplan writes names in plain width."""
    return {
        (unicodedata.normalize("NFKC", row["hub"]), row["interchange"], row["direction"]): float(row[column])
        for row in rows
        if row["minutes"]
    }


def _from_both(minutes: Figures) -> set[str]:
    """Return the hubs that are reached from two interchanges."""
    pairs = {key[:2] for key in minutes if isinstance(key, tuple) and key[2] == "to_hub"}
    hubs = [hub for hub, _ in pairs]
    return {hub for hub in hubs if hubs.count(hub) == BOTH_WAYS}


def _houses(ours: Path, theirs: Path) -> Check:
    """Compare the minutes from each house to the nearest of each service."""
    their_rows = {row["管理番号"]: row for row in _table(theirs, "access")}
    snap = _house_metres(ours / "layers.gpkg")
    spot = {
        name
        for name, row in their_rows.items()
        if row["snap_m"] and abs(float(row["snap_m"]) - snap.get(name, -1e9)) <= SAME_SPOT_M
    }
    one: dict[Hashable, float] = {}
    two: dict[Hashable, float] = {}
    count = 0
    for row in _table(ours, "access"):
        if row["measure"] != "nearest_1" or not row["value"]:
            continue
        count += 1
        if row["id"] in spot:
            said = their_rows[row["id"]][f"to_{row['to']}"]
            one[row["id"], row["to"]] = float(row["value"])
            two[row["id"], row["to"]] = float(said) if said else float("nan")
    return _near("bench_house_minutes", one, two, within=MINUTES, of=count, least=NEARLY_ALL)


def _house_metres(path: Path) -> dict[str, float]:
    """Return how far each house is from its road [m], as the GeoPackage says."""
    asked = "SELECT id, minutes_snap_m FROM vacant_house WHERE minutes_snap_m IS NOT NULL"
    with closing(sqlite3.connect(path)) as file:
        return {name: float(metres) for name, metres in file.execute(asked)}


def _near(
    what: str, ours: Figures, theirs: Figures, *, within: float, of: int | None = None, least: float = 1.0
) -> Check:
    """Compare figures; `least` is the share of them that must be `within` each other."""
    apart = [abs(value - theirs.get(key, float("nan"))) for key, value in ours.items()]
    near = sum(one <= within for one in apart)
    largest = max(apart, default=0.0)
    # In words: equal ones / compared ones (all there are; greatest difference).
    return Check(
        what=what,
        found=f"{near:,}/{len(ours):,} ({of or len(ours):,}; max {largest:.2g})",
        equal=bool(ours)
        and (near == len(ours) == len(theirs) or (least < 1.0 and near >= least * len(ours))),
    )


def _counted(what: str, same: list[bool], *, of: int) -> Check:
    return Check(what=what, found=f"{sum(same):,}/{len(same):,} ({of:,})", equal=bool(same) and all(same))
