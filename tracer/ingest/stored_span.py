"""A span of the trace file as a document, to be written again with what arrived later."""

from __future__ import annotations

from ...store.exchange.document import SpanDocument
from ...store.model.decoding import events_of
from ...store.read.reader import Reader


def stored_span(reader: Reader, trace_key: bytes, id: int) -> SpanDocument | None:
    """Return the span with this span.id without its inputs, outputs and links, which the file keeps."""
    found = reader.spans_by_id([id])
    if not found:
        return None
    ((row, detail),) = found
    return SpanDocument(
        trace_key,
        row.span_id,
        row.parent_id,
        row.name,
        row.start_ns,
        row.end_ns,
        kind=row.kind,
        status=row.status,
        status_message=row.status_message,
        attributes=dict(detail.attributes),
        events=[dict(event) for event in events_of(detail)],
        is_entry=row.parent_id is None,
    )
