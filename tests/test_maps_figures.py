"""Figures for print: whole, in Japanese, equal bytes for equal figures, and nothing of a text runs or loads."""

import re
import subprocess
import sys
import warnings
from pathlib import Path

import lxml.etree
import numpy as np
import pytest
from PIL import Image
from trial_map import HOSTILE

from gisplan.maps.figures import COLOURS, DASHES, Curve, CurveFigure, write_figures
from gisplan.maps.printing import MISSING_SIGN, printable, printing
from gisplan.maps.steps import COLOURS as STEP_COLOURS
from gisplan.maps.steps import Panel, StepFigure, drawn_steps

KINDS = ("png", "svg", "pdf")


def figure(title="空家等：最寄りまでの所要時間", *, notes=("本図は参考",), count=3, **more):
    minutes = np.arange(0.0, 31.0)
    curves = tuple(
        Curve(label=f"目的地{k}", minutes=minutes, share=np.minimum(minutes / (10 + 5 * k), 1.0))
        for k in range(count)
    )
    usual = {"name": "curve_x", "x_title": "時間 [分]", "y_title": "割合 [%]", "marks": ((5.0, "5分"),)}
    return CurveFigure(**{**usual, "title": title, "curves": curves, "notes": tuple(notes), **more})


def written(folder, *figures):
    """Write figures; a sign that the font does not have is an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        write_figures(folder / "figures", figures)
    return {path.name: path.read_bytes() for path in sorted((folder / "figures").iterdir())}


def test_each_figure_is_written_in_three_forms(tmp_path):
    files = written(tmp_path, figure(), figure(name="curve_y"))
    assert sorted(files) == sorted(f"curve_{k}.{kind}" for k in "xy" for kind in KINDS)
    assert files["curve_x.png"].startswith(b"\x89PNG")
    assert files["curve_x.pdf"].startswith(b"%PDF-")
    assert b"<svg" in files["curve_x.svg"]


def test_what_is_said_of_a_figure_goes_with_it(tmp_path):
    one, other = write_figures(tmp_path / "figures", [figure(about="曲線の数値"), steps(about="数の効果")])
    assert (one.about, other.about) == ("曲線の数値", "数の効果")


def test_the_picture_is_for_print_and_holds_lines_in_their_colours(tmp_path):
    written(tmp_path, figure())
    with Image.open(tmp_path / "figures" / "curve_x.png") as picture:
        assert picture.info["dpi"] == pytest.approx((300, 300), abs=0.1)
        assert picture.size[0] == 1890
        pixels = np.asarray(picture.convert("RGB")).reshape(-1, 3)
    for colour in COLOURS[:3]:
        wanted = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
        assert (np.abs(pixels.astype(int) - wanted).max(axis=1) < 6).sum() > 500, colour
    assert 0.5 < (pixels == 255).all(axis=1).mean() < 0.97


def test_lines_are_told_apart_without_colours():
    assert len(DASHES) == len(COLOURS) == len(set(map(str, DASHES)))


def test_equal_figures_give_equal_bytes_in_another_process_and_on_another_day(tmp_path):
    mine = written(tmp_path, figure())
    code = (
        f"import sys; sys.path[:0] = {[str(Path(__file__).parent), str(Path.cwd())]!r}\n"
        "from pathlib import Path\nfrom test_maps_figures import figure, written\n"
        f"written(Path({str(tmp_path / 'again')!r}), figure())"
    )
    (tmp_path / "again").mkdir()
    subprocess.run(
        [sys.executable, "-c", code], check=True, env={"PYTHONHASHSEED": "77", "SOURCE_DATE_EPOCH": "1"}
    )
    again = {path.name: path.read_bytes() for path in (tmp_path / "again" / "figures").iterdir()}
    assert again == mine


def test_no_file_says_when_or_by_what_it_was_made(tmp_path):
    for name, content in written(tmp_path, figure()).items():
        assert not re.search(rb"CreationDate|Producer|dc:date|Software|tIME|[Mm]atplotlib v", content), name


@pytest.fixture(scope="module")
def hostile_files(tmp_path_factory):
    """Return a figure in which every hostile text stands at every place, in its three forms."""
    minutes = np.arange(0.0, 31.0)
    curves = tuple(Curve(label=text, minutes=minutes, share=minutes / 40) for text in HOSTILE)
    marks = tuple((float(k), text) for k, text in enumerate(HOSTILE))
    texts = {"x_title": HOSTILE[0], "y_title": HOSTILE[1], "notes": HOSTILE, "curves": curves, "marks": marks}
    return written(tmp_path_factory.mktemp("hostile"), figure(HOSTILE[2], **texts))


def test_an_svg_loads_and_runs_nothing_and_needs_no_font(hostile_files):
    root = lxml.etree.fromstring(hostile_files["curve_x.svg"])
    elements = [node for node in root.iter() if isinstance(node.tag, str)]
    plain = {lxml.etree.QName(node).localname for node in elements}
    drawn = {"svg", "g", "defs", "path", "use", "rect", "clipPath", "style", "metadata"}
    assert plain <= drawn | {"RDF", "Work"}, "no script, image, link, text or foreign object"
    for node in elements:
        for name, value in node.attrib.items():
            local = lxml.etree.QName(name).localname
            assert not local.startswith("on")
            if local in {"href", "src"}:
                assert value.startswith("#")
            assert "url(" not in value or value.startswith("url(#")
    styles = [node.text for node in elements if lxml.etree.QName(node).localname == "style"]
    assert not any(re.search(r"url|import|@", text or "") for text in styles)


def test_a_pdf_runs_and_opens_nothing(hostile_files):
    content = hostile_files["curve_x.pdf"]
    assert not re.search(rb"/(JavaScript|JS|OpenAction|AA|Launch|URI|EmbeddedFile|Annot)\b", content)


def test_a_dollar_is_a_dollar_and_no_formula(tmp_path):
    files = written(tmp_path, figure(r"$\frac{1}{0}$ と $x_", count=1))
    assert len(files) == 3


@pytest.mark.parametrize("text", ["空家等・拠点（徒歩）", "ｱｲｳ 〜 ー ㎡ ① 髙 﨑", "Minutes ≦ 5 [%] – é"])
def test_the_font_has_the_signs_of_plans(text):
    assert MISSING_SIGN not in printable(text)


def test_a_sign_that_no_font_has_is_shown_as_missing():
    assert printable("家🏠") == f"家{MISSING_SIGN}"
    assert printable("一行\nだけ\x1b[31m\u202e") == r"一行\nだけ\x1b[31m\u202e"
    assert len(printable("長" * 9_999)) < 1_000


def test_text_is_drawn_in_the_japanese_font_alone(tmp_path):
    content = written(tmp_path, figure())["curve_x.pdf"]
    fonts = set(re.findall(rb"/BaseFont\s*/([\w+-]+)", content))
    assert {name.split(b"+")[-1] for name in fonts} == {b"IPAexGothic"}


def test_a_curve_that_is_not_assessed_stands_in_the_legend_alone(tmp_path):
    minutes = np.arange(0.0, 11.0)
    unknown = Curve(label="学校（未評価）", minutes=minutes, share=np.full(11, np.nan))
    assert len(written(tmp_path, figure(curves=(unknown,)))) == 3


def test_the_settings_of_others_are_left_alone(tmp_path):
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    written(tmp_path, figure())
    assert dict(mpl.rcParams) == before


def test_long_notes_are_broken_and_none_runs_out_of_the_picture(tmp_path):
    long = "所要時間の速度は、公表されている一組の設定速度による。" * 6
    english = "Shares are of the total less those not assessed because they stand off every road. " * 4
    written(tmp_path, figure(notes=(long, english)))
    with Image.open(tmp_path / "figures" / "curve_x.png") as picture:
        dark = np.asarray(picture.convert("L")) < 200
    assert not dark[:, :20].any()
    assert not dark[:, -20:].any()
    assert not dark[-20:].any()


def steps(*, proven=(True, False, True, True), gains=("", "+10", "+5", "+2"), **more):
    """Return a figure of two panels over four numbers of hubs."""
    panels = (
        Panel(title="割合 [%]", levels=np.array([40.0, 50.0, 55.0, 57.0]), gains=gains, most=100.0),
        Panel(title="平均 [分]", levels=np.array([9.0, 7.0, np.nan, 6.0]), gains=gains),
    )
    usual = {
        "name": "siting_curve", "title": "拠点の数と効果", "x_title": "拠点の数", "panels": panels,
        "counts": np.array([1, 2, 3, 4]), "proven": np.array(proven), "proven_title": "証明",
        "open_title": "証明なし", "marked": (2, "計画：2か所"), "notes": ("本図は参考",),
    }  # fmt: skip
    return StepFigure(**{**usual, **more})


def test_steps_are_drawn_in_panels_full_where_proven_and_hollow_elsewhere():
    with printing():
        upper, lower = drawn_steps(steps()).axes
    assert upper.get_xlim() == lower.get_xlim() == (0.5, 4.5)
    assert [axes.get_ylim()[0] for axes in (upper, lower)] == [0.0, 0.0]
    for axes, colour in zip((upper, lower), STEP_COLOURS, strict=False):
        _, full, hollow, mark = axes.get_lines()
        assert (full.get_xdata().tolist(), full.get_markerfacecolor()) == ([1, 3, 4], colour)
        assert (hollow.get_xdata().tolist(), hollow.get_markerfacecolor()) == ([2], "#ffffff")
        assert list(mark.get_xdata()) == [2, 2]
    assert [text.get_text() for text in upper.texts] == ["+10", "+5", "+2", "計画：2か所"]
    assert [text.get_text() for text in lower.texts] == ["+10", "+2"], (
        "nothing stands where there is no value"
    )
    assert [text.get_text() for text in lower.get_legend().get_texts()] == ["証明", "証明なし"]


def test_where_all_is_proven_the_legend_says_so_alone_and_many_steps_have_no_gains():
    many = np.arange(1, 31)
    panel = Panel(title="割合 [%]", levels=many / 1.0, gains=("+1",) * 30, most=100.0)
    with printing():
        (axes,) = drawn_steps(steps(counts=many, proven=(True,) * 30, panels=(panel,), marked=None)).axes
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["証明"]
    assert not axes.texts


def test_hostile_texts_in_steps_are_drawn_as_they_stand(tmp_path):
    texts = {"title": HOSTILE[0], "x_title": HOSTILE[1], "open_title": HOSTILE[2], "marked": (4, HOSTILE[3])}
    few = (HOSTILE * 4)[:4]
    content = written(tmp_path, steps(gains=tuple(few), notes=HOSTILE, **texts))
    assert sorted(content) == sorted(f"siting_curve.{kind}" for kind in KINDS)
    root = lxml.etree.fromstring(content["siting_curve.svg"])
    names = {lxml.etree.QName(node).localname for node in root.iter() if isinstance(node.tag, str)}
    assert not names & {"script", "image", "a", "text", "foreignObject"}
    assert not re.search(
        rb"/(JavaScript|JS|OpenAction|AA|Launch|URI|EmbeddedFile|Annot)\b", content["siting_curve.pdf"]
    )
