"""A field as a value: what groups are made by, and the numbers that aggregates are made of."""

# ruff: noqa: S608 - SQL is made of our own words and the names of parameters
from __future__ import annotations

from collections.abc import Callable

from ..tree.field_kinds import Attribute, Column, Field, Keyed, Relative
from . import dynamic
from .column_conditions import column_value
from .conditions import Context
from .keyed_rows import keyed_rows

_TEXT = (
    "CASE WHEN {v}.type = 'bool' THEN CASE WHEN {v}.value THEN 'true' ELSE 'false' END"
    f" WHEN {dynamic.PRESENT} THEN CAST({{v}}.value AS TEXT) END"
)
_NUMBER = (
    "CASE WHEN {v}.type IS NULL AND {v}.value BETWEEN CAST(-1.7976931348623157e308 AS NUMERIC)"
    " AND CAST(1.7976931348623157e308 AS NUMERIC) THEN CAST({v}.value AS NUMERIC) END"
)
"""A number, or text that is one; comparing applies the affinity of the bound, so that other text is larger than it."""


def group_key(context: Context, field: Field) -> str:
    """What spans of one group have in common: text, or the number of a column; NULL where there is no value."""
    return _value(context, field, _TEXT)


def number(context: Context, field: Field) -> str:
    """The number of a field; NULL where there is none."""
    return _value(context, field, _NUMBER)


def _value(context: Context, field: Field, of_row: str) -> str:
    match field:
        case Column() if field.more:
            # Of several values the first: a span is in one group.
            more = f"(SELECT value FROM ({field.more.format(s=context.span)}) LIMIT 1)"
            return f"coalesce({column_value(context, field)}, {more})"
        case Column():
            return column_value(context, field)
        case Attribute():
            key = context.keys.get(field.key)
            if key is None:
                return "NULL"
            row = f"attr_texts a WHERE a.key = {context.bind(key)} AND a.span = {context.span}.id"
            of_value = of_row.replace("CAST({v}.value AS TEXT)", "CAST(a.text AS TEXT)").format(v="a")
            return f"(SELECT {of_value} FROM {row})"
        case Keyed():
            # What was said of a trace may be said twice; the larger, so that the answer is always the same.
            return f"(SELECT max({of_row.format(v='d')}) FROM ({keyed_rows(context, field)}) d)"
        case Relative():
            made: Callable[[Context], str] = lambda there: _value(there, field.field, of_row)  # noqa: E731
            place, sql = context.at_relative(field, made)
            return f"(SELECT {sql} FROM {place})"
        case _:
            raise TypeError(f"{field} is no single value")
