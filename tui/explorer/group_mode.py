"""Groups on the screen: the list of groups takes the place of the list of traces while the filter makes groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..widgets.group_list import GroupHeader, GroupList

if TYPE_CHECKING:
    from textual.screen import Screen

    from ..feed.messages import GroupsFound
    from ..state.session import Session
    from ..widgets.filter_bar import FilterBar
    from .focus import Panes
    from .trace_opener import Opening


class Grouping:
    """Shows the groups of a session, goes into one, and back."""

    def __init__(
        self, screen: Screen[None], session: Session, panes: Panes, opening: Opening, filter_bar: FilterBar
    ) -> None:
        self._screen = screen
        self._session = session
        self._panes = panes
        self._opening = opening
        self._filter_bar = filter_bar
        self.group_list = GroupList(session.groups)
        self.header = GroupHeader(self.group_list)

    def filter_changed(self) -> None:
        """There is another filter: show the list it makes, of groups or of traces."""
        session = self._session
        grouped = session.grouped
        if grouped:
            session.groups.clear()
            self._opening.show(None)
        if grouped != self._screen.has_class("-grouped"):
            had_keys = self._screen.focused in (self.group_list, self._screen.query_one("#traces"))
            self._screen.set_class(grouped, "-grouped")
            if grouped or had_keys:
                self._panes.show("traces")
            if had_keys:
                self._panes.go_to("traces")
        if grouped:
            self.show()

    def found(self, message: GroupsFound) -> None:
        """The groups were counted, as far as it says."""
        session = self._session
        if message.generation == session.filter.generation and session.grouped:
            session.groups.take(message.groups)
            session.searching = not message.complete
            self.show()

    def show(self) -> None:
        """Bring the list in line with the state."""
        session = self._session
        self.group_list.now_ns, self.group_list.utc = session.now_ns, session.utc
        self.group_list.show_listing(searching=session.searching)
        self.header.refresh()

    def enter(self, row: int) -> None:
        """Go into a group: its conditions take the place of by()."""
        session = self._session
        if session.filter.query is not None and row < len(session.groups):
            session.filter.remember()
            self._filter_bar.set_text(session.groups.enter(session.filter.query, row))

    def back(self) -> bool:
        """Back to the groups, from the traces of one; False where there is no way back."""
        text = self._session.groups.way_back(self._session.filter.text)
        if text is None:
            return False
        self._session.filter.remember()
        self._filter_bar.set_text(text)
        return True
