"""Jaeger's JSON: a trace of its API or of the download of its page, `{"data": [{"traceID", "spans", "processes"}]}`.

Times are Unix microseconds. https://www.jaegertracing.io/docs/latest/architecture/apis/#internal-http-json
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..conventions import otel_names
from ..exchange.document import Batch, Batches, FormatError, Refuse, Resource, SpanDocument
from ..exchange.fields import entries, integer, items, text
from ..exchange.otlp import resource_of, take_assessments
from ..model.rows import ERROR, NO_STATUS, OK
from ..model.span_ids import span_hex
from .foreign_ids import span_key, trace_key

_STATUSES = {"OK": OK, "ERROR": ERROR}
_OF_SPAN = frozenset({"span.kind", "otel.status_code", "otel.status_description", "internal.span.format"})
"""Tags that are fields of a span, or that Jaeger adds."""


def is_jaeger(document: Any) -> bool:
    """Whether a JSON document is of Jaeger."""
    return any(map(_is_trace, _traces(document)))


def read(document: Any, refuse: Refuse) -> Batches:
    """Return the spans by their process. `refuse` receives the reason for each span that cannot be kept."""
    for trace in _traces(document):
        if not _is_trace(trace):
            refuse("an entry of data is not a trace")
            continue
        processes = entries(trace.get("processes"), "processes")
        by_process: dict[Resource, list[SpanDocument]] = {}
        for span in items(trace["spans"], "spans"):
            try:
                span = entries(span, "a span")
                process = span.get("process") or processes.get(text(span.get("processID")))
                by_process.setdefault(_resource(process), []).append(_span(span))
            except FormatError as error:
                refuse(str(error))
        for resource, spans in by_process.items():
            yield Batch(resource, spans, take_assessments(spans))


def _traces(document: Any) -> list[Any]:
    if isinstance(document, Mapping) and isinstance(document.get("data"), list):
        return list(document["data"])
    return [document]


def _is_trace(document: Any) -> bool:
    return isinstance(document, Mapping) and "traceID" in document and isinstance(document.get("spans"), list)


def _resource(process: Any) -> Resource:
    process = entries(process, "process")
    tags = _tags(process.get("tags"))
    if name := text(process.get("serviceName")):
        tags["service.name"] = name
    if "hostname" in tags:
        tags.setdefault("host.name", tags.pop("hostname"))
    return resource_of(tags)


def _span(span: Mapping[str, Any]) -> SpanDocument:
    start_ns = 1_000 * integer(span.get("startTime"), "startTime")
    duration_ns = 1_000 * integer(span.get("duration") or 0, "duration")
    if start_ns <= 0 or not 0 <= duration_ns < (1 << 63) - start_ns:
        raise FormatError(f"the span {text(span.get('operationName'))!r:.60} has no time since 1970")
    trace_id = trace_key(span.get("traceID"), "traceID")
    tags = _tags(span.get("tags"))
    attributes = {key: value for key, value in tags.items() if key not in _OF_SPAN}
    kind = tags.get("span.kind")
    if kind in ("server", "client", "producer", "consumer"):
        attributes[otel_names.KIND] = kind
    references = [entries(one, "a reference") for one in items(span.get("references"), "references")]
    parent = next((one for one in references if _is_parent(one, trace_id)), None)
    parent_id = (parent or {}).get("spanID") or span.get("parentSpanID")
    return SpanDocument(
        trace_id,
        span_key(span.get("spanID"), "spanID"),
        None if not parent_id else span_key(parent_id, "spanID of a reference"),
        text(span.get("operationName")),
        start_ns,
        start_ns + duration_ns,
        status=_STATUSES.get(
            str(tags.get("otel.status_code")), ERROR if tags.get("error") in (True, "true") else NO_STATUS
        ),
        status_message=text(tags.get("otel.status_description")) or None,
        attributes=attributes,
        events=[_event(entries(log, "a log")) for log in items(span.get("logs"), "logs")],
        links=[_link(one) for one in references if one is not parent],
        is_entry=not parent_id or kind in ("server", "consumer"),
    )


def _is_parent(reference: Mapping[str, Any], trace_id: bytes) -> bool:
    if reference.get("refType") not in ("CHILD_OF", "FOLLOWS_FROM"):
        return False
    return trace_key(reference.get("traceID"), "traceID of a reference") == trace_id


def _event(log: Mapping[str, Any]) -> dict[str, Any]:
    fields = _tags(log.get("fields"))
    name = fields.pop("event", None) or "log"
    return {"name": str(name), "time_ns": 1_000 * integer(log.get("timestamp") or 0, "timestamp"), "attributes": fields}


def _link(reference: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "trace_id": trace_key(reference.get("traceID"), "traceID of a reference").hex(),
        "span_id": span_hex(span_key(reference.get("spanID"), "spanID of a reference")),
        "attributes": {},
    }


def _tags(tags: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for tag in items(tags, "tags"):
        tag = entries(tag, "a tag")
        value = tag.get("value")
        if tag.get("type") == "int64" and isinstance(value, str):
            value = integer(value, "an int64")
        found.setdefault(text(tag.get("key")), value)
    return found
