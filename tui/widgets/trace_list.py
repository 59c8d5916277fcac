"""The list of traces, one line each, newest first or sorted. Rows are read when they become visible."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual.binding import BindingType
from textual.message import Message

from ...store.model.rows import RUNNING
from ...store.model.status import trace_status
from .. import actions
from ..layout.cells import fit
from ..layout.columns import GAP_CELLS, Column
from ..layout.duration_bars import scale_of
from ..layout.trace_columns import ColumnChoice, columns_for
from ..state.listing import Listing
from ..state.row_cache import CachedRow, RowCache
from .row_list import RowList
from .trace_cells import TraceCells, duration_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from ...store.model.rows import TraceRow

_SPACE = " " * GAP_CELLS

_EXTRAS = ("tags", "kept")
"""Columns that are shown unasked, though their values are not in the row of a trace."""


class TraceList(RowList):
    """Draws the traces of `listing` from the rows of `rows`; the screen updates both."""

    BINDINGS: ClassVar[list[BindingType]] = actions.bindings("traces")

    @dataclass
    class PreviewsWanted(Message):
        """Visible traces whose previews have not been read: their ids and revisions."""

        revs: Mapping[int, int]

    class LayoutChanged(Message):
        """The columns or the scale of the bars have changed: the titles have to be drawn again."""

    def __init__(self, listing: Listing, rows: RowCache) -> None:
        super().__init__(id="traces")
        self.listing = listing
        self.rows = rows
        self.gone: Collection[int] = frozenset()
        """Dead processes, whose open spans are lost."""
        self.now_ns = 0
        self.utc = False
        self.relative = False
        """Whether starts are shown as the time since then."""
        self.marked: Collection[int] = ()
        """The traces that the user has marked."""
        self.services: Mapping[int, str] = {}
        """The service of each traced process."""
        self.choice = ColumnChoice()
        self.longest: Mapping[str, int] = {}
        """The columns that have a value in some trace of the file, each with the characters of its longest value."""
        self.scale_ns = 0
        """The length of the scale of the bars; 0 without any."""
        self._columns_of: tuple[int, ColumnChoice, Mapping[str, int]] | None = None
        self._columns: list[Column] = []
        self._scale_of: tuple[int, int, int] | None = None
        self._drawn = 0
        self._wanted: dict[int, int] = {}

    # What the screen tells

    def show_listing(self, *, searching: bool) -> None:
        """Redraw after a change of the listing: show the newest trace while following, else keep the view in place."""
        before = self.cursor
        at_top = not round(self.scroll_y)
        row = self.listing.settle()
        scrolled = -round(self.scroll_y) if self.listing.following else row - before
        if self.listing.is_sorted and at_top:
            scrolled = 0  # the first rows of an order are what it was asked for
        self.empty_text = "searching …" if searching else "No trace matches this filter."
        self._drawn += 1
        self.show(len(self.listing), row, scrolled=scrolled)

    def show_columns(self, choice: ColumnChoice, longest: Mapping[str, int]) -> None:
        """Show other columns: those that were chosen, or those that have values."""
        if (choice, longest) != (self.choice, self.longest):
            self.choice, self.longest = choice, longest
            extras = (key for key in _EXTRAS if key in (choice.keys or longest))
            self.rows.want_columns((*choice.extras, *extras))
            self.refresh()
            self.post_message(self.LayoutChanged())

    def show_previews(self) -> None:
        """Redraw after previews were read."""
        self.refresh()

    def tick(self, now_ns: int) -> None:
        """Update the durations of running traces, and starts that are shown as the time since then."""
        is_another_second = now_ns // 1_000_000_000 != self.now_ns // 1_000_000_000
        self.now_ns = now_ns
        if self.relative and is_another_second:
            self.refresh()
            return
        for row in self.running_rows():
            self.refresh_row(row)

    # What is drawn

    def columns(self) -> list[Column]:
        """Returns the columns at the current width; a line begins with a blank, and the scrollbar ends it."""
        shown = (self.row_cells - 2, self.choice, self.longest)
        if self._columns_of != shown:
            self._columns_of = shown
            self._columns = columns_for(*shown)
        return self._columns

    def trace_at(self, row: int) -> TraceRow | None:
        """Returns the trace in a row; None if it was deleted meanwhile."""
        cached = self._cached(row)
        return cached.trace if cached else None

    def _cached(self, row: int) -> CachedRow | None:
        return self.rows.row(self.listing, row) if 0 <= row < len(self.listing) else None

    def running_rows(self) -> list[int]:
        """Returns the visible rows of running traces."""
        return [
            row
            for row in self.visible_rows()
            if (trace := self.trace_at(row)) is not None and trace_status(trace, self.gone) == RUNNING
        ]

    def move_cursor(self, row: int, *, by_user: bool = True) -> None:
        """Move the cursor to `row`, also in the state: the next key may act on the trace before a message arrives."""
        super().move_cursor(row, by_user=by_user)
        if by_user:
            self.listing.select(self.cursor)

    def draw(self, row: int, width_cells: int, background: str) -> list[Segment]:
        """Returns the line of a trace."""
        cached = self._cached(row)
        if cached is None:
            return [Segment(fit("  (deleted)", width_cells), self.line_style("faint", background))]
        self._measure()
        columns = self.columns()
        keys = {column.key for column in columns}
        lines, is_fresh = self.rows.preview(cached.trace)
        if not is_fresh and "preview" in keys:
            self._want_preview(cached.trace)
        cells = TraceCells(
            cached,
            trace_status(cached.trace, self.gone),
            lines,
            now_ns=self.now_ns,
            utc=self.utc,
            relative=self.relative,
            scale_ns=self.scale_ns,
            service=self.services.get(cached.trace.process, ""),
            names_unnamed="name" not in keys,
            is_marked=cached.trace.id in self.marked,
        )
        space = Segment(_SPACE, self.line_style("plain", background))
        line: list[Segment] = []
        for column in columns:
            text, style = cells.cell(column)
            line.append(space if line else Segment(" ", space.style))
            line.append(Segment(fit(text, column.width_cells, right=column.right), self.line_style(style, background)))
        return line

    def _measure(self) -> None:
        # Once for each frame that scrolls or follows a change: the scale of the bars is that of the visible rows.
        view = (round(self.scroll_y), self.size.height, self._drawn)
        if self._scale_of == view:
            return
        self._scale_of = view
        visible = [trace for row in self.visible_rows() if (trace := self.trace_at(row)) is not None]
        scale_ns = scale_of([duration_of(trace, trace_status(trace, self.gone), self.now_ns) or 0 for trace in visible])
        if scale_ns != self.scale_ns:
            self.scale_ns = scale_ns
            self.refresh()
            self.post_message(self.LayoutChanged())

    def _want_preview(self, trace: TraceRow) -> None:
        if not self._wanted:
            self.call_after_refresh(self._ask_for_previews)
        self._wanted[trace.id] = trace.rev

    def _ask_for_previews(self) -> None:
        wanted, self._wanted = self._wanted, {}
        if wanted:
            self.post_message(self.PreviewsWanted(wanted))
