"""How much demand there is, in words: 554 houses, 1,200 people, or a weight where a column of the plan counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gisplan.access.coverage import COUNTED
from gisplan.core.words import Text
from gisplan.siting.words import units

if TYPE_CHECKING:
    from gisplan.siting.case import Case

WEIGHT = "weighted"
"""The unit of what a column weighs, and of layers of demand that are put together by their factors."""

HALF = 0.05
"""An amount nearer to a whole number than half a tenth is printed as one."""

OF_PEOPLE = "people"
"""How the names of columns begin whose weights are people: people, people_65, people_2050."""


def unit_of(layer: str, column: str) -> str:
    """Return what demand is counted in: `people`, `houses`, `places`, or `weighted`.

    Parameters
    ----------
    layer
        The layer of the demand.
    column
        Its column of weights, "" where each row counts for one.
    """
    if not column:
        return COUNTED.get(layer, "places")
    return "people" if column.startswith(OF_PEOPLE) else WEIGHT


def whole_unit(case: Case) -> str:
    """Return what all demand of a case together is counted in: of several layers their scaled weights."""
    found = set(zip(case.demands.layer, case.demands.unit, strict=True))
    return str(found.pop()[1]) if len(found) == 1 else WEIGHT


def layer_unit(case: Case, layer: str) -> str:
    """Return what the demand of one layer is counted in."""
    return str(case.demands.unit[case.demands.layer == layer][0])


def counted(amount: float, unit: str) -> Text:
    """Return an amount of demand with its unit; what is split among hubs, or weighed, with a decimal.

    Parameters
    ----------
    amount
        How much.
    unit
        As of `unit_of`.
    """
    whole = abs(amount - round(amount)) < HALF
    said = f"{amount:,.0f}" if whole else f"{amount:,.1f}"
    named = units()[unit]
    one = units()[f"{unit}_one"] if said == "1" else named
    return Text(ja=named.ja.format(amount=said), en=one.en.format(amount=said))
