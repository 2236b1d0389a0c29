"""Try a promise many times: `python scripts/campaign.py kill --times 1000` kills runs at any moment.

The table tells by kind of kill what stood afterwards: the old outputs, the new ones, the old ones set aside
between two renames (the next run brings them back), none where there were none, or damage. `ended` were done
before they were killed; after every tenth kill a run was let to its end and its bytes were compared (`resumed`).
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import environment
from campaigns import kill

TELL_EVERY = 50
OUTPUTS = ("map", "tables", "geopackage", "figures", "report")
"""Those of `gisplan run`, which the Python that reads these words need not have; the tests keep both the same."""

NEEDED = ("gisplan", "geopandas", "psutil")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a campaign, print its table, and return 1 where anything was damaged.

    Where this Python lacks something, the project's environment runs it.
    """
    given = sys.argv[1:] if arguments is None else arguments
    asked = _parser().parse_args(given)
    code = environment.elsewhere(__file__, given, needed=NEEDED)
    if code is not None:
        return code
    began = time.monotonic()
    print(f"seed {asked.seed}", flush=True)
    tally = kill.campaign(plan=asked.plan, times=asked.times, seed=asked.seed, only=asked.only, tell=_tell)
    print(kill.shown(tally))
    damaged = len(tally.damage)
    print(f"{tally.kills} kills, {damaged} damaged / 強制終了 {tally.kills} 回、破損 {damaged} 件", end="")
    print(f", {time.monotonic() - began:.0f} s")
    return 1 if damaged or tally.kills < asked.times else 0


def _tell(kills: int) -> None:
    """Count for a person who waits."""
    if kills % TELL_EVERY == 0:
        print(kills, file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="約束を何度も試す / try a promise many times")
    parser.add_argument("what", choices=("kill",), help="kill 実行中に強制終了する / kill runs")
    parser.add_argument("--times", type=int, default=1000, help="回数 / how often")
    parser.add_argument("--seed", type=int, default=20261101, help="乱数の種 / seed of the moments")
    parser.add_argument("--plan", type=Path, help="試す計画 / plan.toml (default: a part of the demo)")
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        choices=OUTPUTS,
        help="これだけを書き出す（繰り返せる） / write these alone, repeatable",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
