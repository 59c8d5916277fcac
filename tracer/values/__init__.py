"""Values of the host: copied, measured and truncated."""
