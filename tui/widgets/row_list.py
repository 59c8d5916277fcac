"""A list drawn line by line: it holds no rows, so that a million of them cost as much as twenty."""

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
"""Rows that one notch of the wheel moves the view."""


class RowList(ScrollView, StyledWidget, can_focus=True):
    """The cursor, scrolling and mouse of a list of `row_count` lines; a subclass draws one line at a time."""

    BINDINGS: ClassVar[list[BindingType]] = actions.bindings("rows")

    @dataclass
    class CursorMoved(Message):
        """The user put the cursor on another row."""

        row_list: RowList
        row: int

    @dataclass
    class Opened(Message):
        """The user asked to go into the row under the cursor."""

        row_list: RowList
        row: int

    @dataclass
    class Left(Message):
        """The user asked to go back to where this pane was opened from."""

        row_list: RowList

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.row_count = 0
        self.empty_text = ""
        """What stands in place of no rows."""
        self.cursor = 0
        """The row of the cursor; meaningless while there are no rows."""

    def draw(self, row: int, width_cells: int, background: str) -> list[Segment]:
        """The line of `row`; `background` names the background it stands on."""
        raise NotImplementedError

    def show(self, row_count: int, cursor: int, *, scrolled: int = 0) -> None:
        """Take a new number of rows and a place for the cursor; `scrolled` rows were put in above the view."""
        cursor = max(0, min(cursor, row_count - 1))
        top = max(0, min(round(self.scroll_y) + scrolled, row_count - self.size.height))
        self.cursor = cursor
        if row_count != self.row_count:
            self.row_count = row_count
            set_virtual_rows(self, row_count)
        if top != round(self.scroll_y):
            self.scroll_to(y=top, animate=False, force=True, immediate=True)
        self.refresh()

    def move_cursor(self, row: int, *, by_user: bool = True) -> None:
        """Put the cursor on `row`, clamped to the list, and scroll just far enough to see it."""
        row = max(0, min(row, self.row_count - 1))
        old = self.cursor
        self.cursor = row
        self.refresh_row(old)
        self.refresh_row(row)
        self.scroll_to_row(row)
        if by_user and self.row_count:
            self.post_message(self.CursorMoved(self, row))

    def scroll_to_row(self, row: int) -> None:
        """Scroll just far enough to see `row`."""
        height = self.size.height
        top = round(self.scroll_y)
        if height and not top <= row < top + height:
            target = row if row < top else row - height + 1
            self.scroll_to(y=max(0, target), animate=False, force=True, immediate=True)

    def refresh_row(self, row: int) -> None:
        """Draw one row again, if it is in view."""
        y = row - round(self.scroll_y)
        if 0 <= y < self.size.height:
            self.refresh(Region(0, y, self.size.width, 1))

    def visible_rows(self) -> range:
        """The rows in view."""
        top = round(self.scroll_y)
        return range(top, min(self.row_count, top + self.size.height))

    def render_line(self, y: int) -> Strip:
        """One line of the view."""
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
        """The width of a row: what the scrollbar leaves."""
        return self.size.width - self.scrollbar_size_vertical

    def page_rows(self) -> int:
        """How far a page key moves: a view less the line that is kept as a landmark."""
        return max(1, self.size.height - 1)

    def action_cursor_up(self) -> None:
        """One row up."""
        self.move_cursor(self.cursor - 1)

    def action_cursor_down(self) -> None:
        """One row down."""
        self.move_cursor(self.cursor + 1)

    def action_page_up(self) -> None:
        """One view up."""
        self.move_cursor(self.cursor - self.page_rows())

    def action_page_down(self) -> None:
        """One view down."""
        self.move_cursor(self.cursor + self.page_rows())

    def action_first(self) -> None:
        """To the first row."""
        self.move_cursor(0)

    def action_last(self) -> None:
        """To the last row."""
        self.move_cursor(self.row_count - 1)

    def action_enter(self) -> None:
        """Into the row under the cursor."""
        if self.row_count:
            self.post_message(self.Opened(self, self.cursor))

    def on_focus(self) -> None:
        """The cursor looks different in the pane that takes the keys."""
        self.refresh_row(self.cursor)

    def on_blur(self) -> None:
        """The cursor looks different in the pane that takes the keys."""
        self.refresh_row(self.cursor)

    def on_click(self, event: events.Click) -> None:
        """A click puts the cursor, a second one goes into the row."""
        row = round(self.scroll_y) + event.y
        if 0 <= row < self.row_count:
            event.stop()
            self.click_row(row, event.x, event.chain)

    def click_row(self, row: int, column: int, clicks: int) -> None:
        """A click on `row`, the `clicks`-th in a chain."""
        self.move_cursor(row)
        if clicks == 2:
            self.action_enter()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel moves the view, not the cursor."""
        self._wheel(event, WHEEL_ROWS)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel moves the view, not the cursor."""
        self._wheel(event, -WHEEL_ROWS)

    def _wheel(self, event: events.MouseEvent, rows: int) -> None:
        event.stop()
        event.prevent_default()
        self.scroll_to(y=round(self.scroll_y) + rows, animate=False, force=True, immediate=True)
