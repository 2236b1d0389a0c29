"""`OfflineMap`: a `folium.Map` that is saved as one file and opens where there is no network."""

from __future__ import annotations

from typing import Any

import folium
from markupsafe import escape

from gisplan.core.words import Language
from gisplan.maps import encode, policy
from gisplan.maps.elements import Raw
from gisplan.maps.interactive import PlanMap, number

WHOLE_PAGE = """
html, body, main, .folium-map { height: 100%; margin: 0; }
body { font: 16px/1.5 system-ui, "Hiragino Sans", "Yu Gothic UI", Meiryo, sans-serif; }
"""


class OfflineMap(PlanMap):
    """A `folium.Map` with Leaflet inside and a policy that lets nothing in; `save` writes the same bytes each time.

    Parameters
    ----------
    title
        Title of the page.
    language
        Language of the page.
    **options
        What `folium.Map` takes, e.g. `location` and `zoom_start`; there is no base map.
    """

    def __init__(self, *, title: str, language: Language = "ja", **options: Any) -> None:
        super().__init__(**{"attribution_control": True, **options})
        self._name = "OfflineMap"
        OfflineFigure(title=title, language=language).add_child(self)


class OfflineFigure(folium.Figure):
    """The page around an `OfflineMap`."""

    def __init__(self, *, title: str, language: Language) -> None:
        super().__init__()
        self.header._children.clear()  # noqa: SLF001 (branca has no other way)
        self._title = title
        self._language = language

    def render(self, **kwargs: Any) -> str:
        """Return the page as HTML.

        Raises
        ------
        ConfigurationError
            If something that was added to the map would load from outside.
        """
        number(self)
        self.header.add_child(Raw(f"<style>{WHOLE_PAGE}</style>"), name="whole_page")
        for child in self._children.values():
            child.render(**kwargs)
        title = escape(self._title)
        parts = (
            f'<!DOCTYPE html>\n<html lang="{self._language}">\n<head>\n{policy.META}',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f'<title>{title}</title>\n<link rel="icon" href="data:,">\n{self.header.render(**kwargs)}\n</head>',
            f'<body>\n<main aria-label="{title}">{self.html.render(**kwargs)}</main>',
            f"<script>\n{self.script.render(**kwargs)}\n</script>\n</body>\n</html>\n",
        )
        page = encode.plain("\n".join(parts))
        return policy.protect(page.replace("\r\n", "\n").replace("\r", "\n"))
