"""All candidates of a question, and what has become of each on the way to a choice."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from gisplan.siting.asked.question import label

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from gisplan.core.words import Text

State = Literal[
    "possible",
    "chosen",
    "standing",
    "unlawful",
    "cannot_tell",
    "off_road",
    "forbidden",
    "avoided",
    "reaches_nobody",
]
OUT: tuple[State, ...] = (
    "standing", "unlawful", "cannot_tell", "off_road", "forbidden", "avoided", "reaches_nobody",
)  # fmt: skip
"""Why a candidate cannot be chosen; of several reasons the first that holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """Every candidate [n] of a layer or grid, in the order of its rows, with its state.

    `shape` is what the law and hazards look at (a lot or a point), `point` where one goes to. `slope` [degrees] is
    NaN where it was not asked for or not assessed; `hazard` are texts of what a candidate lies in, `penalty` the
    minutes this costs; `group` what the rules on numbers count it to.
    """

    layer: str
    table: gpd.GeoDataFrame
    point: NDArray[np.object_]
    verdict: NDArray[np.object_]
    state: NDArray[np.object_]
    forced: NDArray[np.bool_]
    forbidden: NDArray[np.bool_]
    slope: NDArray[np.float64]
    penalty: NDArray[np.float64]
    hazard: tuple[tuple[Text, ...], ...]
    group: NDArray[np.object_]

    @property
    def label(self) -> NDArray[np.object_]:
        """What each is called: its name, its id where it has none [n]."""
        return label(self.table)

    @property
    def possible(self) -> NDArray[np.bool_]:
        """Which may be chosen [n]."""
        return np.asarray(self.state == "possible", bool)

    def is_in(self, state: State) -> NDArray[np.bool_]:
        """Return which are in a state [n]."""
        return np.asarray(self.state == state, bool)

    def marked(self, state: State, those: NDArray[np.bool_]) -> Pool:
        """Return the pool with some candidates in a state, but those that were out before.

        Parameters
        ----------
        state
            Why they are out, or chosen.
        those
            Which [n].
        """
        found = self.state.copy()
        found[those & self.possible] = state
        return dataclasses.replace(self, state=found)
