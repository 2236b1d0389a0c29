"""What a plan puts into the story of its page: who is within reach of a hub, its panel, scenarios, chapters."""
