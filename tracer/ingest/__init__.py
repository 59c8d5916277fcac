"""Spans of other programs, recorded like our own: redacted, within the limits, each once; in a process of its own."""
