"""The explorer's answers to the messages of the feed: they update the session, and the panes show it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual import on

from ...store.file.errors import explain
from ...store.text.safe_text import safe_line
from ..feed import messages
from ..feed.page_reader import FIRST_TRACES
from ..widgets.banner import Banner
from .place_actions import PlaceActions

if TYPE_CHECKING:
    from ..feed.page_reader import PageSource


class FeedEvents(PlaceActions):
    """Handlers of everything that the feed posts, and of a file that appears, changes, fails or is replaced."""

    pages: PageSource

    def show_file(self, newest: Sequence[int]) -> None:
        """Show the file whose newest traces have the ids `newest`, in ascending order."""
        if not self.session.has_file:
            self.forget_file()
            self.session.has_file = True
        self.session.total = len(newest)
        if self.filter.asked is None:
            self.listing.replace(newest)
        if newest:
            self.list_controls.fill(self.pages.filled_columns(max(newest[0], newest[-1] - FIRST_TRACES), newest[-1]))
        self.show_list()

    @on(messages.FileAwaited)
    def _file_awaited(self) -> None:
        self.forget_file()
        self.pages.close()
        self.show_state()

    @on(messages.FileOpened)
    def _file_opened(self, message: messages.FileOpened) -> None:
        if message.replaced:
            self.forget_file()
        self._show_trouble("")
        self.pages.reopen()
        self.session.rows.clear()
        self.show_file(message.ids)
        self.trace_opener.reload()  # the trace may have been opened before the feed read the file

    @on(messages.TracesReplaced)
    def _traces_replaced(self, message: messages.TracesReplaced) -> None:
        self.session.total = message.total
        if self.filter.asked is not None:
            self.show_state()
            return
        self.session.searching = False
        self.session.rows.clear()
        self.listing.replace(message.ids)
        self.show_list()
        self.arrive()

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
            self.trace_opener.reload()

    @on(messages.TracesFound)
    def _traces_found(self, message: messages.TracesFound) -> None:
        if message.generation != self.filter.generation or self.filter.asked is None:
            return
        if message.first and not message.again:
            follows = self.listing.following or self.pane_focus.at == "traces"
            self.listing.following, self.listing.staying = follows and not self.listing.staying, False
        self.listing.found(message.ids, anew=message.first, again=message.again, is_sorted=message.is_sorted)
        self.session.searching = not message.complete
        self.show_list()
        if message.complete:
            self.arrive()

    @on(messages.GroupsFound)
    def _groups_found(self, message: messages.GroupsFound) -> None:
        self.group_mode.found(message)
        self.show_state()
        self.arrive()

    @on(messages.FilterRefused)
    def _filter_refused(self, message: messages.FilterRefused) -> None:
        if message.generation == self.filter.generation:
            self.session.searching = False
            self.filter_bar.show_hint([(safe_line(message.text), "error")])
            self.show_state()

    @on(messages.ColumnsFilled)
    def _columns_filled(self, message: messages.ColumnsFilled) -> None:
        self.list_controls.fill(message.filled)

    @on(messages.PreviewsRead)
    def _previews_read(self, message: messages.PreviewsRead) -> None:
        self.session.rows.take_previews(message.lines, message.revs)
        self.trace_list.refresh()

    @on(messages.ForestBuilt)
    def _forest_built(self, message: messages.ForestBuilt) -> None:
        self.trace_opener.built(message)

    @on(messages.UsualDurationsRead)
    def _usual_durations_read(self, message: messages.UsualDurationsRead) -> None:
        self.view.show_usual(message.usual)

    @on(messages.SpansMatched)
    def _spans_matched(self, message: messages.SpansMatched) -> None:
        open_trace = self.session.open_trace
        if open_trace and message.trace == open_trace.trace.id and message.generation == self.filter.generation:
            open_trace.matches = message.spans
            self.view.show_matches()

    @on(messages.ProcessesChanged)
    def _processes_changed(self, message: messages.ProcessesChanged) -> None:
        self.session.processes = message.processes
        self.list_controls.show()
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

    @on(messages.Answered)
    def _answered(self, message: messages.Answered) -> None:
        self.asking.answered(message)

    @on(messages.FeedFailed)
    def _feed_failed(self, message: messages.FeedFailed) -> None:
        self.forget_file(message.text)
        self.show_state()

    @on(messages.FeedBroken)
    def _feed_broken(self, message: messages.FeedBroken) -> None:
        raise message.error

    def forget_file(self, failure: str = "") -> None:
        """Show no file; `failure` is the reason it cannot be read, empty if it does not exist."""
        self.session.has_file = False
        self.query_one(Banner).show(failure)
        self.set_class(bool(failure), "-failed")
        self.session.forget()
        self.forget_deletions()
        self.places.clear()
        self.trace_opener.show(None)
        self.trace_list.show(0, 0)

    def cannot_read(self, error: Exception) -> None:
        """Show why a part of the file cannot be read."""
        # The caller may be drawing a line: show the reason later.
        self.call_later(self._show_trouble, explain(self.path, error))

    def _show_trouble(self, text: str) -> None:
        if text != self.session.trouble:
            self.session.trouble = text
            self.query_one(Banner).show(text)
            self.show_state()
