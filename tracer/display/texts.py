"""The texts that stand for a trace and its spans, in a terminal and in HTML: names, figures, values, labels."""

from __future__ import annotations

from typing import NamedTuple

from ...store.model.rows import RUNNING
from ...store.model.status import STATUS_SIGNS
from ...store.text import format
from ...store.text.attachment_uri import describe_uris
from ...store.text.safe_text import safe_line
from ..mlflow_form.json_values import json_text
from .outline import Row
from .shown import ShownSpan, ShownTrace

IN_PROGRESS = "IN_PROGRESS"
"""MLflow's state of an open span or trace."""

PREVIEW_CHARS = 240
"""The most characters of a value or message. The line may cut it further."""

_LABELS_SHOWN = 8
"""The most tags, and the most assessments, that are listed."""


class Figures(NamedTuple):
    """The figures beside a span. An unknown figure is empty."""

    duration: str
    tokens: str
    cost: str


def state_of(span: ShownSpan) -> str:
    """The state of a span, in the terms of `TraceState`."""
    if span.end_time_ns is None:
        return IN_PROGRESS
    return "OK" if span.status == "UNSET" else str(span.status)


def sign(state: str) -> str:
    """The sign of a state, as the explorer draws it; empty for an unknown state."""
    return STATUS_SIGNS.get(RUNNING if state == IN_PROGRESS else state, "")


def title(trace: ShownTrace) -> str:
    """The name of a trace."""
    root = next((span.name for span in trace.data.spans if span.parent_id is None), "")
    return safe_line(trace.info.tags.get("mlflow.traceName") or root or "trace", max_chars=200)


def summary(trace: ShownTrace) -> list[str]:
    """The state of a trace and its totals."""
    info = trace.info
    length_ns = window(trace)[1]
    parts = [info.state.value]
    if info.execution_duration is not None:
        parts.append(format.duration(length_ns) if trace.data.spans else format.milliseconds(info.execution_duration))
    if usage := info.token_usage:
        parts.append(f"{format.token_flow(usage.get('input_tokens'), usage.get('output_tokens'))} tokens")
    if cost := format.cost_in_words((info.cost or {}).get("total_cost"), info.calls_without_price):
        parts.append(cost)
    if count := len(trace.data.spans):
        parts.append(f"{format.count(count)} span{'s' if count > 1 else ''}")
    if failures := sum(span.status == "ERROR" for span in trace.data.spans):
        parts.append(f"{format.count(failures)} failed")
    return parts


def labels(trace: ShownTrace) -> list[tuple[str, str]]:
    """Pairs of a label and its text: trace id, session, user, tags, assessments."""
    info = trace.info
    found = [("trace", info.trace_id)]
    found += [(label, text) for label, text in (("session", info.session_id), ("user", info.user)) if text]
    tags = [f"{key}={text}" for key, text in info.tags.items() if not key.startswith("mlflow.")]
    assessments = [
        f"{one.name}={json_text(one.value) if one.value is not None else getattr(one, 'error_code', None) or '-'}"
        for one in info.assessments
        if one.valid
    ]
    for label, entries in (("tags", tags), ("assessments", assessments)):
        if entries:
            more = len(entries) - _LABELS_SHOWN
            found.append((label, "  ".join([*entries[:_LABELS_SHOWN], *([f"and {more} more"] if more > 0 else [])])))
    return [(label, safe_line(text, max_chars=PREVIEW_CHARS)) for label, text in found]


def window(trace: ShownTrace) -> tuple[int, int]:
    """The start of a trace and its length so far, in nanoseconds."""
    spans = trace.data.spans
    if not spans:
        return 0, 0
    start = min(span.start_time_ns for span in spans)
    return start, max(span.end_time_ns or span.start_time_ns for span in spans) - start


def name(span: ShownSpan) -> str:
    """The name of a span."""
    return safe_line(span.name, max_chars=200)


def kind(span: ShownSpan) -> str:
    """The type of a span; empty for `UNKNOWN`."""
    return "" if span.span_type == "UNKNOWN" else safe_line(span.span_type, max_chars=40)


def figures(span: ShownSpan) -> Figures:
    """The duration, token flow and cost of a span."""
    length_ns = span.duration_ns
    usage = span.token_usage or {}
    cost = (span.llm_cost or {}).get("total_cost")
    return Figures(
        "open" if length_ns is None else format.duration(length_ns),
        format.token_flow(usage.get("input_tokens"), usage.get("output_tokens")),
        format.cost(cost),
    )


def payloads(span: ShownSpan) -> list[tuple[str, str]]:
    """Pairs of a label and a value on one line: the inputs and the outputs of a span."""
    shown = [("in", span.inputs), ("out", span.outputs)]
    return [
        (label, safe_line(describe_uris(text), max_chars=PREVIEW_CHARS))
        for label, value in shown
        if value is not None
        for text in (value if isinstance(value, str) else json_text(value),)
    ]


def status_message(span: ShownSpan) -> str:
    """The status message of a span, such as the text of an exception; empty for none."""
    return safe_line(span.status.description or "", max_chars=PREVIEW_CHARS)


def hidden(row: Row) -> str:
    """The number of hidden spans that a row stands for."""
    failed = f", {format.count(row.hidden_failures)} failed" if row.hidden_failures else ""
    return f"… {format.count(row.hidden_count)} more span{'s' if row.hidden_count > 1 else ''}{failed}"
