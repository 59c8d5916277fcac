"""The line at the bottom: the keys of the pane that has the focus. A click does the same."""

from __future__ import annotations

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from .. import actions
from .styles import StyledWidget


class KeyLine(StyledWidget):
    """Draws as many actions of a scope as fit."""

    def __init__(self, scope: str = "traces") -> None:
        super().__init__(id="keys")
        self.scope = scope

    def show(self, scope: str) -> None:
        """Show the keys of a pane."""
        if scope != self.scope:
            self.scope = scope
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """Returns the line; a narrow line keeps help and quit."""
        width = self.size.width
        if y:
            return Strip.blank(width, self.line_style("plain"))
        shown = actions.shown_in(self.scope)
        kept = [one for one in shown if one.action in ("help", "quit", "close")]
        while len(shown) > len(kept) and sum(_cells(one) for one in shown) + 1 > width:
            shown.remove(next(one for one in reversed(shown) if one not in kept))
        segments = [Segment(" ", self.line_style("plain"))]
        for one in shown:
            target = "app.focused" if one.scope not in _OF_SCREENS else "screen"
            click = Style.from_meta({"@click": f"{target}.{one.action}"})
            segments.append(Segment(actions.key_name(one.keys), self.line_style("key") + click))
            segments.append(Segment(f" {one.label}  ", self.line_style("dim") + click))
        return Strip(segments).adjust_cell_length(width, self.line_style("plain"))


_OF_SCREENS = actions.OVER_THE_SCREEN | {"screen", "page"}
"""The scopes whose actions are those of the screen, not of the pane that has the focus."""


def _cells(action: actions.Action) -> int:
    return len(actions.key_name(action.keys)) + len(action.label) + 3
