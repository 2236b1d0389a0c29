"""The nouns of gisplan: frozen values that pass between the floors.

Nothing here computes; a noun knows what it is, not what is done with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

Language = Literal["ja", "en"]
Audience = Literal["internal", "partner", "public"]
AUDIENCES: tuple[Audience, ...] = ("public", "partner", "internal")
"""From the widest circle to the narrowest; who may see a column of one circle may see all before it."""

Kind = Literal["point", "line", "polygon", "raster", "table"]
FieldType = Literal["text", "code", "number", "integer", "boolean", "date"]
Severity = Literal["S1", "S2", "S3", "S4"]
CsvEncoding = Literal["utf-8", "cp932"]
Done = date | bool
"""When a step was done, or whether it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One text in Japanese and in English."""

    ja: str
    en: str

    def of(self, language: Language) -> str:
        """Return the text in one language."""
        return self.ja if language == "ja" else self.en


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """A regular expression whose match in `column` stands for `value`, e.g. a road name for its class."""

    match: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One column of a layer: its canonical name, the names it goes by, and what it may hold."""

    name: str
    title: Text
    type: FieldType
    column: tuple[str, ...] = ()
    codes: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, Text] = field(default_factory=dict)
    schemes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    patterns: tuple[Pattern, ...] = ()
    pattern_from: tuple[str, ...] = ()
    default: str = ""
    unknown: tuple[str, ...] = ()
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    required: bool = False
    needed: bool = False
    audience: Audience = "public"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a dataset comes from, and on what terms."""

    credit: Text
    licence: str
    reader: str = "file"
    url: str = ""
    release: str = ""
    crs: str | None = None
    share_alike: bool = False
    commercial: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How a layer is painted; colours are `#rrggbb`, keyed by the values of the column `by`."""

    colour: str = "#3366aa"
    by: str = ""
    colours: Mapping[str, str] = field(default_factory=dict)
    width: float = 1.0
    radius: float = 4.0
    opacity: float = 0.6
    order: int = 50
    visible: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """One layer of the catalogue, read from one TOML file of `layers/`."""

    name: str
    group: str
    kind: Kind
    accepts: tuple[Kind, ...]
    title: Text
    about: Text
    article: str
    source: Source
    fields: Mapping[str, Field]
    style: Style
    file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What became of one file: rows read = kept + mended + refused."""

    layer: str
    file: str
    sha256: str
    size: int
    driver: str
    encoding: str
    encoding_how: str
    crs: str
    crs_how: str
    read: int
    kept: int
    mended: int
    refused: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """A dataset in the plan's CRS, with its promises kept; `raster` is the file of a raster layer."""

    spec: Spec
    table: gpd.GeoDataFrame
    readings: tuple[Reading, ...]
    raster: Path | None = None

    @property
    def assessed(self) -> bool:
        """False where the file held nothing: its figures are then 未評価, never 0."""
        return self.raster is not None or len(self.table) > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerEntry:
    """One `[layers.*]` table of plan.toml: which files hold a catalogue layer, and how to read them."""

    layer: str
    path: tuple[str, ...]
    columns: Mapping[str, str] = field(default_factory=dict)
    fill: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    where: str = ""
    table: str = ""
    crs: str = ""
    encoding: str = ""
    credit: str = ""
    licence: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckOptions:
    """`[check]` of plan.toml: use and work where a site names none, tolerance in metres, rule for lots across an edge.

    `across_edge` is what a lot across the edge of an area is; None leaves it to the option of the rule.
    """

    use: str = "office_coworking"
    work: Literal["", "new", "change"] = ""
    tolerance_m: float = 1.0
    across_edge: Literal["cannot_tell", "majority"] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessOptions:
    """`[access]` of plan.toml: mode, thresholds in minutes, origins and destinations, snap limit in metres."""

    mode: Literal["car", "walk"] = "car"
    minutes: tuple[float, ...] = (5.0, 10.0, 15.0, 30.0)
    origins: tuple[str, ...] = ("vacant_house", "population")
    destinations: tuple[str, ...] = ("interchange", "hub", "medical", "shop", "childcare", "school")
    snap_m: float = 500.0
    join_m: float = 0.5
    speeds: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteOptions:
    """`[site]` of plan.toml: how many hubs, by which model, for whom, and from which candidates."""

    p: int
    model: Literal["p-median", "max-coverage"] = "p-median"
    demand: str = "vacant_house"
    weight: str = ""
    candidates: str = "site"
    lawful: bool = True
    minutes: float = 15.0
    force: tuple[str, ...] = ()
    forbid: tuple[str, ...] = ()


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A plan.toml that was read and found right; `crs` is the working CRS as an EPSG code."""

    title: str
    municipality: tuple[str, ...]
    date: date
    crs: int
    folder: Path
    file: str
    layers: tuple[LayerEntry, ...]
    audience: Audience = "internal"
    language: Language = "ja"
    made_up: bool = False
    check: CheckOptions = field(default_factory=CheckOptions)
    access: AccessOptions = field(default_factory=AccessOptions)
    site: SiteOptions | None = None
    districts: tuple[District, ...] = ()
    procedures: Mapping[str, Done] = field(default_factory=dict)
    area_procedures: Mapping[str, Mapping[str, Done]] = field(default_factory=dict)
    facts: Mapping[str, bool] = field(default_factory=dict)
    release: ReleaseOptions = field(default_factory=ReleaseOptions)
    output: OutputOptions = field(default_factory=OutputOptions)


@dataclass(frozen=True, slots=True, kw_only=True)
class Atlas:
    """All layers of a plan in one CRS, with the doubts met while reading them and the rows refused.

    `districts` is the table of the areas made from words, None where the plan has none.
    """

    plan: Plan
    layers: Mapping[str, Layer]
    catalogue: Mapping[str, Spec]
    findings: pd.DataFrame
    rejects: pd.DataFrame
    districts: pd.DataFrame | None = None

    def table(self, layer: str) -> gpd.GeoDataFrame | None:
        """Return a layer's table, or None where the plan names no such layer or it holds nothing."""
        found = self.layers.get(layer)
        return found.table if found is not None and found.assessed else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """A provision: the law's short name, the article, and the day from which it is in force."""

    law: str
    article: str
    in_force: date
    confidence: Literal["verbatim", "reported", "inferred"] = "verbatim"


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """Roads as arrays: n nodes, m edges; an edge runs from `tail` to `head`.

    `x`, `y` are node coordinates [n, m in the plan's CRS]; `forward` and `backward` are minutes along and
    against the edge [m], infinite where that direction is closed; `length` is metres [m]; `road` is the row
    of the road table an edge was cut from [m]; `geometry` holds the edges' lines [m].
    `road_class` indexes into `classes` [m].
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    tail: NDArray[np.int32]
    head: NDArray[np.int32]
    length: NDArray[np.float64]
    forward: NDArray[np.float64]
    backward: NDArray[np.float64]
    road: NDArray[np.int32]
    road_class: NDArray[np.int8]
    narrow: NDArray[np.bool_]
    component: NDArray[np.int32]
    geometry: NDArray[np.object_]
    classes: tuple[str, ...] = ("expressway", "national", "prefectural", "municipal", "other")
