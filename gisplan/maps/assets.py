"""The web assets of a page: files that travel with the package, made ready to stand inside one HTML file."""

from __future__ import annotations

import base64
import json
import posixpath
import re
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files

from gisplan.core.errors import ConfigurationError, Problem

LEAFLET = "leaflet-1.9.4"
MEDIA: Mapping[str, str] = {".png": "image/png", ".svg": "image/svg+xml", ".gif": "image/gif"}

_ADDRESS = re.compile(r"url\(\s*['\"]?([^'\")]*)['\"]?\s*\)")
_SOURCE_MAP = re.compile(r"\n?//# sourceMappingURL=[^\n]*")
_BEHAVIOUR = re.compile(r"\s*behavior:\s*url\([^)]*\);?")


def own(name: str) -> str:
    """Return a text file of `gisplan/maps/assets`."""
    return files("gisplan.maps").joinpath("assets", name).read_text("utf-8")


def vendor(path: str) -> bytes:
    """Return a file of a web package, as the build hook brought it.

    Raises
    ------
    ConfigurationError
        If the package was installed without its web assets.
    """
    place = files("gisplan.maps").joinpath("_vendor", *path.split("/"))
    if not place.is_file():
        raise ConfigurationError(
            Problem(code="maps.assets_missing", place="gisplan/maps", values={"file": path})
        )
    return place.read_bytes()


def require() -> None:
    """Refuse an installation without web assets, before anything is computed for a page.

    Raises
    ------
    ConfigurationError
        If the package was installed without its web assets.
    """
    for name in ("leaflet.js", "leaflet.css"):
        vendor(f"{LEAFLET}/dist/{name}")


@lru_cache(maxsize=2)
def leaflet_script(*, pictures: bool = True) -> str:
    """Return Leaflet, with the pictures of its default marker inside where a map may have one."""
    script = _SOURCE_MAP.sub("", vendor(f"{LEAFLET}/dist/leaflet.js").decode("utf-8")).rstrip()
    if not pictures:
        return in_script(script)
    inside = {
        "iconUrl": data_address("dist/images/marker-icon.png"),
        "iconRetinaUrl": data_address("dist/images/marker-icon-2x.png"),
        "shadowUrl": data_address("dist/images/marker-shadow.png"),
    }
    # Without this the default marker looks for picture files beside the page.
    default = f"L.Icon.Default.imagePath='';L.Icon.Default.mergeOptions({json.dumps(inside)});"
    return in_script(f"{script}\n{default}")


@lru_cache(maxsize=2)
def leaflet_style(*, pictures: bool = True) -> str:
    """Return Leaflet's style sheet, with its pictures inside where a map may have its markers or its layer switch."""
    # `behavior` is for Internet Explorer 8 and would be the only reference left.
    style = _BEHAVIOUR.sub("", vendor(f"{LEAFLET}/dist/leaflet.css").decode("utf-8"))
    return _inlined(style) if pictures else _ADDRESS.sub("none", style)


def _inlined(style: str) -> str:
    def inside(found: re.Match[str]) -> str:
        return f"url({data_address(posixpath.normpath(posixpath.join('dist', found[1])))})"

    return _ADDRESS.sub(inside, style)


def data_address(path: str) -> str:
    """Return a picture of Leaflet as a `data:` address."""
    media = MEDIA[posixpath.splitext(path)[1]]
    return f"data:{media};base64,{base64.b64encode(vendor(f'{LEAFLET}/{path}')).decode('ascii')}"


def in_script(code: str) -> str:
    """Return code that cannot end the script element it stands in."""
    return code.replace("</script", "<\\/script").replace("<!--", "<\\!--")
