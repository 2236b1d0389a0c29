"""A book of maps by district: an overview, then a page for each area with its number, name and neighbours."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import geopandas as gpd
import shapely

from gisplan.core.errors import ConfigurationError, Problem
from gisplan.core.words import Text
from gisplan.maps import style
from gisplan.maps.sheets.nouns import Extent, Inset, MapSheet, Pointer, Shown
from gisplan.maps.words import MapLayer
from gisplan.plan.captions import caption
from gisplan.plan.sheets.known import book_overview, book_page
from gisplan.plan.sheets.standard import Ground, bounds_of, chosen, extent_of, sheet_of

BOOK = "map_book"
REACH = 0.6
"""A page shows features so far around its area, by the longer side of the area."""

AREA = 0.1
"""How much an area covers on its page [0–1]."""


def book_of(ground: Ground) -> tuple[MapSheet, ...]:
    """Return the pages of the book that a plan asks for, the overview first; none where it asks for none.

    Parameters
    ----------
    ground
        What sheets are made of.

    Raises
    ------
    ConfigurationError
        If there is no area for the book.
    """
    name = ground.plan.printing.book
    if not name:
        return ()
    layer = next(iter(chosen(ground.layers, [name])), None)
    if layer is None:
        place = f"{ground.plan.file}:{ground.plan.printing.line} print.book"
        raise ConfigurationError(Problem(code="print.book_empty", place=place, values={"layer": name}))
    rows = _in_order(layer)
    pages = [_page(ground, layer, rows, at) for at in range(len(rows))]
    return (_overview(ground, layer), *pages)


def _in_order(layer: MapLayer) -> gpd.GeoDataFrame:
    """Return the areas of a book from the north-west to the south-east, as one reads."""
    centres = shapely.centroid(layer.table.geometry.to_numpy())
    ordered = layer.table.assign(_north=-shapely.get_y(centres).round(), _west=shapely.get_x(centres).round())
    return ordered.sort_values(["_north", "_west", "id"], kind="stable", ignore_index=True)


def _overview(ground: Ground, layer: MapLayer) -> MapSheet:
    own = book_overview()
    sheet = sheet_of(own, ground, extent_of(own, ground.layers) or bounds_of(layer.table))
    title = _title(ground, layer, own.title)
    return dataclasses.replace(sheet, title=title, shown=_with_areas(sheet.shown, layer), backdrop=None)


def _title(ground: Ground, layer: MapLayer, title: Text) -> str:
    language = ground.plan.language
    return caption("sheet_book", layer=layer.title.of(language), title=title.of(language)).of(language)


def _page(ground: Ground, layer: MapLayer, rows: gpd.GeoDataFrame, at: int) -> MapSheet:
    own, language = book_page(), ground.plan.language
    extent = bounds_of(rows.iloc[[at]])
    near = extent.grown(max(extent.width, extent.height) * REACH)
    lean = dataclasses.replace(ground, layers=tuple(_within(one, near) for one in ground.layers))
    options = dataclasses.replace(own, around=(), scale=ground.plan.printing.book_scale)
    sheet = sheet_of(options, lean, extent)
    called = _called(layer, rows, at, ground)
    number = caption("sheet_page", number=at + 1, count=len(rows)).of(language)
    return dataclasses.replace(
        sheet,
        title=called,
        subtitle=f"{sheet.subtitle}　{number}",
        shown=_with_areas(sheet.shown, layer),
        inset=_inset(ground, layer),
        pointers=tuple(_pointer(layer, rows, other, ground) for other in range(len(rows)) if other != at),
        place=f"{ground.plan.file}:{ground.plan.printing.line} print.scale {called}",
    )


def _within(layer: MapLayer, extent: Extent) -> MapLayer:
    """Return a layer with the features that a page may show: its legend says no others."""
    box = shapely.box(extent.west, extent.south, extent.east, extent.north)
    keep = shapely.intersects(box, layer.table.geometry.to_numpy())
    return dataclasses.replace(layer, table=gpd.GeoDataFrame(layer.table[keep], crs=layer.table.crs))


def _with_areas(shown: Sequence[Shown], layer: MapLayer) -> tuple[Shown, ...]:
    """Return layers with that of the book on top of all areas and lines, its names written."""
    rest = [one for one in shown if one.layer.name != layer.name]
    marked = [one.layer.kind == "point" or style.look_of(one.layer).symbol == "site" for one in rest]
    above = [one for one, high in zip(rest, marked, strict=True) if high]
    below = [one for one, high in zip(rest, marked, strict=True) if not high]
    return (*below, Shown(layer=layer, labelled=True, fill=AREA), *above)


def _called(layer: MapLayer, rows: gpd.GeoDataFrame, at: int, ground: Ground) -> str:
    value = style.key(rows["name"].iloc[at]) if "name" in rows else ""
    name = style.title_of(layer, "name", value).of(ground.plan.language) or str(rows["id"].iloc[at])
    return f"{at + 1}　{name}"


def _pointer(layer: MapLayer, rows: gpd.GeoDataFrame, at: int, ground: Ground) -> Pointer:
    return Pointer(text=_called(layer, rows, at, ground), extent=bounds_of(rows.iloc[[at]]))


def _inset(ground: Ground, layer: MapLayer) -> Inset | None:
    around = chosen(ground.layers, book_page().around)
    extent = extent_of(book_page(), ground.layers)
    if extent is None:
        return None
    return Inset(
        shown=(*(Shown(layer=one, quiet=True) for one in around), Shown(layer=layer, fill=0.3)), extent=extent
    )
