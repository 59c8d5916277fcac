"""The list of traces, one line each, newest first. Rows are read when they become visible."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual.binding import BindingType

from ...store.model.rows import ERROR, RUNNING
from ...store.model.status import STATUS_SIGNS, trace_status
from ...store.text import format
from ...store.text.attachment_uri import describe_uris
from ...store.text.safe_text import safe_line
from .. import actions
from ..layout.cells import fit
from ..layout.columns import GAP_CELLS, Column
from ..layout.glyphs import running_glyph
from ..layout.trace_columns import columns_for
from ..state.listing import Listing
from ..state.row_cache import RowCache
from .row_list import RowList

if TYPE_CHECKING:
    from collections.abc import Collection

    from ...store.model.rows import TraceRow

_SPACE = " " * GAP_CELLS


class TraceList(RowList):
    """Draws the traces of `listing` from the rows of `rows`; the screen updates both."""

    BINDINGS: ClassVar[list[BindingType]] = actions.bindings("traces")

    def __init__(self, listing: Listing, rows: RowCache) -> None:
        super().__init__(id="traces")
        self.listing = listing
        self.rows = rows
        self.gone: Collection[int] = frozenset()
        """Dead processes, whose open spans are lost."""
        self.now_ns = 0
        self.utc = False

    def trace_at(self, row: int) -> TraceRow | None:
        """Returns the trace in a row; None if it was deleted meanwhile."""
        return self.rows.row(self.listing, row) if 0 <= row < len(self.listing) else None

    def show_listing(self, *, searching: bool) -> None:
        """Redraw after a change of the listing: show the newest trace while following, else keep the view in place."""
        before = self.cursor
        row = self.listing.settle()
        scrolled = -round(self.scroll_y) if self.listing.following else row - before
        self.empty_text = "searching …" if searching else "No trace matches this filter."
        self.show(len(self.listing), row, scrolled=scrolled)

    def tick(self, now_ns: int) -> None:
        """Update the durations of running traces."""
        self.now_ns = now_ns
        for row in self.running_rows():
            self.refresh_row(row)

    def running_rows(self) -> list[int]:
        """Returns the visible rows of running traces."""
        return [
            row
            for row in self.visible_rows()
            if (trace := self.trace_at(row)) is not None and trace_status(trace, self.gone) == RUNNING
        ]

    def draw(self, row: int, width_cells: int, background: str) -> list[Segment]:
        """Returns the line of a trace."""
        trace = self.trace_at(row)
        if trace is None:
            return [Segment(fit("  (deleted)", width_cells), self.line_style("faint", background))]
        status = trace_status(trace, self.gone)
        space = Segment(_SPACE, self.line_style("plain", background))
        line: list[Segment] = []
        for column in columns_for(width_cells - 2):
            text, style = self._cell(trace, status, column)
            line.append(space if line else Segment(" ", space.style))
            line.append(Segment(fit(text, column.width_cells, right=column.right), self.line_style(style, background)))
        return line

    def _cell(self, trace: TraceRow, status: str, column: Column) -> tuple[str, str]:
        key = column.key
        if key == "status":
            return (running_glyph(self.now_ns) if status == RUNNING else STATUS_SIGNS[status]), status.lower()
        if key == "start":
            return format.start(trace.start_ns, now_ns=self.now_ns, utc=self.utc), "dim"
        if key == "name":
            return safe_line(trace.name), "error" if status == ERROR else "strong"
        if key == "duration":
            if status == RUNNING:
                return format.duration(max(0, self.now_ns - trace.start_ns)), "running"
            return ("", "dim") if trace.end_ns is None else (format.duration(trace.end_ns - trace.start_ns), "plain")
        if key == "ttft":
            return format.milliseconds(trace.ttft_ms), "plain"
        if key == "tokens":
            return format.token_flow(trace.input_tokens, trace.output_tokens), "plain"
        if key == "cost":
            return format.least_cost(trace.cost_usd, trace.calls_without_price), "plain"
        if key == "model":
            return safe_line(trace.model or ""), "dim"
        if key == "session":
            return safe_line(trace.session_id or ""), "dim"
        return self._preview(trace, status), "error" if status == ERROR else "dim"

    def _preview(self, trace: TraceRow, status: str) -> str:
        if status == ERROR and trace.status_message:
            return safe_line(trace.status_message)
        request, response = trace.request_preview, trace.response_preview
        return safe_line(describe_uris(" → ".join(text for text in (request, response) if text)))
