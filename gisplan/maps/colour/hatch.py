"""Hatches for the classes of a layer whose colours somebody does not tell apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Final, Literal

import numpy as np

from gisplan.maps.colour.vision import differences, luminance, on_white

Pattern = Literal["rising", "falling", "level", "upright", "lattice", "grid", "dots"]

PATTERNS: Final[tuple[Pattern, ...]] = ("rising", "level", "dots", "falling", "upright", "lattice", "grid")
"""Lines /, —, dots, lines \\, |, × and +, in the order in which they are given away: neighbours differ most."""

LEAST: Final = 5.0
"""Colours nearer than this [CIEDE2000] are not told apart on a map, where they do not lie side by side."""

CONTRAST: Final = 3.0
"""Least contrast of a hatch to what it lies on (WCAG 2.2, 1.4.11 for what is not text)."""

_DARKER: Final = (0.3, 0.45, 0.6, 0.75, 0.9, 1.0)
_BLACK_STEP: Final = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Hatch:
    """What is drawn over the colour of a class: lines or dots, close together where it is `dense`.

    On a mark, where no hatch is to be seen, one line, cross or dot inside it stands for the pattern; along a line a
    dash does.
    """

    pattern: Pattern
    dense: bool = False

    @property
    def name(self) -> str:
        """Name by which a page knows it, e.g. `rising` or `rising-dense`."""
        return f"{self.pattern}-dense" if self.dense else self.pattern

    @property
    def dash(self) -> tuple[float, ...]:
        """Dash that stands for it along a line, its ends flat [widths of the line]."""
        return tuple(part / 2 if self.dense else part for part in DASHES[self.pattern])


HATCHES: Final[tuple[Hatch, ...]] = tuple(
    Hatch(pattern=pattern, dense=dense) for dense, pattern in product((False, True), PATTERNS)
)
"""Every hatch, in the order in which they are given away."""

PRINTED: Final[Mapping[Pattern, str]] = {
    "rising": "/", "falling": "\\", "level": "-", "upright": "|", "lattice": "x", "grid": "+", "dots": ".",
}  # fmt: skip
"""Sign of each pattern in the hatches of matplotlib."""

DASHES: Final[Mapping[Pattern, tuple[float, ...]]] = {
    "rising": (4, 2), "falling": (2, 4), "level": (8, 2, 1, 2), "upright": (8, 2, 1, 2, 1, 2), "lattice": (2, 2),
    "grid": (12, 4), "dots": (1, 1),
}  # fmt: skip
"""Dash of a line by the pattern of its class, in widths of the line, its ends flat."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tone:
    """How a class of a layer looks: its colour `#rrggbb`, its opacity from 0 to 1, and the sign it bears, if any."""

    colour: str
    opacity: float = 1.0
    sign: str = ""


def hatches(tones: Sequence[Tone]) -> tuple[Hatch | None, ...]:
    """Return the hatch of each class of a layer, None where its colour says enough.

    Of two classes that are nearer than `LEAST` to somebody's eye the latter gets a hatch that the other one does not
    have; so do classes of one colour. Classes that bear different signs need none.

    Parameters
    ----------
    tones
        How the classes look on white paper, in the order of the legend. The answer hangs on all of them: give those of
        the whole palette, so that a class looks alike in every map.
    """
    return _hatches(tuple(tones))


@lru_cache(maxsize=256)
def _hatches(tones: tuple[Tone, ...]) -> tuple[Hatch | None, ...]:
    near = alike(tones)
    given: list[Hatch | None] = []
    for place in range(len(tones)):
        taken = {given[before] for before in range(place) if near[place, before]}
        free = (hatch for hatch in (None, *HATCHES) if hatch not in taken)
        # More classes of one colour than there are hatches: they come again from the start.
        given.append(next(free, HATCHES[place % len(HATCHES)]))
    return tuple(given)


def alike(tones: Sequence[Tone]) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    """Return which classes somebody does not tell apart by colour or sign.

    Parameters
    ----------
    tones
        How the classes look on white paper [n].

    Returns
    -------
    ndarray
        Whether two of them are nearer than `LEAST` and bear the same sign [n × n]; never on the diagonal.
    """
    apart = differences(on_white([tone.colour for tone in tones], [tone.opacity for tone in tones]))
    signs = np.array([tone.sign for tone in tones], dtype=object)
    same = signs[:, None] == signs[None, :]
    return np.asarray((apart < LEAST) & same & ~np.eye(len(tones), dtype=bool), np.bool_)


def printed(hatch: Hatch | None) -> str | None:
    """Return a hatch as matplotlib says it, e.g. `///`; None where there is none."""
    return None if hatch is None else PRINTED[hatch.pattern] * (5 if hatch.dense else 3)


def ink(colour: str, *, opacity: float) -> str:
    """Return the colour of the lines of a hatch: the darkest need of its class, or white where that is dark itself.

    Parameters
    ----------
    colour
        `#rrggbb` of the class.
    opacity
        0 to 1, of the class; it lies on white.
    """
    ground = float(luminance(on_white([colour], [opacity]))[0])
    for by in _DARKER:
        made = _mixed(colour, by)
        below = float(luminance(on_white([made], [1.0]))[0])
        if (ground + _BLACK_STEP) / (below + _BLACK_STEP) >= CONTRAST:
            return made
    return "#ffffff"


def _mixed(colour: str, by: float) -> str:
    parts = [round(int(colour[at : at + 2], 16) * (1 - by)) for at in (1, 3, 5)]
    return "#{:02x}{:02x}{:02x}".format(*parts)
