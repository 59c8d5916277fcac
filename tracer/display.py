"""A trace as people read it: a tree of its spans for Rich, plain text, and HTML for notebooks.

What a trace holds is not trusted: all of it goes through the product's one sanitiser.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Any

from ..store import format
from ..store.safe_text import safe_line
from .entities.mlflow_json import json_text
from .entities.span import Span
from .entities.trace import Trace

PREVIEW_CHARS = 160
"""Of inputs and outputs beside a span."""

SPANS_SHOWN = 500
"""A longer trace is cut: a terminal or a notebook is no place for more."""

_STYLES = {"OK": "green", "ERROR": "bold red", "CANCELLED": "yellow", "UNSET": "dim", "IN_PROGRESS": "cyan"}


def tree(trace: Trace) -> Any:
    """A Rich tree."""
    from rich.text import Text
    from rich.tree import Tree

    state = trace.info.state.value
    title = Text.assemble((_title(trace), "bold"), "  ", (state, _STYLES.get(state, "")))
    nodes = [Tree(title, guide_style="dim")]
    for depth, span in _walk(trace):
        del nodes[depth + 1 :]
        status = str(span.status)
        label = Text(no_wrap=True, overflow="ellipsis")
        label.append(safe_line(span.name), _STYLES["ERROR"] if status == "ERROR" else "")
        label.append(f"  {_words(span)}", "dim")
        for text in _payloads(span):
            label.append(f"\n  {text}", "dim")
        nodes.append(nodes[depth].add(label))
    if (hidden := len(trace.data.spans) - SPANS_SHOWN) > 0:
        nodes[0].add(Text(f"and {hidden} more spans", "dim"))
    return nodes[0]


def plain(trace: Trace) -> str:
    """Text, a line for each span."""
    lines = [f"{_title(trace)}  {trace.info.state.value}"]
    lines += [f"{'  ' * (depth + 1)}{safe_line(span.name)}  {_words(span)}" for depth, span in _walk(trace)]
    if (hidden := len(trace.data.spans) - SPANS_SHOWN) > 0:
        lines.append(f"  and {hidden} more spans")
    return "\n".join(lines)


def html(trace: Trace) -> str:
    """HTML that stands alone: no script, no style sheet, nothing from elsewhere."""
    rows = "".join(
        f'<div style="padding-left:{depth * 1.5 + 1}em"><b>{escape(safe_line(span.name))}</b>'
        f' <span style="opacity:.65">{escape(_words(span))}</span>'
        + "".join(f'<div style="opacity:.65;padding-left:1.5em">{escape(text)}</div>' for text in _payloads(span))
        + "</div>"
        for depth, span in _walk(trace)
    )
    head = f"{escape(_title(trace))} <b>{trace.info.state.value}</b>"
    return f'<div style="font-family:monospace;white-space:pre-wrap;line-height:1.5">{head}{rows}</div>'


def _title(trace: Trace) -> str:
    info = trace.info
    parts = [f"trace {info.trace_id}"]
    ends = [span.end_time_ns for span in trace.data.spans if span.end_time_ns is not None]
    if ends and info.execution_duration is not None:
        parts.append(format.duration(max(ends) - min(span.start_time_ns for span in trace.data.spans)))
    if usage := info.token_usage:
        parts.append(f"{usage['total_tokens']} tokens")
    return safe_line("  ".join(parts))


def _words(span: Span) -> str:
    took = "open" if span.duration_ns is None else format.duration(span.duration_ns)
    parts = [span.span_type, took, *([] if span.status == "OK" else [str(span.status)])]
    if span.status.description:
        parts.append(span.status.description)
    return safe_line("  ".join(parts), max_chars=PREVIEW_CHARS)


def _payloads(span: Span) -> list[str]:
    shown = []
    for word, value in (("in ", span.inputs), ("out", span.outputs)):
        if value is not None:
            text = value if isinstance(value, str) else json_text(value)
            cut = "..." if len(text) > PREVIEW_CHARS else ""
            shown.append(f"{word} {safe_line(text, max_chars=PREVIEW_CHARS)}{cut}")
    return shown


def _walk(trace: Trace) -> Iterator[tuple[int, Span]]:
    """(depth, span), parents first; spans whose parent is not there are roots, and a circle is entered once."""
    spans = trace.data.spans
    known = {span.span_id for span in spans}
    below: dict[str | None, list[Span]] = {}
    for span in spans:
        below.setdefault(span.parent_id if span.parent_id in known else None, []).append(span)
    seen: set[str] = set()
    count = 0
    starts = [*below.get(None, ()), *spans]
    for start in starts:
        waiting = [(0, start)]
        while waiting:
            depth, span = waiting.pop()
            if span.span_id in seen:
                continue
            seen.add(span.span_id)
            count += 1
            if count > SPANS_SHOWN:
                return
            yield depth, span
            waiting.extend((depth + 1, child) for child in reversed(below.get(span.span_id, ())))
