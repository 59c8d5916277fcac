"""The thread that reads the file: changes, searches, and the spans of large traces.

It owns its connection and touches no widget: it posts messages and takes requests, which it serves while the
tail waits for the next change. What is known of the file is posted whole when the file is opened or replaced.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from textual.message import Message

from ...store.file.errors import OPEN_ERRORS, is_transient
from ...store.model import forest
from ...store.read.reader import Reader
from ...store.read.tail import Kind, Tail
from ...store.read.usual_durations import usual_durations
from ...store.timing.times import shown_end_ns
from ...store.timing.trace_timing import measure
from .filled_columns import FilledColumns
from .late_imports import import_language
from .messages import (
    FeedBroken,
    FeedFailed,
    FileAwaited,
    FileOpened,
    FilterRefused,
    ForestBuilt,
    KeysChanged,
    PreviewsRead,
    TracesChanged,
    TracesReplaced,
    UsualDurationsRead,
)
from .page_reader import FIRST_TRACES
from .processes import KnownProcesses
from .question import Moment
from .questions import Questions
from .requests import Requests, WantedFilter
from .search import FilterSearch
from .watch import WakingWatch

if TYPE_CHECKING:
    from ...store.filter.tree.nodes import Query
    from .question import AskedQuestion

LOOK_S = 1.0
"""Seconds between two checks for dead processes: a killed process writes nothing."""

BIG_FOREST_S = 0.3
"""The least seconds between two reads of a large trace that keeps growing."""

_KEYS_S = 2.0

_USUAL_S = 5.0
"""The least seconds between two looks at how long spans usually take."""

FILTER_IMPORT_DELAY_S = 0.4
"""Seconds from the first message to the import of the filter language: the first frame is painted by then."""


class Feed(threading.Thread):
    """Reads the trace file at `path` until `stop`, and posts its changes."""

    def __init__(self, path: Path, post: Callable[[Message], object], now_ns: Callable[[], int] = time.time_ns) -> None:
        super().__init__(name="tracetui feed", daemon=True)
        self.path = path
        self._post = post
        self._now_ns = now_ns
        self._stopping = threading.Event()
        self._requests = Requests()
        self._tail = Tail(path, self._stopping, wait=self.serve, watch=lambda path, _: WakingWatch(path, self))
        self._forget()

    def _forget(self) -> None:
        self._rev = 0
        self._total = 0
        self._bounds: tuple[int, int] | None = None
        self._forest_at = 0.0
        self._looked_at = 0.0
        self._keys_at = 0.0
        self._usual_rev = 0
        self._usual_at = 0.0
        self._filter_import_at = math.inf
        self._keys: object = None
        self._filled = FilledColumns()
        self._processes = KnownProcesses()
        self._search = FilterSearch(self._post, self._now_ns, self._processes, self._requests)
        self._questions = Questions(self._post, self._requests)

    # Requests, from the screen's thread

    def stop(self) -> None:
        """Make the thread end soon and close the file."""
        self._stopping.set()
        self.wake()

    def filter(self, generation: int, query: Query | None, *, utc: bool = False) -> None:
        """Search for another filter; None for no filter. The search that runs is given up.

        Times in it are local, or UTC.
        """
        self._requests.want_filter(WantedFilter(generation, query, utc))

    def open_trace(self, trace: int) -> None:
        """Request the spans of a large trace."""
        self._requests.forest_of = trace
        self.wake()

    def match_spans(self, trace: int) -> None:
        """Request the spans of a trace that match the filter."""
        self._requests.matches_of = trace
        self.wake()

    def read_previews(self, revs: Mapping[int, int]) -> None:
        """Request the previews of traces, by id with their revisions; replaces a request that is not served yet."""
        self._requests.previews_of = revs
        self.wake()

    def ask(self, slot: str, asked: AskedQuestion | None) -> None:
        """Ask a question beside the filter in place of the one in its slot; None asks no more."""
        self._requests.ask(slot, asked)

    def unreadable(self, error: Exception) -> None:
        """Report that the screen cannot read the file."""
        self._tail.fail(error)
        self.wake()

    def wake(self) -> None:
        """Wake the feed's thread."""
        self._requests.wake()

    # The thread

    def run(self) -> None:
        """Follow the file."""
        try:
            for change in self._tail:
                try:
                    self._take(change.kind, change.rev, change.message)
                except OPEN_ERRORS as error:
                    if not is_transient(error):
                        self._tail.fail(error)
        except Exception as error:
            with suppress(RuntimeError):  # the app is gone, and with it the loop that messages go to
                self._post(FeedBroken(error))

    def _take(self, kind: Kind, rev: int, message: str) -> None:
        reader = self._tail.reader
        if kind is Kind.GONE:
            self._post(FileAwaited())
        elif kind is Kind.FAILED:
            self._post(FeedFailed(message))
        elif reader is None:
            return
        elif kind is Kind.CHANGED:
            self._changed(reader, rev)
        else:
            self._opened(reader, rev, replaced=kind is Kind.REPLACED)

    def _opened(self, reader: Reader, rev: int, *, replaced: bool) -> None:
        self._forget()
        self._rev = rev
        self._look(reader)
        newest = reader.newest_traces(FIRST_TRACES)
        self._post(FileOpened(newest, replaced))
        if not newest:
            return
        # Counting takes milliseconds to many, and nobody waits for it.
        self._list_all(reader)
        if self._bounds is not None:
            self._filled.begin(*self._bounds)
        self._filter_import_at = time.monotonic() + FILTER_IMPORT_DELAY_S

    def _list_all(self, reader: Reader, generation: int = 0) -> None:
        ids = self._all_ids(reader)
        self._total = len(ids)
        self._post(TracesReplaced(ids, generation, total=self._total))

    def _all_ids(self, reader: Reader) -> Sequence[int]:
        bounds = self._bounds = reader.trace_bounds()
        if bounds is None:
            return range(0)
        first, last = bounds
        return range(first, last + 1) if reader.trace_count() == last - first + 1 else reader.trace_ids()

    def _changed(self, reader: Reader, rev: int) -> None:
        changed = reader.changed_traces(self._rev)
        before = self._bounds
        self._rev = rev
        self._look(reader)
        bounds = reader.trace_bounds()
        # Deleted traces leave no row to be told by: the oldest is another, or nothing was written and there are fewer.
        if before is not None and (
            bounds is None or bounds[0] != before[0] or (not changed and reader.trace_count() < self._total)
        ):
            self._list_all(reader)
            self._search.generation = -1  # a filtered list is searched anew
            return
        newest = before[1] if before is not None else 0
        self._total += sum(trace > newest for trace in changed)
        self._bounds = bounds
        self._filled.changed(changed)
        shown, hidden, generation = self._search.among(reader, changed)
        self._post(TracesChanged(shown, hidden, self._total, generation))

    def serve(self, seconds: float) -> None:
        """Serve requests for `seconds`, at least one step; the tail calls this while it waits."""
        until = time.monotonic() + seconds
        while not self._stopping.is_set():
            worked = False
            if (reader := self._tail.reader) is not None:
                worked = self._work(reader)
            if time.monotonic() >= self._filter_import_at:
                self._filter_import_at = math.inf
                import_language()
            left = until - time.monotonic()
            if left <= 0:
                return
            woken = not worked and self._requests.wait(left)
            if woken and reader is not None and not self._is_wanted():
                return  # the file watch, or a request that is for the tail

    def _is_wanted(self) -> bool:
        return self._requests.wanted_after(self._search.generation) or self._questions.is_new()

    def _work(self, reader: Reader) -> bool:
        try:
            return self._step(reader)
        except OPEN_ERRORS as error:
            self._search.give_up()
            if getattr(error, "sqlite_errorname", "") == "SQLITE_ERROR" and self._search.query is not None:
                self._post(FilterRefused(self._search.generation, str(error)))
            elif not is_transient(error):
                self._tail.fail(error)
            return True

    def _step(self, reader: Reader) -> bool:
        now = time.monotonic()
        if now - self._looked_at > LOOK_S:
            self._look(reader)
        requests, search = self._requests, self._search
        wanted = requests.filter
        is_another = wanted.generation != search.generation
        if self._processes.held is not None and (is_another or search.is_settled):
            self._post(self._processes.release())  # another filter is wanted, or this one could not be answered
        if is_another:
            search.begin(reader, wanted)
            if wanted.query is None and wanted.generation:
                self._list_all(reader, wanted.generation)
            return True
        if (trace := requests.matches_of) is not None:
            requests.matches_of = None
            if (matches := search.matches(reader, trace)) is not None:
                self._post(matches)
            return True
        if (trace := requests.forest_of) is not None and now - self._forest_at > BIG_FOREST_S:
            requests.forest_of = None
            self._build(reader, trace)
            self._forest_at = time.monotonic()
            return True
        if revs := requests.previews_of:
            from ...store.read.previews import preview_lines  # after the first frame

            requests.previews_of = {}
            self._post(PreviewsRead(preview_lines(reader, revs), revs))
            return True
        if (filled := self._filled.step(reader)) is not None:
            self._post(filled)
        if search.step(reader):
            return True
        if self._questions.step(reader, self._rev, lambda: Moment(self._now_ns(), self._processes.gone)):
            return True
        if self._usual_rev != self._rev and now - self._usual_at > _USUAL_S:
            self._usual_rev = self._rev
            self._post(UsualDurationsRead(usual_durations(reader)))
            self._usual_at = time.monotonic()
            return True
        return False

    def _build(self, reader: Reader, trace: int) -> None:
        processes, gone, now_ns = self._processes.processes, self._processes.gone, self._now_ns()
        for row in reader.traces([trace]):
            built = forest.build(reader.spans(trace))
            root = built.index_of_row.get(row.root or 0, 0)
            timing = measure(built, lambda span: shown_end_ns(span, now_ns, gone, processes), root)
            self._post(ForestBuilt(row, built, timing))

    def _look(self, reader: Reader) -> None:
        """Post processes and attribute names if they have changed."""
        now = self._looked_at = time.monotonic()
        news = self._processes.look(reader, self._now_ns())
        if news is not None and news.gone != self._processes.gone and self._search.depends_on_gone(reader):
            self._processes.held = news
            self._search.again_at_once()
        elif news is not None:
            self._post(self._processes.tell(news))
        if now - self._keys_at > _KEYS_S:
            self._keys_at = now
            keys = reader.attribute_keys()
            if keys != self._keys:
                self._keys = keys
                self._post(KeysChanged(keys))
