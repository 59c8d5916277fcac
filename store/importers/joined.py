"""Join small batches to larger ones: files with a span in each line are written some thousand spans at a time."""

from __future__ import annotations

from ..exchange.document import Batch, Batches, FormatError, Resource, SpanDocument, TraceDocument
from ..model.rows import UNSET
from ..text.json_text import encode

SPANS_AT_ONCE = 2_000
BYTES_AT_ONCE = 16 << 20


class _Pending:
    def __init__(self) -> None:
        self.spans: list[SpanDocument] = []
        self.traces: dict[bytes, TraceDocument] = {}


def joined(batches: Batches) -> Batches:
    """Return the same spans and traces in fewer batches, one for each program at a time."""
    pending: dict[Resource, _Pending] = {}
    count = size_bytes = 0
    try:
        for batch in batches:
            of_program = pending.setdefault(batch.resource, _Pending())
            of_program.spans += batch.spans
            for labels in batch.traces:
                known = of_program.traces.setdefault(labels.trace_id, labels)
                if known is not labels:
                    _merge(known, labels)
            count += len(batch.spans) + sum(len(labels.assessments) for labels in batch.traces)
            size_bytes += _size_bytes(batch)
            if count >= SPANS_AT_ONCE or size_bytes >= BYTES_AT_ONCE:
                yield from _taken(pending)
                count = size_bytes = 0
    except (FormatError, OSError):
        yield from _taken(pending)  # what came before is good
        raise
    yield from _taken(pending)


def _taken(pending: dict[Resource, _Pending]) -> Batches:
    for resource, of_program in pending.items():
        yield Batch(resource, of_program.spans, list(of_program.traces.values()))
    pending.clear()


def _size_bytes(batch: Batch) -> int:
    """Return about how much memory a batch takes."""
    payloads = [
        value
        for span in batch.spans
        for value in (span.inputs, span.outputs, span.attributes, span.events)
        if value is not UNSET
    ]
    attached = sum(len(attachment.content) for labels in batch.traces for attachment in labels.attachments)
    return len(encode(payloads)) + attached


def _merge(known: TraceDocument, labels: TraceDocument) -> None:
    known.tags |= labels.tags
    known.metadata |= labels.metadata
    known.assessments += labels.assessments
    known.attachments += labels.attachments
    for name in ("session_id", "user_id", "client_request_id", "request_preview", "response_preview", "state"):
        if (value := getattr(labels, name)) is not None:
            setattr(known, name, value)
