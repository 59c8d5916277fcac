"""The spans of one trace as a tree, each with a bar on a common time axis."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual.binding import BindingType

from ...store.model.rows import ERROR, LOST, NO_STATUS, OK, RUNNING
from ...store.model.status import STATUS_SIGNS, span_status
from ...store.text import format
from ...store.text.bars import bar
from ...store.text.safe_text import safe_line
from .. import actions
from ..layout.cells import cut, fit
from ..layout.glyphs import running_glyph
from ..layout.guides import guides
from ..layout.time_axis import Axis
from ..layout.tree_layout import TreeLayout, layout_for
from ..state.open_trace import OpenTrace, shown_end_ns
from ..widgets.row_list import RowList

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from ...store.model.rows import ProcessRow, SpanRow

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
}


def style_of_kind(kind: str) -> str:
    """Returns the style of a kind of span."""
    return _KIND_STYLES.get(kind, "other")


class SpanTree(RowList):
    """Draws the rows of an `OpenTrace`; the screen reports changes."""

    BINDINGS: ClassVar[list[BindingType]] = actions.bindings("tree")

    def __init__(self) -> None:
        super().__init__(id="tree")
        self.open_trace: OpenTrace | None = None
        self.gone: Collection[int] = frozenset()
        self.processes: Mapping[int, ProcessRow] = {}
        self.now_ns = 0
        self.filtered = False
        """Whether a filter is applied, so that spans that do not match are faint."""
        self.axis = Axis(0, 1)

    def show_trace(self, open_trace: OpenTrace | None) -> None:
        """Show a trace, also the same one after a change."""
        self.open_trace = open_trace
        self.axis = open_trace.axis(self.now_ns, self.gone, self.processes) if open_trace else Axis(0, 1)
        self.follow_cursor()

    def follow_cursor(self) -> None:
        """Redraw after a fold, and scroll to the cursor."""
        open_trace = self.open_trace
        self.show(len(open_trace.folding) if open_trace else 0, open_trace.row if open_trace else 0)
        self.scroll_to_row(self.cursor)

    def tick(self, now_ns: int) -> bool:
        """Update the bars of running spans; returns whether the axis has changed."""
        self.now_ns = now_ns
        open_trace = self.open_trace
        if open_trace is None or not open_trace.open_spans:
            return False
        axis = open_trace.axis(now_ns, self.gone, self.processes)
        if axis != self.axis:
            self.axis = axis
            self.refresh()
            return True
        for row in self.visible_rows():
            if open_trace.forest.spans[open_trace.folding.shown[row]].end_ns is None:
                self.refresh_row(row)
        return False

    def draw(self, row: int, width_cells: int, background: str) -> list[Segment]:
        """Returns the line of a span."""
        open_trace = self.open_trace
        if open_trace is None:
            return []
        index = open_trace.folding.shown[row]
        span = open_trace.forest.spans[index]
        status = span_status(span, self.gone)
        layout = layout_for(width_cells)
        plain = self.line_style("plain", background)
        away = self.filtered and bool(open_trace.matches) and span.id not in open_trace.matches
        end_ns = shown_end_ns(span, self.now_ns, self.gone, self.processes)
        line = self._label(open_trace, index, span, status, layout.label, background, away=away)
        if layout.tokens:
            tokens = format.token_flow(span.input_tokens, span.output_tokens)
            line.append(Segment("  " + fit(tokens, layout.tokens, right=True), self.line_style("dim", background)))
        if layout.ttft:
            ttft = format.milliseconds(span.ttft_ms)
            line.append(Segment("  " + fit(ttft, layout.ttft, right=True), self.line_style("dim", background)))
        duration = "" if status == LOST else format.duration(end_ns - span.start_ns)
        style = "running" if status == RUNNING else "faint" if away else "plain"
        line.append(Segment("  " + fit(duration, layout.duration, right=True), self.line_style(style, background)))
        if layout.bar:
            line.append(Segment("  ", plain))
            line.extend(self._bar(span, status, end_ns, layout, background, away=away))
        return line

    def _label(
        self, open_trace: OpenTrace, index: int, span: SpanRow, status: str, width: int, background: str, *, away: bool
    ) -> list[Segment]:
        folding = open_trace.folding
        lead = guides(open_trace.forest, index)
        marker = ("▸ " if folding.is_folded(index) else "▾ ") if folding.has_children(index) else "─ " if lead else "  "
        glyph = running_glyph(self.now_ns) if status == RUNNING else STATUS_SIGNS.get(status, "✓")
        name = safe_line(span.name)
        kind = "" if span.kind in ("UNKNOWN", "SPAN", "") else safe_line(span.kind)
        hidden = folding.hidden_below(index)
        extra = f" +{hidden:,}" if hidden else ""
        if index in open_trace.forest.orphans:
            extra += " ↯ parent missing"
        room = width - len(lead) - 4
        # The kind goes before the name is cut: the name says which span this is.
        name_cells = cell_len(name)
        if name_cells + len(extra) + len(kind) + 1 > room:
            kind = "" if room - name_cells - len(extra) < 5 else cut(kind, room - name_cells - len(extra) - 1)
        name = cut(name, max(3, room - len(extra)))
        name_style = (
            "faint" if away else "error" if status == ERROR else "match" if self.filtered and not away else "plain"
        )
        if self.filtered and not open_trace.matches:
            name_style = "error" if status == ERROR else "plain"
        kind_style = "faint" if away else style_of_kind(span.kind)
        segments = [
            Segment(lead, self.line_style("faint", background)),
            Segment(marker, self.line_style("dim" if marker.strip(" ─") else "faint", background)),
            Segment(glyph + " ", self.line_style(status.lower(), background)),
            Segment(name, self.line_style(name_style, background)),
            Segment(extra, self.line_style("dim", background)),
            Segment(" " + kind if kind else "", self.line_style(kind_style, background)),
        ]
        used = sum(segment.cell_length for segment in segments)
        if used < width:
            segments.append(Segment(" " * (width - used), self.line_style("plain", background)))
        return segments

    def _bar(
        self, span: SpanRow, status: str, end_ns: int, layout: TreeLayout, background: str, *, away: bool
    ) -> list[Segment]:
        width = layout.bar - 1
        first_token_ns = None if span.ttft_ms is None else span.start_ns + int(span.ttft_ms * 1e6)
        column, drawn = bar(
            span.start_ns, end_ns, self.axis.start_ns, self.axis.length_ns, width, first_token_ns=first_token_ns
        )
        style = status.lower() if status not in (OK, NO_STATUS) else style_of_kind(span.kind)
        if away:
            style = "faint"
        plain = self.line_style("plain", background)
        return [
            Segment(" " * column, plain),
            Segment(drawn, self.line_style(style, background)),
            Segment(" " * (layout.bar - column - len(drawn)), plain),
        ]

    def click_row(self, row: int, column: int, clicks: int) -> None:
        """Fold or unfold the span if its marker was clicked, else select it."""
        open_trace = self.open_trace
        if open_trace is None:
            return
        index = open_trace.folding.shown[row]
        lead = len(guides(open_trace.forest, index))
        if lead <= column < lead + 2 and open_trace.folding.has_children(index):
            self.move_cursor(row)
            self.action_fold()
            return
        super().click_row(row, column, clicks)

    def move_cursor(self, row: int, *, by_user: bool = True) -> None:
        """Move the cursor to `row`, also in the state."""
        if self.open_trace is not None:
            self.open_trace.select_row(max(0, min(row, self.row_count - 1)))
        super().move_cursor(row, by_user=by_user)

    def action_expand(self) -> None:
        """Expand the span, move to its first child, or open the details of a leaf."""
        if self.open_trace is not None:
            if self.open_trace.expand():
                self._changed()
            else:
                self.action_enter()

    def action_collapse(self) -> None:
        """Fold the span or move to its parent; from a folded root return to the list."""
        if self.open_trace is not None:
            if self.open_trace.collapse():
                self._changed()
            else:
                self.post_message(self.Left(self))

    def action_fold(self) -> None:
        """Fold or unfold the span."""
        if self.open_trace is not None and self.open_trace.forest.total:
            self.open_trace.folding.toggle(self.open_trace.index)
            self._changed()

    def action_expand_all(self) -> None:
        """Unfold every span."""
        if self.open_trace is not None:
            self.open_trace.folding.fold_deeper_than(1 << 30)
            self._changed()

    def action_collapse_all(self) -> None:
        """Fold all but the roots."""
        if self.open_trace is not None and self.open_trace.forest.total:
            self.open_trace.folding.fold_deeper_than(1)
            self.open_trace.select_row(self.open_trace.row)
            self._changed()

    def _changed(self) -> None:
        self.follow_cursor()
        self.post_message(self.CursorMoved(self, self.cursor))
