"""不動産情報ライブラリ: features that come cut at the edges of tiles, put together again into one GeoJSON.

The key goes into a header of the request and nowhere else.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gisplan.core.errors import NetworkError, Problem
from gisplan.core.tables import Doubt
from gisplan.sources.addresses import addresses, filled, known_area, tiles_over
from gisplan.sources.bodies import as_json
from gisplan.sources.fetch import placed
from gisplan.sources.job import Brought, Got, Job
from gisplan.sources.transport import OK, get

if TYPE_CHECKING:
    import shapely

HEADER = "Ocp-Apim-Subscription-Key"
BETWEEN_S = 0.05
"""Between two tiles, so that the provider need not ask us to wait."""

LINE = 1


def by_reinfolib(job: Job) -> Brought:
    """Fetch the tiles over a municipality and put their features together.

    Some of the interfaces take the prefecture as 9, others as 09, and answer the wrong one with nothing at all: where
    every tile is empty the other way is tried.

    Parameters
    ----------
    job
        What to fetch, and where it goes.

    Raises
    ------
    NetworkError
        If there is no key, or no tile holds data.
    """
    if not job.key:
        raise NetworkError(Problem(code="net.no_key", place=job.release.release))
    [wanted] = addresses(job.release, job.place)
    tiles = tiles_over(known_area(job.release, job.place), job.release.zoom)
    forms = [job.place.prefecture]
    if "{prefecture_code}" in wanted.url:
        forms = list(dict.fromkeys([job.place.prefecture.lstrip("0"), job.place.prefecture]))
    for form in forms:
        url = wanted.url.replace("{prefecture_code}", form)
        features = [feature for body in _bodies(url, tiles, job) for feature in _features(body, url)]
        if features:
            break
    else:
        raise NetworkError(Problem(code="net.no_tiles", place=wanted.url, values={"tiles": len(tiles)}))
    kept = placed(wanted.name, job.folder, partial(_write, rows=together(features)), place=wanted.url)
    said = {"place": job.release.release, "other": form}
    doubts = () if form == forms[0] else (Doubt(code="fetch.form", layer="", values=said),)
    return Brought(files=(Got(kept=kept, url=url),), doubts=doubts)


def _bodies(url: str, tiles: Sequence[tuple[int, int]], job: Job) -> Iterator[bytes]:
    headers = {HEADER: job.key}
    for number, (x, y) in enumerate(tiles, start=1):
        values = {"z": str(job.release.zoom), "x": str(x), "y": str(y)}
        asked = filled(url, values)
        answer = get(asked, job.network, headers=headers, missing_ok=True)
        if answer.status == OK and answer.body:
            yield answer.body
        job.tell(f"{job.release.release} {number} / {len(tiles)}")
        job.network.pause(BETWEEN_S)


def _features(body: bytes, url: str) -> Iterator[Mapping[str, Any]]:
    found = as_json(body, place=url).get("features", [])
    if not isinstance(found, list):
        raise NetworkError(Problem(code="net.body", place=url, values={"detail": "features"}))
    yield from (row for row in found if isinstance(row, dict) and row.get("geometry"))


def together(features: Iterable[Mapping[str, Any]]) -> list[tuple[str, shapely.Geometry]]:
    """Return attributes, as JSON, and geometry of features that were cut at the edges of tiles.

    Parts with the same attributes that touch are one feature; what came twice stands once. The order is that of the
    attributes and places, not that of the tiles.

    Parameters
    ----------
    features
        Features of GeoJSON, of all tiles.
    """
    import shapely

    groups: dict[tuple[str, int], list[shapely.Geometry]] = {}
    for feature in features:
        attributes = json.dumps(feature.get("properties") or {}, ensure_ascii=False, sort_keys=True)
        shape = shapely.make_valid(shapely.from_geojson(json.dumps(feature["geometry"])))
        for part in shapely.get_parts(shape):
            groups.setdefault((attributes, int(shapely.get_dimensions(part))), []).append(part)
    rows = []
    for (attributes, dimension), parts in sorted(groups.items(), key=lambda item: item[0]):
        whole = shapely.union_all(parts)
        whole = shapely.line_merge(whole) if dimension == LINE else whole
        pieces = sorted(shapely.get_parts(shapely.normalize(whole)), key=lambda piece: piece.bounds)
        rows += [(attributes, piece) for piece in pieces if not piece.is_empty]
    return rows


def _write(path: Path, *, rows: Sequence[tuple[str, shapely.Geometry]]) -> None:
    """Write a GeoJSON in JGD2011, one feature a line."""
    import shapely

    lines = [
        f'{{"type":"Feature","properties":{attributes},"geometry":{shapely.to_geojson(shape)}}}'
        for attributes, shape in rows
    ]
    crs = '{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::6668"}}'
    text = f'{{"type":"FeatureCollection","crs":{crs},"features":[\n' + ",\n".join(lines) + "\n]}\n"
    path.write_text(text, "utf-8", newline="\n")
