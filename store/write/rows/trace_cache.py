"""What a process remembers about the traces that it writes, so that most batches need no query."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from itertools import islice

from ...model.rows import TraceRecord
from .trace_state import TraceState

MAX_CACHED_TRACES = 4_096
"""The most cached traces without open spans; a trace that continues after its removal is looked up in the file."""

_FIND_TRACE = """
    SELECT t.id, CASE WHEN t.root IS NULL THEN 0 WHEN s.parent_id IS NULL THEN 2 ELSE 1 END
    FROM trace t LEFT JOIN span s ON s.id = t.root
    WHERE t.trace_id = ?"""


class TraceCache:
    """The states of traces by their id."""

    def __init__(self) -> None:
        self._states: dict[bytes, TraceState] = {}
        """Traces of the current batch, and traces with open spans."""
        self._packed: dict[bytes, int] = {}
        """`TraceState.pack` of the other traces."""

    def __len__(self) -> int:
        """The number of traces of the current batch and of traces with open spans."""
        return len(self._states)

    def state_of(self, connection: sqlite3.Connection, trace: TraceRecord, last_trace: int) -> TraceState:
        """Return the state of a trace; a new trace gets the row id after `last_trace`."""
        state = self._states.get(trace.trace_key)
        if state is None:
            found = None
            if (packed := self._packed.get(trace.trace_key)) is not None:
                state = self._states[trace.trace_key] = TraceState.unpack(packed)
                return state
            if trace.maybe_in_file:
                found = connection.execute(_FIND_TRACE, (trace.trace_key,)).fetchone()
            if found:
                state = TraceState(found[0], is_new=False, root_rank=found[1])
            else:
                state = TraceState(last_trace + 1, is_new=True, root_rank=0)
            self._states[trace.trace_key] = state
        return state

    def commit(self, touched: Iterable[TraceState]) -> None:
        """Keep the states that a committed transaction has changed; pack those of traces without open spans."""
        for state in touched:
            trace = state.record
            assert trace is not None
            trace.maybe_in_file = True
            state.is_new = False
            state.record = None
            if state.open_here <= 0:
                self._packed[trace.trace_key] = state.pack()
                del self._states[trace.trace_key]
        excess = len(self._packed) - MAX_CACHED_TRACES
        if excess > MAX_CACHED_TRACES // 4:
            for key in list(islice(self._packed, excess)):
                del self._packed[key]

    def roll_back(self, touched: Iterable[TraceState]) -> None:
        """Forget the states that a failed transaction has changed."""
        for state in touched:
            assert state.record is not None
            self._states.pop(state.record.trace_key, None)

    def forget(self, trace_keys: Iterable[bytes]) -> None:
        """Forget traces that were deleted from the file."""
        for trace_key in trace_keys:
            self._states.pop(trace_key, None)
            self._packed.pop(trace_key, None)

    def adopt(self, other: TraceCache) -> None:
        """Take over the traces with open spans of another cache of the same file."""
        self._states.update(other._states)
