"""The explorer's screen: the only object that knows two widgets. It handles what the widgets post."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical

from ...store.text.safe_text import safe_line
from ..feed.asking import Asking
from ..feed.page_reader import PageSource
from ..frame.list_controls import ListControls
from ..frame.pane_sizes import PaneSizes
from ..frame.remembered import Remembered
from ..layout.pane_shares import NARROW_BELOW
from ..reading.details import Details
from ..state.places import Places
from ..state.session import Session
from ..trace.span_tree import SpanTree
from ..trace.trace_view import TraceView
from ..widgets.banner import Banner
from ..widgets.empty_state import EmptyState
from ..widgets.filter_bar import FilterBar, FilterInput
from ..widgets.key_line import KeyLine
from ..widgets.row_list import RowList
from ..widgets.status_line import StatusLine
from ..widgets.trace_header import TraceHeader
from ..widgets.trace_list import TraceList
from .debounce import Debounce
from .feed_events import FeedEvents
from .filter_hints import FilterHints
from .focus import PaneFocus
from .group_mode import GroupMode
from .trace_opener import TraceOpener

if TYPE_CHECKING:
    from ..feed.feed import Feed

TICK_S = 0.125
"""Seconds between two updates of running spans: durations, bars, the turning sign."""


class ExplorerScreen(FeedEvents):
    """Traces above, spans and details below, stacked in a narrow terminal; one at a time in a short one."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (NARROW_BELOW, "-wide")]  # noqa: RUF012 (an instance variable to Textual)
    VERTICAL_BREAKPOINTS = [(0, "-short"), (18, "-tall"), (38, "-high")]  # noqa: RUF012
    AUTO_FOCUS = "#traces"

    def __init__(self, path: Path, now_ns: Callable[[], int], feed: Feed | None, remembered: Remembered) -> None:
        super().__init__()
        self.remembered = remembered
        self.path = path
        self.feed = feed
        self.pages = PageSource(path, self.cannot_read)
        self.session = Session(now_ns)
        self.session.rows.source = self.pages
        self.listing = self.session.listing
        self.places = Places()
        self.filter = self.session.filter
        self.pane_focus = PaneFocus(self, self.session)
        self.pane_sizes = PaneSizes(self, lambda: self.pane_focus.at, self.remember)
        self.pane_focus.moved = self.pane_sizes.apply
        self.debounce = Debounce(self)
        self.view = TraceView(self.session, self.pages)
        self.span_tree = self.view.span_tree
        self.detail_pane = self.view.detail_pane
        self.trace_list = TraceList(self.listing, self.session.rows)
        self.trace_list.marked = self.session.marks.traces
        self.filter_bar = FilterBar(id="filter")
        self.list_controls = ListControls(
            self, self.session, self.trace_list, self.filter_bar, search=self.search, changed=self.remember
        )
        self.asking = Asking(feed)
        self.hints = FilterHints(self.filter_bar, self.session, self.asking)
        self.trace_opener = TraceOpener(
            self.session, self.pages, feed, self.view, self.debounce, lambda: self.trace_list.cursor
        )
        self.group_mode = GroupMode(self, self.session, self.pane_focus, self.trace_opener, self.filter_bar)

    def compose(self) -> ComposeResult:
        """Yields all panes; the stylesheet decides which are visible."""
        yield StatusLine()
        yield self.filter_bar
        yield Banner()
        yield EmptyState(str(self.path))
        with Vertical(id="main"):
            with Vertical(id="traces-pane"):
                yield self.list_controls.header
                yield self.trace_list
                yield self.group_mode.header
                yield self.group_mode.group_list
            yield self.view
        yield KeyLine()

    def on_mount(self) -> None:
        """Show the newest traces in the first frame, then start the feed."""
        self.trace_list.now_ns = self.span_tree.around.now_ns = self.session.now_ns
        self.list_controls.show_order()
        self.remembered.restore(self.session, self.trace_list, self.list_controls, self.pane_sizes)
        self.pages.reopen()
        if newest := self.pages.newest_traces():
            self.show_file(newest)
        else:
            self.show_state()
        if self.feed is not None:
            self.call_after_refresh(self.feed.start)
        self.set_interval(TICK_S, self.tick)
        for problem in self.remembered.settings.problems:
            self.notify(safe_line(problem), title="Settings", severity="warning", markup=False)

    def remember(self) -> None:
        """Keep what the user has changed, once no more changes follow."""
        self.debounce.call("remember", self.remembered.keep)

    # The panes

    def on_resize(self) -> None:
        """Give the panes their shares of another size."""
        self.pane_sizes.apply()

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Begin to drag a line between two panes."""
        if self.pane_sizes.mouse_down(event):
            self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Move the dragged line."""
        self.pane_sizes.mouse_move(event)

    def on_mouse_up(self) -> None:
        """End the drag."""
        if self.pane_sizes.mouse_up():
            self.release_mouse()

    @on(RowList.CursorMoved)
    def _cursor_moved(self, message: RowList.CursorMoved) -> None:
        if message.row_list is self.trace_list:
            self.debounce.call("trace", self.trace_opener.open_selected)
            self.show_state()
        elif message.row_list is self.span_tree:
            self.listing.following = False
            self.debounce.call("details", self.view.show_details)
            self.show_state()
        elif message.row_list is self.group_mode.group_list:
            self.session.groups.select(message.row)

    @on(RowList.Opened)
    def _opened(self, message: RowList.Opened) -> None:
        if message.row_list is self.trace_list:
            self.leave_place()
            self.trace_opener.open_selected()
            self.go_to("tree")
        elif message.row_list is self.span_tree:
            self.view.show_details()
            self.go_to("details")
        elif message.row_list is self.group_mode.group_list:
            self.group_mode.enter(message.row)

    @on(RowList.Left)
    def _left(self, message: RowList.Left) -> None:
        self.go_to("tree" if message.row_list is self.detail_pane else "traces")

    @on(SpanTree.ViewChanged)
    def _view_changed(self) -> None:
        self.view.show_header()

    @on(Details.ValueOpened)
    def _value_opened(self, message: Details.ValueOpened) -> None:
        from ..reading.value_screen import ValueScreen

        self.app.push_screen(ValueScreen(message.value))

    @on(Details.LinkFollowed)
    def _link_followed(self, message: Details.LinkFollowed) -> None:
        before = self.place()
        if reason := self.trace_opener.follow(message.trace_id, message.span_id):
            self.notify(reason, markup=False)
        else:
            self.places.leave(before)
            self.trace_list.move_cursor(self.listing.cursor(), by_user=False)
            self.go_to("tree")

    def on_descendant_focus(self) -> None:
        """Show the keys of the pane that has the focus now."""
        focused = self.focused
        if isinstance(focused, FilterInput):
            self.query_one(KeyLine).show("filter")
        elif (pane := self.pane_focus.pane_of(focused)) is not None:
            self.ended_typing()
            self.pane_focus.show(pane)
        if self.filter.text:
            self.hints.show()  # completions are for who types

    @on(TraceList.LayoutChanged)
    def _layout_changed(self) -> None:
        self.list_controls.header.refresh()

    @on(TraceList.PreviewsWanted)
    def _previews_wanted(self, message: TraceList.PreviewsWanted) -> None:
        if self.feed is not None:
            self.feed.read_previews(message.revs)

    @on(TraceHeader.SortAsked)
    def _sort_asked(self, message: TraceHeader.SortAsked) -> None:
        self.list_controls.sort_by(message.key)

    @on(TraceHeader.WidthAsked)
    def _width_asked(self, message: TraceHeader.WidthAsked) -> None:
        self.list_controls.set_width(message.key, message.width_cells)

    def read_to(self, span_id: int | None) -> None:
        """Go to the span at which the reader was left; None for no span."""
        open_trace = self.session.open_trace
        if span_id is not None and open_trace is not None:
            open_trace.go_to(span_id)
            self.span_tree.follow_cursor()
            self.view.show_details()
            self.go_to("tree")

    # The filter

    @on(FilterBar.Typed)
    def _filter_typed(self, message: FilterBar.Typed) -> None:
        before = self.place()
        if self.filter.type(message.text):
            self.leave_filter(before)
            self.search()
            self.list_controls.show_order()
        self.hints.show()
        self.show_state()

    @on(FilterInput.Asked)
    def _filter_asked(self, message: FilterInput.Asked) -> None:
        if self.hints.answer(message.what):
            self.go_to("traces")
        self.filter_bar.input.answered()

    # Showing

    def tick(self) -> None:
        """Update the durations and bars of running spans."""
        if self.listing.paused or not self.session.has_file:
            return
        self.trace_list.tick(self.session.now_ns)
        self.view.tick()

    def show_list(self) -> None:
        """Redraw the list, and open the selected trace if it has changed."""
        if self.session.grouped:
            self.group_mode.show()
        else:
            before = self.listing.selected
            self.trace_list.now_ns = self.session.now_ns
            self.trace_list.show_listing(searching=self.session.searching)
            if self.listing.selected != before or self.trace_opener.idle:
                self.debounce.call("trace", self.trace_opener.open_selected)
        self.show_state()

    def show_state(self) -> None:
        """Redraw the status line, the key line and the empty screen."""
        session = self.session
        if self.has_class("-empty") and not session.empty:
            # The list was hidden and could not have the focus; without this call the filter would get it.
            self.call_after_refresh(self.set_focus, self.trace_list)
        self.set_class(session.empty, "-empty")
        if self.pane_focus.at == "traces" and not isinstance(self.focused, FilterInput):
            self.pane_focus.show_keys()
        self.query_one(EmptyState).show(has_file=session.has_file)
        self.query_one(StatusLine).show(session.status(str(self.path)))

    def go_to(self, pane: str) -> None:
        """Move the focus to a pane."""
        self.pane_focus.go_to(pane)
        self.show_state()
