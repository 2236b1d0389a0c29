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
    """Where a figure goes: in the `text`, on a `page` of this size with its caption, or as a whole `sheet` of it."""

    where: Where
    width: float = 0.0
    height: float = 0.0


def place_of(illustration: Illustration, room: Room) -> Place:
    """Return where a figure goes so that its scale stays true.

    A sheet that leaves no room for margins and a caption fills a page of its own; its caption stands before it.

    Parameters
    ----------
    illustration
        The figure with its size on paper.
    room
        The page of the text.
    """
    wide, high = illustration.width_mm, illustration.height_mm
    for number, (width, height) in enumerate(((room.width, room.height), *PAGES)):
        across, along = width - room.left - room.right, height - room.top - room.bottom
        if wide <= across + SLACK_MM and high + CAPTION_MM <= along + SLACK_MM:
            return Place(where="text" if number == 0 else "page", width=width, height=height)
    for width, height in PAGES:
        if wide <= width + SLACK_MM and high <= height + SLACK_MM:
            return Place(where="sheet", width=width, height=height)
    return Place(where="sheet", width=wide, height=high)
