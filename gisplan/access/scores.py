"""The measures that a plan asks for beside the minutes to the nearest: from its options to a number an origin."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from gisplan.access.catchment import (
    ENHANCED,
    THREE_STEP,
    crowd,
    enhanced_weight,
    ratios,
    received,
    three_step_weight,
    two_step_weight,
)
from gisplan.access.coverage import LEEWAY
from gisplan.access.opportunities import beside, exponential, gaussian, gravity, opportunities, power
from gisplan.access.places import CELLS
from gisplan.core.options import Decay, MeasureOptions

if TYPE_CHECKING:
    from numpy.typing import NDArray

SHARED: tuple[str, ...] = ("2sfca", "e2sfca", "3sfca")
"""Measures in which people share what a place offers."""

PEOPLE_PER_RATE = 100_000.0
"""What each person gets is said for so many people, as health statistics do (人口10万対)."""

UNITS: Mapping[str, str] = {"cumulative": "count", "gravity": "weighted"} | dict.fromkeys(SHARED, "per_100k")


USED: Mapping[str, frozenset[str]] = {
    "cumulative": frozenset({"minutes"}),
    "gravity": frozenset({"form", "beta", "sigma", "minutes"}),
    "2sfca": frozenset({"minutes", "demand"}),
    "e2sfca": frozenset({"zones", "demand"}),
    "3sfca": frozenset({"zones", "demand"}),
}
"""What the answer of each measure depends on, beside `to` and `supply`."""

SHAPE: Mapping[str, str] = {"power": "beta", "exponential": "beta", "gaussian": "sigma"}
"""The parameter of each form of gravity."""

WITHIN = 30.0
"""The time of a cumulative count or a catchment, where the plan names none [min]."""

USUAL: Mapping[str, float] = {"power": 1.0, "exponential": 0.1, "gaussian": 15.0}
"""The parameter of each form where the plan names none: an assumption, which the findings tell."""


def settled(measure: MeasureOptions) -> MeasureOptions:
    """Return a measure with the usual values for what the plan leaves out."""
    match measure.measure:
        case "gravity":
            form: Decay = measure.form or "gaussian"
            given = measure.sigma if form == "gaussian" else measure.beta
            shape = USUAL[form] if given is None else given
            if form == "gaussian":
                return dataclasses.replace(measure, form=form, sigma=shape)
            return dataclasses.replace(measure, form=form, beta=shape)
        case "e2sfca":
            return dataclasses.replace(measure, zones=measure.zones or tuple(ENHANCED))
        case "3sfca":
            return dataclasses.replace(measure, zones=measure.zones or tuple(THREE_STEP))
        case _:
            return dataclasses.replace(
                measure, minutes=WITHIN if measure.minutes is None else measure.minutes
            )


def weight_of(measure: MeasureOptions, minutes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the weight f(c) of a measure [o, d]: 0 where unreached or beyond, NaN where not assessed.

    Parameters
    ----------
    measure
        A gravity or a floating catchment area, with all its values.
    minutes
        Minutes of each origin to each destination [o, d].
    """
    if measure.measure == "e2sfca":
        return enhanced_weight(minutes, zones=measure.zones)
    if measure.measure == "3sfca":
        return three_step_weight(minutes, zones=measure.zones)
    limit = np.inf if measure.minutes is None else measure.minutes
    if measure.measure == "2sfca":
        return two_step_weight(minutes, threshold=limit)
    return np.where(
        minutes <= limit + LEEWAY, _decay(measure, minutes), np.where(np.isnan(minutes), np.nan, 0.0)
    )


def _decay(measure: MeasureOptions, minutes: NDArray[np.float64]) -> NDArray[np.float64]:
    form = measure.form or "gaussian"
    if form == "gaussian":
        return gaussian(minutes, sigma=USUAL[form] if measure.sigma is None else measure.sigma)
    decay = power if form == "power" else exponential
    return decay(minutes, beta=USUAL[form] if measure.beta is None else measure.beta)


def shared_ratio(
    measure: MeasureOptions,
    minutes: NDArray[np.float64],
    *,
    demand: NDArray[np.float64],
    supply: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return what each destination has for each of those who share it [d], NaN where nobody does.

    Parameters
    ----------
    measure
        A floating catchment area.
    minutes
        Minutes of the demand to each destination [k, d].
    demand
        People of each origin of the demand [k].
    supply
        What each destination has [d].
    """
    return ratios(supply, crowd(weight_of(measure, minutes), demand))


def scored(
    measure: MeasureOptions, minutes: NDArray[np.float64], *, offered: NDArray[np.float64]
) -> Mapping[str, NDArray[np.float64]]:
    """Return the values of one measure by the name that the table `access` gives them, each [o].

    Parameters
    ----------
    measure
        What is asked for.
    minutes
        Minutes of each origin to each destination [o, d].
    offered
        What each destination offers [d]: its supply, or in a catchment what it has for each person.
    """
    if measure.measure == "cumulative":
        return {
            name: opportunities(minutes, threshold, supply=offered)
            for name, threshold in _thresholds(measure)
        }
    weight, (name,) = weight_of(measure, minutes), names_of(measure)
    if measure.measure == "gravity":
        return {name: gravity(weight, supply=offered)}
    return {name: received(weight, offered) * PEOPLE_PER_RATE}


def names_of(measure: MeasureOptions) -> tuple[str, ...]:
    """Return the names that the table `access` gives the values of a measure, with all the answer depends on."""
    if measure.measure == "cumulative":
        return tuple(name for name, _ in _thresholds(measure))
    shape = {"power": measure.beta, "exponential": measure.beta, "gaussian": measure.sigma}
    parts = [
        measure.measure,
        *([measure.form, f"{shape[measure.form]:g}"] if measure.form else []),
        *([f"{measure.minutes:g}"] if measure.minutes is not None else []),
        *([f"{measure.zones[-1][0]:g}"] if measure.zones else []),
        *([measure.supply] if measure.supply else []),
        *([measure.demand] if measure.measure in SHARED and measure.demand != CELLS else []),
    ]
    return ("_".join(parts),)


def _thresholds(measure: MeasureOptions) -> list[tuple[str, float]]:
    """Return the thresholds beside one another, each with its name."""
    ending = f"_{measure.supply}" if measure.supply else ""
    at = WITHIN if measure.minutes is None else measure.minutes
    return [(f"cumulative_{minutes:g}{ending}", minutes) for minutes in beside(at)]
