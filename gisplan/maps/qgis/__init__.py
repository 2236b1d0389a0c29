"""The project for QGIS beside the GeoPackage, written without QGIS."""

from gisplan.maps.qgis.package import write_project
from gisplan.maps.qgis.project import About

__all__ = ["About", "write_project"]
