"""What a reader is told of the data of a plan: a light for each layer, with the figures and findings behind it.

Screen, page and JSON are made from these nouns alone, so that none of them tells more than another.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Literal

from gisplan.core.words import Audience, Kind, Language, Severity, Text

Light = Literal["red", "yellow", "green", "grey"]
LIGHTS: tuple[Light, ...] = ("red", "yellow", "green", "grey")
"""From the gravest to the least."""

SEVERITIES: tuple[Severity, ...] = ("S1", "S2", "S3", "S4")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Rows read = kept + mended + refused."""

    read: int = 0
    kept: int = 0
    mended: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FileTold:
    """How one file was read; `inside` is the share of its features in the municipality [0–1]."""

    file: str
    sha256: str
    driver: str
    encoding: str
    encoding_how: str
    crs: str
    crs_how: str
    inside: float | None
    rows: Rows


@dataclass(frozen=True, slots=True, kw_only=True)
class StopTold:
    """What stops a layer: what is wrong, where, and the cure; what is not told is empty."""

    code: str
    severity: Severity
    file: str
    place: str
    what: Text
    do: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingTold:
    """A doubt about a layer and its cure; what is not told is empty."""

    code: str
    severity: Severity
    layer: str
    subject: str
    reason: Text
    do: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectTold:
    """A row that was refused, as it stands in its file."""

    file: str
    row: int
    column: str
    value: str
    reason: Text
    do: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerTold:
    """A layer and its light; `rows` is None where no number of its rows is told, or none was read.

    `given` is false for a layer of the catalogue that the plan does not name. `assessed` is false where none of
    its rows is used. Of the rows refused some stand in `rejects`, at most a few of each file.
    """

    layer: str
    title: Text
    kind: Kind
    light: Light
    given: bool = True
    assessed: bool = True
    told: bool = True
    rows: Rows | None = None
    files: tuple[FileTold, ...] = ()
    stops: tuple[StopTold, ...] = ()
    findings: tuple[FindingTold, ...] = ()
    rejects: tuple[RejectTold, ...] = ()

    @property
    def unread(self) -> tuple[str, ...]:
        """The files that cannot be read, as far as they may be named; their rows stand in none of the figures."""
        return tuple(dict.fromkeys(stop.file for stop in self.stops if stop.file))


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many there are of one kind."""

    title: Text
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkup:
    """What an audience is told of the data of a plan.

    `judged` is false where a layer is stopped: the law is then not applied, and `verdicts` is empty. `others` are
    the findings about no layer of the plan.
    """

    title: str
    municipality: tuple[str, ...]
    place: str
    law_date: str
    audience: Audience
    language: Language
    made_up: bool
    judged: bool
    layers: tuple[LayerTold, ...]
    others: tuple[FindingTold, ...] = ()
    verdicts: tuple[Tally, ...] = ()

    @property
    def given(self) -> tuple[LayerTold, ...]:
        """The layers that the plan names."""
        return tuple(layer for layer in self.layers if layer.given)

    @property
    def absent(self) -> tuple[LayerTold, ...]:
        """The layers of the catalogue that it does not name."""
        return tuple(layer for layer in self.layers if not layer.given)

    @property
    def findings(self) -> tuple[FindingTold, ...]:
        """Every finding, the gravest first."""
        every = [*self.others, *(finding for layer in self.layers for finding in layer.findings)]
        return tuple(
            sorted(every, key=lambda found: (found.severity, found.code, found.layer, found.subject))
        )

    @property
    def stops(self) -> tuple[StopTold, ...]:
        """Everything that stops a layer."""
        return tuple(stop for layer in self.layers for stop in layer.stops)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanTold:
    """One plan of many, by its folder: what is told of its data, or why it could not be examined.

    `exit_code` is what `gisplan check` would end with. `planned` is false for a folder that holds no plan.
    """

    folder: str
    exit_code: int
    planned: bool = True
    checkup: Checkup | None = None
    problems: tuple[StopTold, ...] = ()


def light_of(severities: AbstractSet[Severity], *, stopped: bool, assessed: bool, rows: Rows | None) -> Light:
    """Return the light of a layer.

    Red is a layer that is stopped or gravely doubtful, or of which every row was refused; grey is one that holds
    nothing, or of whose rows nothing is told; yellow is one that was mended or is doubtful; green was read as it is.

    Parameters
    ----------
    severities
        Of the findings about it, without the one that says that it holds nothing.
    stopped
        Whether something stops it.
    assessed
        Whether it holds a row that is used.
    rows
        Its rows; None where they are not told.
    """
    if stopped or "S1" in severities or (rows is not None and rows.refused and not assessed):
        return "red"
    if rows is None or not assessed:
        return "grey"
    doubtful = bool(severities & {"S2", "S3"})
    return "yellow" if doubtful or rows.mended or rows.refused else "green"
