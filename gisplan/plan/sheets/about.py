"""What a map for print shows, in words and figures, for those who do not see it."""

from __future__ import annotations

from collections.abc import Iterable

import shapely

from gisplan.core.words import Language, Text
from gisplan.maps import style
from gisplan.maps.sheets.nouns import Shown
from gisplan.maps.words import MapLayer
from gisplan.plan.captions import caption
from gisplan.plan.withheld import HOUSES

MOST = 8
"""Classes of a layer that are named with their numbers; of more only the number is said."""

SQUARE_METRES, METRES = 10_000.0, 1_000.0


def about(title: Text, shown: Iterable[Shown], language: Language) -> str:
    """Return a sentence a layer on what a sheet shows.

    Parameters
    ----------
    title
        Of the sheet.
    shown
        Its layers in the order in which they are drawn; quiet ones are ground and not told.
    language
        The language of the sheet.
    """
    told = [_layer(one.layer, language) for one in reversed(tuple(shown)) if _counts(one)]
    between = "" if language == "ja" else " "
    return between.join([caption("sheet_about", title=title.of(language)).of(language), *told])


def _counts(one: Shown) -> bool:
    return not one.quiet and style.look_of(one.layer).symbol != "land"


def _layer(layer: MapLayer, language: Language) -> str:
    shapes = layer.table.geometry.to_numpy()
    # A mark is a record of a list, and a house in two lists has two of them.
    key = "sheet_about_records" if layer.name == HOUSES else f"sheet_about_{layer.kind}"
    amount = 0.0
    if layer.kind == "polygon":
        amount = float(shapely.area(shapes).sum()) / SQUARE_METRES
    elif layer.kind == "line":
        amount = float(shapely.length(shapes).sum()) / METRES
    said = caption(
        key, title=layer.title.of(language), count=f"{len(layer.table):,}", amount=f"{amount:,.1f}",
        classes=_classes(layer, language),
    )  # fmt: skip
    return said.of(language)


def _classes(layer: MapLayer, language: Language) -> str:
    """Return the classes of a layer with their numbers in brackets, "" where it has none."""
    _, entries = style.classes(layer)
    if not entries or len(entries) > MOST:
        return ""
    told = [f"{entry.title.of(language)} {entry.count:,}" for entry in entries]
    return f"（{'、'.join(told)}）" if language == "ja" else f" ({', '.join(told)})"
