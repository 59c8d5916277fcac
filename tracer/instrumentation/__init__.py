"""Libraries that are recorded without a changed line."""
