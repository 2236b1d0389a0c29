"""Layers for other programs: GeoJSON and KML, each with its credit, feature by feature however many there are."""

from gisplan.maps.exports.geojson import write_geojson
from gisplan.maps.exports.kml import write_kml
from gisplan.maps.exports.words import Said

__all__ = ["Said", "write_geojson", "write_kml"]
