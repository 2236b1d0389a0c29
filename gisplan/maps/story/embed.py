"""The page for the office that puts a map into a web site: the snippet, what it looks like, and what to set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from jinja2 import BaseLoader, Environment, Template
from markupsafe import Markup

from gisplan.core.words import Language, Text
from gisplan.maps import assets, policy, style
from gisplan.maps.story.encode import story_words

LIGHT = "map_light.html"
EMBED = "embed.html"

SANDBOX = "allow-scripts allow-popups allow-downloads allow-modals"
"""Scripts draw the map, popups follow links out of it, downloads save tables, modals print; no origin is given."""

HEIGHT = 640


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedded:
    """A file that is put into a web site: its name beside the snippet, and its size in bytes."""

    name: str
    size: int
    light: bool = False


def snippet(name: str, *, title: str) -> str:
    """Return the element that shows a map in another page.

    Parameters
    ----------
    name
        Address of the map, seen from that page.
    title
        What the frame is called to those who do not see it.
    """
    return str(
        Markup(
            '<iframe src="{}" title="{}" width="100%" height="{}" loading="lazy"'
            ' referrerpolicy="no-referrer" sandbox="{}" allow="fullscreen"></iframe>'
        ).format(name, title, HEIGHT, SANDBOX)
    )


@lru_cache(maxsize=1)
def _template() -> Template:
    environment = Environment(loader=BaseLoader(), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(assets.own("embed.html"))


def embed_page(title: Text, files: Sequence[Embedded], *, language: Language, public: bool) -> str:
    """Return the page with snippets and notes as HTML; it loads nothing but the map beside it.

    Parameters
    ----------
    title
        Title of the plan.
    files
        The maps beside the page, the one to be shown first.
    language
        The language the page opens in.
    public
        Whether the maps may be published; else the page warns of it.
    """
    called = story_words()["embed_title"].of(language).format(title=title.of(language))
    page = _template().render(
        title=title,
        language=language,
        public=public,
        w=style.words(),
        s=story_words(),
        css=Markup(assets.own("embed.css")),  # noqa: S704 (our own file)
        code=Markup(assets.in_script(assets.own("check.js"))),  # noqa: S704 (our own file)
        files=[
            {
                "name": one.name,
                "size": f"{one.size / 1000:,.0f} KB",
                "light": one.light,
                "snippet": snippet(one.name, title=called),
                "frame": Markup(snippet(one.name, title=called)),  # noqa: S704 (escaped where it was made)
            }
            for one in files
        ],
    )
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy.policy(page)}; frame-src \'self\'">'
    return page.replace(policy.META, f"{policy.META}\n{meta}", 1)
