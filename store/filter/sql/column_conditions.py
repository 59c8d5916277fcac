"""Comparisons of the columns of a span and its trace: names, kinds, durations, times, numbers."""

# ruff: noqa: S608 - SQL is made of our own words and the names of parameters
from __future__ import annotations

from collections.abc import Mapping

from ..fields.columns import TRACE_NS
from ..fields.kinds import Column, Kind
from ..fields.units import in_column_units, named_unit
from ..tree.errors import FilterError
from ..tree.nodes import NEGATED, Compare, Value
from ..tree.spelling import spell
from ..values.literals import Quantity, quantity, storable
from ..values.moments import moment
from . import matching
from .place import FALSE, Place

_TEXT_OPS = frozenset({"=", "~", "=~", "in", "like", "ilike", "rlike", "is not null"})
_NUMBER_OPS = frozenset({"=", ">", ">=", "<", "<=", "in", "between", "is not null"})


def column_condition(place: Place, column: Column, leaf: Compare) -> str:
    """A comparison of a column as SQL. Raises FilterError where operator and value do not fit the column."""
    if column.more:
        return _one_of_several(place, column, leaf)
    place.trace_used |= any(v.text.endswith("%") for v in leaf.values)
    sql = column_value(place, column)
    op = NEGATED.get(leaf.op, leaf.op)
    if op == "is not null":
        return f"{sql} IS NULL" if leaf.op == "is null" else f"{sql} IS NOT NULL"
    text = column.kind in (Kind.TEXT, Kind.CHOICE, Kind.ID)
    if op not in (_TEXT_OPS if text else _NUMBER_OPS):
        raise _wrong_operator(leaf, column)
    positive = (_text if text else _number)(place, column, sql, op, leaf)
    return f"({sql} IS NOT NULL AND NOT ({positive}))" if op != leaf.op else positive


def _one_of_several(place: Place, column: Column, leaf: Compare) -> str:
    rows = f"SELECT ({column_value(place, column)}) AS value UNION ALL {column.more.format(s=place.span)}"
    found = f"EXISTS (SELECT 1 FROM ({rows}) v WHERE {{}})"
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
                "SELECT CAST(a.value AS TEXT) FROM attr a"
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
    return matching.equals(place.bind, sql, _fitting(column, value)) if word is None else word.format(s=place.span)


def _number(place: Place, column: Column, sql: str, op: str, leaf: Compare) -> str:
    if op == "in":
        return "(" + " OR ".join(_one(place, column, sql, "=", value, leaf) for value in leaf.values) + ")"
    if op == "between":
        low, high = leaf.values
        return f"({_one(place, column, sql, '>=', low, leaf)} AND {_one(place, column, sql, '<=', high, leaf)})"
    return _one(place, column, sql, op, leaf.values[0], leaf)


def _one(place: Place, column: Column, sql: str, op: str, value: Value, leaf: Compare) -> str:
    if column.kind is Kind.TIME:
        unit = named_unit(leaf.field, column)
        at = moment(value.text, place.parameters.values["now"], unit, utc=place.parameters.utc)
        if at is None:
            expected = ("2026-11-22", "14:30", "-15m", "today")
            raise FilterError(f"{spell(leaf.field)} is a time, not `{value.text}`", value.column, expected)
        groups = [
            " AND ".join(f"{sql} {sign} {place.bind(storable(ns))}" for sign, ns in group) for group in at.bounds(op)
        ]
        return f"({' OR '.join(groups)})" if groups else FALSE
    number = quantity(value.text)
    if column.kind is Kind.DURATION:
        if number is None or number.unit in ("$", "k", "K", "M"):
            raise _not_a(column, leaf, value, ("500ms", "2s", "1m30s", "40%"))
        if number.unit == "%":
            return f"{sql} * 100.0 {op} {place.bind(number.number)} * {TRACE_NS}"
        number = Quantity(in_column_units(number, column, leaf))
    plain = number.plain() if number else None
    if plain is None:
        raise _not_a(column, leaf, value, ("500", "4k", "$0.05"))
    return f"{sql} {op} {place.bind(plain)}"


def _fitting(column: Column, value: Value) -> Value:
    if column.kind is Kind.ID:
        text = value.text.casefold().removeprefix("tr-")
        return Value(text, value.quoted, value.column)
    if column.kind is Kind.CHOICE:
        word = value.text.casefold()
        if word in ("running", "lost") and column.choices:
            raise FilterError("what is open has no status", value.column, ("is:running", "is:lost", "status is null"))
        if column.choices and word not in column.choices and not matching.is_glob(value):
            raise FilterError(f"there is no status `{value.text}`", value.column, column.choices)
        # The case of these words never matters, quoted or not.
        return Value(value.text, value.quoted and ("*" in value.text or "?" in value.text), value.column)
    return value


def _wrong_operator(leaf: Compare, column: Column) -> FilterError:
    numeric = column.kind in (Kind.NUMBER, Kind.DURATION, Kind.TIME)
    expected = ("=", "!=", ">", ">=", "<", "<=", "between") if numeric else ("=", "!=", "~", "=~", "in", "like")
    return FilterError(f"{spell(leaf.field)} is {column.kind.value}: `{leaf.op}` does not apply", leaf.column, expected)


def _not_a(column: Column, leaf: Compare, value: Value, expected: tuple[str, ...]) -> FilterError:
    return FilterError(f"{spell(leaf.field)} is {column.kind.value}, not `{value.text}`", value.column, expected)
