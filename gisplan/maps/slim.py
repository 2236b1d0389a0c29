"""Our own scripts and style sheets as a page carries them: without comments and spaces, and with nothing else changed.

A page of a few layers is mostly code, and goes by mail. Names stay as they are, so that a fault can be read.
"""

from __future__ import annotations

from functools import lru_cache

from gisplan.maps import assets


@lru_cache(maxsize=64)
def script(name: str) -> str:
    """Return one of our scripts."""
    import rjsmin

    made: str = rjsmin.jsmin(assets.own(name))
    return made


@lru_cache(maxsize=16)
def sheet(name: str) -> str:
    """Return one of our style sheets."""
    return slim_sheet(assets.own(name))


def slim_sheet(style: str) -> str:
    """Return a style sheet without comments and without spaces that part nothing."""
    import rcssmin

    made: str = rcssmin.cssmin(style)
    return made
