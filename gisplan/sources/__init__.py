"""Floor 1: one file in, one raw table out, with how it was read."""
