"""Going through a file for the traces that match a filter: newest first, first rows at once, all of them exactly.

A search asks short questions, each about a slice of ids sized to take some 20 ms, so that it holds no
snapshot, can be stopped between two, and shows what it has.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from heapq import heappop, heappush
from itertools import chain
from typing import TYPE_CHECKING, Any

from ..filter.sql.access_paths import Source
from ..filter.sql.compile import Plan, compile_query
from ..filter.sql.functions import CALLS_PYTHON, faults_told
from .connection_pool import ConnectionPool

if TYPE_CHECKING:
    from ..filter.tree.nodes import Query
    from .reader import Reader

SLICE_S = 0.02
"""What one question may take: short enough to stop on a keystroke, long enough not to matter in the sum."""

_FIRST_SLICE = {"trace": 256, "span": 2_048}
_STEPS_ALONE = 2
"""ConnectionPool before several are asked at once: most searches have shown enough by then."""
_MAX_GROWTH = 4
_SMALLEST_SLICE = 64


def find(
    reader: Reader,
    query: Query,
    *,
    now_ns: int,
    gone: frozenset[int],
    utc: bool = False,
    limit: int | None = None,
    pool: ConnectionPool | None = None,
) -> Iterator[list[int]]:
    """What `search` gives for `query` in the file of `reader`, none while the file has no tables.

    `now_ns`, `gone` and `utc` are those of `compile_query`.
    """
    if not reader.ready:
        return iter(())
    plan = plan_of(reader, query, now_ns=now_ns, gone=gone, utc=utc)
    return search(reader.connection, plan, limit=limit, pool=pool)


def plan_of(reader: Reader, query: Query, *, now_ns: int, gone: frozenset[int], utc: bool = False) -> Plan:
    """The plan of `query` for the file of `reader`, whose connection then has the functions that the plan calls."""
    reader.register_filter_functions()
    return compile_query(query, keys=reader.attribute_key_ids(), now_ns=now_ns, gone=gone, utc=utc)


def search(
    connection: sqlite3.Connection,
    plan: Plan,
    *,
    newest_first: bool = True,
    limit: int | None = None,
    pool: ConnectionPool | None = None,
    clock: Callable[[], float] = time.perf_counter,
) -> Iterator[list[int]]:
    """Batches of the `trace.id` of all matching traces, each once, newest (largest) first; at most `limit`.

    A filter with `| sort(...)` gives them in its order, when all are found; one with `| limit` no more than that.
    A batch may be empty: one comes after every slice, so that the caller can look up and stop. Traces that
    arrive after the start are not looked at. `filter.register(connection)` must have been called. With `slices`,
    several are asked at once where that is quicker.
    Raises PatternError for a regular expression that was given up, and sqlite3.OperationalError when
    `connection.interrupt()` is called during a slice.
    """
    batches = _cut(
        _sorted(connection, plan, pool, clock) if plan.order else _newest_first(connection, plan, pool, clock),
        plan.limit,
    )
    if not newest_first:
        batches = iter([[trace for batch in batches for trace in batch][::-1]])
    yield from _cut(batches, limit)


def _ask(
    connection: sqlite3.Connection, pool: ConnectionPool | None, sql: str, asked: list[dict[str, Any]]
) -> list[list[tuple[Any, ...]]]:
    if pool is None or len(asked) == 1:
        with faults_told():
            return [connection.execute(sql, one).fetchall() for one in asked]
    return pool.query(connection, sql, asked)


def _cut(batches: Iterator[list[int]], limit: int | None) -> Iterator[list[int]]:
    if limit is None:
        yield from batches
        return
    for batch in batches:
        yield batch[:limit]
        limit -= len(batch)
        if limit <= 0:
            return


def _sorted(
    connection: sqlite3.Connection, plan: Plan, pool: ConnectionPool | None, clock: Callable[[], float]
) -> Iterator[list[int]]:
    # Traces without what they are sorted by come last, the newest of equals first.
    assert plan.order is not None
    keyed: list[tuple[tuple[bool, Any], int]] = []
    without: list[int] = []
    pace = Pace(_FIRST_SLICE["trace"])
    for batch in _newest_first(connection, plan, pool, clock):
        while batch:
            began = clock()
            at_once = 1 if pool is None or len(batch) <= pace.size else pool.size()
            parts = [batch[start : start + pace.size] for start in range(0, len(batch), pace.size)][:at_once]
            batch = batch[at_once * pace.size :]
            sql = plan.keys([])[0]
            keys = dict(chain.from_iterable(_ask(connection, pool, sql, [plan.keys(part)[1] for part in parts])))
            for trace in chain.from_iterable(parts):
                key = keys.get(trace)
                without.append(trace) if key is None else keyed.append(((isinstance(key, str), key), trace))
            pace.took(clock() - began)
            yield []
        yield []
    keyed.sort(key=lambda one: one[0], reverse=plan.order[1])
    yield [trace for _, trace in keyed] + without


def _newest_first(
    connection: sqlite3.Connection, plan: Plan, pool: ConnectionPool | None, clock: Callable[[], float]
) -> Iterator[list[int]]:
    sources = plan.sources
    if plan.matches_all:
        sources = (Source("trace", "SELECT id FROM trace WHERE id BETWEEN :first AND :last ORDER BY id DESC"),)
    sweeps = [_Sweep(connection, source, plan, pool, clock) for source in sources]
    waiting: list[int] = []
    seen: set[int] = set()
    while unfinished := [sweep for sweep in sweeps if not sweep.finished]:
        # The one that is furthest behind decides what can be shown.
        for trace in max(unfinished, key=lambda sweep: sweep.complete_above).step():
            if trace not in seen:
                seen.add(trace)
                heappush(waiting, -trace)
        complete_above = max((sweep.complete_above for sweep in sweeps if not sweep.finished), default=-1)
        ready = []
        while waiting and -waiting[0] > complete_above:
            ready.append(-heappop(waiting))
        yield ready


class Pace:
    """How large a slice may be, from how long those before it took."""

    def __init__(self, size: int) -> None:
        self.size = size
        """Ids to ask about next."""

    def took(self, seconds: float) -> None:
        """A slice of this size was asked about."""
        growth = min(_MAX_GROWTH, max(1 / _MAX_GROWTH, SLICE_S / max(seconds, 1e-6)))
        self.size = max(_SMALLEST_SLICE, int(self.size * growth))


class _Sweep:
    """One source, gone through from the newest slice to the oldest."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        source: Source,
        plan: Plan,
        pool: ConnectionPool | None,
        clock: Callable[[], float],
    ) -> None:
        self._connection = connection
        self._pool = pool
        self._is_quicker_at_once = pool is not None and CALLS_PYTHON not in source.sql
        self._source = source
        self._parameters = dict(plan.parameters)
        self._clock = clock
        self._first_id, self._next_last = bounds(connection, source.axis)
        self._pace = Pace(_FIRST_SLICE[source.axis])
        self._steps = 0
        self.complete_above = 1 << 62
        """Every match with a larger trace id has been found."""

    @property
    def finished(self) -> bool:
        """Whether every slice has been looked at."""
        return self._next_last < self._first_id

    def step(self) -> list[int]:
        """The traces found in the next slice, or in some at once."""
        began = self._clock()
        self._steps += 1
        at_once = 1
        if self._pool is not None and self._is_quicker_at_once and self._steps > _STEPS_ALONE:
            at_once = self._pool.size()
        asked: list[dict[str, Any]] = []
        first = self._next_last + 1
        while len(asked) < at_once and first > self._first_id:
            last, first = first - 1, max(self._first_id, first - self._pace.size)
            asked.append(self._parameters | {"first": first, "last": last})
        rows = chain.from_iterable(_ask(self._connection, self._pool, self._source.sql, asked))
        found = [trace for (trace,) in rows]
        self._next_last = first - 1
        self.complete_above = first - 1 if self._source.axis == "trace" else self._newest_trace_before(first)
        self._pace.took(self._clock() - began)
        return found

    def _newest_trace_before(self, span: int) -> int:
        # Traces and spans are numbered as they arrive, so the first spans of traces ascend with the traces: the
        # newest trace that can have a span before this one is found by halving. Only the order relies on it.
        low, high = bounds(self._connection, "trace")
        while low <= high:
            middle = (low + high) // 2
            row = self._connection.execute(
                "SELECT trace, id FROM span WHERE trace BETWEEN ? AND ? ORDER BY trace, id LIMIT 1", (middle, high)
            ).fetchone()
            if row is None or row[1] >= span:
                high = middle - 1
            else:
                low = max(row[0], middle) + 1  # in a damaged index a row may stand where it does not belong
        return high


def bounds(connection: sqlite3.Connection, table: str) -> tuple[int, int]:
    """The smallest and the largest id of `trace` or `span`; (0, -1) while there is none."""
    lowest = connection.execute(
        "SELECT id FROM trace ORDER BY id LIMIT 1" if table == "trace" else "SELECT id FROM span ORDER BY id LIMIT 1"
    ).fetchone()
    highest = connection.execute(
        "SELECT id FROM trace ORDER BY id DESC LIMIT 1"
        if table == "trace"
        else "SELECT id FROM span ORDER BY id DESC LIMIT 1"
    ).fetchone()
    return (lowest[0], highest[0]) if lowest and highest else (0, -1)
