"""The plan chapter as papers: one document, written for Word and as a page."""
