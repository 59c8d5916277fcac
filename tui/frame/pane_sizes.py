"""The sizes of the panes: set by keys, and by dragging the lines between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..layout.pane_shares import FULL, NARROW_BELOW, NORMAL, STEP, PaneShares, next_mode, share_at

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual import events
    from textual.screen import Screen
    from textual.widget import Widget


class PaneSizes:
    """Applies the shares of the panes to the screen."""

    def __init__(self, screen: Screen[None], focused: Callable[[], str], changed: Callable[[], None]) -> None:
        """`focused` returns the pane that has the focus; `changed` is called after the user has changed a size."""
        self._screen = screen
        self._focused = focused
        self._changed = changed
        self.shares = PaneShares()
        self.mode = NORMAL
        self._dragged = ""

    def apply(self) -> None:
        """Give each pane its share of the screen."""
        if not self._screen.is_mounted:
            return
        at, is_narrow = self._focused(), self._screen.size.width < NARROW_BELOW
        shares = self.shares.seen_from(at, self.mode)
        self._screen.set_class(self.mode == FULL, "-full")
        self._pane("traces-pane").styles.height = f"{shares.list}fr"
        self._pane("below").styles.height = f"{100 - shares.list}fr"
        for name, share in (("tree-pane", shares.tree), ("details-pane", 100 - shares.tree)):
            styles = self._pane(name).styles
            styles.width, styles.height = ("1fr", f"{share}fr") if is_narrow else (f"{share}fr", "1fr")

    def change_mode(self, step: int) -> None:
        """Make the pane that has the focus larger, with -1 smaller: normal, half, full."""
        self.mode = next_mode(self.mode, step)
        self.apply()

    def grow(self, steps: int) -> None:
        """Make the pane that has the focus larger by some steps."""
        self.mode = NORMAL
        self.shares = self.shares.changed(self._focused(), steps * STEP)
        self.apply()
        self._changed()

    def mouse_down(self, event: events.MouseDown) -> bool:
        """Begin to drag a line between two panes; returns whether there is one."""
        below, details = self._pane("below"), self._pane("details-pane")
        if below.region.height and event.screen_y == below.region.y:
            self._dragged = "list"
        elif details.region.height and self._is_on_details_border(event, details):
            self._dragged = "tree"
        return bool(self._dragged)

    def _is_on_details_border(self, event: events.MouseDown, details: Widget) -> bool:
        if self._screen.size.width < NARROW_BELOW:
            return event.screen_y == details.region.y
        return event.screen_x == details.region.x and event.screen_y >= details.region.y

    def mouse_move(self, event: events.MouseMove) -> None:
        """Move the dragged line."""
        if not self._dragged:
            return
        main, below = self._pane("main").region, self._pane("below").region
        self.mode = NORMAL
        if self._dragged == "list":
            self.shares = self.shares._replace(list=share_at(event.screen_y - main.y, main.height))
        elif self._screen.size.width < NARROW_BELOW:
            self.shares = self.shares._replace(tree=share_at(event.screen_y - below.y, below.height))
        else:
            self.shares = self.shares._replace(tree=share_at(event.screen_x - below.x, below.width))
        self.apply()

    def mouse_up(self) -> bool:
        """End the drag; returns whether there was one."""
        was_dragged, self._dragged = bool(self._dragged), ""
        if was_dragged:
            self._changed()
        return was_dragged

    def _pane(self, name: str) -> Widget:
        return self._screen.query_one(f"#{name}")
