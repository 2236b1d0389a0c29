"""The page around the map: title, figures, legend, tables, notes and credits, made for readers of all kinds.

Texts of the plan go through Jinja2 once, with everything escaped, and never through branca.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any

from jinja2 import BaseLoader, Environment, Template
from markupsafe import Markup

from gisplan.core.words import Text
from gisplan.maps import assets, base_maps, encode, slim, style
from gisplan.maps.compose import labelled
from gisplan.maps.story.encode import story_words
from gisplan.maps.words import Heading, MapLayer, Page, Sheet

ROWS_IN_PAGE = 300
"""A longer table stands in the page as data and is made when it is opened."""

WIDTHS = (("w", 30), ("m", 5))
"""Classes of columns and the signs of a text from which on they count: narrow ones break it every few signs."""

CODE = ("tables.js", "page.js")
SHEETS = ("page.css", "paper.css")
ROWS_CODE, ROWS_SHEET = "rows.js", "rows.css"
"""What a page needs beside them where a layer tells of its features."""

ROWS_WORDS = ("rows", "layer_name", "layer_id", "layer_visit")
PAPERS = ("a4_landscape", "a4_portrait", "a3_landscape", "a3_portrait")
"""Sheets on which the page can be printed, the first of them unless a reader chooses."""

MISSING = "—"


def render(page: Page, *, header: Markup, map: Markup, script: Markup) -> str:  # noqa: A002 (names of the template)
    """Return the page as HTML.

    Parameters
    ----------
    page
        What it holds.
    header, map, script
        The parts that folium made: head elements, the map's element with its data blocks, and the code that
        starts the map.
    """
    listed = any(_listed(layer) for layer in page.layers)
    styles, codes = (SHEETS, CODE) if not listed else ((*SHEETS, ROWS_SHEET), (ROWS_CODE, *CODE))
    return _template().render(
        page=dataclasses.replace(
            page, title=encode.short_text(page.title), subtitle=encode.short_text(page.subtitle)
        ),
        other="en" if page.language == "ja" else "ja",
        w=style.words(),
        s=story_words(),
        css=Markup("\n".join(slim.sheet(name) for name in styles)),  # noqa: S704 (our own file)
        code=Markup(assets.in_script("\n".join(slim.script(name) for name in codes))),  # noqa: S704 (our own files)
        papers=PAPERS,
        base_credit=base_maps.credit(page.base),
        header=header,
        map=map,
        script=script,
        sheets=[_sheet(sheet) for sheet in page.sheets],
        listed=Markup(encode.data_json(_row_words())) if listed else "",  # noqa: S704 (escaped for its place)
        credits=_credits(page),
    )


@lru_cache(maxsize=1)
def _template() -> Template:
    environment = Environment(loader=BaseLoader(), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(assets.own("page.html"))


def _listed(layer: MapLayer) -> bool:
    """Return whether the page has a table of a layer: it holds something and tells of it."""
    return len(layer.table) > 0 and any(name in layer.table.columns for name, _ in layer.popup)


def _row_words() -> Mapping[str, Any]:
    """Return the words that the tables of the layers need beside those of every map."""
    known = style.words()
    return {key: encode.both(known[key]) for key in ROWS_WORDS}


def _credits(page: Page) -> list[dict[str, Any]]:
    """Return one line per layer that holds something: a map is never without them."""
    return [
        {"title": layer.title, "credit": encode.short_text(layer.credit), "licence": layer.licence}
        for layer in page.layers
        if len(layer.table)
    ]


def _sheet(sheet: Sheet) -> dict[str, Any]:
    columns = [_cells(sheet, heading) for heading in sheet.columns]
    long = len(sheet.ja) > ROWS_IN_PAGE
    return {
        "name": sheet.name,
        "title": sheet.title,
        "columns": sheet.columns,
        "classes": [_class(heading) for heading in sheet.columns],
        "widths": [_width(texts) for texts in columns],
        "more": not all(heading.first for heading in sheet.columns),
        "notes": sheet.notes,
        "count": len(sheet.ja),
        "long": long,
        "rows": [] if long else list(zip(*columns, strict=True)),
        "data": Markup(encode.data_json(_data(sheet, columns))) if long else "",  # noqa: S704 (escaped for its place)
    }


def _class(heading: Heading) -> str:
    """Return the classes of the cells of a column: `n` for numbers, `x` for what is shown when asked for."""
    return " ".join(name for name, on in (("n", heading.number), ("x", not heading.first)) if on)


def _width(texts: list[Text]) -> str:
    """Return the class of a column by its longest text; two Latin signs are as wide as one Japanese."""
    longest = max((max(len(text.ja), len(text.en) / 2) for text in texts), default=0)
    return next((name for name, signs in WIDTHS if longest > signs), "")


def _cells(sheet: Sheet, heading: Heading) -> list[Text]:
    """Return a column as texts in both languages."""
    labels = sheet.labels.get(heading.name, {})
    sides = [
        [
            said(value, heading, language=language)
            for value in labelled(frame[heading.name], labels, language=language)
        ]
        for language, frame in (("ja", sheet.ja), ("en", sheet.en))
    ]
    return [Text(ja=ja, en=en) for ja, en in zip(*sides, strict=True)]


def said(value: Any, heading: Heading, *, language: str) -> str:
    """Return one value of a table as a reader sees it: fixed decimals, a dash where it is missing."""
    plain = encode.cell(value)
    if plain is None or plain == "":
        return MISSING
    if isinstance(plain, bool):
        word = style.words()["yes" if plain else "no"]
        return word.ja if language == "ja" else word.en
    if isinstance(plain, str):
        return str(encode.short(plain))
    if heading.share:
        return percent(plain)
    return f"{plain:,.{heading.digits}f}" if heading.digits is not None else f"{plain:,}"


def percent(share: float) -> str:
    """Return a share from 0 to 1 in percent, its half rounded up as a spreadsheet does."""
    return f"{(Decimal(repr(share)) * 100).quantize(Decimal('0.1'), rounding=ROUND_HALF_UP):,} %"


def _data(sheet: Sheet, columns: list[list[Text]]) -> Mapping[str, Any]:
    """Return a long table as columns with dictionaries; a text that is the same in both stands once."""
    held = []
    for texts in columns:
        values = [text.ja if text.ja == text.en else (text.ja, text.en) for text in texts]
        known = {value: place for place, value in enumerate(dict.fromkeys(values))}
        said_once = [value if isinstance(value, str) else {"ja": value[0], "en": value[1]} for value in known]
        places = [known[value] for value in values]
        repeats = len(known) * 2 <= len(values)
        held.append(
            {"d": said_once, "i": places} if repeats else {"v": [said_once[place] for place in places]}
        )
    return {
        "rows": len(sheet.ja),
        "columns": held,
        "classes": [_class(heading) for heading in sheet.columns],
    }
