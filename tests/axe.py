"""axe-core, brought once by the build hook's own mechanism from a lock file of the tests, and run on a page."""

import hashlib
import importlib.util
import tomllib
from pathlib import Path

from conftest import missing

ROOT = Path(__file__).resolve().parents[1]
LOCK = Path(__file__).with_name("axe.lock.toml")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def script():
    """Return the code of axe-core; without it and without the npm registry the test is left out, in CI it fails."""
    text = LOCK.read_bytes()
    package = tomllib.loads(text.decode())["axe-core"]
    held = ROOT / ".cache" / f"axe-{hashlib.sha256(text).hexdigest()[:16]}.js"
    if not held.is_file():
        spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "scripts" / "hatch_build.py")
        hook = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(hook)
        try:
            data = hook._files("axe-core", package)["axe.min.js"]
        except hook.AssetsError as fault:
            missing(f"axe-core is not at hand: {fault}")
        held.parent.mkdir(exist_ok=True)
        held.write_bytes(data)
    return held.read_text("utf-8")


def violations(view):
    """Return what axe-core finds wrong with a page as it is now: rule, where, and what it says.

    Signs on the map may lie on each other: where they stand is what they say (WCAG 2.2, 2.5.8, "essential").
    """
    view.evaluate(script() + "; 0")  # not added as an element, which the page's policy would refuse
    found = view.evaluate(
        """async (rules) => {
          const asked = { runOnly: { type: "tag", values: rules }, resultTypes: ["violations"] };
          const { violations } = await axe.run(document, asked);
          const sign = (node) => document.querySelector(node.target.at(-1))?.matches(".gp-sign") ?? false;
          return violations.flatMap(({ id, nodes }) => nodes.map((node) => ({ id, sign: sign(node), ...node })));
        }""",
        RULES,
    )
    return [
        (one["id"], one["html"][:160], one["failureSummary"][:300])
        for one in found
        if not (one["id"] == "target-size" and one["sign"])
    ]
