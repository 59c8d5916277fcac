"""Spans as a table: a row each, for spreadsheets and data frames."""

from __future__ import annotations

from typing import Any

from ..model.rows import SpanDetail, SpanRow, TraceRow
from ..model.span_ids import span_hex

COLUMNS = (
    "trace_id",
    "span_id",
    "parent_id",
    "name",
    "kind",
    "status",
    "status_message",
    "start_ns",
    "duration_ms",
    "ttft_ms",
    "model",
    "response_model",
    "provider",
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "reasoning_tokens",
    "cost_usd",
    "session_id",
    "user_id",
    "service",
    "inputs",
    "outputs",
)
"""The names of the columns, those of the view `spans` where it has them."""

_OF_ROW = (
    "ttft_ms", "model", "response_model", "provider", "input_tokens", "output_tokens", "cache_read_tokens",
    "cache_write_tokens", "reasoning_tokens", "cost_usd",
)  # fmt: skip


def row(trace: TraceRow, span: SpanRow, detail: SpanDetail, status: str, service: str) -> list[Any]:
    """Return the values of a span in the order of `COLUMNS`; None for what is not known."""
    return [
        trace.trace_id.hex(),
        span_hex(span.span_id),
        None if span.parent_id is None else span_hex(span.parent_id),
        span.name,
        span.kind,
        status,
        span.status_message,
        span.start_ns,
        None if span.end_ns is None else (span.end_ns - span.start_ns) / 1_000_000,
        *(getattr(span, name) for name in _OF_ROW),
        trace.session_id,
        trace.user_id,
        service,
        detail.inputs,
        detail.outputs,
    ]
