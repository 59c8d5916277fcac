"""A trace as one line of `tracetui ls` and `tracetui tail`."""

from __future__ import annotations

from ...store.model.rows import RUNNING, TraceRow
from ...store.read.previews import PreviewLines, preview_lines
from ...store.read.reader import Reader
from ...store.text import format
from ...store.text.attachment_uri import describe_uris
from ...store.text.safe_text import safe_line
from ..layout.columns import Column

ID_DIGITS = 12
"""The digits of a trace id that a line shows: enough to name the trace in a command."""

_PREVIEW_CHARS = 400

TRACE_COLUMNS = (
    Column("TRACE", ID_DIGITS),
    Column("STARTED", format.START_CELLS),
    Column("STATUS", 9),
    Column("DURATION", 8, right=True),
    Column("SPANS", 6, right=True),
    Column("TTFT", format.DURATION_CELLS, right=True),
    Column("TOKENS", format.TOKEN_FLOW_CELLS, right=True),
    Column("COST", format.COST_CELLS, right=True),
    Column("NAME", 24),
    Column("PREVIEW", 40),
)


def trace_cells(reader: Reader, trace: TraceRow, status: str, now_ns: int, *, utc: bool) -> list[str]:
    """Return the cells of `TRACE_COLUMNS`, safe for a terminal; the question is read from the messages of the trace."""
    lines = preview_lines(reader, [trace.id]).get(trace.id, PreviewLines())
    preview = lines.request or trace.status_message or lines.response
    end_ns = now_ns if status == RUNNING else trace.end_ns
    return [
        trace.trace_id.hex()[:ID_DIGITS],
        format.start(trace.start_ns, now_ns=now_ns, utc=utc),
        status,
        "" if end_ns is None else format.duration(end_ns - trace.start_ns),
        format.tokens(trace.span_count),
        format.milliseconds(trace.ttft_ms),
        format.token_flow(trace.input_tokens, trace.output_tokens),
        format.least_cost(trace.cost_usd, trace.calls_without_price),
        safe_line(trace.name, max_chars=_PREVIEW_CHARS),
        safe_line(describe_uris(preview), max_chars=_PREVIEW_CHARS),
    ]
