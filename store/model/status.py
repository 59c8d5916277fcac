"""Which of its five states a trace or a span is in, given which processes are gone."""

from __future__ import annotations

from collections.abc import Container

from .rows import CANCELLED, ERROR, LOST, NO_STATUS, OK, RUNNING, SpanRow, TraceRow

STATUS_SIGNS = {OK: "✓", NO_STATUS: "✓", ERROR: "✗", CANCELLED: "⊘", RUNNING: "◐", LOST: "?"}
"""The sign of each state before a name: colour is never the only difference."""


def trace_status(trace: TraceRow, gone: Container[int]) -> str:
    """The state of a trace: it runs as long as any of its spans does, also after its root has ended.

    One without open spans whose root has not come yet runs as long as the process does that began to write it.
    """
    if trace.open_processes:
        runs = any(int(process) not in gone for process in trace.open_processes.split(","))
    else:
        runs = trace.process not in gone and (trace.open_count > 0 or trace.status is None)
    return RUNNING if runs else trace.status or LOST


def span_status(span: SpanRow, gone: Container[int]) -> str:
    """The state of a span: one that is open in a process that is gone is lost and will not end."""
    if span.end_ns is None:
        return LOST if span.process in gone else RUNNING
    return span.status or OK
