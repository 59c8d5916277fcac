"""The explorer: the one object that knows two widgets. Widgets and feed post what happened, it decides what follows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical

from ...store.file.errors import explain
from ...store.text.safe_text import safe_line
from ..feed import messages
from ..feed.page_reader import PageSource
from ..state.session import Session
from ..widgets.banner import Banner
from ..widgets.details import Details
from ..widgets.empty_state import Waiting
from ..widgets.filter_bar import FilterBar, FilterInput
from ..widgets.key_line import KeyLine
from ..widgets.pane_header import TraceHeader
from ..widgets.row_list import RowList
from ..widgets.status_line import StatusLine
from ..widgets.trace_list import TraceList
from ..widgets.trace_view import TraceView
from .debounce import Settle
from .export_action import what_came_of
from .filter_hints import FilterHints
from .focus import Panes
from .group_mode import Grouping
from .key_actions import KeyActions
from .trace_opener import Opening
from .value_screen import ValueScreen

if TYPE_CHECKING:
    from ..feed.feed import Feed

TICK_S = 0.125
"""Between two steps of what runs: durations, bars, the turning sign."""


class ExplorerScreen(KeyActions):
    """Traces above, spans and details below; one of the three at a time in a small terminal."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]  # noqa: RUF012 (an instance variable to Textual)
    VERTICAL_BREAKPOINTS = [(0, "-short"), (18, "-tall")]  # noqa: RUF012
    AUTO_FOCUS = "#traces"

    def __init__(self, path: Path, now_ns: Callable[[], int], feed: Feed | None) -> None:
        super().__init__()
        self.path = path
        self.feed = feed
        self.pages = PageSource(path, self._cannot_read)
        self.session = Session(now_ns)
        self.session.rows.source = self.pages
        self.listing = self.session.listing
        self.filter = self.session.filter
        self.panes = Panes(self, self.session)
        self.settle = Settle(self)
        self.view = TraceView(self.session, self.pages)
        self.span_tree = self.view.span_tree
        self.detail_pane = self.view.detail_pane
        self.trace_list = TraceList(self.listing, self.session.rows)
        self.filter_bar = FilterBar(id="filter")
        self.hints = FilterHints(self.filter_bar, self.filter)
        self.opening = Opening(self.session, self.pages, feed, self.view, self.settle)
        self.grouping = Grouping(self, self.session, self.panes, self.opening, self.filter_bar)

    def compose(self) -> ComposeResult:
        """All panes; the stylesheet decides which of them are shown."""
        yield StatusLine()
        yield self.filter_bar
        yield Banner()
        yield Waiting(str(self.path))
        with Vertical(id="main"):
            with Vertical(id="traces-pane"):
                yield TraceHeader(id="traces-header")
                yield self.trace_list
                yield self.grouping.header
                yield self.grouping.group_list
            yield self.view
        yield KeyLine()

    def on_mount(self) -> None:
        """Show the newest traces in the first frame, and then begin to watch: the feed tells all the rest."""
        self.trace_list.now_ns = self.span_tree.now_ns = self.session.now_ns
        self.pages.reopen()
        if newest := self.pages.newest_traces():
            self._show_file(newest)
        else:
            self.show_state()
        if self.feed is not None:
            self.call_after_refresh(self.feed.start)
        self.set_interval(TICK_S, self.tick)

    def _show_file(self, newest: Sequence[int]) -> None:
        if not self.session.has_file:
            self._forget_file()
            self.session.has_file = True
        self.session.total = len(newest)
        if not self.filter.active:
            self.listing.replace(newest)
        self.show_list()

    # What the feed tells

    @on(messages.FileAwaited)
    def _file_awaited(self) -> None:
        self._forget_file()
        self.pages.close()
        self.show_state()

    @on(messages.FileOpened)
    def _file_opened(self, message: messages.FileOpened) -> None:
        if message.replaced:
            self._forget_file()
        self._show_trouble("")
        self.pages.reopen()
        self.session.rows.clear()
        self._show_file(message.ids)
        self.opening.reload()  # it may have been opened before the feed looked

    @on(messages.TracesReplaced)
    def _traces_replaced(self, message: messages.TracesReplaced) -> None:
        self.session.total = message.total
        if self.filter.active:
            self.show_state()
            return
        self.session.searching = False
        self.session.rows.clear()
        self.listing.replace(message.ids)
        self.show_list()

    @on(messages.TracesChanged)
    def _traces_changed(self, message: messages.TracesChanged) -> None:
        self.session.total = message.total
        changed = (*message.shown, *message.hidden)
        self.session.rows.forget(changed)
        if message.generation == self.filter.generation:
            self.listing.update(message.shown, message.hidden)
        self.show_list()
        open_trace = self.session.open_trace
        if open_trace is not None and open_trace.trace.id in changed and not self.listing.paused:
            self.opening.reload()

    @on(messages.TracesFound)
    def _traces_found(self, message: messages.TracesFound) -> None:
        if message.generation != self.filter.generation or not self.filter.active:
            return
        if message.first and not message.again:
            self.listing.following = self.listing.following or self.panes.at == "traces"
        self.listing.found(message.ids, anew=message.first, again=message.again, is_sorted=message.is_sorted)
        self.session.searching = not message.complete
        self.show_list()

    @on(messages.GroupsFound)
    def _groups_found(self, message: messages.GroupsFound) -> None:
        self.grouping.found(message)
        self.show_state()

    @on(messages.FilterRefused)
    def _filter_refused(self, message: messages.FilterRefused) -> None:
        if message.generation == self.filter.generation:
            self.session.searching = False
            self.filter_bar.show_hint([(safe_line(message.text), "error")])
            self.show_state()

    @on(messages.ForestBuilt)
    def _forest_built(self, message: messages.ForestBuilt) -> None:
        self.opening.built(message)

    @on(messages.SpansMatched)
    def _spans_matched(self, message: messages.SpansMatched) -> None:
        open_trace = self.session.open_trace
        if open_trace and message.trace == open_trace.trace.id and message.generation == self.filter.generation:
            open_trace.matches = message.spans
            self.view.show_matches()

    @on(messages.ProcessesChanged)
    def _processes_changed(self, message: messages.ProcessesChanged) -> None:
        self.session.processes = message.processes
        if message.gone != self.session.gone:
            self.session.gone = self.trace_list.gone = message.gone
            self.trace_list.refresh()
        self.view.show_processes()
        if isinstance(message.answer, messages.TracesFound):
            self._traces_found(message.answer)
        elif message.answer is not None:
            self._groups_found(message.answer)
        if message.matches is not None:
            self._spans_matched(message.matches)
        self.show_state()

    @on(messages.KeysChanged)
    def _keys_changed(self, message: messages.KeysChanged) -> None:
        self.session.keys = message.keys

    @on(messages.FeedFailed)
    def _feed_failed(self, message: messages.FeedFailed) -> None:
        self._forget_file(message.text)
        self.show_state()

    @on(messages.FeedBroken)
    def _feed_broken(self, message: messages.FeedBroken) -> None:
        raise message.error

    @on(messages.TraceExported)
    def _trace_exported(self, message: messages.TraceExported) -> None:
        text, severity = what_came_of(message)
        self.notify(text, severity=severity, markup=False)

    # What the user does in a pane

    @on(RowList.CursorMoved)
    def _cursor_moved(self, message: RowList.CursorMoved) -> None:
        if message.row_list is self.trace_list:
            self.listing.select(message.row)
            self.settle.call("trace", self.opening.open_selected)
            self.show_state()
        elif message.row_list is self.span_tree:
            self.listing.following = False
            self.settle.call("details", self.view.show_details)
            self.show_state()
        elif message.row_list is self.grouping.group_list:
            self.session.groups.select(message.row)

    @on(RowList.Opened)
    def _opened(self, message: RowList.Opened) -> None:
        if message.row_list is self.trace_list:
            self.opening.open_selected()
            self.go_to("tree")
        elif message.row_list is self.span_tree:
            self.view.show_details()
            self.go_to("details")
        elif message.row_list is self.grouping.group_list:
            self.grouping.enter(message.row)

    @on(RowList.Left)
    def _left(self, message: RowList.Left) -> None:
        self.go_to("tree" if message.row_list is self.detail_pane else "traces")

    @on(Details.ValueOpened)
    def _value_opened(self, message: Details.ValueOpened) -> None:
        self.app.push_screen(ValueScreen(message.value))

    @on(Details.LinkFollowed)
    def _link_followed(self, message: Details.LinkFollowed) -> None:
        if reason := self.opening.follow(message.trace_id, message.span_id):
            self.notify(reason, markup=False)
        else:
            self.trace_list.move_cursor(self.listing.cursor(), by_user=False)
            self.go_to("tree")

    def on_descendant_focus(self) -> None:
        """The keys go to another pane."""
        focused = self.focused
        if isinstance(focused, FilterInput):
            self.query_one(KeyLine).show("filter")
        elif (pane := self.panes.pane_of(focused)) is not None:
            self.panes.show(pane)

    # The filter

    @on(FilterBar.Typed)
    def _filter_typed(self, message: FilterBar.Typed) -> None:
        if self.filter.type(message.text):
            self.search()
        self.hints.show(self.session.keys)
        self.show_state()

    @on(FilterInput.Asked)
    def _filter_asked(self, message: FilterInput.Asked) -> None:
        if self.hints.answer(message.what, self.session.keys):
            self.go_to("traces")
        self.filter_bar.input.answered()

    # Showing

    def tick(self) -> None:
        """Let what runs grow."""
        if self.listing.paused or not self.session.has_file:
            return
        self.trace_list.tick(self.session.now_ns)
        self.view.tick()

    def _forget_file(self, failure: str = "") -> None:
        self.session.has_file = False
        self.query_one(Banner).show(failure)
        self.set_class(bool(failure), "-failed")
        self.session.forget()
        self.opening.show(None)
        self.trace_list.show(0, 0)

    def _cannot_read(self, error: Exception) -> None:
        # Perhaps in the middle of a line that is drawn.
        self.call_later(self._show_trouble, explain(self.path, error))

    def _show_trouble(self, text: str) -> None:
        if text != self.session.trouble:
            self.session.trouble = text
            self.query_one(Banner).show(text)
            self.show_state()

    def show_list(self) -> None:
        """Bring the list and what hangs on it in line with the state."""
        if self.session.grouped:
            self.grouping.show()
        else:
            before = self.listing.selected
            self.trace_list.show_listing(searching=self.session.searching)
            if self.listing.selected != before or self.opening.idle:
                self.settle.call("trace", self.opening.open_selected)
        self.show_state()

    def show_state(self) -> None:
        """Bring what speaks of all panes in line with the state."""
        session = self.session
        if self.has_class("-waiting") and not session.empty:
            # What was hidden could not have the keys; without this the filter, shown first, would take them.
            self.call_after_refresh(self.set_focus, self.trace_list)
        self.set_class(session.empty, "-waiting")
        if self.panes.at == "traces" and not isinstance(self.focused, FilterInput):
            self.panes.show_keys()
        self.query_one(Waiting).show(has_file=session.has_file)
        self.query_one(StatusLine).show(session.status(str(self.path)))

    def go_to(self, pane: str) -> None:
        """Give a pane the keys."""
        self.panes.go_to(pane)
        self.show_state()
