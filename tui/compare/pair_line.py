"""A line of the comparison: a span of each trace, and what differs, in the colours of a code review."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from rich.segment import Segment
from rich.style import Style

from ...store.compare.comparison import Comparison
from ...store.compare.divergence import Difference, differences
from ...store.compare.in_words import more_cost, more_tokens, reason, signed
from ...store.compare.trees import SpanPair
from ...store.model.rows import SpanRow, TraceRow
from ...store.text import format
from ...store.text.safe_text import safe_line
from ..layout.cells import cut, fit

_TIME_CELLS = 7
_DELTA_CELLS = 8
_TOKENS_CELLS = 6
_COST_CELLS = 9
_BAR_CELLS = 10
_WIDE = 140
"""The width in cells from which on bars have all their cells."""
_DEEPEST = 12
_SAME_PACE = 0.1
"""Two calls whose times for a token differ by a smaller share decode at the same pace."""

_SMALL = 0.01
"""Differences of time below this share of the largest one are not worth a colour."""

_WORDS = {Difference.STATUS: "status", Difference.INPUTS: "inputs", Difference.OUTPUTS: "outputs"}

Ink = Callable[[str], Style]


class PairLayout(NamedTuple):
    """Widths in cells; 0 for a part that does not fit."""

    name: int
    tokens: int
    cost: int
    bar: int
    note: int


def pair_layout(width_cells: int) -> PairLayout:
    """Returns the widths: times and their difference always, then tokens, cost, a bar, and words."""
    spare = width_cells - 2 * (_TIME_CELLS + 1) - (_DELTA_CELLS + 1)
    name = max(12, min(44, spare * 38 // 100))
    spare -= name
    bar = _BAR_CELLS if width_cells >= _WIDE else _BAR_CELLS // 2
    widths = {"tokens": _TOKENS_CELLS, "cost": _COST_CELLS, "bar": bar}
    for part, cells in widths.items():
        widths[part] = cells if cells + 1 <= spare else 0
        spare -= cells + 1 if cells + 1 <= spare else 0
    note = spare - 1 if spare >= 12 else 0
    return PairLayout(name=name + (0 if note else max(0, spare)), note=note, **widths)


def header_line(width_cells: int, ink: Ink) -> list[Segment]:
    """Returns the titles of the columns."""
    layout = pair_layout(width_cells)
    line = [Segment(fit("  Span", layout.name), ink("dim"))]
    for title, width in (
        ("A", _TIME_CELLS),
        ("B", _TIME_CELLS),
        ("B - A", _DELTA_CELLS),
        ("tokens", layout.tokens),
        ("cost", layout.cost),
    ):
        if width:
            line.append(Segment(" " + fit(title, width, right=True), ink("dim")))
    return line


def style_of(comparison: Comparison, pair: SpanPair) -> str:
    """Returns the style of a line: as in a code review, what only one side has, or what differs."""
    if pair.first is None:
        return "added"
    if pair.second is None:
        return "removed"
    return "changed" if differences(pair, *comparison.sides) else "plain"


def pair_line(comparison: Comparison, number: int, most_ns: int, width_cells: int, ink: Ink) -> list[Segment]:
    """Returns the line of a pair; the bars of `most_ns` have all of their cells."""
    pair = comparison.trees.pairs[number]
    one, other = (
        _with_totals(span, trace) for span, trace in zip(comparison.spans(pair), comparison.traces, strict=True)
    )
    layout = pair_layout(width_cells)
    style = style_of(comparison, pair)
    line = [Segment(fit(_name(pair, one, other, style), layout.name), ink(style))]
    for span in (one, other):
        line.append(Segment(" " + fit(_duration(span), _TIME_CELLS, right=True), ink("dim")))
    delta_ns = slower_by_ns(one, other)
    delta = "" if delta_ns is None else signed(delta_ns, format.duration)
    is_small = delta_ns is None or abs(delta_ns) < _SMALL * most_ns
    delta_style = "dim" if is_small or delta_ns is None else "removed" if delta_ns > 0 else "added"
    line.append(Segment(" " + fit(delta, _DELTA_CELLS, right=True), ink(delta_style)))
    for text, width in ((more_tokens(one, other), layout.tokens), (more_cost(one, other), layout.cost)):
        if width:
            line.append(Segment(" " + fit(text, width, right=True), ink("dim")))
    if layout.bar:
        cells = round(layout.bar * abs(delta_ns or 0) / max(1, most_ns))
        line.append(Segment(" " + fit("█" * cells, layout.bar), ink(delta_style)))
    if layout.note:
        line.append(Segment(" " + fit(_note(comparison, number, one, other), layout.note), ink(style)))
    return line


def slower_by_ns(one: SpanRow | None, other: SpanRow | None) -> int | None:
    """Returns how much longer the second span took; None if one of them is missing or has not ended."""
    if one is None or other is None or one.end_ns is None or other.end_ns is None:
        return None
    return (other.end_ns - other.start_ns) - (one.end_ns - one.start_ns)


def pace(one: SpanRow, other: SpanRow) -> str:
    """Returns how the answers of two model calls compare: `98 more tokens, same pace`; "" if it is not known."""
    if not one.output_tokens or not other.output_tokens:
        return ""
    more = other.output_tokens - one.output_tokens
    said = f"{format.tokens(abs(more))} {'more' if more > 0 else 'fewer'} tokens" if more else "as many tokens"
    each = [_ms_per_token(one), _ms_per_token(other)]
    if each[0] is None or each[1] is None:
        return said
    if abs(each[1] - each[0]) <= _SAME_PACE * each[0]:
        return f"{said}, same pace"
    return f"{said}, {format.milliseconds(each[1])} each instead of {format.milliseconds(each[0])}"


def _with_totals(span: SpanRow | None, trace: TraceRow) -> SpanRow | None:
    """The root has the tokens and the cost of its trace."""
    if span is None or span.id != trace.root:
        return span
    return span._replace(
        input_tokens=trace.input_tokens, output_tokens=trace.output_tokens, cost_usd=trace.cost_usd, ttft_ms=None
    )


def _ms_per_token(span: SpanRow) -> float | None:
    if span.end_ns is None or span.ttft_ms is None or not span.output_tokens or span.output_tokens < 2:
        return None
    streamed_ms = (span.end_ns - span.start_ns) / 1e6 - span.ttft_ms
    return streamed_ms / (span.output_tokens - 1) if streamed_ms > 0 else None


def _name(pair: SpanPair, one: SpanRow | None, other: SpanRow | None, style: str) -> str:
    span = one or other
    assert span is not None
    sign = {"added": "+", "removed": "-", "changed": "~"}.get(style, " ")
    depth = f"{pair.depth}⋯" if pair.depth > _DEEPEST else ""
    indent = depth.rjust(2 * _DEEPEST) if depth else "  " * pair.depth
    return f"{sign} {indent}{safe_line(span.name, max_chars=200)}"


def _duration(span: SpanRow | None) -> str:
    return "" if span is None else "?" if span.end_ns is None else format.duration(span.end_ns - span.start_ns)


def _note(comparison: Comparison, number: int, one: SpanRow | None, other: SpanRow | None) -> str:
    pair = comparison.trees.pairs[number]
    divergence = comparison.parting.divergence
    here = ["◀ they part"] if divergence is not None and divergence.line == number else []
    if one is None or other is None:
        return " · ".join([*here, "only in B" if one is None else "only in A"])
    told = [_WORDS.get(found) or reason(comparison, pair, found) for found in differences(pair, *comparison.sides)]
    return cut(" · ".join([*here, *filter(None, ["" if pair.depth == 0 else pace(one, other), *told])]), 200)
