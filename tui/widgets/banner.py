"""One line that says that the file cannot be read, and why; absent as long as all is well."""

from __future__ import annotations

from rich.segment import Segment
from textual.strip import Strip

from ...store.text.safe_text import safe_line
from ..layout.cells import fit
from .styles import StyledWidget


class Banner(StyledWidget):
    """Shown while it has a text."""

    def __init__(self) -> None:
        super().__init__(id="banner")
        self.text = ""

    def show(self, text: str) -> None:
        """Say something; nothing hides the line."""
        if text != self.text:
            self.text = text
            self.set_class(bool(text), "-shown")
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """The one line."""
        width = self.size.width
        text = fit(" ✗ " + safe_line(self.text), width) if y == 0 else " " * width
        return Strip([Segment(text, self.line_style("error"))]).adjust_cell_length(width, self.line_style("plain"))
