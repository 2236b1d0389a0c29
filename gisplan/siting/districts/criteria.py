"""The kinds of criteria by which ground is suitable, from `criteria.toml`, and which layers are fit for each."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType

from gisplan.access.places import PEOPLE_LAYERS, may_be_reached
from gisplan.core.words import Spec, Text

ELEVATION = "elevation"
HAZARD = "hazard"
"""The group of the catalogue whose layers are hazards."""

Scale = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionKind:
    """A kind of criterion: its title and unit, the keys it uses, and its scale, for some layers another one."""

    title: Text
    unit: Text
    keys: tuple[str, ...]
    scale: Scale
    scales: Mapping[str, Scale]

    def scale_of(self, layer: str) -> Scale:
        """Return the scale of a layer for which plan.toml gives none."""
        return self.scales.get(layer, self.scale)


@lru_cache(maxsize=1)
def kinds() -> Mapping[str, CriterionKind]:
    """Return every kind of criterion by its name."""
    read = tomllib.loads(files("gisplan.siting.districts").joinpath("criteria.toml").read_text("utf-8"))
    return MappingProxyType(
        {
            name: CriterionKind(
                title=Text(**body["title"]),
                unit=Text(**body["unit"]),
                keys=tuple(body["keys"]),
                scale=_scale(body["scale"]),
                scales={layer: _scale(rows) for layer, rows in body.get("scales", {}).items()},
            )
            for name, body in read.items()
        }
    )


def _scale(rows: list[list[float]]) -> Scale:
    return tuple((float(value), float(score)) for value, score in rows)


def fit(kind: str, spec: Spec) -> bool:
    """Return whether a layer can feed a kind of criterion.

    Parameters
    ----------
    kind
        Name of the kind.
    spec
        The layer.
    """
    if kind == "density":
        return may_be_reached(spec) or spec.name in PEOPLE_LAYERS
    if kind == "minutes":
        return may_be_reached(spec)
    if kind == "slope":
        return spec.name == ELEVATION
    if kind == "hazard":
        return spec.kind == "polygon" and spec.group == HAZARD
    if kind == "zone":
        return spec.kind == "polygon"
    return spec.kind in {"point", "line", "polygon"}
