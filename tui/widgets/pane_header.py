"""The line above a pane, and the title of the details."""

from __future__ import annotations

from rich.cells import cell_len
from rich.segment import Segment
from textual.strip import Strip

from ..layout.cells import cut
from .styles import StyledWidget


class PaneHeader(StyledWidget):
    """One line; a subclass returns its text."""

    def line(self, width_cells: int) -> list[Segment]:
        """Returns the text of the header."""
        raise NotImplementedError

    def render_line(self, y: int) -> Strip:
        """Returns the line."""
        if y:
            return Strip.blank(self.size.width, self.line_style("plain"))
        return Strip(self.line(self.size.width)).adjust_cell_length(self.size.width, self.line_style("plain"))


class TitleHeader(PaneHeader):
    """A header with a title, and a note behind it."""

    def __init__(self, title: str, *, id: str) -> None:
        super().__init__(id=id)
        self.title = title
        self.note = ""

    def show(self, title: str, note: str = "") -> None:
        """Show a title and a note."""
        if (title, note) != (self.title, self.note):
            self.title, self.note = title, note
            self.refresh()

    def line(self, width_cells: int) -> list[Segment]:
        """Returns the title."""
        title = cut(" " + self.title, width_cells)
        note = cut(f"  {self.note}", width_cells - cell_len(title)) if self.note else ""
        return [Segment(title, self.line_style("title")), Segment(note, self.line_style("dim"))]
