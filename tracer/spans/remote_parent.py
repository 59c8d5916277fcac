"""The span of another process under which spans of this one go: what a `traceparent` header names."""

from __future__ import annotations

from contextvars import Token
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from ...store.model.rows import TraceRecord
from .live_trace import ActiveTrace

if TYPE_CHECKING:
    from .current import Around, Entry

SAMPLED = 0x01
"""The flag of a `traceparent` that says that the caller records its trace."""


class RemoteTrace(ActiveTrace):
    """A trace that began elsewhere; everything about it in this process shares one."""

    __slots__ = ("flags", "tracestate")

    def __init__(self, trace_key: bytes) -> None:
        super().__init__(trace_key, maybe_in_file=True)
        self.flags = SAMPLED
        self.tracestate: str | None = None


class _SameTrace(RemoteTrace):
    """A trace seen below a second parent, whose flags or `tracestate` differ: its labels are those of the first."""

    __slots__ = ("_first",)

    def __init__(self, first: RemoteTrace) -> None:
        self._first = first
        self.wall_offset_ns = first.wall_offset_ns


def _of_the_first(field: str) -> property:
    def get(self: _SameTrace) -> Any:
        return getattr(self._first, field)

    def set_(self: _SameTrace, value: Any) -> None:
        setattr(self._first, field, value)

    return property(get, set_)


for _field in TraceRecord.__slots__:
    setattr(_SameTrace, _field, _of_the_first(_field))

_traces: WeakValueDictionary[bytes, RemoteTrace] = WeakValueDictionary()
_others: WeakValueDictionary[tuple[bytes, int, str | None], RemoteTrace] = WeakValueDictionary()


def _trace_below(trace_key: bytes, flags: int, tracestate: str | None) -> RemoteTrace:
    """The trace with this id, with what is passed on below one parent: the flags and the `tracestate` that came."""
    first = _traces.get(trace_key)
    if first is None:
        first = _traces[trace_key] = RemoteTrace(trace_key)
        first.flags, first.tracestate = flags, tracestate
        return first
    if (first.flags, first.tracestate) == (flags, tracestate):
        return first
    other = _others.get((trace_key, flags, tracestate))
    if other is None:
        other = _others[trace_key, flags, tracestate] = _SameTrace(first)
        other.flags, other.tracestate = flags, tracestate
    return other


class RemoteParent:
    """A span that is recorded elsewhere, or one that its process chose not to record."""

    __slots__ = ("_has_entry", "entry", "has_children", "is_sampled", "left", "span_key", "trace")

    def __init__(
        self,
        trace_key: bytes,
        span_key: int,
        *,
        flags: int = SAMPLED,
        tracestate: str | None = None,
        is_sampled: bool | None = None,
    ) -> None:
        """`flags` and `tracestate` are passed on as they came; `is_sampled`, else the flag, says whether to record."""
        self.trace = _trace_below(trace_key, flags, tracestate)
        self.span_key = span_key
        self.is_sampled = bool(flags & SAMPLED) if is_sampled is None else is_sampled
        self._has_entry = False
        self.has_children = False
        self.entry: Entry | None = None
        self.left: tuple[Token[Around | None], ...] | None = None

    def take_entry(self) -> bool:
        """Whether the span that is beginning is the first below this parent: it stands in for the trace's root."""
        is_first, self._has_entry = not self._has_entry, True
        return is_first
