"""Arrays and a few words about them in one file: fast to load, checked by a hash, and nothing in it can run."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAGIC = b"gisplan arrays 1"
DIGEST = 32
KINDS = frozenset("biuf")
"""Kinds of numbers that are held: no objects, no texts."""

STEP = 64
"""Arrays begin at multiples of so many bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """Arrays by name, and what else is to be known of them as JSON can hold it."""

    arrays: Mapping[str, NDArray[Any]]
    about: Mapping[str, Any]


def pack(packed: Packed) -> bytes:
    """Return arrays as bytes.

    Raises
    ------
    ValueError
        If an array holds anything but numbers.
    """
    listed, parts, place = [], [], 0
    for name, array in packed.arrays.items():
        if array.dtype.kind not in KINDS:
            raise ValueError(name)
        data = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<"), copy=False).tobytes()
        listed.append([name, array.dtype.newbyteorder("<").str, list(array.shape), place])
        padding = -len(data) % STEP
        parts += [data, bytes(padding)]
        place += len(data) + padding
    head = json.dumps({"about": packed.about, "arrays": listed}).encode()
    head += b" " * (-(len(MAGIC) + DIGEST + 8 + len(head)) % STEP)
    body = b"".join([len(head).to_bytes(8, "little"), head, *parts])
    return b"".join([MAGIC, hashlib.sha256(body).digest(), body])


def unpack(data: bytes) -> Packed:
    """Return the arrays that `pack` packed.

    Raises
    ------
    ValueError
        If anything in them was changed or lost.
    """
    begin = len(MAGIC) + DIGEST
    whole = memoryview(data)
    if data[: len(MAGIC)] != MAGIC or hashlib.sha256(whole[begin:]).digest() != data[len(MAGIC) : begin]:
        raise ValueError("arrays")
    start = begin + 8
    size = int.from_bytes(data[begin:start], "little")
    head = json.loads(data[start : start + size])
    arrays = {}
    for name, kind, shape, place in head["arrays"]:
        held = np.frombuffer(whole, np.dtype(kind), math.prod(shape), start + size + place)
        arrays[name] = held.reshape(shape).copy()  # compiled loops take no arrays that cannot be changed
    return Packed(arrays=arrays, about=head["about"])


def of_texts(texts: Sequence[str | None]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return texts as bytes and where each ends [n]; None is told from "" by a negative end."""
    data = [b"" if text is None else text.encode("utf-8", "surrogatepass") for text in texts]
    ends = np.cumsum([len(part) for part in data], dtype=np.int64)
    missing = np.array([text is None for text in texts], dtype=bool)
    return np.frombuffer(b"".join(data), dtype=np.uint8), np.where(missing, -1 - ends, ends)


def as_texts(data: NDArray[np.uint8], ends: NDArray[np.int64]) -> NDArray[np.object_]:
    """Return the texts that `of_texts` took [n]."""
    whole = data.tobytes()
    missing = ends < 0
    stop = np.where(missing, -1 - ends, ends).tolist()
    start = [0, *stop]
    texts = np.empty(len(stop), dtype=object)
    texts[:] = [whole[a:b].decode("utf-8", "surrogatepass") for a, b in zip(start, stop, strict=False)]
    texts[missing] = None
    return texts
