"""OTLP in protobuf: `ExportTraceServiceRequest`, by the messages of the package opentelemetry-proto.

What a span becomes is the same as from JSON, see `otlp`. Importing this module needs the extra `collect`.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from google.protobuf.json_format import ParseDict
from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import ScopeSpans, Span

from ..conventions import otel_names
from ..model.rows import NO_STATUS
from . import otlp
from .document import Batch, Batches, FormatError, Refuse, SpanDocument, signed

_END_NS = 1 << 63
_IDS = frozenset({"traceId", "spanId", "parentSpanId"})


def read(body: bytes, refuse: Refuse) -> Batches:
    """Return the spans of a request by their resource. Raises FormatError for a body that is no such message.

    `refuse` receives the reason for each span that cannot be kept.
    """
    try:
        message = ExportTraceServiceRequest.FromString(body)
    except DecodeError as error:
        raise FormatError(f"not an ExportTraceServiceRequest in protobuf: {error}") from None
    for of_resource in message.resource_spans:
        try:
            resource = otlp.resource_of(attributes(of_resource.resource.attributes))
            spans: list[SpanDocument] = []
            for of_scope in of_resource.scope_spans:
                _read_scope(of_scope, spans, refuse)
        except FormatError as error:
            refuse(str(error))
            continue
        yield Batch(resource, spans, otlp.take_assessments(spans))


def encode(request: Mapping[str, Any]) -> bytes:
    """Return a request in the form of `otlp_json` as protobuf."""
    message = ExportTraceServiceRequest()
    ParseDict(_as_protobuf_json(request), message)
    return bytes(message.SerializeToString())


def _as_protobuf_json(value: Any) -> Any:
    """Return a copy in the JSON mapping of protobuf: ids in base64, where OTLP has hex digits, and text that is UTF-8.

    A lone surrogate, for which protobuf has no form, becomes a question mark.
    """
    if isinstance(value, str):
        return value.encode(errors="replace").decode()
    if isinstance(value, list):
        return [_as_protobuf_json(item) for item in value]
    if isinstance(value, dict):
        return {
            key: b64encode(bytes.fromhex(item)).decode() if key in _IDS else _as_protobuf_json(item)
            for key, item in value.items()
        }
    return value


def _read_scope(of_scope: ScopeSpans, spans: list[SpanDocument], refuse: Refuse) -> None:
    scope = of_scope.scope
    kept = otlp.scope_attributes(scope.name, scope.version, of_scope.schema_url, attributes(scope.attributes))
    for span in of_scope.spans:
        try:
            spans.append(_span(span, kept))
        except FormatError as error:
            refuse(str(error))


def _span(span: Span, kept: dict[str, Any]) -> SpanDocument:
    start_ns, end_ns = span.start_time_unix_nano, span.end_time_unix_nano
    if not 0 < start_ns < _END_NS or end_ns >= _END_NS:
        raise FormatError(f"the span {span.name!r:.60} has no start, or a time after the year 2262")
    if len(span.trace_id) != 16 or not any(span.trace_id):
        raise FormatError(f"the span {span.name!r:.60} has a trace id that is not 16 bytes")
    if len(span.span_id) != 8 or not any(span.span_id):
        raise FormatError(f"the span {span.name!r:.60} has a span id that is not 8 bytes")
    kind = otlp.KINDS.get(span.kind)
    own = {**kept, **attributes(span.attributes)}
    if kind is not None:
        own[otel_names.KIND] = kind
    parent = span.parent_span_id if any(span.parent_span_id) else b""
    return SpanDocument(
        trace_id=span.trace_id,
        span_id=span_key(span.span_id),
        parent_id=span_key(parent) if parent else None,
        name=span.name,
        start_ns=start_ns,
        end_ns=max(start_ns, end_ns) if end_ns else None,
        status=otlp.STATUSES.get(span.status.code, NO_STATUS) if end_ns else None,
        status_message=span.status.message or None,
        attributes=own,
        events=[
            {"name": event.name, "time_ns": event.time_unix_nano % _END_NS, "attributes": attributes(event.attributes)}
            for event in span.events
        ],
        links=[
            {"trace_id": link.trace_id.hex(), "span_id": link.span_id.hex(), "attributes": attributes(link.attributes)}
            | ({"tracestate": link.trace_state} if link.trace_state else {})
            for link in span.links
        ],
        is_entry=not parent or span.flags & otlp.REMOTE == otlp.REMOTE or kind in ("server", "consumer"),
    )


def span_key(span_id: bytes) -> int:
    """Return the 8 bytes of a span id as the trace file stores them."""
    return signed(int.from_bytes(span_id))


def attributes(pairs: Any) -> dict[str, Any]:
    """Return `KeyValue` messages as a dict; the first value of a key counts."""
    found: dict[str, Any] = {}
    pair: KeyValue
    for pair in pairs:
        value = pair.value
        which = value.WhichOneof("value")
        if which == "string_value":
            found.setdefault(pair.key, value.string_value)
        elif which == "int_value":
            found.setdefault(pair.key, value.int_value)
        else:
            found.setdefault(pair.key, any_value(value, which))
    return found


def any_value(value: AnyValue, which: str | None) -> Any:
    """Return an `AnyValue` as a value of JSON types, bytes as base64. Protobuf bounds how deep values nest."""
    if which == "array_value":
        return [any_value(item, item.WhichOneof("value")) for item in value.array_value.values]
    if which == "kvlist_value":
        return attributes(value.kvlist_value.values)
    if which == "bytes_value":
        return b64encode(value.bytes_value).decode()
    return None if which is None else getattr(value, which)
