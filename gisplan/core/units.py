"""Units at the door: outside percent, hectares and km/h; inside ratios, square metres, metres and minutes."""

from __future__ import annotations

SQUARE_METRES_PER_HECTARE = 10_000.0
METRES_PER_KILOMETRE = 1_000.0
MINUTES_PER_HOUR = 60.0


def hectares(square_metres: float) -> float:
    """Return an area in hectares."""
    return square_metres / SQUARE_METRES_PER_HECTARE


def metres_per_minute(kilometres_per_hour: float) -> float:
    """Return a speed in metres per minute."""
    return kilometres_per_hour * METRES_PER_KILOMETRE / MINUTES_PER_HOUR
