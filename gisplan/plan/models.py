"""The form of plan.toml: what may stand in each table, for pydantic to check."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import ConfigDict
from pydantic import Field as Option

from gisplan.core.document import Strict
from gisplan.core.options import (
    AccessOptions,
    CsvEncoding,
    Decay,
    GridOptions,
    Incline,
    Measure,
    ReleaseOptions,
    SiteOptions,
    TransitOptions,
)  # fmt: skip
from gisplan.core.options import SiteModel as SiteModelName
from gisplan.core.words import Audience, Axes, Language
from gisplan.plan.chapter_entries import ChapterModel
from gisplan.plan.colour_entries import ColoursModel
from gisplan.plan.map_entries import MapModel
from gisplan.plan.print_entries import BackgroundModel, FigureModel, PrintModel
from gisplan.plan.report_entries import ReportModel
from gisplan.plan.suitability_entries import ProposeModel, SuitabilityModel

CRS_FORM = r"EPSG:\d{4,5}"
SMALLEST = 3
"""A count that may be shown is at least this: fewer houses can be told by who knows the neighbourhood."""

FARTHEST = 10_000_000.0
"""Metres from the origin of a plane system beyond which no place of Japan lies."""

Kmh = Annotated[float | int, Option(ge=3, le=120)]
"""A speed that a car drives in Japan: 0, 999 and metres per second are told with their line."""

LONGEST = 24 * 60
"""Minutes of a day: nothing that a plan measures takes longer."""

Minutes = Annotated[float | int, Option(gt=0, le=LONGEST, allow_inf_nan=False)]
Factor = Annotated[float | int, Option(gt=0, allow_inf_nan=False)]
"""What a layer of demand counts beside the main one."""

Zone = Annotated[list[float | int], Option(min_length=2, max_length=2)]
"""Minutes up to which a zone reaches, and its weight."""

Names = Annotated[str, Option(min_length=1)] | list[Annotated[str, Option(min_length=1)]]
Words = str | dict[str, Any] | list[str | dict[str, Any]]
"""Words of a district, or tables that name rows of a layer; `gisplan.plan.district_entries` reads them."""


class PlanModel(Strict):
    """`[plan]`."""

    title: str = Option(min_length=1)
    municipality: list[str] = Option(min_length=1)
    date: dt.date
    audience: Audience = "internal"
    language: Language = "ja"
    crs: str | None = Option(default=None, pattern=f"^{CRS_FORM}$")
    made_up: bool = False


class EntryModel(Strict):
    """`[layers.<name>]`."""

    path: Annotated[str, Option(min_length=1)] | Annotated[list[str], Option(min_length=1)]
    columns: dict[str, str] = {}
    fill: dict[str, str] = {}
    codes: dict[str, dict[str, str]] = {}
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


class DistrictModel(Strict):
    """`[[district]]`; what else stands in it are columns of its layer, checked against the catalogue."""

    model_config = ConfigDict(extra="allow", strict=True, frozen=True, populate_by_name=True)

    name: str = Option(min_length=1)
    layer: str = "promotion_area"
    include: Words
    within: Words | None = None
    exclude: Words | None = None


class CheckModel(Strict):
    """`[check]`."""

    use: str = "office_coworking"
    work: Literal["", "new", "change"] = ""
    tolerance_m: float | int = Option(default=1.0, ge=0, le=1000)
    across_edge: Literal["cannot_tell", "majority"] | None = None


class AreaSpeedsModel(Strict):
    """A speed by kind of area."""

    densely_inhabited: Kmh
    urban: Kmh
    mountain: Kmh


class SpeedsModel(Strict):
    """`[access.speeds_kmh]`; a class that is left out keeps the speed of the set that `speeds` names."""

    source: str = ""
    year: int | None = Option(default=None, ge=1900, le=2200)
    time: Literal["unspecified", "day", "congested", "winter"] = "unspecified"
    expressway: Kmh | AreaSpeedsModel | None = None
    national: Kmh | AreaSpeedsModel | None = None
    prefectural: Kmh | AreaSpeedsModel | None = None
    municipal: Kmh | AreaSpeedsModel | None = None
    other: Kmh | AreaSpeedsModel | None = None


class MeasureModel(Strict):
    """`[[access.measure]]`; `gisplan.plan.measure_entries` checks that its keys fit its measure."""

    measure: Measure
    to: str
    supply: str = ""
    minutes: Minutes | None = None
    form: Decay | None = None
    beta: Minutes | None = None
    sigma: Minutes | None = None
    zones: list[Zone] = []
    demand: str = "population"


class OuterModel(Strict):
    """`[[access.outer]]`."""

    name: str = Option(min_length=1)
    to: str = Option(min_length=1)
    minutes: Minutes


class AccessModel(Strict):
    """`[access]`."""

    mode: Literal["car", "walk", "bicycle", "transit"] = "car"
    minutes: list[Minutes] = Option(default=[5, 10, 15, 30], min_length=1)
    origins: list[str] = Option(default=["vacant_house", "population"], alias="from")
    destinations: list[str] = Option(
        default=["interchange", "hub", "medical", "shop", "childcare", "school"], alias="to"
    )
    snap_m: float | int = Option(default=500, gt=0, le=10_000)
    join_m: float | int = Option(default=AccessOptions().join_m, ge=0, le=50)
    speeds: str = ""
    speeds_kmh: SpeedsModel | None = None
    ferry: bool = False
    season: Literal["", "winter"] = ""
    measure: list[MeasureModel] = []
    outer: list[OuterModel] = []
    yardsticks: list[str] | None = None
    interchanges: int = Option(default=AccessOptions().interchanges, ge=1, le=1000)
    isochrones: list[str] = ["hub"]
    isochrone_direction: Literal["to", "from"] = "to"


class TransitModel(Strict):
    """`[transit]`; that the window is one is checked where it is read."""

    day: dt.date | None = None
    window: list[str] = ["07:00", "09:00"]
    percentiles: list[Annotated[int, Option(ge=1, le=100)]] = Option(default=[50], min_length=1)
    walk_minutes: Minutes = Option(default=TransitOptions().walk_minutes, le=120)
    transfer_minutes: float | int = Option(default=TransitOptions().transfer_minutes, ge=0, le=120)
    change_minutes: float | int = Option(default=TransitOptions().change_minutes, ge=0, le=120)
    longest_minutes: Minutes = Option(default=TransitOptions().longest_minutes, le=1440)
    boardings: int = Option(default=TransitOptions().boardings, ge=1, le=10)
    by_phone: bool = False
    trunk_trips: int = Option(default=TransitOptions().trunk_trips, ge=1)


class AlsoModel(Strict):
    """`[[site.also]]`."""

    layer: str
    weight: str = ""
    factor: Factor = 1.0


class MostModel(Strict):
    """`[[site.most]]`."""

    by: str = Option(min_length=1)
    most: int = Option(ge=0)
    only: Names = []


class AvoidModel(Strict):
    """`[[site.avoid]]`; `gisplan.plan.site_entries` checks that its keys fit its layer."""

    layer: str
    column: str = ""
    above: float | int | None = Option(default=None, allow_inf_nan=False)
    among: list[str] = Option(default=[], alias="values")
    unit: Incline = "degrees"
    penalty_minutes: Minutes | None = None


class GridModel(Strict):
    """`[site.grid]`."""

    spacing_m: float | int = Option(default=GridOptions().spacing_m, ge=10, le=10_000)
    within: str = ""
    zones: list[str] = []


class SiteModel(Strict):
    """`[site]`; `gisplan.plan.site_entries` checks that its keys fit each other."""

    p: int | None = Option(default=None, ge=1)
    model: SiteModelName = "p-median"
    demand: str = "vacant_house"
    weight: str = ""
    factor: Factor = 1.0
    also: list[AlsoModel] = []
    candidates: str = "site"
    grid: GridModel | None = None
    lawful: bool = True
    other_permits: bool = False
    minutes: Minutes = 15
    share: float | int | None = Option(default=None, gt=0, le=1)
    force: list[str] = []
    forbid: list[str] = []
    existing: bool | list[str] = []
    competing: str = ""
    most: list[MostModel] = []
    avoid: list[AvoidModel] = []
    cost: str = ""
    budget: float | int | None = Option(default=None, ge=0, allow_inf_nan=False)
    capacity: str = ""
    cutoff: Minutes | None = None
    seconds: float | int = Option(default=SiteOptions().seconds, gt=0, le=86_400)
    curve: int | None = Option(default=None, ge=0, le=1000)
    stability: bool = True
    why: Names = []


class RowsModel(Strict):
    """Rows of a file that a scenario names, as under `[layers.*]`."""

    path: Annotated[str, Option(min_length=1)] | Annotated[list[str], Option(min_length=1)] | None = None
    columns: dict[str, str] = {}
    fill: dict[str, str] = {}
    where: str = ""
    table: str = ""
    crs: str = ""
    encoding: str = ""


class ScenarioRoadModel(RowsModel):
    """`[[scenario.road]]`."""

    id: Names = []
    name: Names = []
    layer: str = ""
    open: bool = False
    close: bool = False
    speed_kmh: float | int | None = Option(default=None, ge=3, le=120)
    width_m: float | int | None = Option(default=None, gt=0, le=100)
    road_class: str | None = None
    oneway: int | None = Option(default=None, ge=-1, le=1)
    minutes: Minutes | None = None
    frontage: bool = False


class ScenarioHubModel(RowsModel):
    """`[[scenario.hub]]`."""

    name: str = ""
    lat: float | int | None = Option(default=None, ge=20, le=46)
    lon: float | int | None = Option(default=None, ge=122, le=154)
    x: float | int | None = Option(default=None, ge=-FARTHEST, le=FARTHEST)
    y: float | int | None = Option(default=None, ge=-FARTHEST, le=FARTHEST)


class ScenarioPlaceModel(ScenarioHubModel):
    """`[[scenario.place]]`."""

    layer: str
    kind: Literal["full", "smart"] | None = None


class ScenarioModel(Strict):
    """`[[scenario]]`."""

    name: str = Option(min_length=1)
    road: list[ScenarioRoadModel] = []
    hub: list[ScenarioHubModel] = []
    place: list[ScenarioPlaceModel] = []


class ReleaseModel(Strict):
    """`[release]`."""

    houses_by: Literal["mesh", "neighbourhood"] = "mesh"
    smallest_count: int = Option(default=ReleaseOptions().smallest_count, ge=SMALLEST)


class FetchModel(Strict):
    """`[fetch]`: hosts from which a layer file of one's own may fetch, beside those of the catalogue."""

    hosts: list[str] = []


class OutputModel(Strict):
    """`[output]`."""

    csv_encoding: CsvEncoding = "utf-8"


class PlanFileModel(Strict):
    """A whole plan.toml."""

    plan: PlanModel
    layers: dict[str, EntryModel | list[EntryModel]] = {}
    district: list[DistrictModel] = []
    check: CheckModel = CheckModel()
    access: AccessModel = AccessModel()
    transit: TransitModel | None = None
    site: SiteModel | None = None
    suitability: SuitabilityModel | None = None
    propose: ProposeModel | None = None
    scenario: list[ScenarioModel] = []
    release: ReleaseModel = ReleaseModel()
    fetch: FetchModel = FetchModel()
    output: OutputModel = OutputModel()
    map: MapModel = MapModel()
    chapter: list[ChapterModel] = []
    colours: ColoursModel = {}
    printing: PrintModel = Option(default=PrintModel(), alias="print")
    figure: list[FigureModel] = []
    background: BackgroundModel | None = None
    report: ReportModel = ReportModel()
    procedures: dict[str, Any] = {}
    facts: dict[str, bool] = {}
