"""The maps for print of a plan: which figures, of which layers, with what notes, for whom."""
