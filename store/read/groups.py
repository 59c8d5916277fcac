"""Aggregate the groups of a filter with `| by(...)`: in short queries, newest traces first.

Each query covers a slice of the file, and the groups can be shown after each slice. Percentiles are exact. Tokens and
cost of a group follow the rule for traces (`store/model/usage.py`): nothing is counted twice. The trace as a whole
decides which spans are calls without a price (`store/prices/unpriced.py`).
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
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
from .search import SliceSize, id_bounds, search

if TYPE_CHECKING:
    from ..filter.tree.nodes import Name, Query
    from .reader import Reader

MOST_GROUPS = 50_000
"""More groups than this are not a summary, and take too much memory."""

Key: TypeAlias = tuple[str | int | float | None, ...]
"""The common values of a group, one for each field of by(); None if its spans do not have the field."""

Observe: TypeAlias = Callable[[Key, list[list[float]]], None]

_FIRST_SLICE = 256
_SUMS = 8


class TooManyGroupsError(ValueError):
    """The fields of by() make more than `MOST_GROUPS` groups."""


class Group(NamedTuple):
    """The aggregates of one group."""

    key: Key
    spans: int
    traces: int
    errors: int
    """The number of failed spans; in groups of traces, the number of failed traces."""
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
    """The start of the newest span or trace."""
    others: tuple[float | None, ...]
    """The values of `GroupPlan.shown`."""


class Groups(NamedTuple):
    """All groups so far."""

    fields: tuple[str, ...]
    """The fields of by(), as typed."""
    of_traces: bool
    """Whether the groups consist of traces instead of spans."""
    shown: tuple[Shown, ...]
    """The aggregates in `Group.others`."""
    groups: list[Group]


class _GroupTotals:
    # The aggregates of one group so far.
    def __init__(self, values: int) -> None:
        self.spans = self.traces = self.errors = self.newest_ns = self.calls_without_price = 0
        self.usage: list[float | None] = [None, None, None]
        self.values = [Distribution() for _ in range(values)]

    def add_usage(self, amounts: Usage | list[Any]) -> None:
        for place, amount in enumerate(amounts):
            if amount is not None:
                self.usage[place] = (self.usage[place] or 0) + amount


class Check(NamedTuple):
    """How one aggregate of `having` compares with its limit in one group."""

    key: Key
    title: str
    """The aggregate, as typed."""
    number: float | None
    """None if no span of the group has the field."""
    op: str
    limit: float
    counted: int
    """How many values the number is made of."""


def grouping_of(
    reader: Reader,
    query: Query,
    *,
    now_ns: int,
    gone: frozenset[int],
    utc: bool = False,
    measured: Sequence[Name] = (),
    observe: Observe | None = None,
) -> GroupAggregation:
    """Return the aggregation of `query`, which has a by(), over the file of `reader`; see `search.plan_of`.

    `observe` is called with the values of each slice, as they were read: for each place of `GroupPlan.measured` a list.
    """
    reader.register_filter_functions()
    keys = reader.attribute_key_ids()
    plan = group_plan(query, keys=keys, now_ns=now_ns, gone=gone, utc=utc, measured=measured)
    return GroupAggregation(reader.connection, plan, reader.pool(), observe=observe)


class GroupAggregation:
    """Aggregates the groups of one plan. The connection must have the functions of `filter.register`."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        plan: GroupPlan,
        pool: ConnectionPool | None = None,
        clock: Callable[[], float] = time.perf_counter,
        observe: Observe | None = None,
    ) -> None:
        """With `pool`, several slices are searched in parallel; see `search`."""
        self.plan = plan
        self._observe = observe
        self._pool = pool
        self._connection = connection
        self._clock = clock
        self._totals: dict[Key, _GroupTotals] = {}

    def steps(self) -> Iterator[None]:
        """Aggregate the file slice by slice, and yield after each slice; `groups` is complete at the end.

        Raises TooManyGroupsError, PatternError, and sqlite3.OperationalError after a call of
        `connection.interrupt()`.
        """
        for ranged, parameters in self._all() if self.plan.through_all else self._found():
            self.add_slice(ranged=ranged, parameters=parameters)
            yield

    def add_slice(self, *, ranged: bool, parameters: dict[str, Any]) -> None:
        """Aggregate the traces from :first to :last, or with `ranged` false those in the JSON list :ids.

        Raises as `steps` does.
        """
        with faults_told():
            self._add(ranged, {**self.plan.parameters, **parameters})
        if len(self._totals) > MOST_GROUPS:
            by = ", ".join(self.plan.fields)
            raise TooManyGroupsError(f"by({by}) makes more than {MOST_GROUPS:,} groups: group by what more spans share")

    def groups(self) -> Groups:
        """Return the groups so far that match `having`, in the order of the plan."""
        found = [(key, totals) for key, totals in self._totals.items() if self._matches_having(totals)]
        found.sort(key=lambda one: tuple((value is None, str(value)) for value in one[0]))
        order = self.plan.order or (Answer("count"), True)
        keyed = [(self._sort_key(order[0], *one), one) for one in found]
        known = [(key, one) for key, one in keyed if key is not None]
        known.sort(key=lambda pair: pair[0], reverse=order[1])
        sorted_ = [one for _, one in known] + [one for key, one in keyed if key is None]
        found_groups = [self._group(key, totals) for key, totals in sorted_[: self.plan.limit]]
        return Groups(self.plan.fields, self.plan.of_traces, self.plan.shown, found_groups)

    def distribution(self, key: Key, place: int) -> Distribution:
        """Return all values of a group so far, at a place of `GroupPlan.measured`."""
        return self._totals[key].values[place]

    def checks(self) -> list[Check]:
        """Return how each group so far compares with each condition of `having`."""
        found = []
        for key, totals in self._totals.items():
            for title, (answer, op, limit) in zip(self.plan.having_titles, self.plan.having, strict=True):
                place = answer.place
                counted = totals.traces if self.plan.of_traces else totals.spans
                if answer.function not in ("count", "usage") and isinstance(place, int):
                    counted = len(totals.values[place])
                found.append(Check(key, title, self._number(answer, totals), op, limit, counted))
        return found

    def _matches_having(self, totals: _GroupTotals) -> bool:
        for answer, op, limit in self.plan.having:
            number = self._number(answer, totals)
            if number is None or not COMPARISONS[op](number, limit):
                return False
        return True

    def _sort_key(self, by: Answer | int, key: Key, totals: _GroupTotals) -> Any:
        if isinstance(by, Answer):
            return self._number(by, totals)
        value = key[by]
        return None if value is None else (isinstance(value, str), value)

    def _number(self, answer: Answer, totals: _GroupTotals) -> float | None:
        if answer.function == "count":
            return totals.traces if self.plan.of_traces else totals.spans
        if isinstance(answer.place, tuple):
            parts = [amount for place in answer.place if (amount := totals.usage[place]) is not None]
            return sum(parts) if parts else None
        runs = totals.values[answer.place]
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

    def _group(self, key: Key, totals: _GroupTotals) -> Group:
        durations, ttfts = totals.values[:2]
        input_tokens, output_tokens, cost_usd = totals.usage
        return Group(
            key,
            totals.spans,
            totals.traces,
            totals.errors,
            durations.percentile(0.5),
            durations.percentile(0.95),
            ttfts.percentile(0.5),
            ttfts.percentile(0.95),
            None if input_tokens is None else int(input_tokens),
            None if output_tokens is None else int(output_tokens),
            cost_usd,
            totals.calls_without_price,
            totals.newest_ns,
            tuple(self._number(one.answer, totals) for one in self.plan.shown),
        )

    # ConnectionPool

    def _all(self) -> Iterator[tuple[bool, dict[str, Any]]]:
        if not self.plan.plan.matches_all and not self.plan.plan.sources:
            return
        first, last = id_bounds(self._connection, "trace")
        slice_size = SliceSize(_FIRST_SLICE)
        while last >= first:
            began = self._clock()
            low = max(first, last - slice_size.size + 1)
            yield True, {"first": low, "last": last}
            slice_size.adapt(self._clock() - began)
            last = low - 1

    def _found(self) -> Iterator[tuple[bool, dict[str, Any]]]:
        slice_size = SliceSize(_FIRST_SLICE)
        waiting: list[int] = []
        for batch in search(self._connection, self.plan.plan, pool=self._pool):
            waiting += batch
            while len(waiting) >= slice_size.size:
                began = self._clock()
                ids, waiting = waiting[: slice_size.size], waiting[slice_size.size :]
                yield False, {"ids": json.dumps(ids)}
                slice_size.adapt(self._clock() - began)
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
            totals = self._totals_of(row[:width], len(row) - width - _SUMS)
            totals.spans += spans
            totals.traces += traces
            totals.errors += errors or 0
            totals.newest_ns = max(totals.newest_ns, newest_ns)
            totals.add_usage(usage)
            totals.calls_without_price += unpriced or 0
            values = [orjson.loads(numbers) for numbers in row[width + _SUMS :]]
            for runs, numbers in zip(totals.values, values, strict=True):
                runs.add(numbers)
            if self._observe is not None:
                self._observe(_key(row[:width]), values)
        if nested:
            for _, rows in groupby(ask(self.plan.usage(), parameters), lambda row: row[0]):
                self._walk([row[1:] for row in rows])

    def _walk(self, spans: list[tuple[Any, ...]]) -> None:
        # The spans of one trace, some of which may be ancestors of others of their group.
        width = len(CALL_COLUMNS)
        key_of = {row[0]: _key(row[width + 1 :]) for row in spans if row[width]}
        for key, amounts in totals_by_group((*row[:5], key_of.get(row[0])) for row in spans).items():
            self._totals[key].add_usage(amounts)
        for span in calls_without_price(row[:width] for row in spans):
            if span in key_of:
                self._totals[key_of[span]].calls_without_price += 1

    def _totals_of(self, values: tuple[Any, ...], numbers: int) -> _GroupTotals:
        key = _key(values)
        if key not in self._totals:
            self._totals[key] = _GroupTotals(numbers)
        return self._totals[key]


def _key(values: tuple[Any, ...]) -> Key:
    # The file stores text with lone surrogates as bytes.
    return tuple(value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else value for value in values)
