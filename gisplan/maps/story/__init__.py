"""What a page tells beside its layers: the panel of a place, isochrones by minutes, scenarios, chapters."""
