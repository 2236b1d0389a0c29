"""What is told of the data of a plan, for the circle it is for, and the page that tells it.

Outside the office nothing is told of the rows and files of vacant houses; of what was found on reading only that
which `plan.release` lets out. Where a layer is stopped nothing is computed that could be released, so outsiders are
told codes, names of files and cures, and no value of a cell.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING, Any

import pandas as pd

from gisplan.core.checkup import (
    Checkup,
    FileTold,
    FindingTold,
    LayerTold,
    RejectTold,
    Rows,
    StopTold,
    Tally,
    light_of,
)
from gisplan.core.errors import Problem
from gisplan.core.messages import Message, message
from gisplan.core.words import Audience, Layer, Plan, Reading, Spec, Text
from gisplan.layers.stops import Stop
from gisplan.plan import manifest
from gisplan.plan.release import PLAIN, QUOTING
from gisplan.plan.withheld import HOUSES, secret_fields
from gisplan.plan.write import replacing

if TYPE_CHECKING:
    from gisplan.layers.load import Examination
    from gisplan.plan.release import Released
    from gisplan.plan.results import Results

PAGE = "page"
"""The output that tells of the data: `check.html`, and the same as `check.json`."""

OF_CHECK = frozenset({"check", "houses", "tables", PAGE})
"""Parts of a manifest that `gisplan check` computes and writes."""

NOT_ASSESSED = frozenset({"data.not_assessed", "tab.no_rows"})
"""Codes that say of a layer that it holds nothing: its light is grey, and that is not the same as grave."""

REJECTS_SHOWN = 20
SHORT = 12
"""Signs of a fingerprint that are shown."""

NOTHING = Text(ja="", en="")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """All that is known of the data of a plan, and for whom it is to be told."""

    plan: Plan
    catalogue: Mapping[str, Spec]
    layers: Mapping[str, Layer | None]
    stops: Mapping[str, Sequence[Stop]]
    findings: pd.DataFrame
    rejects: pd.DataFrame

    @property
    def outside(self) -> bool:
        """True where it leaves the office."""
        return self.plan.audience != "internal"


def told_of_results(results: Results, released: Released) -> Checkup:
    """Return what an audience is told of data that could be read.

    Parameters
    ----------
    results
        What was computed.
    released
        What the audience may have of it.
    """
    atlas = results.atlas
    case = _Case(
        plan=atlas.plan, catalogue=atlas.catalogue, layers=atlas.layers, stops={},
        findings=released.tables["findings"], rejects=atlas.rejects,
    )  # fmt: skip
    found = [_finding(row) for row in case.findings.to_dict("records")]
    verdicts = _verdicts(released.tables) if "verdicts" in released.tables else ()
    return _checkup(case, found, judged=True, verdicts=verdicts)


def told_of_refusal(examination: Examination) -> Checkup:
    """Return what an audience is told of data that cannot be read right.

    Parameters
    ----------
    examination
        What came of reading it.
    """
    case = _Case(
        plan=examination.plan,
        catalogue=examination.catalogue,
        layers={name: read.layer for name, read in examination.layers.items()},
        stops={name: read.stops for name, read in examination.layers.items()},
        findings=examination.findings,
        rejects=examination.rejects,
    )
    rows = case.findings.to_dict("records")
    found = _bare_findings(rows, case) if case.outside else [_finding(row) for row in rows]
    return _checkup(case, found, judged=False)


def problem_told(problem: Problem, *, audience: Audience, file: str = "") -> StopTold:
    """Return what an audience is told of a problem: outside the office its code, the file and the cure alone.

    Parameters
    ----------
    problem
        The problem.
    audience
        Who is told.
    file
        The file at fault, as far as it may be named.
    """
    text = message(problem.code)
    if audience == "internal":
        return StopTold(
            code=problem.code, severity=text.severity, file=file, place=problem.place, what=problem.what,
            do=problem.cure,
        )  # fmt: skip
    return StopTold(
        code=problem.code, severity=text.severity, file=file, place=file, what=NOTHING, do=_bare_cure(text)
    )


def _checkup(
    case: _Case, found: Sequence[FindingTold], *, judged: bool, verdicts: tuple[Tally, ...] = ()
) -> Checkup:
    plan = case.plan
    names = sorted(case.layers)
    absent = [name for name in case.catalogue if name not in case.layers]
    return Checkup(
        title=plan.title,
        municipality=plan.municipality,
        place=_place(case),
        law_date=plan.date.isoformat(),
        audience=plan.audience,
        language=plan.language,
        made_up=plan.made_up,
        judged=judged,
        layers=(
            *(_layer(name, case, [row for row in found if row.layer == name]) for name in names),
            *(_absent(case.catalogue[name]) for name in absent),
        ),
        others=tuple(row for row in found if row.layer not in case.catalogue),
        verdicts=verdicts,
    )


def _place(case: _Case) -> str:
    """Return the name of the municipality, as its boundary file has it."""
    layer = case.layers.get("municipality")
    if layer is None or case.stops.get("municipality"):
        return ""
    return "・".join(sorted({str(name) for name in layer.table["name"] if name}))


def _absent(spec: Spec) -> LayerTold:
    return LayerTold(
        layer=spec.name, title=spec.title, kind=spec.kind, light="grey", given=False, assessed=False
    )


def _layer(name: str, case: _Case, found: Sequence[FindingTold]) -> LayerTold:
    layer, stops = case.layers[name], case.stops.get(name, ())
    spec = case.catalogue[name] if layer is None else layer.spec
    hidden = case.outside and name == HOUSES
    readings = () if layer is None or hidden else layer.readings
    rows = None if layer is None or hidden else _sum(readings)
    assessed = layer is not None and layer.assessed
    light = light_of(
        {row.severity for row in found if row.code not in NOT_ASSESSED},
        stopped=bool(stops), assessed=assessed, rows=rows,
    )  # fmt: skip
    return LayerTold(
        layer=name,
        title=spec.title,
        kind=spec.kind,
        light=light,
        assessed=assessed,
        told=not hidden,
        rows=rows,
        files=tuple(_file(reading, outside=case.outside) for reading in readings),
        stops=_stops(stops, case, hidden=hidden),
        findings=tuple(sorted(found, key=lambda row: (row.severity, row.code, row.subject))),
        rejects=() if case.outside else _rejects(case.rejects, name),
    )


def _stops(stops: Sequence[Stop], case: _Case, *, hidden: bool) -> tuple[StopTold, ...]:
    told = (
        problem_told(stop.problem, audience=case.plan.audience, file="" if hidden else stop.file)
        for stop in stops
    )
    return tuple(dict.fromkeys(told))


def _sum(readings: Iterable[Reading]) -> Rows:
    held = list(readings)
    names = [field.name for field in dataclasses.fields(Rows)]
    return Rows(**{name: sum(getattr(reading, name) for reading in held) for name in names})


def _file(reading: Reading, *, outside: bool) -> FileTold:
    """Return how a file was read; a fingerprint would let outsiders try what a file holds."""
    return FileTold(
        file=reading.file,
        sha256="" if outside else reading.sha256[:SHORT],
        driver=reading.driver,
        encoding=reading.encoding,
        encoding_how=reading.encoding_how,
        crs=reading.crs,
        crs_how=reading.crs_how,
        inside=reading.inside,
        rows=_sum([reading]),
    )


def _rejects(rejects: pd.DataFrame, layer: str) -> tuple[RejectTold, ...]:
    own = rejects[rejects["layer"] == layer]
    first = own.groupby("file", sort=False).head(REJECTS_SHOWN)
    return tuple(
        RejectTold(
            file=row["file"], row=int(row["row"]), column=row["column"], value=row["value"],
            reason=Text(ja=row["reason_ja"], en=row["reason_en"]), do=Text(ja=row["do_ja"], en=row["do_en"]),
        )
        for row in first.to_dict("records")
    )  # fmt: skip


def _finding(row: Mapping[Any, Any]) -> FindingTold:
    return FindingTold(
        code=row["code"],
        severity=row["severity"],
        layer=row["layer"],
        subject=row["subject"],
        reason=Text(ja=row["reason_ja"], en=row["reason_en"]),
        do=Text(ja=row["do_ja"], en=row["do_en"]),
    )


def _bare_findings(rows: Iterable[Mapping[Any, Any]], case: _Case) -> list[FindingTold]:
    """Return findings as outsiders may have them before a release: codes and cures, each once for a layer."""
    secret = {name: secret_fields(spec, case.plan.audience) for name, spec in case.catalogue.items()}
    found: dict[tuple[str, str], FindingTold] = {}
    for row in rows:
        code, layer, closed = row["code"], row["layer"], secret.get(row["layer"], ())
        quotes = row["subject"] in closed or (bool(closed) and code in QUOTING)
        if code not in PLAIN and (quotes or HOUSES in {layer, row["subject"]}):
            continue
        found[layer, code] = FindingTold(
            code=code, severity=row["severity"], layer=layer, subject="", reason=NOTHING,
            do=_bare_cure(message(code)),
        )  # fmt: skip
    return list(found.values())


def _bare_cure(text: Message) -> Text:
    """Return a cure with an ellipsis wherever it would quote a value."""
    names = {name for part in (text.do_ja, text.do_en) for _, name, _, _ in Formatter().parse(part) if name}
    return text.cure(dict.fromkeys(names, "…"))


def _verdicts(tables: Mapping[str, pd.DataFrame]) -> tuple[Tally, ...]:
    from gisplan.law.phrases import verdicts

    counts = tables["verdicts"]["verdict"].value_counts()
    return tuple(
        Tally(title=title, count=int(counts[code])) for code, title in verdicts().items() if code in counts
    )


def write_told(folder: Path, checkup: Checkup) -> None:
    """Write `check.html` and `check.json` into a folder that exists.

    Parameters
    ----------
    folder
        The folder.
    checkup
        What is told.
    """
    from gisplan.maps.check_page import check_page

    (folder / "check.html").write_text(check_page(checkup), "utf-8", newline="\n")
    text = json.dumps(dataclasses.asdict(checkup), ensure_ascii=False, indent=1)
    (folder / "check.json").write_text(f"{text}\n", "utf-8", newline="\n")


def of_check(before: Mapping[str, Any] | None) -> bool:
    """Return whether a folder holds nothing but what a check wrote, so that a refusal may take its place.

    Parameters
    ----------
    before
        The manifest of the folder, None where it holds nothing.
    """
    return before is None or set(before.get("parts", ())) <= OF_CHECK


def write_refusal(folder: Path, examination: Examination, asked: Mapping[str, Any]) -> None:
    """Write what is told of data that cannot be read right in the place of an earlier check's outputs.

    A folder is the answer to one check: tables of other data do not stand beside the page that refuses these.

    Parameters
    ----------
    folder
        The output folder, held by `plan.write.locked`.
    examination
        What came of reading the data.
    asked
        What the manifest says of the question.
    """
    from gisplan.maps.rejects import write_rejects

    plan = examination.plan
    with replacing(folder) as fresh:
        write_told(fresh, told_of_refusal(examination))
        if plan.audience == "internal":
            write_rejects(fresh / "rejects.xlsx", examination.rejects, language=plan.language)
        outputs = {path.name: path for path in fresh.iterdir()}
        answer = manifest.answer(layers={}, speeds=None, held_back=0, outputs=outputs)
        parts = {"parts": ["check", PAGE], "refused": True}
        manifest.write_manifest(fresh / manifest.NAME, {**asked, **parts, **answer})


def refusal_in(folder: Path) -> bool:
    """Return whether a folder holds the page of data that were refused."""
    found = manifest.read_manifest(folder)
    return found is not None and bool(found.get("refused"))
