"""The writing side: one transaction at a time."""
