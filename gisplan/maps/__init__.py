"""Floor 6: the interactive map, the GeoPackage with styles, and the tables a user gets."""
