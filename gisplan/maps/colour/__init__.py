"""Colours for everybody: how far apart they are for each colour vision, and hatches where that is little."""
