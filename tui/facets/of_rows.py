"""What the list and the tree show of a trace and of a span, as fields and values of the filter language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .facet import CONTAINS, Facet, duration_measure, measure, text_facet

if TYPE_CHECKING:
    from ...store.model.rows import SpanRow, TraceRow
    from ...store.read.reader import TraceLabels

_SYSTEM_TAGS = "mlflow."
"""The beginning of the names of tags that programs set for themselves."""


def trace_facets(trace: TraceRow, service: str, labels: TraceLabels | None) -> list[Facet]:
    """Returns the cells of the list, and the tags."""
    duration_ns = None if trace.end_ns is None else trace.end_ns - trace.start_ns
    found = [
        Facet("session", "session", trace.session_id, letter="i"),
        Facet("user", "user", trace.user_id, letter="u"),
        Facet("model", "trace.model", trace.model, letter="m"),
        Facet("name", "trace.name", trace.name, letter="n"),
        Facet("status", "trace.status", trace.status and trace.status.lower(), letter="a"),
        _error("trace.error", trace.status_message if trace.status == "ERROR" else None),
        Facet("service", "trace.service", service or None, letter="v"),
        duration_measure("duration", "trace.duration", duration_ns, "d"),
        duration_measure("first token", "trace.ttft", None if trace.ttft_ms is None else trace.ttft_ms * 1e6, "t"),
        measure("cost", "trace.cost", trace.cost_usd, "$", "c"),
        measure("tokens", "trace.tokens", _tokens(trace.input_tokens, trace.output_tokens), letter="o"),
        measure("spans", "trace.spans", trace.span_count, letter="p"),
    ]
    for scope, values in (("tag", labels.tags if labels else {}), ("metadata", labels.metadata if labels else {})):
        for key, value in values.items():
            if not key.startswith(_SYSTEM_TAGS):
                found.append(text_facet(f"{scope} {key}", _keyed(scope, key), value))
    return found


def span_facets(span: SpanRow, trace: TraceRow, service: str) -> list[Facet]:
    """Returns what the tree shows of a span, and whose it is."""
    duration_ns = None if span.end_ns is None else span.end_ns - span.start_ns
    return [
        Facet("name", "name", span.name, letter="n"),
        Facet("kind", "kind", span.kind, letter="k"),
        Facet("model", "model", span.model, letter="m"),
        Facet("status", "status", span.status and span.status.lower(), letter="a"),
        _error("error", span.status_message if span.status == "ERROR" else None),
        Facet("session", "session", trace.session_id, letter="i"),
        Facet("user", "user", trace.user_id, letter="u"),
        Facet("service", "service", service or None, letter="v"),
        duration_measure("duration", "duration", duration_ns, "d"),
        duration_measure("first token", "ttft", None if span.ttft_ms is None else span.ttft_ms * 1e6, "t"),
        measure("cost", "cost", span.cost_usd, "$", "c"),
        measure("tokens", "tokens", _tokens(span.input_tokens, span.output_tokens), letter="o"),
    ]


def _error(field: str, message: str | None) -> Facet:
    # The type of the error where the message begins with one.
    if message is None:
        return Facet("error", field, None, letter="e")
    kind, colon, _ = message.partition(": ")
    if colon and " " not in kind:
        return Facet("error", field, kind, CONTAINS, letter="e")
    return text_facet("error", field, message)._replace(letter="e")


def _tokens(input_tokens: int | None, output_tokens: int | None) -> int | None:
    return None if input_tokens is None and output_tokens is None else (input_tokens or 0) + (output_tokens or 0)


def _keyed(scope: str, key: str) -> str:
    from ...store.filter.tree.nodes import Name
    from ...store.filter.tree.spelling import spell

    return spell(Name(scope, key))
