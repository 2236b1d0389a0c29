"""Words of the story in both languages, from `story_captions.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files

from gisplan.core.words import Text


@lru_cache(maxsize=1)
def _captions() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(files("gisplan.plan.story").joinpath("story_captions.toml").read_text("utf-8"))


def story_caption(key: str, **values: object) -> Text:
    """Return a text with its values put in."""
    text = _captions()[key]
    return Text(ja=text["ja"].format(**values), en=text["en"].format(**values))
