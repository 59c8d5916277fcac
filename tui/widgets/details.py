"""The details of the span under the cursor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual.binding import BindingType
from textual.message import Message

from .. import actions
from ..document.document import Document, Value
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

    def __init__(self) -> None:
        super().__init__(id="details")
        self.document = Document()

    def show_document(self, document: Document, *, keep_place: bool = False) -> None:
        """Show a document; `keep_place` keeps the cursor, for the same span with new data."""
        if keep_place and document.lines == self.document.lines:
            self.document = document
            return
        self.document = document
        self.show_lines(document.lines, keep_place=keep_place)

    def value_at_cursor(self) -> Value | None:
        """Returns the value that the line under the cursor shows."""
        if not 0 <= self.cursor < len(self.rows):
            return None
        number = self.rows[self.cursor].value
        return self.document.values[number] if 0 <= number < len(self.document.values) else None

    def action_enter(self) -> None:
        """Open the value under the cursor, or follow the link."""
        value = self.value_at_cursor()
        if value is not None and value.leads_to is not None:
            self.post_message(self.LinkFollowed(*value.leads_to))
        elif value is not None:
            self.post_message(self.ValueOpened(value))

    def action_leave(self) -> None:
        """Return to the tree."""
        self.post_message(self.Left(self))
