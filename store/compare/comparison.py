"""Two traces of a file, compared: what a command prints and what programs read as JSON."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..model.rows import MODEL_CALLS, RUNNING, SpanRow, TraceRow
from ..model.span_ids import span_hex
from ..model.status import trace_status
from ..read.reader import Reader
from ..text import json_text
from .chats import conversation
from .divergence import Difference, Parting, differences, parting
from .from_file import side_of
from .json_difference import MISSING, JsonDifference, first_difference
from .messages import Change, MessageChange, MessageText, compare_messages
from .trees import AlignedTrees, Side, SpanPair, align_trees


class Conversations(NamedTuple):
    """The messages of two model calls."""

    first: list[MessageText]
    second: list[MessageText]
    changes: list[MessageChange]


class Comparison(NamedTuple):
    """Two traces and what they have in common."""

    traces: tuple[TraceRow, TraceRow]
    sides: tuple[Side, Side]
    trees: AlignedTrees
    parting: Parting
    warnings: tuple[str, ...]
    """Why the two may not be comparable, each as a sentence without a full stop."""

    def spans(self, pair: SpanPair) -> tuple[SpanRow | None, SpanRow | None]:
        """Return the spans of a line."""
        return (
            None if pair.first is None else self.sides[0].forest.spans[pair.first],
            None if pair.second is None else self.sides[1].forest.spans[pair.second],
        )

    def path(self, line: int) -> list[str]:
        """Return the names from the root down to a line."""
        names, depth = [], self.trees.pairs[line].depth
        for pair in self.trees.pairs[line::-1]:
            if pair.depth == depth:
                one, other = self.spans(pair)
                names.append((one or other).name)  # type: ignore[union-attr]  # a line has one of the two
                depth -= 1
        return names[::-1]


def compare_traces(
    reader: Reader,
    first: int,
    second: int,
    *,
    now_ns: int,
    spans: tuple[int | None, int | None] = (None, None),
) -> Comparison:
    """Compare the traces with these trace.ids, or of each a span with what is below it: `spans` are span.ids.

    Raises LookupError if one of the traces is not in the file.
    """
    found = reader.traces([first, second])
    if len(found) < 2:
        raise LookupError(f"a trace to compare is not in {reader.path}")
    sides = side_of(reader, first, spans[0]), side_of(reader, second, spans[1])
    trees = align_trees(*sides)
    traces = found[0], found[1]
    warnings = _warnings(reader, traces, reader.gone_processes(now_ns))
    return Comparison(traces, sides, trees, parting(trees, *sides), warnings)


def first_other_value(
    reader: Reader, comparison: Comparison, line: int, difference: Difference
) -> JsonDifference | None:
    """Return the first entry of inputs or outputs in which the spans of a line differ; None for other differences."""
    spans = comparison.spans(comparison.trees.pairs[line])
    if difference not in (Difference.INPUTS, Difference.OUTPUTS) or None in spans:
        return None
    values = []
    for span in spans:
        detail = span and reader.detail(span.id)
        stored = detail and (detail.inputs if difference is Difference.INPUTS else detail.outputs)
        values.append(MISSING if stored is None else json_text.decode_or_text(stored))
    return first_difference(values[0], values[1])


def compare_conversations(reader: Reader, comparison: Comparison, pair: SpanPair) -> Conversations | None:
    """Return the messages of both spans of a line, compared; None if the two have no messages that differ."""
    one, other = comparison.spans(pair)
    if one is None or other is None or not {one.kind, other.kind} & MODEL_CALLS:
        return None
    details = reader.detail(one.id), reader.detail(other.id)
    first, second = (conversation(detail) if detail else [] for detail in details)
    changes = compare_messages(first, second)
    return Conversations(first, second, changes) if {found.change for found in changes} - {Change.SAME} else None


def comparison_object(reader: Reader, comparison: Comparison) -> dict[str, Any]:
    """Return the comparison as JSON: both traces, warnings, where they part, and a line for each pair of spans.

    A model call whose messages differ has them: same, changed, added or cut.
    """
    parts = comparison.parting
    return {
        "first": _trace_object(comparison.traces[0]),
        "second": _trace_object(comparison.traces[1]),
        "warnings": list(comparison.warnings),
        "requests_differ": parts.requests_differ,
        "divergence": parts.divergence
        and {
            "line": parts.divergence.line,
            "path": comparison.path(parts.divergence.line),
            "difference": parts.divergence.difference.value,
            **_value_object(first_other_value(reader, comparison, *parts.divergence)),
        },
        "lines": [_line_object(reader, comparison, pair) for pair in comparison.trees.pairs],
    }


def _trace_object(trace: TraceRow) -> dict[str, Any]:
    return {
        "trace_id": trace.trace_id.hex(),
        "name": trace.name,
        "duration_ms": None if trace.end_ns is None else (trace.end_ns - trace.start_ns) / 1e6,
        "span_count": trace.span_count,
        "error_count": trace.error_count,
        "input_tokens": trace.input_tokens,
        "output_tokens": trace.output_tokens,
        "cost_usd": trace.cost_usd,
        "calls_without_price": trace.calls_without_price,
        "ttft_ms": trace.ttft_ms,
    }


def _line_object(reader: Reader, comparison: Comparison, pair: SpanPair) -> dict[str, Any]:
    one, other = comparison.spans(pair)
    talks = compare_conversations(reader, comparison, pair)
    messages = talks and [_message_object(talks, found) for found in talks.changes]
    return {
        "depth": pair.depth,
        "differences": [difference.value for difference in differences(pair, *comparison.sides)],
        "first": one and _span_object(one, len(pair.first_retried)),
        "second": other and _span_object(other, len(pair.second_retried)),
        **({"messages": messages} if messages else {}),
    }


def _message_object(talks: Conversations, found: MessageChange) -> dict[str, Any]:
    one = None if found.first is None else talks.first[found.first]
    other = None if found.second is None else talks.second[found.second]
    texts = {name: message.text for name, message in (("first", one), ("second", other)) if message is not None}
    role = next(message.role for message in (one, other) if message is not None)
    if found.change is Change.SAME:
        texts = {}
    return {"change": found.change.value, "role": role, **texts}


def _span_object(span: SpanRow, retried: int) -> dict[str, Any]:
    return {
        "span_id": span_hex(span.span_id),
        "name": span.name,
        "kind": span.kind,
        "status": span.status,
        "model": span.model,
        "duration_ms": None if span.end_ns is None else (span.end_ns - span.start_ns) / 1e6,
        "input_tokens": span.input_tokens,
        "output_tokens": span.output_tokens,
        "cost_usd": span.cost_usd,
        "ttft_ms": span.ttft_ms,
        "failed_attempts": retried,
    }


def _value_object(found: JsonDifference | None) -> dict[str, Any]:
    if found is None:
        return {}
    values = {name: value for name, value in (("first", found.first), ("second", found.second)) if value is not MISSING}
    return {"where": found.path, **values}


def _warnings(reader: Reader, traces: tuple[TraceRow, TraceRow], gone: frozenset[int]) -> tuple[str, ...]:
    said = []
    one, other = traces
    if one.name != other.name:
        said.append(f"the roots have other names: {one.name} and {other.name}")
    labels = [reader.labels(trace.id) for trace in traces]
    versions = [found.metadata.get("version") if found else None for found in labels]
    if versions[0] != versions[1]:
        said.append(f"the versions differ: {versions[0] or 'none'} and {versions[1] or 'none'}")
    for which, trace in zip(("first", "second"), traces, strict=True):
        status = trace_status(trace, gone)
        if trace.open_count or status == RUNNING:
            still = "is still running" if status == RUNNING else "was lost"
            said.append(f"the {which} trace {still}: its times and sums are lower bounds")
    return tuple(said)
