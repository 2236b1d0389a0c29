"""Rebuild what is generated in the documentation: tables of the README, the rule page, the picture of the demo's map.

`python scripts/pages.py` rewrites tables and rule page; `--picture` also takes the picture (needs Chromium, Chrome
or Edge, and a Japanese font). tests/test_pages.py keeps them in step.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from pathlib import Path

from rule_page import rules

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
PICTURE = ROOT / "docs" / "demo_map.png"
RULES = ROOT / "docs" / "rules.md"


def commands() -> str:
    """Return the table of commands, from the command line's own help."""
    from typer.main import get_command

    from gisplan.cli.commands import app

    found = get_command(app).commands  # type: ignore[attr-defined]
    rows = ["| コマンド / command | 内容 / what it does |", "|---|---|"]
    for name, command in found.items():
        usage = " ".join([name, *(_argument(p) for p in command.params if p.param_type_name == "argument")])
        rows.append(f"| `gisplan {usage}` | {(command.help or '').strip()} |")
    return "\n".join(rows)


def _argument(parameter: object) -> str:
    return str(getattr(parameter, "metavar", "") or "")


def layers() -> str:
    """Return the table of layers, from the catalogue."""
    from gisplan.layers.catalogue import packaged_folder, read_catalogue

    rows = [
        "| 名前 / name | 題名 / title | 種類 / kind | 根拠・出典 / article, source |",
        "|---|---|---|---|",
    ]
    for spec in read_catalogue(packaged_folder()).values():
        basis = spec.article or spec.source.credit.ja
        rows.append(f"| `{spec.name}` | {spec.title.ja} / {spec.title.en} | {spec.kind} | {basis} |")
    return "\n".join(rows)


def with_tables(text: str) -> str:
    """Return the README with its generated tables made anew."""
    for mark, table in (("commands", commands()), ("layers", layers())):
        start = re.search(rf"<!-- {mark}: [^>]*-->\n", text)
        end = text.index(f"<!-- /{mark} -->")
        if start is None:
            raise ValueError(mark)
        text = f"{text[: start.end()]}{table}\n{text[end:]}"
    return text


def take_picture(path: Path) -> None:
    """Run the demo and take a picture of its map."""
    import os

    from playwright.sync_api import sync_playwright

    from gisplan.layers.catalogue import demo_folder, packaged_folder
    from gisplan.plan.run import Request, run

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        out = Path(folder) / "out"
        run(Request(plan=demo_folder() / "plan.toml", out=out, layers=packaged_folder()))
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("GISPLAN_BROWSER") or None, args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_context(viewport={"width": 1280, "height": 820}, offline=True).new_page()
        page.goto((out / "map.html").as_uri())
        page.wait_for_timeout(1500)
        page.screenshot(path=str(path))
        browser.close()


def main(arguments: list[str]) -> int:
    """Rewrite the generated parts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--picture", action="store_true", help="also take the picture of the demo's map")
    chosen = parser.parse_args(arguments)
    README.write_text(with_tables(README.read_text("utf-8")), "utf-8", newline="\n")
    RULES.parent.mkdir(exist_ok=True)
    RULES.write_text(rules(), "utf-8", newline="\n")
    if chosen.picture:
        take_picture(PICTURE)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
