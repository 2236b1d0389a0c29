"""plan.toml: every mistake at once, each with file, line and near names; what is right becomes a Plan."""

import datetime as dt
import re

import pytest

from gisplan.core.errors import ConfigurationError
from gisplan.layers.catalogue import packaged_folder, read_catalogue
from gisplan.plan.init import init
from gisplan.plan.read import read_plan

HEAD = '[plan]\ntitle = "村"\nmunicipality = ["22212"]\ndate = 2026-11-01\n'
ZONE = '[layers.zone]\npath = "zone.gpkg"\n'


@pytest.fixture(scope="module")
def catalogue():
    return read_catalogue(packaged_folder())


@pytest.fixture
def plan_of(tmp_path, catalogue):
    """Return a function that reads a text as plan.toml."""

    def read(text):
        path = tmp_path / "plan.toml"
        path.write_text(text, "utf-8")
        return read_plan(path, catalogue=catalogue)

    return read


@pytest.fixture
def mistakes_of(plan_of):
    """Return a function that gives the code and place of every mistake of a text."""

    def read(text):
        with pytest.raises(ConfigurationError) as raised:
            plan_of(text)
        assert raised.value.exit_code == 3
        return raised.value.problems

    return read


def test_a_plan_with_every_default(plan_of, tmp_path):
    plan = plan_of(HEAD + ZONE)
    assert (plan.title, plan.municipality, plan.date) == ("村", ("22212",), dt.date(2026, 11, 1))
    assert (plan.crs, plan.audience, plan.language) == (6676, "internal", "ja")
    assert plan.folder == tmp_path.resolve()
    assert [(entry.layer, entry.path, entry.line) for entry in plan.layers] == [("zone", ("zone.gpkg",), 5)]
    assert (plan.check.use, plan.check.tolerance_m, plan.access.minutes) == (
        "office_coworking",
        1.0,
        (5, 10, 15, 30),
    )
    assert plan.site is None


def test_a_layer_may_have_several_tables_and_a_table_several_paths(plan_of):
    plan = plan_of(HEAD + '[[layers.road]]\npath = ["a.shp", "b/*.shp"]\n[[layers.road]]\npath = "c.shp"\n')
    assert [(entry.path, entry.line) for entry in plan.layers] == [(("a.shp", "b/*.shp"), 5), (("c.shp",), 7)]


def test_thresholds_are_sorted_and_stand_once(plan_of):
    assert plan_of(HEAD + ZONE + "[access]\nminutes = [15, 5.0, 5]\n").access.minutes == (5.0, 15.0)


def test_a_byte_order_mark_of_the_editor_is_no_mistake(plan_of):
    assert plan_of("\ufeff" + HEAD + ZONE).title == "村"


EVERY_MISTAKE = """[plan]
title = 5
municipality = ["22212", "2221"]
date = "2026-11-01"
audiense = "internal"

[layers.zon]
path = "a"

[layers.zone]
path = "a"
colums = { zone = "x" }
columns = { zonee = "x" }

[[layers.road]]
path = "a"

[[layers.road]]
path = 3
fill = { clas = "x" }

[check]
use = "office_cowork"
tolerance_m = -1

[access]
minutes = [5, -1]
to = ["hub", "hubb"]
mode = "plane"

[sight]
p = 1

[site]
demand = "vacant_hause"
"""


def test_every_mistake_is_told_at_once_with_its_line_and_near_names(mistakes_of):
    found = mistakes_of(EVERY_MISTAKE)
    assert [(problem.code, problem.place) for problem in found] == [
        ("config.wrong_value", "plan.toml:2 plan.title"),
        ("config.municipality", "plan.toml:3 plan.municipality"),
        ("config.wrong_value", "plan.toml:4 plan.date"),
        ("config.unknown_key", "plan.toml:5 plan.audiense"),
        ("config.unknown_layer", "plan.toml:7 layers.zon"),
        ("config.unknown_key", "plan.toml:12 layers.zone.colums"),
        ("config.unknown_field", "plan.toml:13 layers.zone.columns.zonee"),
        ("config.wrong_value", "plan.toml:19 layers.road[2].path"),
        ("config.unknown_field", "plan.toml:20 layers.road[2].fill.clas"),
        ("config.unknown_name", "plan.toml:23 check.use"),
        ("config.wrong_value", "plan.toml:24 check.tolerance_m"),
        ("config.wrong_value", "plan.toml:27 access.minutes[2]"),
        ("config.unknown_name", "plan.toml:28 access.to"),
        ("config.wrong_value", "plan.toml:29 access.mode"),
        ("config.unknown_key", "plan.toml:31 sight"),
        ("config.site_p", "plan.toml:34 site"),
        ("config.unknown_name", "plan.toml:35 site.demand"),
    ]
    near = {
        problem.place.split()[1]: problem.values["near"]
        .ja.removeprefix("近い名前：")
        .rstrip("。")
        .split("、")
        for problem in found
        if "near" in problem.values
    }
    assert near["plan.audiense"] == ["audience"]
    assert near["layers.zon"] == ["zone"]
    assert near["layers.zone.colums"] == ["columns", "codes"]
    assert near["layers.zone.columns.zonee"] == ["zone"]
    assert "road_class" in near["layers.road[2].fill.clas"]
    assert near["check.use"] == ["office_coworking"]
    assert near["access.to"] == ["hub"]
    assert near["sight"][0] == "site"
    assert near["site.demand"][0] == "vacant_house"


def test_every_mistake_is_said_in_both_languages_without_a_gap(mistakes_of):
    for problem in mistakes_of(EVERY_MISTAKE):
        for text in (problem.what, problem.cure):
            assert text.ja
            assert text.en
            assert text.ja != text.en
            assert not re.search(r"\?[a-z]", text.ja + text.en), "a value of the message is missing"
            assert "Input should be" not in text.ja


def test_a_path_may_be_a_text_or_a_list_and_the_message_says_so_once(mistakes_of):
    (problem,) = mistakes_of(HEAD + "[layers.zone]\npath = 3\n")
    assert (
        problem.what.ja == "「layers.zone.path」の値 3 は使えません（書けるのは文字列、または一覧 [ … ]）。"
    )
    assert problem.what.en == "“layers.zone.path” cannot be 3; it should be a text, or a list [ … ]."


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ('[plan]\ntitle = "村"\n', ["plan", "plan"]),
        ("", ["plan"]),
    ],
)
def test_what_is_missing_is_named(mistakes_of, text, codes):
    found = mistakes_of(text)
    assert {problem.code for problem in found} == {"config.missing_key", "config.no_layers"}
    assert [problem.values["key"].split(".")[0] for problem in found if problem.values] == codes


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        (HEAD + "[layers.zone\n", "config.not_toml", "plan.toml:5"),
        (HEAD + "title = 'doubled'\n" + ZONE, "config.not_toml", "plan.toml:5"),
    ],
)
def test_a_file_that_is_no_toml_is_answered_with_its_line(mistakes_of, text, code, place):
    (problem,) = mistakes_of(text)
    assert (problem.code, problem.place) == (code, place)


def test_a_file_that_is_not_utf8_is_refused(tmp_path, catalogue):
    path = tmp_path / "plan.toml"
    path.write_bytes((HEAD + ZONE).encode("cp932"))
    with pytest.raises(ConfigurationError) as raised:
        read_plan(path, catalogue=catalogue)
    assert [problem.code for problem in raised.value.problems] == ["config.not_utf8"]


def test_a_plan_that_is_not_there_is_refused(tmp_path, catalogue):
    with pytest.raises(ConfigurationError) as raised:
        read_plan(tmp_path / "plan.toml", catalogue=catalogue)
    assert [problem.code for problem in raised.value.problems] == ["config.missing"]


def codes_line(*codes, crs=""):
    listed = ", ".join(f'"{code}"' for code in codes)
    return f'[plan]\ntitle = "村"\nmunicipality = [{listed}]\ndate = 2026-11-01\n{crs}' + ZONE


def test_joint_municipalities_of_one_zone_share_its_system(plan_of):
    plan = plan_of(codes_line("22212", "22214"))
    assert (plan.municipality, plan.crs) == (("22212", "22214"), 6676)


def test_joint_municipalities_of_different_zones_must_name_a_system(mistakes_of, plan_of):
    # 豊橋市 (第VII系) と 湖西市 (第VIII系)
    (problem,) = mistakes_of(codes_line("23201", "22221"))
    assert (problem.code, problem.place) == ("config.zones_differ", "plan.toml:3 plan.municipality")
    assert problem.values["zones"] == ["23201 = 第VII系", "22221 = 第VIII系"]
    assert plan_of(codes_line("23201", "22221", crs='crs = "EPSG:6675"\n')).crs == 6675


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:6668", "EPSG:2450", "EPSG:6688"])
def test_the_working_system_is_a_plane_one_of_jgd2011(mistakes_of, crs):
    (problem,) = mistakes_of(codes_line("22212", crs=f'crs = "{crs}"\n'))
    assert (problem.code, problem.place) == ("config.not_plane", "plan.toml:5 plan.crs")


def test_a_wrong_code_is_told_even_where_the_system_is_named(mistakes_of):
    found = mistakes_of(codes_line("99999", "1", crs='crs = "EPSG:6676"\n'))
    assert [(problem.code, problem.values["value"]) for problem in found] == [
        ("config.municipality", "99999"),
        ("config.municipality", "1"),
    ]


def test_a_new_plan_reads_once_its_layers_are_switched_on(tmp_path, catalogue):
    path = init(tmp_path / "new", municipality="47381", day=dt.date(2026, 4, 1), catalogue=catalogue)
    text = path.read_text("utf-8")
    assert "第XVI系 (EPSG:6684)" in text
    layers, scenarios, rest = text.partition("# ---- シナリオ")
    switched = re.sub(r"^# (\[layers\.|path = )", r"\1", layers, flags=re.MULTILINE)
    path.write_text(switched + scenarios + rest, "utf-8")
    plan = read_plan(path, catalogue=catalogue)
    assert (plan.municipality, plan.crs, plan.date) == (("47381",), 6684, dt.date(2026, 4, 1))
    assert {entry.layer for entry in plan.layers} == set(catalogue)


def test_a_new_plan_never_overwrites_one(tmp_path, catalogue):
    first = init(tmp_path, municipality="22212", day=dt.date(2026, 4, 1), catalogue=catalogue).read_bytes()
    with pytest.raises(ConfigurationError) as raised:
        init(tmp_path, municipality="01100", day=dt.date(2026, 4, 1), catalogue=catalogue)
    assert [problem.code for problem in raised.value.problems] == ["config.exists"]
    assert (tmp_path / "plan.toml").read_bytes() == first


def test_a_new_plan_reads_with_every_example_switched_on(tmp_path, catalogue):
    path = init(tmp_path / "new", municipality="22212", day=dt.date(2026, 4, 1), catalogue=catalogue)
    switched = re.sub(r"^# (\[|\w+ = |\]|  \{)", r"\1", path.read_text("utf-8"), flags=re.MULTILINE)
    path.write_text(switched, "utf-8")
    (path.parent / "data").mkdir(exist_ok=True)
    (path.parent / "data" / "base.tif").touch()  # a picture that is not there is told
    plan = read_plan(path, catalogue=catalogue)
    assert [(district.name, district.layer, len(district.include)) for district in plan.districts] == [
        ("中心地区", "promotion_area", 1),
        ("拠点のまわり", "promotion_area", 3),
    ]
    assert plan.districts[0].facts == {
        "version": "1",
        "published_on": dt.date(2026, 4, 1),
        "use_exception": True,
        "consented_on": dt.date(2026, 3, 1),
    }
    assert (plan.check.work, plan.check.across_edge) == ("change", "cannot_tell")
    assert plan.procedures == {"council": dt.date(2026, 2, 1)}
    assert plan.area_procedures == {"中心地区": {"agency_consultation": dt.date(2026, 2, 15)}}
    assert plan.facts == dict.fromkeys(
        ("designated_or_core_city", "support_corporation", "island_area"), False
    )
    assert (plan.release.houses_by, plan.release.smallest_count) == ("mesh", 10)
    assert (plan.printing.book, plan.printing.book_scale, plan.figures[0].scale) == (
        "promotion_area",
        2500,
        10_000,
    )
    assert plan.site.p == 2
    assert [one.name for one in plan.suitability.criteria] == ["空家等の密度", "傾斜"]
    assert (plan.propose.count, plan.propose.area_ha, plan.propose.of) == (2, (200.0, 500.0), "neighbourhood")


def test_a_plan_without_the_new_tables_has_their_defaults(plan_of):
    plan = plan_of(HEAD + ZONE)
    assert (plan.districts, plan.procedures, plan.facts) == ((), {}, {})
    assert (plan.check.work, plan.check.across_edge) == ("", None)
    assert (plan.release.houses_by, plan.release.smallest_count) == ("mesh", 10)


MARKS = """
[procedures]
counsil = true
council = "2026-02-01"
content_period = 2026-02-01T09:00:00
permit = true
content_area = 5
joint_plan = { done = true }
[procedures."中央区域"]
agency_consultation = 5
governor_consultation = 2026-02-01
governor_consultaton = true
content_policy = true
plan_publication = true
"""


def test_every_mistake_of_the_marks_is_told_in_the_words_of_the_file(mistakes_of):
    found = mistakes_of(HEAD + ZONE + MARKS)
    assert [(problem.code, problem.place.split(" ", 1)[1]) for problem in found] == [
        ("config.unknown_name", "procedures.counsil"),
        ("config.wrong_value", "procedures.council"),
        ("config.wrong_value", "procedures.content_period"),
        ("law.procedure_auto", "procedures.permit"),
        ("law.procedure_auto", "procedures.content_area"),
        ("config.wrong_value", "procedures.joint_plan"),
        ("config.wrong_value", "procedures.中央区域.agency_consultation"),
        ("config.unknown_name", "procedures.中央区域.governor_consultaton"),
        ("law.procedure_of_plan", "procedures.中央区域.content_policy"),
        ("law.procedure_auto", "procedures.中央区域.plan_publication"),
    ]
    told = {problem.place.split(".")[-1]: problem.what for problem in found}
    assert "『permit』（用途の許可" in told["permit"].ja
    assert "図面と判定から自動で決まるため、書けません" in told["permit"].ja
    assert "日付（例：2026-11-01）か、true か false" in told["agency_consultation"].ja
    assert "Did you mean: governor_consultation" in told["governor_consultaton"].en
    for text in told.values():
        assert not re.search(r"\.(bool|date|dict)\b|Mapping", text.ja + text.en)


def test_marks_stand_for_the_plan_and_for_single_areas(plan_of):
    plan = plan_of(
        HEAD
        + ZONE
        + """
[procedures]
council = true
governor_consultation = 2026-01-10
[procedures."中央区域"]
agency_consultation = 2026-02-01
governor_consultation = false
"""
    )
    assert plan.procedures == {"council": True, "governor_consultation": dt.date(2026, 1, 10)}
    assert plan.area_procedures == {
        "中央区域": {"agency_consultation": dt.date(2026, 2, 1), "governor_consultation": False}
    }


DISTRICT_MISTAKES = """
[[district]]
name = "東"
inclde = "本町"
include = [
  "本町",
  { neighborhood = "本町" },
  { neighbourhood = [] },
  { hub = "H-1" },
  { zone = "商業地域", hub = "H-1" },
  { hub = "H-1", radius_m = 800, minutes = 10 },
  { hub = "H-1", radius_m = -5 },
  { neighbourhood = "本町", minutes = 5 },
  { vacant_house = "V-1", radius_m = 5 },
]
published_on = "2026-04-01"
use_exception = 1

[[district]]
name = "西"
layer = "hub"
include = ""

[[district]]
layer = "promotoin_area"
within = 5

[[district]]
name = "東"
include = "港町"

[check]
work = "renew"
across_edge = "half"

[release]
houses_by = "town"
smallest_count = 2

[procedures]
counsil = true
council = "2026-02-01"

[facts]
iland_area = true
island_area = 1
"""


def test_every_mistake_of_a_district_is_told_at_once(mistakes_of):
    found = mistakes_of(HEAD + ZONE + DISTRICT_MISTAKES)
    assert [(problem.code, problem.place.split(" ", 1)[1]) for problem in found] == [
        ("district.unknown_key", "district[1].inclde"),
        ("config.unknown_layer", "district[1].include[2].neighborhood"),
        ("config.wrong_value", "district[1].include[3].neighbourhood"),
        ("district.no_distance", "district[1].include[4]"),
        ("district.one_layer", "district[1].include[5]"),
        ("district.two_distances", "district[1].include[6]"),
        ("config.wrong_value", "district[1].include[7].radius_m"),
        ("district.no_minutes", "district[1].include[8]"),
        ("district.not_named", "district[1].include[9].vacant_house"),
        ("config.wrong_value", "district[1].published_on"),
        ("config.wrong_value", "district[1].use_exception"),
        ("district.layer", "district[2].layer"),
        ("config.wrong_value", "district[2].include"),
        ("config.missing_key", "district[3].include"),
        ("config.missing_key", "district[3].name"),
        ("config.unknown_layer", "district[3].layer"),
        ("config.wrong_value", "district[3].within"),
        ("district.exists", "district[4].name"),
        ("config.wrong_value", "check.work"),
        ("config.wrong_value", "check.across_edge"),
        ("config.wrong_value", "release.houses_by"),
        ("config.wrong_value", "release.smallest_count"),
        ("config.unknown_name", "procedures.counsil"),
        ("config.wrong_value", "procedures.council"),
        ("config.unknown_name", "facts.iland_area"),
        ("config.wrong_value", "facts.island_area"),
    ]
    for problem in found:
        for text in (problem.what, problem.cure):
            assert text.ja != text.en
            assert not re.search(r"\?[a-z]", text.ja + text.en), "a value of the message is missing"
    said = {problem.place.split(".")[-1]: problem.what.en for problem in found}
    for name, near in (
        ("inclde", "include"),
        ("neighborhood", "neighbourhood"),
        ("layer", "promotion_area"),
        ("counsil", "council"),
        ("iland_area", "island_area"),
    ):
        assert f"Did you mean: {near}" in said[name]


def test_the_order_of_axes_is_one_of_two(plan_of, mistakes_of):
    assert [entry.axes for entry in plan_of(HEAD + ZONE + 'axes = "yx"\n').layers] == ["yx"]
    assert plan_of(HEAD + ZONE).layers[0].axes == ""
    [problem] = mistakes_of(HEAD + ZONE + 'axes = "zx"\n')
    assert problem.place.startswith("plan.toml:7")
    assert "yx" in problem.what.ja + problem.cure.ja


def test_an_entry_may_say_where_a_place_stands_and_how_it_is_written(plan_of, mistakes_of):
    text = """
[plan]
title = "x"
municipality = ["22212"]
date = 2026-11-01
[layers.shop]
path = "a.csv"
dms = true
columns = { latitude = "X", longitude = "Y" }
"""
    [entry] = plan_of(text).layers
    assert entry.dms
    assert entry.columns == {"latitude": "X", "longitude": "Y"}
    assert not plan_of(text.replace("dms = true", "")).layers[0].dms
    assert [problem.code for problem in mistakes_of(text.replace("columns", "fill"))] == [
        "config.unknown_field"
    ] * 2
