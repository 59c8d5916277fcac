"""Edits that keep a file small and its traces young: the oldest traces go first, those that are assessed last."""

from __future__ import annotations

import sqlite3

from .deletion import KEPT, SPANS_AT_ONCE, deletable_traces, delete_traces, delete_until_below, in_batches

KEPT_TIMES_AS_LONG = 4
"""How many times the age of others an assessed trace may have."""

_SILENCE_NS = 86_400_000_000_000
"""A process whose last heartbeat is a day old counts as gone, without a look at the process table."""


class DeleteOldest:
    """Delete the oldest traces until the file has at most `most_bytes`, or as many as one transaction may delete.

    Assessed traces go when there are no others.
    """

    def __init__(self, most_bytes: int, now_ns: int) -> None:
        self._most_bytes = most_bytes
        self._now_ns = now_ns
        self.removed_keys: list[bytes] = []
        """The ids of the deleted traces, after `apply`."""

    @property
    def failure(self) -> str:
        """The message about a refused edit."""
        return "the oldest traces were not deleted"

    def apply(self, connection: sqlite3.Connection, rev: int) -> int:
        """Apply the edit; see `Edit.apply`."""
        gone = _gone(connection, self._now_ns)
        oldest = deletable_traces(connection, gone, only=f"NOT {KEPT}").fetchmany(SPANS_AT_ONCE)
        oldest = oldest or deletable_traces(connection, gone).fetchmany(SPANS_AT_ONCE)
        keys = dict(
            connection.execute("SELECT id, trace_id FROM trace WHERE id BETWEEN ? AND ?", (oldest[0][0], oldest[-1][0]))
            if oldest
            else ()
        )
        self.removed_keys = [keys[trace] for trace, _ in delete_until_below(connection, oldest, self._most_bytes)]
        return len(self.removed_keys)


class DeleteAged:
    """Delete traces that began longer than `max_age_s` ago, as many as one transaction may delete.

    Assessed traces may be `KEPT_TIMES_AS_LONG` times as old.
    """

    def __init__(self, max_age_s: float, now_ns: int) -> None:
        self._age_ns = int(max_age_s * 1e9)
        self._now_ns = now_ns
        self.removed_keys: list[bytes] = []
        """The ids of the deleted traces, after `apply`."""

    @property
    def failure(self) -> str:
        """The message about a refused edit."""
        return "the aged traces were not deleted"

    def apply(self, connection: sqlite3.Connection, rev: int) -> int:
        """Apply the edit; see `Edit.apply`."""
        aged, kept_aged = self._now_ns - self._age_ns, self._now_ns - KEPT_TIMES_AS_LONG * self._age_ns
        only = f"start_ns < {aged:d} AND (start_ns < {kept_aged:d} OR NOT {KEPT})"
        found = deletable_traces(connection, _gone(connection, self._now_ns), only=only).fetchmany(SPANS_AT_ONCE)
        traces = next(in_batches(found), [])
        self.removed_keys = [
            key
            for trace in traces
            for (key,) in connection.execute("SELECT trace_id FROM trace WHERE id = ?", (trace,))
        ]
        if traces:
            delete_traces(connection, traces)
        return len(traces)


def _gone(connection: sqlite3.Connection, now_ns: int) -> list[int]:
    silent = "SELECT id FROM process WHERE ended_ns IS NOT NULL OR heartbeat_ns < ?"
    return [process for (process,) in connection.execute(silent, (now_ns - _SILENCE_NS,))]
