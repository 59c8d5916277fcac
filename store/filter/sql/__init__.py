"""Tree to SQL."""
