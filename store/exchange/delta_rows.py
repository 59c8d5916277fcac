"""Spans as rows of a Delta Lake table, with the columns that Databricks' OpenTelemetry ingestion has for spans.

Values that Databricks keeps as VARIANT are JSON texts here, because other writers of Delta Lake cannot write VARIANT:
https://docs.databricks.com/aws/en/mlflow3/genai/tracing/ (tables `<prefix>_otel_spans`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from ..conventions import otel_names
from ..model.decoding import events_of, links_of
from ..model.rows import CANCELLED, ERROR, OK, ProcessRow, SpanDetail, SpanRow, TraceRow
from ..model.span_ids import span_hex
from ..text.json_text import encode
from . import otlp_json

REV = "tracetui_rev"
"""The column that orders the rows of one span: one that changes after its end comes again, with a larger number."""

_KINDS = {name: f"SPAN_KIND_{name.upper()}" for name in ("server", "client", "producer", "consumer")}
_STATUSES = {OK: "STATUS_CODE_OK", ERROR: "STATUS_CODE_ERROR", CANCELLED: "STATUS_CODE_ERROR"}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def row(trace: TraceRow, span: SpanRow, detail: SpanDetail, resource: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns of an ended span; `resource` is from `resource_of`."""
    trace_id, span_id = trace.trace_id.hex(), span_hex(span.span_id)
    attributes = detail.attributes
    time = _EPOCH + timedelta(microseconds=span.start_ns // 1_000)
    message = span.status_message or ("cancelled" if span.status == CANCELLED else "")
    return {
        "record_id": f"{trace_id}-{span_id}",
        "time": time,
        "date": date(time.year, time.month, time.day),
        "service_name": resource["service_name"],
        "trace_id": trace_id,
        "span_id": span_id,
        "trace_state": "",
        "parent_span_id": "" if span.parent_id is None else span_hex(span.parent_id),
        "flags": 0,
        "name": span.name,
        "kind": _KINDS.get(str(attributes.get(otel_names.KIND)), "SPAN_KIND_INTERNAL"),
        "start_time_unix_nano": span.start_ns,
        "end_time_unix_nano": span.end_ns,
        "attributes": _json(otlp_json.attributes_of(span, detail)),
        "dropped_attributes_count": 0,
        "events": [
            {
                "time_unix_nano": event["time_ns"] if isinstance(event.get("time_ns"), int) else 0,
                "name": str(event.get("name", "")),
                "attributes": _json(event.get("attributes") or {}),
                "dropped_attributes_count": 0,
            }
            for event in events_of(detail)
        ],
        "dropped_events_count": 0,
        "links": [
            {
                "trace_id": str(link["trace_id"]),
                "span_id": str(link["span_id"]),
                "trace_state": str(link.get("tracestate", "")),
                "attributes": _json(link.get("attributes") or {}),
                "dropped_attributes_count": 0,
                "flags": 0,
            }
            for link in links_of(detail)
            if isinstance(link, Mapping) and "trace_id" in link and "span_id" in link
        ],
        "dropped_links_count": 0,
        "status": {"message": message, "code": _STATUSES.get(span.status or "", "STATUS_CODE_UNSET")},
        "resource": {"attributes": resource["attributes"], "dropped_attributes_count": 0},
        "resource_schema_url": "",
        "instrumentation_scope": {
            "name": str(attributes.get(otel_names.SCOPE_NAME, "")),
            "version": str(attributes.get(otel_names.SCOPE_VERSION, "")),
            "attributes": "{}",
            "dropped_attributes_count": 0,
        },
        "span_schema_url": str(attributes.get(otel_names.SCOPE_SCHEMA_URL, "")),
        REV: span.rev,
    }


def resource_of(process: ProcessRow | None, metadata: Mapping[str, str]) -> dict[str, Any]:
    """Return what the spans of one program in one trace have in common."""
    found = otlp_json.resource_attributes(process, metadata)
    return {"service_name": str(found["service.name"]), "attributes": _json(found)}


def _json(value: Any) -> str:
    return encode(value).decode(errors="replace")
