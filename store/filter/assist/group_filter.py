"""From a group to what it is made of: the filter that finds its traces."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from ..tree.field_kinds import Column, Kind, innermost
from ..tree.nodes import (
    Compare,
    Name,
    Or,
    Query,
    SpanSet,
    Value,
    conjunction,
)
from ..tree.spelling import in_quotes, spell, unparse


def narrowed(query: Query, key: Sequence[str | int | float | None]) -> str:
    """The text of `query` with its by(), and what stands behind it, replaced by the conditions of one group.

    `key` has a value for each field of by(), None where the group has none. What was typed before stays as it is.
    """
    assert query.by is not None
    stages = query.stages[: query.stages.index(query.by)]
    conditions = [one for name, value in zip(query.by.fields, key, strict=True) for one in _conditions(name, value)]
    if isinstance(query.root, SpanSet) and query.root.operand is not None:
        # Of one and the same span.
        return unparse(Query(replace(query.root, operand=conjunction([query.root.operand, *conditions])), stages))
    added = " and ".join(map(_text, conditions))
    typed = query.text[: query.text.rfind("|", 0, query.stages[0].column)].strip()
    if isinstance(query.root, Or):
        typed = f"({typed})"
    behind = unparse(Query(None, stages))
    condition = " and ".join(part for part in (typed, added) if part)
    return f"{condition} {behind}".strip()


def _text(condition: Compare) -> str:
    values = "".join(in_quotes(value.text) if value.quoted else value.text for value in condition.values)
    return f"{spell(condition.field)} {condition.op} {values}".rstrip(" ")


def _conditions(name: Name, value: str | int | float | None) -> list[Compare]:
    if value is None:
        return [Compare(name, "is null")]
    field = innermost(name.bound)
    if isinstance(field, Column):
        # A word of a kind or status counts in any case, a number is one.
        plain = field.kind is Kind.NUMBER and not isinstance(value, str)
        return [Compare(name, "=", (Value(repr(value) if plain else str(value), not plain),))]
    elements = _elements(str(value))
    if elements is None:
        return [Compare(name, "=", (Value(str(value), True),))]
    # An array is equal to each of its elements.
    found = [Compare(name, "=", (Value(element, True),)) for element in elements]
    return found or [Compare(name, "is not null")]


def _elements(text: str) -> list[str] | None:
    if not text.startswith("["):
        return None
    try:
        array = json.loads(text)
    except ValueError:
        return None
    if not isinstance(array, list):
        return None
    return [one if isinstance(one, str) else json.dumps(one) for one in array if one is not None]
