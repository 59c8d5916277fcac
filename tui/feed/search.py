"""The search for a filter, in steps on the feed's thread, repeated while the file grows."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypedDict

from .groups import add_up
from .messages import FilterRefused, GroupsFound, SpansMatched, TracesFound

if TYPE_CHECKING:
    from textual.message import Message

    from ...store.filter.sql.compile import Plan
    from ...store.filter.tree.nodes import Query
    from ...store.read.reader import Reader
    from .processes import KnownProcesses
    from .requests import Requests, WantedFilter

FOUND_S = 0.066
"""The least seconds between two messages of one search."""

AGAIN_S = 1.0
"""Between two looks for groups, or for traces in an order, in a file that grows ..."""
_AGAIN_SHARE = 4
"""... and so many times as long as the last one took."""


class _Moment(TypedDict):
    now_ns: int
    gone: frozenset[int]
    utc: bool


class FilterSearch:
    """The searches in one file, one filter after the other."""

    def __init__(
        self,
        post: Callable[[Message], object],
        now_ns: Callable[[], int],
        processes: KnownProcesses,
        requests: Requests,
    ) -> None:
        self.generation = -1
        """The generation of the current filter."""
        self.query: Query | None = None
        self._post = post
        self._now_ns = now_ns
        self._processes = processes
        self._requests = requests
        self._utc = False
        self._search: Iterator[Sequence[int]] | None = None
        self._began_at = 0.0
        self._stale = False
        self._again_at = 0.0
        self._again = False
        self._in_one = False
        self._found: list[int] = []
        self._found_first = True
        self._found_at = 0.0
        self._answers_held = False
        self._matched: int | None = None

    @property
    def is_settled(self) -> bool:
        """Whether no search runs or is due."""
        return self._search is None and not self._stale

    def begin(self, reader: Reader, wanted: WantedFilter) -> None:
        """Start the search for another filter."""
        self.generation, self.query, self._utc = wanted
        self._search = None
        if self.query is not None:
            self._look_for(reader, again=False)

    def again_at_once(self) -> None:
        """Repeat the search after the running one: its result has changed."""
        self._stale, self._again_at = True, 0.0

    def give_up(self) -> None:
        """Stop the running search."""
        self._search = None

    def among(self, reader: Reader, changed: list[int]) -> tuple[list[int], list[int], int]:
        """Returns the changed traces that match the filter, those that do not, and the generation of the answer."""
        query = self.query
        if query is None:
            return changed, [], max(0, self.generation)
        if query.by or query.sort or query.limit:
            self._stale = True  # groups are added up anew, and what has an order or an end is searched anew
        if query.by is not None or (plan := self._plan(reader)) is None:
            return [], changed, -1
        sql, parameters = plan.among(changed)
        matching = {row[0] for row in self._rows(reader, sql, parameters)}
        shown = [trace for trace in changed if trace in matching]
        hidden = [trace for trace in changed if trace not in matching]
        return shown, hidden, max(0, self.generation)

    def matches(self, reader: Reader, trace: int, gone: frozenset[int] | None = None) -> SpansMatched | None:
        """Returns the spans of a trace that match the filter; None without a filter."""
        if (plan := self._plan(reader, gone)) is None:
            return None
        self._matched = trace
        sql, parameters = plan.in_trace(trace)
        return SpansMatched(self.generation, trace, frozenset(row[0] for row in self._rows(reader, sql, parameters)))

    def depends_on_gone(self, reader: Reader) -> bool:
        """Whether the result depends on which processes are gone: the filter tests for running or lost spans."""
        return (plan := self._plan(reader)) is not None and ":gone" in plan.among(())[0]

    def step(self, reader: Reader) -> bool:
        """Take one step of the search; returns whether there was work."""
        if self._stale and self._search is None and time.monotonic() > self._again_at:
            self._look_for(reader, again=True)
        if self._search is None:
            return False
        from ...store.filter.values.patterns import PatternError

        try:
            with self._requests.searching(self.generation, reader) as is_wanted:
                if not is_wanted:
                    return True
                batch = next(self._search, None)
        except PatternError as error:
            self._post(FilterRefused(self.generation, str(error)))
            self._search = None
            return True
        if batch is not None:
            self._found.extend(batch)
        now = time.monotonic()
        complete = batch is None
        if self.query is not None and self.query.by is not None:
            pass  # posts its groups itself
        elif complete or (not self._in_one and (now - self._found_at > FOUND_S or (self._found_first and self._found))):
            in_order = self.query is not None and self.query.sort is not None
            first, again = self._found_first, self._again
            self._answer(reader, TracesFound(self.generation, self._found, first, complete, in_order, again))
            self._found, self._found_first, self._found_at = [], False, now
        if complete:
            self._search = None
            self._again_at = now + max(AGAIN_S, _AGAIN_SHARE * (now - self._began_at))
        return True

    def _look_for(self, reader: Reader, *, again: bool) -> None:
        self._stale, self._found, self._found_first = False, [], True
        held = self._processes.held
        gone = held.gone if held is not None else None
        self._answers_held = held is not None
        self._again = again
        self._in_one = again
        self._began_at = self._found_at = time.monotonic()
        if self.query is not None and self.query.by is not None:
            from ...store.read.groups import grouping_of

            grouping = grouping_of(reader, self.query, **self._moment(gone))
            answer = partial(self._answer, reader)
            self._search = add_up(grouping, self.generation, answer, every_s=FOUND_S, growing=not again)
        elif self.query is not None:
            from ...store.read.search import find

            self._search = find(reader, self.query, pool=reader.pool(), **self._moment(gone))

    def _answer(self, reader: Reader, found: Message) -> None:
        # Tell what the filter finds; with the news of processes that it was asked by, if that is the end of it.
        held = self._processes.held
        if held is not None and self._answers_held and isinstance(found, TracesFound | GroupsFound) and found.complete:
            matches = None if self._matched is None else self.matches(reader, self._matched, held.gone)
            found = self._processes.release(found, matches)
        self._post(found)

    def _plan(self, reader: Reader, gone: frozenset[int] | None = None) -> Plan | None:
        if self.query is None:
            return None
        from ...store.read.search import plan_of  # after the first frame

        return plan_of(reader, self.query, **self._moment(gone))

    def _rows(self, reader: Reader, sql: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        # What a filter finds; nothing where it takes too long, which is told.
        from ...store.filter.sql.functions import faults_told
        from ...store.filter.values.patterns import PatternError

        try:
            with faults_told():
                return reader.connection.execute(sql, parameters).fetchall()
        except PatternError as error:
            self._post(FilterRefused(self.generation, str(error)))
            return []

    def _moment(self, gone: frozenset[int] | None) -> _Moment:
        # What a filter is compiled for; without `gone` for those processes to be gone that the screen knows of.
        from ..patient_regex import use_patient_regex

        use_patient_regex()
        return {"now_ns": self._now_ns(), "gone": self._processes.gone if gone is None else gone, "utc": self._utc}
