"""`python -m gisplan` is the same as `gisplan`."""

from gisplan.cli import main

main()
