"""Maps for print: true to scale on the paper, whole in three forms, and refused where they would not be."""

import io
import re
import subprocess
import sys
import warnings
import zlib
from dataclasses import replace
from pathlib import Path

import lxml.etree
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from trial_map import HOSTILE, both, layer, table

from gisplan.core.errors import ConfigurationError
from gisplan.core.words import Style
from gisplan.maps import printing
from gisplan.maps.sheets.furniture import north_said, true_north
from gisplan.maps.sheets.labels import Name, placed
from gisplan.maps.sheets.layout import laid_out
from gisplan.maps.sheets.legend import legend_of
from gisplan.maps.sheets.lettering import fitted, height_of, width_of, wrapped
from gisplan.maps.sheets.looks import classes_of
from gisplan.maps.sheets.marginal import pointer_boxes
from gisplan.maps.sheets.nouns import PAPERS, Backdrop, Box, Extent, MapSheet, Pointer, Shown, View
from gisplan.maps.sheets.palette import with_palette
from gisplan.maps.sheets.scales import least_scale, round_scale, scale_bar
from gisplan.maps.sheets.write import write_book, write_sheets
from gisplan.maps.words import Look

CRS = 6676
MM_PER_POINT = 25.4 / 72.0
SCALE = 25_000.0
WEST, SOUTH = -20_000.0, -130_000.0
LONG_M = 4_500.0
"""Length of the measured line: 180 mm at 1:25,000, nearly the width of the map."""

RULER, FRAME_INK = "#e000e0", "1c2b30"


def ruler():
    """Return a line across and a line along of known length, in a colour that nothing else has."""
    x, y = WEST, SOUTH
    lines = [
        shapely.LineString([(x, y), (x + LONG_M, y)]),
        shapely.LineString([(x + 1000.0, y - 1000.0), (x + 1000.0, y - 1000.0 + LONG_M)]),
    ]
    rows = table(lines, name=["横", "縦"])
    return layer(
        "ruler", both("ものさし", "Ruler"), "line", rows, Style(colour=RULER, width=1.0, opacity=1.0)
    )


def land(say=lambda text: text):
    area = shapely.box(WEST - 50.0, SOUTH - 1100.0, WEST + LONG_M + 50.0, SOUTH + LONG_M)
    return layer(
        "municipality",
        both(say("行政区域"), "Municipality"),
        "polygon",
        table([area], name=[say("村")]),
        Style(),
    )


def hubs(count=6, say=lambda text: f"拠点{text}"):
    rows = table(
        [shapely.Point(WEST + 700.0 * k, SOUTH + 300.0 * (k % 3)) for k in range(count)],
        name=[say(str(k)) for k in range(count)],
    )
    return layer("hub", both("拠点施設", "Hubs"), "point", rows, Style(colour="#d32f2f", radius=9.0))


def sheet(**more):
    shown = (Shown(layer=land()), Shown(layer=ruler()), Shown(layer=hubs(), labelled=True))
    usual = {
        "name": "map_x", "title": "位置図", "subtitle": "村の計画", "shown": shown, "crs": CRS, "scale": SCALE,
        "extent": Extent(west=WEST, south=SOUTH - 1000.0, east=WEST + LONG_M, north=SOUTH + 4000.0),
        "orientation": "portrait", "notes": ("本図は参考です。", "出典：架空"), "about": "村の図。",
    }  # fmt: skip
    return MapSheet(**{**usual, **more})


def streams(pdf):
    """Yield the streams of a PDF, inflated."""
    for found in re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL):
        try:
            yield zlib.decompress(found[1])
        except zlib.error:
            yield found[1]


def drawn_paths(pdf, colour):
    """Return the corners of every path of a PDF that is stroked in a colour [mm]."""
    wanted = [int(colour[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    found = []
    for stream in streams(pdf):
        ink, corners, numbers = [0.0] * 3, [], []
        for token in stream.split():
            if re.fullmatch(rb"[-+]?\d*\.?\d+", token):
                numbers.append(float(token))
                continue
            if token == b"RG":
                ink = numbers[-3:]
            elif token == b"G":
                ink = numbers[-1:] * 3
            elif token in {b"m", b"l"}:
                corners.append([number * MM_PER_POINT for number in numbers[-2:]])
            elif token in {b"S", b"s", b"B", b"b", b"f", b"n"}:
                if token not in {b"f", b"n"} and np.allclose(ink, wanted, atol=0.002):
                    found.append(np.array(corners))
                corners = []
            numbers = []
    return found


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Return a sheet in its three forms, and what is told of it; a sign that the font does not have is an error."""
    folder = tmp_path_factory.mktemp("sheets")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        (told,) = write_sheets(folder, [sheet()])
    return {path.suffix[1:]: path.read_bytes() for path in folder.iterdir()}, told


def test_a_sheet_is_written_in_three_forms_and_tells_its_size(files):
    forms, told = files
    assert sorted(forms) == ["pdf", "png", "svg"]
    assert (told.name, told.title, told.about) == ("map_x", "位置図", "村の図。")
    assert (told.width_mm, told.height_mm) == PAPERS["A4"]


def test_the_print_is_true_to_a_tenth_of_a_millimetre_over_the_sheet(files):
    (path,) = drawn_paths(files[0]["pdf"], RULER[1:])[:1]
    across, along = path[:2], path[2:4]
    wanted = LONG_M * 1000.0 / SCALE
    assert wanted == 180.0
    assert np.linalg.norm(across[1] - across[0]) == pytest.approx(wanted, abs=0.1 * wanted / 200.0)
    assert np.linalg.norm(along[1] - along[0]) == pytest.approx(wanted, abs=0.1 * wanted / 200.0)
    assert across[0, 1] == pytest.approx(across[1, 1], abs=0.01)
    assert along[0] - across[0] == pytest.approx([40.0, -40.0], abs=0.05)


def test_the_scale_bar_is_as_long_as_it_says(files):
    bar = scale_bar(SCALE)
    assert (bar.metres, bar.millimetres) == (1000.0, 40.0)
    boxes = [
        path
        for path in drawn_paths(files[0]["pdf"], FRAME_INK)
        if np.ptp(path[:, 1]) == pytest.approx(1.4, abs=0.05)
    ]
    left, right = min(box[:, 0].min() for box in boxes), max(box[:, 0].max() for box in boxes)
    assert right - left == pytest.approx(40.0, abs=0.02)


def test_the_page_of_the_pdf_is_the_paper(files):
    (box,) = re.findall(rb"/MediaBox \[ ([^\]]+) \]", files[0]["pdf"])
    sides = [float(part) * MM_PER_POINT for part in box.split()]
    assert sides == pytest.approx([0.0, 0.0, 210.0, 297.0], abs=0.01)


def test_the_font_is_inside_and_its_texts_can_be_searched(files):
    pdf = files[0]["pdf"]
    assert len(re.findall(rb"/FontFile2 \d+ 0 R", pdf)) == len(re.findall(rb"/Type /FontDescriptor", pdf)) > 0
    told = b"".join(stream for stream in streams(pdf) if b"begincmap" in stream).decode("latin-1").lower()
    for sign in "位置図拠点縮尺":
        assert f"<{ord(sign):04x}>" in told, sign
    assert len(pdf) < 100_000


def test_the_picture_has_300_dots_an_inch_and_the_svg_its_true_size(files):
    with Image.open(io.BytesIO(files[0]["png"])) as picture:
        assert picture.size == (2480, 3507)
        assert picture.info["dpi"] == pytest.approx((300, 300), abs=0.1)
        pixels = np.asarray(picture.convert("RGB")).astype(int)
    ink = np.abs(pixels - [0xE0, 0x00, 0xE0]).max(axis=2) < 40
    across = np.flatnonzero(ink.sum(axis=0))
    assert (across[-1] - across[0]) / 300 * 25.4 == pytest.approx(180.0, abs=0.4)
    svg = lxml.etree.fromstring(files[0]["svg"])
    assert [
        float(svg.get(side).removesuffix("pt")) * MM_PER_POINT for side in ("width", "height")
    ] == pytest.approx(PAPERS["A4"], abs=0.01)


def test_equal_sheets_give_equal_bytes_in_another_process(tmp_path, files):
    code = (
        f"import sys; sys.path[:0] = {[str(Path(__file__).parent), str(Path.cwd())]!r}\n"
        "from pathlib import Path\nfrom test_maps_sheets import sheet, write_sheets\n"
        f"write_sheets(Path({str(tmp_path)!r}), [sheet()])"
    )
    subprocess.run(
        [sys.executable, "-c", code], check=True, env={"PYTHONHASHSEED": "77", "SOURCE_DATE_EPOCH": "1"}
    )
    assert {path.suffix[1:]: path.read_bytes() for path in tmp_path.iterdir()} == files[0]
    for content in files[0].values():
        assert not re.search(rb"CreationDate|Producer|dc:date|Software|tIME|[Mm]atplotlib v", content)


def test_texts_of_others_stay_texts(tmp_path):
    texts = [*HOSTILE]

    def say(text):
        return texts[hash_of(text) % len(texts)]

    shown = (
        Shown(layer=land(say)),
        Shown(layer=hubs(len(texts), lambda text: texts[int(text)]), labelled=True),
    )
    write_sheets(
        tmp_path,
        [
            sheet(
                shown=shown, scale=None, title=texts[0], subtitle=texts[1], notes=tuple(texts), mark=texts[2]
            )
        ],
        formats=["svg"],
    )
    tree = lxml.etree.fromstring((tmp_path / "map_x.svg").read_bytes())
    tags = {lxml.etree.QName(one).localname for one in tree.iter(lxml.etree.Element)}
    assert tags <= {"svg", "metadata", "RDF", "Work", "defs", "style", "g", "path", "use", "clipPath", "rect"}
    for one in tree.iter(lxml.etree.Element):
        for key, value in one.attrib.items():
            assert not key.lower().startswith("on")
            assert lxml.etree.QName(key).localname != "href" or value.startswith("#")


def hash_of(text):
    return zlib.crc32(text.encode())


def test_a_scale_that_does_not_fit_is_refused_with_the_one_that_would(tmp_path):
    with pytest.raises(ConfigurationError) as caught:
        write_sheets(tmp_path, [sheet(scale=2500.0, place="plan.toml:9 [[figure]] x"), sheet(scale=1000.0)])
    first, second = caught.value.problems
    assert (first.code, first.place) == ("print.scale", "plan.toml:9 [[figure]] x")
    assert second.values["scale"] == "1,000"
    fits = float(first.values["value"])
    assert laid_out(sheet(scale=fits)).view.scale == fits
    assert first.values["value"] in first.cure.ja
    assert not list(tmp_path.iterdir())


def test_a_layer_without_a_credit_is_refused(tmp_path):
    bare = replace(hubs(), credit=both(" "))
    with pytest.raises(ConfigurationError) as caught:
        write_sheets(tmp_path, [sheet(shown=(Shown(layer=bare),))])
    assert [problem.code for problem in caught.value.problems] == ["maps.no_credit"]


def test_a_missing_font_is_refused_with_the_cure(monkeypatch):
    printing.font_file.cache_clear()
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(ConfigurationError) as caught:
        printing.font_file()
    printing.font_file.cache_clear()
    (problem,) = caught.value.problems
    assert problem.code == "print.font_missing"
    assert "pip install matplotlib-fontja" in problem.cure.ja


@given(st.floats(100.0, 1e7))
def test_the_round_scale_is_the_largest_that_fits(least):
    found = round_scale(least)
    assert found >= least * (1 - 1e-8)
    assert found <= least * 1.51
    assert round_scale(found) == found
    assert scale_bar(found).millimetres <= 50.0 + 1e-6
    assert scale_bar(found).millimetres >= 50.0 / 2.5 - 1e-6


def test_scales_by_hand():
    extent = Extent(west=0.0, south=0.0, east=4500.0, north=2000.0)
    assert least_scale(extent, width=180.0, height=200.0) == 25_000.0
    assert [round_scale(value) for value in (25_000.0, 25_001.0, 2_400.0, 51.0)] == [
        25_000.0,
        30_000.0,
        2_500.0,
        100.0,
    ]


@pytest.mark.parametrize(
    ("paper", "orientation"),
    [("A4", "portrait"), ("A4", "landscape"), ("A3", "portrait"), ("A3", "landscape")],
)
def test_everything_stands_on_the_paper_and_nothing_on_the_map(paper, orientation):
    many = {f"区分{k}": f"#{k * 9:02x}4488" for k in range(18)}
    zones = layer(
        "zone", both("用途地域", "Zones"), "polygon",
        table([shapely.box(WEST + 10.0 * k, SOUTH, WEST + 10.0 * k + 5.0, SOUTH + 9.0) for k in range(18)],
              zone=list(many)),
        Style(by="zone", colours=many, opacity=0.5),
    )  # fmt: skip
    asked = sheet(
        paper=paper,
        orientation=orientation,
        scale=None,
        shown=(Shown(layer=zones), *sheet().shown),
        notes=("注" * 300,),
    )
    layout = laid_out(asked)
    frame, page = (
        layout.view.frame,
        Box(left=9.9, bottom=9.9, width=layout.width - 19.8, height=layout.height - 19.8),
    )
    assert (layout.width > layout.height) == (orientation == "landscape")
    assert page.holds(frame)
    ground = layout.view.extent
    assert ground.west <= asked.extent.west < asked.extent.east <= ground.east
    assert ground.south <= asked.extent.south < asked.extent.north <= ground.north
    left, top = layout.legend_at
    wide = layout.legend.width * len(layout.legend.columns) + 4.0 * (len(layout.legend.columns) - 1)
    legend = Box(left=left, bottom=top - layout.legend.height, width=wide, height=layout.legend.height)
    assert page.grown(0.2).holds(legend)
    assert not legend.meets(frame)
    assert legend.bottom >= layout.notes_at[1] - 0.01 or orientation == "landscape"


def points_of_classes(count, *, name="l", west=WEST):
    """Return a layer of so many classes, each a point of the ground of a sheet or of far west of it."""
    colours = {f"{name}{k}": f"#{k * 7 % 256:02x}40ff" for k in range(count)}
    shapes = [shapely.Point(west + 10.0 * k, SOUTH) for k in range(count)]
    rows = table(shapes, kind=list(colours))
    return layer(name, both(f"層{name}"), "point", rows, Style(by="kind", colours=colours))


@pytest.mark.parametrize(
    ("paper", "orientation"), [("A4", "portrait"), ("A4", "landscape"), ("A3", "portrait")]
)
@pytest.mark.parametrize(("count", "signs"), [(6, 840), (10, 840), (1, 3000), (200, 30)])
def test_long_notes_are_shortened_and_leave_the_map_its_share(paper, orientation, count, signs):
    many = tuple(Shown(layer=points_of_classes(9, name=f"n{k}")) for k in range(6))
    notes = tuple("注" * signs for _ in range(count))
    found = laid_out(
        sheet(paper=paper, orientation=orientation, scale=None, notes=notes, shown=(*sheet().shown, *many))
    )
    assert found.view.frame.height >= 0.45 * found.height
    assert found.notes_at[1] - height_of(found.note_points, lines=len(found.notes)) >= 9.99
    assert found.note_points < 6.0 or sum(map(len, found.notes)) == count * signs
    if "".join(found.notes) != "".join(notes):
        assert found.note_points == 5.0
        assert "資料と方法" in found.notes[-1]
    if paper == "A4" and count == 10:
        assert "資料と方法" in found.notes[-1]


def test_few_notes_are_set_in_their_usual_size():
    assert laid_out(sheet(scale=None)).note_points == 6.0
    assert laid_out(sheet(scale=None, notes=("注" * 840,) * 2)).note_points == 6.0


def said_in(legend):
    return [item for column in legend.columns for item in column]


def test_a_legend_that_is_too_high_first_leaves_out_what_is_beside_the_map():
    near, far = points_of_classes(9, name="near"), points_of_classes(200, name="far", west=WEST - 900_000.0)
    asked = sheet(shown=(Shown(layer=far), Shown(layer=near)))
    words = ["".join(item.lines) for item in said_in(laid_out(asked).legend)]
    assert words == ["層near", *(f"near{k}" for k in range(9))]
    small = sheet(shown=(Shown(layer=points_of_classes(2, name="far", west=WEST - 900_000.0)),))
    assert len(said_in(laid_out(small).legend)) == 3, "where there is room nothing is left out"


@pytest.mark.parametrize(("paper", "language"), [("A4", "ja"), ("A3", "en")])
def test_classes_that_have_no_room_in_the_legend_are_counted_without_headings(paper, language):
    layers = [points_of_classes(9, name=f"n{k}") for k in range(60)]
    asked = sheet(shown=tuple(Shown(layer=one) for one in layers), scale=None, paper=paper, language=language)
    layout = laid_out(asked)
    *held, more = said_in(layout.legend)
    said = "".join(more.lines)
    assert more.drawn is None
    assert f"{540 - sum(item.drawn is not None for item in held)}" in said
    assert ("A3" in said) == (paper == "A4")
    assert layout.legend.height <= layout.legend_at[1] - layout.notes_at[1]
    for column in layout.legend.columns[:-1]:
        assert column[-1].drawn is not None
    words = ["".join(item.lines) for item in held]
    assert (
        words
        == [word for one in reversed(layers) for word in [one.title.ja, *one.style.colours]][: len(words)]
    )


def test_a_heading_of_a_legend_stands_with_its_classes():
    colours = {name: f"#{k}0{k}0ff" for k, name in enumerate("abcdefg")}
    shapes = [shapely.Point(k, k) for k in range(7)]
    kinds = [
        layer(
            f"l{n}",
            both(f"層{n}"),
            "point",
            table(shapes, kind=list(colours)),
            Style(by="kind", colours=colours),
        )
        for n in range(4)
    ]
    found = legend_of(
        [Shown(layer=one) for one in kinds], width=190.0, language="ja", most=500.0, scale=SCALE
    )
    headings = [column[0].drawn is None for column in found.columns]
    assert headings == [True] * len(found.columns)
    assert sum(item.drawn is not None for column in found.columns for item in column) == 28


def test_lines_of_a_text_are_no_wider_than_asked():
    text = "用途の可否は許可等の手続で決まり、この図は約束しません。This map promises nothing." * 3
    lines = wrapped(text, 6.0, width=60.0)
    assert all(width_of(line, 6.0) <= 60.0 for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert width_of("村", 72.0) == pytest.approx(25.4, abs=0.01)


@given(st.lists(st.tuples(st.floats(12, 190), st.floats(12, 190), st.integers(1, 12)), max_size=25))
def test_no_name_covers_another_or_a_mark(rows):
    frame = Box(left=10.0, bottom=10.0, width=190.0, height=190.0)
    names = [
        Name(text="あ" * long, x=x, y=y, points=7.0, colour="#000000", reach=(1.0, 1.0, 1.0))
        for x, y, long in rows
    ]
    marks = [Box(left=x - 1.0, bottom=y - 1.0, width=2.0, height=2.0) for x, y, _ in rows]
    found = placed(names, marks, frame)
    boxes = [one.box for one in found]
    assert all(frame.holds(box) for box in boxes)
    assert not any(box.meets(mark) for box in boxes for mark in marks)
    assert not any(one.meets(other) for k, one in enumerate(boxes) for other in boxes[:k])
    if len(rows) == 1:
        assert len(found) == 1
        assert found[0].leader is None


def test_the_first_name_gets_the_place():
    frame = Box(left=0.0, bottom=0.0, width=30.0, height=4.0)
    two = [
        Name(text=text, x=15.0, y=2.0, points=8.0, colour="#000000", reach=(0.0, 0.0, 0.0), area=True)
        for text in "甲乙"
    ]
    assert [one.name.text for one in placed(two, (), frame)] == ["甲"]


def test_true_north_lies_west_of_grid_north_east_of_the_meridian():
    # Zone VIII: 138°30′ E, 36° N; the convergence is the difference of longitude by the sine of the latitude.
    assert true_north((0.0, -100_000.0), crs=CRS) == pytest.approx(0.0, abs=1e-6)
    assert true_north((50_000.0, -100_000.0), crs=CRS) == pytest.approx(-0.3156, abs=0.001)
    view = View(
        frame=Box(left=0.0, bottom=0.0, width=2.0, height=2.0), west=49_999.0, south=-100_001.0, scale=1000.0
    )
    assert north_said(view, crs=CRS, language="ja") == "、真北は座標北の 0.32° 西"
    assert "0.32° west" in north_said(view, crs=CRS, language="en")


def test_pointers_point_to_what_lies_beyond_and_to_nothing_else():
    view = View(
        frame=Box(left=10.0, bottom=10.0, width=100.0, height=100.0), west=0.0, south=0.0, scale=1000.0
    )

    def to(x, y):
        return Pointer(
            text="2 西区域", extent=Extent(west=x - 5.0, south=y - 5.0, east=x + 5.0, north=y + 5.0)
        )

    assert pointer_boxes([to(50.0, 50.0), to(104.0, 50.0)], view, taken=()) == ()
    ((_, box, tip),) = pointer_boxes([to(500.0, 50.0)], view, taken=())
    assert tip == pytest.approx((109.0, 60.0))
    assert view.frame.holds(box)
    ((_, moved, _),) = pointer_boxes([to(500.0, 50.0)], view, taken=[box])
    assert not moved.meets(box)


def test_a_book_has_a_page_for_each_sheet_and_a_picture_lies_below(tmp_path):
    asked = []

    def read(extent, size):
        asked.append((extent, size))
        return np.full((size[1], size[0], 4), 200, dtype=np.uint8)

    small = sheet(
        shown=(Shown(layer=hubs(2)),), name="second", backdrop=Backdrop(read=read, credit="架空", opacity=0.5)
    )
    write_book(tmp_path / "book.pdf", [sheet(shown=sheet().shown[:1]), small])
    content = (tmp_path / "book.pdf").read_bytes()
    assert len(re.findall(rb"/Type /Page\b", content)) == 2
    assert len(re.findall(rb"/Subtype /Image", content)) == 1
    ((extent, size),) = asked
    assert extent == laid_out(small).view.extent
    assert size[0] / size[1] == pytest.approx(extent.width / extent.height, rel=0.01)
    with pytest.raises(ConfigurationError, match=r"maps\.no_credit"):
        write_book(tmp_path / "no.pdf", [small, replace(small, backdrop=Backdrop(read=read, credit=""))])


def test_paler_areas_get_the_hatches_that_they_need():
    two = Style(by="kind", colours={"a": "#ffee99", "b": "#ffcc99"}, opacity=1.0)
    shapes = [shapely.box(k, 0, k + 1, 1) for k in range(2)]
    zones = layer("z", both("区分"), "polygon", table(shapes, kind=["a", "b"]), two)
    hatched = {
        fill: [bool(one.inks[-1].hatch) for one in classes_of(Shown(layer=zones, fill=fill), scale=SCALE)]
        for fill in (None, 0.3)
    }
    assert hatched == {None: [False, False], 0.3: [False, True]}


def test_hatches_tell_colours_apart_that_somebody_takes_for_each_other(tmp_path):
    colours = {"a": "#aa0000", "b": "#aa0001", "c": "#aa0002"}
    boxes = [shapely.box(WEST + 900.0 * k, SOUTH, WEST + 900.0 * k + 800.0, SOUTH + 800.0) for k in range(3)]
    style = Style(by="kind", colours=colours, opacity=0.6)
    zones = layer("z", both("区分"), "polygon", table(boxes, kind=list(colours)), style)
    marks = layer(
        "m",
        both("印"),
        "point",
        table([box.centroid for box in boxes], kind=list(colours)),
        style,
        look=Look(),
    )
    write_sheets(tmp_path, [sheet(shown=(Shown(layer=zones), Shown(layer=marks)))], formats=["pdf"])
    content = (tmp_path / "map_x.pdf").read_bytes()
    assert len(re.findall(rb"/PatternType 1", content)) == 2


def test_a_legend_that_is_too_high_says_how_many_classes_it_leaves_out():
    colours = {f"区分{k}": f"#{k:06x}" for k in range(400)}
    shapes = [shapely.Point(WEST + k, SOUTH) for k in range(400)]
    kinds = layer(
        "l", both("層"), "point", table(shapes, kind=list(colours)), Style(by="kind", colours=colours)
    )
    asked = sheet(shown=(Shown(layer=kinds),), scale=None, notes=("出典" * 2000,))
    layout = laid_out(asked)
    assert layout.view.frame.height > 20.0
    shown = sum(item.drawn is not None for column in layout.legend.columns for item in column)
    assert f"ほか {400 - shown} 区分" in "".join(layout.legend.columns[-1][-1].lines)


def test_long_titles_are_cut_and_all_credits_have_room():
    assert width_of(fitted("長" * 300, 9.0, width=190.0), 9.0) <= 190.0
    assert fitted("短い", 9.0, width=190.0) == "短い"
    told = "；".join(f"層{k}＝出典{k}" for k in range(200))
    assert "出典199" in "".join(wrapped(told, 6.0, width=190.0))


def test_flat_colours_of_a_picture_stay_as_they_are_and_others_come_near():
    pixels = np.full((80, 80, 3), 255, dtype=np.uint8)
    pixels[10:50], pixels[50:70] = (194, 24, 91), (195, 25, 90)
    pixels[70:] = np.random.default_rng(1).integers(0, 256, (10, 80, 3))
    found = np.asarray(with_palette(pixels).convert("RGB")).astype(int)
    assert (found[:10] == 255).all()
    assert (found[10:50] == (194, 24, 91)).all()
    assert np.abs(found[50:70] - pixels[50:70]).max() <= 3
    assert len(np.unique(found.reshape(-1, 3), axis=0)) <= 256
    assert np.abs(found[70:] - pixels[70:]).mean() < 25
    few = np.zeros((4, 4, 3), dtype=np.uint8)
    assert (np.asarray(with_palette(few).convert("RGB")) == 0).all()
