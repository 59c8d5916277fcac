"""Comparisons of the columns of a span and its trace: names, kinds, durations, times, numbers."""

# ruff: noqa: S608 - SQL is made of our own words and the names of parameters
from __future__ import annotations

from collections.abc import Mapping

from ..fields.columns import TRACE_NS
from ..fields.operands import Share, number_operand, text_operand, time_bounds
from ..tree.field_kinds import Column, Kind
from ..tree.nodes import NEGATED, Compare, Value
from ..values.literals import storable
from . import matching
from .place import FALSE, Place


def column_condition(place: Place, column: Column, leaf: Compare) -> str:
    """A comparison of a column as SQL, of a leaf that is bound: operator and value fit the column."""
    if column.more:
        return _one_of_several(place, column, leaf)
    place.trace_used |= any(v.text.endswith("%") for v in leaf.values)
    sql = column_value(place, column)
    op = NEGATED.get(leaf.op, leaf.op)
    if op == "is not null":
        return f"{sql} IS NULL" if leaf.op == "is null" else f"{sql} IS NOT NULL"
    positive = (_text if column.is_text else _number)(place, column, sql, op, leaf)
    return f"({sql} IS NOT NULL AND NOT ({positive}))" if op != leaf.op else positive


def _one_of_several(place: Place, column: Column, leaf: Compare) -> str:
    rows = f"SELECT ({column_value(place, column)}) AS value UNION ALL {column.more.format(s=place.span)}"
    only_if = f"{column.only_if.format(s=place.span)} AND " if column.only_if else ""
    found = f"({only_if}EXISTS (SELECT 1 FROM ({rows}) v WHERE {{}}))"
    present = found.format("v.value IS NOT NULL")
    op = NEGATED.get(leaf.op, leaf.op)
    if op == "is not null":
        return f"NOT {present}" if leaf.op == "is null" else present
    inner = Column("v.value", column.kind, column.about)
    fits = found.format(column_condition(place, inner, Compare(leaf.field, op, leaf.values, leaf.column)))
    return f"({present} AND NOT {fits})" if op != leaf.op else fits


def column_value(place: Place, column: Column) -> str:
    """The value of a column as an expression."""
    place.trace_used |= column.needs_trace
    sql = column.sql.format(s=place.span)
    for key in reversed(column.attribute_keys):
        if key in place.keys:
            value = (  # as text, for versions are numbers in one program and text in another
                f"SELECT CAST(a.text AS TEXT) FROM attr_texts a"
                f" WHERE a.key = {place.bind(place.keys[key])} AND a.span = {place.span}.id"
            )
            sql = f"coalesce(({value}), {sql})"
    return sql


def _text(place: Place, column: Column, sql: str, op: str, leaf: Compare) -> str:
    words = dict(column.words)
    values = list(leaf.values)
    match op:
        case "=" | "in":
            return f"({' OR '.join(_equals(place, column, sql, value, words) for value in values)})"
        case "~":
            return matching.contains(place.bind, sql, values[0].text)
        case "=~" | "rlike":
            return matching.regex(place.bind, sql, values[0], smart_case=op == "=~")
        case _:
            return matching.like(place.bind, sql, values[0].text, case_sensitive=op == "like")


def _equals(place: Place, column: Column, sql: str, value: Value, words: Mapping[str, str]) -> str:
    word = words.get(value.text.casefold())
    return matching.equals(place.bind, sql, text_operand(column, value)) if word is None else word.format(s=place.span)


def _number(place: Place, column: Column, sql: str, op: str, leaf: Compare) -> str:
    if op == "in":
        return "(" + " OR ".join(_one(place, column, sql, "=", value, leaf) for value in leaf.values) + ")"
    if op == "between":
        low, high = leaf.values
        return f"({_one(place, column, sql, '>=', low, leaf)} AND {_one(place, column, sql, '<=', high, leaf)})"
    return _one(place, column, sql, op, leaf.values[0], leaf)


def _one(place: Place, column: Column, sql: str, op: str, value: Value, leaf: Compare) -> str:
    if column.kind is Kind.TIME:
        bounds = time_bounds(column, leaf.field, op, value, place.parameters.values["now"], utc=place.parameters.utc)
        groups = [" AND ".join(f"{sql} {sign} {place.bind(storable(ns))}" for sign, ns in group) for group in bounds]
        return f"({' OR '.join(groups)})" if groups else FALSE
    operand = number_operand(column, leaf.field, value)
    if isinstance(operand, Share):
        return f"{sql} * 100.0 {op} {place.bind(operand.percent)} * {TRACE_NS}"
    return f"{sql} {op} {place.bind(operand)}"
