"""A span of a document, as the export pipeline accepts it."""

from __future__ import annotations

from collections.abc import Sequence

from ...store.exchange.document import SpanDocument, TraceDocument
from ...store.model.rows import AttachmentRecord
from ..spans.live_trace import LiveTrace
from ..spans.pending_span import NEW, PendingSpan


class ForeignSpan(PendingSpan):
    """A span that another program recorded."""

    __slots__ = ("attachments",)

    attachments: Sequence[AttachmentRecord]
    """The attachments that the document of the trace has."""

    def __init__(self, document: SpanDocument, trace: LiveTrace) -> None:
        self.trace = trace
        self.span_key = document.span_id
        self.parent_key = document.parent_id
        self.is_entry = document.is_entry
        self.name = document.name
        self.kind = document.kind
        self.start_ns = document.start_ns
        self.end_ns = document.end_ns
        self.status_code = document.status
        self.status_message = document.status_message
        self.thread = document.thread
        self.attribute_values = document.attributes
        self.inputs_value = document.inputs
        self.outputs_value = document.outputs
        self.event_list = document.events or None
        self.link_list = document.links or None
        self.inputs_json = self.outputs_json = None
        self.attachments = ()
        self.stream = None
        self.has_children = False
        self.queue_state = NEW


def foreign_trace(trace_id: bytes, labels: TraceDocument | None) -> LiveTrace:
    """Return the trace of a document, with what the document tells of it."""
    trace = LiveTrace(trace_id, maybe_in_file=True)
    if labels is not None:
        trace.tags = labels.tags or None
        trace.metadata = labels.metadata or None
        trace.session_id = labels.session_id
        trace.user_id = labels.user_id
        trace.client_request_id = labels.client_request_id
        trace.request_preview = labels.request_preview
        trace.response_preview = labels.response_preview
        trace.state = labels.state
    return trace
