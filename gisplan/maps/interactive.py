"""The interactive map: folium underneath, our layers on it, and one file that loads nothing.

`PlanLayers` can be added to any `folium.Map`; `draw` makes the whole page, which is a `folium.Map` too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import folium
from branca.element import MacroElement
from folium.template import Template
from markupsafe import Markup

from gisplan.core.map_options import Base
from gisplan.core.words import Language
from gisplan.maps import assets, base_maps, canvas, encode, policy, shell, slim, style
from gisplan.maps.canvas import block
from gisplan.maps.elements import Raw, add_assets, data_block
from gisplan.maps.story.encode import story_block
from gisplan.maps.story.words import Story
from gisplan.maps.words import MapLayer, Page

SCRIPTS = (
    "hatch.js", "gisplan.js", "parts.js", "atlas.js", "shown.js", "place.js", "search.js", "legend.js", "link.js",
    "filters.js", "geodesy.js", "measure.js", "screen.js", "panel.js",
)  # fmt: skip
"""The scripts of every map, in the order in which they need each other."""

LAYER_SCRIPTS = ("labels.js", "paper.js")
"""What a map that shows anything needs beside them."""

BASE_SCRIPT = "base.js"
"""The script of a map that loads tiles."""

STYLES = ("gisplan.css", "controls.css")

STORY_SCRIPTS = ("dossier.js", "reach.js", "swipe.js", "chapters.js", "story.js")
STORY_STYLE = "story.css"
"""What a map with a story needs beside them."""

ZOOM_STEP = 0.25
ZOOM_MOST = 20


class PlanLayers(MacroElement):
    """Layers of a plan with legend, search and popups, for any `folium.Map`.

    Parameters
    ----------
    layers
        What is drawn, in the order of the legend; `style.order` says what lies on top.
    language
        Language of the first view, where the page itself names none.
    home
        West, south, east, north of the first view in degrees; None leaves the view of the map.
    story
        What is told beside the layers, None for nothing.
    bases
        Base maps to choose from, the first of them shown first; none where the map has tiles of its own.
    """

    def __init__(
        self,
        layers: Iterable[MapLayer],
        *,
        language: Language = "ja",
        home: Sequence[float] | None = None,
        story: Story | None = None,
        bases: Iterable[Base] = (),
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "PlanLayers"
        self._layers = tuple(layers)
        self._story = story
        chosen = tuple(bases)
        self._more = (
            *(LAYER_SCRIPTS if self._layers else ()),
            *((BASE_SCRIPT,) if base_maps.loads(chosen) else ()),
            *(STORY_SCRIPTS if story else ()),
        )
        self._settings = {
            "language": language,
            "home": list(home) if home is not None else None,
            "bases": base_maps.offered(chosen),
            "words": {key: encode.both(text) for key, text in style.script_words().items()},
        }

    def render(self, **kwargs: Any) -> str:  # noqa: ARG002
        """Put styles, scripts and data blocks into the figure."""
        figure: Any = self.get_root()
        owner: Any = self._parent
        name = self.get_name()
        tiled = [block.large(layer) for layer in self._layers]
        add_assets(
            figure,
            styles=(*STYLES, *((STORY_STYLE,) if self._story else ())),
            scripts=(*SCRIPTS, *self._more),
        )
        if any(tiled):
            add_assets(figure, styles=canvas.STYLES, scripts=canvas.SCRIPTS)
        blocks = [data_block(name, "settings", self._settings)]
        for layer, large in zip(self._layers, tiled, strict=True):
            made = block.block(layer) if large else encode.block(layer)
            blocks.append(data_block(name, "layer", made))
        if self._story:
            blocks.append(data_block(name, "story", story_block(self._story)))
        figure.html.add_child(Raw("\n".join(blocks)), name=name)
        start = f"gisplan.start({owner.get_name()}, {encode.data_json(name)});"
        figure.script.add_child(Raw(start), name=name)
        return ""


class PlanMap(folium.Map):
    """A `folium.Map` that needs Leaflet alone, says nothing about the size of the page, and loads nothing."""

    # folium's own header forbids zooming the page and sets the size of every map.
    _template = Template(
        """
        {% macro header(this, kwargs) %}{% endmacro %}
        {% macro html(this, kwargs) %}
        <div class="folium-map" id={{ this.get_name()|tojson }}></div>
        {% endmacro %}
        {% macro script(this, kwargs) %}
        var {{ this.get_name() }} = L.map({{ this.get_name()|tojson }}, {
            center: {{ this.location|tojson }},
            crs: L.CRS.{{ this.crs }},
            ...{{ this.options|tojavascript }}
        });
        {% endmacro %}
        """
    )

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"tiles": None, "prefer_canvas": True, "attribution_control": False, **options})
        self._name = "PlanMap"
        self.default_js: list[tuple[str, str]] = []
        self.default_css: list[tuple[str, str]] = []

    def render(self, **kwargs: Any) -> str:
        """Put Leaflet and the map into the figure."""
        figure: Any = self.get_root()
        # What a user adds may need the pictures of Leaflet; our layers draw their own.
        pictures = any(not isinstance(child, PlanLayers) for child in self._children.values())
        style = slim.slim_sheet(assets.leaflet_style(pictures=pictures))
        script = assets.leaflet_script(pictures=pictures)
        figure.header.add_child(Raw(f"<style>{style}</style>"), name="leaflet_css")
        figure.header.add_child(Raw(f"<script>{script}</script>"), name="leaflet")
        super().render(**kwargs)  # type: ignore[no-untyped-call]
        return ""


class PlanFigure(folium.Figure):
    """The page around a map: title, legend, tables, notes, and the policy that lets nothing in."""

    def __init__(self, page: Page) -> None:
        super().__init__()
        # The shell has a charset of its own, which must stand first.
        self.header._children.clear()  # noqa: SLF001 (branca has no other way)
        self._page = page

    def render(self, **kwargs: Any) -> str:
        """Return the whole page as HTML.

        Raises
        ------
        ConfigurationError
            If something that was added to the map would load from outside.
        """
        number(self)
        for child in self._children.values():
            child.render(**kwargs)
        parts = {
            "header": Markup(self.header.render(**kwargs)),  # noqa: S704 (our own and folium's code)
            "map": Markup(self.html.render(**kwargs)),  # noqa: S704
            "script": Markup(self.script.render(**kwargs)),  # noqa: S704
        }
        text = encode.plain(shell.render(self._page, **parts))
        # A browser reads CR LF as LF before it hashes a script or style.
        whole = text.replace("\r\n", "\n").replace("\r", "\n")
        return policy.protect(whole, pictures=base_maps.hosts(self._page.base))


def number(root: Any) -> None:
    """Give every element of a page the number of its place as its id: branca draws ids by lot."""
    waiting, at = list(root._children.values()), 0  # noqa: SLF001
    while waiting:
        element = waiting.pop(0)
        element._id = f"{at:03d}"  # noqa: SLF001
        waiting += list(element._children.values())  # noqa: SLF001
        at += 1


def draw(page: Page) -> folium.Map:
    """Return the map of a page; more folium layers may be added to it before it is saved.

    Raises
    ------
    ConfigurationError
        If a layer gives no credit or does not say its CRS (when it is rendered).
    """
    home = _home(page)
    centre = [(home[1] + home[3]) / 2, (home[0] + home[2]) / 2] if home else [36.0, 138.0]
    made = PlanMap(
        location=[round(value, 6) for value in centre],
        zoom_start=12 if home else 5,
        zoom_snap=ZOOM_STEP,
        max_zoom=ZOOM_MOST,
    )
    PlanFigure(page).add_child(made)
    made.add_child(
        PlanLayers(page.layers, language=page.language, home=home, bases=page.base, story=page.story)
    )
    return made


def _home(page: Page) -> list[float] | None:
    """Return the first view: the first group of the focus that holds something, else all that is shown."""
    for names in page.focus:
        found = encode.bounds(layer for layer in page.layers if layer.name in names)
        if found:
            return found
    return encode.bounds(layer for layer in page.layers if layer.visible) or encode.bounds(page.layers)


def html(page: Page) -> str:
    """Return the page of a plan as one HTML file that loads nothing; equal pages give equal text."""
    text: str = draw(page).get_root().render()
    return text
