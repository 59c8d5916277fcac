"""Formats of traces in and out: pure functions between documents and spans. Nothing else knows a foreign format."""
