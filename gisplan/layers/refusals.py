"""What is not read: the rows of a file that are refused, and what stops a whole layer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from gisplan.core.errors import InputError, Problem
from gisplan.core.messages import message
from gisplan.core.tables import Doubt
from gisplan.core.words import Spec
from gisplan.sources.raw import Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """A problem that stops a layer, and the file at fault; its name is empty where no one file is."""

    file: str
    problem: Problem


def stops_of(error: InputError, files: Sequence[str]) -> tuple[Stop, ...]:
    """Return the problems of an error, each with the file that its place names.

    Parameters
    ----------
    error
        What was raised while some files were read.
    files
        Their names; where there is one only, it is at fault whatever the place says.
    """
    return tuple(Stop(file=_file_at(problem.place, files), problem=problem) for problem in error.problems)


def _file_at(place: str, files: Sequence[str]) -> str:
    if len(set(files)) == 1:
        return files[0]
    named = [file for file in files if place == file or place.startswith((f"{file}:", f"{file}/"))]
    return max(named, key=len, default="")


def reject_rows(
    spec: Spec, files: Sequence[str], refused: Iterable[tuple[int, Refused]]
) -> tuple[dict[str, object], ...]:
    """Return the rows of the table `rejects`.

    Parameters
    ----------
    spec
        The layer.
    files
        Names of its files.
    refused
        The rows refused, each with the position of its file.
    """
    rows: list[dict[str, object]] = []
    for position, row in refused:
        text = message(row.code)
        values = {"column": row.column, "value": row.value}
        what, cure = text.what(values), text.cure(values)
        rows.append(
            {
                "layer": spec.name, "file": files[position], "row": row.row, "column": row.column,
                "value": row.value, "code": row.code, "reason_ja": what.ja, "reason_en": what.en,
                "do_ja": cure.ja, "do_en": cure.en,
            }
        )  # fmt: skip
    return tuple(rows)


def refusals(spec: Spec, rejects: Sequence[Mapping[str, object]]) -> tuple[Doubt, ...]:
    """Return a doubt for each file of which rows were refused."""
    counts = Counter(str(row["file"]) for row in rejects)
    return tuple(
        Doubt(code="layer.refused", layer=spec.name, subject=file, values={"rows": counts[file]})
        for file in sorted(counts)
    )
