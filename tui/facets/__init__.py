"""Filters from what is under the cursor: only this, not this, the values of a field with their counts."""
