"""The jobs of `scripts/bench.py`: what is run, beside which peer, and how their answers are compared."""
