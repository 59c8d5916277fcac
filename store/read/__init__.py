"""The reading side: connections of their own that can only read."""
