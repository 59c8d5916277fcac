"""One trace as a JSON document: complete, exact, and made to be read by `jq`, scripts and language models.

    {
      "format": "tracetui.trace",
      "version": 2,
      "trace": { ... },
      "spans": [ {...}, {...} ],
      "attachments": [ {...} ]
    }

Version 2. Names are those of the documented views; a later version may add names, and never changes one: version 2
added `links` and `attachments`.

`trace`
    trace_id (32 hex digits), name, kind, status, status_message; start_ns, end_ns (Unix nanoseconds) and
    start, end (ISO 8601 in UTC with all nine digits), duration_ms; span_count, open_count, error_count;
    session_id, user_id, client_request_id, model, input_tokens, output_tokens, cost_usd,
    calls_without_price, cost_is_lower_bound, ttft_ms; tokens and cost are totals in which nothing is counted twice;
    calls_without_price are the model calls whose price is not known, and cost_is_lower_bound tells whether cost_usd
    lacks any (both null in a file that an older version wrote, until `tracetui rederive`);
    request_preview, response_preview; tags, metadata (objects of strings);
    process: service, pid, host, command, python;
    assessments, a list of {assessment_id, span_id (or null), kind, name, value, error, source_type, source_id,
    rationale, metadata, created_ns, updated_ns, overrides (an assessment_id, or null), valid}.
`spans`
    A flat list, in order of arrival, each on a line of its own: span_id (16 hex digits), parent_id (the same, or null
    for a root), name, kind, status, status_message; start_ns, end_ns, start, end, duration_ms; model (that was asked
    for), response_model (the version that answered), provider, input_tokens, output_tokens, cache_read_tokens,
    cache_write_tokens, reasoning_tokens, cost_usd, cost_source ("given" by an attribute, "computed" from tokens and
    prices, null without a cost), ttft_ms,
    chunk_count; thread, service, pid; attributes (an object, in the order they were
    set); inputs, outputs (JSON values, not strings of JSON; absent when none were recorded);
    events, a list of {name, time_ns, time, attributes}; links to other spans, a list of {trace_id, span_id,
    attributes}; and, when the span failed, exception:
    {type, message, stacktrace} of its last `exception` event.
`attachments`
    What inputs, outputs and attributes refer to as mlflow-attachment://<id>?...: id (the SHA-256 of the bytes),
    content_type, size_bytes, and either base64, the bytes themselves, or file, where the command wrote them.

`tracetui ls --json` writes one `trace` a line. With `| by(...)` in the filter a line is a group: group (an object of
what it is made by), of ("spans" or "traces"), span_count, trace_count, error_count, duration_ms and ttft_ms (objects
of p50 and p95), input_tokens, output_tokens, cost_usd, calls_without_price, cost_is_lower_bound, newest_ns, newest, and
aggregates: an object of those in the filter that stand nowhere else, durations in ms; those of a cost are made of the
calls that have one.

status is OK, ERROR, CANCELLED, UNSET (a span of OpenTelemetry without a status; of a trace that is OK), RUNNING (open)
or LOST (open, and its process is gone); what is open has end, end_ns and duration_ms null. JSON has no form for numbers
that are not finite: they are the strings "NaN", "Infinity", "-Infinity". Integers keep all their digits. Everything
beyond ASCII is escaped, so that
the document is valid UTF-8 whatever the trace holds, and can be shown by `cat` without harm.
"""

from __future__ import annotations

import json
import math
import os
from base64 import b64encode
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..conventions.dialects import is_cost_given
from ..file.private_file import write_atomically
from ..model.decoding import links_of
from ..model.rows import (
    AssessmentRow,
    AttachmentRow,
    ProcessRow,
    SpanDetail,
    SpanRow,
    TraceRow,
)
from ..model.status import span_status, trace_status
from ..text import json_text
from ..text.json_text import float_word
from .reader import Reader, TraceNotFoundError

FORMAT = "tracetui.trace"
VERSION = 2


def export_trace(
    reader: Reader, trace: int, *, now_ns: int, attachment_files: Mapping[str, Path] | None = None
) -> Iterator[str]:
    """The document of the trace with this trace.id, piece by piece: nothing holds more than a batch of spans.

    `attachment_files` are those that `attachment_files.write` wrote, by id; without, the document holds the bytes.

    Raises TraceNotFoundError before the first piece. `now_ns` decides which open spans count as lost.
    """
    rows = reader.traces([trace])
    if not rows:
        raise TraceNotFoundError(f"no trace {trace} in {reader.path}")
    return _pieces(reader, rows[0], now_ns, attachment_files)


def write_trace(
    reader: Reader,
    trace: int,
    path: Path,
    *,
    now_ns: int,
    attachment_files: Mapping[str, Path] | None = None,
    replace: bool = False,
) -> None:
    """Write the document of a trace to a new file that only its owner can read, whole or not at all.

    A file that is there is kept, unless `replace` is set; a pipe or a device is written to. Raises
    TraceNotFoundError, FileExistsError, or another OSError when the place cannot be written.
    """
    pieces = export_trace(reader, trace, now_ns=now_ns, attachment_files=attachment_files)
    if path.is_fifo() or path.is_char_device():
        with os.fdopen(os.open(path, os.O_WRONLY), "w", encoding="ascii", newline="\n") as file:
            file.writelines(pieces)
        return
    write_atomically(path, (piece.encode("ascii") for piece in pieces), replace=replace)


def trace_object(reader: Reader, row: TraceRow, gone: frozenset[int], process: ProcessRow | None) -> dict[str, Any]:
    """`trace` of the document."""
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
    """A sum of costs, and what it lacks."""
    is_lower_bound = None if calls_without_price is None else calls_without_price > 0 and cost_usd is not None
    return {
        "cost_usd": cost_usd,
        "calls_without_price": calls_without_price,
        "cost_is_lower_bound": is_lower_bound,
    }


def assessment_object(row: AssessmentRow) -> dict[str, Any]:
    """One of the `assessments` of the document."""
    return {**row._asdict(), "span_id": None if row.span_id is None else _span_hex(row.span_id)}


def span_object(span: SpanRow, detail: SpanDetail, gone: frozenset[int], process: ProcessRow | None) -> dict[str, Any]:
    """One of the `spans` of the document."""
    events = _events(detail.events)
    document = {
        "span_id": _span_hex(span.span_id),
        "parent_id": None if span.parent_id is None else _span_hex(span.parent_id),
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
    """Where the cost of a span is from: `given` by one of its attributes, or `computed` from its tokens."""
    if span.cost_usd is None:
        return None
    return "given" if is_cost_given(detail.attributes) else "computed"


def to_json(value: Any, *, indent: int | None = None) -> str:
    """JSON text in ASCII without control characters; what JSON has no form for becomes a string."""
    try:
        text = json.dumps(value, indent=indent, allow_nan=False)
    except ValueError:
        text = json.dumps(_finite(value), indent=indent, allow_nan=False)
    return text.replace("\x7f", "\\u007f")  # the one control character that JSON lets through


def iso_utc(ns: int) -> str | None:
    """A moment in ISO 8601 with all nine digits, None when it is outside the calendar."""
    try:
        moment = datetime.fromtimestamp(ns // 1_000_000_000, UTC)
    except (OverflowError, ValueError, OSError):
        return None
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{ns % 1_000_000_000:09}Z"


def _pieces(reader: Reader, row: TraceRow, now_ns: int, attachment_files: Mapping[str, Path] | None) -> Iterator[str]:
    gone = reader.gone_processes(now_ns)
    processes = reader.processes()
    trace = to_json(trace_object(reader, row, gone, processes.get(row.process)), indent=2).replace("\n", "\n  ")
    yield f'{{\n  "format": "{FORMAT}",\n  "version": {VERSION},\n  "trace": {trace},\n  "spans": ['
    before = "\n    "
    for span, detail in reader.spans_with_details(row.id):
        yield before + to_json(span_object(span, detail, gone, processes.get(span.process)))
        before = ",\n    "
    yield '\n  ],\n  "attachments": ['
    before = "\n    "
    for attachment in reader.attachments(row.id):
        yield before
        yield from _attachment_pieces(reader, attachment, attachment_files)
        before = ",\n    "
    yield "\n  ]\n}\n"


def _attachment_pieces(reader: Reader, attachment: AttachmentRow, files: Mapping[str, Path] | None) -> Iterator[str]:
    told = attachment._asdict()
    if files is not None:
        yield to_json({**told, "file": str(files[attachment.id]) if attachment.id in files else None})
        return
    yield to_json(told)[:-1] + ', "base64": "'
    _, content = reader.attachment(attachment.id) or ("", b"")
    for start in range(0, len(content), _BASE64_BYTES):
        yield b64encode(content[start : start + _BASE64_BYTES]).decode()
    yield '"}'


_BASE64_BYTES = 3 << 16
"""Encoded at once; a multiple of 3."""


def _times(start_ns: int, end_ns: int | None) -> dict[str, Any]:
    return {
        "start_ns": start_ns,
        "end_ns": end_ns,
        "start": iso_utc(start_ns),
        "end": None if end_ns is None else iso_utc(end_ns),
        "duration_ms": None if end_ns is None else (end_ns - start_ns) / 1_000_000,
    }


def _span_hex(span_id: int) -> str:
    return f"{span_id & 0xFFFF_FFFF_FFFF_FFFF:016x}"


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
