"""How each case of the corpus is tried: which layer a file is read as, and where the town lies that it is read for."""

import csv
import datetime as dt
from dataclasses import dataclass, field

import geopandas as gpd
import shapely

from gisplan.core.errors import GisplanError
from gisplan.core.words import LayerEntry, Plan
from gisplan.layers.catalogue import packaged_folder, read_catalogue
from gisplan.layers.load import examine, load

CATALOGUE = read_catalogue(packaged_folder())
STOPS = {"REJECT", "ASK"}

TOWN = shapely.box(137.7, 35.9, 138.2, 36.4)
"""About Shiojiri, where most of the cases lie."""

ELSEWHERE = {
    "xl_title_merged.xlsx": shapely.box(130, 30, 145, 44),
    "gj_dupkey.geojson": shapely.box(130, 30, 145, 44),
    "gj_bigint.geojson": shapely.box(130, 30, 145, 44),
}
"""Files that lie in another place than the town, and the town they are read for."""

LAYERS = {
    "gj_swapped.geojson": "shop", "gj_nan.geojson": "shop", "gj_bigint.geojson": "shop",
    "gj_crs_member.geojson": "shop", "gj_z.geojson": "shop", "gj_dupkey.geojson": "shop",
    "gj_bowtie.geojson": "promotion_area", "gj_spike.geojson": "promotion_area", "num_thousands.csv": "population",
    "kml_laughs.kml": "shop", "kml_xxe.kml": "shop", "kml_networklink.kml": "shop", "gml_axis_short.gml": "shop",
    "gml_jgd_name.gml": "shop", "gml_schema_ssrf.gml": "shop",
}  # fmt: skip
ENDINGS = {".csv": "vacant_house", ".xlsx": "vacant_house", ".tif": "elevation"}


@dataclass
class Outcome:
    """What came of a case: whether it stopped, the codes said, all that was said, and the rows."""

    stopped: bool
    said: list = field(default_factory=list)
    atlas: object = None

    @property
    def codes(self):
        return {code for code, *_ in self.said}


def rows_of(corpus):
    """Return every case of the corpus."""
    with (corpus / "bad_inputs.csv").open(encoding="utf-8") as rows:
        return list(csv.DictReader(rows))


def layer_of(name):
    """Return the layer that a file of the corpus is read as."""
    ending = f".{name.rpartition('.')[2]}"
    return LAYERS.get(name) or ENDINGS.get(ending, "neighbourhood")


def plan_of(folder, path, layer, *, town=TOWN, municipality="20215", **entry):
    """Return a plan for a town that reads one file as one layer."""
    named = {"code": [municipality], "name": ["塩尻市"]}
    gpd.GeoDataFrame(named, geometry=[town], crs=6668).to_file(folder / "town.gpkg")
    entries = (
        LayerEntry(layer="municipality", path=("town.gpkg",), line=4),
        LayerEntry(layer=layer, path=(str(path),), line=7, **entry),
    )
    return Plan(
        title="計画", municipality=(municipality,), date=dt.date(2026, 11, 1), crs=6676, folder=folder,
        file="plan.toml", layers=entries,
    )  # fmt: skip


def outcome(act):
    """Return what came of an action that returns an atlas, or stops."""
    try:
        atlas = act()
    except GisplanError as error:
        return Outcome(
            stopped=True,
            said=[(problem.code, problem.place, problem.what, problem.cure) for problem in error.problems],
        )
    return Outcome(stopped=False, said=told(atlas), atlas=atlas)


def told(atlas):
    """Return code, place, reasons and cures of an atlas' findings and refused rows."""
    findings = [
        (row["code"], f"{row['layer']} {row['subject']}", _pair(row, "reason"), _pair(row, "do"))
        for row in atlas.findings.to_dict("records")
    ]
    rejects = [
        (row["code"], f"{row['file']}:{row['row']}", _pair(row, "reason"), _pair(row, "do"))
        for row in atlas.rejects.to_dict("records")
    ]
    return findings + rejects


def _pair(row, name):
    from gisplan.core.words import Text

    return Text(ja=row[f"{name}_ja"], en=row[f"{name}_en"])


def reading(folder, path, layer, **more):
    """Return what came of reading a file as a layer of a plan."""
    return outcome(
        lambda: load(plan_of(folder, path, layer, **more), catalogue=CATALOGUE, cache=folder / "cache")
    )


def examined(folder, path, layer, **more):
    """Return the examination of a file, whether it stops or not."""
    return examine(plan_of(folder, path, layer, **more), catalogue=CATALOGUE, cache=folder / "cache")
