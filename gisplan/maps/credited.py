"""No output without credits: a layer that does not say whose data it is, is written nowhere."""

from __future__ import annotations

from collections.abc import Iterable

from gisplan.core.errors import ConfigurationError, Problem
from gisplan.maps.words import MapLayer


def refuse_uncredited(layers: Iterable[MapLayer]) -> None:
    """Refuse layers whose credit is blank in both languages.

    Raises
    ------
    ConfigurationError
        With every such layer.
    """
    problems = [
        Problem(code="maps.no_credit", place=layer.name, values={"layer": layer.title})
        for layer in layers
        if not (layer.credit.ja.strip() or layer.credit.en.strip())
    ]
    if problems:
        raise ConfigurationError(problems)
