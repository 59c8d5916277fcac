"""The aligned trees as a list of pairs of spans."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from rich.segment import Segment
from textual.binding import BindingType

from ...store.compare.comparison import Comparison
from ...store.compare.divergence import differences
from .. import actions
from ..widgets.pane_header import PaneHeader
from ..widgets.row_list import RowList
from .pair_line import header_line, pair_line, slower_by_ns


class PairHeader(PaneHeader):
    """The titles above the pairs."""

    def line(self, width_cells: int) -> list[Segment]:
        """Returns the titles above their columns; the last cell belongs to the scrollbar."""
        return header_line(width_cells - 1, self.line_style)


class PairList(RowList):
    """Draws the lines of a comparison."""

    BINDINGS: ClassVar[list[BindingType]] = actions.bindings("pairs")

    def __init__(self) -> None:
        super().__init__(id="pairs")
        self.comparison: Comparison | None = None
        self._most_ns = 0

    def show_comparison(self, comparison: Comparison) -> None:
        """Show a comparison, with the cursor where the two part."""
        self.comparison = comparison
        slower = [slower_by_ns(*comparison.spans(pair)) for pair in comparison.trees.pairs]
        self._most_ns = max((abs(ns) for ns in slower if ns is not None), default=0)
        divergence = comparison.parting.divergence
        self.show(len(comparison.trees.pairs), divergence.line if divergence else 0)
        self.scroll_to_row(self.cursor)

    def draw(self, row: int, width_cells: int, background: str) -> list[Segment]:
        """Returns the line of a pair."""
        if self.comparison is None:
            return []
        ink = partial(self.line_style, background=background)
        return pair_line(self.comparison, row, self._most_ns, width_cells, ink)

    def action_next_difference(self, step: int = 1) -> None:
        """Move to the next pair that differs in more than time."""
        comparison = self.comparison
        if comparison is None:
            return
        pairs = comparison.trees.pairs
        row = self.cursor + step
        while 0 <= row < len(pairs) and not differences(pairs[row], *comparison.sides):
            row += step
        if 0 <= row < len(pairs):
            self.move_cursor(row)
        else:
            self.notify("No more differences", markup=False)

    def action_previous_difference(self) -> None:
        """Move to the previous pair that differs in more than time."""
        self.action_next_difference(-1)
