"""The traces of this process that carry labels, found by id: who changes a label by id must reach the one that runs."""

from __future__ import annotations

from weakref import WeakValueDictionary

from .context_labels import NONE, current_labels
from .current import innermost
from .live_trace import ActiveTrace
from .pending_span import PendingSpan

_labelled: WeakValueDictionary[bytes, ActiveTrace] = WeakValueDictionary()


def remember(trace: ActiveTrace) -> None:
    """Let `find` give this trace, as long as anything else holds it."""
    _labelled[trace.trace_key] = trace


def label(trace: ActiveTrace) -> None:
    """Give the labels of the calling context to a trace that begins; what it has already stays."""
    labels = current_labels.get()
    if labels is NONE:
        return
    if labels.tags:
        trace.tags = {**labels.tags, **(trace.tags or {})}
    if labels.metadata:
        trace.metadata = {**labels.metadata, **(trace.metadata or {})}
    trace.session_id = trace.session_id or labels.session_id
    trace.user_id = trace.user_id or labels.user_id
    remember(trace)


def find(trace_key: bytes) -> ActiveTrace | None:
    """The trace with this id that is being recorded here: the one that the caller is in, or one with labels."""
    span: object = innermost()
    if isinstance(span, PendingSpan) and span.trace.trace_key == trace_key:
        return span.trace
    return _labelled.get(trace_key)
