"""The pages of a check: nothing loads or runs, all is said in words, and everybody can read them."""

import dataclasses
import itertools
import json
import re
from contextlib import contextmanager
from functools import cache
from html.parser import HTMLParser

import axe
import pytest
from browser_tabs import tab
from trial_map import HOSTILE

from gisplan.core.checkup import (
    LIGHTS,
    Checkup,
    FileTold,
    FindingTold,
    LayerTold,
    PlanTold,
    RejectTold,
    Rows,
    StopTold,
    Tally,
)
from gisplan.core.words import Text
from gisplan.maps import check_page as pages
from gisplan.maps.policy import outside

MARKER = "GISPLAN_RAN"
DESK = {"width": 1200, "height": 900}
PHONE = {"width": 390, "height": 844}
A4 = {"width": 703, "height": 1020}


def plain(text):
    return text


def made(say=plain, **changes):
    """Return what could be told of a plan with every kind of light, each text said by `say`."""

    def both(ja, en=None):
        return Text(ja=say(ja), en=say(en or ja))

    def file(name, **more):
        held = {
            "sha256": "0123456789ab", "driver": "csv", "encoding": "cp932", "encoding_how": "strict",
            "crs": "JGD2011 第VIII系 (EPSG:6676)", "crs_how": "file", "inside": 0.998,
            "rows": Rows(read=98, kept=93, mended=5),
        }  # fmt: skip
        return FileTold(file=say(name), **{**held, **more})

    def finding(layer, severity, code="geom.invalid"):
        return FindingTold(
            code=code, severity=severity, layer=layer, subject=say("data/zone.shp"),
            reason=both("図形を直しました。", "Mended."), do=both("元の資料を直してください。", "Mend the source."),
        )  # fmt: skip

    stop = StopTold(
        code="file.empty", severity="S3", file=say("data/hub.csv"), place=say("data/hub.csv:2"),
        what=both("中身が空です。", "It is empty."), do=both("もう一度コピーしてください。", "Copy it again."),
    )  # fmt: skip
    reject = RejectTold(
        file=say("data/house.csv"), row=7, column=say("緯度"), value=say("三十五度"),
        reason=both("読めません。", "Unreadable."), do=both("直してください。", "Mend it."),
    )  # fmt: skip
    layers = (
        LayerTold(layer="hub", title=both("拠点施設", "Hub"), kind="point", light="red", assessed=False, stops=(stop,)),
        LayerTold(
            layer="zone", title=both("用途地域", "Use zone"), kind="polygon", light="yellow",
            rows=Rows(read=98, kept=93, mended=5), files=(file("data/zone.shp"),),
            findings=(finding("zone", "S2"), finding("zone", "S3"), finding("zone", "S4")),
        ),
        LayerTold(
            layer="vacant_house", title=both("空家等", "Vacant house"), kind="point", light="red",
            rows=Rows(read=30, kept=0, refused=30), rejects=(reject,) * 20, findings=(finding("vacant_house", "S1"),),
            files=(file("data/house.csv", rows=Rows(read=30, refused=30), inside=None, encoding_how="new way"),),
        ),
        LayerTold(
            layer="shop", title=both("店", "Shop"), kind="point", light="green", rows=Rows(read=2, kept=2),
            files=(file("a.gpkg", crs="", crs_how="table"), file("b.gpkg", encoding="", encoding_how="")),
        ),
        LayerTold(layer="school", title=both("学校"), kind="point", light="grey", assessed=False, rows=Rows()),
        LayerTold(layer="medical", title=both("医療", "Medical"), kind="point", light="grey", told=False),
        LayerTold(layer="gtfs", title=both("GTFS"), kind="point", light="grey", given=False, assessed=False),
    )  # fmt: skip
    held = {
        "title": say("架空の計画"), "municipality": ("22212",), "place": say("架空市"), "law_date": "2026-11-01",
        "audience": "internal", "language": "ja", "made_up": True, "judged": False, "layers": layers,
        "others": (finding("", "S4"),), "verdicts": (Tally(title=both("できる", "Yes"), count=3),),
    }  # fmt: skip
    return Checkup(**{**held, **changes})


def many(say=plain):
    """Return three plans: one that was read, one that was stopped, one that could not be examined."""
    (stop,) = made(say).layers[0].stops
    return (
        PlanTold(folder=say("a市"), exit_code=2, checkup=made(say)),
        PlanTold(folder=say("b市"), exit_code=0, checkup=made(say, judged=True, audience="public")),
        PlanTold(folder=say("c市"), exit_code=3, problems=(stop,)),
    )


def all_page(say=plain):
    return pages.check_all_page(many(say), title=say("県"), language="ja")


class Read(HTMLParser):
    """Reads a page into its elements, each with its attributes and the text inside."""

    def __init__(self, page):
        super().__init__()
        self.elements, self.open = [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        one = {"tag": tag, "at": dict(attrs), "text": "", "inside": [element["tag"] for element in self.open]}
        self.elements.append(one)
        if tag not in {"meta", "link", "br"}:
            self.open.append(one)

    def handle_endtag(self, tag):
        assert self.open[-1]["tag"] == tag, "every element is closed where it was opened"
        self.open.pop()

    def handle_data(self, data):
        for one in self.open:
            one["text"] += data

    def all(self, *tags):
        return [one for one in self.elements if one["tag"] in tags]


PAGES = {"one": lambda say=plain: pages.check_page(made(say)), "all": all_page}


# ---- what the pages say ------------------------------------------------------------------------------


def test_the_page_tells_every_layer_with_its_light_in_words():
    page = pages.check_page(made())
    for word in ("拠点施設", "用途地域", "空家等", "店", "学校", "医療", "GTFS"):
        assert word in page
    for light in LIGHTS:
        words = pages.check_words()["lights"][light]
        assert words["short"].ja in page
        assert words["short"].en in page
    for said in ("data/hub.csv:2", "file.empty", "もう一度コピーしてください。", "Copy it again.", "三十五度",
                 "0123456789ab", "CP932（規則）", "CP932 (by rule)", "JGD2011 zone VIII (EPSG:6676) (the file)",
                 "99.8%", "new way", "2026-11-01", "架空市", "22212"):  # fmt: skip
        assert said in page, said
    assert "許可や認定ではなく" in page
    assert "It is no permit" in page


def test_refused_data_are_not_judged_and_the_page_says_so():
    words = pages.check_words()["words"]["refused"]
    assert words.ja in pages.check_page(made())
    assert words.ja not in pages.check_page(made(judged=True))


def test_the_gravest_come_first():
    page = pages.check_page(made())
    cards = [one["at"]["class"].split()[1] for one in Read(page).all("article")]
    assert cards == ["red", "red", "yellow", "green", "grey", "grey"]
    order = re.findall(r'severity (S\d)"', page[page.index('id="layer-3"') :])
    assert order == ["S2", "S3", "S4"]


def test_rows_that_were_refused_are_cut_at_twenty_and_the_page_says_so():
    assert "先頭の 20 行まで" in pages.check_page(made())
    shown = made()
    layers = tuple(dataclasses.replace(layer, rejects=layer.rejects[:1]) for layer in shown.layers)
    one = [dataclasses.replace(file, rows=Rows(read=1, refused=1)) for file in layers[2].files]
    layers = (*layers[:2], dataclasses.replace(layers[2], files=tuple(one)), *layers[3:])
    assert "行まで" not in pages.check_page(dataclasses.replace(shown, layers=layers))


def test_a_fingerprint_column_is_for_the_office():
    assert "sha256" in pages.check_page(made())
    assert "sha256（" not in pages.check_page(made(audience="public"))
    assert pages.check_words()["words"]["withheld"].ja in pages.check_page(made(audience="partner"))


@pytest.mark.parametrize(
    ("share", "said"),
    [(None, ""), (0.0, "0%"), (1.0, "100%"), (0.9999, "99.9%"), (0.00001, "0.1%"), (0.5, "50.0%")],
)
def test_a_share_is_never_rounded_to_all_or_nothing(share, said):
    assert pages.inside_text(share) == said


def test_the_share_of_several_files_counts_their_rows():
    one, two = made().layers[1].files[0], made().layers[3].files[0]
    two = dataclasses.replace(two, inside=0.5, rows=Rows(read=2, kept=2))
    assert pages.inside_of((one, two)) == pytest.approx((0.998 * 98 + 0.5 * 2) / 100)
    assert pages.inside_of((one, dataclasses.replace(two, inside=None))) is None
    assert pages.inside_of(()) is None


def test_the_overview_tells_each_plan_and_opens_its_page():
    page = all_page()
    links = [one["at"]["href"] for one in Read(page).all("a")]
    assert links == ["#plans", "./plans/a%E5%B8%82/check.html", "./plans/b%E5%B8%82/check.html"]
    assert "点検できない" in page
    assert "中身が空です。" in page


def test_the_same_input_gives_the_same_bytes():
    assert pages.check_page(made()) == pages.check_page(made())
    assert all_page() == all_page()


# ---- nothing loads, nothing runs -----------------------------------------------------------------------


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_a_policy_one_script_and_no_handler(name):
    page = PAGES[name]()
    assert outside(page) == []
    (script,) = Read(page).all("script")
    assert script["at"] == {}
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)[1]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not any(attribute.startswith("on") for one in Read(page).elements for attribute in one["at"])


def shape(page):
    return [(one["tag"], sorted(one["at"])) for one in Read(page).elements]


@cache
def plain_shape(name):
    return shape(PAGES[name](lambda _text: "x"))


@pytest.mark.parametrize(("name", "text"), list(itertools.product(PAGES, HOSTILE)))
def test_a_hostile_text_makes_no_element_and_no_attribute(name, text):
    assert shape(PAGES[name](lambda _text: text)) == plain_shape(name)


# ---- for everybody -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PAGES)
def test_a_page_can_be_read_without_seeing_it(name):
    page = Read(PAGES[name]())
    (root,) = page.all("html")
    assert root["at"]["lang"] == "ja"
    assert len(page.all("h1")) == len(page.all("main")) == 1
    levels = [int(one["tag"][1]) for one in page.all("h1", "h2", "h3")]
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    assert len(page.all("caption")) == len(page.all("table"))
    assert all(
        one["text"].strip() for one in page.all("caption", "th", "h1", "h2", "h3", "button", "a", "title")
    )
    assert all(one["at"].get("scope") in {"col", "row"} for one in page.all("th"))
    ids = [one["at"]["id"] for one in page.elements if "id" in one["at"]]
    assert len(ids) == len(set(ids))
    named = [one["at"]["aria-labelledby"] for one in page.elements if "aria-labelledby" in one["at"]]
    targets = [one["at"]["href"][1:] for one in page.all("a") if one["at"]["href"].startswith("#")]
    assert {*named, *targets} <= set(ids)
    lights = [one for one in page.all("span") if one["at"].get("class", "").startswith("light")]
    assert lights
    assert all(len(one["text"].strip()) > 2 for one in lights), (
        "a light is a sign and a word, not a colour alone"
    )


@contextmanager
def opened(browser, page, tmp_path, *, viewport=DESK, scripts=True):
    """Open a page with the network off and note everything that goes wrong."""
    path = tmp_path / "page.html"
    path.write_text(page, "utf-8", newline="\n")
    with tab(browser, viewport=viewport, java_script_enabled=scripts) as (view, seen):
        view.goto(path.as_uri())
        yield view, seen


def faultless(seen):
    return len(seen["requests"]) == 1 and not seen["console"] and not seen["errors"]


@pytest.mark.browser
@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_loaded_and_both_languages_are_a_button_away(browser, tmp_path, name):
    with opened(browser, PAGES[name](), tmp_path) as (view, seen):
        assert "点検" in view.title()
        assert "Mend" not in view.inner_text("main")
        view.focus("#language")
        view.keyboard.press("Enter")
        assert view.get_attribute("html", "lang") == "en"
        assert "Check of the data" in view.title()
        assert "直した" not in view.inner_text("main")
        view.click("#language")
        assert view.get_attribute("html", "lang") == "ja"
        assert faultless(seen), seen


@pytest.mark.browser
@pytest.mark.parametrize("name", PAGES)
def test_without_scripts_all_is_there(browser, tmp_path, name):
    with opened(browser, PAGES[name](), tmp_path, scripts=False) as (view, _):
        assert "もう一度コピーしてください。" in view.inner_text("main")


@pytest.mark.browser
@pytest.mark.parametrize(("name", "viewport"), list(itertools.product(PAGES, (DESK, PHONE, A4))))
def test_no_page_scrolls_sideways(browser, tmp_path, name, viewport):
    with opened(browser, PAGES[name](), tmp_path, viewport=viewport) as (view, _):
        for media, language in itertools.product(("screen", "print"), ("ja", "en")):
            view.evaluate(f"document.documentElement.lang = '{language}'")
            view.emulate_media(media=media)
            if media == "print" and viewport is not A4:
                continue
            assert view.evaluate("document.documentElement.scrollWidth <= innerWidth"), (media, language)


CONTRAST = """() => {
  const parts = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = (colour) => { const [r, g, b] = parts(colour).slice(0, 3).map((part) => part / 255)
    .map((part) => part <= .04045 ? part / 12.92 : ((part + .055) / 1.055) ** 2.4);
    return .2126 * r + .7152 * g + .0722 * b; };
  const behind = (one) => { for (; one; one = one.parentElement) { const colour = getComputedStyle(one).backgroundColor;
    if (parts(colour).length === 3 || parts(colour)[3] === 1) return colour; } return "rgb(255, 255, 255)"; };
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT); const found = [];
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const one = node.parentElement;
    if (!node.textContent.trim() || !one.checkVisibility() || one.closest("script, .unseen")) continue;
    const [a, b] = [light(getComputedStyle(one).color), light(behind(one))].sort((x, y) => y - x);
    found.push([(a + .05) / (b + .05), one.className + " " + node.textContent.trim().slice(0, 30)]);
  }
  return found;
}"""


@pytest.mark.browser
@pytest.mark.parametrize(("name", "viewport"), list(itertools.product(PAGES, (DESK, PHONE))))
def test_axe_finds_nothing(browser, tmp_path, name, viewport):
    with opened(browser, PAGES[name](), tmp_path, viewport=viewport) as (view, _):
        assert axe.violations(view) == []


@pytest.mark.browser
@pytest.mark.parametrize("name", PAGES)
def test_every_text_stands_out_from_what_lies_behind_it(browser, tmp_path, name):
    with opened(browser, PAGES[name](), tmp_path) as (view, _):
        found = view.evaluate(CONTRAST)
        assert len(found) > 40
        assert [one for one in found if one[0] < 4.5] == []


def hostile_page(name):
    """Return a page with a hostile text in every place, and every hostile text in one: a cell, or a folder's name."""
    turn = itertools.count()

    def say(_text):
        return HOSTILE[next(turn) % len(HOSTILE)]

    if name == "all":
        told = (*many(say), *(PlanTold(folder=text, exit_code=3) for text in HOSTILE))
        return pages.check_all_page(told, title=say(""), language="ja")
    shown = made(say)
    (reject, *_) = shown.layers[2].rejects
    rejects = tuple(dataclasses.replace(reject, value=text) for text in HOSTILE)
    layers = (*shown.layers[:2], dataclasses.replace(shown.layers[2], rejects=rejects), *shown.layers[3:])
    return pages.check_page(dataclasses.replace(shown, layers=layers))


@pytest.mark.browser
@pytest.mark.parametrize("name", PAGES)
def test_hostile_texts_run_nowhere_and_are_shown_as_they_are(browser, tmp_path, name):
    with opened(browser, hostile_page(name), tmp_path) as (view, seen):
        view.click("#language")
        view.evaluate("for (const one of document.querySelectorAll('main a')) one.focus()")
        assert view.evaluate(f"window.{MARKER}") is None
        assert view.evaluate("document.querySelectorAll('img, iframe, svg, base, script').length") == 1
        held = view.eval_on_selector_all("main bdi", "found => found.map(one => one.textContent)")
        # A browser takes every kind of line break in a file for the same.
        assert {re.sub("\r\n?", "\n", text) for text in HOSTILE} <= set(held)
        assert faultless(seen), seen


def test_what_is_told_is_plain_json():
    held = json.loads(json.dumps(dataclasses.asdict(made()), ensure_ascii=False))
    assert held["layers"][1]["files"][0]["rows"] == {"read": 98, "kept": 93, "mended": 5, "refused": 0}
