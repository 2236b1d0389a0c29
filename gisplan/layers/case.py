"""One file in the light of the plan: what it is for, and what it is tested against."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from gisplan.core.tables import Doubt
from gisplan.core.words import LayerEntry, Plan, Spec
from gisplan.layers.extent import Boundary
from gisplan.layers.origins import Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A file or table, the layer and entry of plan.toml that it is read for, and the municipality where it is known."""

    spec: Spec
    entry: LayerEntry
    plan: Plan
    boundary: Boundary | None
    origin: Origin
    name: str

    def place(self, key: str) -> str:
        """Return where plan.toml speaks of this file."""
        return f"{self.plan.file}:{self.entry.line} [layers.{self.entry.layer}] {key}"

    def doubt(self, code: str, *, subject: str = "", **values: object) -> Doubt:
        """Return a doubt about this layer."""
        return Doubt(code=code, layer=self.spec.name, subject=subject, values=values)

    def named(self, doubts: Iterable[Doubt]) -> tuple[Doubt, ...]:
        """Return doubts about the file, with its layer and name."""
        return tuple(replace(doubt, layer=self.spec.name, subject=self.name) for doubt in doubts)
