"""One line with the reason why the file cannot be read; hidden while the file can be read."""

from __future__ import annotations

from rich.segment import Segment
from textual.strip import Strip

from ...store.text.safe_text import safe_line
from ..layout.cells import fit
from .styles import StyledWidget


class Banner(StyledWidget):
    """A line that is shown while it has a text."""

    def __init__(self) -> None:
        super().__init__(id="banner")
        self.text = ""

    def show(self, text: str) -> None:
        """Show a text; an empty one hides the line."""
        if text != self.text:
            self.text = text
            self.set_class(bool(text), "-shown")
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """Returns the line."""
        width = self.size.width
        text = fit(" ✗ " + safe_line(self.text), width) if y == 0 else " " * width
        return Strip([Segment(text, self.line_style("error"))]).adjust_cell_length(width, self.line_style("plain"))
