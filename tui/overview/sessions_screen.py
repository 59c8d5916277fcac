"""All sessions of the filter, one line each; Enter reads one as a conversation."""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen

from .. import actions
from ..layout.cells import fit
from ..layout.columns import GAP_CELLS
from ..widgets.key_line import KeyLine
from ..widgets.pane_header import PaneHeader, TitleHeader
from ..widgets.row_list import RowList
from .session_table import SessionTable, session_cell, session_columns

_SPACE = " " * GAP_CELLS


class SessionList(RowList):
    """Draws the rows of `table`."""

    BINDINGS: ClassVar[list[BindingType]] = [("enter", "enter", "Read")]

    def __init__(self, table: SessionTable, *, now_ns: int, utc: bool) -> None:
        super().__init__(id="sessions")
        self.table = table
        self.now_ns = now_ns
        self.utc = utc

    def show_table(self) -> None:
        """Redraw after a change of the table."""
        nothing = "No trace of this filter has a session." if self.table.complete else "reading …"
        self.empty_text = nothing
        self.show(len(self.table), self.table.cursor)

    def draw(self, row: int, width_cells: int, background: str) -> list[Segment]:
        """Returns the line of a session."""
        line: list[Segment] = []
        space = self.line_style("plain", background)
        for column in session_columns(width_cells - 2):
            text, style = session_cell(self.table.rows[row], column, now_ns=self.now_ns, utc=self.utc)
            line.append(Segment(_SPACE if line else " ", space))
            line.append(Segment(fit(text, column.width_cells, right=column.right), self.line_style(style, background)))
        return line

    def move_cursor(self, row: int, *, by_user: bool = True) -> None:
        """Move the cursor, which stays on its session."""
        super().move_cursor(row, by_user=by_user)
        self.table.select(self.cursor)


class SessionHeader(PaneHeader):
    """The titles above the list; the sorted one has an arrow."""

    def __init__(self, table: SessionTable) -> None:
        super().__init__(id="sessions-header")
        self._table = table

    def line(self, width_cells: int) -> list[Segment]:
        """Returns the titles above their columns."""
        segments: list[Segment] = []
        for column in session_columns(width_cells - 3):
            is_order = column.key == self._table.order
            title = f"{column.title} ▼" if is_order else column.title
            segments.append(Segment(_SPACE if segments else " ", self.line_style("dim")))
            style = self.line_style("key" if is_order else "dim")
            segments.append(Segment(fit(title, column.width_cells, right=column.right), style))
        return segments


class SessionsScreen(Screen["str | None"]):
    """Shows a table that the feed keeps up to date; returns the session to read, None after Escape."""

    BINDINGS: ClassVar[list[BindingType]] = actions.bindings("sessions")

    def __init__(self, table: SessionTable, note: str, *, now_ns: int, utc: bool) -> None:
        super().__init__()
        self.table = table
        self.session_list = SessionList(table, now_ns=now_ns, utc=utc)
        self._title = TitleHeader("Sessions", id="page-title")
        self._header = SessionHeader(table)
        self._note = note

    def compose(self) -> ComposeResult:
        """Yields the list and the keys."""
        yield self._title
        yield self._header
        yield self.session_list
        yield KeyLine("sessions")

    def on_mount(self) -> None:
        """Show what is read so far."""
        self.session_list.focus()
        self.show_table()

    def show_table(self) -> None:
        """Redraw after a change of the table."""
        if self.is_attached:
            count = f"{len(self.table):,}{'' if self.table.complete else ' so far'}"
            self._title.show("Sessions", " · ".join(part for part in (count, self._note) if part))
            self.session_list.show_table()
            self._header.refresh()

    @on(RowList.Opened)
    def action_read(self) -> None:
        """Read the session under the cursor."""
        if len(self.table):
            self.dismiss(self.table.rows[self.session_list.cursor].session)

    def action_order(self) -> None:
        """Sort by the next column."""
        self.table.next_order()
        self.show_table()

    def action_close(self) -> None:
        """Go back to the list of traces."""
        self.dismiss(None)
