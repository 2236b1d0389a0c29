"""Measure gisplan beside its peers: `python scripts/bench.py JOB [--json FILE] [--quick]`, JOB one of `JOBS` or all.

Every job runs gisplan and a peer in turn, each in a process of its own, takes medians and compares the
answers. The exit code is 0 also where a goal is missed, 1 where answers differ, 2 where data are missing.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import environment
from bench_jobs import lists, maps, network, network_pbf, overlay, reach, siting, yaizu
from bench_jobs.measure import Bench, Row, Used


def _networks(bench: Bench) -> list[Row]:
    return [*network.rows(bench), *network_pbf.rows(bench)]


JOBS: Mapping[str, Callable[[Bench], list[Row]]] = MappingProxyType(
    {
        "list": lists.rows,
        "maps": maps.rows,
        "network": _networks,
        "overlay": overlay.rows,
        "reach": reach.rows,
        "siting": siting.rows,
        "yaizu": yaizu.rows,
    }
)
ROUNDS = 3
HEAD = ("goal", "job", "ours CPU s", "wall s", "MB", "peer CPU s", "wall s", "MB", "ratio CPU", "wall",
        "target", "reached", "equal")  # fmt: skip
UNKNOWN = "-"
SHORT_S = 0.1


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the jobs asked for, print the table and write the rows; return the exit code."""
    asked = _parser().parse_args(arguments)
    bench = Bench(python=_python(), rounds=1 if asked.quick else ROUNDS, tell=_tell, full=asked.full)
    names = list(JOBS) if asked.job == "all" else [asked.job]
    rows = [row for name in names for row in JOBS[name](bench)]
    print(shown(rows))
    if any(row.ours.cpu_s is None and not row.by_clock for row in rows):
        environment.say("bench_no_cpu")
    if asked.json:
        text = json.dumps([row.record() for row in rows], ensure_ascii=False, indent=2)
        asked.json.write_text(text + "\n", "utf-8", newline="\n")
    return 1 if any(row.equal is False for row in rows) else 0


def shown(rows: Sequence[Row]) -> str:
    """Return the rows as a table, and below it what was compared, in both languages."""
    cells = [HEAD, *(_cells(row) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in cells]
    lines = [line.rstrip() for line in lines]
    for row in rows:
        facts = ", ".join(filter(None, (row.size, f"peer: {row.peer}" if row.peer else "")))
        lines += ["", f"{row.job}  (median of {row.runs}{': ' if facts else ''}{facts})"]
        for check in row.checks:
            said = environment.words(check.what)
            lines.append(
                f"  {'=' if check.equal else '!'} {said['ja']} / {said['en']}  {check.found}".rstrip()
            )
    return "\n".join(lines)


def _cells(row: Row) -> tuple[str, ...]:
    record = row.record()
    ratios = (record["ratio"], record["ratio_wall"])
    equal = UNKNOWN if row.equal is None else "yes" if row.equal else "NO"
    return (
        row.goal,
        row.job,
        *_used(row.ours),
        *(_used(row.theirs) if row.theirs else (UNKNOWN,) * 3),
        *(UNKNOWN if ratio is None else f"{ratio:.2f}" for ratio in ratios),
        row.target,
        UNKNOWN if row.target == UNKNOWN else "yes" if row.reached else "no",
        equal,
    )


def _used(used: Used) -> tuple[str, str, str]:
    cpu = UNKNOWN if used.cpu_s is None else _seconds(used.cpu_s)
    return cpu, _seconds(used.wall_s), UNKNOWN if used.memory_mb is None else f"{used.memory_mb:.0f}"


def _seconds(value: float) -> str:
    """Return seconds to the hundredth, short ones to the ten-thousandth."""
    return f"{value:.2f}" if value >= SHORT_S else f"{value:.4f}"


def _tell(program: str) -> None:
    """Name the program that runs now, where a person is looking."""
    if sys.stderr.isatty():
        print(program, file=sys.stderr, flush=True)


def _python() -> Path:
    """Return this Python where it has the packages, else that of the project's environment."""
    if importlib.util.find_spec("geopandas") is not None:
        return Path(sys.executable)
    return environment.prepare(extras=("bench",))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description="速さを測り、同じ手順の比較用プログラムと並べる / measure gisplan beside its peers"
    )
    parser.add_argument("job", choices=(*JOBS, "all"), help="測る仕事 / what to measure")
    parser.add_argument("--json", type=Path, metavar="FILE", help="結果の書き出し先 / file for the rows")
    parser.add_argument(
        "--quick", action="store_true", help="一度だけ、小さく測る / one run instead of three, on less data"
    )
    parser.add_argument(
        "--full", action="store_true", help="最も大きい場合も測る（maps） / the largest cases too (maps)"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
