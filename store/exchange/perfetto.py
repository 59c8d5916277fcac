"""A trace as Chrome's trace events, which Perfetto and chrome://tracing show: one process for each trace.

The format: https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU (JSON object format).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ..model.rows import SpanRow, TraceRow
from ..model.span_ids import span_hex


def events(trace: TraceRow, number: int, spans: Iterable[SpanRow], now_ns: int) -> Iterator[dict[str, Any]]:
    """Return the entries of `traceEvents` for a trace, as the process `number`.

    Spans of one lane, which the viewer calls a thread, are nested; a span that overlaps its lane has another one. An
    open span lasts until `now_ns`.
    """
    yield {
        "ph": "M",
        "name": "process_name",
        "pid": number,
        "args": {"name": f"{trace.name} {trace.trace_id.hex()[:12]}"},
    }
    ordered = sorted(spans, key=lambda span: (span.start_ns, -_end_ns(span, now_ns)))
    for span, lane in zip(ordered, _lanes(ordered, now_ns), strict=True):
        yield {
            "ph": "X",
            "name": span.name,
            "cat": span.kind,
            "pid": number,
            "tid": lane + 1,
            "ts": span.start_ns / 1_000,
            "dur": (_end_ns(span, now_ns) - span.start_ns) / 1_000,
            "args": {name: value for name, value in _arguments(span) if value is not None},
        }


def _arguments(span: SpanRow) -> Iterator[tuple[str, Any]]:
    yield "span_id", span_hex(span.span_id)
    yield "status", span.status or "open"
    yield "message", span.status_message
    for name in ("model", "ttft_ms", "input_tokens", "output_tokens", "cost_usd"):
        yield name, getattr(span, name)


def _end_ns(span: SpanRow, now_ns: int) -> int:
    return max(span.start_ns, now_ns if span.end_ns is None else span.end_ns)


def _lanes(ordered: Iterable[SpanRow], now_ns: int) -> Iterator[int]:
    """Return the lane of each span, that of its parent if the span is nested there; `ordered` by their start."""
    open_ends: list[list[int]] = []
    lane_of: dict[int, int] = {}
    for span in ordered:
        end_ns = _end_ns(span, now_ns)
        first = lane_of.get(span.parent_id, 0) if span.parent_id is not None else 0
        for lane in (first, *range(len(open_ends))):
            if lane == len(open_ends):
                open_ends.append([])
            ends = open_ends[lane]
            while ends and ends[-1] <= span.start_ns:
                ends.pop()
            if not ends or ends[-1] >= end_ns:
                break
        else:
            lane, ends = len(open_ends), []
            open_ends.append(ends)
        ends.append(end_ns)
        lane_of[span.span_id] = lane
        yield lane
