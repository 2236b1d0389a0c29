"""The light variant of a page: at most so many bytes, with a word of what was left out, in a stated order.

The order: tables of many rows; finer geometry and the further columns of popups; layers that are hidden at first, the
largest first; the other tables; layers that are shown, the largest first, but for those that a plan is about.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import geopandas as gpd
import shapely

from gisplan.core.words import Text
from gisplan.maps import encode
from gisplan.maps.story.encode import story_words
from gisplan.maps.story.words import Reach, Story
from gisplan.maps.words import Light, MapLayer, Page, Sheet

MOST_BYTES = 1_000_000
"""What many content management systems and file shares of a town hall take as one file."""

FEW_ROWS = 50
TOLERANCES = (2.0, 5.0)
"""How far a line or border may be moved [m], step by step; at a scale of 1:20,000 a screen shows 5 m as one pixel."""

FEW_COLUMNS = 5
CORE = frozenset(
    {"municipality", "priority_district", "promotion_area", "hub", "interchange", "link", "siting_hub"}
)
"""What a plan is about: these layers are never left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lightened:
    """A light page as HTML, and what was left out of it; `page` is what it was made of."""

    html: str
    page: Page


def lighten(
    page: Page, render: Callable[[Page], str], *, whole: str, size: int, most: int = MOST_BYTES
) -> Lightened | None:
    """Return a page in at most so many bytes, None where even the least of it is larger.

    Parameters
    ----------
    page
        The whole page.
    render
        Makes HTML of a page.
    whole
        The name of the file with the whole page, to which the light one leads.
    size
        Bytes of the whole page.
    most
        Bytes that the light one may have.
    """
    steps = _steps(page, whole)
    if size <= most:
        first = next(steps)
        html = render(first)
        if len(html.encode()) <= most:
            return Lightened(html=html, page=first)
    scale = _Scale(page, render)
    for step in steps:
        # Rendering takes its time: only what may fit by the sizes of its parts is made.
        if scale.size(step) > most:
            continue
        html = render(step)
        if len(html.encode()) <= most:
            return Lightened(html=html, page=step)
    return None


class _Scale:
    """Weighs pages by their parts, each weighed once."""

    def __init__(self, page: Page, render: Callable[[Page], str]) -> None:
        bare = dataclasses.replace(page, layers=(), sheets=(), story=Story())
        self._base = len(render(bare).encode())
        self._render = render
        self._bare = bare
        self._known: dict[int, tuple[object, int]] = {}

    def size(self, page: Page) -> int:
        """Return about how many bytes a page has, never more than it really does."""
        parts = [self._of(layer, self._layer) for layer in page.layers]
        parts += [self._of(sheet, self._sheet) for sheet in page.sheets]
        return self._base + sum(parts)

    def _of(self, part: object, weigh: Callable[[object], int]) -> int:
        # The part is held with its weight: a number of an object that is gone may be given to another.
        if id(part) not in self._known:
            self._known[id(part)] = (part, weigh(part))
        return self._known[id(part)][1]

    def _layer(self, layer: object) -> int:
        assert isinstance(layer, MapLayer)  # noqa: S101 (for the types; `_of` gives back what it was given)
        return len(encode.data_json(encode.block(layer)).encode())

    def _sheet(self, sheet: object) -> int:
        assert isinstance(sheet, Sheet)  # noqa: S101
        return len(self._render(dataclasses.replace(self._bare, sheets=(sheet,))).encode()) - self._base


def _steps(page: Page, whole: str) -> Iterator[Page]:
    """Yield the page lighter and lighter."""
    words = story_words()
    light = dataclasses.replace(page, light=Light(whole=whole))
    yield light
    left: list[Text] = []
    long = [sheet for sheet in light.sheets if len(sheet.ja) > FEW_ROWS]
    if long:
        left.append(_filled("light_tables", rows=str(FEW_ROWS), count=str(len(long))))
        light = _with(light, left, sheets=tuple(sheet for sheet in light.sheets if sheet not in long))
        yield light
    for tolerance in TOLERANCES:
        said = [*left, _filled("light_detail", tolerance=f"{tolerance:g}", columns=str(FEW_COLUMNS))]
        light = _with(
            page,
            said,
            sheets=light.sheets,
            layers=tuple(_plainer(one, tolerance) for one in page.layers),
            whole=whole,
        )
        yield light
    left = said
    for name in _by_size(light.layers, visible=False):
        left = [*left, _title(light, name)]
        light = _without(light, left, name)
        yield light
    if light.sheets:
        left = [*left, words["light_all_tables"]]
        light = _with(light, left, sheets=())
        yield light
    for name in _by_size(light.layers, visible=True):
        left = [*left, _title(light, name)]
        light = _without(light, left, name)
        yield light


def _filled(key: str, **values: str) -> Text:
    text = story_words()[key]
    return Text(ja=text.ja.format(**values), en=text.en.format(**values))


def _title(page: Page, name: str) -> Text:
    title = next(layer.title for layer in page.layers if layer.name == name)
    words = story_words()["light_layer"]
    return Text(ja=words.ja.format(title=title.ja), en=words.en.format(title=title.en))


def _with(
    page: Page,
    left: Sequence[Text],
    *,
    sheets: tuple[Sheet, ...] | None = None,
    layers: tuple[MapLayer, ...] | None = None,
    whole: str = "",
) -> Page:
    held = page.light.whole if page.light is not None else whole
    return dataclasses.replace(
        page,
        sheets=page.sheets if sheets is None else sheets,
        layers=page.layers if layers is None else layers,
        light=Light(whole=held, left_out=tuple(left)),
    )


def _without(page: Page, left: Sequence[Text], name: str) -> Page:
    layers = tuple(layer for layer in page.layers if layer.name != name)
    names = frozenset(layer.name for layer in layers)
    return dataclasses.replace(_with(page, left, layers=layers), story=pruned(page.story, names))


def _by_size(layers: Sequence[MapLayer], *, visible: bool) -> list[str]:
    """Return the names of layers that may be left out, the largest first."""
    found = [
        (len(encode.data_json(encode.block(layer))), layer.name)
        for layer in layers
        if layer.visible == visible and layer.name not in CORE
    ]
    return [name for _, name in sorted(found, key=lambda item: (-item[0], item[1]))]


def _plainer(layer: MapLayer, tolerance: float) -> MapLayer:
    """Return a layer with fewer vertices and columns; its rows stay."""
    table = layer.table
    if layer.kind != "point" and table.crs is not None and table.crs.is_projected:
        shapes = shapely.simplify(table.geometry.to_numpy(), tolerance)
        table = table.set_geometry(gpd.GeoSeries(shapes, index=table.index, crs=table.crs))
    answers = [pair for pair in layer.popup if pair[0] in layer.answers]
    rest = [pair for pair in layer.popup if pair not in answers]
    return dataclasses.replace(layer, table=table, popup=(*answers, *rest[:FEW_COLUMNS]))


def pruned(story: Story, names: frozenset[str]) -> Story:
    """Return a story without what it says of layers that are not there.

    Parameters
    ----------
    story
        The story of the whole page.
    names
        The names of the layers that are there.
    """
    reaches = [_reach(one, names) for one in story.reaches]
    swipes = [
        dataclasses.replace(
            one,
            before=tuple(name for name in one.before if name in names),
            after=tuple(name for name in one.after if name in names),
        )
        for one in story.swipes
    ]
    return Story(
        dossiers=tuple(one for one in story.dossiers if one.layer in names),
        reaches=tuple(one for one in reaches if one.united or one.each),
        swipes=tuple(one for one in swipes if one.after),
        chapters=tuple(
            dataclasses.replace(
                one,
                layers=None if one.layers is None else tuple(name for name in one.layers if name in names),
            )
            for one in story.chapters
        ),
    )


def _reach(one: Reach, names: frozenset[str]) -> Reach:
    united, each = one.united in names, one.each in names
    return dataclasses.replace(
        one,
        united=one.united if united else "",
        united_minutes=one.united_minutes if united else (),
        each=one.each if each else "",
        each_minutes=one.each_minutes if each else (),
        each_places=one.each_places if each else (),
        within={name: signs for name, signs in one.within.items() if name in names},
    )
