"""Layers of many features as compact numbers, which a page draws on canvas tiles: any `folium.Map` takes them."""

STYLES = ("canvas.css",)
SCRIPTS = (
    "canvas_read.js",
    "canvas_index.js",
    "canvas_pick.js",
    "canvas_paint.js",
    "canvas_tiles.js",
    "canvas_set.js",
    "canvas_labels.js",
    "canvas_hover.js",
    "canvas_start.js",
)
"""Files of `gisplan/maps/assets`, each of which needs those before it."""
