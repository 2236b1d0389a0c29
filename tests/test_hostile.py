"""No text of a file runs anywhere: 102 hostile texts in every text field of every layer, every output looked at."""

import csv
import io
import json
import re
import sqlite3
import subprocess
import sys
import unicodedata
import zipfile
from contextlib import closing
from types import SimpleNamespace

import hostile_town
import lxml.etree as ET  # noqa: N812 (as everyone calls it)
import pytest
from hostile_town import CANARY, CATALOGUE, TEXTS, texts_of
from village.on_disk import asked, everything

from gisplan.core.tables import contracts
from gisplan.core.visible import INVISIBLE
from gisplan.maps import csv_files
from gisplan.maps.qml import clean

SMALL = ("municipality", "zone", "hub", "promotion_area")
TRIGGERS = (
    r"rtree_.*_geom_(insert|update\d*|delete)",
    r"trigger_(insert|delete)_feature_count_.*",
    r"gpkg_.*",
)
"""The triggers that the standard asks for, and that GDAL counts rows with."""

PARTS = "external|vba|connection|query|embed|drawing|macro"
"""Parts of a workbook that could run or load something."""

NOTE = {"xml", "shapelayout", "idmap", "shapetype", "stroke", "path", "shape", "fill", "shadow", "textbox", "div",
        "ClientData", "MoveWithCells", "SizeWithCells", "Anchor", "AutoFill", "Row", "Column"}  # fmt: skip
"""What the shape of a note is made of."""

LOADED = "img, iframe, base, object, form, math, template, meta[http-equiv=refresh]"


def gisplan(folder, *arguments):
    command = [sys.executable, "-m", "gisplan", *map(str, arguments)]
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    return SimpleNamespace(code=done.returncode, out=done.stdout.decode(), err=done.stderr.decode())


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    """Return the folder of a hostile town after a whole run, and what the run said."""
    folder = tmp_path_factory.mktemp("hostile")
    hostile_town.build(folder)
    before = everything(folder)
    said = gisplan(folder, "run", "plan.toml")
    assert (said.code, said.err) == (0, "")
    assert {path: data for path, data in everything(folder).items() if not path.startswith("out/")} == before
    return SimpleNamespace(folder=folder, out=folder / "out", said=said)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    folder = tmp_path_factory.mktemp("small")
    hostile_town.build(folder, layers=SMALL)
    return folder


def harmless(text):
    """Return whether a text moves no cursor, sets no colour, and hides or turns round nothing."""
    return not {unicodedata.category(sign) for sign in text if sign != "\n"} & INVISIBLE


def test_there_are_enough_of_them_and_each_stands_in_every_field():
    assert len(set(TEXTS)) == len(TEXTS) >= 100
    fields = 0
    for name, spec in CATALOGUE.items():
        if name in hostile_town.WITHOUT:
            continue
        table = hostile_town.rows(spec)
        for field in spec.fields.values():
            if field.type == "text" and field.name != "code":
                held = "\n".join(table[field.name])
                assert all(text in held for text in TEXTS), (name, field.name)
                fields += 1
    assert fields >= 70


def test_no_text_wrote_a_file(town):
    assert not list(town.folder.rglob(f"*{CANARY}*"))
    assert not list(town.folder.parent.glob(f"*{CANARY}*"))


def test_the_terminal_is_left_alone(town):
    assert harmless(town.said.out)
    assert "\\x1b[31mred" in town.said.out
    assert "\\u202eabc" in town.said.out
    assert "[red]red[/red]" in town.said.out
    lines = town.said.out.splitlines()
    assert [line for line in lines if line.startswith("break")] == [], "a line break in a name begins no line"


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "plan.toml", "--json", "--quiet"),
        ("check", "plan.toml", "--explain", texts_of("hub")[0]),
        ("check", "plan.toml", "--explain", "\x1b[31m[red]{{7*7}}\u202e", "--json"),
        ("run", "\x1b[31m[red]\u202e.toml"),
        ("\x1b[31m[red]\u202e",),
        ("layers", "\x1b[31m[red]\u202e"),
    ],
)
def test_what_a_command_says_is_harmless(small, arguments, capsys, monkeypatch):
    monkeypatch.chdir(small)
    said = asked(capsys, *arguments, monkeypatch=monkeypatch)
    assert said.code in {0, 2, 3}
    assert said.out + said.err
    assert harmless(said.out + said.err)
    if "--json" in arguments:
        assert (said.err, bool(json.loads(said.out))) == ("", True)


def test_what_is_wrong_with_a_plan_is_said_harmlessly(tmp_path):
    path = tmp_path / "plan.toml"
    wrong = "\\u001b[31m\\u202e[red]{{7*7}}\\n"
    path.write_text(
        f'[plan]\ntitle = "x"\nmunicipality = ["{wrong}"]\ndate = 2026-11-01\naudience = "{wrong}"\n'
        f'"{wrong}" = 1\n[layers."{wrong}"]\npath = "{wrong}"\n[layers.zone]\npath = "{wrong}"\n',
        "utf-8",
    )
    said = gisplan(tmp_path, "run", "plan.toml")
    assert said.code == 3
    assert said.err.count("\n[config.") >= 3
    assert harmless(said.err)
    assert "[red]{{7*7}}" in said.err


def test_the_list_of_layers_takes_no_title_for_a_mark(monkeypatch, capsys):
    import dataclasses

    from gisplan.cli.screen import Screen
    from gisplan.core.words import Text

    told = {
        str(number): dataclasses.replace(CATALOGUE["zone"], name=f"n{number}", title=Text(ja=text, en=text))
        for number, text in enumerate(TEXTS)
    }
    monkeypatch.setenv("COLUMNS", "4000")
    Screen(asked="ja", as_json=False, quiet=True).catalogue(told)
    said = capsys.readouterr().out
    assert harmless(said)
    for text in ("[red]red[/red]", "[link=http://example.com]x[/link]", ":warning:", "[/]"):
        assert text in said


def test_the_workbooks_hold_text_alone(town):
    for name in ("tables.xlsx", "rejects.xlsx"):
        with zipfile.ZipFile(town.out / name) as book:
            parts = book.namelist()
            # The notes of a sheet are shapes of VML, which Excel draws; what they say stands in comments.
            notes = [part for part in parts if re.fullmatch(r"xl/drawings/vmlDrawing\d+\.vml", part)]
            assert not [part for part in parts if re.search(PARTS, part) and part not in notes]
            for part in notes:
                drawn = {element.tag.rpartition("}")[2] for element in ET.fromstring(book.read(part)).iter()}
                assert drawn <= NOTE, part
            for part in parts:
                root = ET.fromstring(book.read(part))
                kinds = {element.tag.rpartition("}")[2] for element in root.iter()}
                assert not kinds & {"f", "ddeLink", "oleLink", "externalReference"}, part
                links = [element for element in root.iter() if element.tag.endswith("}hyperlink")]
                # The contents lead to the sheets of the workbook itself, and nothing else leads anywhere.
                assert not links or (name, part) == ("tables.xlsx", "xl/worksheets/sheet1.xml")
                assert all(set(link.attrib) == {"ref", "location", "display"} for link in links)
                targets = [element.get("TargetMode", "") for element in root.iter()]
                assert "External" not in targets
            shared = "".join(ET.fromstring(book.read("xl/sharedStrings.xml")).itertext())
        assert TEXTS[0] in shared


def test_no_cell_of_a_csv_is_a_formula(town):
    marked = 0
    for path in (town.out / "tables").glob("*.csv"):
        promise = contracts()[path.stem]
        kinds = [column.type for column in promise.columns]
        rows = list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))
        for row in rows[1:]:
            assert len(row) == len(kinds)
            for cell, kind in zip(row, kinds, strict=True):
                number = csv_files.NUMBER.fullmatch(cell) is not None
                if kind in {"text", "words"}:
                    assert number or not cell.startswith(csv_files.FORMULA_SIGNS), (path.name, cell)
                    marked += cell.startswith("'") and cell[1:].startswith(csv_files.FORMULA_SIGNS)
                else:
                    assert (
                        number or cell in {"", "true", "false"} or re.fullmatch(r"\d{4}-\d\d-\d\d", cell)
                    ), cell
    found = (town.out / "tables" / "findings.csv").read_text("utf-8-sig")
    assert f"セルが {marked} 個あります" in found
    assert "out.formula" in found


def test_the_geopackage_runs_nothing_and_keeps_every_text(town):
    with closing(sqlite3.connect(town.out / "layers.gpkg")) as file:
        kinds = dict(file.execute("select name, type from sqlite_master where type in ('view', 'trigger')"))
        assert [name for name, kind in kinds.items() if kind == "view"] == []
        assert [name for name in kinds if not re.fullmatch("|".join(TRIGGERS), name)] == []
        names = {name for (name,) in file.execute("select table_name from gpkg_contents")}
        assert all(re.fullmatch(r"[a-z_]+", name) for name in names), names
        held = {text for (text,) in file.execute("select name from landslide")}
        columns = [row[1] for row in file.execute("pragma table_info(vacant_house)")]
        assert TEXTS[0] not in columns
        styles = [style for (style,) in file.execute("select styleQML from layer_styles")]
    stripped = {text.strip() for text in TEXTS}
    assert held >= {clean(text) for text in stripped if text != "-"} - {""}
    for style in styles:
        ET.fromstring(style.encode(), ET.XMLParser(resolve_entities=False, load_dtd=False))
        assert "expression" not in style


ACTIVE = re.compile(
    rb"/(?:JS|JavaScript|OpenAction|AA|Launch|URI|EmbeddedFiles?|RichMedia|SubmitForm|GoToR)\b"
)
"""Names by which a PDF acts, leads elsewhere or holds files."""

DRAWN = {"svg", "g", "path", "rect", "use", "defs", "clipPath", "style", "image", "metadata", "text", "tspan"}
FIELDS = re.compile(r' (?:SEQ [表図] \\\* ARABIC|TOC \\o "1-\d" \\h \\z \\u|PAGE|NUMPAGES) ')


def test_the_document_holds_text_and_pictures_alone(town):
    with zipfile.ZipFile(town.out / "plan.docx") as document:
        parts = {name: document.read(name) for name in document.namelist()}
    assert not [name for name in parts if re.search(r"vba|embed|activeX|afchunk|macro", name, re.IGNORECASE)]
    assert {name.rpartition(".")[2] for name in parts} == {"xml", "rels", "png"}
    roots = {
        name: ET.fromstring(data, ET.XMLParser(resolve_entities=False, load_dtd=False))
        for name, data in parts.items()
        if not name.endswith(".png")
    }
    for name, root in roots.items():
        kinds = {element.tag.rpartition("}")[2] for element in root.iter()}
        assert not kinds & {
            "object",
            "OLEObject",
            "control",
            "altChunk",
            "subDoc",
            "fldSimple",
            "ddeLink",
            "pict",
        }, name
        assert "External" not in [element.get("TargetMode") for element in root.iter()]
    body = roots["word/document.xml"]
    fields = {element.text for element in body.iter("{*}instrText")}
    assert [field for field in fields if not FIELDS.fullmatch(field)] == []
    links = {key.rpartition("}")[2] for link in body.iter("{*}hyperlink") for key in link.attrib}
    assert links <= {"anchor", "history"}, "links stay in the document"
    said = "".join(body.itertext())
    assert "<script>window.GISPLAN_RAN=1</script>" in said
    assert "=cmd|" in said, "a text that a cell would run stands as it is"


def test_the_figures_are_drawn_and_do_nothing(town):
    drawings = sorted((town.out / "figures").glob("*.svg"))
    assert {path.stem for path in drawings} >= {"map_houses", "curve_vacant_house"}
    for path in drawings:
        root = ET.fromstring(
            path.read_bytes(), ET.XMLParser(resolve_entities=False, load_dtd=False, no_network=True)
        )
        elements = [element for element in root.iter() if isinstance(element.tag, str)]
        assert {element.tag.rpartition("}")[2] for element in elements} <= DRAWN, path.name
        for name, value in ((name, value) for element in elements for name, value in element.attrib.items()):
            assert not name.startswith("on")
            assert not name.endswith("href") or value.startswith(("#", "data:image/png;base64,")), value[:80]
            assert "url(" not in value or value.startswith("url(#"), value[:80]
    papers = sorted((town.out / "figures").glob("*.pdf"))
    assert {path.stem for path in papers} >= {"map_houses", "curve_vacant_house"}
    for path in papers:
        bare = re.sub(rb"stream\r?\n.*?endstream", b"", path.read_bytes(), flags=re.DOTALL)
        assert ACTIVE.findall(bare) == [], path.name


def test_the_project_for_qgis_runs_nothing(town):
    with zipfile.ZipFile(town.out / "layers.qgz") as packed:
        (name,) = packed.namelist()
        text = packed.read(name)
    root = ET.fromstring(text, ET.XMLParser(resolve_entities=False, load_dtd=False))
    kinds = {element.tag for element in root.iter()}
    assert not kinds & {
        "Macros",
        "attributeactions",
        "mapTip",
        "expressionfields",
        "defaults",
        "editforminitcode",
    }
    assert {element.text.partition("|")[0] for element in root.iter("datasource")} == {"./layers.gpkg"}
    assert "<script>window.GISPLAN_RAN=1</script>" in "".join(root.itertext())


def test_the_manifest_is_json_that_shows_nothing_false(town):
    text = (town.out / "manifest.json").read_text("utf-8")
    assert harmless(text)

    def refuse(word):
        raise AssertionError(word)

    told = json.loads(text, parse_constant=refuse)
    assert "<script>" in told["plan"]["title"]


@pytest.mark.browser
def test_the_report_runs_nothing_asks_for_nothing_and_shows_the_texts(browser, town):
    page = (town.out / "report.html").as_uri()
    seen = {"requests": [], "console": [], "errors": [], "dialogs": []}
    context = browser.new_context(offline=True)
    view = context.new_page()
    view.on("request", lambda request: seen["requests"].append(request.url.partition("base64")[0]))
    view.on("console", lambda message: seen["console"].append(message.text))
    view.on("pageerror", lambda error: seen["errors"].append(str(error)))
    view.on("dialog", lambda dialog: seen["dialogs"].append(dialog.message))
    view.goto(page)
    assert view.evaluate(f"window.{CANARY}") is None
    asked = [request for request in seen.pop("requests") if not request.startswith("data:image/")]
    assert (asked, seen) == ([page], {"console": [], "errors": [], "dialogs": []})
    assert (
        view.evaluate(
            "document.querySelectorAll('script, iframe, base, object, form, math, template').length"
        )
        == 0
    )
    links = view.eval_on_selector_all(
        "[href], [src], [action], [formaction]",
        "found => found.map(one => one.getAttribute('href') || one.getAttribute('src') || one.outerHTML)",
    )
    assert [link for link in links if not link.startswith(("#", "data:"))] == []
    said = view.evaluate("document.body.textContent")
    assert "<script>window.GISPLAN_RAN=1</script>" in said
    assert "{{7*7}}" in said
    context.close()


@pytest.mark.browser
def test_the_map_runs_nothing_asks_for_nothing_and_shows_every_text(browser, town):
    page = (town.out / "map.html").as_uri()
    seen = {"requests": [], "console": [], "errors": [], "dialogs": []}
    context = browser.new_context(offline=True)
    view = context.new_page()
    view.on("request", lambda request: seen["requests"].append(request.url))
    view.on("console", lambda message: seen["console"].append(message.text))
    view.on("pageerror", lambda error: seen["errors"].append(str(error)))
    view.on("dialog", lambda dialog: seen["dialogs"].append(dialog.message))
    view.goto(page)
    view.wait_for_selector("html.gp-ready", timeout=30_000)
    opening = "document.querySelectorAll('details').forEach(found => { found.open = true; })"
    every = """for (const set of gisplan.atlas.listed) { gisplan.atlas.turn(set, true);
        for (const feature of set.features.slice(0, 3)) gisplan.atlas.visit(set, feature); } 0"""
    for step in (opening, every, "document.querySelector('#language').click()", opening, every):
        view.evaluate(step)
    view.fill(".gp-query", "a")
    view.wait_for_timeout(200)
    assert view.evaluate(f"window.{CANARY}") is None
    assert seen == {"requests": [page], "console": [], "errors": [], "dialogs": []}
    links = view.eval_on_selector_all(
        "[href], [src], [action], [formaction]", "found => found.map(one => one.outerHTML)"
    )
    assert [
        link for link in links if not re.match(r'<a [^>]*href="#|<link rel="icon" href="data:,">', link)
    ] == []
    assert view.evaluate(f"document.querySelectorAll('{LOADED}').length") == 0
    held = view.evaluate("gisplan.atlas.sets.find(set => set.block.name === 'landslide').features.length")
    assert held >= 95
    names = view.evaluate(
        """(() => { const set = gisplan.atlas.sets.find(one => one.block.name === 'landslide');
        return set.features.map(found => set.name(found.at)); })()"""
    )
    assert {text.strip() for text in TEXTS} - set(names) <= {"-", ""}
    context.close()
