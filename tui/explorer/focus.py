"""Which of the three panes has the focus, and which are visible in a small terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..widgets.key_line import KeyLine

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.screen import Screen
    from textual.widget import Widget

    from ..state.session import Session

PANES = ("traces", "tree", "details")
"""The panes, from the outermost to the innermost."""


class PaneFocus:
    """Sets classes of the screen by which the stylesheet shows and hides panes."""

    def __init__(self, screen: Screen[None], session: Session) -> None:
        self._screen = screen
        self._session = session
        self.moved: Callable[[], None] = lambda: None
        """Called after another pane has got the focus."""
        self.at = PANES[0]
        """The pane that has the focus, or had it before the filter."""
        screen.add_class(_class_of(self.at), update=False)

    @property
    def one_at_a_time(self) -> bool:
        """Whether the pane that has the focus hides the others: in a small terminal, or at its full size."""
        screen = self._screen
        if screen.has_class("-short") or screen.has_class("-full"):
            return True
        return self.at == "details" and screen.has_class("-narrow") and screen.has_class("-tall")

    def show(self, pane: str) -> None:
        """Show a pane and its keys."""
        self.at = pane
        for one in PANES:
            self._screen.set_class(one == pane, _class_of(one))
        self.moved()
        self.show_keys()

    def show_keys(self) -> None:
        """Show the keys of the pane that has the focus."""
        waiting = self.at == "traces" and self._session.empty
        self._screen.query_one(KeyLine).show("waiting" if waiting else self._widget(self.at))

    def go_to(self, pane: str) -> None:
        """Move the focus to a pane."""
        if pane == "traces":
            self._screen.remove_class("-zoomed")
        else:
            self._session.listing.following = False
        self.show(pane)
        self._screen.set_focus(
            self._screen.query_one(f"#{self._widget(pane)}")
        )  # at once: the next key is already for it

    def pane_of(self, widget: Widget | None) -> str | None:
        """Returns the pane whose list is `widget`; None for any other widget."""
        return next((pane for pane in PANES if widget is not None and widget.id == self._widget(pane)), None)

    def _widget(self, pane: str) -> str:
        return "groups" if pane == "traces" and self._session.grouped else pane

    def step(self, by: int) -> None:
        """Move the focus to the next pane, with -1 to the previous, wrapping around."""
        self._screen.remove_class("-zoomed")
        # Beside groups there is nothing.
        self.go_to("traces" if self._session.grouped else PANES[(PANES.index(self.at) + by) % len(PANES)])

    def zoom(self) -> None:
        """Show the details on the whole screen, or return to the panes."""
        self._screen.toggle_class("-zoomed")
        self.go_to("details" if self._screen.has_class("-zoomed") else "tree")

    def back(self) -> bool:
        """Move one level outwards. Returns False at the outermost."""
        if self._screen.has_class("-zoomed"):
            self._screen.remove_class("-zoomed")
            self.go_to("tree")
        elif self.at != "traces":
            self.go_to(PANES[PANES.index(self.at) - 1])
        else:
            return False
        return True


def _class_of(pane: str) -> str:
    """Returns the class by which the stylesheet shows a pane where only one fits."""
    return f"-at-{pane}"
