"""The job `list`: 200,000 vacant houses as an office writes them, read and checked, beside pandas.read_csv."""

from __future__ import annotations

import csv
import json
import tempfile
from pathlib import Path

import environment

from bench_jobs.measure import Bench, Check, Row, Used, median, missing, run

MAKER = Path(__file__).parent / "list_made.py"
PEER = environment.ROOT / "scripts" / "bench_peers" / "list.py"
PEER_NEEDS = ("geopandas", "pandas")
WHOLE, QUICK = 200_000, 20_000
SECONDS, MEGABYTES = 5.0, 600.0
SOURCES = {"survey": "実態調査", "ledger": "台帳", "bank": "空き家バンク"}


def rows(bench: Bench) -> list[Row]:
    """Return the row of the job; one round takes a short list.

    Parameters
    ----------
    bench
        Python, rounds, and whom to tell.
    """
    variables = environment.clean_environment(PYTHONPATH=str(environment.ROOT))
    count = QUICK if bench.rounds == 1 else WHOLE
    lacking = missing(bench, packages=PEER_NEEDS, variables=variables)
    python = str(bench.python)
    with tempfile.TemporaryDirectory(prefix="gisplan-bench-") as place:
        folder = Path(place)
        run([python, str(MAKER), str(folder), str(count)], variables=variables)
        check = [python, "-m", "gisplan", "check", str(folder / "plan.toml"), "--quiet", "--force"]
        ours: list[Used] = []
        theirs: list[Used] = []
        for number in range(1, bench.rounds + 1):
            bench.tell(f"{number}/{bench.rounds} gisplan check")
            ours.append(run(check, variables=variables))
            if not lacking:
                bench.tell(f"{number}/{bench.rounds} {PEER.parent.name}/{PEER.name}")
                theirs.append(run([python, str(PEER), str(folder)], variables=variables))
        # Tables are written for the comparison only; the check alone is what is measured.
        run([*check, "--out", str(folder / "out")], variables=variables)
        checks = () if lacking else _compare(folder)
    used = median(ours)
    reached = used.slowest < SECONDS and (used.memory_mb or 0.0) < MEGABYTES
    peer = "pandas.read_csv + geopandas" + (f" (not installed: {', '.join(lacking)})" if lacking else "")
    return [
        Row(goal="list", job="check of a list", size=f"{count:,} rows, 12 columns, CP932", ours=used,
            target=f"< {SECONDS:g} s, < {MEGABYTES:g} MB", reached=reached, runs=bench.rounds, peer=peer,
            theirs=median(theirs) if theirs else None, checks=checks),
    ]  # fmt: skip


def _compare(folder: Path) -> tuple[Check, ...]:
    """Compare the rows read and refused, and the houses of each source."""
    theirs = json.loads((folder / "theirs.json").read_text("utf-8"))
    layer = json.loads((folder / "out" / "manifest.json").read_text("utf-8"))["layers"]["vacant_house"]
    ours = (layer["read"], layer["refused"])
    with (folder / "out" / "tables" / "house_counts.csv").open(encoding="utf-8-sig", newline="") as file:
        counts = [row for row in csv.DictReader(file) if row["kind"] == "municipality" and row["area"]]
    houses = {SOURCES[row["source"]]: int(row["records"]) for row in counts if row["source"] in SOURCES}
    same = sum(houses.get(name) == number for name, number in theirs["by_source"].items())
    return (
        Check(
            what="bench_list_rows",
            found=f"{ours[0]:,} − {ours[1]:,}",
            equal=ours == (theirs["read"], theirs["refused"]),
        ),
        Check(
            what="bench_list_houses",
            found=f"{same}/{len(SOURCES)}",
            equal=houses == theirs["by_source"],
        ),
    )
