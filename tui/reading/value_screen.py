"""One value on the whole screen. Megabytes open at once, since lines are laid out in slices."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from textual.binding import BindingType

from ...store.text import format
from ...store.text.safe_text import safe_line
from .. import actions
from ..document.document import OUTPUTS, Value
from ..document.json_lines import text_lines
from ..document.lines import WHOLE, Line
from ..document.value import payload_lines, value_lines
from ..document.value_text import text_of
from ..handoff.copies import Choice
from ..handoff.files import Taken
from .lines_pane import LinesPane
from .text_screen import TextScreen

DECODED_AT_ONCE_CHARS = 500_000
"""Longer JSON is decoded in a thread: 10 MB take a tenth of a second and more."""

FORMS = ("read", "as JSON", "as stored")
"""How a value can be shown: a chat as a conversation, every key as it is, or the stored text."""


class ValueScreen(TextScreen[None]):
    """Shows a `Value`."""

    BINDINGS: ClassVar[list[BindingType]] = actions.bindings("value")

    def __init__(self, value: Value) -> None:
        size = f"  {format.size(len(value.stored))}" if isinstance(value.stored, str) else ""
        super().__init__(safe_line(value.title) + size, LinesPane(id="value-lines"), "value")
        self.value = value
        self.form = FORMS[0]
        self._decoded: Any = WHOLE

    def on_mount(self) -> None:
        """Show the first lines; the rest follows."""
        self.pane.focus()
        stored = self.value.stored
        if self.value.is_json and len(stored) > DECODED_AT_ONCE_CHARS:
            self.pane.empty_text = "reading …"
            self.run_worker(self._decode, thread=True)
        else:
            self._decoded = self.value.whole()
            self.call_after_refresh(self._show)

    def _decode(self) -> None:
        self._decoded = self.value.whole()
        self.app.call_from_thread(self._show)

    def _show(self) -> None:
        self.pane.show_lines(self._lines())

    def _lines(self) -> Iterable[Line]:
        if self.form == FORMS[0] and self.value.is_json:
            return payload_lines(self._decoded, is_answer=self.value.title == OUTPUTS)
        if self.form == FORMS[2] and isinstance(self.value.stored, str):
            return text_lines(self.value.stored)
        return value_lines(self._decoded)

    def action_form(self) -> None:
        """Show the value as a conversation, as JSON, or as it is stored."""
        if self._decoded is not WHOLE:
            self.form = FORMS[(FORMS.index(self.form) + 1) % len(FORMS)]
            self.searchable.header.show(self.searchable.header.title, "" if self.form == FORMS[0] else self.form)
            self._show()

    def leaf(self) -> Taken | None:
        """Returns the smallest value under the cursor."""
        if not self.pane.row_count:
            return None
        part = self.pane.rows[self.pane.cursor].part
        return Taken(safe_line(self.value.title), self.value.text() if part is WHOLE else text_of(part))

    def whole(self) -> Taken | None:
        """Returns the whole value."""
        return Taken(safe_line(self.value.title), self.value.text())

    def choices(self) -> Sequence[Choice]:
        """Returns the leaf and the whole."""
        return [
            Choice("l", "the line's value", lambda: taken.text if (taken := self.leaf()) else None),
            Choice("v", "the whole value", self.value.text),
        ]
