"""`| count() > 10` as a condition on the trace `t`: an aggregate over those of its spans that match."""

# ruff: noqa: S608 - SQL is made of our own words and the names of parameters
from __future__ import annotations

from ..fields.aggregates import SHARES, USAGE, is_usage, thresholds
from ..fields.columns import SPAN, TRACE
from ..tree.field_kinds import Column, innermost
from ..tree.nodes import Aggregate, Having, Name, Sort
from .conditions import Context
from .costs import field_of_trace
from .field_values import group_key, number


def having(context: Context, stage: Having, matching: str) -> str:
    """The condition; `matching` says which spans `s` count."""
    made = aggregate(context, stage.aggregate, matching)
    limits = thresholds(stage, context.parameters.values["now"], utc=context.parameters.utc)
    return "(" + " AND ".join(f"{made} {op} {context.bind(limit)}" for op, limit in limits) + ")"


def aggregate(context: Context, asked: Aggregate, matching: str) -> str:
    """The number, over the spans `s` of the trace `t` for which `matching` holds; NULL where none has a value."""
    spans = "FROM span s WHERE s.trace = t.id"
    if asked.field is None:
        return f"(SELECT count(*) {spans} AND {matching})"
    if asked.function == "sum" and is_usage(asked.field):
        return _usage(context, asked.field, matching)
    # From within, because SQLite takes an aggregate of what only `t` decides for one of the question around it.
    values = f"(SELECT {number(context, asked.field.bound)} AS value {spans} AND {matching})"
    if asked.function in SHARES:
        return f"(SELECT filter_percentile(value, {SHARES[asked.function]}) FROM {values})"
    return f"(SELECT {asked.function}(value) FROM {values})"


def sort_key(context: Context, sort: Sort, matching: str) -> str:
    """What the trace `t` is sorted by: a field of its own, or the first in this order among its spans that match."""
    if isinstance(sort.key, Aggregate):
        return aggregate(context, sort.key, matching)
    field = sort.key.bound
    numeric = isinstance(innermost(field), Column)
    value = group_key(context, field) if numeric else number(context, field)
    if field is TRACE["duration"]:
        # A lost trace has no length: it comes last rather than first, however long ago its process has died.
        is_gone = "t.process IN (SELECT value FROM json_each(:gone))"
        return f"CASE WHEN t.end_ns IS NOT NULL OR NOT {is_gone} THEN {value} END"
    if field_of_trace(field):
        return value
    first = "max" if sort.descending else "min"
    values = f"SELECT {value} AS value FROM span s WHERE s.trace = t.id AND {matching}"
    return f"(SELECT {first}(value) FROM ({values}))"


def _usage(context: Context, name: Name, matching: str) -> str:
    field = name.bound
    parts = next(parts for one, parts in USAGE.items() if SPAN[one] is field)
    amounts = [
        f"CASE WHEN {matching} THEN s.{column} END" if part in parts else "NULL"
        for part, column in enumerate(("input_tokens", "output_tokens", "cost_usd"))
    ]
    return f"(SELECT filter_totals(s.span_id, s.parent_id, {', '.join(amounts)}) FROM span s WHERE s.trace = t.id)"
