"""A value as typed, read as the field it is compared with has it: text, a number, a share, spans of time."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..tree.errors import FilterError
from ..tree.field_kinds import Column, Kind
from ..tree.nodes import Name, Value
from ..tree.spelling import spell
from ..values.literals import quantity
from ..values.moments import Bounds, moment
from .units import in_column_units, named_unit, plain_number

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class Share:
    """`40%`: of the duration of the trace."""

    percent: int | float


def text_operand(column: Column, value: Value) -> Value:
    """The value to look for in a column of text. Raises FilterError for a status that does not exist."""
    if column.kind is Kind.ID:
        text = value.text.casefold().removeprefix("tr-")
        return Value(text, value.quoted, value.column)
    if column.kind is Kind.CHOICE:
        word = value.text.casefold()
        if word in ("running", "lost") and column.choices:
            raise FilterError("what is open has no status", value.column, ("is:running", "is:lost", "status is null"))
        if column.choices and word not in column.choices and not value.is_glob:
            raise FilterError(f"there is no status `{value.text}`", value.column, column.choices)
        # The case of these words never matters, quoted or not.
        return Value(value.text, value.quoted and ("*" in value.text or "?" in value.text), value.column)
    return value


def number_operand(column: Column, name: Name, value: Value) -> int | float | Share:
    """The number in the unit of the column. Raises FilterError for what is no number, or has another unit."""
    number = quantity(value.text)
    if column.kind is Kind.DURATION:
        if number is None or number.unit in ("$", "k", "K", "M"):
            raise _not_a(column, name, value, ("500ms", "2s", "1m30s", "40%"))
        if number.unit == "%":
            return Share(number.number)
        return in_column_units(number, column, name)
    plain = number.plain() if number else None
    if plain is None:
        raise _not_a(column, name, value, ("500", "4k", "$0.05"))
    return plain


def time_bounds(column: Column, name: Name, op: str, value: Value, now_ns: int, *, utc: bool = False) -> Bounds:
    """What `op` and the value mean for a time. Raises FilterError for what is no time."""
    at = moment(value.text, now_ns, named_unit(name, column), utc=utc)
    if at is None:
        expected = ("2026-11-22", "14:30", "-15m", "today")
        raise FilterError(f"{spell(name)} is a time, not `{value.text}`", value.column, expected)
    return at.bounds(op)


def ordered_operand(op: str, key: str, value: Value) -> int | float | str:
    """What `<`, `>=` and their like compare the attribute `key` with: a number, or text that has an order.

    Raises FilterError for a unit that the attribute does not have, and for text without quotes.
    """
    number = quantity(value.text)
    plain = plain_number(number, key) if number else None
    if plain is not None:
        return plain
    if value.quoted or _DATE.match(value.text):
        return value.text
    if number and number.unit == "%":
        raise FilterError("% is a share of the trace's duration: it goes with duration and self", value.column)
    if number:
        message = f"the name `{key}` does not say its unit: compare it with a plain number"
        raise FilterError(message, value.column, ("a number without a unit of time",))
    message = f"`{op}` compares `{key}` with a number; put text in quotes to compare it as text"
    raise FilterError(message, value.column, ("a number",))


def _not_a(column: Column, name: Name, value: Value, expected: tuple[str, ...]) -> FilterError:
    return FilterError(f"{spell(name)} is {column.kind.value}, not `{value.text}`", value.column, expected)
