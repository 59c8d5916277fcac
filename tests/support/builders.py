"""Trace files made row by row, for tests of the code that reads them: times in ms after `EPOCH_NS`, known ids."""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from tracetui.store.file import schema
from tracetui.store.read import liveness

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

EPOCH_NS = 1_767_323_045_000_000_000
"""2026-01-02T03:04:05Z, the default start of every built trace."""


def at_ms(ms: float) -> int:
    """`ms` after the epoch of the tests, in Unix nanoseconds."""
    return EPOCH_NS + int(ms * 1_000_000)


class BuiltSpan(NamedTuple):
    """A span in the file: its row id and its W3C id."""

    id: int
    span_id: int


class TraceFile:
    """A trace file under construction. Every call is committed at once, as a flush of a tracer would be."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.connection = schema.open_for_writing(path)
        self._process: int | None = None

    def close(self) -> None:
        """Close the writing connection."""
        self.connection.close()

    def process(self, **columns: Any) -> int:
        """Insert a process, by default the calling one, and return its id."""
        row = {
            "pid": os.getpid(),
            "host": liveness.this_host(),
            "service": "shop",
            "command": "python shop.py",
            "python": "3.11.7",
            "started_ns": time.time_ns(),
            "heartbeat_ns": EPOCH_NS,
            "rev": self.next_rev(),
        } | columns
        self._process = self.insert("process", row)
        return self._process

    def trace(
        self, name: str = "chat", *, process: int | None = None, start_ms: float = 0, **columns: Any
    ) -> BuiltTrace:
        """Add a trace without spans."""
        id = self.next_number("trace")
        row: dict[str, Any] = {
            "id": id,
            "trace_id": (0xA000_0000_0000_0000_0000_0000_0000_0000 + id).to_bytes(16, "big"),
            "process": process or self._process or self.process(),
            "name": name,
            "kind": "UNKNOWN",
            "start_ns": at_ms(start_ms),
            "end_ns": None,
            "status": None,
            "span_count": 0,
            "open_count": 0,
            "error_count": 0,
            "rev": self.next_rev(),
        } | columns
        self.insert("trace", row)
        return BuiltTrace(self, id, row["trace_id"], row["process"], start_ms)

    def traces(self, count: int) -> list[int]:
        """Insert many finished traces in one transaction and return their ids."""
        self.connection.execute("BEGIN")
        ids = []
        for number in range(count):
            built = self.trace(f"request {number}", start_ms=number, status="OK", end_ns=at_ms(number + 5))
            ids.append(built.id)
        self.connection.execute("COMMIT")
        return ids

    def key(self, name: str) -> int:
        """Return the id of an attribute's name, inserted if it is new, and increment its count."""
        return int(
            self.connection.execute(
                "INSERT INTO attr_key (name, span_count) VALUES (?, 1)"
                " ON CONFLICT DO UPDATE SET span_count = span_count + 1 RETURNING id",
                (name,),
            ).fetchone()[0]
        )

    def insert(self, table: str, row: dict[str, Any]) -> int:
        """Insert a row and return its id."""
        columns, marks = ", ".join(row), ", ".join("?" * len(row))
        cursor = self.connection.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks})", tuple(row.values()))
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def update(self, table: str, id: int, row: dict[str, Any]) -> None:
        """Change these columns of a row."""
        columns = ", ".join(f"{name} = ?" for name in row)
        self.connection.execute(f"UPDATE {table} SET {columns} WHERE id = ?", (*row.values(), id))

    def next_number(self, kind: str) -> int:
        """The next number of the file's sequence of traces, spans or revs."""
        statement = f"UPDATE sequence SET {kind} = {kind} + 1 RETURNING {kind}"
        return int(self.connection.execute(statement).fetchone()[0])

    def next_rev(self) -> int:
        """The rev of the next row that is written."""
        return self.next_number("rev")


class BuiltTrace:
    """A trace in the file, to which spans are added."""

    def __init__(self, file: TraceFile, id: int, trace_id: bytes, process: int, start_ms: float) -> None:
        self.file = file
        self.id = id
        self.trace_id = trace_id
        self.process = process
        self.start_ms = start_ms

    @property
    def hex_id(self) -> str:
        """The trace id as people see it."""
        return self.trace_id.hex()

    def span(
        self,
        name: str = "work",
        *,
        parent: BuiltSpan | int | None = None,
        start_ms: float = 0,
        end_ms: float | None = 10,
        kind: str = "UNKNOWN",
        status: str | None = "OK",
        attributes: dict[str, Any] | None = None,
        inputs: Any = None,
        outputs: Any = None,
        events: list[dict[str, Any]] | None = None,
        links: list[dict[str, Any]] | None = None,
        **columns: Any,
    ) -> BuiltSpan:
        """Add a span; times count from the start of the trace, `end_ms=None` leaves it open."""
        id = self.file.next_number("span")
        start_ns = at_ms(self.start_ms + start_ms)
        end_ns = None if end_ms is None else at_ms(self.start_ms + end_ms)
        keys = [self._attribute(id, key, value) for key, value in (attributes or {}).items()]
        row: dict[str, Any] = {
            "id": id,
            "trace": self.id,
            "process": self.process,
            "span_id": 0x5000 + id,
            "parent_id": parent.span_id if isinstance(parent, BuiltSpan) else parent,
            "name": name,
            "kind": kind,
            "start_ns": start_ns,
            "end_ns": end_ns,
            "status": status if end_ns is not None else None,
            "attr_keys": json.dumps(keys) if keys else None,
            "rev": self.file.next_rev(),
        } | columns
        self.file.insert("span", row)
        payload = {"inputs": inputs, "outputs": outputs, "events": events, "links": links}
        if any(value is not None for value in payload.values()):
            texts = {name: None if value is None else json.dumps(value) for name, value in payload.items()}
            self.file.insert("payload", {"span": id, **texts})
        is_root = row["parent_id"] is None
        self.file.connection.execute(
            "UPDATE trace SET span_count = span_count + 1, open_count = open_count + ?, error_count = error_count + ?,"
            " root = coalesce(root, ?), status = coalesce(status, ?), end_ns = coalesce(end_ns, ?), rev = ?"
            " WHERE id = ?",
            (
                end_ns is None,
                row["status"] == "ERROR",
                id if is_root else None,
                row["status"] if is_root else None,
                end_ns if is_root else None,
                self.file.next_rev(),
                self.id,
            ),
        )
        return BuiltSpan(id, row["span_id"])

    def end(self, span: BuiltSpan, *, end_ms: float = 10, status: str = "OK") -> None:
        """End an open span, and the trace with its root."""
        end_ns = at_ms(self.start_ms + end_ms)
        self.file.update("span", span.id, {"end_ns": end_ns, "status": status, "rev": self.file.next_rev()})
        self.file.connection.execute(
            "UPDATE trace SET open_count = open_count - 1, end_ns = iif(root = ?, ?, end_ns),"
            " status = iif(root = ?, ?, status), rev = ? WHERE id = ?",
            (span.id, end_ns, span.id, status, self.file.next_rev(), self.id),
        )

    def _attribute(self, span: int, name: str, value: Any) -> int:
        key = self.file.key(name)
        type = None
        if isinstance(value, bool):
            value, type = int(value), "bool"
        elif isinstance(value, dict | list) or not _fits(value):
            value, type = json.dumps(value), "json"
        self.file.connection.execute("INSERT INTO attr VALUES (?, ?, ?, ?)", (key, span, value, type))
        return key


def _fits(value: Any) -> bool:
    # What SQLite holds exactly as it is: NaN would become null, and integers have 64 bits.
    if isinstance(value, int):
        return -(1 << 63) <= value < 1 << 63
    if isinstance(value, float):
        return value - value == 0
    return value is not None


def overwrite_text(connection: sqlite3.Connection, table: str, column: str, id: int, stored: bytes) -> None:
    """Store bytes of any encoding where text is expected, as a careless importer would."""
    connection.execute(f"UPDATE {table} SET {column} = CAST(? AS TEXT) WHERE id = ?", (stored, id))
