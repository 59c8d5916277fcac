"""Search a file for the traces that match a filter: newest first, with the first results at once.

A search runs short queries, each over a slice of ids that takes some 20 ms. So it holds no snapshot of the file, can
stop between two queries, and can show what it has found.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from heapq import heappop, heappush
from itertools import chain
from typing import TYPE_CHECKING, Any

from ..filter.sql.access_paths import Source
from ..filter.sql.compile import Plan, compile_query
from ..filter.sql.functions import CALLS_PYTHON, faults_told
from .block_hits import BlockHits
from .connection_pool import ConnectionPool

if TYPE_CHECKING:
    from ..filter.tree.nodes import Query
    from .reader import Reader

SLICE_S = 0.02
"""The target time of one query: short enough to stop on a keystroke, long enough to keep the overhead small."""

_FIRST_SLICE = {"trace": 256, "span": 2_048}
_STEPS_BEFORE_POOL = 2
"""How many slices are searched before the pool is used: most searches have enough results by then."""
_MAX_GROWTH = 4
_SMALLEST_SLICE = 64

_FIRST_SORTED = 256
"""How many traces of a sorted file are found first: more than a screen shows, in a quarter of the time of all."""


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
    """Compile `query` and search the file of `reader`; yields nothing while the file has no tables.

    `now_ns`, `gone` and `utc` are arguments of `compile_query`; see `search` for the results.
    """
    if not reader.ready:
        return iter(())
    plan = plan_of(reader, query, now_ns=now_ns, gone=gone, utc=utc)
    return search(reader.connection, plan, limit=limit, pool=pool)


def plan_of(reader: Reader, query: Query, *, now_ns: int, gone: frozenset[int], utc: bool = False) -> Plan:
    """Return the plan of `query` for the file of `reader`; registers the functions that the plan calls."""
    reader.register_filter_functions()
    return compile_query(query, keys=reader.attribute_key_ids(), now_ns=now_ns, gone=gone, utc=utc)


def matching_among(
    reader: Reader, query: Query, traces: Sequence[int], *, now_ns: int, gone: frozenset[int], utc: bool = False
) -> list[int]:
    """Return those of these trace.id that match a query without grouping, sort and limit; newest first."""
    if not traces or (query.root is None and not query.stages):
        return list(traces)
    plan = plan_of(reader, query, now_ns=now_ns, gone=gone, utc=utc)
    with faults_told():
        return [trace for (trace,) in reader.connection.execute(*plan.among(traces))]


def search(
    connection: sqlite3.Connection,
    plan: Plan,
    *,
    newest_first: bool = True,
    limit: int | None = None,
    pool: ConnectionPool | None = None,
    clock: Callable[[], float] = time.perf_counter,
) -> Iterator[list[int]]:
    """Yield batches of the `trace.id` of all matching traces, each once, newest (largest) first; at most `limit`.

    A filter with `| sort(...)` yields the traces in its order, after all are found; if it only sorts, by a column of
    traces, the first of them come before the rest. `| limit` limits their number.
    A batch follows every slice and may be empty, so that the caller can stop. Traces that arrive after the start are
    ignored. The connection must have the functions of `filter.register`. With `pool`, several slices are searched in
    parallel where that is faster.

    Raises PatternError for a regular expression that takes too long, and sqlite3.OperationalError after a call of
    `connection.interrupt()`.
    """
    batches = _cut(
        _sorted(connection, plan, pool, clock) if plan.order else _newest_first(connection, plan, pool, clock),
        plan.limit,
    )
    if not newest_first:
        batches = iter([[trace for batch in batches for trace in batch][::-1]])
    yield from _cut(batches, limit)


def _query(
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
    # Traces without a sort key come last. Of traces with equal keys, the newest comes first.
    assert plan.order is not None
    if plan.matches_all and plan.order_is_of_trace:
        yield from _sorted_by_column(connection, plan)
        return
    keyed: list[tuple[tuple[bool, Any], int]] = []
    without: list[int] = []
    slice_size = SliceSize(_FIRST_SLICE["trace"])
    for batch in _newest_first(connection, plan, pool, clock):
        while batch:
            began = clock()
            size = slice_size.size
            at_once = 1 if pool is None or len(batch) <= size else pool.size()
            parts = [batch[start : start + size] for start in range(0, len(batch), size)][:at_once]
            batch = batch[at_once * size :]
            sql = plan.keys([])[0]
            keys = dict(chain.from_iterable(_query(connection, pool, sql, [plan.keys(part)[1] for part in parts])))
            for trace in chain.from_iterable(parts):
                key = keys.get(trace)
                without.append(trace) if key is None else keyed.append(((isinstance(key, str), key), trace))
            slice_size.adapt(clock() - began)
            yield []
        yield []
    keyed.sort(key=lambda one: one[0], reverse=plan.order[1])
    yield [trace for _, trace in keyed] + without


def _sorted_by_column(connection: sqlite3.Connection, plan: Plan) -> Iterator[list[int]]:
    first: list[int] = []
    for limit in (_FIRST_SORTED, -1):
        rows = _query(connection, None, plan.first_sorted(limit), [dict(plan.parameters)])[0]
        begun = set(first)
        yield [trace for (trace,) in rows if trace not in begun]
        if len(rows) < _FIRST_SORTED:
            return
        first = [trace for (trace,) in rows]


def _newest_first(
    connection: sqlite3.Connection, plan: Plan, pool: ConnectionPool | None, clock: Callable[[], float]
) -> Iterator[list[int]]:
    sources = plan.sources
    if plan.matches_all:
        sources = (Source("trace", "SELECT id FROM trace WHERE id BETWEEN :first AND :last ORDER BY id DESC"),)
    scans = [_Scan(connection, source, plan, pool, clock) for source in sources]
    waiting: list[int] = []
    seen: set[int] = set()
    while unfinished := [scan for scan in scans if not scan.finished]:
        # The scan that is furthest behind decides which results are complete.
        for trace in max(unfinished, key=lambda scan: scan.complete_above).step():
            if trace not in seen:
                seen.add(trace)
                heappush(waiting, -trace)
        complete_above = max((scan.complete_above for scan in scans if not scan.finished), default=-1)
        ready = []
        while waiting and -waiting[0] > complete_above:
            ready.append(-heappop(waiting))
        yield ready


class SliceSize:
    """Adapts the size of slices to the time of the queries before."""

    def __init__(self, size: int) -> None:
        self.size = size
        """How many ids the next slice has."""

    def adapt(self, seconds: float) -> None:
        """Set the size for the next slice; `seconds` is the time of the query over a slice of the current size."""
        growth = min(_MAX_GROWTH, max(1 / _MAX_GROWTH, SLICE_S / max(seconds, 1e-6)))
        self.size = max(_SMALLEST_SLICE, int(self.size * growth))


class _Scan:
    """Scans one source from the newest slice to the oldest."""

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
        self._is_faster_in_parallel = pool is not None and CALLS_PYTHON not in source.sql
        self._source = source
        self._parameters = dict(plan.parameters)
        self._block_hits = {
            name: BlockHits(connection, condition, plan.parameters)
            for name, condition in plan.block_tests.items()
            if f":{name}" in source.sql
        }
        self._clock = clock
        self._first_id, self._next_last = id_bounds(connection, source.axis)
        self._slice_size = SliceSize(_FIRST_SLICE[source.axis])
        self._steps = 0
        self.complete_above = 1 << 62
        """The scan has found every match with a larger trace id."""

    @property
    def finished(self) -> bool:
        """Whether every slice has been scanned."""
        return self._next_last < self._first_id

    def step(self) -> list[int]:
        """Scan the next slice, or several in parallel; return the ids of the matching traces."""
        began = self._clock()
        self._steps += 1
        at_once = 1
        if self._pool is not None and self._is_faster_in_parallel and self._steps > _STEPS_BEFORE_POOL:
            at_once = self._pool.size()
        asked: list[dict[str, Any]] = []
        first = self._next_last + 1
        while len(asked) < at_once and first > self._first_id:
            last, first = first - 1, max(self._first_id, first - self._slice_size.size)
            asked.append(self._parameters | {"first": first, "last": last})
        for name, hits in self._block_hits.items():
            blocks = hits.of_spans(asked[-1]["first"], asked[0]["last"])
            for one in asked:
                one[name] = blocks
        rows = chain.from_iterable(_query(self._connection, self._pool, self._source.sql, asked))
        found = [trace for (trace,) in rows]
        self._next_last = first - 1
        self.complete_above = first - 1 if self._source.axis == "trace" else self._newest_trace_before(first)
        self._slice_size.adapt(self._clock() - began)
        return found

    def _newest_trace_before(self, span: int) -> int:
        # Traces and spans are numbered in order of arrival, so the first spans of traces ascend with the traces: a
        # binary search finds the newest trace that can have a span before this one. Only the order relies on it.
        low, high = id_bounds(self._connection, "trace")
        while low <= high:
            middle = (low + high) // 2
            row = self._connection.execute(
                "SELECT trace, id FROM span WHERE trace BETWEEN ? AND ? ORDER BY trace, id LIMIT 1", (middle, high)
            ).fetchone()
            if row is None or row[1] >= span:
                high = middle - 1
            else:
                low = max(row[0], middle) + 1  # a damaged index may have rows out of order
        return high


def id_bounds(connection: sqlite3.Connection, table: str) -> tuple[int, int]:
    """Return the smallest and the largest id of table `trace` or `span`; (0, -1) for an empty table."""
    lowest = connection.execute(
        "SELECT id FROM trace ORDER BY id LIMIT 1" if table == "trace" else "SELECT id FROM span ORDER BY id LIMIT 1"
    ).fetchone()
    highest = connection.execute(
        "SELECT id FROM trace ORDER BY id DESC LIMIT 1"
        if table == "trace"
        else "SELECT id FROM span ORDER BY id DESC LIMIT 1"
    ).fetchone()
    return (lowest[0], highest[0]) if lowest and highest else (0, -1)
