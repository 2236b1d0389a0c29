"""Floor 0: words, table contracts, errors, coordinate reference systems, units."""
