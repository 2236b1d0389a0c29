"""The guard at the door of every overlay: two coordinate systems never meet, and areas are never in degrees.

geopandas only warns where two systems meet, and a join across them returns no row at all.
"""

from __future__ import annotations

import geopandas as gpd

from gisplan.core.errors import InputError, Problem

MERCATOR = "Pseudo Mercator"
"""In the name of the projection of web maps."""


def same_crs(left: gpd.GeoDataFrame, right: gpd.GeoDataFrame, *, place: str) -> None:
    """Make sure that two tables share one projected CRS.

    Parameters
    ----------
    left, right
        Tables that are about to be laid over each other.
    place
        What is being done, for the message.

    Raises
    ------
    InputError
        If a table has no CRS, if the two differ by authority code, or if they are no measure for areas.
    """
    names = tuple(crs_code(frame) for frame in (left, right))
    if "" in names:
        raise InputError(Problem(code="overlay.crs_missing", place=place))
    if names[0] != names[1]:
        raise InputError(
            Problem(code="crs.mismatch", place=place, values={"left": names[0], "right": names[1]})
        )
    metric(left, place=place)


def metric(frame: gpd.GeoDataFrame, *, place: str) -> None:
    """Make sure that a table has a CRS in which areas and distances are true.

    Raises
    ------
    InputError
        If the table has no CRS, one in degrees, or Mercator's: in Japan it shows areas half as large again.
    """
    if frame.crs is None:
        raise InputError(Problem(code="overlay.crs_missing", place=place))
    way = frame.crs.coordinate_operation
    if frame.crs.is_geographic or (way is not None and MERCATOR in way.method_name):
        raise InputError(Problem(code="crs.area", place=place, values={"crs": crs_code(frame)}))


def crs_code(frame: gpd.GeoDataFrame) -> str:
    """Return the CRS of a table by authority code (`EPSG:6676`), its full text where it has none, or ""."""
    if frame.crs is None:
        return ""
    authority = frame.crs.to_authority()
    return ":".join(authority) if authority else str(frame.crs.to_wkt())
