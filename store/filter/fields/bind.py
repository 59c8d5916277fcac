"""What the names of a tree mean, found once, and whether operator and value fit the field."""

from __future__ import annotations

from dataclasses import replace

from ..tree.errors import FilterError
from ..tree.field_kinds import (
    Attribute,
    Column,
    Document,
    Everywhere,
    Field,
    Keyed,
    Kind,
    Relative,
)
from ..tree.nodes import NEGATED, Compare, Flag, Leaf, Name
from ..tree.spelling import spell
from ..values.patterns import smart_case_flags
from . import flags
from .operands import number_operand, ordered_operand, text_operand, time_bounds
from .resolve import resolve

_REGEX = ("=~", "rlike")
_ORDER = (">", ">=", "<", "<=")
_TEXT_OPERATORS = frozenset({"=", "~", "=~", "in", "like", "ilike", "rlike", "is not null"})
_NUMBER_OPERATORS = frozenset({"=", ">", ">=", "<", "<=", "in", "between", "is not null"})
_CONTENT_OPERATORS = frozenset({"~", "=~", "like", "ilike", "rlike"})


def bound(name: Name) -> Name:
    """The name with the field that it means. Raises FilterError for a field that cannot exist."""
    return replace(name, field=resolve(name))


def bind_leaf(leaf: Leaf) -> Leaf:
    """The leaf with its name bound. Raises FilterError where the field, operator and value do not fit."""
    if isinstance(leaf, Compare):
        leaf = replace(leaf, field=bound(leaf.field))
        _check(leaf.field.bound, leaf)
    elif isinstance(leaf, Flag):
        flags.meaning(leaf)
    return leaf


def _check(field: Field, leaf: Compare) -> None:
    match field:
        case Column():
            _check_column(field, leaf)
        case Attribute() | Keyed():
            _check_dynamic(leaf, field.key)
        case Document():
            _check_dynamic(leaf, spell(leaf.field))
        case Everywhere():
            if NEGATED.get(leaf.op, leaf.op) not in _CONTENT_OPERATORS:
                raise FilterError(f"{spell(leaf.field)} is all the text of a span", leaf.column, ("~", "like", "=~"))
            _check_regex(leaf)
        case Relative():
            _check(field.field, leaf)


def _check_column(column: Column, leaf: Compare) -> None:
    op = NEGATED.get(leaf.op, leaf.op)
    if op == "is not null":
        return
    if op not in (_TEXT_OPERATORS if column.is_text else _NUMBER_OPERATORS):
        raise _wrong_operator(leaf.op if not column.more else op, column, leaf)
    _check_regex(leaf)
    words = {word for word, _ in column.words} if not column.more else ()
    for value in leaf.values:
        if column.kind is Kind.TIME:
            time_bounds(column, leaf.field, "=", value, now_ns=0)
        elif not column.is_text:
            number_operand(column, leaf.field, value)
        elif op in ("=", "in") and value.text.casefold() not in words:
            text_operand(column, value)


def _check_dynamic(leaf: Compare, key: str) -> None:
    op = NEGATED.get(leaf.op, leaf.op)
    _check_regex(leaf)
    if op in _ORDER:
        ordered_operand(op, key, leaf.values[0])
    elif op == "between":
        for sign, value in zip((">=", "<="), leaf.values, strict=True):
            ordered_operand(sign, key, value)


def _check_regex(leaf: Compare) -> None:
    if NEGATED.get(leaf.op, leaf.op) in _REGEX:
        smart_case_flags(leaf.values[0])


def _wrong_operator(op: str, column: Column, leaf: Compare) -> FilterError:
    expected = ("=", "!=", "~", "=~", "in", "like") if column.is_text else ("=", "!=", ">", ">=", "<", "<=", "between")
    return FilterError(f"{spell(leaf.field)} is {column.kind.value}: `{op}` does not apply", leaf.column, expected)
