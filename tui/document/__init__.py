"""The details of a span as lines of text."""
