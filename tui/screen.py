"""The explorer: the one object that knows two widgets. Widgets and feed post what happened, it decides what follows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import Screen

from . import actions, messages
from .export_action import export
from .filter_hints import FilterHints
from .help import HelpScreen
from .pages import PageSource
from .safe_text import safe_line
from .settle import Settle
from .state.open_trace import OpenTrace
from .state.session import Session
from .value_screen import ValueScreen
from .widgets.banner import Banner
from .widgets.details import Details
from .widgets.filter_bar import FilterBar, FilterInput
from .widgets.key_line import KeyLine
from .widgets.pane_header import TraceHeader
from .widgets.row_list import RowList
from .widgets.status_line import StatusLine
from .widgets.trace_list import TraceList
from .widgets.trace_view import TraceView
from .widgets.waiting import Waiting

if TYPE_CHECKING:
    from ..store.rows import TraceRow
    from .feed import Feed

TICK_S = 0.125
"""Between two steps of what runs: durations, bars, the turning sign."""


MOST_SPANS_AT_ONCE = 3_000
"""Traces up to this size are read and built at once, in a few milliseconds; the feed builds larger ones."""


PANES = ("traces", "tree", "details")
"""From the outside in."""


class ExplorerScreen(Screen[None]):
    """Traces above, spans and details below; one of the three at a time in a small terminal."""

    BINDINGS: ClassVar[list[BindingType]] = actions.bindings("screen")
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]  # noqa: RUF012 (an instance variable to Textual)
    VERTICAL_BREAKPOINTS = [(0, "-short"), (18, "-tall")]  # noqa: RUF012
    AUTO_FOCUS = "#traces"

    def __init__(self, path: Path, now_ns: Callable[[], int], feed: Feed | None) -> None:
        super().__init__()
        self.path = path
        self.feed = feed
        self.pages = PageSource(path)
        self.session = Session(now_ns)
        self.session.rows.source = self.pages
        self.listing = self.session.listing
        self.filter = self.session.filter
        self.pane = "traces"
        self.settle = Settle(self)
        self.view = TraceView(self.session, self.pages)
        self.span_tree = self.view.span_tree
        self.detail_pane = self.view.detail_pane
        self.trace_list = TraceList(self.listing, self.session.rows)
        self.filter_bar = FilterBar(id="filter")
        self.hints = FilterHints(self.filter_bar, self.filter)
        self._opening: int | None = None
        """The big trace that the feed is building."""

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
            yield self.view
        yield KeyLine()

    def on_mount(self) -> None:
        """Begin to watch."""
        self.trace_list.now_ns = self.span_tree.now_ns = self.session.now_ns
        self._show_pane("traces")
        self._show_state()
        self.set_interval(TICK_S, self.tick)

    # What the feed tells

    @on(messages.FileAwaited)
    def _file_awaited(self) -> None:
        self._reset()
        self.pages.close()
        self.session.has_file = False
        self.query_one(Banner).show("")
        self.remove_class("-failed")
        self._show_state()

    @on(messages.FileOpened)
    def _file_opened(self, message: messages.FileOpened) -> None:
        self._reset()
        self.pages.reopen()
        self.session.has_file = True
        self.session.total = len(message.ids)
        self.query_one(Banner).show("")
        self.remove_class("-failed")
        if not self.filter.active:
            self.listing.replace(message.ids)
        self._show_list()

    @on(messages.TracesReplaced)
    def _traces_replaced(self, message: messages.TracesReplaced) -> None:
        self.session.total = message.total
        if self.filter.active:
            self._show_state()
            return
        self.session.searching = False
        self.session.rows.clear()
        self.listing.replace(message.ids)
        self._show_list()

    @on(messages.TracesChanged)
    def _traces_changed(self, message: messages.TracesChanged) -> None:
        self.session.total = message.total
        changed = (*message.shown, *message.hidden)
        self.session.rows.forget(changed)
        if message.generation == self.filter.generation:
            self.listing.update(message.shown, message.hidden)
        self._show_list()
        if (
            self.session.open_trace is not None
            and self.session.open_trace.trace.id in changed
            and not self.listing.paused
        ):
            self._load(self.session.open_trace.trace.id)

    @on(messages.TracesFound)
    def _traces_found(self, message: messages.TracesFound) -> None:
        if message.generation != self.filter.generation or not self.filter.active:
            return
        if message.first:
            self.listing.replace(())
            self.listing.following = self.listing.following or self.pane == "traces"
        self.listing.found(message.ids)
        self.session.searching = not message.complete
        self._show_list()

    @on(messages.FilterRefused)
    def _filter_refused(self, message: messages.FilterRefused) -> None:
        if message.generation == self.filter.generation:
            self.session.searching = False
            self.filter_bar.show_hint([(safe_line(message.text), "error")])
            self._show_state()

    @on(messages.ForestBuilt)
    def _forest_built(self, message: messages.ForestBuilt) -> None:
        if message.trace.id == self._opening and not self.listing.paused:
            self._show_trace(OpenTrace(message.trace, message.forest, self.session.open_trace))

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
        self._show_state()

    @on(messages.KeysChanged)
    def _keys_changed(self, message: messages.KeysChanged) -> None:
        self.session.keys = message.keys

    @on(messages.FeedFailed)
    def _feed_failed(self, message: messages.FeedFailed) -> None:
        self._reset()
        self.query_one(Banner).show(message.text)
        self.add_class("-failed")
        self._show_state()

    # What the user does in a pane

    @on(RowList.CursorMoved)
    def _cursor_moved(self, message: RowList.CursorMoved) -> None:
        if message.row_list is self.trace_list:
            self.listing.select(message.row)
            self.settle.call("trace", self._open_selected)
            self._show_state()
        elif message.row_list is self.span_tree:
            self.listing.following = False
            self.settle.call("details", self.view.show_details)
            self._show_state()

    @on(RowList.Opened)
    def _opened(self, message: RowList.Opened) -> None:
        if message.row_list is self.trace_list:
            self._open_selected()
            self.go_to("tree")
        elif message.row_list is self.span_tree:
            self.view.show_details()
            self.go_to("details")

    @on(RowList.Left)
    def _left(self, message: RowList.Left) -> None:
        self.go_to("tree" if message.row_list is self.detail_pane else "traces")

    @on(Details.ValueOpened)
    def _value_opened(self, message: Details.ValueOpened) -> None:
        self.app.push_screen(ValueScreen(message.value))

    def on_descendant_focus(self) -> None:
        """The keys go to another pane."""
        focused = self.focused
        if isinstance(focused, FilterInput):
            self.query_one(KeyLine).show("filter")
        elif isinstance(focused, RowList) and focused.id in PANES:
            self._show_pane(focused.id)

    # The filter

    @on(FilterBar.Typed)
    def _filter_typed(self, message: FilterBar.Typed) -> None:
        if self.filter.type(message.text):
            self.session.searching = self.filter.active
            self.span_tree.filtered = False
            if self.feed is not None:
                self.feed.filter(self.filter.generation, self.filter.query if self.filter.active else None)
            self._match_open()
        self.hints.show(self.session.keys)
        self._show_state()

    @on(FilterInput.Asked)
    def _filter_asked(self, message: FilterInput.Asked) -> None:
        what = message.what
        if what == "submit" or (what == "clear" and not self.filter.text):
            self.filter.remember()
            self.go_to("traces")
        elif what == "clear":
            self.filter.remember()
            self.filter_bar.set_text("")
        elif what == "complete":
            self.hints.complete(self.session.keys)
        else:
            text = self.filter.earlier() if what == "older" else self.filter.later()
            if text is not None:
                self.filter_bar.set_text(text)

    # Showing

    def tick(self) -> None:
        """Let what runs grow."""
        if self.listing.paused or not self.session.has_file:
            return
        self.trace_list.now_ns = self.session.now_ns
        for row in self.trace_list.running_rows():
            self.trace_list.refresh_row(row)
        self.view.tick()

    def _reset(self) -> None:
        self.session.forget()
        self._show_trace(None)
        self.trace_list.show(0, 0)

    def _show_list(self) -> None:
        """Bring the list and what hangs on it in line with the state."""
        before, row_before = self.listing.selected, self.trace_list.cursor
        row = self.listing.settle()
        scrolled = 0 if self.listing.following else row - row_before
        if self.listing.following:
            scrolled = -round(self.trace_list.scroll_y)
        self.trace_list.empty_text = "searching …" if self.session.searching else "No trace matches this filter."
        self.trace_list.show(len(self.listing), row, scrolled=scrolled)
        if self.listing.selected != before or (self.session.open_trace is None and self._opening is None):
            self.settle.call("trace", self._open_selected)
        self._show_state()

    def _show_state(self) -> None:
        session = self.session
        if self.has_class("-waiting") and not session.empty:
            # What was hidden could not have the keys; without this the filter, shown first, would take them.
            self.call_after_refresh(self.set_focus, self.trace_list)
        self.set_class(session.empty, "-waiting")
        if self.pane == "traces" and not isinstance(self.focused, FilterInput):
            self.query_one(KeyLine).show("waiting" if session.empty else "traces")
        self.query_one(Waiting).show(has_file=session.has_file)
        self.query_one(StatusLine).show(session.status(str(self.path)))

    def _open_selected(self) -> None:
        trace = self.listing.selected
        if trace is None:
            self._show_trace(None)
        elif self.session.open_trace is None or self.session.open_trace.trace.id != trace:
            self._load(trace)

    def _load(self, trace: int) -> None:
        row = self._trace_row(trace)
        if row is None:
            self._show_trace(None)
        elif row.span_count <= MOST_SPANS_AT_ONCE or self.feed is None:
            self._show_trace(OpenTrace(row, self.pages.forest(trace), self.session.open_trace))
        else:
            self._opening = trace
            self.feed.open_trace(trace)
            if self.session.open_trace is None or self.session.open_trace.trace.id != trace:
                self.view.show_reading(row.span_count)

    def _trace_row(self, trace: int) -> TraceRow | None:
        return next(iter(self.pages.traces([trace])), None)

    def _show_trace(self, open_trace: OpenTrace | None) -> None:
        before = self.session.open_trace
        same = open_trace is not None and before is not None and open_trace.trace.id == before.trace.id
        self.session.open_trace = open_trace
        self._opening = open_trace.trace.id if open_trace else None
        self.view.show_tree(same=same)
        self._match_open()
        if same:
            self.view.show_details(keep_place=True)
        else:
            self.settle.call("details", self.view.show_details)

    def _match_open(self) -> None:
        if self.filter.active and self.session.open_trace is not None and self.feed is not None:
            self.feed.match_spans(self.session.open_trace.trace.id)

    # Panes

    @property
    def one_at_a_time(self) -> bool:
        """Whether the terminal is too small for more than one pane."""
        return self.has_class("-narrow") or self.has_class("-short")

    def go_to(self, pane: str) -> None:
        """Give a pane the keys."""
        if pane == "traces":
            self.remove_class("-zoomed")
        else:
            self.listing.following = False
        self._show_pane(pane)
        self.set_focus(self.query_one(f"#{pane}"))  # at once: the next key is already for it
        self._show_state()

    def _show_pane(self, pane: str) -> None:
        self.pane = pane
        for one in PANES:
            self.set_class(one == pane, f"-at-{one}")
        self.query_one(KeyLine).show("waiting" if pane == "traces" and self.session.empty else pane)

    # Actions

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """In the filter a slash is a letter."""
        return not (action == "filter" and isinstance(self.focused, FilterInput))

    def action_filter(self) -> None:
        """Type a filter."""
        self.set_focus(self.filter_bar.input)  # at once: letters typed ahead are for the filter

    def action_follow(self) -> None:
        """Follow the newest trace, or hold on to this one."""
        self.listing.following = not self.listing.following
        if self.listing.following:
            self.session.resume()
            self._show_pane("traces") if self.one_at_a_time else None
        self._show_list()

    def action_pause(self) -> None:
        """Hold the picture, or let it go on."""
        if self.listing.paused:
            self.session.resume()
            self._show_list()
            if self.session.open_trace is not None:
                self._load(self.session.open_trace.trace.id)
        else:
            self.session.pause()
        self._show_state()

    def action_next_match(self) -> None:
        """To the next span that matches."""
        self._to_match(1)

    def action_previous_match(self) -> None:
        """To the previous span that matches."""
        self._to_match(-1)

    def _to_match(self, step: int) -> None:
        open_trace = self.session.open_trace
        if open_trace is None or not self.filter.active:
            self.notify("No filter: press / and say what to look for", markup=False)
        elif open_trace.next_match(step):
            self.span_tree.follow_cursor()
            self.view.show_details()
        else:
            self.notify("No span of this trace matches by itself", markup=False)

    def action_previous_trace(self) -> None:
        """To the next newer trace."""
        self.trace_list.move_cursor(self.trace_list.cursor - 1)

    def action_next_trace(self) -> None:
        """To the next older trace."""
        self.trace_list.move_cursor(self.trace_list.cursor + 1)

    def action_zoom(self) -> None:
        """Give the details the whole screen, or give it back."""
        if self.session.open_trace is not None:
            self.toggle_class("-zoomed")
            self.go_to("details" if self.has_class("-zoomed") else "tree")

    def action_copy(self) -> None:
        """Send what is under the cursor to the terminal."""
        if (copied := self.view.copied(self.pane)) is not None:
            what, text = copied
            self.app.copy_to_clipboard(text)
            self.notify(f"{what} sent to the terminal's clipboard", markup=False)

    def action_export(self) -> None:
        """Write the open trace into the current directory."""
        if self.session.open_trace is not None:
            trace, now_ns = self.session.open_trace.trace, self.session.now_ns
            self.run_worker(lambda: export(self.post_message, self.path, trace, now_ns), thread=True)

    @on(messages.TraceExported)
    def _trace_exported(self, message: messages.TraceExported) -> None:
        if message.error:
            text = f"Not exported: {safe_line(message.error)}"
            self.notify(text, severity="error", markup=False)
        else:
            target = message.target
            self.notify(f"{target.name} written to {safe_line(str(target.parent))}", markup=False)

    def action_utc(self) -> None:
        """Times in UTC, or local."""
        self.session.utc = self.trace_list.utc = not self.session.utc
        self.trace_list.refresh()
        self.view.show_details(keep_place=True)
        self._show_state()

    def action_next_pane(self) -> None:
        """To the next pane."""
        self._step_pane(1)

    def action_previous_pane(self) -> None:
        """To the previous pane."""
        self._step_pane(-1)

    def _step_pane(self, step: int) -> None:
        self.remove_class("-zoomed")
        self.go_to(PANES[(PANES.index(self.pane) + step) % len(PANES)])

    def action_back(self) -> None:
        """One level back."""
        if self.has_class("-zoomed"):
            self.remove_class("-zoomed")
            self.go_to("tree")
        elif self.pane != "traces":
            self.go_to(PANES[PANES.index(self.pane) - 1])
        elif self.filter.text:
            self.filter.remember()
            self.filter_bar.set_text("")

    def action_help(self) -> None:
        """All keys."""
        self.app.push_screen(HelpScreen())

    def action_quit(self) -> None:
        """Leave."""
        self.app.exit()
