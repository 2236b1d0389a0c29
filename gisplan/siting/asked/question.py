"""`[site]` of a plan on its way: what is asked, and where messages place its mistakes."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gisplan.access.places import key_place
from gisplan.core.errors import Problem
from gisplan.core.options import SiteOptions
from gisplan.core.words import Atlas, Plan, Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    from numpy.typing import NDArray

SITING = "siting"
"""The layer of findings on the answer: they speak of all of the demand."""

SAMPLE = 5
"""Rows that a message names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """`[site]` of a plan, and how its mistakes are placed."""

    options: SiteOptions
    plan: Plan

    def problem(self, code: str, key: str, /, **values: Any) -> Problem:
        """Return a problem with one key of `[site]`."""
        return Problem(code=code, place=key_place(self.plan, f"site.{key}"), values=values)

    def entry(self, code: str, key: str, /, *, line: int, **values: Any) -> Problem:
        """Return a problem with one of the tables `[[site.also]]`, `[[site.most]]`, `[[site.avoid]]`.

        Parameters
        ----------
        code
            The code of its message.
        key
            The table with its number, and the key in it.
        line
            The line of the table in the file, 0 where it is not known.
        **values
            What the message names.
        """
        file = f"{self.plan.file}:{line}" if line else self.plan.file
        return Problem(code=code, place=f"{file} site.{key}", values=values)

    @property
    def limit(self) -> str:
        """How far from a road a place may lie, as messages say it [m]."""
        return f"{self.plan.access.snap_m:g}"


def label(table: gpd.GeoDataFrame) -> NDArray[np.object_]:
    """Return what the rows of a layer are called [n]: the name, the id of one without."""
    if "name" not in table:
        return np.asarray(table["id"], dtype=object)
    names = table["name"].fillna("")
    return np.asarray(names.where(names != "", table["id"]), dtype=object)


def sample(labels: NDArray[np.object_]) -> list[str]:
    """Return the first of some names for a message."""
    return [str(one) for one in labels[:SAMPLE]]


def title(atlas: Atlas, layer: str) -> Text:
    """Return the title of a layer, its name where the catalogue has none."""
    spec = atlas.catalogue.get(layer)
    return Text(ja=layer, en=layer) if spec is None else spec.title


def nearest_words(word: str, known: Sequence[str]) -> list[str]:
    """Return the words near to one, or the first there are where none is near."""
    return difflib.get_close_matches(word, known, n=3, cutoff=0.3) or list(known[:3])
