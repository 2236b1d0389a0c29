"""Roads of OpenStreetMap by a query to Overpass, kept as its answer; one that was cut short is refused."""

from __future__ import annotations

from urllib.parse import urlencode

from gisplan.sources.addresses import addresses, known_area
from gisplan.sources.fetch import Address
from gisplan.sources.job import Brought, Job, bring, called

SECONDS = 180
QUERY = (
    '[out:json][timeout:{seconds}];(way["highway"]({south:.6f},{west:.6f},{north:.6f},{east:.6f});>;);out;'
)


def by_overpass(job: Job) -> Brought:
    """Fetch the ways that are roads within the bounds of a municipality.

    Parameters
    ----------
    job
        What to fetch, and where it goes.
    """
    import shapely

    [wanted] = addresses(job.release, job.place)
    west, south, east, north = shapely.bounds(known_area(job.release, job.place))
    query = QUERY.format(seconds=SECONDS, south=south, west=west, north=north, east=east)
    url = f"{wanted.url}?{urlencode({'data': query})}"
    return Brought(files=(called(bring(Address(url=url, name=wanted.name), job), url=wanted.url),))
