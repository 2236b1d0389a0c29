"""Who gets what: one getter for each way in which providers publish."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from gisplan.core.errors import NetworkError
from gisplan.core.tables import Doubt
from gisplan.core.words import Provider
from gisplan.sources.addresses import addresses, covered, known_area
from gisplan.sources.elevation import by_elevation
from gisplan.sources.fetch import placed
from gisplan.sources.gtfs_repository import by_gtfs_repository
from gisplan.sources.hosts import allowed
from gisplan.sources.job import Brought, Got, Job, bring
from gisplan.sources.overpass import by_overpass
from gisplan.sources.page import by_page
from gisplan.sources.reinfolib import by_reinfolib


def by_file(job: Job) -> Brought:
    """Fetch the files of a release; of several some may not exist, e.g. a mesh that is all sea.

    Parameters
    ----------
    job
        What to fetch, and where it goes.

    Raises
    ------
    NetworkError
        If one cannot be got, or none exists.
    """
    wanted = addresses(job.release, job.place)
    got: list[Got] = []
    missing: list[NetworkError] = []
    for address in wanted:
        try:
            got.append(bring(address, job))
        except NetworkError as error:
            if error.problems[0].code != "net.no_file":
                raise
            missing.append(error)
    if not got:
        raise NetworkError(missing[0].problems)
    names = [problem.place.rpartition("/")[2] for error in missing for problem in error.problems]
    doubts = (Doubt(code="fetch.part_missing", layer="", values={"missing": names}),) if names else ()
    return Brought(files=tuple(got), doubts=doubts)


def by_osmnx(job: Job) -> Brought:
    """Fetch a network through osmnx.

    Parameters
    ----------
    job
        What to fetch, and where it goes.
    """
    from gisplan.sources.osm_fetch import fetch_network

    [wanted] = addresses(job.release, job.place)
    area = known_area(job.release, job.place)
    allowed(wanted.url, job.network)
    url, seconds = job.network.place_of(wanted.url), job.network.limits.total_s
    fill = partial(fetch_network, area, url=url, seconds=seconds)
    return Brought(files=(Got(kept=placed(wanted.name, job.folder, fill, place=wanted.url), url=wanted.url),))


GETTERS: Mapping[Provider, Callable[[Job], Brought]] = {
    "file": by_file,
    "page": by_page,
    "reinfolib": by_reinfolib,
    "elevation": by_elevation,
    "gtfs_repository": by_gtfs_repository,
    "overpass": by_overpass,
    "osmnx": by_osmnx,
}


def get_release(job: Job) -> Brought:
    """Get a release in the way of its provider.

    Parameters
    ----------
    job
        What to get, and where it goes.
    """
    covered(job.release, job.place)
    return GETTERS[job.release.provider](job)
