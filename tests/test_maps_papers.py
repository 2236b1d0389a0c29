"""The plan chapter in Word: true sizes, styles, captions, marks, alternative texts; a template that cannot be one."""

import io
import json
from pathlib import Path

import docx
import lxml.etree as ET  # noqa: N812 (as everyone calls it)
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_paper import (
    WP,
    W,
    board,
    body_of,
    both,
    changed,
    chapter,
    document,
    parts_of,
    picture,
    png,
    styled,
    texts_of,
    zipped,
)

from gisplan.core.errors import ConfigurationError
from gisplan.maps.papers import wordml
from gisplan.maps.papers.sheets import Place, Room, place_of
from gisplan.maps.papers.template import KNOWN, check_template, default_template
from gisplan.maps.papers.widths import widths_of
from gisplan.maps.papers.word_file import word_file
from gisplan.maps.papers.words import Paragraph, numbered, shown
from gisplan.maps.words import Illustration

OURS = {language: default_template(language) for language in ("ja", "en")}
HOSTILE = json.loads((Path(__file__).parent / "hostile.json").read_text("utf-8"))
ROOM = Room(width=210.0, height=297.0, left=25.0, right=25.0, top=25.0, bottom=25.0)


def written(told, *, template=None, folder=Path()):
    return word_file(
        told, template=template or OURS[told.language], pictures=lambda name: folder / f"{name}.png"
    )


def refused(held):
    with pytest.raises(ConfigurationError) as raised:
        check_template(held, file="形.docx", place="plan.toml:7 report.template")
    return raised.value.problems


@pytest.mark.parametrize("language", ["ja", "en"])
def test_our_template_has_every_mark_and_all_of_them_are_filled(language):
    check_template(OURS[language], file="ours", place="")
    texts = texts_of(body_of(written(document(language=language))))
    assert texts[0] == both("村の計画", "Plan of the village").of(language)
    assert both("市区町村：村", "Municipality: Village").of(language) in texts
    assert both("本図書の図表は参考です。", "For reference.").of(language) in texts
    assert not [text for text in texts if "{{" in text]
    # Nobody is named as its maker: the line of the office is gone, not empty.
    assert not [text for text in texts if text.startswith(("作成：", "Made by"))]


def test_the_parts_of_a_chapter_have_styles_numbers_and_captions():
    told = document(
        chapter(Paragraph(text=both("本文。\n二行目。")), board(rows=2)),
        chapter(board(), key="areas", title=both("区域")),
    )
    body = body_of(written(told))
    assert styled(body, "Heading1") == ["1\u3000概要", "2\u3000区域"]
    assert styled(body, "Caption") == ["表1\u3000数の表", "表2\u3000数の表"]
    assert "本文。\n二行目。" in texts_of(body)
    assert [one.text.strip() for one in body.iter(f"{W}instrText")] == [
        r'TOC \o "1-2" \h \z \u',
        r"SEQ 表 \* ARABIC",
        r"SEQ 表 \* ARABIC",
    ]


def test_the_heading_of_a_table_is_repeated_and_no_row_is_cut():
    (table,) = body_of(written(document(chapter(board(rows=30))))).iter(f"{W}tbl")
    rows = table.findall(f"{W}tr")
    assert len(rows) == 31
    assert [row.find(f"{W}trPr/{W}tblHeader") is not None for row in rows] == [True] + [False] * 30
    assert all(row.find(f"{W}trPr/{W}cantSplit") is not None for row in rows)
    assert table.find(f"{W}tblPr/{W}tblCaption").get(f"{W}val") == "数の表"
    sides = [cell.find(f"{W}p/{W}pPr/{W}jc") for cell in rows[1].findall(f"{W}tc")]
    assert [side if side is None else side.get(f"{W}val") for side in sides] == [None, "right"]


def test_the_contents_name_each_heading_once_and_lead_to_it():
    body = body_of(written(document()))
    links = {
        link.get(f"{W}anchor"): "".join(one.text for one in link.iter(f"{W}t"))
        for link in body.iter(f"{W}hyperlink")
    }
    assert list(links.values()) == ["1\u3000概要", "1.1\u3000節"]
    assert set(links) == {mark.get(f"{W}name") for mark in body.iter(f"{W}bookmarkStart")}
    (begin,) = [one for one in body.iter(f"{W}fldChar") if one.get(f"{W}dirty") == "true"]
    assert begin.get(f"{W}fldCharType") == "begin"


def test_figures_keep_their_size_and_say_what_they_show(tmp_path):
    sizes = {
        "curve": (160.02, 139.7),
        "wide": (240.0, 120.0),
        "sheet": (210.0, 297.0),
        "large": (420.0, 297.0),
    }
    for name in sizes:
        png(tmp_path / f"{name}.png")
    told = document(chapter(*(picture(name, *size) for name, size in sizes.items()), board()))
    body = body_of(written(told, folder=tmp_path))
    extents = [(int(one.get("cx")), int(one.get("cy"))) for one in body.iter(f"{WP}extent")]
    assert extents == [(round(wide * 36_000), round(high * 36_000)) for wide, high in sizes.values()]
    known = list(body.iter(f"{WP}docPr"))
    assert [one.get("descr") for one in known] == ["何を示すか"] * 4
    assert [one.get("name") for one in known] == ["図1", "図2", "図3", "図4"]
    assert len({one.get("id") for one in known}) == 4
    # In the text; on A4 across; the captions of two whole sheets, then they, on A4 and A3; and the text goes on.
    pages = [
        tuple(round(int(one.find(f"{W}pgSz").get(f"{W}{side}")) / 1440 * 25.4) for side in "wh")
        for one in body.iter(f"{W}sectPr")
    ]
    assert pages == [(210, 297), (297, 210), (210, 297), (210, 297), (420, 297), (210, 297)]
    captions = styled(body, "Caption")
    assert captions[1:4] == [
        "図2\u3000wideの図",
        "図3\u3000sheetの図（次のページから。原寸）",
        "図4\u3000largeの図（次のページから。原寸）",
    ]


def test_a_whole_sheet_has_neither_header_nor_footer_and_stands_at_the_edge_of_its_page(tmp_path):
    png(tmp_path / "sheet.png")
    held = written(document(chapter(picture("sheet", 210.0, 297.0))), folder=tmp_path)
    parts, body = parts_of(held), body_of(held)
    assert [one.text for one in body.iter(f"{WP}posOffset")] == ["0", "0"]
    sections = list(body.iter(f"{W}sectPr"))
    targets = {
        row.get("Id"): row.get("Target") for row in ET.fromstring(parts["word/_rels/document.xml.rels"])
    }
    key = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
    edges = [targets[one.get(key)] for one in sections[-2] if one.tag.endswith("Reference")]
    assert len(edges) == 2
    assert all(texts_of(ET.fromstring(parts[f"word/{edge}"])) == [""] for edge in edges)


def test_pages_are_counted_through_and_only_the_cover_has_no_number(tmp_path):
    png(tmp_path / "wide.png")
    body = body_of(written(document(chapter(picture("wide", 240.0, 120.0), board())), folder=tmp_path))
    first, *others = body.iter(f"{W}sectPr")
    assert first.find(f"{W}titlePg") is not None
    assert [one.find(f"{W}titlePg") for one in others] == [None] * len(others)


@pytest.mark.parametrize(
    ("size", "place"),
    [
        ((160.0, 231.0), Place(where="text", width=210.0, height=297.0)),
        ((160.0, 240.0), Place(where="sheet", width=210.0, height=297.0)),
        ((190.0, 200.0), Place(where="page", width=210.0, height=297.0, side=9.5)),
        ((247.0, 144.0), Place(where="page", width=297.0, height=210.0)),
        ((210.0, 297.0), Place(where="sheet", width=210.0, height=297.0)),
        ((297.0, 210.0), Place(where="sheet", width=297.0, height=210.0)),
        ((370.0, 231.0), Place(where="page", width=420.0, height=297.0)),
        ((297.0, 420.0), Place(where="sheet", width=297.0, height=420.0)),
        ((500.0, 300.0), Place(where="sheet", width=500.0, height=300.0)),
    ],
)
def test_a_figure_goes_on_the_smallest_paper_that_holds_it(size, place):
    shape = Illustration(name="a", title="a", width_mm=size[0], height_mm=size[1])
    assert place_of(shape, ROOM) == place


def test_the_same_document_gives_the_same_bytes_and_names_no_hour_and_no_maker(tmp_path):
    png(tmp_path / "curve.png")
    told = document(chapter(picture("curve", 100.0, 50.0)))
    held = written(told, folder=tmp_path)
    assert written(told, folder=tmp_path) == held
    known = docx.Document(io.BytesIO(held)).core_properties
    assert (known.author, known.last_modified_by, known.title) == ("", "", "村の計画")
    assert (known.created.year, known.modified.year, known.language) == (2000, 2000, "ja-JP")
    assert not [name for name in parts_of(held) if "vba" in name.lower() or name.endswith(".bin")]
    assert b"External" not in b"".join(
        data for name, data in parts_of(held).items() if name.endswith(".rels")
    )


def test_an_office_is_named_where_the_plan_names_it():
    told = document(cover=(("date", both("今日")), ("office", both("企画課", "Planning"))), office="企画課")
    held = written(told)
    assert "作成：企画課" in texts_of(body_of(held))
    assert docx.Document(io.BytesIO(held)).core_properties.author == "企画課"


def test_japanese_signs_have_a_font_of_their_own_with_one_that_stands_in_for_it():
    parts = parts_of(written(document()))
    fonts = ET.fromstring(parts["word/styles.xml"]).find(f"{W}docDefaults/{W}rPrDefault/{W}rPr/{W}rFonts")
    assert fonts.get(f"{W}eastAsia") == "游明朝"
    others = {
        font.get(f"{W}name"): font.find(f"{W}altName") for font in ET.fromstring(parts["word/fontTable.xml"])
    }
    assert others["游明朝"].get(f"{W}val") == "ＭＳ 明朝"


# ---- templates of an office


def office_template(*paragraphs, styles=()):
    """Return a template as Word would write one: its own default, with styles it does not know taken out."""
    made = docx.Document()
    for text in paragraphs:
        made.add_paragraph(text)
    for style in styles:
        made.styles[style].delete()
    held = io.BytesIO()
    made.save(held)
    return held.getvalue()


def test_a_template_of_an_office_keeps_its_own_words_and_gets_the_styles_it_lacks():
    template = office_template(
        "第3章　{{title}}（{{date}}）", "{{chapter}}", "以上", styles=("Caption", "Heading 2")
    )
    check_template(template, file="t.docx", place="")
    held = written(document(), template=template)
    texts = texts_of(body_of(held))
    assert texts[0] == "第3章　村の計画（2026年11月1日）"
    assert texts[-1] == "以上"
    names = [style.name for style in docx.Document(io.BytesIO(held)).styles]
    assert {"Caption", "Heading 2", "gisplan Table", "gisplan Note"} <= set(names)
    assert len(names) == len(set(names))
    assert not [name for name in parts_of(held) if "thumbnail" in name]


def test_a_mark_that_word_has_cut_into_runs_is_found_and_filled():
    made = docx.Document()
    line = made.add_paragraph()
    for part in ("計画：{", "{ti", "tle}", "}（{{date}}）です"):
        line.add_run(part)
    made.add_paragraph("{{chapter}}")
    made.sections[0].header.paragraphs[0].text = "{{title}}／{{office}}"
    held = io.BytesIO()
    made.save(held)
    check_template(held.getvalue(), file="t.docx", place="")
    done = docx.Document(io.BytesIO(written(document(), template=held.getvalue())))
    assert done.paragraphs[0].text == "計画：村の計画（2026年11月1日）です"
    assert done.sections[0].header.paragraphs[0].text == "村の計画／"


def test_a_template_that_numbers_its_headings_is_not_numbered_twice():
    template = changed(
        OURS["ja"],
        "word/styles.xml",
        b'<w:outlineLvl w:val="0"/>',
        b'<w:numPr><w:numId w:val="1"/></w:numPr><w:outlineLvl w:val="0"/>',
    )
    assert styled(body_of(written(document(), template=template)), "Heading1") == ["概要"]


@pytest.mark.parametrize(
    ("paragraphs", "missing"),
    [
        (("{{title}}", "{{chapter}}"), ["{{date}}"]),
        (("何もない",), ["{{title}}", "{{date}}", "{{chapter}}"]),
        (("{{title}} {{date}}", "章：{{chapter}}"), ["{{chapter}}"]),
    ],
)
def test_a_template_without_its_marks_is_refused_and_told_which(paragraphs, missing):
    (problem,) = refused(office_template(*paragraphs))
    assert (problem.code, problem.place) == ("report.template_marks", "plan.toml:7 report.template")
    assert problem.values["missing"] == missing
    assert "{{title}}" in problem.cure.ja
    assert "--template-out" in problem.cure.en


def test_a_mark_that_is_not_known_is_told_with_the_one_it_may_mean():
    unknown, *_ = refused(office_template("{{titel}} {{date}}", "{{chapter}}"))
    assert (unknown.code, unknown.values["mark"]) == ("report.template_unknown", "{{titel}}")
    assert "title" in unknown.what.ja
    assert unknown.values["known"] == list(KNOWN)


@pytest.mark.parametrize(
    ("held", "why"),
    [
        (b"", "Word の文書として読めません"),
        (b"%PDF-1.7", "Word の文書として読めません"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "古い形式"),
        (b"PK\x03\x04" + bytes(40), "壊れている"),
        (zipped({"xl/workbook.xml": b"<a/>"}), "中身がありません"),
        (zipped({"[Content_Types].xml": b"<a", "word/document.xml": b"<a/>"}), "壊れている"),
        (zipped({"[Content_Types].xml": b"<!DOCTYPE a><a/>", "word/document.xml": b"<a/>"}), "DOCTYPE"),
        (b"PK" + bytes(21 * 1024**2), "20 MB"),
    ],
)
def test_a_file_that_is_no_word_document_is_refused_in_plain_words(held, why):
    (problem,) = refused(held)
    assert problem.code == "report.template_kind"
    assert why in problem.what.ja
    assert "形.docx" in problem.what.ja


LINKED = (
    b'<Relationship Id="rId9" Type="http://a/image" Target="http://a.example/b.png" TargetMode="External"/>'
)
FIELD = b"<w:p><w:r><w:instrText> INCLUDEPICTURE http://a.example/b.png </w:instrText></w:r></w:p>"


@pytest.mark.parametrize(
    ("part", "old", "new", "found"),
    [
        ("[Content_Types].xml", b"document.main+xml", b"document.macroEnabled.main+xml", "macroEnabled"),
        (
            "word/_rels/document.xml.rels",
            b"</Relationships>",
            LINKED + b"</Relationships>",
            "document.xml.rels",
        ),
        ("word/document.xml", b"<w:sectPr>", FIELD + b"<w:sectPr>", "INCLUDEPICTURE"),
        ("word/document.xml", b"<w:sectPr>", b"<w:altChunk/><w:sectPr>", "altChunk"),
    ],
)
def test_a_template_that_runs_or_loads_something_is_refused(part, old, new, found):
    (problem,) = refused(changed(OURS["ja"], part, old, new))
    assert problem.code == "report.template_active"
    assert any(found in one for one in problem.values["found"])


@pytest.mark.parametrize(
    "name", ["word/vbaProject.bin", "word/embeddings/oleObject1.bin", "word/activeX/a.xml"]
)
def test_a_template_with_macros_or_objects_is_refused(name):
    (problem,) = refused(zipped({**parts_of(OURS["ja"]), name: b"<a/>"}))
    assert (problem.code, problem.values["found"]) == ("report.template_active", [name])


# ---- texts and widths


def test_no_hostile_text_becomes_more_than_text(tmp_path):
    png(tmp_path / "curve.png")
    chapters = [
        chapter(
            Paragraph(text=both(text)),
            board(rows=1, title=both(text), cell=both(text), notes=(both(text),)),
            picture("curve", 50.0, 40.0, title=both(text), about=both(text)),
            title=both(text),
            key=f"k{place}",
        )
        for place, text in enumerate(HOSTILE)
    ]
    told = document(*chapters, title=both(HOSTILE[0]), notices=tuple(map(both, HOSTILE)))
    held = written(told, folder=tmp_path)
    parts, body = parts_of(held), body_of(held)
    codes = {one.text.strip() for one in body.iter(f"{W}instrText")}
    assert codes == {r'TOC \o "1-2" \h \z \u', r"SEQ 表 \* ARABIC", r"SEQ 図 \* ARABIC"}
    for name, data in parts.items():
        if name.endswith(".rels"):
            assert b"External" not in data
    texts = "\n".join(texts_of(body))
    for text in HOSTILE:
        lines = shown(text).replace("\r\n", "\n").replace("\r", "\n")
        assert lines in texts
    assert docx.Document(io.BytesIO(held)).paragraphs


@given(st.text(max_size=60))
def test_any_text_can_stand_in_a_paper(text):
    line = ET.fromstring(ET.tostring(wordml.paragraph(wordml.run(text), style="Normal")))
    body = ET.Element("body")
    body.append(line)
    assert texts_of(body) == [shown(text).replace("\r\n", "\n").replace("\r", "\n")]


def test_a_number_is_never_narrower_than_its_signs_and_the_widths_add_up():
    wide = board(rows=2, cell=both("とても長い名称" * 30))
    first, second = widths_of(wide, "ja", total=9_000)
    assert first + second == 9_000
    assert first > second >= 3 * 100
    assert widths_of(board(rows=0), "en", total=500)[0] > 0


def test_a_chapter_that_holds_nothing_is_left_out_and_the_others_are_counted():
    done = numbered((chapter(), chapter(board(), key="areas"), chapter(board(), key="hubs")))
    assert [(one.key, one.number) for one in done] == [("areas", 1), ("hubs", 2)]
    assert [one.parts[0].number for one in done] == [1, 2]
