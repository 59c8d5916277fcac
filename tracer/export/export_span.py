"""A span on its way through the export pipeline: a copy that only the writer thread has."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import Any

from ...store.model.rows import UNSET, AttachmentRecord, SpanRecord
from ...store.text.json_parts import JsonParts, KnownElements, encode_in_parts
from ..spans.pending_span import PendingSpan

INPUTS, OUTPUTS, EVENTS, LINKS = "inputs", "outputs", "events", "links"

COPIED = (
    "end_ns",  # first: all that was set before the end is complete once there is an end
    "attribute_values",
    "event_list",
    "inputs_value",
    "is_entry",
    "kind",
    "link_list",
    "name",
    "outputs_value",
    "parent_key",
    "span_key",
    "start_ns",
    "status_code",
    "status_message",
    "thread",
    "trace",
)
"""The fields of a recorded span that are copied; its stream is read, and its JSON is made here."""

_known = KnownElements()
"""Objects that the calls of a conversation send again and again."""

_read = attrgetter("stream", *COPIED)


class Payload:
    """Inputs, outputs, events or links: the value and its JSON."""

    __slots__ = ("json", "name", "value")

    def __init__(self, name: str, value: Any) -> None:
        self.name = name
        self.replace(value)

    def replace(self, value: Any) -> None:
        """Set another value."""
        self.value = value
        self.json = encode_in_parts(value, _known)


class Exported:
    """The inputs and outputs that were exported of an open span, for the next time that it is exported."""

    __slots__ = ("attachments", "inputs_json", "inputs_value", "outputs_json", "outputs_value")

    def __init__(self, span: ExportSpan) -> None:
        self.inputs_value, self.inputs_json = span.inputs_value, span.inputs_json
        self.outputs_value, self.outputs_json = span.outputs_value, span.outputs_json
        self.attachments = span.attachments


class ExportSpan(SpanRecord):
    """A copy of a span. The steps of the pipeline change it; the last one sets the JSON that is written."""

    __slots__ = (
        "attachments",
        "before",
        "event_list",
        "events_json",
        "inputs_value",
        "is_streaming",
        "link_list",
        "links_json",
        "outputs_value",
        "payloads",
    )

    attachments: Sequence[AttachmentRecord]
    events_json: bytes | JsonParts | None
    links_json: bytes | JsonParts | None
    inputs_value: Any
    outputs_value: Any
    event_list: list[dict[str, Any]] | None
    link_list: list[dict[str, Any]] | None
    payloads: list[Payload]
    """The payloads that were not exported before; empty until `encode_payloads`."""
    is_streaming: bool
    """Whether the outputs are those that a stream has delivered so far."""
    before: Exported | None

    def __init__(self, span: PendingSpan, before: Exported | None = None) -> None:
        self.before = before
        self.attachments = before.attachments if before is not None else ()
        self.payloads = []
        self.inputs_json = self.outputs_json = self.events_json = self.links_json = None
        (
            stream,
            self.end_ns,
            self.attribute_values,
            self.event_list,
            self.inputs_value,
            self.is_entry,
            self.kind,
            self.link_list,
            self.name,
            self.outputs_value,
            self.parent_key,
            self.span_key,
            self.start_ns,
            self.status_code,
            self.status_message,
            self.thread,
            self.trace,
        ) = _read(span)
        self.is_streaming = stream is not None and self.end_ns is None
        if self.end_ns is None:
            self.attribute_values = dict(self.attribute_values)  # the host goes on adding to it
            if self.event_list:
                self.event_list = list(self.event_list)
            if self.link_list:
                self.link_list = list(self.link_list)
            if stream is not None:
                self.outputs_value = stream.outputs_so_far()
                self.attribute_values.update(stream.attributes_so_far())

    def forget_values(self) -> None:
        """Drop the values of which the JSON is there: the copy may be kept for as long as the span is open."""
        self.inputs_value = self.outputs_value = UNSET
        self.event_list = self.link_list = self.before = None
        self.payloads = []


def encode_payloads(span: ExportSpan) -> None:
    """Make JSON of the values; inputs and outputs that were exported before keep theirs."""
    before = span.before
    if span.inputs_value is not UNSET:
        if before is not None and before.inputs_value is span.inputs_value:
            span.inputs_json = before.inputs_json
        else:
            span.payloads.append(Payload(INPUTS, span.inputs_value))
    if span.outputs_value is not UNSET:
        if before is not None and before.outputs_value is span.outputs_value:
            span.outputs_json = before.outputs_json
        else:
            span.payloads.append(Payload(OUTPUTS, span.outputs_value))
    if span.event_list:
        span.payloads.append(Payload(EVENTS, span.event_list))
    if span.link_list:
        span.payloads.append(Payload(LINKS, span.link_list))


def set_json(span: ExportSpan) -> None:
    """Set the JSON that is written of the payloads."""
    for payload in span.payloads:
        if payload.name == INPUTS:
            span.inputs_json = payload.json
        elif payload.name == OUTPUTS:
            span.outputs_json = payload.json
        elif payload.name == EVENTS:
            span.events_json = payload.json
        else:
            span.links_json = payload.json
