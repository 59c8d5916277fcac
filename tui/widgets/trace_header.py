"""The titles above the list of traces: a click sorts by a column, a drag of its right end sets its width."""

from __future__ import annotations

from dataclasses import dataclass

from rich.segment import Segment
from textual import events
from textual.message import Message

from ..layout.cells import fit
from ..layout.columns import GAP_CELLS, Column
from ..layout.time_axis import tick_label
from .pane_header import PaneHeader
from .trace_list import TraceList

_LEFT_CELLS = 1
"""The blank before the first column."""

UP, DOWN = "▲", "▼"


class TraceHeader(PaneHeader):
    """Draws the titles of the columns of a list; the sorted column has an arrow."""

    @dataclass
    class SortAsked(Message):
        """The user clicked on the title of a column."""

        key: str

    @dataclass
    class WidthAsked(Message):
        """The user dragged the right end of a column."""

        key: str
        width_cells: int

    def __init__(self, trace_list: TraceList) -> None:
        super().__init__(id="traces-header")
        self._trace_list = trace_list
        self.order: tuple[str, bool] | None = None
        """The key of the sorted column, and whether the largest value comes first; None if no column is sorted."""
        self._dragged: tuple[Column, int] | None = None

    def show_order(self, order: tuple[str, bool] | None) -> None:
        """Show by which column the list is sorted."""
        if order != self.order:
            self.order = order
            self.refresh()

    def line(self, width_cells: int) -> list[Segment]:
        """Returns the titles above their columns."""
        parts = [Segment(" " * _LEFT_CELLS, self.line_style("dim"))]
        for column in self._trace_list.columns():
            arrow = ""
            if self.order is not None and self.order[0] == column.key:
                arrow = DOWN if self.order[1] else UP
            parts.append(Segment(self._title(column, arrow), self.line_style("match" if arrow else "dim")))
        return parts

    def _title(self, column: Column, arrow: str) -> str:
        width = column.width_cells
        if column.key == "bar" and self._trace_list.scale_ns:
            return fit("0" + fit(tick_label(self._trace_list.scale_ns), width - 1, right=True), width) + " " * GAP_CELLS
        # The arrow stands behind the title, in the gap if there is no room left.
        if column.right or len(column.title) >= width:
            return fit(column.title, width, right=column.right) + fit(arrow, GAP_CELLS)
        return fit(f"{column.title} {arrow}", width + GAP_CELLS)

    def _column_at(self, x: int) -> tuple[Column, int] | None:
        # The column at a cell, and the cell behind its end.
        end = _LEFT_CELLS
        for column in self._trace_list.columns():
            end += column.width_cells
            if x < end + GAP_CELLS:
                return column, end
            end += GAP_CELLS
        return None

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Begin to drag the end of a column."""
        found = self._column_at(event.x)
        if found is not None and event.x >= found[1]:
            self._dragged = found[0], event.screen_x
            self.capture_mouse()
            event.stop()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Set the width of the dragged column."""
        if self._dragged is not None:
            column, from_x = self._dragged
            self.post_message(self.WidthAsked(column.key, column.width_cells + event.screen_x - from_x))
            event.stop()

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """End the drag."""
        if self._dragged is not None:
            self.release_mouse()
            event.stop()

    def on_click(self, event: events.Click) -> None:
        """Sort by the clicked column."""
        dragged, self._dragged = self._dragged, None
        found = self._column_at(event.x)
        if found is not None and (dragged is None or dragged[1] == event.screen_x):
            self.post_message(self.SortAsked(found[0].key))
        event.stop()
