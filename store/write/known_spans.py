"""Which spans of a trace the file has, for writers whose spans may arrive twice."""

from __future__ import annotations

import json
import sqlite3
from typing import NamedTuple

_SPANS = """
    SELECT s.span_id, s.id, s.end_ns IS NULL, s.attr_keys FROM span s
    WHERE s.trace = (SELECT id FROM trace WHERE trace_id = ?)"""


class OpenInFile(NamedTuple):
    """A span that the file has, which the next write of the span replaces."""

    row: int
    attribute_keys: frozenset[str]


def read(connection: sqlite3.Connection, trace_key: bytes) -> dict[int, OpenInFile | None]:
    """Return the spans of a trace by their id, None for those that have ended."""
    found: dict[int, OpenInFile | None] = {}
    for span_id, row, is_open, keys in connection.execute(_SPANS, (trace_key,)).fetchall():
        found[span_id] = OpenInFile(row, _names(connection, keys)) if is_open else None
    return found


def find_ended(connection: sqlite3.Connection, trace_key: bytes, span_key: int) -> OpenInFile | None:
    """Return an ended span of the file, None if the file does not have the span, or has it without an end."""
    for _, row, is_open, keys in connection.execute(f"{_SPANS} AND s.span_id = ?", (trace_key, span_key)):
        if not is_open:
            return OpenInFile(row, _names(connection, keys))
    return None


def _names(connection: sqlite3.Connection, keys: str | None) -> frozenset[str]:
    if not keys:
        return frozenset()
    marks = ",".join("?" * len(listed := json.loads(keys)))
    rows = connection.execute(f"SELECT name FROM attr_key WHERE id IN ({marks})", listed)  # noqa: S608
    return frozenset(name for (name,) in rows)
