"""Figures inside a page: as drawings as far as there is room, else as pictures, together within a page's bytes."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

TOTAL_MOST = 4_200_000
"""Signs that all figures of a page take together; the texts have the rest of 5 MB."""

DRAWING_MOST = 700_000
"""Signs of a drawing up to which it is taken as it is: it prints sharp at any size, but takes longer to show."""

PICTURE = 160_000
"""Signs that are kept free for each figure that becomes a picture."""

FULL, STEPS = 300, (2, 3, 4, 6)
"""Dots per inch of the files, and by what they are divided, the finest first."""

_CODED = re.compile(r"[\"#%\r\n\t]")
"""What a `data:` address in an attribute cannot hold as it is."""


def addresses(folder: Path, names: Sequence[str], *, most: int = TOTAL_MOST) -> Mapping[str, str]:
    """Return each figure as a `data:` address by its name.

    Parameters
    ----------
    folder
        Where `<name>.svg` and `<name>.png` lie.
    names
        The figures.
    most
        Signs that they take together.
    """
    wanted = list(dict.fromkeys(names))
    drawings = sorted(
        (len(held), name, held) for name in wanted if (held := _drawing(folder / f"{name}.svg"))
    )
    found: dict[str, str] = {}
    used, left = 0, len(wanted)
    for size, name, held in drawings:
        if size <= DRAWING_MOST and used + size + PICTURE * (left - 1) <= most:
            found[name] = held
            used, left = used + size, left - 1
    rest = [name for name in wanted if name not in found]
    return {**found, **_pictures(folder, rest, most=most - used)}


def _drawing(path: Path) -> str:
    """Return a drawing as an address, "" where there is none."""
    if not path.is_file():
        return ""
    text = path.read_text("utf-8")
    return "data:image/svg+xml," + _CODED.sub(lambda found: f"%{ord(found[0]):02X}", text.strip())


def _pictures(folder: Path, names: Sequence[str], *, most: int) -> dict[str, str]:
    """Return pictures at the finest density at which they all fit, at the coarsest where they never do."""
    held: dict[str, str] = {}
    for step in STEPS if names else ():
        held = {name: _picture(folder / f"{name}.png", step) for name in names}
        if sum(map(len, held.values())) <= most:
            break
    return held


def _picture(path: Path, step: int) -> str:
    """Return a picture of fewer dots and at most 256 colours; equal pictures give equal bytes."""
    from PIL import Image

    with Image.open(path) as opened:
        whole = opened.convert("RGB")
    made = io.BytesIO()
    few = whole.reduce(step).quantize(colors=256, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    few.save(made, format="PNG", compress_level=6)
    return f"data:image/png;base64,{base64.b64encode(made.getvalue()).decode('ascii')}"
