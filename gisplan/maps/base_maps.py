"""The base maps that a page offers: what the script of the page needs, and the hosts that its policy lets in.

References
----------
国土地理院「地理院タイル一覧」, 「国土地理院コンテンツ利用規約」.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gisplan.core.map_options import Base
from gisplan.core.words import Text
from gisplan.maps import encode, style

NONE: Base = "none"


def offered(bases: Iterable[Base]) -> list[dict[str, Any]]:
    """Return the base maps of a page as its data block holds them, `none` without any address."""
    held = style.document("base_maps.toml")
    return [_one(name, held["maps"][name], held) for name in bases]


def _one(name: Base, row: dict[str, Any], held: Any) -> dict[str, Any]:
    named = {"name": name, "title": encode.both(Text(**row["title"]))}
    if name == NONE:
        return named
    return {
        **named,
        "address": f"{held['host']}/{row['path']}",
        "list": held["list"],
        "least": row["least"],
        "most": row["most"],
        "below": row.get("below", 0),
        "also": row.get("also", ""),
    }


def loads(bases: Iterable[Base]) -> bool:
    """Whether one of some base maps is loaded from the network."""
    return any(name != NONE for name in bases)


def hosts(bases: Iterable[Base]) -> tuple[str, ...]:
    """Return the hosts from which a page with some base maps loads pictures: none where it has its own shapes alone."""
    return (style.document("base_maps.toml")["host"],) if loads(bases) else ()


def credit(bases: Iterable[Base]) -> dict[str, Any] | None:
    """Return the credit of the base maps with its link, None where a page loads none."""
    held = style.document("base_maps.toml")
    return {"text": Text(**held["credit"]), "link": held["list"]} if loads(bases) else None
