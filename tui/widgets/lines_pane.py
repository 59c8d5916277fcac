"""Any number of lines of text, wrapped to the pane: the first show at once, the rest is laid out in slices."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import ClassVar

from rich.segment import Segment
from textual.binding import BindingType
from textual.timer import Timer

from ..document.lines import Line, wrapped
from ..layout.cells import cut
from .row_list import RowList

SLICE_S = 0.008
"""The most seconds that a slice of the layout blocks the screen: half a frame."""

PAUSE_S = 0.012
"""Seconds between two slices, for keys and painting."""


class LinesPane(RowList):
    """Shows lines with a cursor; each row knows the value that it shows."""

    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.rows: list[Line] = []
        self.wrap = True
        self._lines: list[Line] = []
        self._source: Iterator[Line] = iter(())
        self._coming: Iterator[Line] = iter(())
        self._laid_out_width = 0
        self._slices: Timer | None = None

    @property
    def complete(self) -> bool:
        """Whether the layout has ended."""
        return self._slices is None

    @property
    def text_cells(self) -> int:
        """The width of the text, which has a margin of one cell on either side."""
        return max(1, self.row_cells - 2)

    def show_lines(self, lines: Iterable[Line], *, keep_place: bool = False) -> None:
        """Show lines; `keep_place` keeps the cursor and the scroll position."""
        row, top = (self.cursor, round(self.scroll_y)) if keep_place else (0, 0)
        self._lines = []
        self._source = iter(lines)
        self._lay_out(self._kept(self._source), row, top)

    def _kept(self, lines: Iterable[Line]) -> Iterator[Line]:
        for line in lines:
            self._lines.append(line)
            yield line

    def _lay_out(self, lines: Iterator[Line], row: int, top: int) -> None:
        if self._slices is not None:
            self._slices.stop()
            self._slices = None
        width = self.text_cells
        self._laid_out_width = width
        self.rows = []
        self._coming = wrapped(lines, width) if self.wrap else lines
        self._take(at_least=row + 2 * max(1, self.size.height))
        self.show(len(self.rows), row, scrolled=top - round(self.scroll_y))

    def _take(self, at_least: int = 0) -> None:
        until = time.perf_counter() + SLICE_S
        rows = self.rows
        for line in self._coming:
            rows.append(line)
            if len(rows) % 64 == 0 and len(rows) >= at_least and time.perf_counter() > until:
                if self._slices is None:
                    self._slices = self.set_interval(PAUSE_S, self._next_slice)
                return
        if self._slices is not None:
            self._slices.stop()
            self._slices = None

    def _next_slice(self) -> None:
        self._take()
        self.show(len(self.rows), self.cursor)

    def on_resize(self) -> None:
        """Wrap the lines to the new width."""
        if self.text_cells != self._laid_out_width and (self._lines or not self.complete):
            self.relay()

    def relay(self) -> None:
        """Lay out the same lines again, after a change of the width or of `wrap`."""
        already, self._lines = self._lines, []
        self._lay_out(self._kept(chain(already, self._source)), self.cursor, round(self.scroll_y))

    def draw(self, row: int, width_cells: int, background: str) -> list[Segment]:
        """Returns the line of a row."""
        line = self.rows[row]
        plain = self.line_style("plain", background)
        return [
            Segment(" " * (line.indent + 1), plain),
            Segment(cut(line.lead, width_cells), self.line_style(line.lead_style, background)),
            Segment(cut(line.text, width_cells), self.line_style(line.style, background)),
        ]
