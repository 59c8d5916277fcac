"""Opens traces: reads a small one at once and has the feed read a large one, while the previous trace stays shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..state.open_trace import OpenTrace

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..feed.feed import Feed
    from ..feed.messages import ForestBuilt
    from ..feed.page_reader import PageSource
    from ..state.session import Session
    from ..state.span_path import SpanPath
    from ..trace.trace_view import TraceView
    from .debounce import Debounce

MOST_SPANS_AT_ONCE = 3_000
"""The screen's thread reads traces up to this size, in a few milliseconds; the feed reads larger ones."""


class TraceOpener:
    """Puts the selected trace into the session and shows it in the view."""

    def __init__(
        self,
        session: Session,
        pages: PageSource,
        feed: Feed | None,
        view: TraceView,
        debounce: Debounce,
        cursor_row: Callable[[], int],
    ) -> None:
        """`cursor_row` returns the row of the cursor of the list."""
        self._cursor_row = cursor_row
        self._session = session
        self._pages = pages
        self._feed = feed
        self._view = view
        self._debounce = debounce
        self._wanted: int | None = None
        """The trace that is open, or the large one that the feed is reading."""
        self._linked: tuple[int, int] | None = None
        """The trace and span_id that a followed link points to, until the trace is open."""
        self._path: SpanPath = ()
        """Where the cursor was when the user began to flip through traces."""
        self._is_flipping = False
        self._flipped_to = 0
        """Where flipping has put the cursor: elsewhere it is by the user."""

    @property
    def idle(self) -> bool:
        """Whether no trace is open and the feed reads none."""
        return self._session.open_trace is None and self._wanted is None

    def open_selected(self) -> None:
        """Open the trace under the cursor of the list."""
        trace = self._session.listing.selected
        if self._linked is not None and self._linked[0] != trace:
            self._linked = None  # the user went elsewhere meanwhile
        if trace is None:
            self.show(None)
        elif not self._is_open(trace):
            self._load(trace)

    def flip(self) -> None:
        """Keep the cursor on the same span, by its path, in the trace that is selected next."""
        open_trace = self._session.open_trace
        if open_trace is not None and (not self._path or open_trace.index != self._flipped_to):
            self._path = open_trace.path()
        self._is_flipping = True

    def open_now(self) -> None:
        """Open the trace under the cursor without waiting for the debounce: a key is about to act on it."""
        listing, row = self._session.listing, self._cursor_row()
        if not self._session.grouped:
            # The list has moved its cursor, and its message is still on the way; a trace that is not in the list yet
            # is selected for the next one.
            is_elsewhere = listing.selected is not None and listing.selected not in listing
            if row < len(listing) and listing[row] != listing.selected and not is_elsewhere:
                listing.select(row)
            self.open_selected()

    def follow(self, trace_id: str, span_id: str) -> str:
        """Select and open the linked trace at the linked span. Returns the reason if that is not possible, else ''."""
        trace = self._pages.trace_with(trace_id)
        if trace is None:
            return "The linked trace is not in this file"
        listing = self._session.listing
        if trace not in listing:
            return "The linked trace is not in the list: clear the filter, or end the pause"
        self.go_to(trace, _signed(span_id))
        return ""

    def go_to(self, trace: int, span_id: int | None) -> None:
        """Select and open a trace of the list, at the span with this `SpanRow.span_id`; None for no certain one."""
        listing = self._session.listing
        listing.following, listing.selected = False, trace
        self._linked = None if span_id is None else (trace, span_id)
        if self._is_open(trace):
            self.show(self._session.open_trace)
        else:
            self._load(trace)

    def reload(self) -> None:
        """Read the open trace again after it has changed."""
        if self._session.open_trace is not None:
            self._load(self._session.open_trace.trace.id)

    def built(self, message: ForestBuilt) -> None:
        """Show the trace that the feed has read, if it is still the selected one."""
        if message.trace.id == self._wanted and not self._session.listing.paused:
            self.show(OpenTrace(message.trace, message.forest, self._session.open_trace, message.timing))

    def show(self, open_trace: OpenTrace | None) -> None:
        """Show a trace, or none; the same trace keeps its place in the details."""
        before = self._session.open_trace
        same = open_trace is not None and before is not None and open_trace.trace.id == before.trace.id
        linked = None
        if open_trace is not None and self._linked is not None and self._linked[0] == open_trace.trace.id:
            linked, self._linked = self._linked, None
            open_trace.go_to(linked[1])
        elif open_trace is not None and not same:
            if self._is_flipping:
                open_trace.go_along(self._path)
                self._flipped_to = open_trace.index
            else:
                self._path = ()
            self._is_flipping = False
        self._session.open_trace = open_trace
        self._wanted = open_trace.trace.id if open_trace else None
        self._view.show_tree(same=same)
        self.match()
        if same and linked is None:
            self._view.show_details(keep_place=True)
        else:
            self._debounce.call("details", self._view.show_details)

    def match(self) -> None:
        """Ask the feed which spans of the open trace match the filter."""
        open_trace = self._session.open_trace
        if self._session.filter.selects and open_trace is not None and self._feed is not None:
            self._feed.match_spans(open_trace.trace.id)

    def _load(self, trace: int) -> None:
        row = next(iter(self._pages.traces([trace])), None)
        if row is None:
            self.show(None)
        elif row.span_count <= MOST_SPANS_AT_ONCE or self._feed is None:
            self.show(OpenTrace(row, self._pages.forest(trace), self._session.open_trace))
        else:
            self._wanted = trace
            self._feed.open_trace(trace)
            if not self._is_open(trace):
                self._view.show_reading(row.span_count)

    def _is_open(self, trace: int) -> bool:
        return self._session.open_trace is not None and self._session.open_trace.trace.id == trace


def _signed(span_id: str) -> int:
    """Returns a hex span id as the signed integer of the file; 0, which no span has, for an invalid id."""
    try:
        return int.from_bytes(bytes.fromhex(span_id), "big", signed=True)
    except ValueError:
        return 0
