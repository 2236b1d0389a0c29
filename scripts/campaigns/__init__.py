"""Campaigns: many small trials of one promise, each with a seed, counted in a table."""
