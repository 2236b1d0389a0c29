"""Variants of a case in which weights are otherwise: how much a choice hangs on what was weighed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from gisplan.siting.defence.recast import asking, weighed
from gisplan.siting.phrases import say

if TYPE_CHECKING:
    from gisplan.core.words import Text
    from gisplan.siting.case import Case
    from gisplan.siting.defence.curve import Curve
    from gisplan.siting.solver.words import Answer

Kind = Literal["weights", "draws", "speeds", "roads", "number"]
KINDS: tuple[Kind, ...] = ("weights", "draws", "speeds", "roads", "number")
"""What is otherwise: the weight of a layer, that of each demand, speeds, a road that is closed, the number of hubs."""

STEP = 0.2
"""By which share weights and speeds are otherwise."""

DRAWS = 20
SEED = 20_261_101
"""Number of draws, and the seed of the first; the draws are the same on every run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """A case that differs from the plan's in one thing, and in words in which.

    `known` is its answer where that is known already.
    """

    kind: Kind
    title: Text
    case: Case
    known: Answer | None = None


def by_layer(case: Case, titles: Mapping[str, Text]) -> Iterator[Variant]:
    """Yield the variants in which one layer of demand weighs less and more; none where there is one layer alone.

    Parameters
    ----------
    case
        The question.
    titles
        What layers are called.
    """
    layers = sorted(set(case.demands.layer))
    if len(layers) == 1:
        return
    for layer in layers:
        for factor in (1.0 - STEP, 1.0 + STEP):
            title = say("variant_layer", layer=titles.get(layer, layer), change=f"{100 * (factor - 1):+.0f}")
            weight = np.where(case.demands.layer == layer, factor, 1.0)
            yield Variant(kind="weights", title=title, case=weighed(case, weight))


def by_draw(case: Case) -> Iterator[Variant]:
    """Yield the variants in which every demand weighs otherwise, each for itself, evenly between −20 % and +20 %."""
    for draw in range(DRAWS):
        chance = np.random.default_rng(SEED + draw)
        weight = chance.uniform(1.0 - STEP, 1.0 + STEP, case.reach.demands)
        title = say("variant_draw", draw=draw + 1, draws=DRAWS, seed=SEED + draw)
        yield Variant(kind="draws", title=title, case=weighed(case, weight))


def by_number(case: Case, found: Curve) -> Iterator[Variant]:
    """Yield the variants with one hub less and one more, which the curve has answered; none for a set cover.

    Parameters
    ----------
    case
        The question.
    found
        Its curve.
    """
    if case.rules.p is None:
        return
    for hubs in (case.rules.p - 1, case.rules.p + 1):
        known = found.at(hubs)
        if known is not None:
            title = say("variant_number", hubs=hubs)
            yield Variant(kind="number", title=title, case=asking(case, p=hubs), known=known)
