"""Zipkin's JSON, version 2: a list of spans, or the list of such lists that its API returns.

Times are Unix microseconds. https://zipkin.io/zipkin-api/zipkin2-api.yaml
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..conventions import otel_names, resource_names
from ..exchange.document import Batch, Batches, FormatError, Refuse, Resource, SpanDocument
from ..exchange.fields import entries, integer, items, text
from ..exchange.otlp import take_assessments
from ..model.rows import ERROR, NO_STATUS
from .foreign_ids import span_key, trace_key

_KINDS = frozenset({"CLIENT", "SERVER", "PRODUCER", "CONSUMER"})


def is_zipkin(document: Any) -> bool:
    """Whether a JSON document is of Zipkin."""
    return next(map(_is_span, _spans(document)), False)


def read(document: Any, refuse: Refuse) -> Batches:
    """Return the spans by their service. `refuse` receives the reason for each span that cannot be kept."""
    by_service: dict[Resource, list[SpanDocument]] = {}
    for span in _spans(document):
        try:
            span = entries(span, "a span")
            endpoint = entries(span.get("localEndpoint"), "localEndpoint")
            service = text(endpoint.get("serviceName")) or resource_names.UNKNOWN_SERVICE
            resource = Resource(service, host=text(endpoint.get("ipv4")) or text(endpoint.get("ipv6")))
            by_service.setdefault(resource, []).append(_span(span))
        except FormatError as error:
            refuse(str(error))
    for resource, spans in by_service.items():
        yield Batch(resource, spans, take_assessments(spans))


def _spans(document: Any) -> Iterator[Any]:
    if _is_span(document):
        yield document
    elif isinstance(document, list):
        for one in document:
            yield from one if isinstance(one, list) else [one]


def _is_span(document: Any) -> bool:
    return (
        isinstance(document, Mapping)
        and {"traceId", "id"} <= document.keys()
        and ("localEndpoint" in document or ("timestamp" in document and "startTime" not in document))
    )


def _span(span: Mapping[str, Any]) -> SpanDocument:
    start_ns = 1_000 * integer(span.get("timestamp") or 0, "timestamp")
    duration_ns = 1_000 * integer(span.get("duration") or 0, "duration")
    if start_ns <= 0 or not 0 <= duration_ns < (1 << 63) - start_ns:
        raise FormatError(f"the span {text(span.get('name'))!r:.60} has no time since 1970")
    tags = dict(entries(span.get("tags"), "tags"))
    error = tags.pop("error", None)
    kind = text(span.get("kind"))
    if kind in _KINDS:
        tags[otel_names.KIND] = kind.lower()
    own, parent = span.get("id"), span.get("parentId")
    if span.get("shared"):  # the server's half of a call, under the id of the client's half
        own, parent = f"{own} shared", own
    return SpanDocument(
        trace_key(span.get("traceId"), "traceId"),
        span_key(own, "id"),
        span_key(parent, "parentId") if parent else None,
        text(span.get("name")),
        start_ns,
        start_ns + duration_ns,
        status=NO_STATUS if error is None else ERROR,
        status_message=text(error) or None,
        attributes=tags,
        events=[_event(entries(one, "an annotation")) for one in items(span.get("annotations"), "annotations")],
        is_entry=not parent or kind in ("SERVER", "CONSUMER"),
    )


def _event(annotation: Mapping[str, Any]) -> dict[str, Any]:
    time_ns = 1_000 * integer(annotation.get("timestamp") or 0, "timestamp of an annotation")
    return {"name": text(annotation.get("value")), "time_ns": time_ns, "attributes": {}}
