"""A line of the span tree: label, columns and bar, drawn from the state of the open trace."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style

from ...store.model.rows import ERROR, LOST, NO_STATUS, OK, RUNNING
from ...store.model.status import STATUS_SIGNS, span_status
from ...store.text import format
from ...store.text.safe_text import safe_line
from ...store.timing.self_time import busy
from ...store.timing.times import shown_end_ns
from ..layout.cells import cut, fit
from ..layout.glyphs import running_glyph
from ..layout.guides import guides
from ..layout.span_bars import Drawn, span_bar
from ..layout.time_axis import Axis
from ..layout.tree_layout import TreeLayout, layout_for
from ..state.open_trace import OpenTrace

if TYPE_CHECKING:
    from ...store.model.rows import ProcessRow, SpanRow
    from ...store.read.usual_durations import UsualDurations

Ink = Callable[[str], Style]
"""Returns the style of a meaning on the background of the line."""

ON_PATH = "◆"
BRIEFLY_ON_PATH = "◇"
"""For less than `BRIEF` of the trace's time."""
BRIEF = 0.01
SLOW = "▲"
RETRY = "↻"

_KIND_STYLES = {
    "LLM": "llm",
    "CHAT_MODEL": "llm",
    "TOOL": "tool",
    "AGENT": "agent",
    "RETRIEVER": "retriever",
    "EMBEDDING": "retriever",
    "RERANKER": "retriever",
    "CHAIN": "chain",
    "WORKFLOW": "chain",
    "HUMAN": "user",
}


def style_of_kind(kind: str) -> str:
    """Returns the style of a kind of span."""
    return _KIND_STYLES.get(kind, "other")


@dataclass
class Surroundings:
    """What all lines of a tree depend on, beside the open trace."""

    now_ns: int = 0
    gone: Collection[int] = frozenset()
    """The processes that are gone."""
    processes: Mapping[int, ProcessRow] = field(default_factory=dict)
    filtered: bool = False
    """Whether a filter is applied, so that spans that do not match are faint."""
    usual: UsualDurations = field(default_factory=dict)
    axis: Axis = field(default_factory=lambda: Axis(0, 1))

    def end_ns(self, span: SpanRow) -> int:
        """Returns until when a span is known to run."""
        return shown_end_ns(span, self.now_ns, self.gone, self.processes)

    def p95_ns(self, span: SpanRow, end_ns: int) -> int | None:
        """Returns the p95 of the spans of this name if the span is slower; None if not, or if it is not known."""
        usual = self.usual.get((span.kind, span.name)) if self.usual else None
        return usual.p95_ns if usual is not None and end_ns - span.start_ns > usual.p95_ns else None


class _Span(NamedTuple):
    """A span with what several parts of its line need."""

    place: int
    row: SpanRow
    status: str
    end_ns: int
    slower_than_ns: int | None
    away: bool
    """Whether the filter does not match it."""


def guides_of(open_trace: OpenTrace, index: int, label_cells: int) -> str:
    """Returns the guides of a span in a label of `label_cells`: most of the label is for the name."""
    return guides(open_trace.forest, index, min(24, max(6, label_cells * 2 // 5)))


def span_line(open_trace: OpenTrace, index: int, around: Surroundings, width_cells: int, ink: Ink) -> list[Segment]:
    """Returns the line of the span at a position."""
    row = open_trace.forest.spans[index]
    end_ns = around.end_ns(row)
    span = _Span(
        index,
        row,
        span_status(row, around.gone),
        end_ns,
        around.p95_ns(row, end_ns),
        around.filtered and bool(open_trace.matches) and row.id not in open_trace.matches,
    )
    layout = layout_for(width_cells, open_trace.needs)
    line = _label(open_trace, span, around, layout.label, ink)
    line += _columns(open_trace, span, layout, ink)
    if layout.bar:
        share = open_trace.timing.share_of_path(index)
        mark = ON_PATH if share >= BRIEF else BRIEFLY_ON_PATH if share else " "
        line.append(Segment(f" {mark} ", ink("faint" if span.away or share < BRIEF else "path")))
        line += _bar(open_trace, span, around, layout.bar, ink)
    return line


def _label(open_trace: OpenTrace, span: _Span, around: Surroundings, width: int, ink: Ink) -> list[Segment]:
    folding, index = open_trace.folding, span.place
    lead = guides_of(open_trace, index, width)
    marker = ("▸ " if folding.is_folded(index) else "▾ ") if folding.has_children(index) else "─ " if lead else "  "
    glyph = running_glyph(around.now_ns) if span.status == RUNNING else STATUS_SIGNS.get(span.status, "✓")
    name = safe_line(span.row.name)
    is_human = index in open_trace.timing.human
    kind = "HUMAN" if is_human else "" if span.row.kind in ("UNKNOWN", "SPAN", "") else safe_line(span.row.kind)
    attempt = open_trace.timing.attempts[index]
    retry = f" {RETRY}{attempt}" if attempt > 1 else ""
    hidden = folding.hidden_below(index)
    extra = f" +{hidden:,}" if hidden else ""
    if index in open_trace.forest.orphans:
        extra += " ↯ parent missing"
    room = width - len(lead) - 4 - len(retry)
    # The kind goes before the name is cut: the name says which span this is.
    name_cells = cell_len(name)
    if name_cells + len(extra) + len(kind) + 1 > room:
        kind = "" if room - name_cells - len(extra) < 5 else cut(kind, room - name_cells - len(extra) - 1)
    name = cut(name, max(3, room - len(extra)))
    matched = around.filtered and bool(open_trace.matches) and not span.away
    name_style = "faint" if span.away else "error" if span.status == ERROR else "match" if matched else "plain"
    kind_style = "faint" if span.away else "user" if is_human else style_of_kind(span.row.kind)
    segments = [
        Segment(lead, ink("faint")),
        Segment(marker, ink("dim" if marker.strip(" ─") else "faint")),
        Segment(glyph + " ", ink(span.status.lower())),
        Segment(name, ink(name_style)),
        Segment(retry, ink("warning")),
        Segment(extra, ink("dim")),
        Segment(" " + kind if kind else "", ink(kind_style)),
    ]
    used = sum(segment.cell_length for segment in segments)
    if used < width:
        segments.append(Segment(" " * (width - used), ink("plain")))
    return segments


def _columns(open_trace: OpenTrace, span: _Span, layout: TreeLayout, ink: Ink) -> list[Segment]:
    row = span.row
    gap = " " * layout.gap
    line = []
    for text, width in (
        (format.token_flow(row.input_tokens, row.output_tokens), layout.tokens),
        (format.milliseconds(row.ttft_ms), layout.ttft),
        (format.cost(row.cost_usd), layout.cost),
    ):
        if width:
            line.append(Segment(gap + fit(text, width, right=True), ink("faint" if span.away else "dim")))
    duration = "" if span.status == LOST else format.duration(span.end_ns - row.start_ns)
    style = "running" if span.status == RUNNING else "faint" if span.away else "plain"
    line.append(Segment(gap + fit(duration, layout.duration - 1, right=True), ink(style)))
    line.append(Segment(SLOW if span.slower_than_ns is not None else " ", ink("warning")))
    if layout.self_time:
        own = "" if span.status == LOST else format.duration(open_trace.timing.self_ns[span.place])
        line.append(Segment(gap + fit(own, layout.self_time, right=True), ink("faint" if span.away else "dim")))
    return line


def _bar(open_trace: OpenTrace, span: _Span, around: Surroundings, width: int, ink: Ink) -> list[Segment]:
    style = span.status.lower() if span.status not in (OK, NO_STATUS) else style_of_kind(span.row.kind)
    if span.place in open_trace.timing.human:
        style = "user"
    column, text = drawn_bar(open_trace, span.place, span.end_ns, around.axis, width - 1)
    line = [Segment(" " * column, ink("plain")), Segment(text, ink("faint" if span.away else style))]
    free = width - column - len(text)
    if span.slower_than_ns is not None:
        # Beside the bar, on the side with more room.
        note = f"p95 {format.duration(span.slower_than_ns)}"
        if len(note) + 2 <= free:
            line.append(Segment(f" {note}", ink("warning")))
            free -= len(note) + 1
        elif len(note) + 1 <= column:
            line[0] = Segment(note.rjust(column - 1) + " ", ink("warning"))
    line.append(Segment(" " * free, ink("plain")))
    return line


def drawn_bar(open_trace: OpenTrace, index: int, end_ns: int, axis: Axis, width: int) -> Drawn:
    """Returns the bar of a span; remembers it, as finding the gaps between many children takes a while."""
    bars = open_trace.bars_on(axis, width)
    key = index, (end_ns - axis.start_ns) * 2 * width // axis.length_ns  # a running span is drawn anew as it grows
    drawn = bars.get(key)
    if drawn is None:
        row = open_trace.forest.spans[index]
        children = (
            busy(open_trace.forest, open_trace.timing.times, index)
            if open_trace.forest.subtree_end[index] > index + 1
            else ()
        )
        drawn = bars[key] = span_bar(
            row.start_ns,
            end_ns,
            axis,
            width,
            busy=children,
            first_token_ns=None if row.ttft_ms is None else row.start_ns + int(row.ttft_ms * 1e6),
            is_wait=index in open_trace.timing.human,
        )
    return drawn
