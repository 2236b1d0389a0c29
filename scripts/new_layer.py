"""Begin a new layer file: `python scripts/new_layer.py park --group life --ja 公園 --en Park`."""

from __future__ import annotations

import argparse
import re
import string
import sys
from collections.abc import Sequence
from pathlib import Path

import environment

GROUPS = ("plan", "zoning", "homes", "roads", "life", "transit", "people", "hazard", "base")
KINDS = ("point", "line", "polygon", "raster", "table")
NAME = re.compile(r"[a-z][a-z0-9_]*")


def main(arguments: Sequence[str] | None = None) -> int:
    """Write `layers/<group>/<name>.toml`; return the exit code."""
    asked = _parser().parse_args(arguments)
    if not NAME.fullmatch(asked.name):
        environment.fail("layer_name", name=asked.name)
    taken = sorted(path.parent.name for path in asked.layers.glob(f"*/{asked.name}.toml"))
    if taken:
        environment.fail("layer_taken", file=f"layers/{taken[0]}/{asked.name}.toml")
    path = asked.layers / asked.group / f"{asked.name}.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(skeleton(asked.name, kind=asked.kind, ja=asked.ja, en=asked.en), "utf-8", newline="\n")
    environment.say("layer_written", file=f"layers/{asked.group}/{asked.name}.toml", name=asked.name)
    return 0


def skeleton(name: str, *, kind: str, ja: str = "", en: str = "") -> str:
    """Return the text of a new layer file, with a line on every key that may stand in it.

    Parameters
    ----------
    name
        Name of the layer, also its title where none is given.
    kind
        Shape of its rows.
    ja, en
        Titles; quotation marks and backslashes are left out, so that the file stays TOML.
    """
    plain = str.maketrans("", "", '"\\\n')
    text = string.Template(Path(__file__).with_suffix(".txt").read_text("utf-8"))
    return text.substitute(
        name=name, kind=kind, ja=(ja or name).translate(plain), en=(en or name).translate(plain)
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="新しいレイヤの台帳ファイルを作る / begin a new layer file")
    parser.add_argument(
        "name", help="レイヤの名前（英小文字・数字・_） / name: lower-case letters, digits, _"
    )
    parser.add_argument("--group", choices=GROUPS, default="life", help="フォルダ / folder")
    parser.add_argument("--kind", choices=KINDS, default="point", help="図形の種類 / shape")
    parser.add_argument("--ja", default="", help="日本語の題名 / Japanese title")
    parser.add_argument("--en", default="", help="英語の題名 / English title")
    parser.add_argument("--layers", type=Path, default=environment.ROOT / "layers", help="台帳 / catalogue")
    return parser


if __name__ == "__main__":
    sys.exit(main())
