"""The line at the top: the file, its state, the number of traces, and errors of the traced processes."""

from __future__ import annotations

from rich.cells import cell_len
from rich.segment import Segment
from textual.strip import Strip

from ...store.text.safe_text import safe_line
from ..layout.cells import shorten_middle
from ..state.status_facts import Status
from .styles import StyledWidget

_STATES = {
    "opening": ("◌ opening", "dim"),
    "waiting": ("◌ waiting", "dim"),
    "damaged": ("✗ damaged", "error"),
    "live": ("● live", "ok"),
    "following": ("▶ following", "running"),
    "paused": ("‖ paused", "warning"),
}


class StatusLine(StyledWidget):
    """Draws a `Status`."""

    def __init__(self) -> None:
        super().__init__(id="status")
        self.status = Status()

    def show(self, status: Status) -> None:
        """Show a status; an equal one is not redrawn."""
        if status != self.status:
            self.status = status
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """Returns the line; a long path is shortened."""
        width = self.size.width
        if y:
            return Strip.blank(width, self.line_style("plain"))
        status = self.status
        text, style = _STATES[status.state]
        if status.arrived:
            text += f" +{status.arrived:,}"
        right = [(text, style)]
        if status.state not in ("opening", "waiting"):
            right.append((self._count(), "match" if status.filtered else "plain"))
        if status.marked:
            right.append((f"{status.marked:,} marked", "key"))
        if status.at_work:
            right.insert(0, (status.at_work, "running"))
        if status.dropped:
            right.append((f"⚠ {status.dropped:,} spans dropped", "warning"))
        if status.failed:
            right.append((f"⚠ {status.failed:,} tracer faults", "warning"))
        if status.utc:
            right.append(("UTC", "dim"))
        tail = sum(cell_len(text) + 3 for text, _ in right)
        name = " tracetui  "
        room = width - len(name) - tail - 1
        segments = [Segment(name, self.line_style("title"))] if width > 60 else [Segment(" ", self.line_style("plain"))]
        if width <= 60:
            room += len(name) - 1
        path = shorten_middle(safe_line(status.path), room) if room > 8 else ""
        segments.append(Segment(path, self.line_style("dim")))
        used = sum(segment.cell_length for segment in segments)
        segments.append(Segment(" " * max(1, width - used - tail), self.line_style("plain")))
        for text, style in right:
            segments.append(Segment(text + "   ", self.line_style(style)))
        return Strip(segments).adjust_cell_length(width, self.line_style("plain"))

    def _count(self) -> str:
        status = self.status
        if status.grouped:
            return f"filter: {status.shown:,} group{'' if status.shown == 1 else 's'}{'…' if status.searching else ''}"
        if status.filtered:
            return f"filter: {status.shown:,}{'…' if status.searching else ''} of {status.total:,}"
        return f"{status.total:,} trace{'' if status.total == 1 else 's'}"
