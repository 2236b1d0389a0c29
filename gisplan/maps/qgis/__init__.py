"""The project for QGIS beside the GeoPackage, written without QGIS."""

from gisplan.maps.qgis.package import write_project
from gisplan.maps.qgis.project import About
from gisplan.maps.qgis.surface import Surface

__all__ = ["About", "Surface", "write_project"]
