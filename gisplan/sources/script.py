"""Is a text Japanese at all? Chinese and Korean bytes often decode as CP932 or EUC-JP, into other signs."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

SAMPLE = 1 << 16
"""Bytes looked at: a whole list of several megabytes says no more."""

LEAST = 20
"""Signs beyond ASCII from which on something can be told."""

LEAST_ALONE = 40
"""Signs from which on Korean can be told from Japanese without kana."""

NATIVE, NO_JAPANESE, NO_KANA = 0.95, 0.85, 0.95
"""Share of common signs read as the other language at least, and as Japanese at most, with kana and without."""

ASCII = 0x7F
CELL = 2
"""Bytes of a sign in a national set."""

JAPANESE = range(0xA1, 0xD0)
"""First bytes of the common signs: marks, kana and the kanji of level 1; below those of the other languages."""

CHINESE = frozenset((byte,) for byte in (0xA1, 0xA3, *range(0xB0, 0xD8)))
TAIWANESE = frozenset((byte,) for byte in range(0xA1, 0xC7))
KOREAN = frozenset((byte,) for byte in range(0xB0, 0xC9))


def is_foreign(data: bytes, name: str) -> str | None:
    """Return the Chinese or Korean encoding that a text is plainly in, None where it may be Japanese.

    The national sets of characters keep their common signs in rows of their own; text that fills those of
    another language, and strays among the rare kanji of its own, was written in the other language.

    Parameters
    ----------
    data
        The bytes.
    name
        The codec in which they read as Japanese; "" where there is none.
    """
    if name not in {"", "cp932", "euc_jp", "euc_jis_2004"}:
        return None
    sample = data if len(data) <= SAMPLE else data[: data.rfind(b"\n", 0, SAMPLE) + 1]
    japanese = _share(sample, name, _common_japanese)[0] if name else 0.0
    kana = bool(name) and _has_kana(sample, name)
    for other, common in _OTHERS.items():
        share, count = _share(sample, other, common)
        if count < LEAST or share < NATIVE:
            continue
        if japanese < (NO_JAPANESE if kana else NO_KANA):
            return other
        if other == "cp949" and name.startswith("euc_j") and count >= LEAST_ALONE and not kana:
            return other
    return None


def _share(data: bytes, name: str, common: Callable[[str], bool]) -> tuple[float, int]:
    """Return the share of common signs among those beyond ASCII, and how many there are; 0 if it does not decode."""
    try:
        text = data.decode(name)
    except UnicodeDecodeError:
        return 0.0, 0
    signs = np.fromiter(map(ord, text), dtype="int64", count=len(text))
    values, counts = np.unique(signs[signs > ASCII], return_counts=True)
    known = np.array([common(chr(int(value))) for value in values], dtype=bool)
    total = int(counts.sum())
    return (float(counts[known].sum()) / total if total else 0.0), total


def _row(sign: str, codec: str) -> tuple[int, ...]:
    """Return the bytes of a sign in a national set, none where it is not in it."""
    try:
        return tuple(sign.encode(codec))
    except UnicodeEncodeError:
        return ()


def _common_japanese(sign: str) -> bool:
    """Return whether a sign is kana, a common kanji (level 1) or a mark; half-width kana are none of them."""
    cell = _row(sign, "euc_jp")
    if len(cell) != CELL:  # half-width kana and the signs of other sets
        return bool(_row(sign, "cp932")) and sign >= "\u2000" and not "\uff61" <= sign <= "\uff9f"
    return cell[0] in JAPANESE


def _common_chinese(sign: str) -> bool:
    return _row(sign, "gb2312")[:1] in CHINESE


def _common_taiwanese(sign: str) -> bool:
    return _row(sign, "big5")[:1] in TAIWANESE


def _common_korean(sign: str) -> bool:
    return _row(sign, "euc_kr")[:1] in KOREAN


def _has_kana(data: bytes, name: str) -> bool:
    return any("\u3041" <= sign <= "\u30fc" for sign in data.decode(name))


_OTHERS: Mapping[str, Callable[[str], bool]] = {
    "cp949": _common_korean,
    "gb18030": _common_chinese,
    "big5": _common_taiwanese,
}
