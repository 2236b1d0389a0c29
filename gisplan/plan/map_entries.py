"""`[map]` of plan.toml: its form, and what it means."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field as Option

from gisplan.core.document import Strict
from gisplan.core.map_options import Base, MapOptions


class MapModel(Strict):
    """`[map]`."""

    base: Base | Annotated[list[Base], Option(min_length=1)] = "none"


def map_options(model: MapModel) -> MapOptions:
    """Return `[map]` of a plan whose form is right: every base map once, in the order of the plan."""
    named = model.base if isinstance(model.base, list) else [model.base]
    return MapOptions(base=tuple(dict.fromkeys([*named, "none"])))
