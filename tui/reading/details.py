"""The details of the span under the cursor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.message import Message

from .. import actions
from ..document.document import OUTPUTS, Document, Value
from ..document.lines import ROLE_MARK
from .lines_pane import LinesPane


class Details(LinesPane):
    """Shows a `Document`; Enter opens the value under the cursor or follows the link."""

    BINDINGS: ClassVar[list[BindingType]] = actions.bindings("details")

    @dataclass
    class ValueOpened(Message):
        """The user opened a value."""

        value: Value

    @dataclass
    class LinkFollowed(Message):
        """The user followed a link."""

        trace_id: str
        span_id: str

    class FormChanged(Message):
        """The user wants inputs and outputs as they are stored, or as they are read."""

    def __init__(self) -> None:
        super().__init__(id="details")
        self.document = Document()
        self.raw = False
        self.following = False
        """Whether the end of the growing answer is kept in sight, until the user moves up."""

    def show_document(self, document: Document, *, keep_place: bool = False, growing: bool = False) -> None:
        """Show a document; `keep_place` keeps the cursor, for the same span with new data.

        The end of outputs that are `growing` is kept in sight, until the user moves up.
        """
        if not keep_place:
            self.following = growing
        if keep_place and document.lines == self.document.lines:
            self.document = document
            return
        self.document = document
        self.show_lines(document.lines, keep_place=keep_place, keep_folds=True)
        if self.following and growing:
            self._follow()

    def _follow(self) -> None:
        last = max((row for row, line in enumerate(self.rows) if self._title_of(line.value) == OUTPUTS), default=None)
        if last is not None:
            self.move_cursor(last, by_user=False)

    def _title_of(self, number: int) -> str:
        return self.document.values[number].title if 0 <= number < len(self.document.values) else ""

    def move_cursor(self, row: int, *, by_user: bool = True) -> None:
        """Move the cursor; a user who moves up stops following."""
        if by_user and row < self.cursor:
            self.following = False
        super().move_cursor(row, by_user=by_user)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll the view, and stop following."""
        self.following = False
        super().on_mouse_scroll_up(event)

    def value_at_cursor(self) -> Value | None:
        """Returns the value that the line under the cursor shows."""
        if not 0 <= self.cursor < len(self.rows):
            return None
        number = self.rows[self.cursor].value
        return self.document.values[number] if 0 <= number < len(self.document.values) else None

    def value_text(self) -> str | None:
        """Returns the text of the whole value under the cursor."""
        value = self.value_at_cursor()
        return None if value is None else value.text()

    def message_text(self) -> str | None:
        """Returns the text of the message that the line under the cursor is part of."""
        return self.part_above(ROLE_MARK)

    def action_enter(self) -> None:
        """Open the value under the cursor, or follow the link; fold a heading."""
        value = self.value_at_cursor()
        if value is not None and value.leads_to is not None:
            self.post_message(self.LinkFollowed(*value.leads_to))
        elif value is not None:
            self.post_message(self.ValueOpened(value))
        else:
            self.action_toggle_fold()

    def action_form(self) -> None:
        """Show inputs and outputs as they are stored, or as they are read."""
        self.raw = not self.raw
        self.post_message(self.FormChanged())

    def action_leave(self) -> None:
        """Return to the tree."""
        self.post_message(self.Left(self))
