"""Spans while they run, the current span, and traces of this process."""
