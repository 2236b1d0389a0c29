"""The interactive map: folium underneath, our layers on it, and one file that loads nothing.

`PlanLayers` can be added to any `folium.Map`; `draw` makes the whole page, which is a `folium.Map` too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import folium
from branca.element import Element, MacroElement
from folium.template import Template
from markupsafe import Markup

from gisplan.core.words import Language
from gisplan.maps import assets, encode, policy, shell, style
from gisplan.maps.words import MapLayer, Page

SCRIPTS = ("hatch.js", "gisplan.js", "atlas.js", "shown.js", "place.js", "search.js", "legend.js", "panel.js")
ZOOM_STEP = 0.25
ZOOM_MOST = 20


class _Raw(Element):
    """Text that goes into a page as it is: branca would compile it as a template."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def render(self, **kwargs: Any) -> str:  # noqa: ARG002 (branca passes them on)
        """Return the text."""
        return self._text


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
    """

    def __init__(
        self,
        layers: Iterable[MapLayer],
        *,
        language: Language = "ja",
        home: Sequence[float] | None = None,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "PlanLayers"
        self._layers = tuple(layers)
        self._settings = {
            "language": language,
            "home": list(home) if home is not None else None,
            "words": {key: encode.both(text) for key, text in style.words().items()},
        }

    def render(self, **kwargs: Any) -> str:  # noqa: ARG002
        """Put styles, scripts and data blocks into the figure."""
        figure: Any = self.get_root()
        owner: Any = self._parent
        name = self.get_name()
        figure.header.add_child(_Raw(f"<style>{assets.own('gisplan.css')}</style>"), name="gisplan_css")
        for script in SCRIPTS:
            code = assets.in_script(assets.own(script))
            figure.header.add_child(_Raw(f"<script>{code}</script>"), name=script)
        blocks = [_block(name, "settings", self._settings)]
        blocks += [_block(name, "layer", encode.block(layer)) for layer in self._layers]
        figure.html.add_child(_Raw("\n".join(blocks)), name=name)
        start = f"gisplan.start({owner.get_name()}, {encode.data_json(name)});"
        figure.script.add_child(_Raw(start), name=name)
        return ""


def _block(owner: str, part: str, value: Any) -> str:
    opening = f'<script type="{policy.DATA_BLOCK}" data-gisplan="{owner}" data-part="{part}">'
    return f"{opening}{encode.data_json(value)}</script>"


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
        super().__init__(tiles=None, prefer_canvas=True, attribution_control=False, **options)
        self._name = "PlanMap"
        self.default_js: list[tuple[str, str]] = []
        self.default_css: list[tuple[str, str]] = []

    def render(self, **kwargs: Any) -> str:
        """Put Leaflet and the map into the figure."""
        figure: Any = self.get_root()
        figure.header.add_child(_Raw(f"<style>{assets.leaflet_style()}</style>"), name="leaflet_css")
        figure.header.add_child(_Raw(f"<script>{assets.leaflet_script()}</script>"), name="leaflet")
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
        _number(self)
        for child in self._children.values():
            child.render(**kwargs)
        parts = {
            "header": Markup(self.header.render(**kwargs)),  # noqa: S704 (our own and folium's code)
            "map": Markup(self.html.render(**kwargs)),  # noqa: S704
            "script": Markup(self.script.render(**kwargs)),  # noqa: S704
        }
        text = encode.plain(shell.render(self._page, **parts))
        # A browser reads CR LF as LF before it hashes a script or style.
        return policy.protect(text.replace("\r\n", "\n").replace("\r", "\n"))


def _number(root: Any) -> None:
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
    made.add_child(PlanLayers(page.layers, language=page.language, home=home))
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
