"""The spans of one trace as a tree, each with a bar on a common time axis."""

from __future__ import annotations

from functools import partial

from rich.segment import Segment

from ..layout.tree_layout import layout_for
from ..state.open_trace import OpenTrace
from .flame_line import flame_line
from .span_line import guides_of, span_line
from .tree_actions import TreeActions
from .tree_header import ruler

SPANS_PER_TICK = 1_000
"""A running trace is measured again at every tick up to this size, a larger one less often."""


class SpanTree(TreeActions):
    """Draws the rows of an `OpenTrace`; the screen reports changes."""

    def __init__(self) -> None:
        super().__init__()
        self._ticks = 0

    def show_trace(self, open_trace: OpenTrace | None) -> None:
        """Show a trace, also the same one after a change."""
        self.open_trace = open_trace
        if open_trace is not None:
            open_trace.measure_times(self.around.now_ns, self.around.gone, self.around.processes)
        self.around.axis = self.axis_now()
        self.follow_cursor()

    def tick(self, now_ns: int) -> bool:
        """Update the bars of running spans; returns whether the axis has changed."""
        self.around.now_ns = now_ns
        open_trace = self.open_trace
        if open_trace is None or not open_trace.open_spans:
            return False
        self._ticks += 1
        if self._ticks % (1 + open_trace.forest.total // SPANS_PER_TICK) == 0:
            open_trace.measure_times(now_ns, self.around.gone, self.around.processes)
            if open_trace.view.flame or len(open_trace.folding) != self.row_count:
                self.follow_cursor()
        axis = self.axis_now()
        if axis != self.axis:
            self.around.axis = axis
            self.refresh()
            return True
        for row in () if open_trace.view.flame else self.visible_rows():
            if open_trace.forest.spans[open_trace.folding.shown[row]].end_ns is None:
                self.refresh_row(row)
        return False

    def draw(self, row: int, width_cells: int, background: str) -> list[Segment]:
        """Returns the line of a span."""
        open_trace = self.open_trace
        if open_trace is None:
            return []
        flame = self.flame
        if flame is None:
            ink = partial(self.line_style, background=background)
            return span_line(open_trace, open_trace.folding.shown[row], self.around, width_cells, ink)
        if row == 0:
            return [Segment(ruler(self.axis, open_trace.forest.start_ns, width_cells), self.line_style("dim"))]
        return flame_line(open_trace, flame, row - 1, self.around, width_cells, self.line_style)

    def click_row(self, row: int, column: int, clicks: int) -> None:
        """Fold or unfold the span if its marker was clicked, else select it."""
        open_trace = self.open_trace
        if open_trace is None:
            return
        if (flame := self.flame) is not None:
            at_ns = self.axis.start_ns + column * self.axis.length_ns // max(1, self.row_cells)
            self._go_to_span(flame.nearest(max(0, row - 1), at_ns))
            if clicks == 2:
                self.action_enter()
            return
        index = open_trace.folding.shown[row]
        lead = len(guides_of(open_trace, index, layout_for(self.row_cells, open_trace.needs).label))
        if lead <= column < lead + 2 and open_trace.folding.has_children(index):
            self.move_cursor(row)
            self.action_fold()
            return
        super().click_row(row, column, clicks)

    def move_cursor(self, row: int, *, by_user: bool = True) -> None:
        """Move the cursor to `row`, also in the state."""
        open_trace = self.open_trace
        if open_trace is None or not open_trace.forest.total:
            super().move_cursor(row, by_user=by_user)
            return
        row = max(0, min(row, self.row_count - 1))
        if (flame := self.flame) is not None:
            starts_ns, ends_ns = open_trace.timing.times
            middle_ns = (starts_ns[open_trace.index] + ends_ns[open_trace.index]) // 2
            row = max(1, row)
            if row != self.cursor:
                open_trace.index = flame.nearest(row - 1, middle_ns)
        else:
            open_trace.select_row(row)
        super().move_cursor(row, by_user=by_user)
        self._follow_span()

    def _go_to_span(self, index: int | None) -> None:
        """Move the cursor of the flame graph to a span, if there is one."""
        open_trace, flame = self.open_trace, self.flame
        if open_trace is not None and flame is not None and index in flame.lane_of:
            open_trace.index = index
            super().move_cursor(flame.lane_of[index] + 1)
            self._follow_span()

    def _follow_span(self) -> None:
        open_trace = self.open_trace
        if open_trace is None or (span := open_trace.span) is None:
            return
        if open_trace.zoom.follow(span.start_ns, self.around.end_ns(span)):
            self.show_axis()
        elif open_trace.view.flame:
            self.post_message(self.ViewChanged(self))  # the header names the span

    def action_cursor_down(self) -> None:
        """Move one row down; in the flame graph to the first child."""
        if (flame := self.flame) is not None and self.open_trace is not None:
            children = self.open_trace.forest.children(self.open_trace.index)
            self._go_to_span(next((child for child in children if child in flame.lane_of), None))
        else:
            super().action_cursor_down()

    def action_cursor_up(self) -> None:
        """Move one row up; in the flame graph to the parent."""
        if self.flame is not None and self.open_trace is not None:
            self._go_to_span(self.open_trace.forest.parent_index[self.open_trace.index])
        else:
            super().action_cursor_up()

    def action_expand(self) -> None:
        """Expand the span, move to its first child, or open the details of a leaf; in the flame graph go right."""
        if self.open_trace is not None:
            if (flame := self.flame) is not None:
                self._go_to_span(flame.beside(self.open_trace.index, 1))
            elif self.open_trace.expand():
                self.show_change()
            else:
                self.action_enter()

    def action_collapse(self) -> None:
        """Fold the span or move to its parent; from a folded root return to the list. In the flame graph go left."""
        if self.open_trace is not None:
            before = None if (flame := self.flame) is None else flame.beside(self.open_trace.index, -1)
            if before is not None:
                self._go_to_span(before)
            elif flame is None and self.open_trace.collapse():
                self.show_change()
            else:
                self.post_message(self.Left(self))
