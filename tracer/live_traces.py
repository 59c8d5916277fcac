"""The traces of this process that carry labels, found by id: who changes a label by id must reach the one that runs."""

from __future__ import annotations

from weakref import WeakValueDictionary

from .active_trace import ActiveTrace
from .current_span import innermost
from .span import Span

_labelled: WeakValueDictionary[bytes, ActiveTrace] = WeakValueDictionary()


def remember(trace: ActiveTrace) -> None:
    """Let `find` give this trace, as long as anything else holds it."""
    _labelled[trace.trace_key] = trace


def find(trace_key: bytes) -> ActiveTrace | None:
    """The trace with this id that is being recorded here: the one that the caller is in, or one with labels."""
    span = innermost()
    if isinstance(span, Span) and span.trace.trace_key == trace_key:
        return span.trace
    return _labelled.get(trace_key)
