"""`[report]` of plan.toml: its form, what is doubtful in it, and the options it gives."""

from __future__ import annotations

from collections.abc import Iterator

from gisplan.core.document import Document, Strict, hint
from gisplan.core.errors import Problem
from gisplan.core.report import CHAPTERS, KEPT, ReportOptions

TABLE = "report"
LEAVE_OUT = (TABLE, "leave_out")


class ReportModel(Strict):
    """`[report]`; `doubtful_report` checks the names of chapters."""

    template: str = ""
    office: str = ""
    leave_out: list[str] = []


def doubtful_report(document: Document) -> Iterator[Problem]:
    """Yield what is wrong with the chapters that are to be left out.

    Parameters
    ----------
    document
        plan.toml.
    """
    table = document.data.get(TABLE)
    named = table.get("leave_out") if isinstance(table, dict) else None
    known = [name for name in CHAPTERS if name != KEPT]
    for number, name in enumerate(named if isinstance(named, list) else ()):
        place = document.place((*LEAVE_OUT, number))
        if name == KEPT:
            yield Problem(code="report.kept", place=place, values={"name": name})
        elif isinstance(name, str) and name not in known:
            values = {"name": name, "near": hint(name, known), "known": known}
            yield Problem(code="config.unknown_name", place=place, values=values)


def report_options(document: Document, model: ReportModel) -> ReportOptions:
    """Return the options of `[report]`.

    Parameters
    ----------
    document
        plan.toml.
    model
        Its table.
    """
    return ReportOptions(
        template=model.template,
        office=model.office.strip(),
        leave_out=tuple(dict.fromkeys(model.leave_out)),
        line=document.line((TABLE, "template")),
    )
