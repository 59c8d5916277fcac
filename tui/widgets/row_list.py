"""A list that is drawn line by line: it has no object per row, so a million rows cost as much as twenty."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.binding import BindingType
from textual.geometry import Region
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from .. import actions
from .styles import StyledWidget
from .textual_private import set_virtual_rows

WHEEL_ROWS = 3
"""Rows that the view scrolls per notch of the wheel."""


class RowList(ScrollView, StyledWidget, can_focus=True):
    """A list of `row_count` lines with a cursor, scrolling and the mouse; a subclass draws a line."""

    BINDINGS: ClassVar[list[BindingType]] = actions.bindings("rows")

    @dataclass
    class CursorMoved(Message):
        """The user moved the cursor to another row."""

        row_list: RowList
        row: int

    @dataclass
    class Opened(Message):
        """The user opened the row under the cursor."""

        row_list: RowList
        row: int

    @dataclass
    class Left(Message):
        """The user left this pane for the one before it."""

        row_list: RowList

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.row_count = 0
        self.empty_text = ""
        """The text of a list without rows."""
        self.cursor = 0
        """The row of the cursor; meaningless without rows."""

    def draw(self, row: int, width_cells: int, background: str) -> list[Segment]:
        """Returns the line of `row` on the named `background`."""
        raise NotImplementedError

    def show(self, row_count: int, cursor: int, *, scrolled: int = 0) -> None:
        """Set the number of rows and the cursor; `scrolled` is the number of rows inserted above the view."""
        cursor = max(0, min(cursor, row_count - 1))
        top = max(0, min(round(self.scroll_y) + scrolled, row_count - self.size.height))
        self.cursor = cursor
        if row_count != self.row_count:
            self.row_count = row_count
            set_virtual_rows(self, row_count)
        if top != round(self.scroll_y):
            self.scroll_to(y=top, animate=False, force=True, immediate=True)
        self.refresh()

    def grow(self, row_count: int) -> None:
        """Set a larger number of rows; what is visible is drawn again only if rows come into view."""
        if self.row_count < round(self.scroll_y) + self.size.height:
            self.show(row_count, self.cursor)
        elif row_count != self.row_count:
            self.row_count = row_count
            set_virtual_rows(self, row_count)

    def move_cursor(self, row: int, *, by_user: bool = True) -> None:
        """Move the cursor to `row`, clamped to the list, and scroll as little as needed to show it."""
        row = max(0, min(row, self.row_count - 1))
        old = self.cursor
        self.cursor = row
        self.refresh_row(old)
        self.refresh_row(row)
        self.scroll_to_row(row)
        if by_user and self.row_count:
            self.post_message(self.CursorMoved(self, row))

    def scroll_to_row(self, row: int) -> None:
        """Scroll as little as needed to show `row`."""
        height = self.size.height
        top = round(self.scroll_y)
        if height and not top <= row < top + height:
            target = row if row < top else row - height + 1
            self.scroll_to(y=max(0, target), animate=False, force=True, immediate=True)

    def refresh_row(self, row: int) -> None:
        """Redraw a row if it is visible."""
        y = row - round(self.scroll_y)
        if 0 <= y < self.size.height:
            self.refresh(Region(0, y, self.size.width, 1))

    def visible_rows(self) -> range:
        """Returns the visible rows."""
        top = round(self.scroll_y)
        return range(top, min(self.row_count, top + self.size.height))

    def render_line(self, y: int) -> Strip:
        """Returns one line of the view."""
        width = self.row_cells
        row = round(self.scroll_y) + y
        if not 0 <= row < self.row_count:
            text = f"   {self.empty_text}" if y == 1 and not self.row_count else ""
            return Strip([Segment(text, self.line_style("dim"))]).adjust_cell_length(
                self.size.width, self.line_style("plain")
            )
        background = ""
        if row == self.cursor:
            background = "cursor" if self.has_focus else "cursor-away"
        return Strip(self.draw(row, width, background)).adjust_cell_length(width, self.line_style("plain", background))

    @property
    def row_cells(self) -> int:
        """The width of a row without the scrollbar."""
        return self.size.width - self.scrollbar_size_vertical

    def page_rows(self) -> int:
        """Returns the rows that a page key moves: one less than the view, so that a line stays in sight."""
        return max(1, self.size.height - 1)

    def action_cursor_up(self) -> None:
        """Move the cursor one row up."""
        self.move_cursor(self.cursor - 1)

    def action_cursor_down(self) -> None:
        """Move the cursor one row down."""
        self.move_cursor(self.cursor + 1)

    def action_page_up(self) -> None:
        """Move the cursor one page up."""
        self.move_cursor(self.cursor - self.page_rows())

    def action_page_down(self) -> None:
        """Move the cursor one page down."""
        self.move_cursor(self.cursor + self.page_rows())

    def action_first(self) -> None:
        """Move the cursor to the first row."""
        self.move_cursor(0)

    def action_last(self) -> None:
        """Move the cursor to the last row."""
        self.move_cursor(self.row_count - 1)

    def action_enter(self) -> None:
        """Open the row under the cursor."""
        if self.row_count:
            self.post_message(self.Opened(self, self.cursor))

    def on_focus(self) -> None:
        """Redraw the cursor, which looks different in the pane that has the focus."""
        self.refresh_row(self.cursor)

    def on_blur(self) -> None:
        """Redraw the cursor, which looks different in the pane that has the focus."""
        self.refresh_row(self.cursor)

    def on_click(self, event: events.Click) -> None:
        """Move the cursor to the clicked row; a second click opens the row."""
        row = round(self.scroll_y) + event.y
        if 0 <= row < self.row_count:
            event.stop()
            self.click_row(row, event.x, event.chain)

    def click_row(self, row: int, column: int, clicks: int) -> None:
        """Handle a click on `row`; `clicks` counts the clicks of a multiple click."""
        self.move_cursor(row)
        if clicks == 2:
            self.action_enter()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll the view; the cursor stays."""
        self._wheel(event, WHEEL_ROWS)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll the view; the cursor stays."""
        self._wheel(event, -WHEEL_ROWS)

    def _wheel(self, event: events.MouseEvent, rows: int) -> None:
        event.stop()
        event.prevent_default()
        self.scroll_to(y=round(self.scroll_y) + rows, animate=False, force=True, immediate=True)
