"""The span of another process under which spans of this one go: what a `traceparent` header names."""

from __future__ import annotations

from weakref import WeakValueDictionary

from .active_trace import ActiveTrace


class RemoteTrace(ActiveTrace):
    """A trace that began elsewhere; all that concerns it in this process shares one."""

    __slots__ = ("tracestate",)

    def __init__(self, trace_key: bytes) -> None:
        super().__init__(trace_key, maybe_in_file=True)
        self.tracestate: str | None = None
        """What other tracing systems sent with the request, passed on as it came."""


_traces: WeakValueDictionary[bytes, RemoteTrace] = WeakValueDictionary()


class RemoteParent:
    """A span that is recorded elsewhere, or one that its process chose not to record."""

    __slots__ = ("_has_entry", "has_children", "is_sampled", "span_key", "trace")

    def __init__(
        self, trace_key: bytes, span_key: int, *, is_sampled: bool = True, tracestate: str | None = None
    ) -> None:
        trace = _traces.get(trace_key)
        if trace is None:
            trace = _traces[trace_key] = RemoteTrace(trace_key)
        if tracestate is not None:
            trace.tracestate = tracestate
        self.trace = trace
        self.span_key = span_key
        self.is_sampled = is_sampled
        self._has_entry = False
        self.has_children = False

    def take_entry(self) -> bool:
        """Whether the span that is beginning is the first below this parent: it stands in for the trace's root."""
        is_first, self._has_entry = not self._has_entry, True
        return is_first
