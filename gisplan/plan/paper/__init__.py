"""The plan chapter: what its audience may have of the results, put into chapters once, for both papers."""
