"""Which of its five states a trace or a span is in, given which processes are gone."""

from __future__ import annotations

from collections.abc import Container

from .rows import LOST, OK, RUNNING, SpanRow, TraceRow


def trace_status(trace: TraceRow, gone: Container[int]) -> str:
    """The state of a trace: it runs as long as any of its spans does, also after its root has ended."""
    if trace.process not in gone and (trace.open_count or trace.status is None):
        return RUNNING
    return trace.status or LOST


def span_status(span: SpanRow, gone: Container[int]) -> str:
    """The state of a span: one that is open in a process that is gone is lost and will not end."""
    if span.end_ns is None:
        return LOST if span.process in gone else RUNNING
    return span.status or OK
