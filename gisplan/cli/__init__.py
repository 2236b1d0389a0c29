"""Floor 8: one command per verb, and what a person sees of it."""

from gisplan.cli.entry import main

__all__ = ["main"]
