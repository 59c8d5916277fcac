"""A stored trace as OTLP in JSON: the reverse of `otlp`, and `otlp.read` reads it back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..conventions import dialects, otel_names, resource_names
from ..conventions.payload_attributes import find_payload_attributes
from ..model.decoding import links_of
from ..model.rows import CANCELLED, ERROR, NO_STATUS, OK, AssessmentRow, ProcessRow, SpanDetail, SpanRow
from ..model.span_ids import span_hex
from ..text import json_text
from . import evaluations

_KIND_NUMBERS = {"server": 2, "client": 3, "producer": 4, "consumer": 5}
_INTERNAL = 1
_STATUS_CODES = {NO_STATUS: 0, OK: 1, ERROR: 2, CANCELLED: 2}
_OF_SPAN = frozenset({otel_names.KIND, otel_names.SCOPE_NAME, otel_names.SCOPE_VERSION, otel_names.SCOPE_SCHEMA_URL})
"""Attributes in the file that are fields of a span or of its scope in OTLP."""

INPUTS, OUTPUTS = "input.value", "output.value"
"""OpenInference's names, which most backends show, for inputs and outputs that are not attributes already."""

_KIND = "openinference.span.kind"
_INT64 = 1 << 63
_BEGINS_JSON = ("{", "[", '"')
"""The first characters of texts that readers of attributes take for JSON."""


def resource_spans(process: ProcessRow | None, metadata: Mapping[str, str], scopes: Iterable[Mapping[str, Any]]) -> Any:
    """Return an entry of `resourceSpans`: the program, and the entries of its scopes from `scope_spans`."""
    attributes = resource_attributes(process, metadata)
    return {"resource": {"attributes": _pairs(attributes)}, "scopeSpans": list(scopes)}


def resource_attributes(process: ProcessRow | None, metadata: Mapping[str, str]) -> dict[str, Any]:
    """Return the attributes of the resource of a program, with what the metadata of a trace tells of it."""
    attributes: dict[str, Any] = {"service.name": process.service if process else resource_names.UNKNOWN_SERVICE}
    if process is not None:
        known = {
            "process.pid": process.pid or None,
            "host.name": process.host or None,
            "process.command_line": process.command or None,
        }
        attributes.update((name, value) for name, value in known.items() if value is not None)
    for key, names in resource_names.METADATA.items():
        if key in metadata:
            attributes[names[0]] = metadata[key]
    prefix = resource_names.PREFIX
    attributes.update((key.removeprefix(prefix), text) for key, text in metadata.items() if key.startswith(prefix))
    return attributes


def scope_of(detail: SpanDetail) -> tuple[tuple[str, Any], ...]:
    """Return what identifies the scope of a span, for `scope_spans`."""
    return tuple(
        (key, repr(value) if isinstance(value, list | dict) else value)
        for key, value in sorted(detail.attributes.items())
        if key != otel_names.KIND and _is_of_scope(key)
    )


def scope_spans(detail: SpanDetail, spans: list[Any]) -> dict[str, Any]:
    """Return an entry of `scopeSpans`: the scope of one of its spans, and the spans from `span`."""
    attributes = detail.attributes
    scope: dict[str, Any] = {"name": str(attributes.get(otel_names.SCOPE_NAME, ""))}
    if version := attributes.get(otel_names.SCOPE_VERSION):
        scope["version"] = str(version)
    prefix = otel_names.SCOPE_ATTRIBUTES
    own = {key.removeprefix(prefix): value for key, value in attributes.items() if key.startswith(prefix)}
    if own:
        scope["attributes"] = _pairs(own)
    entry: dict[str, Any] = {"scope": scope, "spans": spans}
    if url := attributes.get(otel_names.SCOPE_SCHEMA_URL):
        entry["schemaUrl"] = str(url)
    return entry


def span(
    trace_id: bytes, row: SpanRow, detail: SpanDetail, assessments: Iterable[AssessmentRow] = ()
) -> dict[str, Any]:
    """Return a span. Its inputs, outputs and kind become attributes where no attribute has them.

    Assessments become events by OpenTelemetry's convention for evaluations. A span that is open has the end 0.
    """
    found: dict[str, Any] = {
        "traceId": trace_id.hex(),
        "spanId": span_hex(row.span_id),
        "name": row.name,
        "kind": _KIND_NUMBERS.get(str(detail.attributes.get(otel_names.KIND)), _INTERNAL),
        "startTimeUnixNano": str(row.start_ns),
        "endTimeUnixNano": str(row.end_ns or 0),
        "attributes": _pairs(attributes_of(row, detail)),
        "status": {"code": _STATUS_CODES.get(row.status or NO_STATUS, 0)},
    }
    if row.parent_id is not None:
        found["parentSpanId"] = span_hex(row.parent_id)
    if row.status_message:
        found["status"]["message"] = row.status_message
    elif row.status == CANCELLED:
        found["status"]["message"] = "cancelled"
    events = [*_events(detail), *(_evaluation(row) for row in assessments)]
    if events:
        found["events"] = events
    links = [
        {"traceId": link["trace_id"], "spanId": link["span_id"], "attributes": _pairs(link.get("attributes") or {})}
        for link in links_of(detail)
        if isinstance(link, Mapping) and "trace_id" in link and "span_id" in link
    ]
    if links:
        found["links"] = links
    return found


def attributes_of(row: SpanRow, detail: SpanDetail) -> dict[str, Any]:
    """Return the attributes of a span, with its inputs, outputs and kind where no attribute has them."""
    attributes = {key: value for key, value in detail.attributes.items() if not _is_of_scope(key)}
    payloads = find_payload_attributes(tuple(detail.attributes))
    for name, stored, in_attributes in (
        (INPUTS, detail.inputs, payloads and payloads.inputs),
        (OUTPUTS, detail.outputs, payloads and payloads.outputs),
    ):
        if stored is not None and not in_attributes:
            value = json_text.decode_or_text(stored)
            if isinstance(value, list | dict) or (isinstance(value, str) and value.startswith(_BEGINS_JSON)):
                attributes[name] = stored
                attributes[name.replace("value", "mime_type")] = "application/json"
            else:
                attributes[name] = value
    derived = dialects.derive(dialects.derivation(detail.attributes), list(detail.attributes.values()))
    if row.kind != "UNKNOWN" and derived.get("kind") != row.kind:
        attributes[_KIND] = row.kind
    return attributes


def _is_of_scope(key: str) -> bool:
    return key in _OF_SPAN or key.startswith(otel_names.SCOPE_ATTRIBUTES)


def _events(detail: SpanDetail) -> Iterator[dict[str, Any]]:
    events = json_text.decode_or_text(detail.events) if detail.events else []
    for event in events if isinstance(events, list) else []:
        if isinstance(event, Mapping):
            time_ns = event.get("time_ns")
            yield _event(
                str(event.get("name", "")), time_ns if isinstance(time_ns, int) else 0, event.get("attributes")
            )


def _evaluation(row: AssessmentRow) -> dict[str, Any]:
    return _event(evaluations.EVENT, row.created_ns, evaluations.attributes_of(row))


def _event(name: str, time_ns: int, attributes: Any) -> dict[str, Any]:
    pairs = _pairs(attributes if isinstance(attributes, Mapping) else {})
    return {"timeUnixNano": str(time_ns), "name": name, "attributes": pairs}


def _pairs(attributes: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "value": _any_value(value)} for key, value in attributes.items()]


def _any_value(value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, str):
        return {"stringValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)} if -_INT64 <= value < _INT64 else {"stringValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value}
    if isinstance(value, list | tuple):
        return {"arrayValue": {"values": [_any_value(item) for item in value]}}
    if isinstance(value, Mapping):
        return {"kvlistValue": {"values": _pairs({str(key): item for key, item in value.items()})}}
    return {}
