"""Which layers are places one sets out from, reaches or chooses among, and how their number is said."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from gisplan.core.errors import Problem
from gisplan.core.words import Atlas, Plan, Spec, Text

HOUSES = "vacant_house"
CELLS = "population"
"""Cells of the census: no places, but small enough for a point inside to stand for the people."""

RASTER = "population_raster"
AREAS = "neighbourhood"
"""Areas that say how many people live in them; a point inside stands for them all."""

PEOPLE_LAYERS: tuple[str, ...] = (CELLS, RASTER, AREAS)
"""Layers whose figures are people, the finest knowledge of where they live first."""

LOTS = "site"
"""Lots are polygons, but of the size of a building."""

COUNTERS: Mapping[str, str] = {HOUSES: "戸", CELLS: "区画", RASTER: "画素", AREAS: "地区"}
"""What a Japanese number of a layer's rows is followed by; others are 件."""


def may_be_reached(spec: Spec) -> bool:
    """Return whether a layer may be a destination: its rows are points, not areas or lines."""
    return spec.kind == "point"


def may_set_out(spec: Spec) -> bool:
    """Return whether a layer may be an origin: points, or any layer whose figures are people."""
    return may_be_reached(spec) or spec.name in PEOPLE_LAYERS


def may_be_served(spec: Spec) -> bool:
    """Return whether a layer may be the demand for hubs: points, or the cells of the population."""
    return may_be_reached(spec) or spec.name == CELLS


def may_be_chosen(spec: Spec) -> bool:
    """Return whether a layer may hold the candidates for hubs: points, or sites."""
    return may_be_reached(spec) or spec.name == LOTS


def unfit(atlas: Atlas, key: str, names: Iterable[str], fit: Callable[[Spec], bool]) -> list[Problem]:
    """Return a problem for each named layer that is known but is no layer of places.

    Parameters
    ----------
    atlas
        Layers of the plan.
    key
        The key of the plan that names them, as `access.to`.
    names
        Names of layers; one that nobody knows is no problem here but missing.
    fit
        What the layers must be, e.g. `may_be_reached`.
    """
    specs = dict(atlas.catalogue) | {name: layer.spec for name, layer in atlas.layers.items()}
    known = sorted(name for name, spec in specs.items() if fit(spec))
    return [
        Problem(
            code="access.no_place", place=key_place(atlas.plan, key), values={"name": name, "known": known}
        )
        for name in names
        if name in specs and name not in known
    ]


def key_place(plan: Plan, key: str) -> str:
    """Return the place of a key of the plan as messages name it."""
    return f"{plan.file} {key}"


def number(layer: str, count: int) -> Text:
    """Return a number of a layer's rows, with its counter in Japanese."""
    return Text(ja=f"{count:,}{COUNTERS.get(layer, '件')}", en=f"{count:,}")


def amount(layer: str, count: int, weight: float, *, weighed: bool = False) -> Text:
    """Return a number of a layer's rows with what they count for.

    Parameters
    ----------
    layer
        Name of the layer.
    count, weight
        How many rows, and the sum of their people or weights.
    weighed
        The weights are those of a column the plan names; else only the cells of the population have any.
    """
    rows = number(layer, count)
    if weighed:
        return Text(ja=f"{rows.ja}（重み{weight:,.0f}）", en=f"{rows.en} (weight: {weight:,.0f})")
    if layer in PEOPLE_LAYERS:
        return Text(ja=f"{rows.ja}（{weight:,.0f}人）", en=f"{rows.en} (people: {weight:,.0f})")
    return rows
