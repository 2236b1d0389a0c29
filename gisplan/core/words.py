"""The nouns of gisplan: frozen values that pass between the floors.

Nothing here computes; a noun knows what it is, not what is done with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from gisplan.core.colour_options import OwnColours
from gisplan.core.map_options import MapOptions
from gisplan.core.options import (
    AccessOptions,
    CheckOptions,
    District,
    OutputOptions,
    ReleaseOptions,
    SiteOptions,
    TransitOptions,
)
from gisplan.core.printing import BackgroundOptions, FigureOptions, PrintOptions
from gisplan.core.report import ReportOptions
from gisplan.core.scenario import Scenario
from gisplan.core.suitability import ProposeOptions, SuitabilityOptions

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from gisplan.core.chapter import Chapter
    from gisplan.core.timetable import Timetable

Language = Literal["ja", "en"]
Audience = Literal["internal", "partner", "public"]
AUDIENCES: tuple[Audience, ...] = ("public", "partner", "internal")
"""From the widest circle to the narrowest; who may see a column of one circle may see all before it."""

Kind = Literal["point", "line", "polygon", "raster", "table"]
FieldType = Literal["text", "code", "municipality", "number", "integer", "boolean", "date"]
Severity = Literal["S1", "S2", "S3", "S4"]
Axes = Literal["", "xy", "yx"]
"""The order of a file's coordinates: east before north as usual, or `yx` for north before east."""

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
    """One column of a layer: its canonical name, the names it goes by, and what it may hold.

    `scales` are factors for columns of the file that hold the value in another unit, such as fractions for percent.
    `patterns` are looked for in the columns `pattern_from`, of which `a+b` is both with a space between. `customs` say
    for another field what its values stand for where nothing better tells. A field with `origin_of` says where that
    other field's value is from: `file`, the column of the pattern, `custom` or `default`. `words` stand for figures.
    """

    name: str
    title: Text
    type: FieldType
    column: tuple[str, ...] = ()
    codes: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, Text] = field(default_factory=dict)
    schemes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    scales: Mapping[str, float] = field(default_factory=dict)
    patterns: tuple[Pattern, ...] = ()
    pattern_from: tuple[str, ...] = ()
    customs: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    origin_of: str = ""
    default: str = ""
    unknown: tuple[str, ...] = ()
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    required: bool = False
    needed: bool = False
    audience: Audience = "public"


Provider = Literal["file", "page", "reinfolib", "elevation", "gtfs_repository", "overpass", "osmnx"]
"""How a release is got: one address per file, a link on a page, tiles to be merged, a list of feeds, a query."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """One edition of a dataset: where it lies, on what terms, and what its columns and codes mean.

    `url` may hold the names in braces that `gisplan.sources.addresses` fills. `save` is the name under which it is
    kept, the last part of the address where empty; `member` the pattern of the file inside an archive; `unpack` says
    that all members of that pattern are unpacked. `tiles` are sets of tiles with their zooms, the best first.
    `prefectures` are those it covers, all where empty. `where` and `encoding` are as in plan.toml. `marks` are
    patterns of file names by which the release is known; `prefix` is how the columns begin whose meaning differs by
    release. `columns` gives for a field the columns that together hold it; `codes` for a field the words of the file.
    """

    release: str
    url: str
    licence: str
    credit: Text
    provider: Provider = "file"
    terms: str = ""
    save: str = ""
    member: str = ""
    unpack: bool = False
    zoom: int = 0
    tiles: tuple[str, ...] = ()
    prefectures: tuple[str, ...] = ()
    where: str = ""
    encoding: str = ""
    commercial: bool = True
    redistribute: bool = True
    share_alike: bool = False
    marks: tuple[str, ...] = ()
    prefix: str = ""
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    sha256: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a dataset comes from, and on what terms.

    `osm` are the tags of its features in OpenStreetMap; `releases` are its editions, the first the one to take.
    """

    credit: Text
    licence: str
    reader: str = "file"
    url: str = ""
    release: str = ""
    crs: str | None = None
    share_alike: bool = False
    commercial: bool = True
    redistribute: bool = True
    releases: tuple[Release, ...] = ()
    osm: tuple[str, ...] = ()


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

    @property
    def aliases(self) -> tuple[str, ...]:
        """Every name that a column of the layer may have in a file."""
        return tuple(alias for field in self.fields.values() for alias in field.column)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What became of one file: rows read = kept + mended + refused.

    `inside` is the share of its features in the municipality [0–1], None where that was not tested.
    """

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
    inside: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RowPlaces:
    """Where the rows of a layer stand: ids [n], the position of their file in `files` and their number in it [n]."""

    files: tuple[str, ...]
    ids: NDArray[np.object_]
    file: NDArray[np.int64]
    number: NDArray[np.int64]

    def place(self, row_id: str) -> str:
        """Return `file:row` of the row with an id, empty where no file holds it."""
        at = (self.ids == row_id).nonzero()[0]
        return f"{self.files[self.file[at[0]]]}:{self.number[at[0]]}" if at.size else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """A dataset in the plan's CRS, with its promises kept; `raster` is the file of a raster layer.

    `places` tells where its rows stand in files; it is None where that is not known.
    """

    spec: Spec
    table: gpd.GeoDataFrame
    readings: tuple[Reading, ...]
    raster: Path | None = None
    places: RowPlaces | None = None

    @property
    def assessed(self) -> bool:
        """False where the file held nothing: its figures are then 未評価, never 0."""
        return self.raster is not None or len(self.table) > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerEntry:
    """One `[layers.*]` table of plan.toml: which files hold a catalogue layer, and how to read them.

    `release` names the edition of a published dataset; an entry without one is a file of the office.
    `dms` tells that coordinates such as 360652.2 are degrees, minutes and seconds in one. `several` tells that the
    table is written `[[layers.…]]`.
    """

    layer: str
    path: tuple[str, ...]
    columns: Mapping[str, str] = field(default_factory=dict)
    fill: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    where: str = ""
    table: str = ""
    query: str = ""
    crs: str = ""
    axes: Axes = ""
    dms: bool = False
    encoding: str = ""
    credit: str = ""
    licence: str = ""
    release: str = ""
    line: int = 0
    several: bool = False

    @property
    def header(self) -> Text:
        """The table's header with its line, as a cure names it; one layer may have several tables."""
        name = f"[[layers.{self.layer}]]" if self.several else f"[layers.{self.layer}]"
        if not self.line:
            return Text(ja=name, en=name)
        return Text(ja=f"{name}（{self.line}行目）", en=f"{name} (line {self.line})")


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
    transit: TransitOptions | None = None
    site: SiteOptions | None = None
    suitability: SuitabilityOptions | None = None
    propose: ProposeOptions | None = None
    districts: tuple[District, ...] = ()
    scenarios: tuple[Scenario, ...] = ()
    procedures: Mapping[str, Done] = field(default_factory=dict)
    area_procedures: Mapping[str, Mapping[str, Done]] = field(default_factory=dict)
    facts: Mapping[str, bool] = field(default_factory=dict)
    release: ReleaseOptions = field(default_factory=ReleaseOptions)
    output: OutputOptions = field(default_factory=OutputOptions)
    map: MapOptions = field(default_factory=MapOptions)
    chapters: tuple[Chapter, ...] = ()
    colours: tuple[OwnColours, ...] = ()
    printing: PrintOptions = field(default_factory=PrintOptions)
    figures: tuple[FigureOptions, ...] = ()
    background: BackgroundOptions | None = None
    report: ReportOptions = field(default_factory=ReportOptions)


@dataclass(frozen=True, slots=True, kw_only=True)
class Atlas:
    """All layers of a plan in one CRS, with the doubts met while reading them and the rows refused.

    `districts` is the table of the areas made from words, None where the plan has none. `scenario_rows` are the
    rows of the files that scenarios name, by the key of the change that names them. `timetables` are those of the
    layer `gtfs` on the day of service, where the plan asks for them.
    """

    plan: Plan
    layers: Mapping[str, Layer]
    catalogue: Mapping[str, Spec]
    findings: pd.DataFrame
    rejects: pd.DataFrame
    districts: pd.DataFrame | None = None
    scenario_rows: Mapping[str, gpd.GeoDataFrame] = field(default_factory=dict)
    timetables: tuple[Timetable, ...] = ()

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
    `road_class` indexes into `classes` [m]. `shut` are edges that a scenario closes, None where it closes none: nobody
    passes them, but who stands on one stays there [m].

    Minutes are rounded to whole ticks of 2 ** -40 minutes (`core.units.whole_ticks`), at least one where an edge
    has a length: sums along a route of up to five days are then exact in whatever order they are made, and every
    search gives the same time bit for bit.
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
    shut: NDArray[np.bool_] | None = None
    classes: tuple[str, ...] = ("expressway", "national", "prefectural", "municipal", "other")
