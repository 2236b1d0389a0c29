"""The drivers of GDAL that are off, and its other settings where outside files are read."""

from __future__ import annotations

from collections.abc import Mapping

POINTING_DRIVERS = (
    "OGR_VRT,GDALG,WFS,OAPIF,OGCAPI,CSW,HTTP,EEDA,Elasticsearch,Carto,AmigoCloud,PLSCENES,NGW,GPSBabel,ADBC"
)
"""Drivers of GDAL that open other files than the one named, other programs, or the network."""

OTHER_DRIVERS = (
    "PCIDSK,PDS4,VICAR,PDF,MBTiles,MapInfo File,LVBAG,S57,DGN,CSV,GML,GPX,LIBKML,KML,GeoJSONSeq,ESRIJSON,"
    "TopoJSON,OGR_GMT,SQLite,WAsP,OpenFileGDB,GeoRSS,VFK,PGDUMP,OSM,OGR_PDS,EDIGEO,Idrisi,ODS,XLSX,SXF,Selafin,"
    "JML,VDV,MVT,MapML,GTFS,PMTiles,JSONFG,MiraMonVector,AVCBin,AVCE00,AIVector,PostgreSQL,MySQL,MSSQLSpatial,"
    "netCDF,HDF5,HDF4,Parquet,Arrow,XODR,KMLSUPEROVERLAY,S101,S111,WCS,WMS,WMTS,STACIT,STACTA"
)
"""Drivers that are not asked for: what is left over is the allow-list of `gisplan.sources.vector`.

Rasters are opened by the driver of GeoTIFF alone; their GDAL needs its own VRT to bring them into another CRS.
"""

GDAL_SETTINGS: Mapping[str, str] = {
    "GDAL_SKIP": f"{POINTING_DRIVERS},{OTHER_DRIVERS}",
    "OGR_GEOJSON_MAX_OBJ_SIZE": "0",
    "GDAL_PAM_ENABLED": "NO",
    "CPL_CURL_VERBOSE": "NO",
    "GDAL_NUM_THREADS": "1",
}
"""What GDAL is told before it loads where outside files are read."""
