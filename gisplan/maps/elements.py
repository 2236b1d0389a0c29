"""Parts of a page as branca takes them, and the data blocks that scripts read."""

from __future__ import annotations

from typing import Any

from branca.element import Element

from gisplan.maps import assets, encode, policy, slim


class Raw(Element):
    """Text that goes into a page as it is: branca would compile it as a template."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def render(self, **kwargs: Any) -> str:  # noqa: ARG002 (branca passes them on)
        """Return the text."""
        return self._text


def data_block(owner: str, part: str, value: Any) -> str:
    """Return a script element that holds a value as JSON, and that no browser runs.

    Parameters
    ----------
    owner
        Name of the element of the page that reads it.
    part
        What it is.
    value
        What it holds.
    """
    opening = f'<script type="{policy.DATA_BLOCK}" data-gisplan="{owner}" data-part="{part}">'
    return f"{opening}{encode.data_json(value)}</script>"


def add_assets(figure: Any, *, styles: tuple[str, ...], scripts: tuple[str, ...]) -> None:
    """Put style sheets and scripts of `gisplan/maps/assets` into the head of a page, each once."""
    for name in styles:
        figure.header.add_child(Raw(f"<style>{slim.sheet(name)}</style>"), name=name)
    for name in scripts:
        figure.header.add_child(Raw(f"<script>{assets.in_script(slim.script(name))}</script>"), name=name)
