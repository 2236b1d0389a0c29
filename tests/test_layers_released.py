"""One column name, another meaning in another year: each edition is read to the same fields."""

import dataclasses
import datetime as dt
import io
import json
import zipfile

import pytest
from small_files import Member, refused, zipped

from gisplan.core.errors import ConfigurationError
from gisplan.core.words import LayerEntry, Plan
from gisplan.layers.catalogue import packaged_folder, read_catalogue
from gisplan.layers.load import load
from gisplan.layers.released import release_by_name
from gisplan.layers.spec import read_spec

CATALOGUE = read_catalogue(packaged_folder())
POINT = {"type": "Point", "coordinates": [138.32, 34.86]}
SQUARE = {
    "type": "Polygon",
    "coordinates": [[[138.3, 34.8], [138.4, 34.8], [138.4, 34.9], [138.3, 34.9], [138.3, 34.8]]],
}


def geojson(*rows, shape=POINT):
    features = [{"type": "Feature", "properties": row, "geometry": shape} for row in rows]
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False).encode()


def plan(folder, *entries, audience="internal"):
    return Plan(title="試", municipality=("22212",), date=dt.date(2026, 4, 1), crs=6676, folder=folder,
                file="plan.toml", layers=entries, audience=audience)  # fmt: skip


def read(folder, layer, data, *, name="data.geojson", audience="internal", **entry):
    """Return a layer's rows as dictionaries, and the codes of the findings."""
    (folder / name).write_bytes(data)
    atlas = load(
        plan(folder, LayerEntry(layer=layer, path=(name,), **entry), audience=audience), catalogue=CATALOGUE
    )
    return atlas.layers[layer].table, dict(
        zip(atlas.findings["code"], atlas.findings["severity"], strict=True)
    )


BUS_OLD = {"P11_001": "本町", "P11_002": "1", "P11_003_1": "焼津バス", "P11_004_1": "港線"}
BUS_NEW = {"P11_001": "本町", "P11_002": "焼津バス", "P11_003_01": "港線", "P11_004_01": "1", "P11_005": ""}
SCHOOL_OLD = {"P29_001": "22212", "P29_002": "16", "P29_003": "16001", "P29_004": "16001", "P29_005": "港小学校",
              "P29_006": "港町1", "P29_007": "3"}  # fmt: skip
SCHOOL_NEW = {"P29_001": "22212", "P29_002": "B122221", "P29_003": 16001, "P29_004": "港小学校", "P29_005": "港町1",
              "P29_006": 3, "P29_007": 2}  # fmt: skip
WELFARE_OLD = {"P14_001": "静岡県", "P14_002": "焼津市", "P14_003": "港町2", "P14_004": "19", "P14_005": "05",
               "P14_006": "501", "P14_007": "港の家", "P14_008": "9"}  # fmt: skip
WELFARE_NEW = {"P14_001": "静岡県", "P14_002": "焼津市", "P14_003": "22212", "P14_004": "港町2", "P14_005": "04",
               "P14_006": "05", "P14_007": "0501", "P14_008": "港の家", "P14_009": "9", "P14_010": "1"}  # fmt: skip
CLINIC_OLD = {"P04_001": 2, "P04_002": "港医院", "P04_003": "港町3", "P04_004": "内", "P04_005": "科", "P04_006": "",
              "P04_007": 5}  # fmt: skip
CLINIC_NEW = {**CLINIC_OLD, "P04_008": 19, "P04_009": 9, "P04_010": 9}
TOWN_OLD = {
    "N03_001": "神奈川県",
    "N03_002": None,
    "N03_003": "横浜市",
    "N03_004": "鶴見区",
    "N03_007": "22212",
}
TOWN_NEW = {"N03_001": "神奈川県", "N03_002": None, "N03_003": None, "N03_004": "横浜市", "N03_005": "鶴見区",
            "N03_007": "22212"}  # fmt: skip


@pytest.mark.parametrize(
    ("layer", "releases", "rows", "wanted"),
    [
        ("bus_stop", ("2010", "2022"), (BUS_OLD, BUS_NEW),
         {"name": "本町", "operator": "焼津バス", "kind": "港線"}),
        ("school", ("2013", "2021"), (SCHOOL_OLD, SCHOOL_NEW),
         {"name": "港小学校", "kind": "小学校", "address": "港町1"}),
        ("welfare", ("2015", "2021"), (WELFARE_OLD, WELFARE_NEW),
         {"name": "港の家", "kind": "05", "address": "港町2"}),
        ("medical", ("2014", "2020"), (CLINIC_OLD, CLINIC_NEW),
         {"name": "港医院", "kind": "診療所", "departments": "内科"}),
    ],
)  # fmt: skip
def test_two_editions_are_read_to_the_same_fields(tmp_path, layer, releases, rows, wanted):
    for release, row in zip(releases, rows, strict=True):
        table, found = read(tmp_path, layer, geojson(row), release=release)
        assert {name: table.iloc[0][name] for name in wanted} == wanted, release
        assert "layer.release_unknown" not in found
        assert "layer.release_columns" not in found


def test_a_ward_has_its_whole_name_in_either_edition(tmp_path):
    new, _ = read(tmp_path, "municipality", geojson(TOWN_NEW, shape=SQUARE), release="2025")
    old, _ = read(tmp_path, "municipality", geojson(TOWN_OLD, shape=SQUARE), release="2020")
    assert (new.iloc[0]["name"], old.iloc[0]["name"]) == ("横浜市鶴見区", "横浜市鶴見区")
    assert new.iloc[0]["code"] == old.iloc[0]["code"] == "22212"


def test_what_only_one_edition_has_is_read_from_it_alone(tmp_path):
    new, _ = read(tmp_path, "school", geojson(SCHOOL_NEW), release="2021")
    old, _ = read(tmp_path, "school", geojson(SCHOOL_OLD), release="2013")
    assert (new.iloc[0]["status"], old.iloc[0]["status"]) == ("休校", "")
    assert read(tmp_path, "medical", geojson(CLINIC_NEW), release="2020")[0].iloc[0]["beds"] == 19


def test_the_name_that_the_provider_gave_tells_the_edition(tmp_path):
    table, found = read(tmp_path, "school", geojson(SCHOOL_OLD), name="P29-13_22.geojson")
    assert table.iloc[0]["name"] == "港小学校"
    assert found["layer.release_by_name"] == "S4"
    assert (
        read(tmp_path, "school", geojson(SCHOOL_NEW), name="P29-21.geojson")[0].iloc[0]["name"] == "港小学校"
    )


def test_the_name_of_the_archive_tells_the_edition_too(tmp_path):
    zipped(tmp_path / "P29-21_GML.zip", {"学校/学校.geojson": geojson(SCHOOL_NEW)}, kind=Member)
    atlas = load(plan(tmp_path, LayerEntry(layer="school", path=("P29-21_GML.zip",))), catalogue=CATALOGUE)
    assert atlas.layers["school"].table.iloc[0]["name"] == "港小学校"


def test_columns_of_an_unknown_edition_are_not_read_and_it_is_said(tmp_path):
    table, found = read(tmp_path, "school", geojson(SCHOOL_NEW))
    assert table.iloc[0]["name"] == ""
    assert found["layer.release_unknown"] == "S2"


def test_columns_that_plan_toml_names_are_no_doubt(tmp_path):
    columns = {"name": "P29_004", "kind": "P29_003", "address": "P29_005", "status": "P29_007"}
    table, found = read(tmp_path, "school", geojson(SCHOOL_NEW), columns=columns)
    assert table.iloc[0]["name"] == "港小学校"
    assert "layer.release_unknown" not in found


def test_plan_toml_goes_before_the_release(tmp_path):
    table, _ = read(
        tmp_path, "school", geojson(SCHOOL_NEW), release="2021", columns={"name": "P29_005"},
        codes={"kind": {"16001": "小"}},
    )  # fmt: skip
    assert (table.iloc[0]["name"], table.iloc[0]["kind"]) == ("港町1", "小")


def test_a_file_that_is_not_of_its_release_is_doubted(tmp_path):
    _, found = read(tmp_path, "bus_stop", geojson(BUS_OLD), release="2022")
    assert found["layer.release_columns"] == "S2"


def test_a_release_that_does_not_exist_is_refused(tmp_path):
    with refused("config.unknown_release", error=ConfigurationError, exit_code=3, place="plan.toml") as found:
        read(tmp_path, "school", geojson(SCHOOL_NEW), release="2012")
    assert found[0].values["known"] == ["2021", "2013"]


def test_the_terms_are_those_of_the_edition(tmp_path):
    for release, free in (("2010", False), ("2022", True)):
        row = BUS_NEW if free else BUS_OLD
        (tmp_path / "a.geojson").write_bytes(geojson(row))
        entry = LayerEntry(layer="bus_stop", path=("a.geojson",), release=release)
        source = load(plan(tmp_path, entry), catalogue=CATALOGUE).layers["bus_stop"].spec.source
        assert (source.redistribute, source.commercial, source.release) == (free, free, release)
        assert ("CC BY 4.0" in source.licence) is free


@pytest.mark.parametrize(("audience", "code", "severity"),
                         [("internal", "layer.terms_office", "S3"), ("public", "layer.terms_published", "S2"),
                          ("partner", "layer.terms_published", "S2")])  # fmt: skip
def test_a_non_commercial_edition_must_not_be_published(tmp_path, audience, code, severity):
    _, found = read(tmp_path, "bus_stop", geojson(BUS_OLD), release="2010", audience=audience)
    assert found[code] == severity
    _, found = read(tmp_path, "bus_stop", geojson(BUS_NEW), release="2022", audience=audience)
    assert not {name for name in found if name.startswith("layer.terms")}


def test_an_edition_known_by_its_name_has_its_terms(tmp_path):
    _, found = read(tmp_path, "bus_stop", geojson(BUS_OLD), name="P11-10_22.geojson", audience="public")
    assert "layer.terms_published" in found


def test_a_release_gives_the_credit_that_plan_toml_leaves_out(tmp_path):
    _, found = read(tmp_path, "school", geojson(SCHOOL_NEW), release="2021", audience="public")
    assert "layer.credit_published" not in found
    _, found = read(tmp_path, "school", geojson({"name": "港小学校"}), audience="public")
    assert "layer.credit_published" in found


def test_landslide_areas_keep_kind_and_level_apart(tmp_path):
    rows = [
        {"A33_001": str(kind), "A33_002": str(level), "A33_005": "沢"}
        for kind, level in ((1, 1), (2, 2), (3, 4))
    ]
    table, _ = read(tmp_path, "landslide", geojson(*rows, shape=SQUARE), release="2025")
    assert dict(zip(table["kind"], table["level"], strict=True)) == {
        "急傾斜地の崩壊": "warning",
        "土石流": "special",
        "地すべり": "special_planned",
    }


def test_depths_of_tsunami_stay_as_the_prefecture_wrote_them(tmp_path):
    table, _ = read(
        tmp_path, "tsunami", geojson({"A40_003": "0.3m以上 ~ 1.0m未満"}, shape=SQUARE), release="2016"
    )
    assert (table.iloc[0]["depth"], table.iloc[0]["depth_rank"]) == ("0.3m以上 ~ 1.0m未満", "")


def test_the_second_header_of_the_census_is_no_row(tmp_path):
    text = (
        "KEY_CODE,HTKSYORI,HTKSAKI,GASSAN,T001102001,T001102019\n,,,,人口（総数）,65歳以上人口\n"
        "5238224522,0,,,120,30\n5238224521,1,5238224522,,*,*\n"
    )
    zipped(tmp_path / "T001102_5238.zip", {"tblT001102H5238.txt": text.encode("cp932")})
    entry = LayerEntry(layer="population", path=("T001102_*.zip",), release="2020", table="*.txt")
    atlas = load(plan(tmp_path, entry), catalogue=CATALOGUE)
    table = atlas.layers["population"].table
    assert dict(zip(table["id"], table["people"].isna(), strict=True)) == {
        "5238224521": True,
        "5238224522": False,
    }
    assert table["people"].sum() == 120
    assert "tab.header_rows" in set(atlas.findings["code"])
    assert atlas.rejects.empty


def test_a_file_without_a_second_header_loses_no_row(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"KEY_CODE,T001102001\n5238224522,120\n")
    entry = LayerEntry(layer="population", path=("a.csv",), release="2020")
    assert len(load(plan(tmp_path, entry), catalogue=CATALOGUE).layers["population"].table) == 1


def test_an_archive_in_an_archive_is_read_by_its_name(tmp_path):
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as file:
        file.writestr("P11-22_22/P11-22_22.geojson", geojson(BUS_NEW))
        file.writestr("P11-22_22/readme.txt", "x")
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as file:
        file.writestr("P11-22_23.geojson", geojson(BUS_OLD))
    members = {"P11-22_22_SHP.zip": inner.getvalue(), "P11-22_23_SHP.zip": other.getvalue()}
    zipped(tmp_path / "P11-22_SHP.zip", members)
    entry = LayerEntry(layer="bus_stop", path=("P11-22_SHP.zip",), release="2022", table="P11-22_22*")
    atlas = load(plan(tmp_path, entry), catalogue=CATALOGUE)
    assert list(atlas.layers["bus_stop"].table["operator"]) == ["焼津バス"]


# ---- the layer files ---------------------------------------------------------------------------------


@pytest.mark.parametrize("layer", [name for name, spec in CATALOGUE.items() if spec.source.releases])
def test_the_marks_of_one_release_are_those_of_no_other(layer):
    spec = CATALOGUE[layer]
    for release in spec.source.releases:
        for mark in release.marks:
            name = mark.replace("*", "_22").replace("[0-2]", "2").replace("[0-3]", "1").replace("[0-9]", "3")
            name = name.replace("[0-4]", "3").replace("[5-9]", "6").replace("[12]", "1")
            assert release_by_name(spec, [name]) == release, mark


RELEASES = """
[[source.releases]]
release = "1"
url = "https://example.jp/a.zip"
columns = { name = "A" }
[[source.releases]]
release = "1"
url = "http://example.jp/b.zip"
columns = { nonsense = "A" }
codes.level = { 1 = "nowhere" }
"""


def test_mistakes_of_releases_are_told_with_their_lines(tmp_path):
    path = tmp_path / "hazard" / "landslide.toml"
    path.parent.mkdir()
    text = (packaged_folder() / "hazard" / "landslide.toml").read_text("utf-8")
    head, _, rest = text.partition("\n[[source.releases]]")
    fields = "[fields." + rest.partition("[fields.")[2]
    path.write_text(head + RELEASES + fields, "utf-8")
    with pytest.raises(ConfigurationError) as raised:
        read_spec(path)
    codes = {problem.code for problem in raised.value.problems}
    assert codes == {"spec.release_twice", "spec.release_url", "spec.release_field", "spec.value"}
    assert all("landslide.toml:" in problem.place for problem in raised.value.problems)


def test_a_release_says_for_itself_only_what_differs():
    stop = CATALOGUE["bus_stop"].source
    new, old = stop.releases
    assert (new.licence, new.credit) == (stop.licence, stop.credit)
    assert old.licence != stop.licence
    assert dataclasses.replace(old.credit) == stop.credit


# ---- real data ---------------------------------------------------------------------------------------


@pytest.mark.real
def test_municipalities_of_2021_are_known_by_the_name_of_their_file(real_data):
    path = real_data / "japan" / "admin" / "N03-21_22_210101_s0010.geojson"
    entry = LayerEntry(layer="municipality", path=(str(path),), credit="国土数値情報")
    atlas = load(plan(real_data, entry), catalogue=CATALOGUE)
    assert set(atlas.layers["municipality"].table["name"]) == {"焼津市"}
    assert "layer.release_unknown" not in set(atlas.findings["code"])


def test_layers_with_the_general_credit_of_the_catalogue_are_named_in_one_doubt(tmp_path):
    (tmp_path / "a.geojson").write_bytes(geojson({"名称": "港の拠点", "用途": "集会場"}))

    def doubts(**more):
        entries = [LayerEntry(layer=name, path=("a.geojson",), **more) for name in ("hub", "shop")]
        found = load(plan(tmp_path, *entries), catalogue=CATALOGUE).findings
        return found[found["code"] == "layer.credit_general"].to_dict("records")

    (told,) = doubts()
    assert (told["severity"], told["layer"]) == ("S4", "")
    for name in ("hub", "shop"):
        assert CATALOGUE[name].title.ja in told["reason_ja"]
        assert CATALOGUE[name].title.en in told["reason_en"]
    assert not doubts(credit="港市の資料", licence="CC BY 4.0")
