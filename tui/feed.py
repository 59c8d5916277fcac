"""The thread that reads the file while the screen is looked at: changes, searches, and the forests of big traces.

It owns its connection and touches no widget: it posts messages and takes requests, which it serves while the
tail waits for the next change. What is known of the file is posted whole when the file is opened or replaced.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

from textual.message import Message

from ..store import forest
from ..store.file_trouble import FAILURES, is_passing
from ..store.reader import Reader
from ..store.tail import Kind, Tail
from .feed_groups import add_up
from .feed_processes import KnownProcesses
from .feed_watch import WakingWatch
from .messages import (
    FeedBroken,
    FeedFailed,
    FileAwaited,
    FileOpened,
    FilterRefused,
    ForestBuilt,
    GroupsFound,
    KeysChanged,
    SpansMatched,
    TracesChanged,
    TracesFound,
    TracesReplaced,
)
from .pages import FIRST_TRACES

if TYPE_CHECKING:
    from ..store.filter.compile import Plan
    from ..store.filter.tree import Query

LOOK_S = 1.0
"""Between two looks at which processes are gone: a process that is killed writes nothing."""

FOUND_S = 0.066
"""Between two messages of one search."""

BIG_FOREST_S = 0.3
"""Between two builds of the forest of a big trace that keeps growing."""

AGAIN_S = 1.0
"""Between two looks for groups, or for traces in an order, in a file that grows ..."""
_AGAIN_SHARE = 4
"""... and so many times as long as the last one took."""

_KEYS_S = 2.0


FILTER_IMPORT_DELAY_S = 0.4
"""From the first posts to the import of the filter language: the first frame is painted by then."""


class _Moment(TypedDict):
    keys: Mapping[str, int]
    now_ns: int
    gone: frozenset[int]
    utc: bool


class Feed(threading.Thread):
    """Reads the trace file at `path` until `stop`, and posts what it learns."""

    def __init__(self, path: Path, post: Callable[[Message], object], now_ns: Callable[[], int] = time.time_ns) -> None:
        super().__init__(name="tracetui feed", daemon=True)
        self.path = path
        self._post = post
        self._now_ns = now_ns
        self._stopping = threading.Event()
        self._turn = threading.Condition()
        self._awake = False
        self._searching = False
        self._wanted_filter: tuple[int, Query | None, bool] = (0, None, False)
        self._wanted_forest: int | None = None
        self._wanted_matches: int | None = None
        self._tail = Tail(path, self._stopping, wait=self.serve, watch=lambda path, _: WakingWatch(path, self))
        self._forget()

    def _forget(self) -> None:
        self._registered = False
        self._rev = 0
        self._total = 0
        self._bounds: tuple[int, int] | None = None
        self._generation = -1
        self._query: Query | None = None
        self._utc = False
        self._search: Iterator[Sequence[int]] | None = None
        self._search_began_at = 0.0
        self._stale = False
        self._again_at = 0.0
        self._again = False
        self._in_one = False
        self._found: list[int] = []
        self._found_first = True
        self._found_at = 0.0
        self._forest_at = 0.0
        self._looked_at = 0.0
        self._keys_at = 0.0
        self._filter_import_at = math.inf
        self._processes = KnownProcesses()
        self._answers_held = False
        self._matched: int | None = None
        self._keys: object = None

    # Requests, from the screen's thread

    def stop(self) -> None:
        """End the thread soon; it lets go of the file."""
        self._stopping.set()
        self.wake()

    def filter(self, generation: int, query: Query | None, *, utc: bool = False) -> None:
        """Search for another filter; None for no filter. The search that runs is given up.

        Times in it are local, or UTC.
        """
        with self._turn:
            self._wanted_filter = (generation, query, utc)
            # Only while the search has the connection: at any other time it would hit the tail's own question.
            if self._searching and self._tail.reader is not None:
                self._tail.reader.interrupt()
        self.wake()

    def open_trace(self, trace: int) -> None:
        """Build the forest of a big trace and post it."""
        self._wanted_forest = trace
        self.wake()

    def match_spans(self, trace: int) -> None:
        """Find which spans of a trace match the filter."""
        self._wanted_matches = trace
        self.wake()

    def unreadable(self, error: Exception) -> None:
        """The screen cannot read the file."""
        self._tail.fail(error)
        self.wake()

    def wake(self) -> None:
        """There is something to do."""
        with self._turn:
            self._awake = True
            self._turn.notify_all()

    # The thread

    def run(self) -> None:
        """Follow the file."""
        try:
            for change in self._tail:
                try:
                    self._take(change.kind, change.rev, change.message)
                except FAILURES as error:
                    if not is_passing(error):
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
        ids = self._all_ids(reader)
        self._total = len(ids)
        self._post(TracesReplaced(ids, total=self._total))
        self._filter_import_at = time.monotonic() + FILTER_IMPORT_DELAY_S

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
            ids = self._all_ids(reader)
            self._total = len(ids)
            self._post(TracesReplaced(ids, total=self._total))
            self._generation = -1  # a filtered list is searched anew
            return
        newest = before[1] if before is not None else 0
        self._total += sum(trace > newest for trace in changed)
        self._bounds = bounds
        shown, hidden, generation = changed, [], max(0, self._generation)
        query = self._query
        if query is not None and (query.by or query.sort or query.limit):
            self._stale = True  # groups are added up anew, and what has an order or an end is searched anew
        if query is not None and query.by is not None:
            shown, hidden, generation = [], changed, -1
        elif query is not None and (plan := self._plan(reader)) is not None:
            sql, parameters = plan.among(changed)
            matching = {row[0] for row in self._rows(reader, sql, parameters)}
            shown = [trace for trace in changed if trace in matching]
            hidden = [trace for trace in changed if trace not in matching]
        self._post(TracesChanged(shown, hidden, self._total, generation))

    def _plan(self, reader: Reader, gone: frozenset[int] | None = None) -> Plan | None:
        if self._query is None:
            return None
        from ..store.filter.compile import compile_query  # after the first frame

        return compile_query(self._query, **self._moment(reader, gone))

    def _rows(self, reader: Reader, sql: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        # What a filter finds; nothing where it takes too long, which is told.
        from ..store.filter.functions import faults_told
        from ..store.filter.patterns import PatternError

        try:
            with faults_told():
                return reader.connection.execute(sql, parameters).fetchall()
        except PatternError as error:
            self._post(FilterRefused(self._generation, str(error)))
            return []

    def _moment(self, reader: Reader, gone: frozenset[int] | None) -> _Moment:
        # What a filter is compiled for; without `gone` for those processes to be gone that the screen knows of.
        from .patient_regex import register

        if not self._registered:
            register(reader.connection)
            self._registered = True
        keys = reader.attribute_key_ids()
        return {
            "keys": keys,
            "now_ns": self._now_ns(),
            "gone": self._processes.gone if gone is None else gone,
            "utc": self._utc,
        }

    def serve(self, seconds: float) -> None:
        """Work on requests for as long as the tail has nothing to ask; one step at least."""
        until = time.monotonic() + seconds
        while not self._stopping.is_set():
            worked = False
            if (reader := self._tail.reader) is not None:
                worked = self._work(reader)
            if time.monotonic() >= self._filter_import_at:
                self._filter_import_at = math.inf
                _import_filter()
            left = until - time.monotonic()
            if left <= 0:
                return
            if not worked:
                with self._turn:
                    if not self._awake:
                        self._turn.wait(left)
                    woken, self._awake = self._awake, False
                if woken and reader is not None and not self._has_work():
                    return  # the file watch, or a request that is for the tail

    def _has_work(self) -> bool:
        return (
            self._wanted_filter[0] != self._generation
            or self._wanted_forest is not None
            or self._wanted_matches is not None
        )

    def _work(self, reader: Reader) -> bool:
        try:
            return self._step(reader)
        except FAILURES as error:
            self._search = None
            if getattr(error, "sqlite_errorname", "") == "SQLITE_ERROR" and self._query is not None:
                self._post(FilterRefused(self._generation, str(error)))
            elif not is_passing(error):
                self._tail.fail(error)
            return True

    def _step(self, reader: Reader) -> bool:
        now = time.monotonic()
        if now - self._looked_at > LOOK_S:
            self._look(reader)
        generation, query, utc = self._wanted_filter
        if self._processes.held is not None and (
            generation != self._generation or (self._search is None and not self._stale)
        ):  # another filter is wanted, or this one could not be answered
            self._post(self._processes.release())
        if generation != self._generation:
            self._utc = utc
            self._begin(reader, generation, query)
            return True
        if (trace := self._wanted_matches) is not None:
            self._wanted_matches = None
            if (matches := self._match(reader, trace)) is not None:
                self._post(matches)
            return True
        if (trace := self._wanted_forest) is not None and now - self._forest_at > BIG_FOREST_S:
            self._wanted_forest = None
            self._build(reader, trace)
            self._forest_at = time.monotonic()
            return True
        if self._stale and self._search is None and now > self._again_at:
            self._look_for(reader, again=True)
        return self._search_step()

    def _begin(self, reader: Reader, generation: int, query: Query | None) -> None:
        self._generation, self._query = generation, query
        self._search = None
        if query is None:
            if generation:
                ids = self._all_ids(reader)
                self._total = len(ids)
                self._post(TracesReplaced(ids, generation, total=self._total))
            return
        self._look_for(reader, again=False)

    def _look_for(self, reader: Reader, *, again: bool) -> None:
        self._stale, self._found, self._found_first = False, [], True
        held = self._processes.held
        gone = held.gone if held is not None else None
        self._answers_held = held is not None
        self._again = again
        sort = self._query.sort if self._query is not None else None
        self._in_one = again or sort is not None
        self._search_began_at = self._found_at = time.monotonic()
        if self._query is not None and self._query.by is not None:
            from ..store.filter.group_plan import group_plan

            plan = group_plan(self._query, **self._moment(reader, gone))
            self._search = add_up(reader, plan, self._generation, self._answer, every_s=FOUND_S, growing=not again)
        elif (traces := self._plan(reader, gone)) is not None:
            from ..store.search import search

            self._search = search(reader.connection, traces, slices=reader.slices())

    def _search_step(self) -> bool:
        if self._search is None:
            return False
        from ..store.filter.patterns import PatternError

        with self._turn:
            if self._wanted_filter[0] != self._generation:
                return True
            self._searching = True
        try:
            batch = next(self._search, None)
        except PatternError as error:
            self._post(FilterRefused(self._generation, str(error)))
            self._search = None
            return True
        finally:
            with self._turn:
                self._searching = False
        if batch is not None:
            self._found.extend(batch)
        now = time.monotonic()
        complete = batch is None
        if self._query is not None and self._query.by is not None:
            pass  # posts its groups itself
        elif complete or (not self._in_one and (now - self._found_at > FOUND_S or (self._found_first and self._found))):
            in_order = self._query is not None and self._query.sort is not None
            first, again = self._found_first, self._again
            self._answer(TracesFound(self._generation, self._found, first, complete, in_order, again))
            self._found, self._found_first, self._found_at = [], False, now
        if complete:
            self._search = None
            self._again_at = now + max(AGAIN_S, _AGAIN_SHARE * (now - self._search_began_at))
        return True

    def _match(self, reader: Reader, trace: int, gone: frozenset[int] | None = None) -> SpansMatched | None:
        if (plan := self._plan(reader, gone)) is None:
            return None
        self._matched = trace
        sql, parameters = plan.in_trace(trace)
        return SpansMatched(self._generation, trace, frozenset(row[0] for row in self._rows(reader, sql, parameters)))

    def _depends_on_gone(self, reader: Reader) -> bool:
        # Whether the filter asks what runs and what is lost.
        return (plan := self._plan(reader)) is not None and ":gone" in plan.among(())[0]

    def _answer(self, found: Message) -> None:
        # Tell what the filter finds; with the news of processes that it was asked by, if that is the end of it.
        reader, held = self._tail.reader, self._processes.held
        if (
            reader is not None
            and held is not None
            and self._answers_held
            and isinstance(found, TracesFound | GroupsFound)
            and found.complete
        ):
            matches = None if self._matched is None else self._match(reader, self._matched, held.gone)
            found = self._processes.release(found, matches)
        self._post(found)

    def _build(self, reader: Reader, trace: int) -> None:
        for row in reader.traces([trace]):
            self._post(ForestBuilt(row, forest.build(reader.spans(trace))))

    def _look(self, reader: Reader) -> None:
        """Tell of processes and attribute names when they are others than before."""
        now = self._looked_at = time.monotonic()
        news = self._processes.look(reader, self._now_ns())
        if news is not None and news.gone != self._processes.gone and self._depends_on_gone(reader):
            self._processes.held = news
            self._stale, self._again_at = True, now
        elif news is not None:
            self._post(self._processes.tell(news))
        if now - self._keys_at > _KEYS_S:
            self._keys_at = now
            keys = reader.attribute_keys()
            if keys != self._keys:
                self._keys = keys
                self._post(KeysChanged(keys))


def _import_filter() -> None:
    # Not before the first rows are painted, and before the first key in the filter.
    from ..store import grouping, search  # noqa: F401
    from ..store.filter import compile, completion, functions, near_names  # noqa: F401
