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
    """Shows a `Document`; Enter opens the value under the cursor, or goes where a link leads."""

    BINDINGS: ClassVar[list[BindingType]] = actions.bindings("details")

    @dataclass
    class ValueOpened(Message):
        """The user wants to see a whole value."""

        value: Value

    @dataclass
    class LinkFollowed(Message):
        """The user wants to go where a link leads."""

        trace_id: str
        span_id: str

    def __init__(self) -> None:
        super().__init__(id="details")
        self.document = Document()

    def show_document(self, document: Document, *, keep_place: bool = False) -> None:
        """Show another span; or with `keep_place` the same one, which has grown."""
        if keep_place and document.lines == self.document.lines:
            self.document = document
            return
        self.document = document
        self.show_lines(document.lines, keep_place=keep_place)

    def value_at_cursor(self) -> Value | None:
        """The value that the line under the cursor belongs to."""
        if not 0 <= self.cursor < len(self.rows):
            return None
        number = self.rows[self.cursor].value
        return self.document.values[number] if 0 <= number < len(self.document.values) else None

    def action_enter(self) -> None:
        """Open the value under the cursor, or go where it leads."""
        value = self.value_at_cursor()
        if value is not None and value.leads_to is not None:
            self.post_message(self.LinkFollowed(*value.leads_to))
        elif value is not None:
            self.post_message(self.ValueOpened(value))

    def action_leave(self) -> None:
        """Back to the tree."""
        self.post_message(self.Left(self))
