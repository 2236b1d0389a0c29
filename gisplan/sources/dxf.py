"""DXF drawings: the encoding of their text, their layers, and arcs that become short lines.

A drawing has no coordinate reference system; where it lies is asked for, never guessed.
"""

from __future__ import annotations

import re

from gisplan.core.errors import InputError, Problem
from gisplan.core.tables import Doubt
from gisplan.sources.encoding import Encoding, as_named, detect
from gisplan.sources.raw import File, Wanted
from gisplan.sources.wkb import GDAL_ARCS

BINARY = b"AutoCAD Binary DXF"
CODE_PAGE = re.compile(rb"\$DWGCODEPAGE\s*\r?\n\s*3\s*\r?\n\s*([\w.-]+)")
ARCS = re.compile(rb"\n\s*0\s*\r?\n(ARC|CIRCLE|ELLIPSE|SPLINE)\s*\r?\n")
BULGE = re.compile(rb"\n\s*42\s*\r?\n\s*-?(?=[^\r\n]*[1-9])")
END = re.compile(rb"\n\s*0\s*\r?\nEOF\s*$")


def drawing(file: File, wanted: Wanted) -> tuple[Encoding, tuple[Doubt, ...]]:
    """Return the encoding of a drawing's text, and a doubt where it holds arcs.

    Parameters
    ----------
    file
        A file of driver dxf.
    wanted
        What is asked of it, perhaps with the codec.

    Raises
    ------
    InputError
        If the drawing is binary, or its end is missing.
    """
    data = file.path.read_bytes()
    if data.startswith(BINARY):
        raise InputError(Problem(code="file.dxf_binary", place=file.name))
    if END.search(data[-200:]) is None:
        raise InputError(Problem(code="file.truncated", place=file.name, values={"detail": "DXF: EOF"}))
    found = as_named(wanted.encoding, place=file.name) if wanted.encoding else _encoding(data, file)
    arcs = len(ARCS.findall(data)) + len(BULGE.findall(data))
    return found, (Doubt(code="geom.curve", layer="", values={"rows": arcs, **GDAL_ARCS}),) if arcs else ()


def _encoding(data: bytes, file: File) -> Encoding:
    """Return the encoding by the rule for all texts; the drawing's own word is often wrong."""
    found = detect(data, place=file.name)
    page = CODE_PAGE.search(data)
    how = f"{found.how}（{page[1].decode('ascii', 'replace')}）" if page else found.how
    return Encoding(name=found.name, how=how)
