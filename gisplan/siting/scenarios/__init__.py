"""What a scenario changes: its roads and places, everybody's minutes, and the indicators of the forms."""
