"""How the list of traces is shown: its columns, its order, and its times."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from ...store.read.trace_columns import Filled, both
from ..layout.trace_columns import LEAST_CELLS, MOST_CELLS, SORT_FIELDS, ColumnChoice, label_of
from ..settings.memory import View
from ..state.column_editor import ColumnEditor
from ..state.list_order import NEWEST_FIRST, ListOrder, next_order, order_of, sort_field
from ..widgets.menu import Menu, MenuItem
from ..widgets.trace_header import DOWN, UP, TraceHeader
from .columns_screen import ColumnsScreen

if TYPE_CHECKING:
    from textual.screen import Screen

    from ..state.session import Session
    from ..widgets.filter_bar import FilterBar
    from ..widgets.trace_list import TraceList

_SORT_LETTERS = {
    "duration": "d",
    "ttft": "t",
    "cost": "c",
    "tokens": "o",
    "start": "s",
    "name": "n",
    "status": "a",
    "spans": "p",
    "errors": "e",
    "peak": "x",
    "model": "m",
    "service": "v",
    "session": "i",
    "user": "u",
    "preview": "w",
}
"""The keys of the menu, in its order: the first is under the cursor, so that Enter lists the slowest traces first."""


class ListControls:
    """Changes the columns and the order of the list."""

    def __init__(
        self,
        screen: Screen[None],
        session: Session,
        trace_list: TraceList,
        filter_bar: FilterBar,
        *,
        search: Callable[[], None],
        changed: Callable[[], None],
    ) -> None:
        """`changed` is called after the user has changed the columns or the order."""
        self._screen = screen
        self._session = session
        self._trace_list = trace_list
        self._filter_bar = filter_bar
        self._search = search
        self._changed = changed
        self.header = TraceHeader(trace_list)
        self._filled = Filled()

    @property
    def order(self) -> ListOrder | None:
        """The sorted column; None if the filter sorts by something that is no column."""
        return order_of(self._session.filter.sort, (*SORT_FIELDS, *self._trace_list.choice.keys))

    # Order

    def open_sort_menu(self) -> None:
        """Let the user choose a column to sort by."""
        now = self.order
        keys = [*_SORT_LETTERS, *(key for key in self._trace_list.choice.keys if key not in SORT_FIELDS)]
        items = [
            MenuItem(key, label_of(key), _SORT_LETTERS.get(key, ""), _arrow(now) if now and now.key == key else "")
            for key in keys
            if sort_field(key) is not None
        ]
        at = next((row for row, item in enumerate(items) if item.sign and item.value != "start"), 0)
        self._screen.app.push_screen(Menu("Sort by", items, cursor=at), self._sort_chosen)

    def _sort_chosen(self, key: str | None) -> None:
        if key is not None:
            self.sort_by(key)

    def sort_by(self, key: str) -> None:
        """Sort by a column, or the other way round if the list is sorted by it."""
        self.show_in(next_order("duration" if key == "bar" else key, self.order or NEWEST_FIRST))

    def reverse(self) -> None:
        """Sort the other way round."""
        if (now := self.order) is not None:
            self.show_in(now._replace(descending=not now.descending))

    def show_in(self, order: ListOrder) -> None:
        """Show the list in an order."""
        session = self._session
        field = "" if order == NEWEST_FIRST else sort_field(order.key)
        if field is None:
            return
        session.listing.selected, session.listing.following = None, True
        text = session.filter.sort_by(field, descending=order.descending)
        if text is not None:
            self._filter_bar.set_text(text)
        self._search()
        self.show_order()
        self._changed()

    def show_order(self) -> None:
        """Show in the titles by which column the list is sorted."""
        self.header.show_order(self.order)

    # Columns

    def fill(self, filled: Filled) -> None:
        """Note which columns have values. A column that was shown once stays, though its traces may be deleted."""
        self._filled = both(self._filled, filled)
        self.show()

    def show(self) -> None:
        """Show the columns that are chosen or filled; the service is worth a column if there are several."""
        services = {id: process.service for id, process in self._session.processes.items()}
        longest = dict(self._filled.longest)
        if self._filled.has_one_name:
            longest.pop("name", None)
        if len(set(services.values())) > 1:
            longest["service"] = max(map(len, services.values()))
        if self._session.marks.traces:
            longest["kept"] = 1
        self._trace_list.services = services
        self._trace_list.show_columns(self._trace_list.choice, longest)

    def set_width(self, key: str, width_cells: int) -> None:
        """Set the width of a column."""
        choice = self._trace_list.choice
        width_cells = max(LEAST_CELLS, min(MOST_CELLS, width_cells))
        self.choose(choice._replace(widths={**choice.widths, key: width_cells}))

    def choose(self, choice: ColumnChoice) -> None:
        """Show the columns of a choice."""
        self._trace_list.show_columns(choice, self._trace_list.longest)
        self.show_order()
        self._changed()

    def open_columns(self, named: Callable[[str | None], None]) -> None:
        """Let the user choose the columns; `named` is called with the name for them, or None."""
        trace_list, keys = self._trace_list, self._session.keys
        shown = [column.key for column in trace_list.columns()]
        attributes = sorted(keys, key=lambda name: (-keys[name], name))
        editor = ColumnEditor(trace_list.choice, shown, attributes)
        self._screen.app.push_screen(ColumnsScreen(editor, keys, self.choose), named)

    # Views

    @property
    def view(self) -> View:
        """The columns and the order as they are now. An order in the text of the filter is kept with the filter."""
        choice, order = self._trace_list.choice, self.order
        is_chosen = self._session.filter.order is not None and order is not None
        return View(list(choice.keys), dict(choice.widths), list(order) if is_chosen and order is not None else [])

    def show_view(self, view: View) -> None:
        """Show the columns and the order of a view."""
        self.choose(view.choice)
        order = ListOrder(*view.order) if view.order else NEWEST_FIRST
        if self._session.filter.order is not None or order != NEWEST_FIRST:
            self.show_in(order)

    def open_views(self, views: Mapping[str, View]) -> None:
        """Let the user choose a view by its name."""
        items = [MenuItem(name, name) for name in views]
        self._screen.app.push_screen(Menu("Views", items), lambda name: self.show_view(views[name]) if name else None)

    # Times

    def toggle_relative(self) -> None:
        """Show starts as the time since then, or as the time of the day."""
        self._trace_list.relative = not self._trace_list.relative
        self._trace_list.refresh()
        self._changed()


def _arrow(order: ListOrder) -> str:
    return DOWN if order.descending else UP
