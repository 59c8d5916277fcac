"""Traces that have spans in this process."""

from __future__ import annotations

import sys
from typing import Any

from ...store.model.rows import TraceRecord
from ..parts import clock
from . import greenlets

SAMPLED = 0x01
"""The flag of a `traceparent` header that says that the caller records its trace."""


class LiveTrace(TraceRecord):
    """A trace with spans in this process, and the clock that its spans share."""

    __slots__ = ("__weakref__", "wall_offset_ns")

    wall_offset_ns: int
    """Unix time minus monotonic time when the trace began."""

    def __init__(self, trace_key: bytes, maybe_in_file: bool) -> None:
        self.trace_key = trace_key
        self.maybe_in_file = maybe_in_file
        self.tags = self.metadata = None
        self.session_id = self.user_id = self.client_request_id = None
        self.request_preview = self.response_preview = self.state = self.as_written = None
        if greenlets.MODULE in sys.modules and not greenlets.is_watched:
            greenlets.watch()
        self.wall_offset_ns = clock.wall_ns() - clock.monotonic_ns()


class RemoteTrace(LiveTrace):
    """A trace that began in another process. All spans of the trace in this process share one object."""

    __slots__ = ("flags", "tracestate")

    def __init__(self, trace_key: bytes, flags: int, tracestate: str | None) -> None:
        super().__init__(trace_key, maybe_in_file=True)
        self.flags = flags
        self.tracestate = tracestate


class RemoteTraceAlias(RemoteTrace):
    """A remote trace below another parent, with other flags or `tracestate`. It shares the labels of the first one."""

    __slots__ = ("_first",)

    def __init__(self, first: RemoteTrace, flags: int, tracestate: str | None) -> None:
        self._first = first
        self.wall_offset_ns = first.wall_offset_ns
        self.flags = flags
        self.tracestate = tracestate


def _shared_field(field: str) -> property:
    def get(self: RemoteTraceAlias) -> Any:
        return getattr(self._first, field)

    def set_(self: RemoteTraceAlias, value: Any) -> None:
        setattr(self._first, field, value)

    return property(get, set_)


for _field in TraceRecord.__slots__:
    setattr(RemoteTraceAlias, _field, _shared_field(_field))
