"""GTFSデータリポジトリ: the feeds of a prefecture that stop in the municipality, each under its own licence."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gisplan.core.errors import NetworkError, Problem
from gisplan.sources.addresses import addresses
from gisplan.sources.bodies import as_json
from gisplan.sources.fetch import Address
from gisplan.sources.job import Brought, Got, Job, bring
from gisplan.sources.transport import OK, get

if TYPE_CHECKING:
    import shapely


def by_gtfs_repository(job: Job) -> Brought:
    """Fetch every feed that has a stop in the municipality; where its area is not known, all of the prefecture.

    Parameters
    ----------
    job
        What to fetch, and where it goes.

    Raises
    ------
    NetworkError
        If the list cannot be read, or no feed stops here.
    """
    [listed] = addresses(job.release, job.place)
    feeds = as_json(get(listed.url, job.network).body, place=listed.url).get("body")
    if not isinstance(feeds, list) or not all(
        isinstance(feed, dict) and feed.get("file_url") for feed in feeds
    ):
        raise NetworkError(Problem(code="net.body", place=listed.url, values={"detail": "body"}))
    found = [_feed(feed, listed.name, job) for feed in feeds if _stops_here(feed, job)]
    if not found:
        raise NetworkError(Problem(code="net.no_file", place=listed.url))
    return Brought(files=tuple(found))


def _feed(feed: Mapping[str, Any], name: str, job: Job) -> Got:
    said = [str(feed.get(key) or "") for key in ("organization_id", "feed_id")]
    words = re.sub(r"[^\w-]+", "_", "_".join(said)).strip("_") or "feed"
    got = bring(Address(url=str(feed["file_url"]), name=name.replace("{feed}", words)), job)
    owner = str(feed.get("organization_name") or said[0])
    return Got(
        kept=got.kept, url=got.url, credit=f"{owner} GTFS", licence=str(feed.get("feed_license_id") or "")
    )


def _stops_here(feed: Mapping[str, Any], job: Job) -> bool:
    """Return whether a feed has a stop in the municipality; one that does not say where it stops counts."""
    url = feed.get("file_stop_url")
    if job.place.area is None or not url:
        return True
    answer = get(str(url), job.network, missing_ok=True)
    if answer.status != OK:
        return True
    return _any_inside(as_json(answer.body, place=str(url)).get("features", []), job.place.area)


def _any_inside(features: Sequence[Any], area: shapely.Geometry) -> bool:
    import shapely

    places = [
        feature["geometry"]["coordinates"][:2]
        for feature in features
        if isinstance(feature, dict) and (feature.get("geometry") or {}).get("type") == "Point"
    ]
    return bool(places) and bool(
        shapely.intersects_xy(area, [p[0] for p in places], [p[1] for p in places]).any()
    )
