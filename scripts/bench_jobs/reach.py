"""The job `reach`: isochrones and all measures in Kumamoto, minutes by timetable in Porto Alegre; without a peer."""

from __future__ import annotations

import json
import statistics
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import environment

from bench_jobs.measure import Bench, Check, Row, Used, run
from bench_jobs.yaizu import real_data

HERE = Path(__file__).parent
STEPS: Mapping[str, Mapping[str, str]] = {
    "kumamoto": {"isochrones": "1,000 places, 5, 10 and 15 min", "measures": "10,000 points, all measures"},
    "porto_alegre": {"transit": "1,227 hexagons, two hours, 3 percentiles", "on foot": "1,227 hexagons"},
}
CLOSE = 1e-9


def rows(bench: Bench) -> list[Row]:
    """Return the rows of the job; one round takes Kumamoto alone.

    Parameters
    ----------
    bench
        Python, rounds, and whom to tell.
    """
    sources = real_data()
    variables = environment.clean_environment(PYTHONPATH=str(environment.ROOT))
    found = []
    with tempfile.TemporaryDirectory(prefix="gisplan-bench-") as place:
        for task in list(STEPS)[: 1 if bench.rounds == 1 else None]:
            runs = []
            for number in range(1, bench.rounds + 1):
                bench.tell(f"{number}/{bench.rounds} {task}")
                run(
                    [str(bench.python), str(HERE / "reach_tasks.py"), place, task, str(sources)],
                    variables=variables,
                )
                runs.append(json.loads((Path(place) / f"{task}.json").read_text("utf-8")))
            found += [_row(task, step, size, runs) for step, size in STEPS[task].items()]
    return found


def _row(task: str, step: str, size: str, runs: Sequence[Mapping[str, Any]]) -> Row:
    cpu, wall = (statistics.median(one["steps"][step][part] for one in runs) for part in (0, 1))
    peaks = [one["peak_mb"] for one in runs if one["peak_mb"] is not None]
    ours = Used(wall_s=wall, cpu_s=cpu, memory_mb=statistics.median(peaks) if peaks else None)
    checks = (_kumamoto if task == "kumamoto" else _porto_alegre)(runs[-1]["told"])
    return Row(
        goal="-", job=f"{task}: {step}", size=size, ours=ours, target="-", reached=False, runs=len(runs),
        checks=(checks,),
    )  # fmt: skip


def _kumamoto(told: Mapping[str, Any]) -> Check:
    """Compare what all people are given with what all clinics have."""
    got, had = told["received"], told["supplied"]
    return Check(what="bench_supply", found=f"{got:,.1f}/{had:,.1f}", equal=abs(got - had) <= CLOSE * had)


def _porto_alegre(told: Mapping[str, Any]) -> Check:
    """Tell the jobs within 30 and 60 minutes, and that nobody rides where walking is faster."""
    said = ", ".join(
        f"{name} {told[name][0]:,.0f} (30 min) {told[name][1]:,.0f} (60 min)" for name in ("walk", "transit")
    )
    return Check(what="bench_jobs_reached", found=said, equal=told["slower"] == 0)
