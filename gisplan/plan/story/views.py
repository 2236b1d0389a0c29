"""The views of chapters that name a feature: told before anything is computed where there is no such one."""

from __future__ import annotations

from collections.abc import Iterator

from gisplan.core.chapter import View
from gisplan.core.document import hint
from gisplan.core.errors import ConfigurationError, Problem
from gisplan.core.words import Atlas
from gisplan.plan.withheld import HOUSES


def refuse_unknown(atlas: Atlas) -> None:
    """Refuse views of features that the layers of a plan do not have; those of results are looked up when drawn.

    Parameters
    ----------
    atlas
        The layers of the plan.

    Raises
    ------
    ConfigurationError
        If there are some, with near names; of houses none is named.
    """
    views = [chapter.view for chapter in atlas.plan.chapters if chapter.view is not None]
    problems = [problem for view in views for problem in _unknown(view, atlas)]
    if problems:
        raise ConfigurationError(problems)


def _unknown(view: View, atlas: Atlas) -> Iterator[Problem]:
    wanted = view.id or view.name
    if not wanted or view.layer not in atlas.layers:
        return
    table = atlas.layers[view.layer].table
    held = {str(value) for value in table["id" if view.id else "name"].dropna()}
    if wanted not in held:
        near = hint(wanted, () if view.layer == HOUSES else sorted(held - {""}))
        values = {"layer": view.layer, "name": wanted, "near": near}
        yield Problem(code="chapter.no_feature", place=f"{atlas.plan.file}:{view.line}", values=values)
