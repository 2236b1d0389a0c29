"""Floor 3: which area a point lies in, how much of a lot lies in which area, and what a raster says there."""
