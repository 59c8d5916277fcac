"""OTLP in JSON: `ExportTraceServiceRequest`, and one such object on each line, as the collector's file exporter writes.

The mapping of JSON is that of the OTLP specification: ids in hex digits, 64-bit integers as strings or numbers, enums
as numbers or names, unknown fields ignored. https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from ..conventions import otel_names, resource_names
from ..model.rows import ERROR, NO_STATUS, OK
from . import evaluations
from .document import Batch, Batches, FormatError, Refuse, Resource, SpanDocument, TraceDocument
from .fields import entries, enum, hex_bytes, integer, items, span_key, text, time_ns

KINDS: Mapping[Any, str] = {
    2: "server",
    3: "client",
    4: "producer",
    5: "consumer",
    "SPAN_KIND_SERVER": "server",
    "SPAN_KIND_CLIENT": "client",
    "SPAN_KIND_PRODUCER": "producer",
    "SPAN_KIND_CONSUMER": "consumer",
}
"""The values of the attribute `otel_names.KIND`; a span of any other kind, or of none, has no such attribute."""

STATUSES: Mapping[Any, str] = {
    0: NO_STATUS,
    1: OK,
    2: ERROR,
    "STATUS_CODE_UNSET": NO_STATUS,
    "STATUS_CODE_OK": OK,
    "STATUS_CODE_ERROR": ERROR,
}

REMOTE = 0x300
"""The flags of a span that say that its parent is known to be remote."""

MAX_DEPTH = 100
"""How deep values of attributes may nest; protobuf's own limit."""


def is_otlp(document: Any) -> bool:
    """Whether a JSON document has the form of OTLP traces."""
    return isinstance(document, Mapping) and isinstance(
        document.get("resourceSpans", document.get("resource_spans")), list
    )


def read(document: Any, refuse: Refuse) -> Batches:
    """Return the spans of a document by their resource. Raises FormatError if it is not OTLP.

    Events of evaluations become assessments. `refuse` receives the reason for each span that cannot be kept.
    """
    if not is_otlp(document):
        raise FormatError("not OTLP: there is no list `resourceSpans`")
    for of_resource in listed(document, "resourceSpans"):
        try:
            of_resource = entries(of_resource, "an entry of resourceSpans")
            resource = resource_of(attributes(entries(of_resource.get("resource"), "resource").get("attributes")))
            spans: list[SpanDocument] = []
            for of_scope in listed(of_resource, "scopeSpans"):
                _read_scope(entries(of_scope, "an entry of scopeSpans"), spans, refuse)
        except FormatError as error:
            refuse(str(error))
            continue
        yield Batch(resource, spans, take_assessments(spans))


def _read_scope(of_scope: Mapping[str, Any], spans: list[SpanDocument], refuse: Refuse) -> None:
    scope = entries(of_scope.get("scope"), "scope")
    url = text(of_scope.get("schemaUrl", of_scope.get("schema_url")))
    own = attributes(scope.get("attributes"))
    kept = scope_attributes(text(scope.get("name")), text(scope.get("version")), url, own)
    for span in listed(of_scope, "spans"):
        try:
            spans.append(_span(entries(span, "a span"), kept))
        except FormatError as error:
            refuse(str(error))


def take_assessments(spans: list[SpanDocument]) -> list[TraceDocument]:
    """Remove the events of evaluations from spans, and return them as assessments by trace."""
    found: dict[bytes, TraceDocument] = {}
    for span in spans:
        if any(event["name"] == evaluations.EVENT for event in span.events):
            of_trace = found.setdefault(span.trace_id, TraceDocument(span.trace_id))
            of_trace.assessments += [
                evaluations.assessment_of(event["attributes"], span.trace_id, span.span_id, event["time_ns"])
                for event in span.events
                if event["name"] == evaluations.EVENT
            ]
            span.events = [event for event in span.events if event["name"] != evaluations.EVENT]
    return list(found.values())


def _span(span: Mapping[str, Any], kept: Mapping[str, Any]) -> SpanDocument:
    parent = either(span, "parentSpanId")
    kind = KINDS.get(enum(span.get("kind")))
    own = {**kept, **attributes(span.get("attributes"))}
    if kind is not None:
        own[otel_names.KIND] = kind
    end_ns = time_ns(either(span, "endTimeUnixNano"), "endTimeUnixNano") or None
    start_ns = time_ns(either(span, "startTimeUnixNano"), "startTimeUnixNano")
    if not start_ns:
        raise FormatError(f"the span {text(span.get('name'))!r:.60} has no startTimeUnixNano")
    status = entries(span.get("status"), "status")
    flags = integer(span.get("flags") or 0, "flags")
    return SpanDocument(
        trace_id=hex_bytes(either(span, "traceId"), 16, "traceId"),
        span_id=span_key(either(span, "spanId"), "spanId"),
        parent_id=span_key(parent, "parentSpanId") if parent and parent != "0" * 16 else None,
        name=text(span.get("name")),
        start_ns=start_ns,
        end_ns=None if end_ns is None else max(start_ns, end_ns),
        status=None if end_ns is None else STATUSES.get(enum(status.get("code")), NO_STATUS),
        status_message=text(status.get("message")) or None,
        attributes=own,
        events=[_event(event) for event in items(span.get("events"), "events")],
        links=[_link(link) for link in items(span.get("links"), "links")],
        is_entry=not parent or flags & REMOTE == REMOTE or kind in ("server", "consumer"),
    )


def _event(event: Any) -> dict[str, Any]:
    event = entries(event, "an event")
    return {
        "name": text(event.get("name")),
        "time_ns": time_ns(either(event, "timeUnixNano"), "timeUnixNano"),
        "attributes": attributes(event.get("attributes")),
    }


def _link(link: Any) -> dict[str, Any]:
    link = entries(link, "a link")
    kept = {
        "trace_id": hex_bytes(either(link, "traceId"), 16, "traceId of a link").hex(),
        "span_id": hex_bytes(either(link, "spanId"), 8, "spanId of a link").hex(),
        "attributes": attributes(link.get("attributes")),
    }
    if state := text(either(link, "traceState")):
        kept["tracestate"] = state
    return kept


def scope_attributes(name: str, version: str, schema_url: str, own: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes that keep a scope, with its `own` attributes, on its spans."""
    kept = {otel_names.SCOPE_NAME: name, otel_names.SCOPE_VERSION: version, otel_names.SCOPE_SCHEMA_URL: schema_url}
    found: dict[str, Any] = {key: value for key, value in kept.items() if value}
    found.update((otel_names.SCOPE_ATTRIBUTES + key, value) for key, value in own.items())
    return found


def resource_of(found: Mapping[str, Any]) -> Resource:
    """Return the program that the attributes of a resource describe."""
    own = dict(found)
    service = str(own.pop("service.name", None) or resource_names.UNKNOWN_SERVICE)
    pid = own.pop("process.pid", 0)
    command = (
        own.pop("process.command_line", None) or own.pop("process.command_args", None) or own.get("process.command")
    )
    runtime = [str(own[name]) for name in ("process.runtime.name", "process.runtime.version") if own.get(name)]
    return Resource(
        service=service,
        host=str(own.pop("host.name", "")),
        pid=pid if isinstance(pid, int) and 0 <= pid < 1 << 31 else 0,
        command=" ".join(map(str, command)) if isinstance(command, list) else str(command or ""),
        runtime=" ".join(runtime),
        facts=tuple(sorted(resource_names.metadata_of(own).items())),
    )


def attributes(pairs: Any) -> dict[str, Any]:
    """Return a list of `KeyValue` as a dict; the first value of a key counts. Raises FormatError."""
    found: dict[str, Any] = {}
    for pair in items(pairs, "attributes"):
        pair = entries(pair, "an attribute")
        key, value = pair.get("key"), pair.get("value")
        if not isinstance(key, str):
            raise FormatError(f"the key of an attribute is not a string: {key!r:.60}")
        if type(value) is dict and type(content := value.get("stringValue")) is str:  # most attributes
            found.setdefault(key, content)
        else:
            found.setdefault(key, any_value(value))
    return found


def any_value(value: Any) -> Any:
    """Return an `AnyValue` as a value of JSON types; bytes stay base64. Raises FormatError."""
    return _value(value, MAX_DEPTH)


def _value(value: Any, depth: int) -> Any:
    value = entries(value, "the value of an attribute")
    if not value:
        return None
    if depth == 0:
        raise FormatError(f"a value nests deeper than {MAX_DEPTH}")
    ((name, content),) = list(value.items())[:1]
    name = name.replace("_", "").lower()
    if name == "intvalue":
        return integer(content, "intValue")
    if name == "doublevalue":
        return float(content) if isinstance(content, int | float | str) else None
    if name == "arrayvalue":
        return [_value(item, depth - 1) for item in items(entries(content, "arrayValue").get("values"), "values")]
    if name == "kvlistvalue":
        return {
            text(pair.get("key")): _value(pair.get("value"), depth - 1)
            for pair in items(entries(content, "kvlistValue").get("values"), "values")
        }
    return content if isinstance(content, str | bool) else None


def either(document: Mapping[str, Any], name: str) -> Any:
    """Return a field by its name in JSON, or by its name in protobuf, which parsers of protobuf accept too."""
    value = document.get(name)
    if value is not None:
        return value
    return document.get(_snake(name))


@cache
def _snake(name: str) -> str:
    return "".join(f"_{char.lower()}" if char.isupper() else char for char in name)


def listed(document: Mapping[str, Any], name: str) -> list[Any]:
    """Return a field that is a list, empty where there is none. Raises FormatError."""
    return items(either(document, name), name)
