"""A small copy of the Japanese font for one run: each PDF is then cut from a few hundred signs, not from 12,000.

References
----------
IPA Font License Agreement 1.0, which lets a document embed what it needs of the font.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from gisplan.maps.printing import MISSING_SIGN, font_file

NEEDLESS = ("GSUB", "GPOS", "GDEF", "vhea", "vmtx")
"""Tables for upright and alternative signs, which no map uses."""


@contextmanager
def small_font(texts: Iterable[Any]) -> Iterator[None]:
    """Let texts of matplotlib be written in a copy of the font that has their signs only, as long as this lasts.

    Parameters
    ----------
    texts
        Texts of matplotlib.
    """
    from fontTools.subset import Options, Subsetter, load_font
    from matplotlib.font_manager import FontProperties

    found = tuple(texts)
    options = Options(layout_features=[], name_IDs=["*"], notdef_outline=True)
    options.drop_tables = [*options.drop_tables, *NEEDLESS]
    font = load_font(str(font_file()), options, lazy=True)
    subsetter = Subsetter(options)
    subsetter.populate(
        text="".join(sorted({sign for text in found for sign in text.get_text()} | {MISSING_SIGN}))
    )
    subsetter.subset(font)
    with TemporaryDirectory() as folder:
        file = Path(folder) / font_file().name
        font.save(file)
        for text in found:
            text.set_fontproperties(FontProperties(fname=str(file), size=text.get_fontsize()))
        yield
