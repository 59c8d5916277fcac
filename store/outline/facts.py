"""What is known of a span or a trace, as short phrases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..model.rows import LOST, RUNNING
from ..model.status import trace_status
from ..text import format

if TYPE_CHECKING:
    from ..model.rows import SpanRow, TraceRow


def span_facts(span: SpanRow, status: str, trace_start_ns: int | None = None) -> list[str]:
    """Return status, kind, times, model, tokens and cost, without what is unknown."""
    state = {RUNNING: "running", LOST: "lost: its process is gone"}.get(status, status.lower())
    facts = [state if status != "UNSET" else "", "" if span.kind == "UNKNOWN" else span.kind]
    if span.end_ns is not None:
        facts.append(format.duration(span.end_ns - span.start_ns))
    if trace_start_ns is not None and span.start_ns > trace_start_ns:
        facts.append(f"at +{format.duration(span.start_ns - trace_start_ns)}")
    if span.ttft_ms is not None:
        facts.append(f"first token after {format.milliseconds(span.ttft_ms)}")
    facts.append(span.response_model or span.model or "")
    if flow := format.token_flow(span.input_tokens, span.output_tokens):
        facts.append(f"{flow} tokens")
    facts.append(format.cost(span.cost_usd))
    return [fact for fact in facts if fact]


def trace_facts(trace: TraceRow, gone: frozenset[int]) -> list[str]:
    """Return status, duration, number of spans and errors, tokens, cost and time to the first token of a trace."""
    facts = [trace_status(trace, gone).lower()]
    if trace.end_ns is not None:
        facts.append(format.duration(trace.end_ns - trace.start_ns))
    facts.append(f"{trace.span_count:,} span{'' if trace.span_count == 1 else 's'}")
    if trace.error_count:
        facts.append(f"{trace.error_count:,} failed")
    if flow := format.token_flow(trace.input_tokens, trace.output_tokens):
        facts.append(f"{flow} tokens")
    facts.append(format.cost_in_words(trace.cost_usd, trace.calls_without_price))
    if trace.ttft_ms is not None:
        facts.append(f"first token after {format.milliseconds(trace.ttft_ms)}")
    return [fact for fact in facts if fact]
