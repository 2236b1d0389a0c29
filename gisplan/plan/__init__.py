"""Floor 7: plan.toml in, the steps in order, the outputs all at once."""
