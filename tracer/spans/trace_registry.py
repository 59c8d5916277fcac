"""The traces of this process that can be found by their ids."""

from __future__ import annotations

from weakref import WeakValueDictionary

from .context_labels import Labels
from .current import current_span
from .live_trace import LiveTrace, RemoteTrace, RemoteTraceAlias
from .pending_span import PendingSpan

ANY_THREAD = 0
"""Key of `TraceRegistry.last_keys`. No thread has this number."""


class TraceRegistry:
    """Traces with labels, traces from other processes, and the id of the trace that ended last.

    A trace stays in the registry as long as something else refers to it.
    """

    __slots__ = ("_labelled", "_remote", "_remote_aliases", "last_keys")

    def __init__(self) -> None:
        self._labelled: WeakValueDictionary[bytes, LiveTrace] = WeakValueDictionary()
        self._remote: WeakValueDictionary[bytes, RemoteTrace] = WeakValueDictionary()
        self._remote_aliases: WeakValueDictionary[tuple[bytes, int, str | None], RemoteTrace] = WeakValueDictionary()
        self.last_keys: dict[int, bytes] = {}
        """Key of the trace whose root ended last, by number of the thread and for `ANY_THREAD`."""

    def label(self, trace: LiveTrace, labels: Labels) -> None:
        """Set `labels` on a trace that begins. Labels that the trace has already stay."""
        if labels.tags:
            trace.tags = {**labels.tags, **(trace.tags or {})}
        if labels.metadata:
            trace.metadata = {**labels.metadata, **(trace.metadata or {})}
        trace.session_id = trace.session_id or labels.session_id
        trace.user_id = trace.user_id or labels.user_id
        self.add_labelled(trace)

    def add_labelled(self, trace: LiveTrace) -> None:
        """Let `find` return this trace, so that changing a label by trace id also updates the running trace."""
        self._labelled[trace.trace_key] = trace

    def find(self, trace_key: bytes) -> LiveTrace | None:
        """Return the trace with this id: the trace of the current span, or a trace with labels."""
        span: object = current_span()
        if isinstance(span, PendingSpan) and span.trace.trace_key == trace_key:
            return span.trace
        return self._labelled.get(trace_key)

    def remote(self, trace_key: bytes, flags: int, tracestate: str | None) -> RemoteTrace:
        """Return the trace of another process, with the flags and the `tracestate` of one of its parents."""
        first = self._remote.get(trace_key)
        if first is None:
            first = self._remote[trace_key] = RemoteTrace(trace_key, flags, tracestate)
            return first
        if (first.flags, first.tracestate) == (flags, tracestate):
            return first
        alias = self._remote_aliases.get((trace_key, flags, tracestate))
        if alias is None:
            alias = RemoteTraceAlias(first, flags, tracestate)
            self._remote_aliases[trace_key, flags, tracestate] = alias
        return alias


live_traces = TraceRegistry()
"""The registry of this process."""
