"""What is configured, by arguments and by environment variables."""
