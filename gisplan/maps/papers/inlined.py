"""Figures inside a page: as drawings where those are small, else as pictures, all together within a page's bytes."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

DRAWING_MOST = 300_000
"""Bytes of an SVG file up to which it is taken as it is: it prints sharp at any size."""

TOTAL_MOST = 3_300_000
"""Bytes that all figures of a page take together; in base64 a third more, which leaves room for 5 MB."""

DENSITIES = (220, 150, 110, 80, 60)
"""Dots per inch of pictures that are too large as they are, the finest first."""

FULL = 300
"""Dots per inch of the files."""


def addresses(folder: Path, names: Sequence[str], *, most: int = TOTAL_MOST) -> Mapping[str, str]:
    """Return each figure as a `data:` address by its name.

    Parameters
    ----------
    folder
        Where `<name>.svg` and `<name>.png` lie.
    names
        The figures.
    most
        Bytes that they take together.
    """
    drawn = {name: _drawing(folder / f"{name}.svg") for name in dict.fromkeys(names)}
    small = {name: held for name, held in drawn.items() if held is not None}
    left = [name for name in drawn if name not in small]
    pictures = _pictures(folder, left, most=most - sum(map(len, small.values())))
    return {
        **{name: _address("image/svg+xml", held) for name, held in small.items()},
        **{name: _address("image/png", held) for name, held in pictures.items()},
    }


def _drawing(path: Path) -> bytes | None:
    """Return a drawing, None where it is too large for a page."""
    small = path.is_file() and path.stat().st_size <= DRAWING_MOST
    return path.read_bytes() if small else None


def _pictures(folder: Path, names: Sequence[str], *, most: int) -> dict[str, bytes]:
    """Return pictures at the finest density at which they all fit, at the coarsest where they never do."""
    held = {name: (folder / f"{name}.png").read_bytes() for name in names}
    for density in DENSITIES:
        if sum(map(len, held.values())) <= most:
            return held
        held = {name: _coarser(folder / f"{name}.png", density) for name in names}
    return held


def _coarser(path: Path, density: int) -> bytes:
    """Return a picture of fewer dots and at most 256 colours; equal pictures give equal bytes."""
    from PIL import Image

    with Image.open(path) as opened:
        whole = opened.convert("RGB")
    size = (max(1, whole.width * density // FULL), max(1, whole.height * density // FULL))
    made = io.BytesIO()
    few = whole.resize(size, Image.Resampling.LANCZOS).quantize(colors=256, dither=Image.Dither.NONE)
    few.save(made, format="PNG", optimize=True)
    return made.getvalue()


def _address(media: str, held: bytes) -> str:
    return f"data:{media};base64,{base64.b64encode(held).decode('ascii')}"
