"""What plan.toml lets a user choose: the options of each step, and areas made from words, as frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

CsvEncoding = Literal["utf-8", "cp932"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckOptions:
    """`[check]` of plan.toml: use and work where a site names none, tolerance in metres, rule for lots across an edge.

    `across_edge` is what a lot across the edge of an area is; None leaves it to the option of the rule.
    """

    use: str = "office_coworking"
    work: Literal["", "new", "change"] = ""
    tolerance_m: float = 1.0
    across_edge: Literal["cannot_tell", "majority"] | None = None


Measure = Literal["cumulative", "gravity", "2sfca", "e2sfca", "3sfca"]
Decay = Literal["power", "exponential", "gaussian"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureOptions:
    """`[[access.measure]]` of plan.toml: a measure to one destination, beside the minutes to the nearest.

    `supply` is the column that says what a place offers, "" for one each. `minutes` is the time within which a
    place counts; `form` with `beta` or `sigma` is the decay of gravity; `zones` are minutes and weights of the
    enhanced and the three-step form; `demand` is the layer whose people share the supply. What is left out takes the
    usual value of the measure, which `gisplan.access.scores.settled` fills in.
    """

    measure: Measure
    to: str
    supply: str = ""
    minutes: float | None = None
    form: Decay | None = None
    beta: float | None = None
    sigma: float | None = None
    zones: tuple[tuple[float, float], ...] = ()
    demand: str = "population"


@dataclass(frozen=True, slots=True, kw_only=True)
class OuterOptions:
    """`[[access.outer]]` of plan.toml: a place far away, e.g. a big city, and the minutes from it to one place here.

    `layer` is station or interchange, `place` the name or id of the one that is reached.
    """

    name: str
    layer: Literal["station", "interchange"]
    place: str
    minutes: float
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnSpeeds:
    """`[access.speeds_kmh]` of plan.toml: km/h by road class and kind of area, with its source and year."""

    kmh: Mapping[str, Mapping[str, float]]
    source: str = ""
    year: int | None = None
    time: Literal["unspecified", "day", "congested", "winter"] = "unspecified"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessOptions:
    """`[access]` of plan.toml: mode, thresholds in minutes, origins and destinations, snap limit in metres.

    `ferry` says whether ferries are part of the network, `season` whether roads closed in winter are; `own_speeds` are
    `[access.speeds_kmh]`. `interchanges` is how many are listed for each hub. `measures` and `outer` are what is asked
    for beside the minutes to the nearest; `yardsticks` names some of `yardsticks.toml`, None is all whose layers the
    plan has. `isochrones` are the layers around whose places isochrones are drawn, `isochrone_direction` is whether
    one goes to these places or sets out from them.
    """

    mode: Literal["car", "walk", "bicycle", "transit"] = "car"
    minutes: tuple[float, ...] = (5.0, 10.0, 15.0, 30.0)
    origins: tuple[str, ...] = ("vacant_house", "population")
    destinations: tuple[str, ...] = ("interchange", "hub", "medical", "shop", "childcare", "school")
    snap_m: float = 500.0
    join_m: float = 0.5
    speeds: str = ""
    ferry: bool = False
    season: Literal["", "winter"] = ""
    own_speeds: OwnSpeeds | None = None
    measures: tuple[MeasureOptions, ...] = ()
    outer: tuple[OuterOptions, ...] = ()
    yardsticks: tuple[str, ...] | None = None
    interchanges: int = 3
    isochrones: tuple[str, ...] = ("hub",)
    isochrone_direction: Literal["to", "from"] = "to"

    @property
    def road_mode(self) -> Literal["car", "walk", "bicycle"]:
        """How one goes along roads: who rides a bus or train walks to the stop."""
        return "walk" if self.mode == "transit" else self.mode


@dataclass(frozen=True, slots=True, kw_only=True)
class TransitOptions:
    """`[transit]` of plan.toml: the day of service, when one sets out, and how far one walks and rides.

    `day` is the plan's date where None. `window` are the minutes of the day at which one sets out, every minute
    from the first to before the last. `percentiles` are shares [%] of those departures; the first is that of the
    tables `access` and `coverage`. `walk_minutes` is the longest way on foot to the first stop and from the last,
    `transfer_minutes` that between two stops, `change_minutes` what a change takes beside the way, and
    `longest_minutes` the longest trip with rides. `boardings` is the largest number of rides; `by_phone` says
    whether a stop served on a call counts. A stop with `trunk_trips` a day in one direction is on a trunk line.
    """

    day: date | None = None
    window: tuple[int, int] = (7 * 60, 9 * 60)
    percentiles: tuple[int, ...] = (50,)
    walk_minutes: float = 15.0
    transfer_minutes: float = 10.0
    change_minutes: float = 2.0
    longest_minutes: float = 120.0
    boardings: int = 4
    by_phone: bool = False
    trunk_trips: int = 30


SiteModel = Literal["p-median", "max-coverage", "set-cover", "p-center"]
Incline = Literal["degrees", "percent"]
GRID = "grid"
"""What `[site] candidates` says where candidates are made on a grid."""

COVERING: tuple[SiteModel, ...] = ("max-coverage", "set-cover")
"""Models that ask who is reached in time, not how long it takes."""

SLOPE = "slope"
"""What `[[site.avoid]] layer` says where it means the slope of the elevation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlsoOptions:
    """`[[site.also]]` of plan.toml: further demand; its weights are scaled to `factor` times the main demand."""

    layer: str
    weight: str = ""
    factor: float = 1.0
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class MostOptions:
    """`[[site.most]]` of plan.toml: at most `most` hubs for each value of a column or each area of a layer, `by`.

    `only` names the values or areas that are meant, all where empty.
    """

    by: str
    most: int
    only: tuple[str, ...] = ()
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AvoidOptions:
    """`[[site.avoid]]` of plan.toml: candidates in areas of a hazard, or steeper than a slope, are left out.

    Of a layer those areas count whose `column` lies above `above` or is one of `among` (`values` in plan.toml), all
    where both are left out. Where `penalty_minutes` is given a candidate stays and all its minutes are so much longer.
    """

    layer: str
    column: str = ""
    above: float | None = None
    among: tuple[str, ...] = ()
    unit: Incline = "degrees"
    penalty_minutes: float | None = None
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class GridOptions:
    """`[site.grid]` of plan.toml: candidates every `spacing_m` inside the areas of a layer, in some zones.

    `within` is the layer promotion_area where left out and the plan has it, else municipality; `zones` are use zones,
    all where empty.
    """

    spacing_m: float = 250.0
    within: str = ""
    zones: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteOptions:
    """`[site]` of plan.toml: how many hubs, by which model, for whom, from which candidates, and under what rules.

    `p` is None for a set cover, which asks for the fewest. `existing` are ids or names of hubs that stand already,
    all of the layer where `every_existing`; `competing` is the layer of places of others. `share` is None where
    left out: everybody for a set cover, no threshold for the other models. `seconds` bounds the search, `cutoff` [min]
    the pairs that are looked at, `curve` is the largest number of hubs of the curve, the usual one where None.
    `stability` says whether the choice is tried under other conditions, `why` are ids or names of sites of which is
    told why they are not chosen. `other_permits` keeps candidates that need a permit apart from the special provision.
    """

    p: int | None = None
    model: SiteModel = "p-median"
    demand: str = "vacant_house"
    weight: str = ""
    factor: float = 1.0
    also: tuple[AlsoOptions, ...] = ()
    candidates: str = "site"
    grid: GridOptions = field(default_factory=GridOptions)
    lawful: bool = True
    other_permits: bool = False
    minutes: float = 15.0
    share: float | None = None
    force: tuple[str, ...] = ()
    forbid: tuple[str, ...] = ()
    existing: tuple[str, ...] = ()
    every_existing: bool = False
    competing: str = ""
    most: tuple[MostOptions, ...] = ()
    avoid: tuple[AvoidOptions, ...] = ()
    cost: str = ""
    budget: float | None = None
    capacity: str = ""
    cutoff: float | None = None
    seconds: float = 60.0
    curve: int | None = None
    stability: bool = True
    why: tuple[str, ...] = ()

    @property
    def timed(self) -> bool:
        """Whether it matters who is served within `minutes`: of a coverage, or of a service threshold."""
        return self.model in COVERING or self.share is not None

    @property
    def demands(self) -> tuple[str, ...]:
        """The layers of the demand, the main one first."""
        return (self.demand, *(one.layer for one in self.also))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """One piece of a district: words as a plan writes them, or rows of a layer with what lies around them.

    Either `words` (「ちの・玉川・宮川地区」), or `layer` with the `names` of its rows (or values of its zones and
    divisions). `radius_m` takes the straight-line circle around the rows, `minutes` what reaches them by road,
    `reach_m` on each side of it. `line` is where plan.toml says it.
    """

    words: str = ""
    layer: str = ""
    names: tuple[str, ...] = ()
    radius_m: float | None = None
    minutes: float | None = None
    reach_m: float | None = None
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class District:
    """`[[district]]` of plan.toml: an area made from words, for a layer such as `promotion_area`.

    The area is the union of `include`, cut to `within` where given, without `exclude`; `facts` are the columns of
    its row (version, published_on, use_exception …).
    """

    name: str
    layer: str
    include: tuple[Ground, ...]
    within: tuple[Ground, ...] = ()
    exclude: tuple[Ground, ...] = ()
    facts: Mapping[str, object] = field(default_factory=dict)
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseOptions:
    """`[release]` of plan.toml: by which areas houses held back are counted, and the smallest count shown."""

    houses_by: Literal["mesh", "neighbourhood"] = "mesh"
    smallest_count: int = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputOptions:
    """`[output]` of plan.toml: the encoding of the CSV files."""

    csv_encoding: CsvEncoding = "utf-8"
