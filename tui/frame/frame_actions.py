"""The actions of the keys that change how the list and the panes are shown."""

from __future__ import annotations

from textual.screen import Screen

from ...store.text.safe_text import safe_line
from ..state.filter_state import FilterState
from ..state.session import Session
from ..widgets.menu import Menu, MenuItem
from ..widgets.trace_list import TraceList
from .columns_screen import VIEWS
from .list_controls import ListControls
from .pane_sizes import PaneSizes
from .remembered import Remembered


class FrameActions(Screen[None]):
    """Actions with the scope `screen` of the table `actions`. A subclass has the parts that they use."""

    session: Session
    filter: FilterState
    trace_list: TraceList
    list_controls: ListControls
    pane_sizes: PaneSizes
    remembered: Remembered

    def action_sort(self) -> None:
        """Choose a column to sort by."""
        self.list_controls.open_sort_menu()

    def action_reverse(self) -> None:
        """Sort the other way round."""
        self.list_controls.reverse()

    def action_columns(self) -> None:
        """Choose the columns."""
        self.list_controls.open_columns(self._columns_named)

    def _columns_named(self, name: str | None) -> None:
        if name == VIEWS:
            self.action_views()
        elif name is not None:
            self.remembered.name_view(name)
            self.notify(f"These columns are the view {safe_line(name)}", markup=False)

    def action_views(self) -> None:
        """Choose a view by its name."""
        if views := self.remembered.memory.views:
            self.list_controls.open_views(views)
        else:
            self.notify("No view has a name: w in the columns gives one", markup=False)

    def action_theme(self) -> None:
        """Choose the colours."""
        names = sorted(self.app.available_themes, key=lambda name: (not name.startswith("tracetui"), name))
        menu = Menu("Theme", [MenuItem(name, name) for name in names], cursor=names.index(self.app.theme))
        self.app.push_screen(menu, self._theme_chosen)

    def _theme_chosen(self, name: str | None) -> None:
        if name is not None:
            self.app.theme = name
            self.remembered.keep_theme(name)

    def action_suspend(self) -> None:
        """Return to the shell until `fg`."""
        self.app.action_suspend_process()

    def action_relative(self) -> None:
        """Show starts as the time since then, or as the time of the day."""
        self.list_controls.toggle_relative()

    def action_larger(self) -> None:
        """Give the pane half of the screen, then all of it."""
        self.pane_sizes.change_mode(1)

    def action_smaller(self) -> None:
        """Take the pane back to half of the screen, then to its own size."""
        self.pane_sizes.change_mode(-1)

    def action_grow(self) -> None:
        """Make the pane wider, the list higher."""
        self.pane_sizes.grow(1)

    def action_shrink(self) -> None:
        """Make the pane narrower, the list lower."""
        self.pane_sizes.grow(-1)
