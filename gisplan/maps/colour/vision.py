"""How far apart colours are for people of every colour vision: CIEDE2000 after the loss of one kind of cone.

References
----------
CIE 142-2001, with the formulas and the test data of Sharma, Wu and Dalal, "The CIEDE2000 Color-Difference Formula:
Implementation Notes, Supplementary Test Data, and Mathematical Observations", Color Research & Application 30 (2005).
Machado, Oliveira and Fernandes, "A Physiologically-based Model for Simulation of Color Vision Deficiency", IEEE
Transactions on Visualization and Computer Graphics 15 (2009), table 1, severity 1.0.
IEC 61966-2-1:1999 (sRGB).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

VISIONS: Final = ("normal", "protan", "deutan", "tritan")
"""All cones, and the loss of the long, the middle or the short ones."""

_SEEN: Final = (
    ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
)
"""What becomes of linear RGB in each vision."""

_XYZ: Final = (
    (0.4124564, 0.3575761, 0.1804375),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0193339, 0.1191920, 0.9503041),
)
_WHITE: Final = (0.95047, 1.0, 1.08883)
_STRAIGHT: Final = 0.04045
"""Up to here the curve of sRGB is a straight line."""

_HALF: Final = 180.0
_BLUE_TURNS: Final = 25.0**7


def on_white(colours: Sequence[str], opacities: Sequence[float]) -> Numbers:
    """Return how colours look that lie on white paper.

    Parameters
    ----------
    colours
        `#rrggbb` [n].
    opacities
        0 to 1 [n].

    Returns
    -------
    NDArray
        sRGB from 0 to 1 [n × 3]; mixed as browsers and printers do, without regard to the curve of sRGB.
    """
    coded = [[int(colour[at : at + 2], 16) / 255.0 for at in (1, 3, 5)] for colour in colours]
    part = np.asarray(opacities, np.float64).reshape(-1, 1)
    return np.array(coded, np.float64).reshape(-1, 3) * part + (1.0 - part)


def luminance(coded: Numbers) -> Numbers:
    """Return the relative luminance of sRGB colours [n × 3, 0–1], as CIE Y [n, 0–1]."""
    return np.asarray(_linear(coded) @ np.array(_XYZ[1]), np.float64)


def _linear(coded: Numbers) -> Numbers:
    return np.where(coded <= _STRAIGHT, coded / 12.92, ((coded + 0.055) / 1.055) ** 2.4)


def lab(coded: Numbers) -> Numbers:
    """Return colours as people of each vision see them.

    Parameters
    ----------
    coded
        sRGB from 0 to 1 [n × 3].

    Returns
    -------
    NDArray
        CIE L*a*b* under D65 [visions × n × 3], in the order of `VISIONS`.
    """
    seen = np.clip(_linear(coded) @ np.array(_SEEN).transpose(0, 2, 1), 0.0, 1.0)
    xyz = seen @ np.array(_XYZ).T / np.array(_WHITE)
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    x, y, z = f[..., 0], f[..., 1], f[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def ciede2000(one: Numbers, other: Numbers) -> Numbers:
    """Return the differences of colours in CIE L*a*b*.

    Parameters
    ----------
    one, other
        Colours [… × 3]; what numpy broadcasts fits.
    """
    a_one, a_other = _greyer(one, other)
    chroma_one, chroma_other = np.hypot(a_one, one[..., 2]), np.hypot(a_other, other[..., 2])
    hue_one = np.degrees(np.arctan2(one[..., 2], a_one)) % 360
    hue_other = np.degrees(np.arctan2(other[..., 2], a_other)) % 360
    grey = chroma_one * chroma_other == 0
    turn = _shorter(np.where(grey, 0.0, hue_other - hue_one))
    hue = np.where(grey, hue_one + hue_other, (hue_one + turn / 2) % 360)
    light, chroma = (one[..., 0] + other[..., 0]) / 2, (chroma_one + chroma_other) / 2
    lighter = (other[..., 0] - one[..., 0]) / (
        1 + 0.015 * (light - 50) ** 2 / np.sqrt(20 + (light - 50) ** 2)
    )
    stronger = (chroma_other - chroma_one) / (1 + 0.045 * chroma)
    turned = 2 * np.sqrt(chroma_one * chroma_other) * np.sin(np.radians(turn / 2))
    turned = turned / (1 + 0.015 * chroma * _hue_weight(hue))
    blue = 60 * np.exp(-(((hue - 275) / 25) ** 2))
    rotation = -2 * np.sin(np.radians(blue)) * np.sqrt(chroma**7 / (chroma**7 + _BLUE_TURNS))
    squares = lighter**2 + stronger**2 + turned**2 + rotation * stronger * turned
    return np.asarray(np.sqrt(np.maximum(squares, 0.0)), np.float64)


def _shorter(turn: Numbers) -> Numbers:
    """Return a turn of hue the shorter way round; one by half a circle stays as it is, as in the published data."""
    return np.where(np.abs(turn) > _HALF, turn - np.sign(turn) * 2 * _HALF, turn)


def _greyer(one: Numbers, other: Numbers) -> tuple[Numbers, Numbers]:
    """Return a* of both with the weight that greys have in CIEDE2000."""
    chroma = (np.hypot(one[..., 1], one[..., 2]) + np.hypot(other[..., 1], other[..., 2])) / 2
    weight = 1 + 0.5 * (1 - np.sqrt(chroma**7 / (chroma**7 + _BLUE_TURNS)))
    return one[..., 1] * weight, other[..., 1] * weight


def _hue_weight(hue: Numbers) -> Numbers:
    return np.asarray(
        1
        - 0.17 * np.cos(np.radians(hue - 30))
        + 0.24 * np.cos(np.radians(2 * hue))
        + 0.32 * np.cos(np.radians(3 * hue + 6))
        - 0.20 * np.cos(np.radians(4 * hue - 63)),
        np.float64,
    )


def differences(coded: Numbers) -> Numbers:
    """Return how far apart colours are for those who tell them least.

    Parameters
    ----------
    coded
        sRGB from 0 to 1 [n × 3].

    Returns
    -------
    NDArray
        CIEDE2000, the least of all visions [n × n]; 0 on the diagonal.
    """
    seen = lab(coded)
    return np.asarray(ciede2000(seen[:, :, None, :], seen[:, None, :, :]).min(axis=0), np.float64)
