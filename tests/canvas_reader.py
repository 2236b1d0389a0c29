"""Reads what a page holds of a layer on tiles, by the description of the format alone: an oracle beside the encoder.

It also finds the texts of a page that are deflated, which a search through its bytes would miss.
"""

import base64
import json
import math
import re
import zlib

import numpy as np
import shapely

STEPS = 2**28
BLOCK = re.compile(
    r'<script type="application/json" data-gisplan="[^"]*" data-part="layer">(.*?)</script>', re.DOTALL
)


def blocks(page):
    """Return the data blocks of the layers of a page."""
    return [json.loads(found) for found in BLOCK.findall(page)]


def inflated(text):
    return zlib.decompress(base64.b64decode(text, validate=True))


def numbers(packed):
    planes = np.frombuffer(inflated(packed["data"]), np.uint8).reshape(packed["planes"], packed["n"])
    return [sum(int(byte) << (8 * plane) for plane, byte in enumerate(column)) for column in planes.T] or [
        0
    ] * packed["n"]


def signed(packed):
    return [-(value + 1) // 2 if value % 2 else value // 2 for value in numbers(packed)]


def sums(packed):
    total, made = 0, []
    for step in signed(packed):
        total += step
        made.append(total)
    return made


def apart(code):
    """Return the even and the odd bits of a place on the curve."""
    return [sum((code >> (2 * bit + odd) & 1) << bit for bit in range(29)) for odd in (0, 1)]


def places(block):
    """Return the places of a layer of points as steps, and whose they are."""
    parts, code, found = block["parts"], 0, []
    for low, high in zip(numbers(parts["low"]), numbers(parts["high"]), strict=True):
        code += low + (high << 28)
        x, y = apart(code)
        found.append((parts["origin"][0] + x, parts["origin"][1] + y))
    owner = numbers(parts["owner"]) if "owner" in parts else list(range(len(found)))
    return found, owner


def runs(block):
    """Return the lines or rings of each feature as lists of steps."""
    parts = block["parts"]
    vertices = list(zip(sums(parts["x"]), sums(parts["y"]), strict=True))
    ends = np.cumsum(numbers(parts["vertices"])).tolist()
    every = [vertices[begin:end] for begin, end in zip([0, *ends], ends, strict=False)]
    stops = np.cumsum(numbers(parts["runs"])).tolist()
    return [every[begin:end] for begin, end in zip([0, *stops], stops, strict=False)]


def degrees(x, y):
    return 360 * x / STEPS - 180, math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * y / STEPS))))


def ground(rings):
    """Return rings as polygons, each with the holes that follow it: those turn the other way."""
    made = []
    for ring in rings:
        turned = sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, [*ring[1:], ring[0]], strict=True))
        if turned < 0 or not made:  # south is down: what is counterclockwise on the ground
            made.append([ring, []])
        else:
            made[-1][1].append(ring)
    return shapely.MultiPolygon([(ring, holes) for ring, holes in made])


def column(held):
    """Return the values of a column."""
    for name, text in held.get("packed", {}).items():
        held = {**held, name: json.loads(inflated(text))}
    if "numbers" in held:
        return [
            None if value == held["missing"] else value / 10 ** held["decimals"]
            for value in signed(held["numbers"])
        ]
    return held["v"] if "v" in held else [held["d"][place] for place in numbers(held["i"])]


def texts(page):
    """Return every text of the columns of a page's layers on tiles, the deflated ones too."""
    return [
        value
        for block in blocks(page)
        if block.get("tiles")
        for held in block["columns"].values()
        for value in column(held)
        if isinstance(value, str)
    ]
