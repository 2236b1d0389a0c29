"""The story of a plan's page, from what its audience may have."""

from __future__ import annotations

from collections.abc import Mapping

from gisplan.maps.story.words import Story
from gisplan.maps.words import MapLayer
from gisplan.plan.release import Released
from gisplan.plan.results import Results
from gisplan.plan.story.chapters import chapters_of
from gisplan.plan.story.dossiers import dossiers_of
from gisplan.plan.story.reaches import reaches_of, swipes_of


def story_of(
    results: Results, released: Released, layers: tuple[MapLayer, ...], *, colours: Mapping[str, str]
) -> Story:
    """Return everything that the page of a plan tells beside its layers.

    Parameters
    ----------
    results
        The results of a plan.
    released
        What the audience may have.
    layers
        The layers of the page, as they are drawn.
    colours
        The colour of each verdict.
    """
    atlas = results.atlas
    scenarios = [scenario.name for scenario in atlas.plan.scenarios]
    reaches = reaches_of(released, layers, catalogue=atlas.catalogue, scenarios=scenarios)
    return Story(
        dossiers=dossiers_of(results, released, layers, colours=colours),
        reaches=reaches,
        swipes=tuple(swipes_of(reaches, layers, scenarios)),
        chapters=chapters_of(atlas, layers),
    )
