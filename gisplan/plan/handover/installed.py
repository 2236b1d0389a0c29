"""The packages that gisplan uses, with their versions: those it asks for, and those that these ask for."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, distribution

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
EXTRA = re.compile(r";.*\bextra\s*==")


def installed(root: str = "gisplan") -> dict[str, str]:
    """Return the version of a package and of every package that it needs, by name in small letters.

    What is asked for on other systems alone is not installed, and left out.

    Parameters
    ----------
    root
        Name of the package.
    """
    found: dict[str, str] = {}
    waiting = [root]
    while waiting:
        name = re.sub(r"[-_.]+", "-", waiting.pop()).lower()
        if name in found:
            continue
        try:
            package = distribution(name)
        except PackageNotFoundError:
            continue
        found[name] = package.version
        asked = [one for one in package.requires or () if not EXTRA.search(one)]
        waiting += [match[0] for one in asked if (match := NAME.match(one))]
    return dict(sorted(found.items()))
