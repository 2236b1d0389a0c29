"""How firm the outline of a district is: the weights of the criteria moved by a fifth, and each criterion left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gisplan.core.suitability import ProposeOptions
from gisplan.overlay.cells import HECTARE
from gisplan.siting.districts.choose import Chosen, choose
from gisplan.siting.districts.surface import Judged, Suited, combined, reweighed
from gisplan.siting.districts.units import Units

if TYPE_CHECKING:
    from numpy.typing import NDArray

MORE, LESS = 1.2, 0.8
CHANGES = (("more", MORE), ("less", LESS), ("without", 0.0))
"""What is done to one weight at a time: a fifth more, a fifth less, nothing left of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One change of the weights: the criterion, what was done, and for each district the one that takes its place.

    `jaccard` is the common area of both beside the area of either [d], `common_ha` that common area [d].
    """

    criterion: str
    change: str
    jaccard: NDArray[np.float64]
    common_ha: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stability:
    """Every variant, in how many of them each unit is in a district, as a share [u], and how many there were."""

    variants: tuple[Variant, ...]
    inside: NDArray[np.float64]


def stability(units: Units, suited: Suited, chosen: Chosen, options: ProposeOptions) -> Stability:
    """Return how the districts change with the weights; without a second criterion there is nothing to change.

    Parameters
    ----------
    units
        The units.
    suited
        How suitable the ground is.
    chosen
        The districts as proposed.
    options
        How many, how large, how round.
    """
    found, inside = [], np.zeros(len(units.area))
    for judged, change, changed in _changed(suited.judged) if len(chosen.worth) else ():
        value = units.mean(np.where(suited.forbidden, np.nan, combined(changed)))
        other = choose(units, value, options)
        inside += other.holds.any(axis=0)
        common = (chosen.holds * units.area) @ other.holds.T.astype("float64")
        own, theirs = chosen.holds @ units.area, other.holds @ units.area
        ratio = common / (own[:, None] + theirs - common)
        if not len(theirs):
            ratio, common = np.zeros((len(own), 1)), np.zeros((len(own), 1))
        best = ratio.argmax(axis=1)
        rows = np.arange(len(own))
        found.append(
            Variant(
                criterion=judged.criterion.name,
                change=change,
                jaccard=ratio[rows, best],
                common_ha=common[rows, best] / HECTARE,
            )
        )
    return Stability(variants=tuple(found), inside=inside / max(len(found), 1))


def _changed(judged: Sequence[Judged]) -> Iterator[tuple[Judged, str, tuple[Judged, ...]]]:
    """Yield each criterion, what is done to its weight, and all criteria after that."""
    for place, one in enumerate(judged if len(judged) > 1 else ()):
        for change, factor in CHANGES:
            weights = [
                other.weight * (factor if number == place else 1.0) for number, other in enumerate(judged)
            ]
            if not factor:
                # Cells of which only this one is not known become known, and its limits hold no more: the ground is
                # kept as it was, so that the outlines differ by the weights alone.
                yield one, change, reweighed([*judged[:place], *judged[place + 1 :]], _others(weights, place))
            else:
                yield one, change, reweighed(judged, weights)


def _others(weights: Sequence[float], place: int) -> list[float]:
    return [weight for number, weight in enumerate(weights) if number != place]
