"""The table of the values of a field: how often each occurs, and how its spans or traces went."""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from textual.binding import BindingType

from ...store.text import format
from ..layout.cells import fit
from ..layout.group_columns import key_text
from ..state.value_table import ValueTable
from ..widgets.row_list import RowList

_COUNT_CELLS = 7
_PERCENT_CELLS = 6
_BAR_CELLS = 10
_WIDE_FROM = 56
"""The width from which bars and errors are shown."""
_P95_FROM = 84
"""The width from which the p95 of durations is shown."""

_NO_VALUE = "no value"


class ValueList(RowList):
    """Draws the rows of `table`."""

    BINDINGS: ClassVar[list[BindingType]] = [("enter", "enter", "Only this")]

    def __init__(self, table: ValueTable) -> None:
        super().__init__(id="values")
        self.table = table

    def show_table(self) -> None:
        """Redraw after a change of the table."""
        table = self.table
        self.border_title = table.title
        self.empty_text = "No span has a value." if table.complete else "counting …"
        self.show(len(table), table.cursor)

    def draw(self, row: int, width_cells: int, background: str) -> list[Segment]:
        """Returns the line of a value: count, share, the value, and in a wide table errors and the p95."""
        one = self.table.rows[row]
        plain, dim = self.line_style("plain", background), self.line_style("dim", background)
        cells = fit(format.count(one.occurrences), _COUNT_CELLS, right=True)
        percent = fit(f"{100 * one.share:.1f}", _PERCENT_CELLS, right=True) + " %"
        filled = round(one.share * _BAR_CELLS * 2)
        bar = fit("━" * (filled // 2) + "╸" * (filled % 2), _BAR_CELLS)
        facts = [Segment(cells, plain), Segment(percent + "  ", dim)]
        if width_cells >= _WIDE_FROM:
            facts.append(Segment(bar + "  ", self.line_style("llm", background)))
        measures: list[Segment] = []
        if width_cells >= _WIDE_FROM:
            errors = f"{one.group.errors:,} failed" if one.group.errors else ""
            p95_ns = one.group.duration_p95_ns
            measures = [Segment(fit(errors, 14, right=True), self.line_style("error", background))]
            if width_cells >= _P95_FROM:
                p95 = "" if p95_ns is None else f"p95 {format.duration(round(p95_ns))}"
                measures.append(Segment(fit(p95, 14, right=True), dim))
        used = sum(len(segment.text) for segment in (*facts, *measures)) + 1
        text = _NO_VALUE if one.value is None else key_text(one.value)
        style = "faint" if one.value is None else "strong"
        value = Segment(fit(text, max(4, width_cells - used)), self.line_style(style, background))
        return [*facts, value, *measures]

    def move_cursor(self, row: int, *, by_user: bool = True) -> None:
        """Move the cursor, which stays on its value."""
        super().move_cursor(row, by_user=by_user)
        self.table.select(self.cursor)
