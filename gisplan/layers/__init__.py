"""Floor 2: the catalogue of layers, and reading raw tables into layers that keep its promises."""
