"""Make the embedded demo town 架空・汐見市: `python scripts/make_demo.py [DIR]`."""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DEMO = ROOT / "layers" / "demo"


def main(arguments: list[str] | None = None) -> int:
    """Write the town, and say how large it is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "folder", nargs="?", type=Path, default=DEMO, help="where to write (default: layers/demo)"
    )
    folder: Path = parser.parse_args(arguments).folder
    sys.path.insert(0, str(ROOT))
    from scripts.demo_town.town import TEXTS, write_town

    write_town(folder)
    if folder.resolve() != DEMO:
        for name in TEXTS:
            shutil.copyfile(DEMO / name, folder / name)
    paths = sorted(path for path in folder.iterdir() if path.is_file())
    print(f"{folder}: {len(paths)} files, {sum(path.stat().st_size for path in paths):,} bytes")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
