"""The values of an exported trace: the objects that `export`, `tracetui ls --json` and `tracetui show` write as JSON.

    {
      "format": "tracetui.trace",
      "version": 2,
      "trace": { ... },
      "spans": [ {...}, {...} ],
      "attachments": [ {...} ]
    }

This is version 2. Names are the names of the documented views. A later version may add names, and never changes the
meaning of a name. Version 2 added `links` and `attachments`.

`trace`
    trace_id (32 hex digits), name, kind, status, status_message; start_ns, end_ns (Unix nanoseconds) and
    start, end (ISO 8601 in UTC with all nine digits), duration_ms; span_count, open_count, error_count;
    session_id, user_id, client_request_id, model; input_tokens, output_tokens, cost_usd (totals that count nothing
    twice); calls_without_price (the number of model calls whose price is unknown) and cost_is_lower_bound (whether
    cost_usd lacks such calls), both null in a file of an older version until `tracetui rederive` runs; ttft_ms;
    request_preview, response_preview; tags, metadata (objects of strings);
    process: service, pid, host, command, python;
    assessments: a list of {assessment_id, span_id (or null), kind, name, value, error, source_type, source_id,
    rationale, metadata, created_ns, updated_ns, overrides (an assessment_id, or null), valid}.
`spans`
    A flat list in order of arrival, one span per line: span_id (16 hex digits), parent_id (the same, or null for a
    root), name, kind, status, status_message; start_ns, end_ns, start, end, duration_ms; model (the requested model),
    response_model (the version that responded), provider, input_tokens, output_tokens, cache_read_tokens,
    cache_write_tokens, reasoning_tokens, cost_usd, cost_source ("given" by an attribute, "computed" from tokens and
    prices, null without a cost), ttft_ms, chunk_count; thread, service, pid; attributes (an object, in the order in
    which they were set); inputs, outputs (JSON values, not strings of JSON; absent when none were recorded);
    events: a list of {name, time_ns, time, attributes}; links to other spans: a list of {trace_id, span_id,
    attributes}; and, for a failed span, exception: {type, message, stacktrace} of the last `exception` event.
`attachments`
    The attachments that inputs, outputs and attributes refer to as mlflow-attachment://<id>?...: id (the SHA-256 of
    the bytes), content_type, size_bytes, and either base64 (the bytes) or file (the path that the command wrote).

`tracetui ls --json` writes one `trace` per line. With `| by(...)` in the filter, each line is a group: group (an
object of the values that the group has in common), of ("spans" or "traces"), span_count, trace_count, error_count,
duration_ms and ttft_ms (objects of p50 and p95), input_tokens, output_tokens, cost_usd, calls_without_price,
cost_is_lower_bound, newest_ns, newest, and aggregates: an object of the other aggregates in the filter, with durations
in ms; an aggregate of costs ignores calls without a cost.

status is OK, ERROR, CANCELLED, UNSET (an OpenTelemetry span without a status; the status of its trace is OK), RUNNING
(open) or LOST (open, and its process is gone); end, end_ns and duration_ms of an open span are null. JSON has no form
for non-finite numbers: they are the strings "NaN", "Infinity", "-Infinity". Integers keep all their digits. All
characters beyond ASCII are escaped, so the document is valid UTF-8 for any trace, and `cat` shows it without harm.
"""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from typing import Any

from ..conventions.dialects import is_cost_given
from ..model.decoding import links_of
from ..model.rows import AssessmentRow, ProcessRow, SpanDetail, SpanRow, TraceRow
from ..model.span_ids import span_hex
from ..model.status import span_status, trace_status
from ..text import json_text
from ..text.json_text import float_word
from .reader import Reader

FORMAT = "tracetui.trace"
VERSION = 2


def trace_object(reader: Reader, row: TraceRow, gone: frozenset[int], process: ProcessRow | None) -> dict[str, Any]:
    """Return the `trace` of the document."""
    labels = reader.labels(row.id)
    return {
        "trace_id": row.trace_id.hex(),
        "name": row.name,
        "kind": row.kind,
        "status": trace_status(row, gone),
        "status_message": row.status_message,
        **_times(row.start_ns, row.end_ns),
        "span_count": row.span_count,
        "open_count": row.open_count,
        "error_count": row.error_count,
        "session_id": row.session_id,
        "user_id": row.user_id,
        "client_request_id": labels.client_request_id if labels else None,
        "model": row.model,
        "input_tokens": row.input_tokens,
        "output_tokens": row.output_tokens,
        **cost_object(row.cost_usd, row.calls_without_price),
        "ttft_ms": row.ttft_ms,
        "request_preview": row.request_preview,
        "response_preview": row.response_preview,
        "tags": labels.tags if labels else {},
        "metadata": labels.metadata if labels else {},
        "process": process
        and {
            "service": process.service,
            "pid": process.pid,
            "host": process.host,
            "command": process.command,
            "python": process.python,
        },
        "assessments": [assessment_object(assessment) for assessment in reader.assessments(row.id)],
    }


def cost_object(cost_usd: float | None, calls_without_price: int | None) -> dict[str, Any]:
    """Return a sum of costs, with the number of calls that it lacks."""
    is_lower_bound = None if calls_without_price is None else calls_without_price > 0 and cost_usd is not None
    return {
        "cost_usd": cost_usd,
        "calls_without_price": calls_without_price,
        "cost_is_lower_bound": is_lower_bound,
    }


def assessment_object(row: AssessmentRow) -> dict[str, Any]:
    """Return one of the `assessments` of the document."""
    return {**row._asdict(), "span_id": None if row.span_id is None else span_hex(row.span_id)}


def span_object(span: SpanRow, detail: SpanDetail, gone: frozenset[int], process: ProcessRow | None) -> dict[str, Any]:
    """Return one of the `spans` of the document."""
    events = _events(detail.events)
    document = {
        "span_id": span_hex(span.span_id),
        "parent_id": None if span.parent_id is None else span_hex(span.parent_id),
        "name": span.name,
        "kind": span.kind,
        "status": span_status(span, gone),
        "status_message": span.status_message,
        **_times(span.start_ns, span.end_ns),
        "model": span.model,
        "response_model": span.response_model,
        "provider": span.provider,
        "input_tokens": span.input_tokens,
        "output_tokens": span.output_tokens,
        "cache_read_tokens": span.cache_read_tokens,
        "cache_write_tokens": span.cache_write_tokens,
        "reasoning_tokens": span.reasoning_tokens,
        "cost_usd": span.cost_usd,
        "cost_source": cost_source(span, detail),
        "ttft_ms": span.ttft_ms,
        "chunk_count": span.chunk_count,
        "thread": detail.thread,
        "service": process.service if process else None,
        "pid": process.pid if process else None,
        "attributes": detail.attributes,
    }
    if detail.inputs is not None:
        document["inputs"] = json_text.decode_or_text(detail.inputs)
    if detail.outputs is not None:
        document["outputs"] = json_text.decode_or_text(detail.outputs)
    document["events"] = events
    document["links"] = links_of(detail)
    if exception := _exception(events):
        document["exception"] = exception
    return document


def cost_source(span: SpanRow, detail: SpanDetail) -> str | None:
    """Return the source of the cost of a span: `given` by an attribute, or `computed` from its tokens."""
    if span.cost_usd is None:
        return None
    return "given" if is_cost_given(detail.attributes) else "computed"


def to_json(value: Any, *, indent: int | None = None) -> str:
    """Return JSON text in ASCII without control characters; non-finite floats become strings."""
    try:
        text = json.dumps(value, indent=indent, allow_nan=False)
    except ValueError:
        text = json.dumps(_finite(value), indent=indent, allow_nan=False)
    return text.replace("\x7f", "\\u007f")  # the one control character that JSON does not escape


def iso_utc(ns: int) -> str | None:
    """Return a Unix time in ISO 8601 with nine digits of the second, or None if it is outside the calendar."""
    try:
        moment = datetime.fromtimestamp(ns // 1_000_000_000, UTC)
    except (OverflowError, ValueError, OSError):
        return None
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{ns % 1_000_000_000:09}Z"


def _times(start_ns: int, end_ns: int | None) -> dict[str, Any]:
    return {
        "start_ns": start_ns,
        "end_ns": end_ns,
        "start": iso_utc(start_ns),
        "end": None if end_ns is None else iso_utc(end_ns),
        "duration_ms": None if end_ns is None else (end_ns - start_ns) / 1_000_000,
    }


def _events(stored: str | None) -> list[Any]:
    events = json_text.decode_or_text(stored) if stored else []
    if not isinstance(events, list):
        return [events]
    return [
        {
            "name": event.get("name"),
            "time_ns": event.get("time_ns"),
            "time": iso_utc(event["time_ns"]) if isinstance(event.get("time_ns"), int) else None,
            "attributes": event.get("attributes") or {},
        }
        if isinstance(event, dict)
        else event
        for event in events
    ]


def _exception(events: list[Any]) -> dict[str, Any] | None:
    for event in reversed(events):
        if isinstance(event, dict) and event["name"] == "exception" and isinstance(event["attributes"], dict):
            attributes = event["attributes"]
            return {name: attributes.get(f"exception.{name}") for name in ("type", "message", "stacktrace")}
    return None


def _finite(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return float_word(value)
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_finite(item) for item in value]
    return value
