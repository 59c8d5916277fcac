"""The reading half of a span: the properties of the SDK's `ReadableSpan`, which instrumentors and processors read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from opentelemetry.trace import INVALID_SPAN_CONTEXT, SpanContext, SpanKind, Status, StatusCode, TraceFlags, TraceState
from opentelemetry.trace import Link as ApiLink
from opentelemetry.trace import Span as ApiSpan

from ...store.conventions.otel_names import KIND
from ...store.model.rows import CANCELLED, ERROR, OK
from .. import guard
from ..parts.event import SpanEvent
from ..parts.link import Link
from ..spans.no_op_span import NoOpSpan
from ..spans.remote_parent import RemoteParent
from ..spans.span import Span
from .scope import Scope, is_of_scope, process_resource, scope_kept

UNSIGNED = 0xFFFFFFFFFFFFFFFF
"""The span ids of the tracer are signed, those of the API are not."""


KIND_NAMES = {
    SpanKind.SERVER: "server",
    SpanKind.CLIENT: "client",
    SpanKind.PRODUCER: "producer",
    SpanKind.CONSUMER: "consumer",
}
"""The values of the attribute `KIND`."""

_KINDS = {name: kind for kind, name in KIND_NAMES.items()}

_MODEL = "llm.model_name"
"""OpenInference's name of the model, of the request first and then of the answer."""


class ReadableOtelSpan(ApiSpan):
    """The properties of a span in the SDK's form, read from the record."""

    record: Span | NoOpSpan
    """The span of the trace file that everything is set on."""
    has_remote_parent = False
    """Whether the parent is a span of another process."""
    dropped_attributes = dropped_events = dropped_links = 0
    """The tracer drops nothing of a span: limits shorten long values in the file."""
    _scope: Scope | None
    _context: SpanContext | None
    _bytes: dict[str, bytes] | None
    """Values of attributes that are bytes; the file has them as text."""

    def get_span_context(self) -> SpanContext:
        """The ids; a span that is not recorded has the ids of its caller, or invalid ones."""
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
        """The name."""
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
        """The links."""
        record = self.record
        return tuple(_api_link(link) for link in (record.link_list if isinstance(record, Span) else None) or ())

    @property
    def events(self) -> tuple[SpanEvent, ...]:
        """The events: objects with `name`, `attributes` and `timestamp` (Unix nanoseconds)."""
        events = self.record.events
        return tuple(SpanEvent(event.name, event.timestamp, _as_sdk(event.attributes)) for event in events)

    @property
    def instrumentation_scope(self) -> Scope:
        """The scope of the instrumentation that began the span."""
        return self._scope or scope_kept(self.record)

    @property
    def instrumentation_info(self) -> Scope:
        """The scope, by the name that versions of the SDK before 1.11 have for it."""
        return self.instrumentation_scope

    @property
    def resource(self) -> Any:
        """The resource of the process: the service name and the rest of `OTEL_RESOURCE_ATTRIBUTES`."""
        return process_resource()

    @property
    def context(self) -> SpanContext:
        """The ids, as `get_span_context` returns them."""
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
        """The status: UNSET, OK or ERROR."""
        record = self.record
        if isinstance(record, Span) and record.status_code in (ERROR, CANCELLED):
            return Status(StatusCode.ERROR, record.status_message)
        return Status(StatusCode.OK if record.status == OK else StatusCode.UNSET)

    @property
    def start_time(self) -> int:
        """When the span began, in Unix nanoseconds."""
        return self.record.start_time_ns

    @property
    def end_time(self) -> int | None:
        """When the span ended, in Unix nanoseconds; None while the span is open."""
        return self.record.end_time_ns


def _as_sdk(attributes: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _frozen(value) if type(value) is list else value for key, value in attributes.items()}


def _frozen(value: Any) -> Any:
    """A list as a tuple, with the lists inside."""
    return tuple(map(_frozen, value)) if type(value) is list else value


def describe(record: Span, of_scope: Mapping[str, Any], kind: SpanKind) -> None:
    """Set the attributes of a span's scope, which `attributes_of` returns, and its kind."""
    record.attribute_values = {**of_scope, **record.attribute_values}
    if kind is not SpanKind.INTERNAL:
        record.attribute_values[KIND] = KIND_NAMES[kind]


def context_of(span: Span | RemoteParent) -> SpanContext:
    """The ids of a span of the tracer, or of another process, with the flags and the `tracestate` to pass on."""
    is_remote = isinstance(span, RemoteParent)
    flags = getattr(span.trace, "flags", TraceFlags.DEFAULT)
    if not is_remote:
        flags |= TraceFlags.SAMPLED
    trace_id = int.from_bytes(span.trace.trace_key)
    state = getattr(span.trace, "tracestate", None)
    trace_state = TraceState.from_header([state]) if state else None
    return SpanContext(trace_id, span.span_key & UNSIGNED, is_remote, TraceFlags(flags), trace_state)


def tracestate_of(context: SpanContext) -> str | None:
    """The header `tracestate` of a context, which some programs make with a text; None for an empty one."""
    state: Any = context.trace_state
    return (state.to_header() if isinstance(state, TraceState) else str(state or "")) or None


def link_to(record: Span | NoOpSpan, context: SpanContext | None, attributes: Mapping[str, Any] | None) -> None:
    """Link a span to the span that a context of the API identifies, with its flags and its `tracestate`.

    A context with invalid ids is kept if it has a `tracestate` or the link has attributes, as in the SDK.
    """
    try:
        if context is None or not (context.is_valid or attributes or context.trace_state):
            return
        record.add_link(
            Link(
                f"{context.trace_id:032x}",
                f"{context.span_id:016x}",
                attributes,
                tracestate=tracestate_of(context),
                flags=int(context.trace_flags),
            )
        )
    except Exception:
        guard.fault("adding a link")


def _api_link(record: Mapping[str, Any]) -> ApiLink:
    """The link of the API for a recorded link."""
    context = SpanContext(
        int(record["trace_id"], 16),
        int(record["span_id"], 16),
        is_remote=True,
        trace_flags=TraceFlags(record.get("flags") or TraceFlags.DEFAULT),
        trace_state=TraceState.from_header([record["tracestate"]]) if record.get("tracestate") else None,
    )
    return ApiLink(context, record["attributes"])
