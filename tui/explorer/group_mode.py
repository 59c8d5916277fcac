"""Group mode: a filter with by() shows a list of groups in place of the list of traces."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..widgets.group_list import GroupHeader, GroupList

if TYPE_CHECKING:
    from textual.screen import Screen

    from ..feed.messages import GroupsFound
    from ..state.session import Session
    from ..widgets.filter_bar import FilterBar
    from .focus import PaneFocus
    from .trace_opener import TraceOpener


class GroupMode:
    """Shows the groups of the session, enters a group, and goes back."""

    def __init__(
        self,
        screen: Screen[None],
        session: Session,
        pane_focus: PaneFocus,
        trace_opener: TraceOpener,
        filter_bar: FilterBar,
    ) -> None:
        self._screen = screen
        self._session = session
        self._pane_focus = pane_focus
        self._trace_opener = trace_opener
        self._filter_bar = filter_bar
        self.group_list = GroupList(session.groups)
        self.header = GroupHeader(self.group_list)

    def filter_changed(self) -> None:
        """Show the list of groups or of traces, as the new filter demands."""
        session = self._session
        grouped = session.grouped
        if grouped:
            session.groups.clear()
            self._trace_opener.show(None)
        if grouped != self._screen.has_class("-grouped"):
            had_keys = self._screen.focused in (self.group_list, self._screen.query_one("#traces"))
            self._screen.set_class(grouped, "-grouped")
            if grouped or had_keys:
                self._pane_focus.show("traces")
            if had_keys:
                self._pane_focus.go_to("traces")
        if grouped:
            self.show()

    def found(self, message: GroupsFound) -> None:
        """Show the groups that the feed has counted."""
        session = self._session
        if message.generation == session.filter.generation and session.grouped:
            session.groups.take(message.groups)
            session.searching = not message.complete
            self.show()

    def show(self) -> None:
        """Redraw the list from the session."""
        session = self._session
        self.group_list.now_ns, self.group_list.utc = session.now_ns, session.utc
        self.group_list.show_listing(searching=session.searching)
        self.header.refresh()

    def enter(self, row: int) -> None:
        """Enter a group: replace by() in the filter by the group's conditions."""
        session = self._session
        if session.filter.query is not None and row < len(session.groups):
            session.filter.remember()
            self._filter_bar.set_text(session.groups.enter(session.filter.query, row))

    def back(self) -> bool:
        """Return from the traces of a group to the groups. Returns False if no group was entered."""
        text = self._session.groups.way_back(self._session.filter.text)
        if text is None:
            return False
        self._session.filter.remember()
        self._filter_bar.set_text(text)
        return True
