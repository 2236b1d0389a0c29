"""The words on maps for print, from `print.toml`."""

from __future__ import annotations

from gisplan.core.words import Text
from gisplan.maps.style import document


def said(key: str, **values: object) -> Text:
    """Return a text of maps for print with its values put in."""
    row = document("print.toml")[key]
    return Text(ja=row["ja"].format(**values), en=row["en"].format(**values))
