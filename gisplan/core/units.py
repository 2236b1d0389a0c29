"""Units at the door: outside percent, hectares and km/h; inside ratios, square metres, metres and minutes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SQUARE_METRES_PER_HECTARE = 10_000.0
METRES_PER_KILOMETRE = 1_000.0
MINUTES_PER_HOUR = 60.0
TICKS_PER_MINUTE = 2.0**40
"""Times along roads are whole ticks, so that their sums are exact (up to 2 ** 13 minutes, which is five days)."""


def hectares(square_metres: float) -> float:
    """Return an area in hectares."""
    return square_metres / SQUARE_METRES_PER_HECTARE


def metres_per_minute(kilometres_per_hour: float) -> float:
    """Return a speed in metres per minute."""
    return kilometres_per_hour * METRES_PER_KILOMETRE / MINUTES_PER_HOUR


def whole_ticks(minutes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return minutes rounded to whole ticks, a time above nothing to one tick at least; infinite ones stay.

    Their sums are exact in whatever order they are made, so every search gives the same time bit for bit.
    """
    import numpy as np

    ticks = np.round(minutes * TICKS_PER_MINUTE)
    return np.where(minutes > 0.0, np.maximum(ticks, 1.0), ticks) / TICKS_PER_MINUTE
