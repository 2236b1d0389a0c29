"""Texts of the page in both languages, from `captions.toml`."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.resources import files

from gisplan.core.options import ReleaseOptions
from gisplan.core.words import Audience, Text


@lru_cache(maxsize=1)
def _captions() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(files("gisplan.plan").joinpath("captions.toml").read_text("utf-8"))


def caption(key: str, **values: object) -> Text:
    """Return a text with its values put in."""
    text = _captions()[key]
    return Text(ja=text["ja"].format(**values), en=text["en"].format(**values))


def figure(value: float, *, ja: str, en: str, digits: int) -> Text:
    """Return a figure with its unit, 未評価 where it is NaN.

    Parameters
    ----------
    value
        The figure.
    ja, en
        Its unit.
    digits
        Decimals shown.
    """
    if math.isnan(value):
        return caption("not_assessed")
    return Text(ja=f"{value:,.{digits}f} {ja}", en=f"{value:,.{digits}f} {en}")


def total_hectares(values: Sequence[float], *, digits: int) -> Text:
    """Return a sum of areas: a lower bound where some are not assessed, and 未評価 where nothing is known.

    Parameters
    ----------
    values
        Areas [n, ha], NaN where not assessed.
    digits
        Decimals shown.
    """
    known = math.fsum(value for value in values if not math.isnan(value))
    gaps = any(math.isnan(value) for value in values)
    nothing = not values or (gaps and known == 0)
    text = figure(math.nan if nothing else known, ja="ha", en="ha", digits=digits)
    if nothing or not gaps:
        return text
    return Text(ja=caption("at_least", figure=text.ja).ja, en=caption("at_least", figure=text.en).en)


def audience_notes(
    audience: Audience, *, held_back: int, release: ReleaseOptions | None = None
) -> tuple[Text, ...]:
    """Return the lines that say who the files are for, and what they tell of the houses they leave out.

    Parameters
    ----------
    audience
        Who gets the files; the office's own need no such lines.
    held_back
        Vacant houses left out.
    release
        By what they are counted, and the smallest count told; None leaves that line out.
    """
    if audience == "internal":
        return ()
    notes = (caption(f"audience_{audience}", held_back=held_back),)
    if release is None or not held_back:
        return notes
    return (*notes, caption(f"held_back_{release.houses_by}", smallest=release.smallest_count))
