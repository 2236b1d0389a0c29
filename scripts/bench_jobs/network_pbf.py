"""The goal P7: from a PBF file to its network, stored and loaded again, beside pyosmium, osmnx and DuckDB.

What is timed of gisplan begins with the bytes of the file and ends with a file of arrays on disk, synced: the network
with minutes, its road table and all lines. pyosmium ends with counts and lengths in memory, osmnx with its graph,
DuckDB with a count. Rows of their own tell what it takes gisplan without its compiled loops, as the first small file
of a process is read, and with tables and lines in hand.

Libraries and compiled loops are loaded before the clock starts, on every side. osmnx takes XML, so it is given the
streets alone, turned into XML before; that is less than it would have to read. DuckDB only reads the ways, and builds
nothing of them.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import environment

from bench_jobs.measure import Bench, Check, Row, Used, missing, run
from bench_jobs.yaizu import real_data

TASKS = Path(__file__).parent / "network_pbf_tasks.py"
FILES: Mapping[str, int] = {
    "osm/liechtenstein.osm.pbf": 32632,
    "osm/monaco.osm.pbf": 32632,
    "osm/andorra.osm.pbf": 32631,
    "osm/Helsinki.osm.pbf": 32635,
    "poa/poa_osm.pbf": 32722,
}
"""Files of real data, and the CRS of their networks."""

QUICK = "osm/andorra.osm.pbf"
PEERS: Mapping[str, tuple[str, float]] = {
    "pyosmium": ("osmium", 10.0),
    "osmnx": ("osmnx", 200.0),
    "duckdb": ("duckdb", 2.0),
}
"""What each peer needs, and how many times faster the goal is."""

PUBLISHED = "published: 0.071 CPU s/MB"
MEGABYTE = 1e6
METRES = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class _Side:
    """What one side took in all rounds, and what it found."""

    used: tuple[Used, ...]
    found: Mapping[str, Any]

    @property
    def median(self) -> Used:
        """The medians of what it took."""
        return Used(
            wall_s=statistics.median(one.wall_s for one in self.used),
            cpu_s=statistics.median(one.seconds for one in self.used),
            memory_mb=statistics.median(one.memory_mb or 0.0 for one in self.used),
        )


def rows(bench: Bench) -> list[Row]:
    """Return the rows of the job; one round takes one small file.

    Parameters
    ----------
    bench
        Python, rounds, and whom to tell.

    Raises
    ------
    SystemExit
        With code 2 where the real data are not there.
    """
    data = real_data()
    variables = environment.clean_environment(PYTHONPATH=str(environment.ROOT))
    lacking = _lacking(bench, variables)
    names = [QUICK] if bench.rounds == 1 else list(FILES)
    found = []
    with tempfile.TemporaryDirectory(prefix="gisplan-bench-") as place:
        for name in names:
            found += _file_rows(bench, data / name, FILES[name], lacking, Path(place), variables)
    return found


def _lacking(bench: Bench, variables: dict[str, str]) -> dict[str, str]:
    """Return the peers that cannot run here, and what they lack."""
    found = {}
    for name, (package, _) in PEERS.items():
        if missing(bench, packages=(package,), variables=variables):
            found[name] = package
    if "duckdb" not in found:
        # The extension is a download of its own, which the benchmark does not make.
        command = [str(bench.python), "-c", "import duckdb; duckdb.connect().execute('LOAD spatial')"]
        if subprocess.run(command, env=variables, capture_output=True, check=False).returncode:
            found["duckdb"] = f"duckdb extension spatial; {PUBLISHED}"
    return found


def _file_rows(
    bench: Bench, path: Path, crs: int, lacking: Mapping[str, str], place: Path, variables: dict[str, str]
) -> list[Row]:
    sides = ["gisplan", *(name for name in PEERS if name not in lacking)]
    taken: dict[str, list[dict[str, Any]]] = {name: [] for name in sides}
    for number in range(1, bench.rounds + 1):
        for name in sides:
            bench.tell(f"{number}/{bench.rounds} {name} {path.name}")
            answer = place / f"{name}.json"
            run([str(bench.python), str(TASKS), name, str(path), str(crs), str(answer)], variables=variables)
            taken[name].append(json.loads(answer.read_text("utf-8")))
    megabytes = path.stat().st_size / MEGABYTE
    ours = _side(taken["gisplan"], "cold")
    size = f"{path.name} {megabytes:.2f} MB, {ours.found['nodes']:,} nodes, {ours.found['edges']:,} edges"
    per_megabyte = f"{ours.median.seconds / megabytes:.3f} CPU s/MB"
    found = []
    for name, (_, times) in PEERS.items():
        refused = "" if name in lacking else taken[name][0].get("refused", "")
        theirs = None if name in lacking or refused else _side(taken[name], "cold")
        peer = f"{name} (not installed: {lacking[name]})" if name in lacking else name
        peer += f" ({refused})" if refused else ""
        reached = theirs is not None and theirs.median.seconds >= times * ours.median.seconds
        found.append(
            Row(goal="P7", job=f"PBF to network kept, {per_megabyte}", size=size, ours=ours.median,
                target=f">= {times:g}x", reached=reached, runs=bench.rounds, peer=peer,
                theirs=None if theirs is None else theirs.median,
                checks=() if theirs is None else _checks(ours.found, theirs.found))
        )  # fmt: skip
    return [*found, *_own_rows(taken["gisplan"], size, bench.rounds)]


def _own_rows(taken: list[dict[str, Any]], size: str, rounds: int) -> list[Row]:
    """Return what else gisplan takes: without its loops, with tables and lines in hand, and loaded again."""
    again = _side(taken, "warm")
    same = Check(what="bench_kept_network", found="", equal=bool(again.found["same"]))
    return [
        Row(goal="P7", job=job, size=size, ours=_side(taken, step).median, target="-", reached=True, runs=rounds,
            checks=(same,) if step == "warm" else ())
        for step, job in (
            ("plain", "PBF to network kept, no loops"),
            ("whole", "PBF to network kept and in hand"),
            ("warm", "network loaded again"),
        )
    ]  # fmt: skip


def _side(taken: list[dict[str, Any]], step: str) -> _Side:
    used = [Used(cpu_s=one[step][0], wall_s=one[step][1], memory_mb=one["peak_mb"]) for one in taken]
    return _Side(used=tuple(used), found=taken[0]["found"])


def _checks(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> tuple[Check, ...]:
    """Compare what both sides tell of the file."""
    checks = []
    for key, what in (
        ("ways", "bench_ways"),
        ("corners", "bench_corners"),
        ("nodes", "bench_nodes"),
        ("edges", "bench_edges"),
    ):
        if key in theirs:
            found = f"{ours[key]:,}/{theirs[key]:,}"
            checks.append(Check(what=what, found=found, equal=ours[key] == theirs[key]))
    if "metres" in theirs:
        apart = abs(ours["metres"] - theirs["metres"]) / max(theirs["metres"], 1.0)
        found = f"{ours['metres'] / 1000:,.1f} km (max {apart:.1g})"
        checks.append(Check(what="bench_metres", found=found, equal=apart <= METRES))
    return tuple(checks)
