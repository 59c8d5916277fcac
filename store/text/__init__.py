"""JSON, text that is safe for terminals, formatted numbers and times."""
