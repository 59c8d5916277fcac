"""The query planner: a bound tree as a plan of parameterised SQL queries.

A trace matches when one single span of it satisfies the filter; `{a} and {b}` asks for two. Values that a
person typed are bound parameters; SQL is made of our own words and of the names of parameters.
"""

# ruff: noqa: S608 - SQL is made of our own words and the names of parameters
from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..fields.relatives import with_tables
from ..tree.nodes import Aggregate, And, Node, Or, Query, Sort, SpanSet
from .access_paths import Source, sources_of
from .conditions import Context
from .costs import field_of_trace
from .having import having, sort_key
from .logic import folded, grouped, on_span, on_trace
from .place import FALSE, TRUE, Parameters


@dataclass(frozen=True, slots=True)
class Plan:
    """A filter, ready to be asked: for one moment and one state of the file's dictionary of keys."""

    matches_all: bool
    """The filter is empty, or holds for every trace whatever the file says."""
    sources: tuple[Source, ...]
    """Where to find matching traces, each to be gone through in slices; together they find all."""
    parameters: Mapping[str, Any]
    on_trace: str
    """The condition on a trace `t`."""
    on_span: str
    """The condition on a span `s` of a trace `t`."""
    order: tuple[str, bool] | None = None
    """What traces `t` are sorted by, and whether it descends; None for newest first."""
    order_is_of_trace: bool = False
    """Whether the order depends on the row of the trace alone, and not on its spans."""
    limit: int | None = None
    """How many traces are asked for."""
    tables: Mapping[str, str] = field(default_factory=dict)
    """Common table expressions that the conditions read."""
    block_tests: Mapping[str, str] = field(default_factory=dict)
    """Conditions on blocks, by the parameter of the sources that gets those that fit, see `block_search`."""

    def among(self, trace_ids: Sequence[int]) -> tuple[str, dict[str, Any]]:
        """SQL that gives which of these `trace.id` match, ascending."""
        sql = (
            "SELECT t.id FROM json_each(:ids) i CROSS JOIN trace t ON t.id = i.value"
            f" WHERE {self.on_trace} ORDER BY t.id"
        )
        sql = with_tables(sql, "IN (SELECT value FROM json_each(:ids))", self.tables)
        return sql, {**self.parameters, "ids": json.dumps(list(trace_ids))}

    def keys(self, trace_ids: Sequence[int]) -> tuple[str, dict[str, Any]]:
        """SQL that gives (trace, what it is sorted by) of these traces."""
        assert self.order is not None
        sql = f"SELECT t.id, {self.order[0]} FROM json_each(:ids) i CROSS JOIN trace t ON t.id = i.value"
        sql = with_tables(sql, "IN (SELECT value FROM json_each(:ids))", self.tables)
        return sql, {**self.parameters, "ids": json.dumps(list(trace_ids))}

    def first_sorted(self, limit: int) -> str:
        """SQL that gives the `trace.id` of all traces in the order, at most `limit`; -1 gives all.

        For a plan that matches all traces, in an order that is of the trace. Ties come newest first, and traces
        without a key last.
        """
        assert self.order is not None
        key, descending = self.order
        return (
            f"SELECT id FROM (SELECT t.id, {key} AS key FROM trace t)"
            f" ORDER BY key IS NULL, key{' DESC' if descending else ''}, id DESC LIMIT {limit}"
        )

    def in_trace(self, trace_id: int) -> tuple[str, dict[str, Any]]:
        """SQL that gives the `span.id` of the spans of one trace that match, ascending.

        Of a filter made of `{...}`, these are the spans in any of its sets that is not denied.
        """
        sql = (
            "SELECT s.id FROM trace t CROSS JOIN span s ON s.trace = t.id"
            f" WHERE t.id = :trace AND {self.on_span} ORDER BY s.id"
        )
        sql = with_tables(sql, "= :trace", self.tables)
        return sql, {**self.parameters, "trace": trace_id}


def compile_query(
    query: Query, *, keys: Mapping[str, int], now_ns: int, gone: frozenset[int] = frozenset(), utc: bool = False
) -> Plan:
    """The plan of `query` for a file whose attribute keys have these ids (`attr_key`).

    `now_ns` is what running spans and relative times are measured against; `gone` are the ids of processes
    that died without ending their spans. A key that the file does not have is no error: no span has it. With `utc`
    times without a zone are UTC, else local.
    """
    parameters = Parameters(now_ns, json.dumps(sorted(gone)), utc=utc)

    def new_context(in_slice: bool = False) -> Context:
        return Context(keys, parameters, in_slice=in_slice)

    root = SpanSet(None) if query.root is None else grouped(query.root)
    trace = TRUE if query.root is None else on_trace(new_context, root)
    sets = _sets_not_denied(root)
    span = folded("OR", [TRUE if node is None else on_span(new_context(), node) for node in sets]) if sets else trace
    # Only what a trace has can be counted: `| count() = 0` is for traces in which nothing matches, and finds none.
    aggregates = folded("AND", [having(new_context(), stage, span) for stage in query.of_traces])
    whole = folded("AND", [trace, aggregates])
    sources = () if whole in (TRUE, FALSE) else sources_of(root, new_context, aggregates)
    ordered = None if query.by or not query.sort else (sort_key(new_context(), query.sort, span), query.sort.descending)
    return Plan(
        matches_all=whole == TRUE,
        sources=sources,
        parameters=parameters.values,
        on_trace=whole,
        on_span=span,
        order=ordered,
        order_is_of_trace=query.sort is not None and _is_of_trace(query.sort),
        limit=None if query.by else query.limit,
        tables=parameters.tables,
        block_tests=parameters.block_tests,
    )


def _is_of_trace(sort: Sort) -> bool:
    return not isinstance(sort.key, Aggregate) and field_of_trace(sort.key.bound)


def _sets_not_denied(node: Node) -> list[Node | None]:
    match node:
        case SpanSet():
            return [node.operand]
        case And() | Or():
            return [found for operand in node.operands for found in _sets_not_denied(operand)]
        case _:
            return []
