"""Where a figure of true size goes in a Word document: in the text, on a page of its own, or as a whole sheet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from gisplan.maps.words import Illustration

CAPTION_MM = 16.0
"""Room that a caption takes below a figure."""

SLACK_MM = 0.5
"""A figure may be so much larger than the room for it; Word lets it stand."""

PAGES = ((210.0, 297.0), (297.0, 210.0), (420.0, 297.0), (297.0, 420.0))
"""A4 upright and across, A3 across and upright [mm]: the first that holds a figure is taken."""

LEAST_MM = 8.0
"""Margins at the sides of a page of its own are at least so wide; printers reach no farther."""

Where = Literal["text", "page", "sheet"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """A page: its size and margins [mm]."""

    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a figure goes: in the `text`, on a `page` of this size with its caption, or as a whole `sheet` of it.

    `side` is the margin at each side of a page [mm], None for that of the text.
    """

    where: Where
    width: float = 0.0
    height: float = 0.0
    side: float | None = None


def place_of(illustration: Illustration, room: Room) -> Place:
    """Return where a figure goes so that its scale stays true.

    The smallest paper is taken that holds it. A sheet that leaves no room for margins and a caption fills its page;
    its caption stands on the page before.

    Parameters
    ----------
    illustration
        The figure with its size on paper.
    room
        The page of the text.
    """
    wide, high = illustration.width_mm - SLACK_MM, illustration.height_mm - SLACK_MM
    upright = room.top + room.bottom + CAPTION_MM
    if wide <= room.width - room.left - room.right and high + upright <= room.height:
        return Place(where="text", width=room.width, height=room.height)
    for width, height in PAGES:
        if high + upright <= height and wide <= width - room.left - room.right:
            return Place(where="page", width=width, height=height)
        if high + upright <= height and wide <= width - 2 * LEAST_MM:
            return Place(
                where="page", width=width, height=height, side=(width - illustration.width_mm) / 2 - SLACK_MM
            )
        if wide <= width and high <= height:
            return Place(where="sheet", width=width, height=height)
    return Place(where="sheet", width=illustration.width_mm, height=illustration.height_mm)
