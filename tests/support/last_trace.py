"""The trace that a test has just recorded, read from the file."""

from __future__ import annotations

from typing import Any

from tracetui import tracer


def last_trace() -> Any:
    """Return the trace that ended last in this process."""
    trace_id = tracer.get_last_active_trace_id()
    assert trace_id is not None
    trace = tracer.get_trace(trace_id)
    assert trace is not None
    return trace
