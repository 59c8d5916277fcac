"""The details of a span as a document of lines."""
