"""`| by(...)` as queries: the sums and values of each group of spans, or of traces, in one slice of traces."""

# ruff: noqa: S608 - SQL is made of our own words and the names of parameters
from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...prices.unpriced import CALL_COLUMNS, LACKS_PRICE
from ..fields.aggregates import USAGE, of_the_trace, thresholds
from ..fields.columns import SPAN, TRACE
from ..fields.relatives import with_tables
from ..tree.field_kinds import Column, Field, innermost
from ..tree.nodes import Aggregate, Name, Query, SpanSet
from ..tree.spelling import spell, spell_aggregate
from .compile import Plan, compile_query
from .conditions import Context
from .costs import field_of_trace, of_trace
from .field_values import group_key, number
from .logic import grouped
from .place import TRUE, Parameters

MEASURED = ("duration", "ttft")
"""The fields whose percentiles every group shows; their values come first."""

_USAGE = ("input_tokens", "output_tokens", "cost_usd")


@dataclass(frozen=True, slots=True)
class Answer:
    """Where the number of an aggregate is found in what a group adds up to."""

    function: str
    """One of `aggregates.FUNCTIONS`, or `usage` for a sum of tokens or cost, see `store/model/usage.py`."""
    place: int | tuple[int, ...] = 0
    """Which of the values, or which parts of the usage."""


@dataclass(frozen=True, slots=True)
class Shown:
    """An aggregate that has no column of its own among those of every group."""

    title: str
    answer: Answer
    unit: str
    """`ns`, `ms`, `usd`, `time` (in ns) or nothing."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A field whose values are collected, and where they are in what a group adds up to."""

    title: str
    place: int
    unit: str
    """As of `Shown`."""


@dataclass(frozen=True, slots=True)
class GroupPlan:
    """Groups, ready to be added up: for one moment and one state of the file's dictionary of keys."""

    plan: Plan
    """Which traces have anything to do with it."""
    of_traces: bool
    """Whether groups are of traces; else of spans."""
    fields: tuple[str, ...]
    parameters: Mapping[str, Any]
    through_all: bool
    """Whether to go through all traces, and not to look for those of `plan` first."""
    having: tuple[tuple[Answer, str, int | float], ...]
    having_titles: tuple[str, ...]
    """The aggregate of each condition of `having`, as typed."""
    order: tuple[Answer | int, bool] | None
    """The number, or the place of the field, that groups are sorted by, and whether it descends."""
    limit: int | None
    shown: tuple[Shown, ...]
    measured: tuple[Measured, ...]
    """The fields whose values were asked for."""
    tables: Mapping[str, str]
    """What the conditions look things up in."""
    _sums: str
    _usage: str

    def sums(self, *, ranged: bool, nested: bool, lacking: bool) -> str:
        """Rows of keys, spans, traces, errors, newest, three of usage, the number of calls without a price, and a JSON
        list for each of the values.

        For the traces from :first to :last, or those in the JSON list :ids. What the traces in the JSON list
        :nested use is left out, if there are any. Calls without a price are looked for only where there are any.
        """
        apart = f" FILTER (WHERE trace NOT {_AMONG_NESTED})" if nested else ""
        lacks = LACKS_PRICE.format(s="s") if lacking else "0"
        return self._for_traces(self._sums.replace("{apart}", apart).replace("{lacks}", lacks), ranged=ranged)

    def nests(self, *, ranged: bool) -> str:
        """Whether any trace of these can have a span with usage above another; whether any call may lack a price."""
        return self._for_traces(_NESTS, ranged=ranged)

    def nested(self, *, ranged: bool) -> str:
        """The traces of these in which a span with usage may stand above another."""
        return self._for_traces(_NESTED, ranged=ranged)

    def usage(self) -> str:
        """Rows of trace, `unpriced.CALL_COLUMNS`, whether the span is in a group, and keys; for :nested."""
        return with_tables(self._usage, _AMONG_NESTED, self.tables)

    def _for_traces(self, sql: str, *, ranged: bool) -> str:
        traces = _RANGE if ranged else _AMONG
        return with_tables(sql.replace("{traces}", traces), traces, self.tables)


_OF_TRACE = re.compile(r"\bt\.")
_RANGE = "BETWEEN :first AND :last"
_AMONG = "IN (SELECT value FROM json_each(:ids))"
_AMONG_NESTED = "IN (SELECT value FROM json_each(:nested))"


def group_plan(
    query: Query,
    *,
    keys: Mapping[str, int],
    now_ns: int,
    gone: frozenset[int] = frozenset(),
    utc: bool = False,
    measured: Sequence[Name] = (),
) -> GroupPlan:
    """The plan of a query that has a by(); the arguments are those of `compile_query`.

    `measured` are fields whose values are collected too. Groups are of traces only if a trace has all of them.
    """
    assert query.by is not None
    plan = compile_query(query, keys=keys, now_ns=now_ns, gone=gone, utc=utc)
    traces = speaks_of_traces(query, measured)
    builder = _GroupSqlBuilder(Parameters.continued(plan.parameters, plan.tables), keys, traces)
    names = query.by.fields
    key_sql = [group_key(builder.context(), name.bound) for name in names]
    having = [
        (spell_aggregate(stage.aggregate), (builder.answer(stage.aggregate), op, limit))
        for stage in query.of_groups
        for op, limit in thresholds(stage, now_ns, builder.field(stage.aggregate.field), utc=utc)
    ]
    shown = dict.fromkeys(one for aggregate in _aggregates(query) if (one := builder.shown(aggregate)) is not None)
    # In a filter without braces the condition on the span is all there is; else a trace has to match as a whole.
    simple = not query.of_traces and (query.root is None or isinstance(grouped(query.root), SpanSet))
    narrow = bool(plan.sources) and all(source.narrow for source in plan.sources)
    return GroupPlan(
        plan=plan,
        of_traces=traces,
        fields=tuple(map(spell, names)),
        parameters=builder.parameters.values,
        through_all=(traces or simple) and not narrow,
        having=tuple(condition for _, condition in having),
        having_titles=tuple(title for title, _ in having),
        order=_order(builder, query),
        limit=query.limit,
        shown=tuple(shown),
        measured=tuple(map(builder.measured, measured)),
        tables=builder.parameters.tables,
        _sums=builder.sums(key_sql, plan),
        _usage="" if traces else builder.usage(key_sql, plan),
    )


_NESTS = f"""SELECT a.i <> b.i OR a.o <> b.o OR abs(a.c - b.c) > 1e-9 * a.c OR a.u <> b.u, a.u > 0 FROM
    (SELECT total(s.input_tokens) AS i, total(s.output_tokens) AS o, total(s.cost_usd) AS c,
        count(*) FILTER (WHERE {LACKS_PRICE.format(s="s")}) AS u
     FROM span s WHERE s.trace {{traces}}) a,
    (SELECT total(t.input_tokens) AS i, total(t.output_tokens) AS o, total(t.cost_usd) AS c,
        total(t.calls_without_price) AS u
     FROM trace t WHERE t.id {{traces}}) b"""
_NESTED = f"""SELECT t.id FROM trace t WHERE t.id {{traces}} AND EXISTS (
    SELECT 1 FROM span s WHERE s.trace = t.id GROUP BY s.trace
    HAVING sum(s.input_tokens) IS NOT t.input_tokens OR sum(s.output_tokens) IS NOT t.output_tokens
    OR abs(total(s.cost_usd) - coalesce(t.cost_usd, 0)) > 1e-9 * total(s.cost_usd)
    OR count(*) FILTER (WHERE {LACKS_PRICE.format(s="s")}) <> coalesce(t.calls_without_price, 0))"""
"""The totals of a trace are the sums of all its spans only where no span with usage stands above another; then the sums
of any part of them are right as they are. So it is with calls without a price: of those that a look at single spans
finds, none is told twice when the trace has as many."""


def speaks_of_traces(query: Query, measured: Sequence[Name] = ()) -> bool:
    """Whether the groups of a query are of traces: filter, fields of by(), aggregates and `measured` are of traces."""
    assert query.by is not None
    if query.of_traces or (query.root is not None and not of_trace(query.root)):
        return False
    asked = [*measured, *(aggregate.field for aggregate in _aggregates(query) if aggregate.field)]
    return all(field_of_trace(name.bound) for name in query.by.fields) and all(
        of_the_trace(name) is not None or field_of_trace(name.bound) for name in asked
    )


def _aggregates(query: Query) -> list[Aggregate]:
    by_order = _sorted_by(query)
    return [*(stage.aggregate for stage in query.of_groups), *([by_order] if by_order else [])]


def _sorted_by(query: Query) -> Aggregate | None:
    if query.sort is None or query.by is None or query.sort.key in query.by.fields:
        return None
    if isinstance(query.sort.key, Aggregate):
        return query.sort.key
    # The span that comes first in this order stands for its group.
    return Aggregate("max" if query.sort.descending else "min", query.sort.key)


def _order(builder: _GroupSqlBuilder, query: Query) -> tuple[Answer | int, bool] | None:
    if query.sort is None or query.by is None:
        return None
    if (aggregate := _sorted_by(query)) is not None:
        return builder.answer(aggregate), query.sort.descending
    return list[Name | Aggregate](query.by.fields).index(query.sort.key), query.sort.descending


class _GroupSqlBuilder:
    # The SQL of one plan, with the values that its aggregates need besides those of every group.
    def __init__(self, parameters: Parameters, keys: Mapping[str, int], traces: bool) -> None:
        self.parameters = parameters
        self._keys = keys
        self._traces = traces
        fields = TRACE if traces else SPAN
        self._fields: list[Field] = [fields[name] for name in MEASURED]
        self._values = [number(self.context(), field) for field in self._fields]

    def context(self) -> Context:
        return Context(self._keys, self.parameters)

    def field(self, name: Name | None) -> Field | None:
        if name is None:
            return None
        return (of_the_trace(name) if self._traces else None) or name.bound

    def answer(self, aggregate: Aggregate) -> Answer:
        name = aggregate.field
        if name is None:
            return Answer("count")
        field = self.field(name)
        assert field is not None
        if aggregate.function == "sum":
            for one, parts in USAGE.items():
                if field is (TRACE if self._traces else SPAN)[one]:
                    return Answer("usage", parts)
        if field not in self._fields:
            self._fields.append(field)
            self._values.append(number(self.context(), field))
        return Answer(aggregate.function, self._fields.index(field))

    def shown(self, aggregate: Aggregate) -> Shown | None:
        answer = self.answer(aggregate)
        if answer.function in ("count", "usage") or (answer.place in (0, 1) and answer.function in ("p50", "p95")):
            return None
        return Shown(spell_aggregate(aggregate), answer, self._unit(aggregate.field))

    def measured(self, name: Name) -> Measured:
        place = self.answer(Aggregate("max", name)).place
        assert isinstance(place, int)
        return Measured(spell(name), place, self._unit(name))

    def _unit(self, name: Name | None) -> str:
        field = innermost(self.field(name) or SPAN["name"])
        if not isinstance(field, Column):
            return ""
        if field.kind.name == "DURATION":
            return "ms" if field.column_unit_ns != 1 else "ns"
        if field.kind.name == "TIME":
            return "time"
        return "usd" if field in (SPAN["cost"], TRACE["cost"]) else ""

    def sums(self, keys: list[str], plan: Plan) -> str:
        columns = [f"{sql} AS k{index}" for index, sql in enumerate(keys)]
        values = [f"{sql} AS v{index}" for index, sql in enumerate(self._values)]
        grouping = ", ".join(f"k{index}" for index in range(len(keys)))
        lists = ", ".join(f"json_group_array(v{i}) FILTER (WHERE v{i} IS NOT NULL)" for i in range(len(values)))
        if self._traces:
            names = (*_USAGE, "span_count", "start_ns", "status")
            facts = [*(f"t.{name} AS {name}" for name in names), "t.calls_without_price AS lacks"]
            place = f"trace t WHERE t.id {{traces}} AND {plan.on_trace}"
            counts, counted = "sum(span_count), count(*)", ""
        else:
            names = (*_USAGE, "trace", "start_ns", "status")
            facts = [*(f"s.{name} AS {name}" for name in names), "{lacks} AS lacks"]
            place = self._spans("{traces}", plan.on_span, [*columns, *values])
            counts, counted = "count(*), count(DISTINCT trace)", "{apart}"
        usage = ", ".join(f"sum({name}){counted}" for name in (*_USAGE, "lacks"))
        # The limit keeps SQLite from working the expressions out once more for each use.
        inner = f"SELECT {', '.join([*columns, *facts, *values])} FROM {place} LIMIT -1"
        asked = f"{counts}, sum(status = 'ERROR'), max(start_ns), {usage}, {lists}"
        if not keys:
            return f"SELECT {asked} FROM ({inner})"
        return f"SELECT {grouping}, {asked} FROM ({inner}) GROUP BY {grouping}"

    def usage(self, keys: list[str], plan: Plan) -> str:
        facts = ["s.trace", *(f"s.{name}" for name in CALL_COLUMNS)]
        columns = [*facts, f"({plan.on_span}) IS TRUE", *keys]
        return f"SELECT {', '.join(columns)} FROM {self._spans(_AMONG_NESTED, TRUE, columns)} ORDER BY s.trace"

    def _spans(self, traces: str, condition: str, columns: list[str]) -> str:
        used = any(_OF_TRACE.search(sql) for sql in (condition, *columns))
        trace = " CROSS JOIN trace t ON t.id = s.trace" if used else ""
        return f"span s{trace} WHERE s.trace {traces} AND {condition}"
