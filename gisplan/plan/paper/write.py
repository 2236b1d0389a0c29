"""`report.html` and `plan.docx`: the two papers of one document."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from gisplan.core.errors import ConfigurationError, InputError, Problem
from gisplan.core.words import Language, Plan
from gisplan.maps.papers.template import check_template, default_template
from gisplan.maps.papers.web_page import NAME, web_page
from gisplan.maps.papers.word_file import word_file
from gisplan.maps.words import Illustration
from gisplan.plan.paper.document import document_of
from gisplan.plan.release import Released
from gisplan.plan.results import Results

WORD = "plan.docx"


def template_path(plan: Plan) -> Path | None:
    """Return where the template of the office lies, None for our own."""
    return plan.folder / plan.report.template if plan.report.template else None


def template_of(plan: Plan) -> bytes:
    """Return the template of a plan: the office's, after it was looked at, or our own.

    Parameters
    ----------
    plan
        The plan.

    Raises
    ------
    ConfigurationError
        If the template is not there or cannot be one.
    """
    path = template_path(plan)
    if path is None:
        return default_template(plan.language)
    place, name = f"{plan.file}:{plan.report.line} report.template", path.name
    try:
        content = path.read_bytes()
    except OSError:
        missing = Problem(code="report.template_missing", place=place, values={"file": name})
        raise ConfigurationError(missing) from None
    check_template(content, file=name, place=place)
    return content


def write_papers(
    results: Results,
    released: Released,
    illustrations: Iterable[Illustration],
    *,
    folder: Path,
    figures: Path,
) -> None:
    """Write both papers into a folder.

    Parameters
    ----------
    results
        What was computed.
    released
        What the audience may have of it.
    illustrations
        The figures that were written.
    folder
        The new folder of the outputs.
    figures
        The folder of the figures.

    Raises
    ------
    ConfigurationError
        If the template cannot be one.
    """
    told = document_of(results, released, illustrations)
    template = template_of(results.atlas.plan)
    page = web_page(told, figures=figures)
    (folder / NAME).write_text(page, "utf-8", newline="\n")
    whole = word_file(told, template=template, pictures=lambda name: figures / f"{name}.png")
    (folder / WORD).write_bytes(whole)


def write_template(path: Path, *, language: Language) -> Path:
    """Write our own template as a file to be edited, and return its path.

    Parameters
    ----------
    path
        A new file that ends with `.docx`.
    language
        The language of its own words.

    Raises
    ------
    InputError
        If the name is no .docx, or the file is there already.
    """
    from gisplan.core.disk import write_whole

    if path.suffix.lower() != ".docx":
        raise InputError(Problem(code="report.template_named", place=path.name, values={"file": path.name}))
    if path.exists():
        raise InputError(Problem(code="report.template_there", place=path.name, values={"file": path.name}))
    write_whole(path, default_template(language))
    return path
