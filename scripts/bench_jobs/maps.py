"""The goal M2: a million places and 20,000 areas in one file that opens at once, beside what folium has itself.

What a person waits for is measured on the clock, in headless Chromium with the network off: until the map is painted,
the time between frames while it is dragged (the 95th percentile of 100) and zoomed (the longest), and what scripts
hold. The picks are compared with shapely. folium's GeoJson is measured at the size that it opens, and ours beside it.
"""

from __future__ import annotations

import json
import statistics
import tempfile
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import browser
import environment

from bench_jobs.measure import Bench, Check, Row, Used, median, missing, run

TASKS = Path(__file__).parent / "maps_tasks.py"
PEERS = environment.ROOT / "scripts" / "bench_peers"
PEER_NEEDS = ("folium", "playwright")
WHOLE, FEW, FULL = (1_000_000, 20_000), (10_000, 2_000), (5_000_000, 200_000)
SHORT = (2_000, 200)
TARGETS: Mapping[str, float] = {"mb": 11, "ready_s": 1.5, "drag_ms": 17, "zoom_ms": 150, "heap_mb": 50}
FULL_TARGETS: Mapping[str, float] = {"mb": 50, "ready_s": 6}
WORDS: Mapping[str, str] = {
    "mb": "file <= {} MB", "ready_s": "ready <= {} s", "drag_ms": "drag p95 <= {} ms", "zoom_ms": "zoom <= {} ms",
    "heap_mb": "heap <= {} MB",
}  # fmt: skip
SECONDS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """What one side took to be written, and what was seen of its page, the medians of all rounds."""

    written: Used
    seen: Mapping[str, float]

    @property
    def size(self) -> str:
        """What was seen, in words."""
        seen = self.seen
        if not seen.get("opened", 1):
            return f"{seen['mb']:.1f} MB, did not open in {seen['ready_s']:.0f} s: the ratio is at least that"
        return (
            f"{seen['mb']:.1f} MB, ready {seen['ready_s']:.2f} s, drag p95 {seen['drag_ms']:.1f} ms, "
            f"zoom max {seen['zoom_ms']:.0f} ms, heap {seen['heap_mb']:.0f} MB, {seen['requests']:.0f} requests"
        )


def rows(bench: Bench) -> list[Row]:
    """Return the rows of the job; with `full` also those of five million places and 200,000 areas.

    Parameters
    ----------
    bench
        Python, rounds, how much, and whom to tell.

    Raises
    ------
    SystemExit
        With code 2 where no browser is found.
    """
    variables = environment.clean_environment(PYTHONPATH=str(environment.ROOT))
    if missing(bench, packages=PEER_NEEDS, variables=variables) or not browser.ensure(bench.python):
        environment.say("bench_no_browser")
        raise SystemExit(2)
    quick = bench.rounds == 1
    whole, few = (SHORT, SHORT) if quick and not bench.full else (WHOLE, FEW)
    with tempfile.TemporaryDirectory(prefix="gisplan-bench-") as place:
        work = Work(bench=bench, folder=Path(place), variables=variables, short=whole != WHOLE, sides={})
        found = _goal_rows(work, whole, TARGETS if whole == WHOLE else {})
        found.append(_beside(work, few, "geojson", "folium GeoJson"))
        if not work.short:  # it is brought from a registry
            found.append(_cluster_row(work, whole))
        if bench.full:
            found += _goal_rows(work, FULL, FULL_TARGETS)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """How to measure, the folder for data and pages, and the environment of every program."""

    bench: Bench
    folder: Path
    variables: dict[str, str]
    short: bool
    sides: dict[str, Side]

    def python(self, *arguments: str) -> Used:
        """Run one of our programs."""
        return run([str(self.bench.python), *arguments], variables=self.variables)

    def data(self, size: tuple[int, int]) -> Path:
        """Return the folder with the data of a size, made when it is first asked for."""
        folder = self.folder / f"{size[0]}-{size[1]}"
        if not folder.exists():
            self.bench.tell(f"{size[0]:,} + {size[1]:,}")
            self.python(str(TASKS), "make", str(folder), *map(str, size))
        return folder

    def side(self, size: tuple[int, int], *, peer: str = "", assets: Path | None = None) -> Side:
        """Return what a side took and what was seen of its page, once; each round writes and opens it anew."""
        name = f"{peer} {size}"
        if name not in self.sides:
            self.sides[name] = self._side(size, peer=peer, assets=assets)
        return self.sides[name]

    def _side(self, size: tuple[int, int], *, peer: str, assets: Path | None) -> Side:
        data, page, result = (
            self.data(size),
            self.folder / f"{peer or 'ours'}.html",
            self.folder / "seen.json",
        )
        more = [str(assets)] if assets else []
        maker = [str(PEERS / "maps.py"), peer, str(data), str(page), *more] if peer else [
            str(TASKS), "write", str(data), str(page)]  # fmt: skip
        written, seen = [], []
        for number in range(1, (1 if peer else self.bench.rounds) + 1):
            self.bench.tell(f"{number} {peer or 'gisplan'} {size[0]:,} + {size[1]:,}")
            written.append(self.python(*maker))
            self.python(
                str(TASKS), "look", str(data), str(page), str(result), "short" if self.short else "whole"
            )
            seen.append(json.loads(result.read_text("utf-8")))
        middle = {name: statistics.median(one[name] for one in seen) for name in seen[0]}
        return Side(
            written=median(written), seen=middle | {"exact": min(one.get("exact", 0) for one in seen)}
        )


def _goal_rows(work: Work, size: tuple[int, int], targets: Mapping[str, float]) -> list[Row]:
    """Return a row for writing the page and one for each goal; picks stand with the first."""
    side = work.side(size)
    named = f"{size[0]:,} points + {size[1]:,} areas"
    picks = Check(
        what="bench_map_picks",
        found=f"{side.seen['exact']:.0f}/{side.seen['asked']:.0f}, {side.seen['empty']:.0f} of them nothing",
        equal=side.seen["exact"] == side.seen["asked"],
    )
    quiet = Check(
        what="bench_map_requests", found=f"{side.seen['requests']:.0f}", equal=side.seen["requests"] == 0
    )
    runs = work.bench.rounds
    first = Row(goal="M2", job=f"map, {size[0]:,} + {size[1]:,}", size=f"{named}: {side.size}", ours=side.written,
                target="-", reached=True, runs=runs, checks=(picks, quiet))  # fmt: skip
    return [
        first,
        *(_goal_row(side, name, target, size=named, runs=runs) for name, target in targets.items()),
    ]


def _goal_row(side: Side, name: str, target: float, *, size: str, runs: int) -> Row:
    value = side.seen[name]
    waited = value / SECONDS if name.endswith("_ms") else side.seen["ready_s"]
    ours = Used(wall_s=waited, cpu_s=None, memory_mb=side.seen["heap_mb"])
    return Row(goal="M2", job=f"map, {name.split('_', maxsplit=1)[0]} {value:.4g}", size=size, ours=ours, by_clock=True,
               target=WORDS[name].format(f"{target:g}"), reached=value <= target, runs=runs)  # fmt: skip


def _beside(work: Work, size: tuple[int, int], peer: str, named: str, assets: Path | None = None) -> Row:
    """Return a row with the seconds until the map is there, of both sides at one size."""
    ours, theirs = work.side(size), work.side(size, peer=peer, assets=assets)
    return Row(
        goal="M2",
        job=f"map, ready, {size[0]:,} + {size[1]:,}",
        size=f"{ours.size}; {named}: {theirs.size}",
        ours=Used(wall_s=ours.seen["ready_s"], cpu_s=None, memory_mb=ours.seen["heap_mb"]),
        theirs=Used(wall_s=theirs.seen["ready_s"], cpu_s=None, memory_mb=theirs.seen["heap_mb"]),
        peer=named,
        target="-",
        reached=True,
        by_clock=True,
        runs=1,
    )


def _cluster_row(work: Work, size: tuple[int, int]) -> Row:
    """Return the row beside FastMarkerCluster, which is brought from the npm registry where that is within reach."""
    named = "FastMarkerCluster (points alone)"
    try:
        assets = _brought(work.folder / "assets")
    except Exception as fault:  # noqa: BLE001 (no registry, no npm: the row says so)
        lacking = f"{named} (not installed: leaflet.markercluster, {type(fault).__name__})"
        nothing = Used(wall_s=0.0, cpu_s=None, memory_mb=None)
        return Row(goal="M2", job="map, clusters", size="", ours=nothing, target="-", reached=False, by_clock=True,
                   runs=1, peer=lacking)  # fmt: skip
    return _beside(work, size, "cluster", named, assets)


def _brought(folder: Path) -> Path:
    """Return a folder with the files of the package that the peer needs."""
    import hatch_build

    packages = tomllib.loads((PEERS / "maps.lock.toml").read_text("utf-8"))
    for name, package in packages.items():
        for path, content in hatch_build._files(name, package).items():  # noqa: SLF001 (the same hook, another list)
            target = folder / Path(path).name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
    return folder
