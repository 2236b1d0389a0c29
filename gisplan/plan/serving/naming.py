"""Names of files that come from a browser: plain names that every system can hold, and nothing that leads elsewhere."""

from __future__ import annotations

import unicodedata
from pathlib import PurePosixPath

from gisplan.core.disk import LONGEST_NAME
from gisplan.core.errors import InputError, Problem
from gisplan.core.visible import visible
from gisplan.core.words import Text

FORBIDDEN = frozenset('<>:"/\\|?*')
"""Signs that Windows allows in no name; two of them lead into other folders, one into a hidden stream."""

DEVICES = frozenset(
    {"con", "prn", "aux", "nul", "conin$", "conout$"}
    | {f"{port}{number}" for port in ("com", "lpt") for number in "0123456789¹²³"}
)
"""Names that mean a device on Windows, whatever ending they have."""

SHOWN = 80


def base_name(told: str) -> str:
    """Return the name that a browser told, composed as most systems write it, if it is a plain name.

    Parameters
    ----------
    told
        The name.

    Raises
    ------
    InputError
        If it leads elsewhere, or some system could not hold it.
    """
    name = unicodedata.normalize("NFC", told)
    reason = _fault(name)
    if reason is not None:
        values = {"reason": reason}
        raise InputError(Problem(code="serve.name", place=visible(told, most=SHOWN), values=values))
    return name


def _fault(name: str) -> Text | None:
    signs = " ".join(sorted(FORBIDDEN & set(name)))
    device = name.partition(".")[0].rstrip(" ").lower() in DEVICES
    long = len(name.encode("utf-8", "surrogatepass")) > LONGEST_NAME
    faults = (
        (not name.strip("."), Text(ja="名前がありません", en="there is none")),
        (bool(signs), Text(ja=f"使えない文字 {signs}", en=f"it holds {signs}")),
        (not name.isprintable(), Text(ja="見えない文字", en="it holds signs that cannot be seen")),
        (name.startswith((".", "~$")), Text(ja="隠しファイル", en="it is that of a hidden file")),
        (name.endswith((".", " ")), Text(ja="末尾が点か空白", en="it ends with a dot or a space")),
        (device, Text(ja="Windows の装置の名前", en="it is that of a device on Windows")),
        (long, Text(ja="長すぎます", en="it is too long")),
    )
    return next((reason for wrong, reason in faults if wrong), None)


def numbered(name: str, number: int) -> str:
    """Return a name with a number before its endings: `zone.shp.xml` and 2 is `zone-2.shp.xml`."""
    stem, dot, endings = PurePosixPath(name).name.partition(".")
    return f"{stem}-{number}{dot}{endings}" if number > 1 else name
