"""Records of spans, traces and attachments as the tracer hands them to the writer, and SQL on the result."""

from __future__ import annotations

import sqlite3
from hashlib import sha256
from typing import Any

from tracetui.store.file.process import Process
from tracetui.store.model.rows import OK, AttachmentRecord, SpanRecord, TraceRecord
from tracetui.store.write.writer import Writer


class _Record(SpanRecord):
    """As the tracer's own, it may have events, links and attachments."""


PROCESS = Process(pid=1, host="here", service="test", command="test", python="3", started_ns=1)


def make_span(
    trace: TraceRecord, key: int, parent: int | None = None, end_ns: int | None = 20, **values: Any
) -> SpanRecord:
    """A span record as the tracer would give it."""
    span = _Record()
    span.trace, span.span_key, span.parent_key = trace, key, parent
    span.is_entry = parent is None
    span.name, span.kind = f"span {key}", "UNKNOWN"
    span.start_ns, span.end_ns = 10, end_ns
    span.status_code, span.status_message = OK, None
    span.thread = 1
    span.attribute_values = {}
    span.inputs_json = span.outputs_json = None
    for name, value in values.items():
        setattr(span, name, value)
    return span


def make_trace(number: int = 1, *, maybe_in_file: bool = False) -> TraceRecord:
    return TraceRecord(number.to_bytes(16, "big"), maybe_in_file)


def attached(content: bytes, content_type: str = "image/png") -> AttachmentRecord:
    """As the tracer takes it out of a value."""
    return AttachmentRecord(sha256(content).digest(), content_type, content)


def ask(writer: Writer, sql: str) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(writer.path)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()
