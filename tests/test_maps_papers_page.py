"""The plan chapter as a page: accessible, offline, its figures inside, and safe whatever its texts say."""

import json
import re
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote

import axe
import pytest
from lxml import html
from PIL import Image
from small_paper import board, both, chapter, document, picture, png

from gisplan.maps.papers.inlined import addresses
from gisplan.maps.papers.web_page import web_page
from gisplan.maps.papers.words import Heading, Paragraph, shown

HOSTILE = json.loads((Path(__file__).parent / "hostile.json").read_text("utf-8"))
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"><path d="M0 0#%\n"/></svg>'


@pytest.fixture(scope="module")
def figures(tmp_path_factory):
    folder = tmp_path_factory.mktemp("figures")
    png(folder / "curve.png")
    (folder / "curve.svg").write_text(SVG, "utf-8")
    Image.effect_noise((600, 400), 60).convert("RGB").save(folder / "photo.png")
    return folder


@pytest.fixture(scope="module")
def hostile(figures, tmp_path_factory):
    """Return the page of a document in which every text is hostile."""
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
    path = tmp_path_factory.mktemp("hostile") / "report.html"
    told = document(*chapters, title=both(HOSTILE[0]), notices=tuple(map(both, HOSTILE)))
    path.write_text(web_page(told, figures=figures), "utf-8")
    return path


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_page_says_what_the_document_says_in_its_language(figures, language):
    told = document(chapter(board(), picture("curve", 160.0, 100.0)), language=language)
    page = html.fromstring(web_page(told, figures=figures))
    assert page.get("lang") == language
    assert page.findtext(".//h1/bdi") == both("村の計画", "Plan of the village").of(language)
    assert [one.text_content() for one in page.findall(".//main//h2")] == [
        f"1\u3000{both('概要', 'Summary').of(language)}"
    ]
    caption, figure = page.findtext(".//caption"), page.findtext(".//figcaption")
    assert (caption, figure) == (
        both("表1\u3000数の表", "Table 1\u3000Numbers").of(language),
        both("図1\u3000curveの図", "Figure 1\u3000Figure of curve").of(language),
    )
    image = page.find(".//img")
    assert image.get("alt") == both("何を示すか", "What it shows").of(language)
    assert (image.get("width"), image.get("height")) == ("605", "378")  # 160 x 100 mm at 96 dots per inch


def test_the_page_can_be_read_without_seeing_it(figures):
    page = html.fromstring(web_page(document(), figures=figures))
    assert [one.get("scope") for one in page.findall(".//th")] == ["col", "col", "row", "row", "row"]
    ids = [one.get("id") for one in page.iterfind(".//*[@id]")]
    assert len(ids) == len(set(ids))
    links = [one.get("href") for one in page.iterfind(".//a")]
    assert links[0] == "#text"
    assert {link[1:] for link in links} <= set(ids)
    levels = [int(one.tag[1]) for one in page.iter("h1", "h2", "h3")]
    assert levels[0] == 1
    assert all(later - before <= 1 for before, later in pairwise(levels))
    assert not page.findall(".//script")
    assert not page.xpath(".//*[@style]")


def test_the_same_document_gives_the_same_page(figures):
    told = document(chapter(board(), picture("photo", 100.0, 60.0)))
    assert web_page(told, figures=figures) == web_page(told, figures=figures)


def test_a_small_drawing_goes_in_as_it_is_and_a_photograph_as_a_picture(figures):
    found = addresses(figures, ["curve", "photo", "curve"])
    assert list(found) == ["curve", "photo"]
    kind, _, text = found["curve"].partition(",")
    assert (kind, unquote(text)) == ("data:image/svg+xml", SVG)
    assert found["photo"].startswith("data:image/png;base64,")


def test_pictures_are_made_coarser_until_they_fit_together(figures):
    fine = len(addresses(figures, ["photo"])["photo"])
    coarse = len(addresses(figures, ["photo"], most=fine - 1)["photo"])
    least = len(addresses(figures, ["photo"], most=0)["photo"])
    assert 0 < least < coarse < fine


def test_a_drawing_too_large_for_what_is_left_becomes_a_picture(figures):
    assert addresses(figures, ["curve"], most=10)["curve"].startswith("data:image/png")


def test_hostile_texts_stay_texts(hostile):
    page = html.fromstring(hostile.read_text("utf-8"))
    for text, line in zip(HOSTILE, page.findall(".//p[@class='body']"), strict=True):
        assert " ".join(line.text_content().split()) == " ".join(html_text(text).split())
    assert not page.xpath("//script|//iframe|//object|//form|//base|//*[@onerror]|//*[@onload]")
    assert not re.search(r'(?:src|href)="(?!data:|#)', hostile.read_text("utf-8"))


def html_text(text):
    """Return a text as a parser of HTML gives it back."""
    return shown(text).replace("\r\n", "\n").replace("\r", "\n")


@pytest.mark.browser
def test_in_a_browser_nothing_is_asked_for_said_or_run(browser, hostile):
    context = browser.new_context(offline=True)
    page = context.new_page()
    asked, said = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
    page.goto(hostile.as_uri())
    assert [url for url in asked if not url.startswith("data:")] == [hostile.as_uri()]
    assert said == []
    assert page.evaluate("[...document.images].every((one) => one.complete && one.naturalWidth > 0)") is True
    assert page.evaluate("Object.keys(window).filter((key) => key.includes('GISPLAN'))") == []
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    context.close()


@pytest.mark.browser
def test_axe_finds_nothing(browser, figures, tmp_path):
    path = tmp_path / "report.html"
    told = document(
        chapter(
            Paragraph(text=both("本文")), Heading(title=both("節")), board(), picture("curve", 160.0, 100.0)
        )
    )
    path.write_text(web_page(told, figures=figures), "utf-8")
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.goto(path.as_uri())
    assert axe.violations(page) == []
    context.close()
