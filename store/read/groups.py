"""Going through a file for the groups of a filter with `| by(...)`: in short questions, newest traces first.

A group adds up slice by slice, and can be looked at after each. Percentiles are exact. Tokens and cost are added up
among the spans of one group as among those of a trace (`store/usage.py`): nothing is counted twice. Which spans are
calls without a price is decided in the trace as a whole (`store/unpriced.py`).
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import orjson

from ..filter.fields.aggregates import COMPARISONS, SHARES
from ..filter.sql.functions import faults_told
from ..filter.sql.group_plan import Answer, GroupPlan, Shown, group_plan
from ..model.percentiles import Distribution
from ..model.usage import Usage, totals_by_group
from ..prices.unpriced import CALL_COLUMNS, calls_without_price
from .connection_pool import ConnectionPool
from .search import Pace, bounds, search

if TYPE_CHECKING:
    from ..filter.tree.nodes import Query
    from .reader import Reader

MOST_GROUPS = 50_000
"""More groups than this are no summary, and take more memory than it is worth."""

Key: TypeAlias = tuple[str | int | float | None, ...]
"""What the spans of a group have in common, one value for each field of by(); None where they have none."""

_FIRST_SLICE = 256
_SUMS = 8


class TooManyGroupsError(ValueError):
    """The fields of by() make more groups than anybody looks through."""


class Group(NamedTuple):
    """One group, added up."""

    key: Key
    spans: int
    traces: int
    errors: int
    """Spans, or traces where groups are of traces, that failed."""
    duration_p50_ns: float | None
    duration_p95_ns: float | None
    ttft_p50_ms: float | None
    ttft_p95_ms: float | None
    input_tokens: int | None
    output_tokens: int | None
    cost_usd: float | None
    calls_without_price: int
    """How many model calls `cost_usd` lacks."""
    newest_ns: int
    """When the newest of them began."""
    others: tuple[float | None, ...]
    """The numbers of `GroupPlan.shown`."""


class Groups(NamedTuple):
    """All groups so far, and what they are groups of."""

    fields: tuple[str, ...]
    """What they are grouped by, as typed."""
    of_traces: bool
    """Whether they are groups of traces; else of spans."""
    shown: tuple[Shown, ...]
    """What `Group.others` are."""
    groups: list[Group]


class _GroupTotals:
    # A group while it adds up.
    def __init__(self, values: int) -> None:
        self.spans = self.traces = self.errors = self.newest_ns = self.calls_without_price = 0
        self.usage: list[float | None] = [None, None, None]
        self.values = [Distribution() for _ in range(values)]

    def use(self, amounts: Usage | list[Any]) -> None:
        for place, amount in enumerate(amounts):
            if amount is not None:
                self.usage[place] = (self.usage[place] or 0) + amount


def grouping_of(
    reader: Reader, query: Query, *, now_ns: int, gone: frozenset[int], utc: bool = False
) -> GroupAggregation:
    """What adds up the groups of `query`, which has a by(), in the file of `reader`; see `search.plan_of`."""
    reader.register_filter_functions()
    plan = group_plan(query, keys=reader.attribute_key_ids(), now_ns=now_ns, gone=gone, utc=utc)
    return GroupAggregation(reader.connection, plan, reader.pool())


class GroupAggregation:
    """Adds up the groups of one plan. `filter.register(connection)` must have been called."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        plan: GroupPlan,
        pool: ConnectionPool | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        """With `slices`, spans are looked for in several of them at once, see `search`."""
        self.plan = plan
        self._pool = pool
        self._connection = connection
        self._clock = clock
        self._tallies: dict[Key, _GroupTotals] = {}

    def steps(self) -> Iterator[None]:
        """One turn for each slice of the file; `groups` is right when all are done.

        Raises TooManyGroupsError, PatternError, and sqlite3.OperationalError when `connection.interrupt()` is called
        in a slice.
        """
        for ranged, parameters in self._all() if self.plan.through_all else self._found():
            with faults_told():
                self._add(ranged, {**self.plan.parameters, **parameters})
            if len(self._tallies) > MOST_GROUPS:
                by = ", ".join(self.plan.fields)
                raise TooManyGroupsError(
                    f"by({by}) makes more than {MOST_GROUPS:,} groups: group by what more spans share"
                )
            yield

    def groups(self) -> Groups:
        """The groups as they have added up so far: those that are asked for, in the order that is asked for."""
        found = [(key, tally) for key, tally in self._tallies.items() if self._is_asked_for(tally)]
        found.sort(key=lambda one: tuple((value is None, str(value)) for value in one[0]))
        order = self.plan.order or (Answer("count"), True)
        keyed = [(self._sort_key(order[0], *one), one) for one in found]
        known = [(key, one) for key, one in keyed if key is not None]
        known.sort(key=lambda pair: pair[0], reverse=order[1])
        sorted_ = [one for _, one in known] + [one for key, one in keyed if key is None]
        found_groups = [self._group(key, tally) for key, tally in sorted_[: self.plan.limit]]
        return Groups(self.plan.fields, self.plan.of_traces, self.plan.shown, found_groups)

    def _is_asked_for(self, tally: _GroupTotals) -> bool:
        for answer, op, limit in self.plan.having:
            number = self._number(answer, tally)
            if number is None or not COMPARISONS[op](number, limit):
                return False
        return True

    def _sort_key(self, by: Answer | int, key: Key, tally: _GroupTotals) -> Any:
        if isinstance(by, Answer):
            return self._number(by, tally)
        value = key[by]
        return None if value is None else (isinstance(value, str), value)

    def _number(self, answer: Answer, tally: _GroupTotals) -> float | None:
        if answer.function == "count":
            return tally.traces if self.plan.of_traces else tally.spans
        if isinstance(answer.place, tuple):
            parts = [amount for place in answer.place if (amount := tally.usage[place]) is not None]
            return sum(parts) if parts else None
        runs = tally.values[answer.place]
        match answer.function:
            case "sum":
                return runs.total()
            case "avg":
                return runs.mean()
            case "min":
                return runs.smallest()
            case "max":
                return runs.largest()
            case _:
                return runs.percentile(SHARES[answer.function])

    def _group(self, key: Key, tally: _GroupTotals) -> Group:
        durations, ttfts = tally.values[:2]
        input_tokens, output_tokens, cost_usd = tally.usage
        return Group(
            key,
            tally.spans,
            tally.traces,
            tally.errors,
            durations.percentile(0.5),
            durations.percentile(0.95),
            ttfts.percentile(0.5),
            ttfts.percentile(0.95),
            None if input_tokens is None else int(input_tokens),
            None if output_tokens is None else int(output_tokens),
            cost_usd,
            tally.calls_without_price,
            tally.newest_ns,
            tuple(self._number(one.answer, tally) for one in self.plan.shown),
        )

    # ConnectionPool

    def _all(self) -> Iterator[tuple[bool, dict[str, Any]]]:
        if not self.plan.plan.matches_all and not self.plan.plan.sources:
            return
        first, last = bounds(self._connection, "trace")
        pace = Pace(_FIRST_SLICE)
        while last >= first:
            began = self._clock()
            low = max(first, last - pace.size + 1)
            yield True, {"first": low, "last": last}
            pace.took(self._clock() - began)
            last = low - 1

    def _found(self) -> Iterator[tuple[bool, dict[str, Any]]]:
        pace = Pace(_FIRST_SLICE)
        waiting: list[int] = []
        for batch in search(self._connection, self.plan.plan, pool=self._pool):
            waiting += batch
            while len(waiting) >= pace.size:
                began = self._clock()
                ids, waiting = waiting[: pace.size], waiting[pace.size :]
                yield False, {"ids": json.dumps(ids)}
                pace.took(self._clock() - began)
        if waiting:
            yield False, {"ids": json.dumps(waiting)}

    def _add(self, ranged: bool, parameters: dict[str, Any]) -> None:
        ask = self._connection.execute
        nested: list[int] = []
        lacking = False
        if not self.plan.of_traces:
            nests, lacking = ask(self.plan.nests(ranged=ranged), parameters).fetchone()
            if nests:
                nested = [trace for (trace,) in ask(self.plan.nested(ranged=ranged), parameters)]
        parameters["nested"] = json.dumps(nested)
        width = len(self.plan.fields)
        for row in ask(self.plan.sums(ranged=ranged, nested=bool(nested), lacking=bool(lacking)), parameters):
            spans, traces, errors, newest_ns, *usage, unpriced = row[width : width + _SUMS]
            if not spans and not traces:
                continue
            tally = self._tally(row[:width], len(row) - width - _SUMS)
            tally.spans += spans
            tally.traces += traces
            tally.errors += errors or 0
            tally.newest_ns = max(tally.newest_ns, newest_ns)
            tally.use(usage)
            tally.calls_without_price += unpriced or 0
            for runs, numbers in zip(tally.values, row[width + _SUMS :], strict=True):
                runs.add(orjson.loads(numbers))
        if nested:
            for _, rows in groupby(ask(self.plan.usage(), parameters), lambda row: row[0]):
                self._walk([row[1:] for row in rows])

    def _walk(self, spans: list[tuple[Any, ...]]) -> None:
        # The spans of one trace, of which some may stand above others of their group.
        width = len(CALL_COLUMNS)
        key_of = {row[0]: _key(row[width + 1 :]) for row in spans if row[width]}
        for key, amounts in totals_by_group((*row[:5], key_of.get(row[0])) for row in spans).items():
            self._tallies[key].use(amounts)
        for span in calls_without_price(row[:width] for row in spans):
            if span in key_of:
                self._tallies[key_of[span]].calls_without_price += 1

    def _tally(self, values: tuple[Any, ...], numbers: int) -> _GroupTotals:
        key = _key(values)
        if key not in self._tallies:
            self._tallies[key] = _GroupTotals(numbers)
        return self._tallies[key]


def _key(values: tuple[Any, ...]) -> Key:
    # Text that SQLite cannot hold as UTF-8 is stored as bytes.
    return tuple(value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else value for value in values)
