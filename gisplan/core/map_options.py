"""What plan.toml asks of the interactive map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Base = Literal[
    "none", "std", "pale", "blank", "english", "seamlessphoto", "relief", "hillshademap", "slopemap"
]
"""What lies under the layers: nothing but the plan's own vectors, or tiles of the Geospatial Information Authority."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MapOptions:
    """`[map]` of plan.toml.

    `base` are the base maps among which the page lets its readers choose, the first of them shown when it opens;
    `none`, which loads nothing, is always one of them.
    """

    base: tuple[Base, ...] = ("none",)
