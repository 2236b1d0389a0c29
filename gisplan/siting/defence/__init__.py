"""Why these hubs: the curve, ties, stability, who is served, and the comparison of two sitings."""
