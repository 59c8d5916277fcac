"""What spans of the SDK show beyond the API, which instrumentors and processors read: the reading half of a span."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from opentelemetry.trace import INVALID_SPAN_CONTEXT, SpanContext, SpanKind, Status, StatusCode, TraceFlags, TraceState
from opentelemetry.trace import Link as ApiLink
from opentelemetry.trace import Span as ApiSpan

from ...store.model.rows import CANCELLED, ERROR, OK
from .. import guard
from ..parts.event import SpanEvent
from ..parts.link import Link
from ..spans.no_op_span import NoOpSpan
from ..spans.remote_parent import RemoteParent
from ..spans.span import Span
from .scope import Scope, is_of_scope, process_resource, scope_kept

UNSIGNED = 0xFFFFFFFFFFFFFFFF
"""Span ids of ours are signed, the API's are not."""


KIND_NAMES = {
    SpanKind.SERVER: "server",
    SpanKind.CLIENT: "client",
    SpanKind.PRODUCER: "producer",
    SpanKind.CONSUMER: "consumer",
}
"""Values of the attribute `KIND`."""

KIND = "otel.kind"
"""The attribute of the role of a span in a call; `span.kind`, which programs set themselves, is theirs."""

_KINDS = {name: kind for kind, name in KIND_NAMES.items()}

_MODEL = "llm.model_name"
"""OpenInference's name of the model, of the request first and then of the answer."""


class ReadableOtelSpan(ApiSpan):
    """The properties of a span, in the SDK's form, read from the span of ours that it stands for."""

    record: Span | NoOpSpan
    """The span of ours that everything set here is set on."""
    has_remote_parent = False
    """Whether the parent is a span of another process."""
    _scope: Scope | None
    _context: SpanContext | None
    _bytes: dict[str, bytes] | None
    """Values of attributes that are bytes; the file has them as text."""

    def get_span_context(self) -> SpanContext:
        """The ids; those of a span that is not recorded are the ids of the caller, or none."""
        context = self._context
        if context is None:
            record = self.record
            if isinstance(record, NoOpSpan):
                outside = record.recorded_ancestor
                context = context_of(outside) if isinstance(outside, Span | RemoteParent) else INVALID_SPAN_CONTEXT
            else:
                context = context_of(record)
            self._context = context
        return context

    @property
    def name(self) -> str:
        """The name now."""
        return self.record.name or ""

    @property
    def kind(self) -> SpanKind:
        """The role in a call between processes."""
        return _KINDS.get(str(self.record.get_attribute(KIND)), SpanKind.INTERNAL)

    @property
    def attributes(self) -> dict[str, Any]:
        """A copy of the attributes that the program set, sequences as tuples and bytes as bytes."""
        scope = self.instrumentation_scope
        kept = self.record.attributes
        own = {key: kept[key] for key in kept if key != KIND and not is_of_scope(key, kept[key], scope)}
        return _as_sdk(own) | {key: value for key, value in (self._bytes or {}).items() if key in own}

    @property
    def links(self) -> tuple[ApiLink, ...]:
        """The links so far."""
        record = self.record
        return tuple(_api_link(link) for link in (record.link_list if isinstance(record, Span) else None) or ())

    @property
    def events(self) -> tuple[SpanEvent, ...]:
        """The events so far: objects with `name`, `attributes` and `timestamp` (Unix nanoseconds)."""
        events = self.record.events
        return tuple(SpanEvent(event.name, event.timestamp, _as_sdk(event.attributes)) for event in events)

    @property
    def instrumentation_scope(self) -> Scope:
        """Which instrumentation began the span."""
        return self._scope or scope_kept(self.record)

    @property
    def resource(self) -> Any:
        """What the process is: the service name and the rest of `OTEL_RESOURCE_ATTRIBUTES`."""
        return process_resource()

    @property
    def context(self) -> SpanContext:
        """As `get_span_context` gives it."""
        return self.get_span_context()

    @property
    def parent(self) -> SpanContext | None:
        """The ids of the parent; None for a root."""
        record = self.record
        if not isinstance(record, Span) or record.parent_key is None:
            return None
        own = self.get_span_context()
        remote = self.has_remote_parent
        return SpanContext(own.trace_id, record.parent_key & UNSIGNED, remote, own.trace_flags, own.trace_state)

    @property
    def status(self) -> Status:
        """What was set so far."""
        record = self.record
        if isinstance(record, Span) and record.status_code in (ERROR, CANCELLED):
            return Status(StatusCode.ERROR, record.status_message)
        return Status(StatusCode.OK if record.status == OK else StatusCode.UNSET)

    @property
    def start_time(self) -> int:
        """Unix nanoseconds."""
        return self.record.start_time_ns

    @property
    def end_time(self) -> int | None:
        """Unix nanoseconds; None while it is open."""
        return self.record.end_time_ns


def _as_sdk(attributes: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if type(value) is list else value for key, value in attributes.items()}


def describe(record: Span, of_scope: Mapping[str, Any], kind: SpanKind) -> None:
    """Keep on a span which instrumentation began it, as `attributes_of` says it, and its role in a call."""
    record.attribute_values = {**of_scope, **record.attribute_values}
    if kind is not SpanKind.INTERNAL:
        record.attribute_values[KIND] = KIND_NAMES[kind]


def context_of(span: Span | RemoteParent) -> SpanContext:
    """The ids of a span of ours, or of another process, with the flags and the `tracestate` that are passed on."""
    is_remote = isinstance(span, RemoteParent)
    flags = getattr(span.trace, "flags", TraceFlags.DEFAULT)
    if not is_remote:
        flags |= TraceFlags.SAMPLED
    trace_id = int.from_bytes(span.trace.trace_key)
    state = getattr(span.trace, "tracestate", None)
    trace_state = TraceState.from_header([state]) if state else None
    return SpanContext(trace_id, span.span_key & UNSIGNED, is_remote, TraceFlags(flags), trace_state)


def link_to(record: Span | NoOpSpan, context: SpanContext | None, attributes: Mapping[str, Any] | None) -> None:
    """Link a span of ours to what a context of the API means, with its flags and its `tracestate`.

    As the SDK has it, a context with invalid ids is kept where it says something by its state or the attributes.
    """
    try:
        if context is None or not (context.is_valid or attributes or context.trace_state):
            return
        given: Any = context.trace_state
        state = given.to_header() if isinstance(given, TraceState) else str(given or "")
        record.add_link(
            Link(
                f"{context.trace_id:032x}",
                f"{context.span_id:016x}",
                attributes,
                tracestate=state or None,
                flags=int(context.trace_flags),
            )
        )
    except Exception:
        guard.fault("adding a link")


def _api_link(record: Mapping[str, Any]) -> ApiLink:
    """A link as the API has it, from the form in which links are recorded."""
    context = SpanContext(
        int(record["trace_id"], 16),
        int(record["span_id"], 16),
        is_remote=True,
        trace_flags=TraceFlags(record.get("flags") or TraceFlags.DEFAULT),
        trace_state=TraceState.from_header([record["tracestate"]]) if record.get("tracestate") else None,
    )
    return ApiLink(context, record["attributes"])
