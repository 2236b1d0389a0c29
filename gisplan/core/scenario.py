"""`[[scenario]]` of plan.toml as frozen values: which roads change and how, and which places are added."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Deed = Literal["improve", "open", "close"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRows:
    """Rows of a file that a scenario names, as under `[layers.*]`; the path is relative to plan.toml."""

    path: tuple[str, ...]
    columns: Mapping[str, str] = field(default_factory=dict)
    fill: Mapping[str, str] = field(default_factory=dict)
    where: str = ""
    table: str = ""
    crs: str = ""
    encoding: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoadChange:
    """`[[scenario.road]]`: the roads that change, and what becomes of them.

    Roads are chosen by `id` and `name`, by the rows of another `layer` of the plan, or by `file`: lines are opened,
    or name the roads they lie along; polygons name the stretches inside them. `id` and `name` beside `layer` choose
    its rows. Speeds, widths and the like are None where they stay. `minutes` is the time of a ferry. `frontage` says
    that buildings of today may stand on an opened road. `key` is its place in plan.toml, `line` the line, `lines` those
    of its keys.
    """

    deed: Deed
    key: str
    line: int = 0
    lines: Mapping[str, int] = field(default_factory=dict)
    id: tuple[str, ...] = ()
    name: tuple[str, ...] = ()
    layer: str = ""
    file: FileRows | None = None
    speed_kmh: float | None = None
    width_m: float | None = None
    road_class: str | None = None
    oneway: int | None = None
    minutes: float | None = None
    frontage: bool = False

    @property
    def new(self) -> Mapping[str, float | int | str]:
        """The columns of the road table that change, with their new values."""
        found = {
            name: getattr(self, name) for name in ("speed_kmh", "width_m", "road_class", "oneway", "minutes")
        }
        return {name: value for name, value in found.items() if value is not None}

    def line_of(self, key: str) -> int:
        """Return the line of one of its keys, its own where that is not known."""
        return self.lines.get(key, self.line)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceChange:
    """`[[scenario.hub]]` or `[[scenario.place]]`: places that are added to a layer.

    Either one with `name` and `at`, in degrees (longitude, latitude) or in metres of the plan's CRS (east, north), or
    the rows of `file`. `kind` is that of an interchange, `lines` are those of its keys.
    """

    layer: str
    key: str
    line: int = 0
    lines: Mapping[str, int] = field(default_factory=dict)
    name: str = ""
    kind: str = ""
    at: tuple[float, float] | None = None
    degrees: bool = False
    file: FileRows | None = None

    def line_of(self, key: str) -> int:
        """Return the line of one of its keys, its own where that is not known."""
        return self.lines.get(key, self.line)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """`[[scenario]]`: changes that are set against today, all of them together."""

    name: str
    roads: tuple[RoadChange, ...] = ()
    places: tuple[PlaceChange, ...] = ()
    line: int = 0
