"""One value on the whole screen. Megabytes open at once, since lines are laid out in slices."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen

from ...store.text import format
from ...store.text.safe_text import safe_line
from .. import actions
from ..document.document import Value
from ..document.value import value_lines
from ..widgets.key_line import KeyLine
from ..widgets.lines_pane import LinesPane
from ..widgets.pane_header import TitleHeader


class ValueScreen(Screen[None]):
    """Shows a `Value`; y copies it, Escape goes back."""

    BINDINGS: ClassVar[list[BindingType]] = actions.bindings("value")

    def __init__(self, value: Value) -> None:
        super().__init__()
        self.value = value

    def compose(self) -> ComposeResult:
        """Yields the title, the lines and the keys."""
        size = f"  {format.size(len(self.value.stored))}" if isinstance(self.value.stored, str) else ""
        yield TitleHeader(safe_line(self.value.title) + size, id="value-title")
        yield LinesPane(id="value-lines")
        yield KeyLine()

    def on_mount(self) -> None:
        """Show the first lines; the rest follows."""
        self.query_one(KeyLine).show("value")
        self.call_after_refresh(self._show)

    def _show(self) -> None:
        pane = self.query_one(LinesPane)
        pane.show_lines(value_lines(self.value.whole()))
        pane.focus()

    def action_copy(self) -> None:
        """Copy the whole value to the terminal's clipboard."""
        self.app.copy_to_clipboard(self.value.text())
        self.notify("Sent to the terminal's clipboard", markup=False)

    def action_wrap(self) -> None:
        """Wrap long lines, or cut them."""
        pane = self.query_one(LinesPane)
        pane.wrap = not pane.wrap
        pane.relay()

    def action_close(self) -> None:
        """Return to the details."""
        self.dismiss()
