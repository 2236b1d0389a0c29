"""`[print]`, `[[figure]]` and `[background]` of plan.toml: read as written, and every mistake told with its line."""

import pytest

from gisplan.core.errors import ConfigurationError
from gisplan.core.words import Text
from gisplan.layers.catalogue import packaged_folder, read_catalogue
from gisplan.plan.read import read_plan
from gisplan.plan.sheets.known import book_overview, book_page, result_layers, standard_figures

HEAD = """[plan]
title = "村の計画"
municipality = ["22212"]
date = 2026-11-01

[layers.hub]
path = "hubs.csv"

"""
FIGURE = '[[figure]]\nname = "ekimae"\ntitle = "駅前"\nlayers = ["municipality", "hub"]\n'
PICTURE = '[background]\npath = "plan.toml"\ncredit = "村 都市計画基本図"\n'
CATALOGUE = read_catalogue(packaged_folder())


def plan_of(tmp_path, text):
    path = tmp_path / "plan.toml"
    path.write_text(HEAD + text, "utf-8")
    return read_plan(path, catalogue=CATALOGUE)


def mistakes(tmp_path, text):
    """Return code and place of every mistake."""
    with pytest.raises(ConfigurationError) as caught:
        plan_of(tmp_path, text)
    for problem in caught.value.problems:
        assert problem.what.ja != problem.what.en
        assert "{" not in problem.cure.ja + problem.cure.en
    return [(problem.code, problem.place) for problem in caught.value.problems]


def test_without_the_tables_every_figure_is_made_on_a4(tmp_path):
    plan = plan_of(tmp_path, "")
    assert (plan.printing.paper, plan.printing.orientation, plan.printing.figures) == ("A4", "auto", None)
    assert plan.printing.formats == ("png", "svg", "pdf")
    assert (plan.figures, plan.background, plan.printing.book) == ((), None, "")


def test_the_tables_are_read_as_written(tmp_path):
    text = (
        '[print]\npaper = "A3"\nformats = ["pdf", "png"]\nfigures = ["map_areas", "ekimae"]\nbook = "promotion_area"\n'
        'scale = 2500\n[[figure]]\nname = "ekimae"\ntitle = { ja = "駅前", en = "Station" }\n'
        'layers = ["zone", "siting_served_*", "hub"]\nquiet = ["zone"]\nlabels = ["hub"]\nfill = { zone = 0.2 }\n'
        'sizes = { hub = 2 }\nextent = [1, 2, 3.5, 4]\nscale = 10000\norientation = "landscape"\nminutes = true\n'
        f'{PICTURE}approval = " 承認第1号 "\nsource = "gsi"\nopacity = 0.5\n'
    )
    plan = plan_of(tmp_path, text)
    assert plan.printing.formats == ("png", "pdf")
    assert (plan.printing.paper, plan.printing.book, plan.printing.book_scale) == (
        "A3",
        "promotion_area",
        2500.0,
    )
    assert plan.printing.figures == ("map_areas", "ekimae")
    (figure,) = plan.figures
    assert (figure.title, figure.layers) == (
        Text(ja="駅前", en="Station"),
        ("zone", "siting_served_*", "hub"),
    )
    assert (figure.bounds, figure.scale, figure.extent) == ((1.0, 2.0, 3.5, 4.0), 10_000.0, ())
    assert (figure.fill, figure.sizes, figure.minutes, figure.paper) == (
        {"zone": 0.2},
        {"hub": 2.0},
        True,
        None,
    )
    assert (plan.background.approval, plan.background.opacity) == ("承認第1号", 0.5)


def test_a_title_of_one_text_stands_in_both_languages(tmp_path):
    (figure,) = plan_of(tmp_path, f'{FIGURE}extent = ["promotion_area", "hub"]\n').figures
    assert (figure.title, figure.extent) == (Text(ja="駅前", en="駅前"), ("promotion_area", "hub"))


@pytest.mark.parametrize(
    ("text", "code", "key"),
    [
        ('[print]\nfigures = ["map_arias"]\n', "config.unknown_name", "plan.toml:10 print.figures"),
        ('[print]\nbook = "hub"\n', "config.unknown_name", "plan.toml:10 print.book"),
        ('[print]\npapers = "A4"\n', "config.unknown_key", "plan.toml:10 print.papers"),
        ('[print]\npaper = "B5"\n', "config.wrong_value", "plan.toml:10 print.paper"),
        ("[print]\nscale = 10\n", "config.wrong_value", "plan.toml:10 print.scale"),
        (FIGURE.replace('"hub"', '"hubb"'), "config.unknown_name", "plan.toml:12 figure[1].layers"),
        (FIGURE.replace("ekimae", "../x"), "config.wrong_value", "plan.toml:10 figure[1].name"),
        (f'{FIGURE}extent = "hubb"\n', "config.unknown_name", "plan.toml:13 figure[1].extent"),
        (f"{FIGURE}extent = [3, 2, 1, 4]\n", "print.bounds", "plan.toml:13 figure[1].extent"),
        (f"{FIGURE}fill = {{ zonne = 0.5 }}\n", "config.unknown_name", "plan.toml:13 figure[1].fill"),
        (FIGURE + FIGURE, "print.name", "plan.toml:14 figure[2].name"),
        (PICTURE.replace("plan.toml", "no.tif"), "print.no_picture", "plan.toml:10 background.path"),
        (PICTURE.replace("村 ", "国土地理院 "), "print.approval", "plan.toml:9 background"),
        (PICTURE.replace("村 ", "地理院タイル "), "print.approval", "plan.toml:9 background"),
        (f'{PICTURE}source = "gsi"\napproval = " "\n', "print.approval", "plan.toml:9 background"),
        (PICTURE.replace("村 都市計画基本図", ""), "config.wrong_value", "plan.toml:11 background.credit"),
        (PICTURE.replace("credit", "#"), "config.missing_key", "plan.toml:9 background.credit"),
    ],
)
def test_mistakes_are_told_with_their_line(tmp_path, text, code, key):
    assert mistakes(tmp_path, text) == [(code, key)]


def test_near_names_are_told(tmp_path):
    with pytest.raises(ConfigurationError) as caught:
        plan_of(tmp_path, '[print]\nfigures = ["map_arias"]\n')
    assert "map_areas" in caught.value.problems[0].what.ja


def test_the_figures_of_gisplan_name_layers_that_there_are():
    names = [figure.name for figure in standard_figures()]
    assert len(names) == len(set(names)) == 9
    known = {*CATALOGUE, *result_layers()}
    for figure in (*standard_figures(), book_page(), book_overview()):
        named = {*figure.quiet, *figure.labels, *figure.fill, *figure.needs}
        assert named <= {*figure.layers, "promotion_area_not_yet"} | known
        assert figure.title.ja != figure.title.en
    assert {name for name in result_layers() if name not in CATALOGUE} == {
        "held_back_cells", "link", "link_second", "isochrone_hub", "siting_candidate", "siting_competing",
        "siting_standing", "siting_hub", "proposed_district",
    }  # fmt: skip
