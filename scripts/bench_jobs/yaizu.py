"""The job `yaizu` (P9, P11): one city from its files to tables and map, beside an analyst's plain script."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import environment

from bench_jobs.answers import compare
from bench_jobs.measure import Bench, Check, Row, Used, median, missing, run

PLAN = environment.ROOT / "tests" / "real" / "yaizu" / "plan.toml"
PEER = environment.ROOT / "scripts" / "bench_peers" / "yaizu.py"
USUAL_DATA = environment.ROOT.parent / "shared" / "data"
IN_PLAN = "../../../../shared/data/"
PEER_NEEDS = ("geopandas", "networkx", "folium")
FASTER = 2.0
WARM_S = 2.0
HELP_S = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class _Measured:
    """What all rounds took; `untouched` tells whether every warm run left the outputs as they were."""

    cold: list[Used]
    warm: list[Used]
    helped: list[Used]
    peer: list[Used]
    untouched: bool


def rows(bench: Bench) -> list[Row]:
    """Return the rows of the job.

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
    lacking = missing(bench, packages=PEER_NEEDS, variables=variables)
    with tempfile.TemporaryDirectory(prefix="gisplan-bench-") as place:
        work = Path(place)
        plan = plan_for(data, work)
        ours = [str(bench.python), "-m", "gisplan"]
        # What the peer writes, too; maps for print and papers are no part of its steps.
        wanted = [f"--only={name}" for name in ("map", "tables", "geopackage")]
        whole = [*ours, "run", str(plan), "--out", str(work / "ours"), "--quiet", *wanted]
        peer = [] if lacking else [str(bench.python), str(PEER), str(data), str(work / "theirs")]
        measured = _in_turn(bench, whole, [*ours, "--help"], peer, variables=variables, work=work)
        checks = () if lacking else compare(work / "ours", work / "theirs")
        size = _size(work / "ours" / "manifest.json")
    return _report(bench, measured, checks, size=size, lacking=lacking)


def real_data() -> Path:
    """Return the folder of real data: `GISPLAN_REAL_DATA`, or `shared/data` beside the project.

    Raises
    ------
    SystemExit
        With code 2 where it is not there.
    """
    named = os.environ.get("GISPLAN_REAL_DATA")
    folder = Path(named) if named else USUAL_DATA
    if not (folder / "yaizu").is_dir():
        environment.say("bench_no_data")
        raise SystemExit(2)
    return folder.resolve()


def plan_for(data: Path, work: Path) -> Path:
    """Return the plan, or a copy of it in `work` that names another folder of data."""
    if data == USUAL_DATA.resolve():
        return PLAN
    copy = work / "plan.toml"
    # Only a relative path may hold a sign such as * in a plan.
    way = Path(os.path.relpath(data, work.resolve())).as_posix()
    copy.write_text(PLAN.read_text("utf-8").replace(IN_PLAN, f"{way}/"), "utf-8", newline="\n")
    return copy


def _in_turn(
    bench: Bench,
    whole: list[str],
    helped: list[str],
    peer: list[str],
    *,
    variables: dict[str, str],
    work: Path,
) -> _Measured:
    """Run gisplan, cold and warm, and the peer, one after the other, as many rounds as asked."""
    found = _Measured(cold=[], warm=[], helped=[], peer=[], untouched=True)
    untouched = True
    for number in range(1, bench.rounds + 1):
        shutil.rmtree(work / "ours", ignore_errors=True)
        bench.tell(f"{number}/{bench.rounds} gisplan run --force")
        found.cold.append(run([*whole, "--force"], variables=variables))
        before = _state(work / "ours")
        bench.tell(f"{number}/{bench.rounds} gisplan run")
        found.warm.append(run(whole, variables=variables))
        untouched &= _state(work / "ours") == before
        bench.tell(f"{number}/{bench.rounds} gisplan --help")
        found.helped.append(run(helped, variables=variables))
        if peer:
            shutil.rmtree(work / "theirs", ignore_errors=True)
            bench.tell(f"{number}/{bench.rounds} {PEER.parent.name}/{PEER.name}")
            found.peer.append(run(peer, variables=variables))
    return _Measured(
        cold=found.cold, warm=found.warm, helped=found.helped, peer=found.peer, untouched=untouched
    )


def _state(folder: Path) -> dict[str, tuple[str, int]]:
    """Return content and time of every file of a folder: a run that had nothing to do writes none."""
    return {
        path.relative_to(folder).as_posix(): (
            hashlib.sha256(path.read_bytes()).hexdigest(),
            path.stat().st_mtime_ns,
        )
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _size(manifest: Path) -> str:
    """Return how much was read, in words."""
    layers = json.loads(manifest.read_text("utf-8"))["layers"]
    kept = {name: layer["kept"] + layer["mended"] for name, layer in layers.items()}
    return f"{kept['vacant_house']:,} houses, {kept['zone']:,} zones, {kept['road']:,} roads"


def _report(
    bench: Bench, measured: _Measured, checks: tuple[Check, ...], *, size: str, lacking: list[str]
) -> list[Row]:
    cold, warm, helped = median(measured.cold), median(measured.warm), median(measured.helped)
    theirs = median(measured.peer) if measured.peer else None
    faster = theirs is not None and min(
        theirs.wall_s / cold.wall_s, theirs.seconds / cold.seconds
    ) >= FASTER  # fmt: skip
    named = "geopandas + networkx + folium"
    peer = f"{named} (not installed: {', '.join(lacking)})" if lacking else named
    left = Check(what="bench_untouched", found="", equal=measured.untouched)
    return [
        Row(goal="P9", job="yaizu, cold", size=size, ours=cold, target=f">= {FASTER:g}x", reached=faster,
            runs=bench.rounds, peer=peer, theirs=theirs, checks=checks),
        Row(goal="P9", job="yaizu, warm", size=size, ours=warm, target=f"< {WARM_S:g} s",
            reached=warm.slowest < WARM_S, runs=bench.rounds, checks=(left,)),
        Row(goal="P11", job="gisplan --help", size="", ours=helped, target=f"< {HELP_S:g} s",
            reached=helped.slowest < HELP_S, runs=bench.rounds),
    ]  # fmt: skip
