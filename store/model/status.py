"""The status of a trace or a span, which depends on the processes that are gone."""

from __future__ import annotations

from collections.abc import Container

from .rows import CANCELLED, ERROR, LOST, NO_STATUS, OK, RUNNING, SpanRow, TraceRow

STATUS_SIGNS = {OK: "✓", NO_STATUS: "✓", ERROR: "✗", CANCELLED: "⊘", RUNNING: "◐", LOST: "?"}
"""The sign of each state before a name: colour is never the only difference."""


def trace_status(trace: TraceRow, gone: Container[int]) -> str:
    """Return the status of a trace: RUNNING while any of its spans is running, also after the root has ended.

    A trace without open spans whose root has not arrived is RUNNING while the process that wrote it first exists.
    """
    if trace.open_processes:
        runs = any(int(process) not in gone for process in trace.open_processes.split(","))
    else:
        runs = trace.process not in gone and (trace.open_count > 0 or trace.status is None)
    return RUNNING if runs else trace.status or LOST


def span_status(span: SpanRow, gone: Container[int]) -> str:
    """Return the status of a span: an open span of a process that is gone is LOST."""
    if span.end_ns is None:
        return LOST if span.process in gone else RUNNING
    return span.status or OK
