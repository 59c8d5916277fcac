"""The honest rival on speed: the OpenTelemetry SDK, its batch processor, and thirty lines of exporter to SQLite."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from . import otel_sdk, otel_spans
from .files import row_count, size_bytes
from .shapes import Shapes

_SCHEMA = """
CREATE TABLE spans (
    trace_id TEXT NOT NULL, span_id TEXT NOT NULL, parent_id TEXT, name TEXT NOT NULL,
    start_ns INTEGER NOT NULL, end_ns INTEGER NOT NULL, status TEXT NOT NULL, attributes TEXT NOT NULL
);
CREATE INDEX spans_trace ON spans (trace_id);
"""


class SqliteExporter(SpanExporter):
    """One transaction a batch, WAL, the same durability as ours; attributes as one JSON column."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.executescript(_SCHEMA)

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Insert a batch."""
        rows = [
            (
                f"{span.context.trace_id:032x}",
                f"{span.context.span_id:016x}",
                f"{span.parent.span_id:016x}" if span.parent else None,
                span.name,
                span.start_time,
                span.end_time,
                span.status.status_code.name,
                json.dumps(dict(span.attributes or {})),
            )
            for span in spans
        ]
        self._connection.execute("BEGIN")
        self._connection.executemany("INSERT INTO spans VALUES (?,?,?,?,?,?,?,?)", rows)
        self._connection.execute("COMMIT")
        return SpanExportResult.SUCCESS


class Tracer:
    """What a team writes in an afternoon."""

    def start(self, folder: Path) -> None:
        """Write to one file below `folder`."""
        self._path = folder / "spans.db"
        self._provider, self._tracer = otel_sdk.tracer_for(SqliteExporter(self._path))

    def shapes(self) -> Shapes:
        """Of the API; its decorator knows no generators."""
        return otel_spans.shapes(self._tracer)

    def request(self, question: str, answer: str) -> None:
        """Two spans."""
        otel_spans.request(self._tracer, question, answer)

    def calls(self, calls: Iterable[Any], *, with_payloads: bool) -> None:
        """A trace with a span for each call of `growth_workloads`."""
        with self._tracer.start_as_current_span("turn"):
            for call in calls:
                with self._tracer.start_as_current_span(call.name) as span:
                    if with_payloads:
                        span.set_attribute("input.value", json.dumps(call.inputs))
                        span.set_attribute("output.value", json.dumps(call.outputs))

    def chat(self, messages: list[Any]) -> list[Any]:
        """Root and three children."""
        return otel_spans.chat(self._tracer, messages)

    def flush(self) -> None:
        """Wait for the commit."""
        self._provider.force_flush(120_000)

    def stored_span_count(self) -> int:
        """Rows of `spans`."""
        return row_count(self._path, "spans")

    def stored_bytes(self) -> int:
        """No index on any attribute."""
        return size_bytes(self._path)
