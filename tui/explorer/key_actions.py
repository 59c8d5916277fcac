"""The actions of the keys that work in every pane."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType

from ...store.text.safe_text import safe_line
from .. import actions
from ..frame.frame_actions import FrameActions
from ..overview.overview_actions import OverviewActions
from ..reading.lines_pane import LinesPane
from ..reading.search_line import SearchLine
from ..reading.taking import TakingScreen
from ..state.list_order import NEWEST_FIRST
from ..state.listing import Listing
from ..state.mark import mark_at
from ..trace.span_tree import SpanTree
from ..trace.trace_view import TraceView
from ..widgets.filter_bar import FilterBar, FilterInput
from .focus import PaneFocus
from .group_mode import GroupMode
from .help import HelpScreen
from .kept_traces import KeptTraces
from .trace_opener import TraceOpener

if TYPE_CHECKING:
    from ..feed.feed import Feed
    from ..handoff.copies import Choice
    from ..handoff.files import Taken
    from ..trace.copies import TraceCopies


class KeyActions(KeptTraces, OverviewActions, FrameActions, TakingScreen[None]):
    """The actions with the scope `screen` of the table `actions`. A subclass has the parts that they use."""

    BINDINGS: ClassVar[list[BindingType]] = actions.bindings("screen")

    path: Path
    feed: Feed | None
    listing: Listing
    pane_focus: PaneFocus
    view: TraceView
    span_tree: SpanTree
    filter_bar: FilterBar
    trace_opener: TraceOpener
    group_mode: GroupMode

    def pane_at(self) -> str:
        """Returns the pane that the cursor is in, after the trace under it was opened."""
        self.trace_opener.open_now()
        return self.pane_focus.at

    def show_trace(self, trace: int) -> bool:
        """Go to the spans of a trace with this trace.id; returns False if the filter leaves the trace out."""
        if trace not in self.listing:
            return False
        self.listing.following, self.listing.selected = False, trace
        self.show_list()
        self.trace_list.scroll_to_row(self.listing.cursor())
        self.trace_opener.open_now()
        self.pane_focus.go_to("tree")
        return True

    def read_to(self, span_id: int | None) -> None:
        """Go to the span at which the reader was left; None for no span."""
        raise NotImplementedError

    def show_list(self) -> None:
        """Redraw the list from the state."""
        raise NotImplementedError

    def show_state(self) -> None:
        """Redraw the status line, the key line and the empty screen."""
        raise NotImplementedError

    def search(self) -> None:
        """Search for the filter. Its times are in the time zone of the screen."""
        query = self.filter.asked
        self.session.searching = query is not None
        self.span_tree.around.filtered = False
        if self.feed is not None:
            self.feed.filter(self.filter.generation, query, utc=self.session.utc)
        self.group_mode.filter_changed()
        self.trace_opener.match()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Disable actions on a trace in a list of groups.

        The slash is a letter in the filter, and searches in a text.
        """
        unfit = self.session.grouped and action in actions.ABOUT_A_TRACE
        return not unfit and not (action == "filter" and isinstance(self.focused, FilterInput | SearchLine | LinesPane))

    def action_filter(self) -> None:
        """Move the focus to the filter."""
        self.set_focus(self.filter_bar.input)  # at once: letters typed ahead are for the filter

    def action_follow(self) -> None:
        """Follow the newest trace, or stay on the selected one. A list in an order that a key gave leaves it."""
        if self.filter.sort is not None:
            if self.filter.order is None:
                self.notify("The filter sorts: a sorted list does not follow the newest trace", markup=False)
            else:
                self.list_controls.show_in(NEWEST_FIRST)
            return
        self.listing.following = not self.listing.following
        if self.listing.following:
            self.session.resume()
            self.pane_focus.show("traces") if self.pane_focus.one_at_a_time else None
        self.show_list()

    def action_pause(self) -> None:
        """Pause or resume the screen."""
        if self.listing.paused:
            self.session.resume()
            self.show_list()
            self.trace_opener.reload()
        else:
            self.session.pause()
        self.show_state()

    def action_next_match(self, step: int = 1) -> None:
        """Move to the next span that matches; in the details, to the next place that the search found."""
        if self.pane_focus.at == "details" and self.view.detail_pane.search is not None:
            self.view.detail_pane.to_hit(step)
            return
        self.trace_opener.open_now()
        if complaint := self.view.to_match(step):
            self.notify(complaint, markup=False)

    def action_previous_match(self) -> None:
        """Move to the previous span that matches."""
        self.action_next_match(-1)

    def action_previous_trace(self) -> None:
        """Move to the next newer trace, at the same span."""
        self.trace_opener.flip()
        self.trace_list.move_cursor(self.trace_list.cursor - 1)

    def action_next_trace(self) -> None:
        """Move to the next older trace, at the same span."""
        self.trace_opener.flip()
        self.trace_list.move_cursor(self.trace_list.cursor + 1)

    def action_mark(self) -> None:
        """Mark what is under the cursor, to compare another with it."""
        self.trace_opener.open_now()
        mark = mark_at(self.session.open_trace, self.pane_focus.at)
        if mark is not None:
            name = safe_line(mark.name, max_chars=60)
            if self.session.marks.toggle(mark):
                self.notify(f"Marked the {mark.what} {name}: go to another, M compares", markup=False)
            else:
                self.notify(f"No mark any more on the trace {name}", markup=False)
            self.list_controls.show()
            self.trace_list.refresh()
            self.show_state()

    def action_compare(self) -> None:
        """Compare what is under the cursor with what is marked."""
        self.trace_opener.open_now()
        mark, here = self.session.marks.latest, mark_at(self.session.open_trace, self.pane_focus.at)
        if mark is not None and here is not None and mark.span is None:
            here = mark_at(
                self.session.open_trace, "traces"
            )  # a trace is compared with a whole trace, wherever the cursor is
        if mark is None or here is None:
            self.notify("Mark a trace or a span first: m", markup=False)
        elif (mark.trace, mark.span) == (here.trace, here.span):
            self.notify("This is what is marked: go to another, and compare from there", markup=False)
        else:
            from ..compare.compare_screen import CompareScreen  # after the first frame

            self.app.clear_notifications()
            self.app.push_screen(
                CompareScreen(self.path, mark, here, lambda: self.session.now_ns, utc=self.session.utc)
            )

    def action_why(self) -> None:
        """Explain what is filtered, and filter by what the user chooses."""
        query = self.filter.asked
        if query is None or query.root is None:
            self.notify("Filter first (/): w explains what is filtered, for example trace.duration > 5s", markup=False)
            return

        from ..why.why_screen import WhyScreen

        def apply(filter_text: str | None) -> None:
            if filter_text is not None:
                self.filter.remember()
                self.filter_bar.set_text(filter_text)

        screen = WhyScreen(self.path, query, lambda: self.session.now_ns, utc=self.session.utc)
        self.app.push_screen(screen, apply)

    def action_zoom(self) -> None:
        """Show the details on the whole screen, or return to the panes."""
        self.trace_opener.open_now()
        if self.session.open_trace is not None:
            self.pane_focus.zoom()
            self.show_state()

    @cached_property
    def copies(self) -> TraceCopies:
        """What can be taken of the open trace."""
        from ..trace.copies import TraceCopies  # not needed for the first frame

        return TraceCopies(self.path, self.session, self.view)

    def leaf(self) -> Taken | None:
        """Returns the smallest value under the cursor."""
        self.trace_opener.open_now()
        return self.copies.leaf(self.pane_focus.at)

    def whole(self) -> Taken | None:
        """Returns the whole value under the cursor, or the span."""
        self.trace_opener.open_now()
        return self.copies.whole(self.pane_focus.at)

    def choices(self) -> Sequence[Choice]:
        """Returns what the menu offers to copy."""
        self.trace_opener.open_now()
        return self.copies.choices()

    def action_reader(self) -> None:
        """Read the whole trace as text."""
        from ..trace.reader_screen import ReaderScreen

        self.trace_opener.open_now()
        if self.session.open_trace is not None:
            self.app.push_screen(ReaderScreen(self.path, self.session), self.read_to)

    def action_utc(self) -> None:
        """Switch times between UTC and local time."""
        self.session.utc = self.trace_list.utc = not self.session.utc
        if self.filter.asked is not None:
            self.filter.ask_again()
            self.search()
        self.trace_list.refresh()
        self.group_mode.show()
        self.view.show_details(keep_place=True)
        self.show_state()

    def action_next_pane(self) -> None:
        """Move the focus to the next pane."""
        self.trace_opener.open_now()
        self.pane_focus.step(1)
        self.show_state()

    def action_previous_pane(self) -> None:
        """Move the focus to the previous pane."""
        self.trace_opener.open_now()
        self.pane_focus.step(-1)
        self.show_state()

    def action_back(self) -> None:
        """Go one level back."""
        if self.pane_focus.at == "details" and self.view.details_with_search.search_line.close():
            return
        if self.pane_focus.back():
            self.show_state()
        elif self.filter.text and not self.group_mode.back():
            self.filter.remember()
            self.filter_bar.set_text("")

    def action_help(self) -> None:
        """Show all keys."""
        self.app.push_screen(HelpScreen())
