"""A trace that has spans in this process, and which one ended last."""

from __future__ import annotations

import sys

from ...store.model.rows import TraceRecord
from ..parts import clock
from . import greenlets

ANY_THREAD = 0
"""No thread has this number."""

last_trace_key: dict[int, bytes] = {}
"""The trace whose root ended last, for each number of a thread and for `ANY_THREAD`."""


class ActiveTrace(TraceRecord):
    """A trace with spans in this process: the clock that they share."""

    __slots__ = ("__weakref__", "wall_offset_ns")

    def __init__(self, trace_key: bytes, maybe_in_file: bool) -> None:
        self.trace_key = trace_key
        self.maybe_in_file = maybe_in_file
        self.tags = self.metadata = None
        self.session_id = self.user_id = self.client_request_id = None
        self.request_preview = self.response_preview = self.state = self.as_written = None
        if greenlets.MODULE in sys.modules and not greenlets.is_watched:
            greenlets.watch()
        self.wall_offset_ns = clock.wall_ns() - clock.monotonic_ns()
