"""What plan.toml asks of the colours of layers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnColours:
    """`[colours]` of plan.toml for one layer: one colour, or the colours of some of its classes by their value."""

    layer: str
    colour: str = ""
    classes: Mapping[str, str] = field(default_factory=dict)
