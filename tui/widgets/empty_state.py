"""The screen without traces: the path of the file, and how to record traces."""

from __future__ import annotations

from rich.cells import cell_len
from rich.segment import Segment
from textual.strip import Strip

from ...store.text.safe_text import safe_line
from ..layout.cells import shorten_middle
from .styles import StyledWidget

_HOW = (
    ("", "plain"),
    ("Trace any function of your program:", "dim"),
    ("", "plain"),
    ("from tracetui.tracer import trace     # then @trace above your functions", "string"),
    ("", "plain"),
    ("or look at a running example, in another terminal:", "dim"),
    ("", "plain"),
    ("tracetui demo", "string"),
    ("", "plain"),
    ("This screen fills by itself.   ? help   q quit", "dim"),
)


class EmptyState(StyledWidget):
    """Shown until the file has its first trace."""

    def __init__(self, path: str) -> None:
        super().__init__(id="empty-state")
        self.path = path
        self.has_file = False

    def show(self, *, has_file: bool) -> None:
        """Show that the file is missing, or that it exists and is empty."""
        if has_file != self.has_file:
            self.has_file = has_file
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """Returns one line of the centred text."""
        width, height = self.size
        head = "No traces yet in" if self.has_file else "Waiting for the trace file"
        lines = [(head, "title"), (shorten_middle(safe_line(self.path), max(8, width - 4)), "strong"), *_HOW]
        if height < len(lines):
            lines = [line for line in lines if line[0]][: max(1, height)]
        block = max(cell_len(text) for text, _ in lines)
        at = y - max(0, (height - len(lines)) * 2 // 5)
        if not 0 <= at < len(lines):
            return Strip.blank(width, self.line_style("plain"))
        text, style = lines[at]
        left = max(1, (width - block) // 2)
        return Strip(
            [Segment(" " * left, self.line_style("plain")), Segment(text, self.line_style(style))]
        ).adjust_cell_length(width, self.rich_style)
