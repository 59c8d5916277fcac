"""The line above a pane, and the title of the details."""

from __future__ import annotations

from rich.segment import Segment
from textual.strip import Strip

from ..layout.cells import fit
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
    """A header with a title only."""

    def __init__(self, title: str, *, id: str) -> None:
        super().__init__(id=id)
        self.title = title

    def line(self, width_cells: int) -> list[Segment]:
        """Returns the title."""
        return [Segment(fit(" " + self.title, width_cells), self.line_style("title"))]
