"""A picture of flat colours in 256 of them: a third of the size, and every flat colour exactly as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.Image import Image

MOST = 256
BITS, SHIFT = 6, 2
"""Colours that agree in so many bits of each part are taken for one, the most frequent of them."""


def with_palette(pixels: NDArray[np.uint8]) -> Image:
    """Return a picture with the colours that it holds most, all others replaced by the nearest of them.

    Parameters
    ----------
    pixels
        The picture [rows, columns, 3].
    """
    from PIL import Image

    cells = _cells(pixels)
    counts = np.bincount(cells.ravel(), minlength=1 << 3 * BITS)
    present = np.flatnonzero(counts)
    kept = present[np.argsort(-counts[present], kind="stable")[:MOST]]
    colours = _colours(pixels, kept)
    table = np.zeros(len(counts), dtype=np.uint8)
    table[present] = _nearest(_middles(present), colours)
    table[kept] = np.arange(len(kept))
    picture = Image.fromarray(table[cells])
    picture.putpalette(colours.astype(np.uint8).tobytes())
    return picture


def _cells(pixels: NDArray[np.uint8]) -> NDArray[np.int32]:
    cells = (pixels[..., 0] >> SHIFT).astype(np.int32)
    for part in (1, 2):  # in place: a whole picture of such numbers is a hundred megabytes
        cells <<= BITS
        cells |= pixels[..., part] >> SHIFT
    return cells


def _middles(cells: NDArray[np.int64]) -> NDArray[np.int64]:
    parts = [(cells >> by) & ((1 << BITS) - 1) for by in (2 * BITS, BITS, 0)]
    return (np.stack(parts, axis=1) << SHIFT) + (1 << SHIFT) // 2


def _colours(pixels: NDArray[np.uint8], kept: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the most frequent colour of each cell, told from a sample; the middle where none has it."""
    parts = pixels[::4, ::2].astype(np.int64)
    said, counts = np.unique((parts[..., 0] << 16) | (parts[..., 1] << 8) | parts[..., 2], return_counts=True)
    order = np.argsort(counts, kind="stable")
    colours = np.stack([(said[order] >> by) & 255 for by in (16, 8, 0)], axis=1)
    found = np.zeros((1 << 3 * BITS, 3), dtype=np.int64)
    found[kept] = _middles(kept)
    found[_cells(colours.astype(np.uint8))] = colours  # the last one written is the most frequent
    return found[kept]


def _nearest(colours: NDArray[np.int64], known: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Return the position of the nearest known colour of each [n]."""
    apart = (colours**2).sum(axis=1)[:, None] - 2 * colours @ known.T + (known**2).sum(axis=1)
    return np.asarray(apart.argmin(axis=1), dtype=np.uint8)
