"""Spoil files of every format at random and put them through the door: nothing may crash, hang or pass unseen.

`python scripts/fuzz.py` changes 10,000 times some bytes of a good file of each format, reads it, and prints how
often it was read, refused, or broke the child that reads it. It ends with 1 if anything else happened: an error
that is no refusal, or a reading that took more than ten seconds.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import environment

if TYPE_CHECKING:
    from gisplan.sources.reader import Reader

NEEDED = ("gisplan", "geopandas", "networkx", "openpyxl", "xlwt")
"""What the campaign cannot do without; some of it comes with the tools of the tests."""

LONGEST_SECONDS = 10.0
HEAD = 200
KNOWN = ("番号", "名称", "緯度", "経度", "公開日", "stop_id", "stop_lat", "stop_lon")
STREETS = ("highway",)
"""What is asked of a file of OpenStreetMap: without a tag it is not even opened."""

CUT, HEADLONG = 0.15, 0.5
"""How often a file is cut short, and how often the changes fall into its head."""


@dataclass(slots=True)
class Tally:
    """What became of the changed files of one format."""

    outcomes: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0
    wrong: list[str] = field(default_factory=list)


def main(arguments: Sequence[str]) -> int:
    """Run the campaign, in the project's environment where this Python lacks something; return the exit code.

    It is 1 if anything but reading and refusing happened.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("formats", nargs="*", help="names of files, e.g. a.gpkg; all where none is named")
    parser.add_argument("--times", type=int, default=10_000, help="changed files of each format")
    parser.add_argument("--seed", type=int, default=1, help="start of the chance")
    asked = parser.parse_args(arguments)
    code = environment.elsewhere(__file__, arguments, needed=NEEDED, extras=("test",))
    if code is not None:
        return code
    import fuzz_seeds

    wrong = 0
    with tempfile.TemporaryDirectory(prefix="gisplan-fuzz-") as folder:
        fuzz_seeds.make(Path(folder))
        print(f"{'file':<11} {'times':>7} {'read':>7} {'refused':>8} {'broke':>6} {'slowest':>8}  other")
        for name in asked.formats or fuzz_seeds.SEEDS:
            tally = spoil(Path(folder), name, times=asked.times, seed=asked.seed)
            wrong += len(tally.wrong)
            _print(name, tally)
    return 1 if wrong else 0


def spoil(folder: Path, name: str, *, times: int, seed: int) -> Tally:
    """Return what became of a good file, changed so many times, each time anew from the good one.

    Parameters
    ----------
    folder
        Where the good files are.
    name
        The file.
    times, seed
        How often, and where the chance begins.
    """
    chance = random.Random(f"{seed} {name}")  # noqa: S311 (the same changes on every run)
    parts = (
        sorted(path.name for path in folder.glob(f"{Path(name).stem}.*")) if name.endswith(".shp") else [name]
    )
    parts = [
        part for part in parts if part.endswith((".shp", ".shx", ".dbf", ".prj", ".cpg")) or part == name
    ]
    from gisplan.sources.reader import Reader

    good = {part: (folder / part).read_bytes() for part in parts}
    tally = Tally()
    place = folder / "changed"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    with Reader() as reader:
        untouched = Tally()
        _read(reader, folder / name, untouched)
        if not untouched.outcomes["read"]:
            tally.wrong.append("the good file is refused, so the changed ones say nothing")
        for _ in range(times):
            spoilt = chance.choice(parts)
            for part, data in good.items():
                (place / part).write_bytes(changed(data, chance) if part == spoilt else data)
            _read(reader, place / name, tally)
    return tally


def changed(data: bytes, chance: random.Random) -> bytes:
    """Return bytes with some of them changed, moved or taken out, or cut short."""
    if not data:
        return data
    if chance.random() < CUT:
        return data[: chance.randrange(len(data))]
    some = bytearray(data)
    for _ in range(chance.choice([1, 1, 2, 4, 16])):
        at = chance.randrange(len(some) if chance.random() < HEADLONG else min(len(some), HEAD))
        some[at] = chance.choice([0, 255, chance.randrange(256), some[at] ^ (1 << chance.randrange(8))])
    if chance.random() < CUT:
        start, end = sorted(chance.randrange(len(some) + 1) for _ in range(2))
        piece = some[start : min(end, start + HEAD)]
        some[start:start] = piece * chance.choice([1, 50])
    return bytes(some)


def _read(reader: Reader, path: Path, tally: Tally) -> None:
    from gisplan.core.errors import InputError
    from gisplan.sources.raster import Target
    from gisplan.sources.raw import Wanted

    start = time.monotonic()
    try:
        if path.suffix == ".tif":
            target = Target(crs=6676, limits=(-1e9, 1e9), folder=path.parent / "cache")
            reader.raster(path, name=path.name, target=target)
        else:
            reader.read(path, name=path.name, wanted=Wanted(known=KNOWN, osm=STREETS))
        outcome = "read"
    except InputError as error:
        code = error.problems[0].code
        outcome = (
            "broke" if code in {"file.breaks_reader", "file.takes_long", "file.takes_memory"} else "refused"
        )
    except Exception as error:  # noqa: BLE001 (this is what the campaign looks for)
        outcome = "wrong"
        tally.wrong.append(f"{type(error).__name__}: {error}"[:200])
    took = time.monotonic() - start
    tally.outcomes[outcome] += 1
    tally.slowest = max(tally.slowest, took)
    if took > LONGEST_SECONDS:
        tally.wrong.append(f"{took:.1f} s")


def _print(name: str, tally: Tally) -> None:
    counts = tally.outcomes
    numbers = f"{counts.total():>7,} {counts['read']:>7,} {counts['refused']:>8,} {counts['broke']:>6,}"
    print(
        f"{name:<11} {numbers} {tally.slowest:>6.2f} s  {'; '.join(sorted(set(tally.wrong))[:5])}", flush=True
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
