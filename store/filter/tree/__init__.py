"""The tree of a filter, its spelling as text, and the error of a filter."""
