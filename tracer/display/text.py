"""What is said of a trace and of its spans, in words that a terminal or a page can only draw."""

from __future__ import annotations

from typing import NamedTuple

from ...store.text import format
from ...store.text.attachment_ref import shown as references_shown
from ...store.text.safe_text import safe_line
from ..mlflow_form.texts import json_text
from .outline import Row
from .shown import ShownSpan, ShownTrace

MARKS = {"OK": "✓", "ERROR": "✗", "CANCELLED": "⊘", "IN_PROGRESS": "◐"}
"""Before a name; the explorer draws the same."""

PREVIEW_CHARS = 240
"""Of a value or a message; the line cuts it further."""

_LABELS_SHOWN = 8


class Figures(NamedTuple):
    """The numbers beside a span; empty where nobody said."""

    duration: str
    tokens: str
    cost: str


def state_of(span: ShownSpan) -> str:
    """The status of a span in the words of a trace's state."""
    if span.end_time_ns is None:
        return "IN_PROGRESS"
    return "OK" if span.status == "UNSET" else str(span.status)


def title(trace: ShownTrace) -> str:
    """The name of a trace."""
    root = next((span.name for span in trace.data.spans if span.parent_id is None), "")
    return safe_line(trace.info.tags.get("mlflow.traceName") or root or "trace", max_chars=200)


def summary(trace: ShownTrace) -> list[str]:
    """How it came out, and its totals."""
    info = trace.info
    length_ns = window(trace)[1]
    words = [info.state.value]
    if info.execution_duration is not None:
        words.append(format.duration(length_ns) if trace.data.spans else format.milliseconds(info.execution_duration))
    if usage := info.token_usage:
        words.append(f"{format.token_flow(usage.get('input_tokens'), usage.get('output_tokens'))} tokens")
    if cost := format.cost_in_words((info.cost or {}).get("total_cost"), info.calls_without_price):
        words.append(cost)
    if count := len(trace.data.spans):
        words.append(f"{format.count(count)} span{'s' if count > 1 else ''}")
    if failures := sum(span.status == "ERROR" for span in trace.data.spans):
        words.append(f"{format.count(failures)} failed")
    return words


def facts(trace: ShownTrace) -> list[tuple[str, str]]:
    """(what, which): the trace's id, whose it is, its tags, what was said of it."""
    info = trace.info
    found = [("trace", info.trace_id)]
    found += [(word, text) for word, text in (("session", info.session_id), ("user", info.user)) if text]
    tags = [f"{key}={text}" for key, text in info.tags.items() if not key.startswith("mlflow.")]
    said = [
        f"{one.name}={json_text(one.value) if one.value is not None else getattr(one, 'error_code', None) or '-'}"
        for one in info.assessments
        if one.valid
    ]
    for word, entries in (("tags", tags), ("assessments", said)):
        if entries:
            more = len(entries) - _LABELS_SHOWN
            found.append((word, "  ".join([*entries[:_LABELS_SHOWN], *([f"and {more} more"] if more > 0 else [])])))
    return [(word, safe_line(text, max_chars=PREVIEW_CHARS)) for word, text in found]


def window(trace: ShownTrace) -> tuple[int, int]:
    """When the trace began and how long it has gone on, in nanoseconds."""
    spans = trace.data.spans
    if not spans:
        return 0, 0
    start = min(span.start_time_ns for span in spans)
    return start, max(span.end_time_ns or span.start_time_ns for span in spans) - start


def name(span: ShownSpan) -> str:
    """The name of a span."""
    return safe_line(span.name, max_chars=200)


def kind(span: ShownSpan) -> str:
    """The type of a span, or nothing."""
    return "" if span.span_type == "UNKNOWN" else safe_line(span.span_type, max_chars=40)


def figures(span: ShownSpan) -> Figures:
    """Duration, tokens in and out, cost."""
    length_ns = span.duration_ns
    usage = span.token_usage or {}
    cost = (span.llm_cost or {}).get("total_cost")
    return Figures(
        "open" if length_ns is None else format.duration(length_ns),
        format.token_flow(usage.get("input_tokens"), usage.get("output_tokens")),
        format.cost(cost),
    )


def payloads(span: ShownSpan) -> list[tuple[str, str]]:
    """What went in and came out, each on one line."""
    shown = [("in", span.inputs), ("out", span.outputs)]
    return [
        (word, safe_line(references_shown(text), max_chars=PREVIEW_CHARS))
        for word, value in shown
        if value is not None
        for text in (value if isinstance(value, str) else json_text(value),)
    ]


def trouble(span: ShownSpan) -> str:
    """Why it did not come out well, or nothing."""
    return safe_line(span.status.description or "", max_chars=PREVIEW_CHARS)


def hidden(row: Row) -> str:
    """How many spans a row stands for that are not shown."""
    failed = f", {format.count(row.hidden_failures)} failed" if row.hidden_failures else ""
    return f"… {format.count(row.hidden_count)} more span{'s' if row.hidden_count > 1 else ''}{failed}"
