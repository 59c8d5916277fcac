"""Which spans of a trace the file has, for writers whose spans may arrive twice."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from typing import NamedTuple

_SPANS = "SELECT t.trace_id, s.span_id, s.id, s.end_ns IS NULL, s.attr_keys FROM trace t JOIN span s ON s.trace = t.id"

_TRACES_AT_ONCE = 500
"""The most parameters of one query that any SQLite accepts are 999."""


class OpenInFile(NamedTuple):
    """A span that the file has, which the next write of the span replaces."""

    row: int
    attribute_keys: frozenset[str]


def read(connection: sqlite3.Connection, trace_keys: Sequence[bytes]) -> dict[bytes, dict[int, OpenInFile | None]]:
    """Return the spans of each trace by their id, None for those that have ended."""
    found: dict[bytes, dict[int, OpenInFile | None]] = {key: {} for key in trace_keys}
    for start in range(0, len(trace_keys), _TRACES_AT_ONCE):
        some = trace_keys[start : start + _TRACES_AT_ONCE]
        query = f"{_SPANS} WHERE t.trace_id IN ({','.join('?' * len(some))})"
        for trace_key, span_id, row, is_open, keys in connection.execute(query, some).fetchall():
            found[trace_key][span_id] = OpenInFile(row, _names(connection, keys)) if is_open else None
    return found


def find_ended(connection: sqlite3.Connection, trace_key: bytes, span_key: int) -> OpenInFile | None:
    """Return an ended span of the file, None if the file does not have the span, or has it without an end."""
    query = f"{_SPANS} WHERE t.trace_id = ? AND s.span_id = ?"
    for _, _, row, is_open, keys in connection.execute(query, (trace_key, span_key)):
        if not is_open:
            return OpenInFile(row, _names(connection, keys))
    return None


def _names(connection: sqlite3.Connection, keys: str | None) -> frozenset[str]:
    if not keys:
        return frozenset()
    marks = ",".join("?" * len(listed := json.loads(keys)))
    rows = connection.execute(f"SELECT name FROM attr_key WHERE id IN ({marks})", listed)  # noqa: S608
    return frozenset(name for (name,) in rows)
