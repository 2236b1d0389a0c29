"""The table of uses by zone (`uses.csv`): which rows decide a use in a zone on a day.

Several rows of one zone, use and day are alternatives: one that is met is enough.
"""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal, cast

from gisplan.core.words import Text
from gisplan.law.rule import Confidence

ByRight = Literal["yes", "within_limits", "depends", "no", "control"]
Counts = Literal["", "use", "unlisted", "combined"]

NO_ZONE = "用途地域の指定のない区域"
"""Zone name of the rows for land without a use zone, outside an urbanization control area."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """A use: its title, the use whose rows decide, and what is always to be confirmed."""

    key: str
    title: Text
    same_as: str
    caution: Text | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UseRow:
    """What the law says of a use in a zone; `depends` needs a judgement that no data can replace.

    `max_floor_area` is in m²; `counts` are the parts of the building that its limits count: those of the same use,
    those `unlisted` in 別表第二（は）項, or those of a `combined` dwelling that are not residential.
    """

    zone: str
    use: str
    by_right: ByRight
    max_floor_area: float | None
    max_storey: int | None
    counts: Counts
    article: str
    confidence: Confidence
    in_force: date
    condition: Text


@lru_cache(maxsize=1)
def uses() -> Mapping[str, Use]:
    """Return the uses a site may have, by key."""
    body = tomllib.loads(files("gisplan.law").joinpath("uses.toml").read_text("utf-8"))
    return {key: _use(key, row) for key, row in body.items()}


def _use(key: str, row: Mapping[str, Any]) -> Use:
    caution = Text(**row["caution"]) if "caution" in row else None
    return Use(key=key, title=Text(**row["title"]), same_as=row.get("as", key), caution=caution)


@lru_cache(maxsize=1)
def use_rows() -> tuple[UseRow, ...]:
    """Return every row of the table."""
    text = files("gisplan.law").joinpath("uses.csv").read_text("utf-8")
    return tuple(_row(row) for row in csv.DictReader(text.splitlines()))


def _row(row: Mapping[str, str]) -> UseRow:
    return UseRow(
        zone=row["zone"],
        use=row["use"],
        by_right=cast("ByRight", row["by_right"]),
        max_floor_area=float(row["max_floor_area"]) if row["max_floor_area"] else None,
        max_storey=int(row["max_storey"]) if row["max_storey"] else None,
        counts=cast("Counts", row["counts"]),
        article=row["article"],
        confidence=cast("Confidence", row["confidence"]),
        in_force=date.fromisoformat(row["in_force"]),
        condition=Text(ja=row["condition_ja"], en=row["condition_en"]),
    )


@lru_cache(maxsize=1024)
def rows_for(*, zone: str, use: str, day: date) -> tuple[UseRow, ...]:
    """Return the rows that decide a use in a zone on a day; none where no law of that day is on record."""
    decides = uses()[use].same_as
    known = [row for row in use_rows() if (row.zone, row.use) == (zone, decides) and row.in_force <= day]
    newest = max((row.in_force for row in known), default=day)
    return tuple(row for row in known if row.in_force == newest)
