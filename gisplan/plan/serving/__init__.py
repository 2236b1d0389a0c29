"""A folder of a plan shown and worked on in a browser of this machine: `gisplan serve`."""
