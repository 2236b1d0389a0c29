"""Scales: the round ones, the largest that holds an extent, and the bar that shows one."""

from __future__ import annotations

import math
from dataclasses import dataclass

from gisplan.maps.sheets.nouns import MM_PER_METRE, Extent

ROUND = (1.0, 1.25, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 7.5, 10.0)
"""Denominators that a scale ruler or mental arithmetic knows, up to powers of ten."""

LEAST = 100.0
"""No map of a plan is larger than 1:100."""

LONGEST_BAR, STEPS = 50.0, (1.0, 2.0, 5.0)
"""The bar is at most so long [mm], and its length one of these up to powers of ten."""

TINY = 1e-9


def least_scale(extent: Extent, *, width: float, height: float) -> float:
    """Return the denominator at which an extent just fills a frame.

    Parameters
    ----------
    extent
        The ground [m].
    width, height
        The frame [mm].
    """
    return max(extent.width / width, extent.height / height) * MM_PER_METRE


def round_scale(least: float) -> float:
    """Return the smallest round denominator that is not below another one: the largest round scale that fits.

    Parameters
    ----------
    least
        The denominator at which it just fits.
    """
    wanted = max(least, LEAST)
    power = 10.0 ** math.floor(math.log10(wanted))
    return next(power * step for step in ROUND if power * step >= wanted * (1.0 - TINY))


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleBar:
    """A bar: its length on the ground [m] and on the paper [mm], its parts, and its unit with what a unit is [m]."""

    metres: float
    millimetres: float
    parts: int
    unit: str
    metres_per_unit: float


def scale_bar(scale: float) -> ScaleBar:
    """Return the longest bar of a round length that is not too long on the paper.

    Parameters
    ----------
    scale
        The denominator.
    """
    most = LONGEST_BAR * scale / MM_PER_METRE
    power = 10.0 ** math.floor(math.log10(most))
    step = max(step for step in STEPS if step * power <= most * (1.0 + TINY))
    metres = step * power
    kilo = metres >= MM_PER_METRE
    return ScaleBar(
        metres=metres,
        millimetres=metres * MM_PER_METRE / scale,
        parts=5 if step == STEPS[2] else 4,
        unit="km" if kilo else "m",
        metres_per_unit=MM_PER_METRE if kilo else 1.0,
    )
