"""Set gisplan up and run its demo: `python scripts/demo.py [DIR]` writes into `demo-out` or DIR."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

import environment


def main() -> int:
    """Run the demo and say where its map lies; return the exit code."""
    parser = argparse.ArgumentParser(description="gisplan のデモを動かす / run the demo of gisplan")
    parser.add_argument("folder", nargs="?", default="demo-out", help="出力先 / where the outputs go")
    folder = Path(parser.parse_args().folder)
    python = environment.prepare()
    command = [str(python), "-m", "gisplan", "demo", str(folder)]
    done = subprocess.run(command, env=environment.clean_environment(), check=False)
    if done.returncode:
        environment.say("demo_failed")
        return done.returncode
    maps = sorted(folder.rglob("map.html"))
    if not maps:
        environment.fail("demo_no_map", folder=str(folder))
    environment.say("demo_done")
    print(f"\n    {maps[0].resolve()}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
